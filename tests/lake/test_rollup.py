"""Roll-ups: pieces of any split, in any order, add up to one look at all readings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from casparian.lake import rollup

START = datetime(1969, 12, 31, 20, tzinfo=UTC)  # hours before 1970 are floored downwards too
Reading = tuple[str, int, float | None, str]  # tag, seconds, value, quality

readings = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C"]),
        st.integers(0, 40_000),
        st.one_of(st.none(), st.integers(-1000, 1000).map(lambda n: n / 8)),
        st.sampled_from(["Good", "Good", "Uncertain"]),
    ),
    min_size=1, max_size=60, unique_by=lambda row: (row[0], row[1]),
)  # fmt: skip


def fields(rows: list[Reading]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            "timestamp": pa.array(
                [START + timedelta(seconds=row[1]) for row in rows], pa.timestamp("us", tz="UTC")
            ),
            "tag_name": pa.array([row[0] for row in rows]).dictionary_encode(),
            "tag_alias": pa.array(
                [row[0].lower() if row[0] != "C" else None for row in rows], pa.string()
            ).dictionary_encode(),
            "value": pa.array([row[2] for row in rows], pa.float64()),
            "quality": pa.array([row[3] for row in rows]).dictionary_encode(),
        }
    )


def directly(rows: list[Reading], seconds: int) -> dict[tuple[str, datetime], dict[str, object]]:
    """One loop over all readings; states (no number) count and have no values."""
    groups: dict[tuple[str, datetime], list[Reading]] = {}
    for row in sorted(rows, key=lambda r: r[1]):
        at = START + timedelta(seconds=row[1])
        start = datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)
        groups.setdefault((row[0], start), []).append(row)
    found = {}
    for key, own in groups.items():
        values = [row[2] for row in own if row[2] is not None]
        found[key] = {
            "reading_count": len(own),
            "value_min": min(values, default=None),
            "value_max": max(values, default=None),
            "value_sum": sum(values) if values else None,
            "first_at": START + timedelta(seconds=own[0][1]),
            "last_at": START + timedelta(seconds=own[-1][1]),
            "uncertain_count": sum(row[3] == "Uncertain" for row in own),
            "tag_alias": key[0].lower() if key[0] != "C" else None,
        }
        if None not in [row[2] for row in own]:
            found[key] |= {
                "first_value": own[0][2], "last_value": own[-1][2],
                "value_mean": sum(values) / len(values),
            }  # fmt: skip
    return found


def check(
    table: pa.Table, expected: dict[tuple[str, datetime], dict[str, object]], start: str
) -> None:
    rows = table.to_pylist()
    got = {}
    for row in rows:
        at = row[start]
        key = (
            row["tag_name"],
            at if start == "hour_start" else datetime(at.year, at.month, at.day, tzinfo=UTC),
        )
        assert key not in got
        got[key] = row
    assert got.keys() == expected.keys()
    for key, entry in expected.items():
        assert {name: got[key][name] for name in entry} == entry


@settings(max_examples=120, deadline=None)
@given(
    rows=readings,
    cuts=st.lists(st.integers(0, 60), max_size=5),
    files=st.integers(1, 3),
    shuffle=st.randoms(use_true_random=False),
)
def test_pieces_add_up(rows: list[Reading], cuts: list[int], files: int, shuffle: object) -> None:
    """Batches of files, merged in any order: the hours and the days of all readings."""
    edges = [0, *sorted(c % (len(rows) + 1) for c in cuts), len(rows)]
    batches = [rows[a:b] for a, b in pairwise(edges) if b > a]
    hourly = [rollup.Hourly(f"file{n}") for n in range(files)]
    for place, part in enumerate(batches):
        hourly[place % files].add(fields(part))
    tables = [
        table.drop_columns(["_source_hash"])
        for roll in hourly
        if (table := roll.table()) is not None
    ]
    shuffle.shuffle(tables)  # type: ignore[attr-defined]
    merged = tables[0]
    for table in tables[1:]:
        merged = rollup.combine(pa.concat_tables([merged, table]))
    check(merged, directly(rows, 3600), "hour_start")
    check(rollup.daily(merged), directly(rows, 86400), "_date")


def test_no_reading_no_piece() -> None:
    assert rollup.Hourly("x").table() is None


def test_every_piece_knows_its_file() -> None:
    roll = rollup.Hourly("abc")
    roll.add(fields([("A", 0, 1.0, "Good"), ("A", 4000, 2.0, "Good")]))
    table = roll.table()
    assert table is not None
    assert table["_source_hash"].to_pylist() == ["abc", "abc"]
    assert np.allclose(table["value_mean"].to_pylist(), [1.0, 2.0])


def test_months_are_apart_and_their_pieces_are_held_once() -> None:
    """Two years of one reading an hour, in slices that straddle months, the second time late."""
    hours = np.arange(0, 730 * 24, dtype=np.int64) * 3600
    roll = rollup.Hourly("abc")
    for cut in (*np.array_split(hours, 50), hours[::7]):
        roll.add(fields([("A", int(s), float(s % 5), "Good") for s in cut]))
    table = roll.table()
    assert table is not None and table.schema.equals(rollup.SOURCED)
    assert table.num_rows == len(hours)
    counts = table["reading_count"].to_numpy()
    assert counts.sum() == len(hours) + len(hours[::7]) and counts.max() == 2
    months = list(rollup.by_month(table.select(rollup.PIECE.names)))
    assert [name for name, _ in months[:3]] == ["1969-12", "1970-01", "1970-02"]
    assert sum(own.num_rows for _, own in months) == table.num_rows
    named = rollup.month_of(table["hour_start"])
    assert named.to_pylist() == [at.strftime("%Y-%m") for at in table["hour_start"].to_pylist()]
    assert rollup.daily(table.slice(0, 0).select(rollup.PIECE.names)).schema.equals(rollup.DAYS)
