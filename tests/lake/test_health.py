"""Table health: what it counts, of which tables it says what to do, and how long it takes."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, Schema, write_deltalake
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from casparian.contracts.model import load_all
from casparian.lake.health import IN_ORDER, Health, health
from casparian.lake.maintain import Maintenance
from casparian.lake.metrics import registry, write_metrics
from casparian.lake.query import UnknownTableError
from casparian.lake.settle import landed_rows
from casparian.lake.store import Lake, LakeError
from tests.lake.many_files import VALUES, commit_each, readings

MART = "gold_production.fct_days"
NOW = datetime.now(UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.at(tmp_path / "lake")


def of(lake: Lake, address: str = VALUES) -> Health:
    (found,) = health(lake, [address])
    return found


def test_many_small_files_and_what_it_says_after_compacting(lake: Lake) -> None:
    commit_each(lake, (readings(file) for file in range(30)))
    sizes = sorted(path.stat().st_size for path in Path(lake.folder(VALUES)).glob("*.parquet"))
    found = of(lake)
    assert (found.files, found.rows, found.size_bytes) == (30, 6000, sum(sizes))
    assert (found.file_min_bytes, found.file_max_bytes) == (sizes[0], sizes[-1])
    assert sizes[14] <= (found.file_median_bytes or 0) <= sizes[15]
    assert (found.small_ratio, found.skew_ratio, found.deleted_ratio) == (1.0, None, 0.0)
    assert (found.optimized_at, found.vacuumed_at) == (None, None)
    assert found.verdict == "compact: 30 files could be 1"
    written = found.last_write
    Maintenance(lake).run()
    found = of(lake)
    assert (found.files, found.rows, found.verdict) == (1, 6000, IN_ORDER)
    assert found.last_write == written, "compacting writes nothing new"
    assert found.optimized_at is not None
    assert found.vacuumed_at is not None
    assert (found.removed_files, found.removed_bytes) == (30, sum(sizes))


def test_the_log_is_read_as_delta_rs_reads_it_with_and_without_checkpoints(lake: Lake) -> None:
    commit_each(lake, (readings(file, rows=3) for file in range(7)))
    before = lake.log(VALUES)
    assert (before.version, before.commits, before.log_files) == (6, 7, 7)
    table = lake.delta(VALUES)
    assert table is not None
    table.optimize.compact()
    since = lake.log(VALUES)
    assert (since.removed_files, "optimize" in since.done) == (7, True)
    table.create_checkpoint()
    after = lake.log(VALUES)
    assert (after.commits, after.removed_files, after.removed_bytes) == (0, 7, since.removed_bytes)
    commit_each(lake, [readings(8, rows=3)])
    assert lake.log(VALUES).commits == 1


def _delete_marking(lake: Lake) -> None:
    """As Spark writes a DELETE with deletion vectors: the file goes and comes in one commit."""
    commit_each(lake, (readings(file) for file in range(2)))
    log = Path(lake.folder(VALUES), "_delta_log")
    added = json.loads(_line(log / f"{0:020}.json", "add"))["add"]
    vector = {"storageType": "u", "pathOrInlineDv": "ab^-aqEH.-t@S}K{vb[*k^", "offset": 4}
    marked = added | {"deletionVector": vector | {"sizeInBytes": 40, "cardinality": 50}}
    gone = {"path": added["path"], "dataChange": True, "size": added["size"]}
    features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7} | features
    actions = [{"protocol": protocol}, {"remove": gone}, {"add": marked}]
    (log / f"{2:020}.json").write_text("".join(json.dumps(a) + "\n" for a in actions), "utf-8")


def test_rows_marked_deleted_do_not_come_back(lake: Lake) -> None:
    _delete_marking(lake)
    table = lake.delta(VALUES)
    assert table is not None
    words = "marked as deleted and still in its files: ask Spark or Trino"
    with pytest.raises(LakeError, match=words):
        lake.read(VALUES)
    with pytest.raises(LakeError, match=words):  # what is written anew is read so
        lake.files_of(VALUES, table, [table.get_add_actions()["path"][0].as_py()])
    contract = next(t for c in load_all().values() for t in c.tables.values() if t.silver == VALUES)
    with pytest.raises(LakeError, match=words):
        landed_rows(lake, contract)


def test_rows_marked_deleted_are_counted_by_what_the_log_says(lake: Lake) -> None:
    _delete_marking(lake)
    found = lake.log(VALUES)
    assert (found.deleted_rows, found.removed_files) == (50, 0)
    told = of(lake)
    assert (told.rows, told.deleted_ratio) == (350, 0.125)
    assert "12% of its rows are only marked deleted" in told.verdict


def _line(path: Path, action: str) -> str:
    return next(line for line in path.read_text("utf-8").splitlines() if f'"{action}"' in line)


def test_skewed_and_thin_partitions(lake: Lake) -> None:
    days = [f"2025-01-{day:02d}" for day in range(1, 13)]
    rows = {day: 20_000 if day == days[3] else 20 for day in days}
    table = pa.table(
        {
            "_date": [day for day in days for _ in range(rows[day])],
            "x": [float(n) for day in days for n in range(rows[day])],
        }
    )
    write_deltalake(lake.table_uri(MART), table, partition_by=["_date"])
    found = of(lake, MART)
    assert found.partitions == 12
    assert (found.skew_ratio or 0) > 10
    assert "skewed: _date=2025-01-04 has " in found.verdict
    assert "compact" not in found.verdict, "a file a partition cannot be fewer"
    many = pa.table({"_date": [f"{n:04}" for n in range(150)], "x": [1.0] * 150})
    write_deltalake(lake.table_uri("gold_quality.t"), many, partition_by=["_date"])
    assert (
        of(lake, "gold_quality.t").verdict
        == "thin: 150 partitions, half of them below 1 MB: use fewer"
    )


def test_files_that_went_and_a_long_log(lake: Lake) -> None:
    write_deltalake(lake.table_uri(MART), pa.table({"x": [1]}), configuration=_NEVER)
    table = lake.delta(MART)
    assert table is not None
    schema = table.schema()
    gone = [RemoveAction(f"part-{n}.parquet", True, 1, size=10) for n in range(60)]
    table.create_write_transaction(gone, "append", schema)
    assert "vacuum: 60 files went and are kept" in of(lake, MART).verdict
    log = Path(lake.folder(MART), "_delta_log")
    for version in range(2, 260):
        (log / f"{version:020}.json").write_text('{"commitInfo":{"operation":"WRITE"}}\n', "utf-8")
    assert "checkpoint: a reader goes through 260 commits" in of(lake, MART).verdict


_NEVER = {"delta.checkpointInterval": "100000"}


def test_an_empty_table_and_one_that_is_not_there(lake: Lake) -> None:
    empty = readings(0).slice(0, 0)
    write_deltalake(lake.table_uri(VALUES), empty)
    found = of(lake)
    assert (found.files, found.rows, found.file_median_bytes, found.last_write) == (
        0,
        0,
        None,
        None,
    )
    assert found.verdict == IN_ORDER
    with pytest.raises(UnknownTableError, match=r"did you mean silver_equipment.historian_values"):
        health(lake, ["silver_equipment.historian_value"])


def _adds(first: int, last: int) -> list[AddAction]:
    bounds = {"x": 1.0, "tag_name": "HAM-MC1.TI-001"}
    stats = json.dumps(
        {"numRecords": 1000, "minValues": bounds, "maxValues": bounds, "nullCount": {"x": 0}}
    )
    names = (f"part-{n:08}-5a28b0c1-25c8-4437-ba78-1918b86c5e24" for n in range(first, last))
    return [AddAction(f"{name}.parquet", 20_000, {}, first, True, stats) for name in names]


def test_a_hundred_thousand_files_in_seconds(lake: Lake) -> None:
    schema = Schema.from_arrow(pa.schema([("x", pa.float64()), ("tag_name", pa.string())]))
    uri = lake.table_uri(VALUES)
    create_table_with_add_actions(uri, schema, _adds(0, 100_000), mode="error")
    DeltaTable(uri).create_checkpoint()
    DeltaTable(uri).create_write_transaction(_adds(100_000, 100_500), "append", schema)
    began = time.process_time()
    found = of(lake)
    assert time.process_time() - began < 5.0
    assert (found.files, found.rows) == (100_500, 100_500_000)
    assert found.verdict == "compact: 100,500 files could be 32"


def test_metrics_are_what_prometheus_reads(lake: Lake, tmp_path: Path) -> None:
    commit_each(lake, (readings(file) for file in range(30)))
    found = [of(lake)]
    text = generate_latest(registry(found, NOW)).decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = {name: family.samples[0] for name, family in families.items() if family.samples}
    files = samples["casparian_table_files"]
    assert (files.labels, files.value) == ({"table": VALUES}, 30.0)
    assert samples["casparian_table_small_files_ratio"].value == 1.0
    assert samples["casparian_table_advice"].value == 1.0
    assert samples["casparian_health_timestamp_seconds"].value == NOW.timestamp()
    written = samples["casparian_table_last_write_timestamp_seconds"].value
    assert abs(written - time.time()) < 600
    assert "casparian_table_last_vacuum_timestamp_seconds" not in samples, "never is no instant"
    assert {family.type for family in families.values()} == {"gauge"}
    path = tmp_path / "textfile" / "casparian.prom"
    write_metrics(path, found, NOW)
    assert path.read_text("utf-8") == text
    assert list(path.parent.iterdir()) == [path]
