"""Times of a work unit, indicators, losses, reliability and states."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi import oee
from casparian.kpi.intervals import Intervals
from casparian.kpi.oee.big_losses import STOPS
from casparian.kpi.oee.seeds import seed
from casparian.kpi.oee.times import without_overlap

SECOND, MINUTE = 1_000_000, 60_000_000
ELEMENTS = ("AUST", "ADET", "ADOT")


def intervals(*rows: tuple[int, int, str]) -> Intervals:
    return Intervals.of([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_categories_and_states_are_those_of_the_marts() -> None:
    """One file for both, in the repository or in the wheel."""
    assert set(oee.STOP_CATEGORIES) == {row["category"] for row in seed("stop_categories")}
    assert oee.STOP_CATEGORIES["Breakdown"] == oee.StopKind("ADET", "breakdown", failure=True)
    assert oee.STOP_CATEGORIES["Changeover"] == oee.StopKind("AUST", "setup")
    assert oee.STOP_CATEGORIES["Material"] == oee.StopKind("ADOT", "other_stop")
    assert {kind.element for kind in oee.STOP_CATEGORIES.values()} <= set(ELEMENTS)
    assert {kind.loss for kind in oee.STOP_CATEGORIES.values()} <= set(STOPS)
    states = {oee.EXECUTION_STATES[name] for name in ("ACTIVE", "FEED_HOLD", "UNAVAILABLE")}
    assert states == set(oee.EXECUTION_STATES.values()) == {"active", "idle", "unavailable"}


def test_a_category_that_nobody_knows_is_a_delay() -> None:
    for category in (None, "", "Weather"):
        assert oee.stop_kind(category) == oee.StopKind("ADET", "other_stop")


def test_of_stops_that_overlap_the_first_has_the_time() -> None:
    stops = intervals((5, 20, "M1"), (0, 10, "M1"), (2, 8, "M1"), (0, 3, "M2"))
    left = without_overlap(stops)
    assert (left.end - left.start).tolist() == [10, 10, 0, 3]
    assert len(without_overlap(intervals())) == 0


def test_unequal_lengths_and_unknown_elements_are_refused() -> None:
    shift = intervals((0, MINUTE, "M1"))
    with pytest.raises(ValueError, match="same length"):
        oee.work_times(shift, intervals(), intervals(), ["AUST"])
    with pytest.raises(ValueError, match="AUST, ADET or ADOT"):
        oee.work_times(shift, intervals(), shift, ["PBT"])
    with pytest.raises(ValueError, match="same length"):
        oee.state_times(shift, intervals(), shift, [])
    with pytest.raises(ValueError, match="same length"):
        oee.reliability([1.0], [1], [1], [1.0, 2.0])
    with pytest.raises(ValueError, match="breakdown"):
        oee.big_losses(oee.Elements(*[array(1)] * 5), {"weather": array(1)})


spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.sampled_from("AB")), max_size=12
)


def scaled(rows: list[tuple[int, int, str]]) -> Intervals:
    return intervals(*((a * SECOND, max(a, b) * SECOND, g) for a, b, g in rows))


@given(spans, spans, spans, st.data())
def test_the_times_of_a_shift_add_up_to_it(
    windows: list[tuple[int, int, str]],
    planned: list[tuple[int, int, str]],
    down: list[tuple[int, int, str]],
    data: st.DataObject,
) -> None:
    kinds = data.draw(st.lists(st.sampled_from(ELEMENTS), min_size=len(down), max_size=len(down)))
    shifts, pauses, stops = scaled(windows), scaled(planned), scaled(down)
    times = oee.work_times(shifts, pauses, stops, kinds)
    parts = times.planned_stop_s + times.down_s + times.delay_s + times.setup_s + times.apt_s
    np.testing.assert_allclose(parts, (shifts.end - shifts.start) / SECOND)
    np.testing.assert_allclose(
        times.apt_s, oee.actual_production_seconds(shifts, pauses, stops), atol=1e-9
    )
    assert (np.stack([times.setup_s, times.delay_s, times.down_s]) >= 0).all()


@given(
    st.lists(st.integers(0, 5000), min_size=7, max_size=7),
    st.integers(0, 100),
)
def test_the_big_losses_add_up_to_planned_busy_time(values: list[int], good: int) -> None:
    breakdown, setup, minor, other, apt, run, bad = map(float, values)
    stopped = breakdown + setup + minor + other
    units = oee.Elements(
        array(apt + stopped), array(apt), array(run), array(bad + good), array(good)
    )
    lost = oee.big_losses(
        units, dict(zip(STOPS[:3], map(array, (breakdown, setup, minor)), strict=True))
    )
    np.testing.assert_allclose(sum(vars(lost).values()), units.pbt_s, atol=1e-6)
    np.testing.assert_allclose(lost.other_stop_s, other, atol=1e-6)


def test_rejects_of_the_startup_are_told_apart_where_they_are_known() -> None:
    units = oee.Elements(array(100), array(100), array(80), array(40), array(30))
    lost = oee.big_losses(units, {}, array(4))
    assert (lost.startup_s[0], lost.rejects_s[0], lost.effective_s[0]) == (8.0, 12.0, 60.0)


def test_nee_counts_setup_as_work_and_teep_asks_for_the_calendar() -> None:
    times = oee.WorkTimes(array(86400, 86400), array(0, 86400), array(3600, 0), *[array(0, 0)] * 2)
    units = oee.Elements(times.pbt_s, times.apt_s, array(41400, 0), array(100, 0), array(50, 0))
    found = oee.indicators(times, oee.ratios(units), array(90000, 90000))  # a day of 25 hours
    assert found.nee[0] == pytest.approx(41400 / 82800 * 0.5)
    assert found.teep[0] == pytest.approx(41400 / 90000 * 0.5)
    assert np.isnan([found.nee[1], found.teep[1], found.utilization[1], found.allocation[1]]).all()


def test_a_machine_that_was_down_all_day_has_an_nee_of_zero() -> None:
    times = oee.WorkTimes(array(100), array(0), array(0), array(100), array(0))
    units = oee.Elements(times.pbt_s, times.apt_s, array(0), array(0), array(0))
    found = oee.indicators(times, oee.ratios(units), array(100))
    assert (found.nee[0], found.teep[0], found.allocation[0]) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((3600.0, 0, 0, 0.0), "no failure"),
        ((3600.0, 1, 0, 0.0), "no failure is repaired"),
        ((float("nan"), 1, 1, 60.0), "no operating time"),
        ((3600.0, 2, 1, 60.0), ""),
    ],
)
def test_reliability_says_what_is_missing(row: tuple[float, int, int, float], said: str) -> None:
    found = oee.reliability(*([value] for value in row))
    assert found.missing == (said,)
    assert bool(np.isnan([found.mtbf_s[0], found.mttr_s[0]]).any()) == bool(said)


def test_a_state_that_nobody_knows_is_unavailable() -> None:
    shift = intervals((0, 10 * MINUTE, "M1"))
    held = intervals((0, 4 * MINUTE, "M1"), (4 * MINUTE, 6 * MINUTE, "M1"), (0, 10, "M2"))
    found = oee.state_times(shift, intervals(), held, ["ACTIVE", "DANCING", "ACTIVE"])
    assert (found.active_s[0], found.unavailable_s[0], found.unobserved_s[0]) == (240, 120, 240)
    none = oee.state_times(intervals((0, 0, "M1")), intervals(), intervals(), [])
    assert np.isnan(none.availability[0])
