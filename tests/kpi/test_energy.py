import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi import energy
from tests.kpi import norris

NAN = float("nan")
HOUR = 3_600_000_000
values = st.lists(st.integers(0, 1000), min_size=3, max_size=30)


def test_the_regression_of_norris() -> None:
    found = energy.baseline(norris.Y, norris.X)
    assert found.slope == pytest.approx(norris.SLOPE, rel=1e-12)
    assert found.intercept == pytest.approx(norris.INTERCEPT, rel=1e-10)
    assert found.r_squared == pytest.approx(norris.R_SQUARED, rel=1e-12)
    assert (found.n, found.missing) == (36, "")


@pytest.mark.parametrize(
    ("kwh", "made", "n", "missing"),
    [
        ([], [], 0, energy.TOO_FEW),
        ([1.0, 2.0], [1.0, 2.0], 2, energy.TOO_FEW),
        ([1.0, NAN, 2.0], [1.0, 2.0, 3.0], 2, energy.TOO_FEW),
        ([1.0, 2.0, 3.0], [5.0, 5.0, 5.0], 3, energy.CONSTANT),
    ],
)
def test_a_baseline_that_cannot_be_drawn(
    kwh: list[float], made: list[float], n: int, missing: str
) -> None:
    found = energy.baseline(kwh, made)
    assert (found.slope, found.intercept, found.n, found.missing) == (None, None, n, missing)


def test_energy_that_does_not_vary_has_a_line_and_no_fit() -> None:
    found = energy.baseline([5.0] * 4, [1.0, 2.0, 3.0, 4.0])
    assert (found.slope, found.intercept, found.r_squared) == (0.0, 5.0, None)
    assert found.missing == "energy does not vary"


@pytest.mark.parametrize(
    ("kwh", "good", "missing"),
    [
        (5.0, 0.0, energy.NO_GOOD_UNITS),
        (NAN, 4.0, energy.UNKNOWN_ENERGY),
        (NAN, 0.0, f"{energy.UNKNOWN_ENERGY}; {energy.NO_GOOD_UNITS}"),
        (5.0, NAN, energy.UNKNOWN_QUANTITY),
    ],
)
def test_a_unit_without_energy_says_why(kwh: float, good: float, missing: str) -> None:
    ratio, why = energy.per_unit([kwh], [good])
    assert np.isnan(ratio[0])
    assert why == (missing,)


def test_counters_start_again_and_miss_readings() -> None:
    found = energy.consumption(
        [0, HOUR, 2 * HOUR, 3 * HOUR, 0, HOUR],
        [10.0, 14.0, NAN, 3.0, 100.0, 107.0],
        ["A", "A", "A", "A", "B", "B"],
    )
    np.testing.assert_array_equal(found.kwh, [NAN, 4.0, NAN, NAN, NAN, 7.0])
    first, unknown, reset = energy.FIRST_READING, energy.UNKNOWN_ENERGY, energy.RESET
    assert found.missing == (first, "", unknown, reset, first, "")


def test_a_rollover_is_known_by_the_capacity_and_a_small_fall_is_none() -> None:
    rolled = energy.consumption([0, 1, 2], [99_990.0, 20.0, 10.0], capacity=100_000.0)
    np.testing.assert_array_equal(rolled.kwh, [NAN, 30.0, NAN])
    assert rolled.missing[2] == energy.RESET


def test_readings_are_taken_in_order_of_time() -> None:
    found = energy.consumption([2, 0, 1], [9.0, 2.0, 5.0])
    np.testing.assert_array_equal(found.kwh, [4.0, NAN, 3.0])


def test_an_interval_is_shared_by_time_or_by_quantity() -> None:
    start, end = np.array([0, HOUR]), np.array([HOUR, 2 * HOUR])
    part = energy.shared_by_time(start, end, [8.0, 20.0], HOUR // 2, HOUR + HOUR // 4)
    assert part.tolist() == [4.0, 5.0]
    made, why = energy.shared_by_quantity(30.0, [10, 20])
    assert (made.tolist(), why) == ([10.0, 20.0], "")
    assert energy.shared_by_quantity(30.0, [0, 0])[1] == "nothing produced"
    assert energy.shared_by_quantity(30.0, [1, NAN])[1] == energy.UNKNOWN_QUANTITY
    with pytest.raises(ValueError, match="end after it starts"):
        energy.shared_by_time(start, start, [1.0, 1.0], 0, HOUR)


def test_base_load_and_peak() -> None:
    kwh = [2.0, 4.0, NAN, 12.0, 3.0]
    hours = [1.0, 0.5, 1.0, 1.0, 1.0]
    base = energy.base_load(kwh, hours, percentile=50)
    assert base.kilowatt == 5.5  # of 2, 8, 12 and 3 kW
    assert base.share_ratio == pytest.approx(5.5 * 3.5 / 21)
    assert (energy.peak(kwh, hours).kilowatt, energy.peak(kwh, hours).interval) == (12.0, 3)
    assert energy.base_load([], []).missing == energy.peak([], []).missing == energy.NO_INTERVALS
    assert energy.base_load([0.0], [1.0]).missing == energy.NO_ENERGY
    with pytest.raises(ValueError, match="longer than nothing"):
        energy.peak([1.0], [0.0])


def test_energy_while_nothing_is_made() -> None:
    assert energy.idle_energy([5.0, 7.0, 9.0], [0.0, 3.0, NAN]) == 5.0
    assert np.isnan(energy.idle_energy([NAN, 7.0], [0.0, 3.0]))


def test_unequal_sizes_are_refused() -> None:
    for call in (energy.per_unit, energy.baseline, energy.base_load, energy.peak):
        with pytest.raises(ValueError, match="same length"):
            call([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="same length"):
        energy.consumption([1], [1.0, 2.0])


@given(
    values, st.lists(st.integers(0, 500), min_size=30, max_size=30), st.sampled_from([2.0, 0.25])
)
def test_the_baseline_follows_the_units(kwh: list[int], made: list[int], factor: float) -> None:
    made = made[: len(kwh)]
    one = energy.baseline(kwh, made)
    two = energy.baseline(np.array(kwh) * factor, made)
    three = energy.baseline(kwh, np.array(made) * factor)
    assert one.missing == two.missing == three.missing
    if one.slope is not None and one.intercept is not None:
        assert two.slope == pytest.approx(one.slope * factor, rel=1e-9, abs=1e-12)
        assert three.slope == pytest.approx(one.slope / factor, rel=1e-9, abs=1e-12)
        assert three.intercept == pytest.approx(one.intercept, rel=1e-9, abs=1e-9)
        on_line = one.intercept + one.slope * np.mean(made)
        assert on_line == pytest.approx(np.mean(kwh), rel=1e-9, abs=1e-9)


@given(values, st.integers(0, 3 * 10**10))
def test_sharing_by_time_loses_nothing(kwh: list[int], cut: int) -> None:
    start = np.arange(len(kwh)) * HOUR
    last = len(kwh) * HOUR
    cut = min(cut, last)
    parts = [
        energy.shared_by_time(start, start + HOUR, kwh, a, b).sum()
        for a, b in ((0, cut), (cut, last))
    ]
    assert sum(parts) == pytest.approx(sum(kwh), rel=1e-12)


@given(values)
def test_differences_of_a_counter_add_up(kwh: list[int]) -> None:
    stands = np.cumsum(kwh)
    found = energy.consumption(np.arange(len(kwh)), stands)
    assert np.nansum(found.kwh) == stands[-1] - stands[0]


@given(st.integers(0, 10**6), st.lists(st.integers(1, 1000), min_size=1, max_size=9))
def test_sharing_by_quantity_loses_nothing(kwh: int, made: list[int]) -> None:
    parts, why = energy.shared_by_quantity(kwh, made)
    assert why == ""
    assert parts.sum() == pytest.approx(kwh, rel=1e-12)
