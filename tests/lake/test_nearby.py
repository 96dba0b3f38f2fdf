"""Which files of a table may hold a row, by what its log tells, and which row groups a key."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given
from hypothesis import strategies as st

from casparian.lake.nearby import MOST_GROUPS, MOST_VALUES, Surroundings, bounds_of, files_within

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


def around(*batches: pa.Table) -> Surroundings:
    found = Surroundings(batches[0].column_names)
    for batch in batches:
        found.add(batch)
    return found


def alone(rows: pa.Table) -> pa.Table:
    """Each row as a group of its own."""
    names = [f"{name}.{edge}" for name in rows.column_names for edge in ("low", "high")]
    return pa.table([rows[name] for name in rows.column_names for _ in range(2)], names)


TEXTS, NUMBERS = st.sampled_from("abcdefgh"), st.integers(0, 99)
KEYS = st.lists(st.tuples(TEXTS, NUMBERS, TEXTS), max_size=200)


@given(st.lists(KEYS, min_size=1, max_size=3), KEYS)
def test_every_key_is_in_its_surroundings(
    batches: list[list[tuple[str, int, str]]], others: list[tuple[str, int, str]]
) -> None:
    def table(keys: list[tuple[str, int, str]]) -> pa.Table:
        agent, number, device = zip(*keys, strict=True) if keys else ((), (), ())
        names = pa.array(agent, pa.string()).dictionary_encode()
        return pa.table({"agent": names, "number": pa.array(number, pa.int64()),
                         "device": pa.array(device, pa.string())})  # fmt: skip

    found = around(*map(table, batches))
    every = [key for batch in batches for key in batch]
    plain = table(every).cast(pa.schema([("agent", "string"), ("number", "int64"),
                                         ("device", "string")]))  # fmt: skip
    assert found.among(alone(plain)).all()
    assert plain.filter(found.condition(plain.schema)).num_rows == len(every)
    known = {agent for agent, _, _ in every}
    strangers = [key for key in others if key[0] not in known]
    other = table(strangers).cast(plain.schema)
    assert not found.among(alone(other)).any() or len(set(every)) > MOST_GROUPS


def test_the_next_numbers_of_some_agents_leave_what_all_had_before_alone(tmp_path: Path) -> None:
    """Rows in the order of their keys: of ten agents each has five row groups of its own."""
    keys = [(agent, agent * 1000 + n) for agent in range(10) for n in range(500)]
    rows = pa.table([*map(pa.array, zip(*keys, strict=True))], ["agent", "number"])
    pq.write_table(rows, tmp_path / "rows.parquet", row_group_size=100)
    new = pa.table({"agent": [3, 3, 7], "number": [3499, 3600, 7450]})
    (near,) = around(new).near(pads.dataset(tmp_path / "rows.parquet")).get_fragments()
    assert [group.id for group in near.row_groups] == [19, 39]
    assert around(new).near(pads.dataset(rows)).count_rows() == 5000  # in memory: nothing to spare


def test_row_groups_that_say_nothing_of_a_column_are_looked_into(tmp_path: Path) -> None:
    rows = pa.table({"agent": [1, 2, 3], "number": [None, 5, 7]})
    pq.write_table(rows, tmp_path / "a.parquet", row_group_size=1, write_statistics=["number"])
    pq.write_table(rows.select(["agent"]), tmp_path / "b.parquet", row_group_size=1)
    every = pads.dataset(tmp_path, schema=rows.schema, format="parquet")
    found = around(pa.table({"agent": [3], "number": [7]})).near(every)
    near = {Path(f.path).name: [g.id for g in f.row_groups] for f in found.get_fragments()}
    assert near == {"a.parquet": [0, 2], "b.parquet": [2]}


def test_old_numbers_among_the_new_ones_spare_what_lies_between() -> None:
    """As a document of all that is current says again what was so for months."""
    every = pa.table({"agent": [1] * 1000, "number": range(1000)})
    new = pa.table({"agent": [1] * 104, "number": [3, 400, *range(898, 1000)]})
    assert around(new).among(alone(every)).sum() == 104
    piece_by_piece = around(*(new.slice(start, 10) for start in range(0, 104, 10)))
    assert piece_by_piece.among(alone(every)).sum() == 104


def test_no_keys_are_around_nothing() -> None:
    none = pa.table({"agent": pa.array([], pa.int64())})
    assert not around(none).among(alone(pa.table({"agent": [1, 2]}))).any()


def test_rows_are_told_by_the_column_that_tells_most_keys_apart() -> None:
    rows = pa.table({"agent": [1, 1, 2, 2], "number": [1, 2, 2, 9]})
    few = around(pa.table({"agent": [1, 1, 2], "number": [1, 2, 3]}))
    assert rows.filter(few.condition(rows.schema)).to_pydict() == {
        "agent": [1, 1, 2], "number": [1, 2, 2]
    }  # fmt: skip
    many = around(pa.table({"agent": [1] * (MOST_VALUES + 1), "number": range(MOST_VALUES + 1)}))
    assert rows.filter(many.condition(rows.schema)).to_pydict()["agent"] == [1, 1]
    narrow = rows.schema.set(1, pa.field("number", pa.int16()))
    assert rows.cast(narrow).filter(few.condition(narrow)).num_rows == 4  # all agents are there
