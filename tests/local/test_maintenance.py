"""Maintenance on the real stack: S3, the laptop engine and Trino on the same tables."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from casparian.contracts.upkeep import Upkeep
from casparian.lake.health import IN_ORDER, health
from casparian.lake.journal import QUERY_COLUMNS
from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.maintain import Maintenance
from casparian.lake.query_columns import ANY
from casparian.lake.store import Lake
from spark_jobs.trino import trino_session
from tests.lake.exports import land, write_readings, write_tags
from tests.lake.many_files import START, commit_each, readings, rows_of
from tests.local.conftest import Ask

pytestmark = [pytest.mark.stack, pytest.mark.slow]

KEPT = "silver_equipment.kept_values"  # a table of this test alone: tests share the metastore
TAG = "HAM-MC1.TI-017.PV"
ONE_TAG = f"SELECT count(*) FROM {KEPT} WHERE tag_name = '{TAG}'"
ONE_DAY = (
    f"SELECT max(value) FROM {KEPT} WHERE \"timestamp\" < TIMESTAMP '{START:%Y-%m-%d} 05:00 UTC'"
)


@pytest.fixture(scope="module")
def kept(lake: str) -> Iterator[Lake]:
    """A hundred landings of an hour each, known to Trino."""
    found = Lake.at(lake)
    commit_each(found, (readings(file) for file in range(100)), KEPT)
    session = trino_session(lake, {KEPT: ""})
    yield found
    session.sql(f"DROP TABLE {KEPT}")
    session.stop()


def in_trino(trino: Ask, address: str) -> list[str]:
    return sorted(map(repr, trino(f"SELECT * FROM {address}")))


def cost(stack: Any, sql: str) -> tuple[int, int]:
    """Rows and bytes that Trino read."""
    from trino.dbapi import connect

    cursor = connect(**stack.servers["trino"].client(), catalog="lake").cursor()
    cursor.execute(sql)
    cursor.fetchall()
    return cursor.stats["processedRows"], cursor.stats["physicalInputBytes"]


def read_queries(lake: Lake) -> dict[str, Any]:
    command = [sys.executable, "-m", "spark_jobs.read_queries", "--lake", lake.uri, "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_rows_are_laid_by_what_trino_is_asked(
    kept: Lake, stack: Any, trino: Ask, services: None
) -> None:
    before, rows = in_trino(trino, KEPT), rows_of(kept, KEPT)
    read_queries(kept)
    for _ in range(8):
        trino(f"-- What dashboards write above it.\n/* 7 */ {ONE_TAG}")
    trino(f'/* {{"app": "dbt", "node_id": "test.unique"}} */ {ONE_TAG}')  # asks for no reader
    for _ in range(4):
        trino(ONE_DAY)
    trino(f"SELECT count(*) FROM {KEPT} WHERE value IS NOT NULL")
    counts = {column: n for address, column, n in read_queries(kept)["counts"] if address == KEPT}
    assert counts == {ANY: 13, "tag_name": 8, "timestamp": 4}
    assert read_queries(kept)["queries"] == 0, "each is counted once"
    assert QUERY_COLUMNS in kept.addresses()

    wide = cost(stack, ONE_TAG)
    job = Maintenance(kept)
    size = sum(each.size_bytes for each in health(kept, [KEPT]))
    job.policies[KEPT] = _Target(size // 16)
    done = {each.job: each for each in job.run([KEPT])}
    assert [each.problem for each in done.values() if each.problem] == []
    assert done["z_order"].columns == "tag_name, timestamp"
    assert (done["z_order"].files_after or 0) < 25
    assert in_trino(trino, KEPT) == before
    assert rows_of(kept, KEPT) == rows
    narrow = cost(stack, ONE_TAG)
    assert narrow[0] < wide[0] / 2, "rows read"
    assert narrow[1] < wide[1] / 2, "bytes read"


class _Target(Upkeep):
    """A target size below a megabyte."""

    def __init__(self, size: int):
        super().__init__()
        object.__setattr__(self, "size", size)

    @property
    def target_bytes(self) -> int:
        return int(self.size)  # type: ignore[attr-defined]


def test_health_of_a_bucket(kept: Lake) -> None:
    fresh = "silver_equipment.fresh_values"
    commit_each(kept, (readings(file, rows=5) for file in range(12)), fresh)
    (found,) = health(kept, [fresh])
    assert (found.files, found.rows, found.log_commits) == (12, 60, 2)
    assert found.verdict == "compact: 12 files could be 1"
    assert [each.problem for each in Maintenance(kept).run([fresh]) if each.problem] == []
    (found,) = health(kept, [fresh])
    assert (found.files, found.rows, found.verdict) == (1, 60, IN_ORDER)
    assert found.removed_files == 12
    job = Maintenance(kept, jobs=("vacuum",))
    job.now += timedelta(days=1)
    assert [each.files_deleted for each in job.run([fresh])] == [0], "they went just now"


def test_deletion_vectors_of_trino_stay_right(kept: Lake, trino: Ask) -> None:
    """delta-rs rewrites such tables without the deleted rows, and vacuum leaves the vectors."""
    name = "silver_equipment.marked_values"
    trino(f"CREATE TABLE {name} (id bigint, tag varchar) WITH (deletion_vectors_enabled = true)")
    for start in range(0, 1000, 100):
        trino(f"INSERT INTO {name} SELECT n, 'T' || CAST(n % 7 AS varchar) "
              f"FROM UNNEST(sequence({start}, {start + 99})) AS t(n)")  # fmt: skip
    trino(f"DELETE FROM {name} WHERE id % 3 = 0")
    before = in_trino(trino, name)
    assert len(before) == 666
    (found,) = health(kept, [name])
    assert (found.rows, round(found.deleted_ratio or 0, 3)) == (666, 0.334)
    from casparian.lake.vacuum import unneeded

    table = kept.delta(name)
    assert table is not None
    assert not [path for path in unneeded(table, 0) if path.endswith(".bin")]
    assert [each.problem for each in Maintenance(kept).run([name]) if each.problem] == []
    (found,) = health(kept, [name])
    assert (found.files, found.rows, found.deleted_ratio) == (1, 666, 0.0)
    assert in_trino(trino, name) == before
    trino(f"DROP TABLE {name}")


def test_beside_landings_on_s3_nothing_is_lost(services: None, tmp_path: Path) -> None:
    lake, folder = Lake.at("s3://lake/beside"), tmp_path / "exports"
    folder.mkdir()
    write_tags(folder, 100)
    land(lake, folder)

    def landings() -> None:
        for hour in range(10):
            write_readings(folder, f"r{hour}.csv", hour, ["1", "2", "Bad", "200"] * 5)
            land(Lake.at(lake.uri), folder)

    def maintenance() -> list[str | None]:
        runs = [Maintenance(Lake.at(lake.uri), jobs=("compact", "log")).run() for _ in range(4)]
        return [each.problem for run in runs for each in run if each.problem]

    with ThreadPoolExecutor(2) as pool:
        landed, problems = pool.submit(landings), pool.submit(maintenance)
        landed.result()
        assert problems.result() == []
    rows = Ledger(lake).rows()
    assert (len(rows), {row["status"] for row in rows}) == (11, {"landed"})
    assert not not_closed(rows)
    silver = lake.read("silver_equipment.historian_values")
    assert silver is not None
    assert silver.num_rows == 100
