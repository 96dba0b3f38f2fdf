"""Z-order and compacting change no row, and let queries leave files alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from casparian.lake import z_order
from casparian.lake.compact import bins, compact_table
from casparian.lake.rewrite import DataFile, files, path_of
from casparian.lake.store import Lake, LakeError
from tests.lake.many_files import START, VALUES, commit_each, files_touched, readings, rows_of

COLUMNS = ("tag_name", "timestamp")
TAG = "HAM-MC1.TI-017.PV"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """60 landings of an hour each."""
    made = Lake.at(tmp_path / "lake")
    commit_each(made, (readings(file) for file in range(60)))
    return made


def now(lake: Lake) -> list[DataFile]:
    table = lake.delta(VALUES)
    assert table is not None
    return files(table)


def ordered(lake: Lake, target: int) -> int:
    """Z-order what is to be; the number of cubes."""
    table = lake.delta(VALUES)
    assert table is not None
    cubes = z_order.cubes(files(table), target, COLUMNS)
    for cube in cubes:
        assert z_order.z_order(lake, VALUES, table, cube, COLUMNS, target)
    return len(cubes)


def test_the_bits_of_ranks_take_turns() -> None:
    a, b = (np.array([value], dtype=np.uint64) for value in (0b1000000000, 0b0000000001))
    assert int(z_order.interleave([a, b])[0]) == (1 << 19) | 1
    assert int(z_order.interleave([b, a])[0]) == (1 << 18) | 2


def test_rows_of_many_ranges_of_keys_lie_as_rows_of_one(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rows than are sorted at once are dealt to files first; the order is the same."""
    at_once = Lake.at(tmp_path / "other")
    commit_each(at_once, (readings(file) for file in range(60)))
    before = rows_of(lake)
    target = sum(file.size for file in now(lake))
    assert ordered(at_once, target) == 1
    monkeypatch.setattr(z_order, "SORTED_ROWS", 500)
    assert ordered(lake, target) == 1
    assert rows_of(lake) == before
    keys = ("tag_name", "timestamp", "_source_row")
    whole = at_once.read(VALUES, keys)
    assert whole is not None
    assert whole.equals(lake.read(VALUES, keys))


def test_what_memory_cannot_sort_is_said_and_changes_nothing(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, had = rows_of(lake), now(lake)
    monkeypatch.setattr(z_order, "MEMORY", "1MB")
    with pytest.raises(LakeError, match="Rows could not be sorted: "):
        ordered(lake, sum(file.size for file in had))
    assert now(lake) == had
    assert rows_of(lake) == before


@pytest.mark.parametrize(
    "values",
    [
        pa.array([START + timedelta(minutes=n) for n in range(500)], pa.timestamp("us", tz="UTC")),
        pa.array([f"HAM-MC1.LONG-PREFIX.{n:05d}" for n in range(500)]),
        pa.array(np.linspace(-1e9, 1e9, 500)),
        pa.array([(START + timedelta(days=n)).date() for n in range(500)]),
        pa.array(range(500), pa.int64()),
    ],
    ids=["timestamp", "string", "double", "date", "integer"],
)
def test_ranks_follow_the_values_and_use_all_bits(values: pa.Array) -> None:
    ranks = z_order.Ranks("x", z_order._bounds(z_order._values(values))).of(values)
    assert (np.diff(ranks.astype(np.int64)) >= 0).all()
    assert ranks[0] < 8
    assert ranks[-1] > 2**z_order.BITS - 8
    assert len(np.unique(ranks)) == 500


def test_missing_values_come_first_and_a_column_without_values_is_no_error() -> None:
    some = pa.array([None, "b", "a", None])
    ranks = z_order.Ranks("x", z_order._bounds(z_order._values(some.drop_null()))).of(some)
    assert ranks[0] == ranks[3] == 0 < ranks[2] < ranks[1]
    none = pa.nulls(3, pa.string())
    assert (
        z_order.Ranks("x", z_order._bounds(z_order._values(none.drop_null()))).of(none).sum() == 0
    )


def test_the_same_rows_and_queries_leave_files_alone(lake: Lake) -> None:
    before, week = rows_of(lake), (START, START + timedelta(hours=10))
    assert files_touched(lake, tag_name=(TAG, TAG)) == 60
    target = sum(file.size for file in now(lake)) // 60
    assert ordered(lake, target) == 1
    assert rows_of(lake) == before
    count = len(now(lake))
    assert count >= 16
    assert files_touched(lake, tag_name=(TAG, TAG)) <= count // 3
    assert files_touched(lake, timestamp=week) <= count // 2
    assert files_touched(lake, tag_name=(TAG, TAG), timestamp=week) <= 3


def test_a_row_is_sorted_once(lake: Lake) -> None:
    """What came since is a cube of its own; the first one stays as it is."""
    target = 50_000
    ordered(lake, target)
    first = {file.path for file in now(lake)}
    assert ordered(lake, target) == 0
    commit_each(lake, (readings(file) for file in range(60, 90)))
    before = rows_of(lake)
    assert ordered(lake, target) == 1
    assert first < {file.path for file in now(lake)}
    assert rows_of(lake) == before


def test_what_is_less_than_a_file_waits(lake: Lake) -> None:
    assert z_order.cubes(now(lake), 1 << 30, COLUMNS) == []


def test_compacting_keeps_rows_sources_statistics_and_ages(lake: Lake) -> None:
    before, newest = rows_of(lake), max(f.modified_ms for f in now(lake))
    assert compact_table(lake, VALUES, 1 << 20)
    assert rows_of(lake) == before
    (only,) = now(lake)
    assert (only.rows, only.modified_ms) == (60 * 200, newest)
    assert lake.landed(VALUES, [f"{file:064x}" for file in range(61)]) == {
        f"{f:064x}" for f in range(60)
    }
    assert (
        files_touched(lake, timestamp=(START - timedelta(days=9), START - timedelta(days=8))) == 0
    )
    assert not compact_table(lake, VALUES, 1 << 20)


def test_a_column_that_came_later_is_missing_in_the_older_rows(lake: Lake) -> None:
    wider = readings(99).append_column("unit", pa.array(["degC"] * 200))
    commit_each(lake, [wider])
    before = rows_of(lake)
    assert compact_table(lake, VALUES, 1 << 20)
    assert rows_of(lake) == before


def test_files_of_a_partition_become_one_and_stay_in_it(tmp_path: Path) -> None:
    lake, mart = Lake.at(tmp_path / "lake"), "gold_production.fct_days"
    rows = pa.table({"_date": ["2025-10-25", "2025-10-26"], "x": [1.0, float("nan")]})
    for _ in range(10):
        write_deltalake(lake.table_uri(mart), rows, partition_by=["_date"], mode="append")
    before = rows_of(lake, mart)
    assert compact_table(lake, mart, 1 << 20)
    table = lake.delta(mart)
    assert table is not None
    assert sorted(file.partition[0][1] or "" for file in files(table)) == [
        "2025-10-25",
        "2025-10-26",
    ]
    assert rows_of(lake, mart) == before


def test_each_row_group_tells_its_bounds_also_of_coded_texts(lake: Lake) -> None:
    compact_table(lake, VALUES, 1 << 20)
    (only,) = now(lake)
    meta = pq.ParquetFile(path_of(lake, VALUES, only)).metadata
    group = meta.row_group(0)
    columns = {group.column(n).path_in_schema: group.column(n) for n in range(meta.num_columns)}
    assert columns["tag_name"].statistics.min == "HAM-MC1.TI-000.PV"
    assert columns["timestamp"].statistics.has_min_max


def test_a_swap_of_files_that_others_wrote_anew_changes_nothing(lake: Lake) -> None:
    stale = lake.delta(VALUES)
    assert stale is not None
    compact_table(lake, VALUES, 1 << 20)
    before, there = rows_of(lake), set(Path(lake.folder(VALUES)).glob("*.parquet"))
    assert not z_order.z_order(lake, VALUES, stale, files(stale), COLUMNS, 1 << 20)
    assert rows_of(lake) == before
    assert set(Path(lake.folder(VALUES)).glob("*.parquet")) == there, "its files are gone again"


def test_bins_keep_neighbours_and_leave_what_is_large() -> None:
    def file(name: int, size: int) -> DataFile:
        return DataFile(str(name), size, name, 1)

    large = [file(100, 50), file(101, 99)]
    small = [file(n, 10) for n in range(25)]
    groups = [[int(f.path) for f in group] for group in bins([*small, *large], 100)]
    assert groups == [[*range(10)], [*range(10, 20)], [*range(20, 25)]]
    assert bins(small[:8], 100) == [], "seven files fewer are not worth it"


def test_compacting_by_key_lays_rows_in_its_order_once(lake: Lake) -> None:
    before, target, key = rows_of(lake), sum(file.size for file in now(lake)), COLUMNS
    assert compact_table(lake, VALUES, target, by=key)
    assert rows_of(lake) == before
    (only,) = now(lake)
    rows = pq.read_table(path_of(lake, VALUES, only), columns=list(key))
    assert rows.equals(rows.sort_by([(name, "ascending") for name in key]))
    assert not compact_table(lake, VALUES, target, by=key)


def test_a_little_that_is_in_no_order_waits_and_a_large_file_does_not() -> None:
    by = ("agent", "number")

    def file(name: str, size: int) -> DataFile:
        return DataFile(name, size, 0, 1)

    small, large = file("part-a", 6), file("part-b", 99)
    mine = file(f"{z_order.mark(by, 'k')}-c", 90)
    assert bins([small, mine], 100, by=by) == []
    assert bins([small, large, mine], 100, by=by) == [[small], [large]]
    assert bins([small, large, mine], 100) == []


def test_many_columns_fill_a_key_from_the_left() -> None:
    ranks = [np.array([value], dtype=np.uint64) for value in (1, 2)]
    assert int(z_order.stack(ranks)[0]) == (1 << z_order.BITS) | 2
