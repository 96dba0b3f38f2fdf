import math

import numpy as np
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


# ISO 7870-2, ASTM E2587 and Montgomery, appendix VI: n, A2, A3, c4, B3, B4, d2, d3, D3, D4
TABLE = """
 2 1.880 2.659 .7979 0    3.267 1.128 .853 0    3.267    3 1.023 1.954 .8862 0    2.568 1.693 .888 0    2.574
 4  .729 1.628 .9213 0    2.266 2.059 .880 0    2.282    5  .577 1.427 .9400 0    2.089 2.326 .864 0    2.114
 6  .483 1.287 .9515 .030 1.970 2.534 .848 0    2.004    7  .419 1.182 .9594 .118 1.882 2.704 .833 .076 1.924
 8  .373 1.099 .9650 .185 1.815 2.847 .820 .136 1.864    9  .337 1.032 .9693 .239 1.761 2.970 .808 .184 1.816
10  .308  .975 .9727 .284 1.716 3.078 .797 .223 1.777   11  .285  .927 .9754 .321 1.679 3.173 .787 .256 1.744
12  .266  .886 .9776 .354 1.646 3.258 .778 .283 1.717   13  .249  .850 .9794 .382 1.618 3.336 .770 .307 1.693
14  .235  .817 .9810 .406 1.594 3.407 .763 .328 1.672   15  .223  .789 .9823 .428 1.572 3.472 .756 .347 1.653
16  .212  .763 .9835 .448 1.552 3.532 .750 .363 1.637   17  .203  .739 .9845 .466 1.534 3.588 .744 .378 1.622
18  .194  .718 .9854 .482 1.518 3.640 .739 .391 1.608   19  .187  .698 .9862 .497 1.503 3.689 .734 .403 1.597
20  .180  .680 .9869 .510 1.490 3.735 .729 .415 1.585   21  .173  .663 .9876 .523 1.477 3.778 .724 .425 1.575
22  .167  .647 .9882 .534 1.466 3.819 .720 .434 1.566   23  .162  .633 .9887 .545 1.455 3.858 .716 .443 1.557
24  .157  .619 .9892 .555 1.445 3.895 .712 .451 1.548   25  .153  .606 .9896 .565 1.435 3.931 .708 .459 1.541
"""  # noqa: E501
DIFFER = {
    (3, "upper_range"), (18, "upper_range"), (19, "d3"), (19, "lower_range"), (19, "upper_range"),
    (22, "lower_range"), (22, "upper_range"), (24, "lower_range"),
}  # fmt: skip
ROWS = np.array(TABLE.split(), dtype=float).reshape(24, 10)


@pytest.mark.parametrize("row", ROWS, ids=[str(int(row[0])) for row in ROWS])
def test_every_factor_of_the_standards(row: np.ndarray) -> None:
    """Within one unit of the last digit: tables print some of theirs from rounded others."""
    f = chart_factors(int(row[0]))
    ours = (
        f.a2, f.a3, f.c4, f.lower_s, f.upper_s, f.d2, f.d3, f.lower_range, f.upper_range,
    )  # fmt: skip
    assert ours == pytest.approx(row[1:], abs=1.0e-3)
    assert (round(f.c4, 4), round(f.d2, 3), round(f.a2, 3), round(f.a3, 3)) == (
        row[3], row[6], row[1], row[2],
    )  # fmt: skip


def test_how_many_factors_are_exactly_as_printed() -> None:
    """All but these of 216; the tables have them a unit of the third digit beside."""
    names = ("a2", "a3", "c4", "lower_s", "upper_s", "d2", "d3", "lower_range", "upper_range")
    differ = {
        (int(row[0]), name)
        for row in ROWS
        for name, printed in zip(names, row[1:], strict=True)
        if round(getattr(chart_factors(int(row[0])), name), 4 if name == "c4" else 3) != printed
    }
    assert differ == DIFFER
