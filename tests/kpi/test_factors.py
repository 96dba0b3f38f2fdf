import math

import pytest

from casparian.kpi.factors import c4_of, chart_factors

# closed forms of the mean range: order statistics of up to five normal values
EXACT_D2 = {
    2: 2 / math.sqrt(math.pi),
    3: 3 / math.sqrt(math.pi),
    4: 3 / math.sqrt(math.pi) * (1 + 2 / math.pi * math.asin(1 / 3)),
    5: 5 / (2 * math.sqrt(math.pi)) * (1 + 6 / math.pi * math.asin(1 / 3)),
}
EXACT_D3 = {
    2: math.sqrt(2 - 4 / math.pi),
    3: math.sqrt(2 - 9 / math.pi + 3 * math.sqrt(3) / math.pi),
}
# ASTM E2587, table of factors, to the printed digits: n: (d2, d3, c4)
PUBLISHED = {
    2: (1.128, 0.853, 0.7979),
    3: (1.693, 0.888, 0.8862),
    4: (2.059, 0.880, 0.9213),
    5: (2.326, 0.864, 0.9400),
    6: (2.534, 0.848, 0.9515),
    7: (2.704, 0.833, 0.9594),
    8: (2.847, 0.820, 0.9650),
    9: (2.970, 0.808, 0.9693),
    10: (3.078, 0.797, 0.9727),
    15: (3.472, 0.756, 0.9823),
    20: (3.735, 0.729, 0.9869),
    25: (3.931, 0.708, 0.9896),
}


@pytest.mark.parametrize(("n", "d2"), EXACT_D2.items())
def test_d2_equals_the_closed_form(n: int, d2: float) -> None:
    assert chart_factors(n).d2 == pytest.approx(d2, abs=1e-11)


@pytest.mark.parametrize(("n", "d3"), EXACT_D3.items())
def test_d3_equals_the_closed_form(n: int, d3: float) -> None:
    assert chart_factors(n).d3 == pytest.approx(d3, abs=1e-11)


@pytest.mark.parametrize(("n", "published"), PUBLISHED.items())
def test_published_tables_to_their_digits(n: int, published: tuple[float, ...]) -> None:
    found = chart_factors(n)
    assert (round(found.d2, 3), round(found.d3, 3), round(found.c4, 4)) == published


def test_derived_factors_for_five() -> None:
    five = chart_factors(5)
    assert (round(five.a2, 3), round(five.upper_range, 3)) == (0.577, 2.114)
    assert five.lower_range == 0.0
    assert round(chart_factors(7).lower_range, 3) == 0.076


def test_one_value_has_no_range() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        chart_factors(1)


def test_c4_of_very_many_values() -> None:
    """Both sides of 1,000 are one curve, and 1 - c4 is 1 / (4 n) where n is large."""
    below, above = (1.0 - c4_of(n) for n in (1000.0, 1000.001))
    assert below == pytest.approx(above, rel=2e-6)
    for n in (1e4, 1e7, 1e9):
        assert 1.0 - c4_of(n) == pytest.approx(1 / (4 * (n - 1)) - 1 / (32 * n * n), rel=1e-6)
