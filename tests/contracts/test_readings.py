"""Offline sensors and clocks that go back: batch after batch the same as on the whole file."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casparian.contracts.readings import ClockOrder, OfflineZero, ReadingsJudge
from casparian.contracts.tags import Tags
from casparian.contracts.verdict import Verdict
from casparian.kpi.timeseries import offline_zero
from tests.contracts.batches import READINGS, readings, reasons, tags

MINUTE = 60_000_000
Row = tuple[int, str | None, str | None, str]


def judged(rows: list[Row], known: Tags, cuts: list[int]) -> list[Verdict]:
    judge = ReadingsJudge(READINGS, known)
    edges = [0, *sorted(c % (len(rows) + 1) for c in cuts), len(rows)]
    return [judge.judge(readings(rows[a:b], a + 1)) for a, b in pairwise(edges) if b > a]


def test_limits_a_tag() -> None:
    known = tags(A=(-40, 150, True, False), B=(-np.inf, 10.5, True, False), S=(0, 1, True, True))
    rows: list[Row] = [
        (0, "A", "-40", "Good"), (0, "A", "-41", "Good"), (0, "A", "150.1", "Good"),
        (0, "B", "11", "Uncertain"),
        (0, "B", "-1e9", "Good"), (0, "unlisted", "1e9", "Good"), (0, "S", "RUNNING", "Good"),
        (0, "S", "7", "Good"),
        (0, None, "1", "Good"), (0, "A", None, "Good"), (0, "A", None, "Bad"),
        (0, "A", "x", "Good"),
        (0, "S", None, "Good"),
    ]  # fmt: skip
    (verdict,) = judged(rows, known, [])
    assert reasons(verdict) == [
        None, "Below min (-40)", "Above max (150)", "Above max (10.5)", None, None, None, None,
        "Missing tag_name", "Missing value", "Quality Bad", "Not a number", "Missing value",
    ]  # fmt: skip
    assert verdict.fields["value_text"].to_pylist()[6:8] == ["RUNNING", "7"]
    assert verdict.fields["value"].to_pylist()[6:8] == [None, None]


def test_a_batch_without_any_tag() -> None:
    (verdict,) = judged([(0, None, "1", "Good"), (1, None, "2", "Good")], tags(), [])
    assert reasons(verdict) == ["Missing tag_name"] * 2


zeros = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "FREE"]),
        st.integers(-5, 7),  # clocks may go back
        st.sampled_from(["0", "0.0", "-0", "5", None, "x"]),
        st.sampled_from(["Good", "Good", "Good", "Uncertain", "Bad"]),
    ),
    max_size=60,
)
some_cuts = st.lists(st.integers(0, 60), max_size=6)


@settings(max_examples=150, deadline=None)
@given(steps=zeros, cuts=some_cuts, newest_first=st.booleans())
def test_offline_runs_are_those_of_the_kpi(
    steps: list[tuple[str, int, str | None, str]], cuts: list[int], newest_first: bool
) -> None:
    times = np.cumsum([step[1] for step in steps], dtype=np.int64) * MINUTE
    rows: list[Row] = [
        (int(time), tag, value, quality)
        for time, (tag, _, value, quality) in zip(times, steps, strict=True)
    ]
    rows = rows[::-1] if newest_first else rows
    known = tags(A=(-np.inf, np.inf, False, False), B=(-np.inf, np.inf, False, False))
    offline = OfflineZero(known)
    seen: dict[int, str | None] = {}

    def note(verdict: Verdict) -> None:
        for row, code in zip(verdict.batch.rows.to_pylist(), verdict.codes, strict=True):
            if code >= 0:
                assert row not in seen, "a reading is decided once"
                seen[row] = verdict.reasons[code - 1][1] if code else None

    for verdict in judged(rows, known, cuts):
        for decided in offline.check(verdict):
            note(decided)
        note(verdict)
    for decided in offline.finish():
        note(decided)
    assert sorted(seen) == list(range(1, len(rows) + 1)), "nothing is held back for ever"
    whole = judged(rows, known, [])
    if whole:
        (verdict,) = whole
        value = verdict.fields["value"].to_numpy(zero_copy_only=False)
        judged_tag = np.isin(verdict.batch.fields["tag_name"].to_pylist(), ["A", "B"])
        code = np.array([ord((row[1] or "?")[0]) for row in rows])
        time = np.array([row[0] for row in rows])
        expected = offline_zero(code, time, value, verdict.valid & judged_tag)
        got = np.array([seen[row] == "Sensor offline" for row in range(1, len(rows) + 1)])
        assert got.tolist() == expected.tolist()


def test_ten_minutes_are_offline_and_less_is_not() -> None:
    known = tags(A=(-np.inf, np.inf, False, False))
    for last, expected in ((10 * MINUTE, True), (10 * MINUTE - 1, False)):
        offline = OfflineZero(known)
        (verdict,) = judged([(0, "A", "0", "Good"), (last, "A", "0", "Good")], known, [])
        decided = [*offline.check(verdict), verdict, *offline.finish()]
        assert any("Sensor offline" in reasons_of(v) for v in decided) == expected


def reasons_of(verdict: Verdict) -> list[str | None]:
    return [None if code <= 0 else verdict.reasons[code - 1][1] for code in verdict.codes]


def naive_late(rows: list[tuple[str, int]], sign: int) -> list[bool]:
    """A reading is late when it is not later than its tag's latest one, in the file's direction."""
    latest: dict[str, int] = {}
    late = []
    for tag, time in rows:
        behind = tag in latest and sign * time <= latest[tag]
        late.append(behind)
        if not behind:
            latest[tag] = sign * time
    return late


def late(rows: list[tuple[str, int]], cuts: list[int]) -> tuple[list[bool], ClockOrder]:
    order = ClockOrder()
    found: list[bool] = []
    for verdict in judged([(time, tag, "1", "Good") for tag, time in rows], Tags(), cuts):
        found += order.late(verdict).tolist()
    return found, order


mostly_forward = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C"]), st.sampled_from([1, 1, 1, 1, 1, 2, 3, 5, 8, 0, -4])
    ),
    min_size=1, max_size=80,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    steps=mostly_forward,
    cuts=some_cuts,
    newest_first=st.booleans(),
    grouped=st.booleans(),
    unit=st.sampled_from([1, MINUTE, 3_000_000_000_000_000]),
)
def test_late_readings_are_those_of_a_naive_loop(
    steps: list[tuple[str, int]], cuts: list[int], newest_first: bool, grouped: bool, unit: int
) -> None:
    """Interleaved or grouped by tag, either direction, ties, centuries apart, cut anywhere."""
    sign = -1 if newest_first else 1
    # ten steps that tell the direction, as the first block of a real file does
    lead = [("LEAD", sign * t) for t in range(-200, -100, 10)]
    times = sign * np.cumsum([step for _, step in steps])
    rows = [(tag, int(time)) for (tag, _), time in zip(steps, times, strict=True)]
    if grouped:
        rows.sort(key=lambda row: row[0])
    every = [(tag, time * unit) for tag, time in lead + rows]
    found, order = late(every, [10 + c % len(rows) for c in cuts])
    if not order.unordered:
        assert found == naive_late(every, order.sign)


def test_the_direction_is_learned_when_a_tag_comes_again() -> None:
    """Newest first, and the first batch has each tag once only."""
    rows = [
        ("A", 50),
        ("B", 50),
        ("A", 40),
        ("B", 40),
        ("A", 30),
        ("B", 45),
        ("A", 20),
        ("A", 10),
        ("A", 5),
        ("A", 3),
    ]
    found, order = late(rows, [2])
    assert order.sign == -1
    assert found == [False, False, False, False, False, True, False, False, False, False]


def test_a_file_in_no_order_is_not_judged() -> None:
    rng = np.random.default_rng(3)
    rows = [("A", int(t)) for t in rng.permutation(200)]
    found, order = late(rows, [])
    assert order.unordered
    assert not any(found)


@pytest.mark.parametrize("codes", [3, 70_000])
def test_many_tags_at_the_edges_of_time(codes: int) -> None:
    """Year 1 and year 9999 in one block: microseconds are still told apart."""
    low, high = -62_135_596_800_000_000, 253_402_300_799_000_000
    rows = [
        (f"T{i % codes}", t) for i, t in enumerate([low, low + 1, low + 1, high, high + 1, high])
    ]
    rows = [
        ("T", low),
        ("T", low + 1),
        ("T", low + 1),
        ("T", high),
        ("T", high + 1),
        ("T", high),
        *rows,
    ]
    rows += [(f"N{i}", 0) for i in range(100)]
    found, order = late(rows, [])
    assert not order.unordered
    assert found == naive_late(rows, 1)


def test_tags_from_lists_and_alias_maps() -> None:
    listed = pa.table(
        {
            "tag_name": ["A", "B", "C"], "tag_alias": ["a", None, "c"],
            "range_low": [1.0, None, None],
            "range_high": [None, 2.0, None], "zero_allowed": [False, None, True],
            "data_type": ["float", "String", None],
        }
    )  # fmt: skip
    aliases = pa.table({"tag_name": ["B", "C", "D"], "tag_alias": ["bee", "see", "dee"]})
    known = Tags.from_tables(listed, aliases)
    assert known.listed["A"] == ("a", 1.0, np.inf, False, False)
    assert known.listed["B"] == ("bee", -np.inf, 2.0, True, True)
    assert known.listed["C"] == ("see", -np.inf, np.inf, True, False)
    assert known.listed["D"][0] == "dee"
    column = pa.array(["D", None, "A", "unlisted"]).dictionary_encode()
    assert known.alias(column).to_pylist() == ["dee", None, "a", None]
    assert Tags.from_tables(None, None).listed == {}
