"""Which files of a table may hold a row, by what its log tells."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from casparian.lake.nearby import bounds_of, files_within

INSTANT = pa.timestamp("us", tz="UTC")


def at(day: int, microsecond: int = 0) -> datetime:
    return datetime(2025, 3, day, 6, 0, 0, microsecond, tzinfo=UTC)


@pytest.fixture
def table(tmp_path: Path) -> DeltaTable:
    """A file a day; the row of the fourth has no time."""
    for day, machine in ((1, "M1"), (2, "M2"), (3, "M1"), (4, "M3")):
        times = pa.array([at(day, 999_999) if day < 4 else None], INSTANT)
        rows = pa.table({"machine_id": [machine], "at": times, "note": pa.array([{"a": 1}])})
        write_deltalake(tmp_path / "table", rows, mode="append")
    return DeltaTable(tmp_path / "table")


def machines(table: DeltaTable, files: list[str]) -> list[str]:
    """The machines of these files, in order."""
    actions = pa.table(table.get_add_actions(flatten=True))
    told = dict(
        zip(actions["path"].to_pylist(), actions["min.machine_id"].to_pylist(), strict=True)
    )
    return sorted(told[file] for file in files)


def file_of(table: DeltaTable, machine: str) -> list[str]:
    return [
        file
        for file in table.get_add_actions()["path"].to_pylist()
        if machines(table, [file]) == [machine]
    ]


def test_only_files_whose_rows_may_lie_within_the_bounds_are_named(table: DeltaTable) -> None:
    second = pa.scalar(at(2), INSTANT), pa.scalar(at(2), INSTANT)
    # of the file without a time nobody knows
    assert machines(table, files_within(table, {"at": second})) == ["M2", "M3"]
    machine = pa.scalar("M1"), pa.scalar("M1")
    assert machines(table, files_within(table, {"machine_id": machine})) == ["M1", "M1"]
    both = {"at": second, "machine_id": machine}
    assert files_within(table, both) == []
    assert len(files_within(table, {"unknown": machine})) == len(files_within(table, {})) == 4


def test_an_instant_that_statistics_cut_short_is_within(table: DeltaTable) -> None:
    late = pa.scalar(at(2, 999_999), INSTANT), pa.scalar(at(2, 999_999), INSTANT)
    assert "M2" in machines(table, files_within(table, {"at": late}))


def test_bounds_are_those_of_columns_that_all_rows_have(table: DeltaTable) -> None:
    columns = ["machine_id", "at", "note", "unknown"]
    found = bounds_of(table, file_of(table, "M2"), columns)
    assert found.keys() == {"machine_id", "at"}
    assert found["machine_id"] == (pa.scalar("M2"), pa.scalar("M2"))
    assert found["at"][0].as_py() < at(2, 999_999) < found["at"][1].as_py()
    assert bounds_of(table, file_of(table, "M3"), columns).keys() == {"machine_id"}
    assert bounds_of(table, [], columns) == {}


def test_the_day_that_a_file_is_kept_under_bounds_it(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        rows = pa.table({"day": [date(2025, 3, number)], "x": [number]})
        write_deltalake(tmp_path / "kept", rows, mode="append", partition_by=["day"])
    table = DeltaTable(tmp_path / "kept")
    (newest,) = (f for f in table.get_add_actions()["path"].to_pylist() if "2025-03-03" in f)
    bounds = bounds_of(table, [newest], ["day"])
    assert bounds["day"] == (pa.scalar(date(2025, 3, 3)), pa.scalar(date(2025, 3, 3)))
    assert files_within(table, bounds) == [newest]
