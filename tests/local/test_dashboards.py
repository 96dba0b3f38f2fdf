"""The public list of questions on the stack: answers as DuckDB's, and no more read than is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bench.dashboards import QUERIES, Asked, Question, ask, on_trino, question, questions
from casparian.contracts.upkeep import Upkeep
from casparian.lake.maintain import Maintenance
from casparian.lake.query import Query
from casparian.lake.settle import write_parts
from casparian.lake.store import Lake
from spark_jobs.trino import TrinoSession, trino_session

pytestmark = [pytest.mark.stack, pytest.mark.slow]

VALUES = "silver_equipment.year_values"  # a table of this test alone: tests share the metastore
SENSOR_OF_A_DAY = QUERIES / "18_sensor_of_a_day.sql"
START = datetime(2025, 10, 1, tzinfo=UTC)
TAGS, DAYS, A_DAY = 64, 40, 1440  # a reading a minute: thirty files
COUNTED = ("timestamp", "tag_name", "value", "quality", "_source_hash")


@pytest.fixture(scope="module")
def session(services: None) -> Iterator[TrinoSession]:
    found = TrinoSession()
    yield found
    found.stop()


@pytest.mark.parametrize("path", sorted(QUERIES.glob("*.sql")), ids=lambda path: path.stem)
def test_trino_and_duckdb_agree(path: Path, marts_on_trino: Lake, session: TrinoSession) -> None:
    with Query(marts_on_trino) as duckdb:
        (asked,) = [each for each in questions(duckdb) if each.name == path.stem]
        found = ask(marts_on_trino, session, duckdb, asked, runs=1)
    assert found.differs == ""
    assert found.read > 0


@pytest.fixture(scope="module")
def sorted_values(lake: str, session: TrinoSession) -> Iterator[Lake]:
    """Forty days of 64 sensors, a landing a day, then Z-ordered as maintenance does."""
    found = Lake.at(lake)
    for day in range(DAYS):
        table = _readings(day)
        parts = write_parts(found, VALUES, table, COUNTED)
        found.commit(VALUES, table.schema, parts, [table["_source_hash"][0].as_py()])
    trino_session(lake, {VALUES: ""}).stop()
    job = Maintenance(found)
    job.policies[VALUES] = Upkeep(target_file_mb=1, z_order=("tag_name", "timestamp"))
    assert [each.problem for each in job.run([VALUES]) if each.problem] == []
    yield found
    session.sql(f"DROP TABLE {VALUES}")


def _readings(day: int) -> pa.Table:
    rows = TAGS * A_DAY
    begin = int((START + timedelta(days=day)).timestamp()) * 1_000_000
    names = [f"HAM-MC1.TI-{tag:03d}.PV" for tag in range(TAGS)]
    made = np.random.default_rng(day)
    columns = {
        "timestamp": pa.array(begin + np.repeat(np.arange(A_DAY), TAGS) * 60_000_000,
                              pa.timestamp("us", tz="UTC")),
        "tag_name": pa.array(np.tile(np.array(names, object), A_DAY)),
        "value": made.normal(80, 5, rows),
        "quality": pa.array(["Good"] * rows),
        "_source_hash": pa.array([f"{day:064x}"] * rows),
    }  # fmt: skip
    return pa.table(columns)


def _sensor_of_a_day() -> Question:
    found = question(SENSOR_OF_A_DAY, {"tag": "HAM-MC1.TI-017.PV", "day": "2025-10-20"})
    return replace(found, sql=found.sql.replace("silver_equipment.historian_values", VALUES))


def test_one_sensors_day_reads_little_of_the_table(
    sorted_values: Lake, session: TrinoSession
) -> None:
    asked = _sensor_of_a_day()
    with Query(sorted_values) as duckdb:
        found = ask(sorted_values, session, duckdb, asked, runs=0)
    assert (found.rows, found.differs) == (A_DAY, "")
    _, everything = on_trino(session, f"SELECT sum(value), max(tag_name) FROM {VALUES}")
    assert everything > 0.3 * found.stored, "else the bytes that Trino tells are not what it read"
    assert found.share < 0.15, "about four files"
    assert found.read < everything / 6


def test_who_reads_more_than_it_says_or_answers_otherwise_fails() -> None:
    told = Asked("18", [9.0], [9.0], 1, read=30_000_000, stored=10**9, most=0.02, differs="")
    assert list(told.failures()) == ["18 read 3.00% of its tables, more than 2.00%"]
    assert list(replace(told, most=0.03).failures()) == []
    assert list(replace(told, stored=10**8).failures()) == []
    assert list(replace(told, most=None, differs="row 1").failures()) == ["18: row 1"]
