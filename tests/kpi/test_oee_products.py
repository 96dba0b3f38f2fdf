"""How the time of a shift is split by product."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi import oee
from casparian.kpi.intervals import Intervals

MINUTE = 60_000_000


def intervals(*rows: tuple[int, int, str]) -> Intervals:
    return Intervals.of(
        [r[0] * MINUTE for r in rows], [r[1] * MINUTE for r in rows], [r[2] for r in rows]
    )


SHIFT = intervals((0, 480, "M1"))


def minutes(found: oee.ProductWindows, count: int) -> float:
    """Minutes of a count's share."""
    length = (found.windows.end - found.windows.start) / MINUTE
    return float((length * found.share)[found.count == count].sum())


def test_between_two_counts_of_one_order_the_machine_stays_on_it() -> None:
    counts = intervals((0, 60, "M1"), (180, 240, "M1"), (300, 360, "M1"))
    found = oee.product_windows(SHIFT, counts, ["O1", "O1", "O2"], np.array([1.0, 1.0, 1.0]))
    assert [minutes(found, c) for c in (0, 1, 2, -1)] == [180, 60, 60, 180]
    found = oee.product_windows(
        SHIFT, counts, ["O1", "O1", "O2"], np.array([1.0, 1.0, 1.0]), stays_us=119 * MINUTE
    )
    assert [minutes(found, c) for c in (0, 1, 2, -1)] == [60, 60, 60, 300]


def test_an_order_that_was_interrupted_does_not_hold_what_came_between() -> None:
    counts = intervals((0, 60, "M1"), (120, 180, "M1"), (240, 300, "M1"))
    found = oee.product_windows(SHIFT, counts, ["O1", "O2", "O1"], np.array([1.0, 1.0, 1.0]))
    assert [minutes(found, c) for c in (0, 1, 2)] == [60, 60, 60]


def test_counts_that_overlap_share_as_their_run_times_are() -> None:
    counts = intervals((0, 60, "M1"), (30, 90, "M1"), (0, 60, "M2"))
    found = oee.product_windows(SHIFT, counts, ["O1", "O2", "O3"], np.array([900.0, 300.0, 9.0]))
    assert [minutes(found, c) for c in (0, 1, 2, -1)] == [52.5, 37.5, 0, 390]
    nothing = oee.product_windows(SHIFT, counts, ["O1", "O2", "O3"], np.zeros(3))
    assert [minutes(nothing, c) for c in (0, 1)] == [45, 45]


def test_who_has_the_time_is_unknown_beside_a_count_without_a_cycle() -> None:
    counts = intervals((0, 60, "M1"), (30, 90, "M1"), (120, 180, "M1"))
    run = np.array([900.0, np.nan, np.nan])
    found = oee.product_windows(SHIFT, counts, ["O1", "O2", "O3"], run)
    assert np.isnan(minutes(found, 0)) and np.isnan(minutes(found, 1))
    assert minutes(found, 2) == 60  # alone it has its time


def test_a_count_over_the_end_of_a_shift_has_time_in_both() -> None:
    shifts = intervals((0, 480, "M1"), (480, 960, "M1"))
    found = oee.product_windows(shifts, intervals((420, 600, "M1")), ["O1"], np.array([1.0]))
    own = found.count == 0
    assert found.shift[own].tolist() == [0, 1]
    assert ((found.windows.end - found.windows.start)[own] // MINUTE).tolist() == [60, 120]


def test_a_failure_is_of_what_its_machine_was_on() -> None:
    counts = intervals((0, 60, "M1"), (30, 90, "M1"), (0, 60, "M2"))
    found = oee.product_windows(SHIFT, counts, ["O1", "O2", "O3"], np.array([900.0, 300.0, 9.0]))
    at = np.array([10, 45, 30, 90, 479, 480, -1, 45]) * MINUTE
    failure, stretch = oee.held_at(found, at, ["M1"] * 7 + ["M9"])
    held = [
        (f, c, round(s, 3))
        for f, c, s in zip(
            failure.tolist(), found.count[stretch].tolist(), found.share[stretch].tolist(),
            strict=True,
        )
    ]  # fmt: skip
    assert held == [
        (0, 0, 1.0), (1, 0, 0.75), (1, 1, 0.25), (2, 0, 0.75), (2, 1, 0.25), (3, -1, 1.0),
        (4, -1, 1.0),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="its machine"):
        oee.held_at(found, at, ["M1"])


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        oee.product_windows(SHIFT, SHIFT, [], np.array([1.0]))


counted = st.lists(
    st.tuples(
        st.integers(0, 30), st.integers(0, 30), st.sampled_from("AB"), st.sampled_from("XYZ"),
        st.integers(0, 5),
    ),
    max_size=8,
)  # fmt: skip


@given(counted)
def test_the_shares_add_up_to_the_shift_minute_by_minute(
    rows: list[tuple[int, int, str, str, int]],
) -> None:
    shifts = intervals((2, 10, "A"), (12, 25, "A"), (0, 20, "B"))
    counts = intervals(*((a, max(a, b), g) for a, b, g, _, _ in rows))
    run = np.array([float(r[4]) for r in rows])
    found = oee.product_windows(shifts, counts, [r[3] for r in rows], run, stays_us=0)
    length = (found.windows.end - found.windows.start) / MINUTE
    whole = np.bincount(found.shift, weights=length * found.share, minlength=3)
    np.testing.assert_allclose(whole, [8, 13, 20])
    expected = np.zeros(len(rows) + 1)
    for start, end, machine in ((2, 10, "A"), (12, 25, "A"), (0, 20, "B")):
        for minute in range(start, end):
            on = [i for i, (a, b, g, _, _) in enumerate(rows) if g == machine and a <= minute < b]
            rate = [rows[i][4] / (rows[i][1] - rows[i][0]) for i in on]
            for i, r in zip(on, rate, strict=True):
                expected[i] += r / sum(rate) if sum(rate) else 1 / len(on)
            expected[-1] += not on
    given = [minutes(found, i) for i in (*range(len(rows)), -1)]
    np.testing.assert_allclose(given, expected, atol=1e-9)
