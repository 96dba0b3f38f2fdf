"""Parts and commits: true statistics, schemas that widen, sources that land once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import QueryBuilder

from casparian.lake.alone import LOCK, alone
from casparian.lake.ledger import SCHEMA, Ledger
from casparian.lake.parts import PartWriter
from casparian.lake.store import LEDGER, Lake, LakeError, Part, relative

ADDRESS = "silver_quality.things"
UTC_US = pa.timestamp("us", tz="UTC")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.at(tmp_path / "a lake % with odd name")


def part(
    lake: Lake, source: str = "h", **columns: list[Any] | pa.Array
) -> tuple[list[Part], pa.Schema]:
    batch = pa.RecordBatch.from_pydict(
        {name: pa.array(v) if isinstance(v, list) else v for name, v in columns.items()}
    )
    writer = PartWriter(lake, ADDRESS, batch.schema, batch.schema.names)
    writer.write(batch, source)
    return writer.close(), batch.schema


def test_statistics_are_true(lake: Lake) -> None:
    stamps = pa.array(
        [datetime(1969, 1, 1, tzinfo=UTC), None, datetime(2025, 10, 26, 0, 30, 0, 5, tzinfo=UTC)],
        UTC_US,
    )
    (only,), _ = part(
        lake, number=[3, 1, None], real=[0.5, -2.0, 1.0], text=["b", "a", "c"], at=stamps,
        day=pa.array([date(2025, 1, 2), date(2024, 1, 1), None]), empty=pa.nulls(3, pa.float64()),
        long=["x" * 100, "y", "z"], foreign=["Ω", "a", "b"],
        coded=pa.array(["q", None, "p"]).dictionary_encode(),
    )  # fmt: skip
    stats = json.loads(only.stats)
    low, high, nulls = stats["minValues"], stats["maxValues"], stats["nullCount"]
    assert stats["numRecords"] == only.rows == 3
    assert (low["number"], high["number"]) == (1, 3)
    assert (low["real"], high["real"]) == (-2.0, 1.0)
    assert (low["text"], high["text"]) == ("a", "c")
    assert (low["at"], high["at"]) == ("1969-01-01T00:00:00.000000Z", "2025-10-26T00:30:00.000005Z")
    assert (low["day"], high["day"]) == ("2024-01-01", "2025-01-02")
    assert low["coded"] <= "p" and high["coded"] >= "q"
    assert not {"empty", "long", "foreign"} & low.keys(), "no bounds are better than wrong ones"
    assert (nulls["number"], nulls["at"], nulls["empty"]) == (1, 1, 3)


def test_what_is_read_is_what_was_written(lake: Lake) -> None:
    parts, schema = part(lake, number=[1, 2], text=["a", None])
    lake.commit(ADDRESS, schema, parts, ["h1"])
    table = lake.read(ADDRESS)
    assert table is not None
    assert table.to_pylist() == [{"number": 1, "text": "a"}, {"number": 2, "text": None}]
    assert lake.addresses() == [ADDRESS]


def test_delta_finds_rows_by_the_statistics(lake: Lake) -> None:
    """A reader that skips files by our statistics finds every row."""
    for source, values in (("h1", [1, 5]), ("h2", [6, 9])):
        parts, schema = part(lake, number=values, text=[source] * 2)
        lake.commit(ADDRESS, schema, parts, [source])
    table = lake.delta(ADDRESS)
    assert table is not None
    for value in (1, 5, 6, 9):
        asked = (
            QueryBuilder().register("t", table).execute(f"SELECT 1 FROM t WHERE number = {value}")
        )
        assert pa.table(asked.read_all()).num_rows == 1


def test_a_source_lands_once(lake: Lake) -> None:
    parts, schema = part(lake, number=[1])
    lake.commit(ADDRESS, schema, parts, ["h1"])
    assert lake.landed(ADDRESS, ["h1", "h2"]) == {"h1"}
    assert lake.landed("silver_quality.others", ["h1"]) == set()
    again, _ = part(lake, number=[1])
    with pytest.raises(LakeError, match="Another run landed these files meanwhile: run again"):
        lake.commit(ADDRESS, schema, again, ["h1"])
    table = lake.read(ADDRESS)
    assert table is not None and table.num_rows == 1


def test_columns_are_added_and_old_rows_have_none(lake: Lake) -> None:
    first, schema = part(lake, number=[1])
    lake.commit(ADDRESS, schema, first, ["h1"])
    second, wider = part(lake, number=[2], text=["new"])
    lake.commit(ADDRESS, wider, second, ["h2"])
    third, _ = part(lake, number=[3])
    lake.commit(ADDRESS, schema, third, ["h3"])
    table = lake.read(ADDRESS)
    assert table is not None
    assert sorted((row["number"], row["text"]) for row in table.to_pylist()) == [
        (1, None),
        (2, "new"),
        (3, None),
    ]


def test_a_part_a_few_million_rows_and_one_at_the_end(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("casparian.lake.parts.PART_ROWS", 10)
    schema = pa.schema([("number", pa.int64())])
    writer = PartWriter(lake, ADDRESS, schema, ["number"])
    for start in range(0, 35, 5):
        writer.write(
            pa.record_batch([pa.array(range(start, start + 5))], schema=schema), f"h{start // 10}"
        )
    parts = writer.close()
    assert [p.rows for p in parts] == [10, 10, 10, 5]
    assert [p.hashes for p in parts] == [("h0",), ("h1",), ("h2",), ("h3",)]
    lake.commit(ADDRESS, schema, parts, [])
    table = lake.read(ADDRESS)
    assert table is not None
    assert sorted(table["number"].to_pylist()) == list(range(35))


def test_discarded_parts_leave_nothing(lake: Lake) -> None:
    schema = pa.schema([("number", pa.int64())])
    writer = PartWriter(lake, ADDRESS, schema, [])
    writer.write(pa.record_batch([pa.array([1])], schema=schema), "h")
    writer.discard()
    assert not list(Path(lake.uri).rglob("*.parquet"))
    assert writer.close() == []


def test_no_rows_no_part(lake: Lake) -> None:
    schema = pa.schema([("number", pa.int64())])
    writer = PartWriter(lake, ADDRESS, schema, [])
    writer.write(
        schema.empty_table().to_batches()[0]
        if schema.empty_table().to_batches()
        else pa.record_batch([pa.array([], pa.int64())], schema=schema)
    )
    assert writer.close() == []
    assert lake.addresses() == []


def test_addresses() -> None:
    assert relative("silver_equipment.historian_values") == "silver/equipment/historian_values"
    assert relative("ops.files") == "ops/files"
    for wrong in ("historian_values", "tin_equipment.x", "silver"):
        with pytest.raises(LakeError, match="is no table address"):
            relative(wrong)
    with pytest.raises(LakeError, match="is no lake"):
        Lake.at("ftp://somewhere/lake")


def ledger_row(source: str, **more: Any) -> dict[str, Any]:
    return (
        dict.fromkeys(SCHEMA.names)
        | {"source_hash": source, "source_path": source, "status": "new"}
        | more
    )


def test_ledger_inserts_and_replaces_by_hash(lake: Lake) -> None:
    Ledger(lake).write([ledger_row("a"), ledger_row("b")])
    Ledger(lake).write([ledger_row("b", status="landed"), ledger_row("c")])
    assert {row["source_hash"]: row["status"] for row in Ledger(lake).rows()} == {
        "a": "new",
        "b": "landed",
        "c": "new",
    }
    assert [row["source_hash"] for row in Ledger(lake).rows(status=("landed",))] == ["b"]


def test_a_ledger_of_an_older_version_gets_the_new_columns(lake: Lake) -> None:
    from deltalake import write_deltalake

    old = pa.Table.from_pylist([ledger_row("a")], SCHEMA).drop_columns(["batch", "engine"])
    write_deltalake(lake.table_uri(LEDGER), old)
    Ledger(lake).write([ledger_row("a", engine="laptop"), ledger_row("b")])
    assert {row["source_hash"]: row["engine"] for row in Ledger(lake).rows()} == {
        "a": "laptop",
        "b": None,
    }


def test_one_process_commits_at_a_time(tmp_path: Path) -> None:
    code = (
        "import sys, time; from casparian.lake.alone import alone\n"
        "with alone(sys.argv[1], 5): print('held', flush=True); time.sleep(60)"
    )
    folder = str(tmp_path / "lake")
    other = subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline().strip() == b"held"
    with pytest.raises(TimeoutError), alone(folder, 0.2):
        pass
    other.kill()
    other.wait()
    other.stdout.close()
    began = time.monotonic()
    with alone(folder, 5), alone(folder, 5):
        assert time.monotonic() - began < 2, (
            "the killed process holds nothing; the own lock is no wait"
        )
    assert (tmp_path / "lake" / LOCK).exists()
    assert Lake.at(folder).addresses() == []


COMMIT = """
import sys
import pyarrow as pa
from casparian.lake.parts import PartWriter
from casparian.lake.store import Lake
lake, name, schema = Lake.at(sys.argv[1]), sys.argv[2], pa.schema([("number", pa.int64())])
for i in range(8):
    writer = PartWriter(lake, "silver_quality.things", schema, ["number"])
    writer.write(pa.record_batch([pa.array([i])], schema=schema), name)
    lake.commit("silver_quality.things", schema, writer.close(), [f"{name}{i}"])
"""


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    """Without the lock, as on S3: each version is won by one, the other tries again."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", COMMIT, str(tmp_path), name], stderr=subprocess.PIPE
        )
        for name in "ab"
    ]
    for run in runs:
        _, err = run.communicate()
        assert run.returncode == 0, err.decode()[-800:]
    lake = Lake.at(tmp_path)
    table = lake.read(ADDRESS)
    assert table is not None
    assert sorted(table["number"].to_pylist()) == sorted([*range(8)] * 2)
    assert len(lake.landed(ADDRESS, [f"{n}{i}" for n in "ab" for i in range(8)])) == 16
