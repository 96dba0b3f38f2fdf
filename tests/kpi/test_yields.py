import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.yields import (
    DEFECTS_ABOVE_OPPORTUNITIES,
    NO_FINITE_SIGMA,
    NO_OPPORTUNITIES,
    NO_STEPS,
    NO_UNITS,
    NOTHING_PRODUCED,
    SCRAP_ABOVE_PRODUCED,
    Quantities,
    defect_rates,
    rolled,
    yields,
)

NAN = float("nan")
counts = st.integers(0, 1000)
steps = st.lists(st.floats(0.01, 1.0), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("sigma", "dpmo"),
    # the table that Motorola made known: short-term sigma, long-term defects a million
    [(1, 691462), (2, 308538), (3, 66807), (4, 6210), (5, 233), (6, 3.4)],
)
def test_the_table_of_six_sigma(sigma: int, dpmo: float) -> None:
    found = defect_rates([dpmo], [1e6], [1])
    assert found.sigma_short_term[0] == pytest.approx(sigma, abs=5e-4)
    assert found.sigma_long_term[0] == pytest.approx(sigma - 1.5, abs=5e-4)
    assert found.missing == ("",)


def test_sigma_by_the_error_function() -> None:
    """An independent path: the tail of the normal distribution back from z."""
    found = defect_rates([12.0, 450.0], [900.0, 1000.0], [4.0, 3.0])
    tail = [0.5 * math.erfc(z / math.sqrt(2)) for z in found.sigma_long_term]
    assert tail == pytest.approx([12 / 3600, 0.15], rel=1e-12)
    assert found.throughput_yield.tolist() == pytest.approx([math.exp(-12 / 900), math.exp(-0.45)])


def test_ten_steps_of_99_percent() -> None:
    route = rolled([0.99] * 10)
    assert route.rolled == pytest.approx(0.904382075, abs=1e-9)
    assert route.normalised == pytest.approx(0.99, rel=1e-14)


def test_yields_by_hand() -> None:
    found = yields(Quantities.of([200], [180], [12], [8]))
    assert (found.first_pass[0], found.final[0]) == (0.9, 0.94)
    assert (found.scrap[0], found.rework[0]) == (0.06, 0.04)
    assert found.missing == ("",)


@pytest.mark.parametrize(
    ("row", "missing"),
    [
        ((0, 0, 0, 0), NOTHING_PRODUCED),
        ((10, 5, 11, 0), SCRAP_ABOVE_PRODUCED),
        ((10, NAN, 1, 0), "good quantity unknown"),
        ((NAN, 5, 1, NAN), "produced quantity unknown; rework quantity unknown"),
    ],
)
def test_what_has_no_yield_says_why(row: tuple[float, ...], missing: str) -> None:
    found = yields(Quantities.of(*([value] for value in row)))
    assert found.missing == (missing,)
    every = (found.first_pass[0], found.final[0], found.scrap[0], found.rework[0])
    assert any(math.isnan(value) for value in every)


def test_rework_beyond_the_input_is_reported_as_it_is() -> None:
    found = yields(Quantities.of([10], [0], [0], [25]))
    assert (found.rework[0], found.final[0], found.missing) == (2.5, 1.0, ("",))


def test_no_rows_at_all() -> None:
    assert yields(Quantities.of([], [], [], [])).missing == ()
    assert defect_rates([], [], []).missing == ()


def test_a_route_without_steps_and_one_with_an_unknown_step() -> None:
    assert (rolled([]).rolled, rolled([]).missing) == (None, NO_STEPS)
    lost = rolled([0.9, NAN], ["press", "weld"])
    assert (lost.rolled, lost.normalised, lost.missing) == (None, None, "no yield of step weld")
    assert (rolled([0.9, 0.0]).rolled, rolled([0.9, 0.0]).normalised) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("sample", "missing"),
    [
        ((5, 0, 3), NO_UNITS),
        ((5, 10, NAN), NO_OPPORTUNITIES),
        ((5, 10, 0), NO_OPPORTUNITIES),
        ((50, 10, 3), DEFECTS_ABOVE_OPPORTUNITIES),
        ((0, 10, 3), NO_FINITE_SIGMA),
        ((30, 10, 3), NO_FINITE_SIGMA),
        ((NAN, NAN, 3), "number of defects unknown; number of units unknown"),
    ],
)
def test_rates_that_cannot_be_given(sample: tuple[float, ...], missing: str) -> None:
    found = defect_rates(*([value] for value in sample))
    assert found.missing == (missing,)
    assert math.isnan(found.sigma_short_term[0])


def test_without_opportunities_the_units_still_tell() -> None:
    found = defect_rates([5], [10], [NAN])
    assert (found.dpu[0], math.isnan(found.dpmo[0])) == (0.5, True)
    assert defect_rates([50], [10], [3]).dpo[0] == pytest.approx(5 / 3), "not clipped"


@pytest.mark.parametrize("bad", [-1.0, -0.5])
def test_quantities_below_zero_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="zero or more"):
        Quantities.of([10], [bad], [0], [0])
    with pytest.raises(ValueError, match="zero or more"):
        defect_rates([bad], [1], [1])


def test_unequal_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        Quantities.of([10, 11], [9], [0], [0])
    with pytest.raises(ValueError, match="same length"):
        defect_rates([1, 2], [1], [1])
    with pytest.raises(ValueError, match="name for each step"):
        rolled([0.9, 0.8], ["one"])


@given(st.tuples(counts, counts, counts), st.integers(2, 1000))
def test_ratios_do_not_depend_on_the_scale(parts: tuple[int, int, int], factor: int) -> None:
    good, scrap, rework = parts
    one = yields(Quantities.of([sum(parts)], [good], [scrap], [rework]))
    many = yields(
        Quantities.of([factor * sum(parts)], *([factor * part] for part in (good, scrap, rework)))
    )
    assert one.missing == many.missing
    for name in ("first_pass", "final", "scrap", "rework"):
        np.testing.assert_allclose(getattr(one, name), getattr(many, name), rtol=1e-14)


@given(st.tuples(counts, counts, counts).filter(any))
def test_first_pass_scrap_and_rework_are_all_there_is(parts: tuple[int, int, int]) -> None:
    found = yields(Quantities.of([sum(parts)], *([part] for part in parts)))
    assert found.first_pass[0] + found.scrap[0] + found.rework[0] == pytest.approx(1.0)
    assert found.first_pass[0] <= found.final[0] + 1e-15


@given(steps, st.randoms())
def test_the_order_of_steps_is_of_no_matter(values: list[float], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = rolled(values), rolled(shuffled)
    assert one.rolled == pytest.approx(other.rolled, rel=1e-12)
    assert min(values) - 1e-12 <= (one.normalised or 0.0) <= max(values) + 1e-12


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(2, 50))
def test_more_opportunities_are_a_higher_sigma(defects: int, units: int, ways: int) -> None:
    found = defect_rates([defects] * 2, [units] * 2, [ways, ways + 1])
    assert found.dpmo[0] >= found.dpmo[1]
    if not np.isnan(found.sigma_long_term).any():
        assert found.sigma_long_term[0] <= found.sigma_long_term[1]
