import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from casparian.kpi.intervals import Intervals, covered_seconds, window_of
from casparian.kpi.oee import (
    Elements,
    actual_production_seconds,
    add_up,
    downtime_seconds,
    losses,
    no_calendar,
    planned_busy_seconds,
    planned_run_seconds,
    ratios,
    single,
)

HOUR = 3_600_000_000
SECOND = 1_000_000


def elements(*rows: tuple[float, float, float, float, float]) -> Elements:
    return Elements(*np.array(rows, dtype=np.float64).reshape(-1, 5).T)


def intervals(*rows: tuple[int, int, str]) -> Intervals:
    return Intervals.of([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])


NONE = intervals()


def test_a_shift_over_midnight_and_the_night_the_clocks_go_back() -> None:
    # 25 October 2025, 22:00 in Berlin is 20:00 UTC; 06:00 on the 26th is 05:00 UTC: nine hours
    night = Intervals.of(
        np.array(["2025-10-25T20:00"], dtype="datetime64[m]"),
        np.array(["2025-10-26T05:00"], dtype="datetime64[m]"),
        ["M1"],
    )
    assert planned_busy_seconds(night, NONE).tolist() == [9 * 3600.0]


def test_stops_of_another_machine_do_not_count() -> None:
    shift = intervals((0, 8 * HOUR, "M1"), (0, 8 * HOUR, "M2"))
    stop = intervals((HOUR, 2 * HOUR, "M2"))
    assert planned_busy_seconds(shift, stop).tolist() == [8 * 3600.0, 7 * 3600.0]


def test_downtime_is_clipped_to_the_shift_and_to_planned_time() -> None:
    shift = intervals((6 * HOUR, 14 * HOUR, "M1"), (14 * HOUR, 22 * HOUR, "M1"))
    pause = intervals((13 * HOUR, 15 * HOUR, "M1"))
    down = intervals((12 * HOUR, 16 * HOUR, "M1"), (5 * HOUR, 7 * HOUR, "M1"))
    assert downtime_seconds(shift, pause, down).tolist() == [2 * 3600.0, 3600.0]
    assert actual_production_seconds(shift, pause, down).tolist() == [5 * 3600.0, 6 * 3600.0]


def test_stops_that_overlap_count_once() -> None:
    shift = intervals((0, 8 * HOUR, "M1"))
    down = intervals((HOUR, 3 * HOUR, "M1"), (2 * HOUR, 4 * HOUR, "M1"), (HOUR, 2 * HOUR, "M1"))
    assert downtime_seconds(shift, NONE, down).tolist() == [3 * 3600.0]


def test_an_interval_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="decide where it ends"):
        Intervals.of(
            np.array(["2025-10-25"], dtype="datetime64[D]"),
            np.array(["NaT"], dtype="datetime64[D]"),
            ["M1"],
        )


def test_a_count_belongs_to_the_shift_that_holds_its_start() -> None:
    shifts = intervals((0, 8 * HOUR, "M1"), (8 * HOUR, 16 * HOUR, "M1"), (0, 8 * HOUR, "M2"))
    when = np.array([0, 8 * HOUR - 1, 8 * HOUR, 16 * HOUR, HOUR, 9 * HOUR, -1])
    machine = np.array(["M1", "M1", "M1", "M1", "M2", "M2", "M1"])
    assert window_of(when, machine, shifts).tolist() == [0, 0, 1, -1, 2, -1, -1]


def test_ratios_of_added_elements_are_not_the_mean_of_ratios() -> None:
    day = elements((28800, 28800, 28800, 100, 100), (3600, 1800, 900, 10, 5))
    total = add_up(day, ["L1", "L1"])[1]
    result = ratios(total)
    assert result.availability[0] == pytest.approx(30600 / 32400)
    assert result.oee[0] == pytest.approx(30600 / 32400 * 29700 / 30600 * 105 / 110)


def test_effectiveness_above_one_is_reported() -> None:
    result = single(ratios(elements((3600, 3600, 4000, 100, 100))))
    assert result.effectiveness == pytest.approx(4000 / 3600)
    assert result.missing == ()


def test_missing_ideal_cycle_is_named() -> None:
    run, said = planned_run_seconds(
        ["M1", "M1", "M2"], ["A", "B", "B"], [10, 10, 0], {("M1", "A"): 2.0}
    )
    assert run[0] == 20.0
    assert np.isnan(run[1])
    assert run[2] == 0.0
    assert said == ("", "no ideal cycle for machine M1, product B", "")


def test_a_figure_without_calendar_or_cycle_is_none_with_a_sentence() -> None:
    unknown = elements((np.nan, np.nan, 20.0, 10, 9), (3600, 3600, np.nan, 10, 9))
    result = ratios(unknown, (no_calendar("HAM-MC1"), "no ideal cycle for machine M1, product B"))
    first, second = single(result, 0), single(result, 1)
    assert (first.availability, first.oee) == (None, None)
    assert first.missing == ("no shift calendar for line HAM-MC1",)
    assert second.availability == 1.0
    assert (second.effectiveness, second.oee) == (None, None)
    assert second.quality == 0.9
    assert second.missing == ("no ideal cycle for machine M1, product B",)


@pytest.mark.parametrize(
    ("row", "oee", "missing"),
    [
        ((0, 0, 0, 0, 0), None, "no planned busy time"),
        ((3600, 0, 0, 0, 0), 0.0, "no production time; nothing produced"),
        ((3600, 1800, 0, 0, 0), 0.0, "nothing produced"),
        ((3600, 1800, 900, 10, 0), 0.0, ""),
        ((3600, np.nan, 900, 10, 9), None, "production time unknown"),
        ((3600, 1800, 900, 10, np.nan), None, "good quantity unknown"),
    ],
)
def test_empty_units_of_time(
    row: tuple[float, float, float, float, float], oee: float | None, missing: str
) -> None:
    result = ratios(elements(row))
    assert single(result).oee == oee
    assert result.missing == (missing,)


def test_arrays_of_different_lengths_are_refused() -> None:
    one, two = np.zeros(1), np.zeros(2)
    with pytest.raises(ValueError, match="same length"):
        Elements(one, one, one, one, two)
    with pytest.raises(ValueError, match="each unit"):
        ratios(elements((1, 1, 1, 1, 1)), ("", ""))


rows = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 50), st.just(5)), elements=st.integers(0, 30000)
)


@given(rows, st.data())
def test_elements_add_up_however_they_are_grouped(table: np.ndarray, data: st.DataObject) -> None:
    count = len(table)
    shift = np.array(data.draw(st.lists(st.integers(0, 5), min_size=count, max_size=count)))
    every = Elements(*table.T)
    at_once = add_up(every, np.zeros(count))[1]
    by_shift = add_up(every, shift)[1]
    in_two_steps = add_up(by_shift, np.zeros(len(by_shift)))[1]
    for one, other in zip(vars(at_once).values(), vars(in_two_steps).values(), strict=True):
        np.testing.assert_allclose(one, other)
    np.testing.assert_allclose(ratios(at_once).oee, ratios(in_two_steps).oee)


@given(rows)
def test_nan_comes_with_a_sentence_and_only_then(table: np.ndarray) -> None:
    result = ratios(Elements(*table.T))
    unknown = np.isnan(
        np.stack([result.availability, result.effectiveness, result.quality, result.oee])
    ).any(axis=0)
    assert unknown.tolist() == [bool(said) for said in result.missing]


@given(rows)
def test_losses_and_effective_time_add_up_to_planned_busy_time(table: np.ndarray) -> None:
    table[:, 4] = np.minimum(table[:, 4], table[:, 3])
    units = Elements(*table.T)
    split = losses(units)
    np.testing.assert_allclose(sum(vars(split).values()), units.pbt_s, atol=1e-6)
    known = (units.pbt_s > 0) & (units.apt_s > 0) & (units.pq > 0)
    share = split.effective_s[known] / units.pbt_s[known]
    np.testing.assert_allclose(share, ratios(units).oee[known])


def test_the_loss_of_an_unknown_quantity_is_unknown() -> None:
    split = losses(elements((100, 80, 60, np.nan, np.nan), (100, 80, 0, 0, 0)))
    assert np.isnan([split.quality_s[0], split.effective_s[0]]).all()
    assert (split.quality_s[1], split.effective_s[1]) == (0.0, 0.0)


spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.sampled_from("AB")), max_size=12
)


@given(spans, spans)
def test_covered_time_equals_a_count_second_by_second(
    windows: list[tuple[int, int, str]], found: list[tuple[int, int, str]]
) -> None:
    def scaled(spans: list[tuple[int, int, str]]) -> Intervals:
        return intervals(*((a * SECOND, max(a, b) * SECOND, g) for a, b, g in spans))

    expected = [
        sum(
            any(a <= second < b and g == group for a, b, g in found) for second in range(start, end)
        )
        for start, end, group in windows
    ]
    assert covered_seconds(scaled(windows), scaled(found)).tolist() == expected


@given(spans, spans, spans)
def test_time_elements_of_a_shift_add_up_to_its_window(
    windows: list[tuple[int, int, str]],
    planned: list[tuple[int, int, str]],
    down: list[tuple[int, int, str]],
) -> None:
    def scaled(spans: list[tuple[int, int, str]]) -> Intervals:
        return intervals(*((a * SECOND, max(a, b) * SECOND, g) for a, b, g in spans))

    shifts, pauses, stops = scaled(windows), scaled(planned), scaled(down)
    parts = (
        covered_seconds(shifts, pauses)
        + downtime_seconds(shifts, pauses, stops)
        + actual_production_seconds(shifts, pauses, stops)
    )
    np.testing.assert_allclose(parts, (shifts.end - shifts.start) / SECOND)
