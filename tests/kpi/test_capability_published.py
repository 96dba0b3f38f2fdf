"""Capability as Montgomery, R's qcc and SixSigma print it, and charts of the same data."""

import numpy as np
import pytest
from scipy import stats

from casparian.kpi import spc
from casparian.kpi.capability import Method, anderson_darling, capability, shapiro, within
from casparian.kpi.spc.sigma import OF_INDIVIDUALS
from tests.kpi.piston_rings import PISTON_RINGS
from tests.kpi.published_charts import BOTTLES, MORTGAGE, VISCOSITY, WINE

# qcc's test of processCapability: 3 subgroups of 4
QCC = [[10.00, 10.02, 9.98, 10.01], [10.03, 9.99, 10.01, 10.00], [9.97, 10.04, 10.02, 9.99]]
WEIGHTS = [148, 154, 158, 160, 161, 162, 166, 170, 182, 195, 236]  # Shapiro and Wilk 1965: men [lb]


def six(pair: tuple[float, float]) -> list[float]:
    return [round(end, 6) for end in pair]


def test_overall_indices_of_qcc_with_their_intervals() -> None:
    found = capability(QCC, 9.9, 10.1, target=10.0)
    got = [round(v or 0, 6) for v in (found.pp, found.ppl, found.ppu, found.ppk, found.cpm)]
    assert got == [1.612598, 1.693228, 1.531968, 1.531968, 1.567395]
    # qcc prints 0.949773, 2.27641 and 0.864608, 2.199329
    assert six(found.intervals["pp"]) == [0.949773, 2.27641]
    assert six(found.intervals["ppk"]) == [0.864608, 2.199329]
    off = capability(QCC, 9.9, 10.1, target=10.02)
    assert round(off.cpm or 0, 6) == 1.305161


def test_indices_within_of_qcc() -> None:
    """n - 1 degrees of freedom as qcc takes them; its d2 is 2.059, ours computed."""
    found = capability(QCC, 9.9, 10.1, df_within=11)
    printed = {"cp": 1.372667, "cpl": 1.441300, "cpu": 1.304033, "cpk": 1.304033}
    for name, value in printed.items():
        assert getattr(found, name) == pytest.approx(value, rel=2e-4)
    assert found.intervals["cp"] == pytest.approx((0.808460, 1.937713), rel=2e-4)
    assert found.intervals["cpk"] == pytest.approx((0.727408, 1.880659), rel=2e-4)
    assert found.df_within == 11
    rings = capability(PISTON_RINGS, 73.95, 74.05, df_within=124)
    assert [round(v, 3) for v in rings.intervals["cp"]] == [1.491, 1.915]
    assert [round(v, 3) for v in rings.intervals["cpk"]] == [1.448, 1.878]


def test_wine_of_sixsigma() -> None:
    """ss.ca.cp, ss.ca.cpk and ss.ca.z take s of all values; its Z is that of the nearer side."""
    found = capability(WINE, 740, 760)
    assert found.pp == pytest.approx(1.58413633507089, rel=1e-14)
    assert found.ppk == pytest.approx(1.54651309711296, rel=1e-14)
    assert float(f"{3 * (found.ppk or 0):.7g}") == 4.639539
    assert (found.z_overall or 0) < 3 * (found.ppk or 0)  # Z bench counts both sides


def test_bottles_of_montgomery() -> None:
    """Mean 264.06, s 32.02, mean range 77.3, limits 219.47 and 308.65, R to 163.49, CPL 0.64."""
    chart = spc.xbar_r(BOTTLES)
    assert round(chart.center, 2) == 264.06
    assert round(float(chart.spread.mean()), 1) == 77.3
    assert chart.lcl[0] == pytest.approx(219.47, abs=0.01)
    assert chart.ucl[0] == pytest.approx(308.65, abs=0.01)
    assert chart.spread_ucl[0] == pytest.approx(163.49, abs=0.05)
    found = capability(BOTTLES, 200.0, None)
    assert round(found.sigma_overall or 0, 2) == 32.02
    assert round(found.cpl or 0, 2) == 0.64
    assert found.stable is True
    assert round((found.ppm_within.below or 0) / 1e6, 3) == 0.027


def test_mortgage_of_montgomery() -> None:
    """Mean 300.5, mean moving range 7.79, limits 279.78 and 321.22, moving range to 25.45."""
    chart = spc.i_mr(MORTGAGE)
    assert chart.center == 300.5
    assert round(float(chart.spread_center[0]), 2) == 7.79
    assert (chart.lcl[0], chart.ucl[0]) == pytest.approx((279.78, 321.22), abs=0.011)
    assert chart.spread_ucl[0] == pytest.approx(25.45, abs=0.01)
    assert not len(chart.spread_violations())
    assert not any(len(at) for at in chart.violations().values())


def test_normality_of_weights() -> None:
    found = shapiro(WEIGHTS)
    assert round(found.statistic or 0, 2) == 0.79
    assert 0 < (found.p_value or 0) < 0.01
    one = anderson_darling(WEIGHTS)
    plain = stats.anderson(np.array(WEIGHTS, dtype=float), method="interpolate").statistic
    assert one.statistic == pytest.approx(plain * (1 + 0.75 / 11 + 2.25 / 121), rel=1e-9)


@pytest.mark.parametrize(
    ("star", "p"),
    # computed from the formulas of D'Agostino and Stephens, a value in each of the four pieces
    [(0.15, 0.9631), (0.27, 0.6778), (0.33, 0.5145), (0.35, 0.4728), (0.5, 0.2088), (0.9, 0.0217)],
)
def test_p_of_anderson_darling_in_each_piece(star: float, p: float) -> None:
    from casparian.kpi.capability.normality import p_of

    assert p_of(star) == pytest.approx(p, abs=5e-4)


@pytest.mark.parametrize(
    ("method", "df"),
    [
        ("range_unweighted", None),
        ("s_unweighted", None),
        ("total_unbiased", 14.0),
        ("mssd", None),
        ("median_moving_range", None),
    ],
)
def test_every_method_of_sigma_has_its_intervals_or_none(method: Method, df: float | None) -> None:
    single = method in OF_INDIVIDUALS
    values = VISCOSITY if single else PISTON_RINGS
    limits = (30.0, 37.0) if single else (73.95, 74.05)
    found = capability(values, *limits, method=method)
    assert found.method == method
    assert found.cp is not None
    if method == "median_moving_range":
        assert found.df_within is None
        assert "cp" not in found.intervals
        assert "pp" in found.intervals
        assert "cp" in capability(values, *limits, method=method, df_within=9).intervals
    else:
        low, high = found.intervals["cp"]
        assert low < found.cp < high
    if df is not None:
        assert found.df_within == df
    if method.endswith("unweighted"):  # equal sizes: no difference
        known = capability(values, *limits, method=method.partition("_")[0])  # type: ignore[arg-type]
        assert (found.cp, found.df_within) == pytest.approx((known.cp, known.df_within))
        assert found.rules == known.rules


def test_unweighted_means_of_unequal_subgroups_know_less() -> None:
    values, labels = np.arange(20.0) % 7, np.repeat([1, 2, 3], [2, 3, 15])
    for name in ("range", "s"):
        best, plain = (within(values, labels, m) for m in (name, f"{name}_unweighted"))  # type: ignore[arg-type]
        assert plain.df < best.df


def test_lists_are_taken_and_a_method_that_is_not_theirs_finds_nothing() -> None:
    assert capability([[9.0, 11.0], [10.0, 12.0]], 4, 16, labels=None).n == 4
    by_label = capability([9.0, 11.0, 10.0, 12.0], 4, 16, labels=["a", "a", "b", "b"])
    assert by_label.cp == capability([[9.0, 11.0], [10.0, 12.0]], 4, 16).cp
    alone = capability([9.0, 11.0, 10.0], 4, 16, method="pooled")
    assert (alone.cp, alone.missing) == (None, ("no spread within subgroups",))


def test_a_value_on_a_limit_conforms() -> None:
    found = capability([4.0, 5.0, 6.0, 3.999], 4.0, 6.0)
    assert (found.ppm_observed.below, found.ppm_observed.above) == (250_000.0, 0.0)


def test_a_limit_that_is_nan_is_none_and_a_cube_is_no_study() -> None:
    found = capability([1.0, 2.0, 4.0], float("nan"), 9.0, target=float("nan"))
    assert found == capability([1.0, 2.0, 4.0], None, 9.0)
    assert found.missing == ("no lower specification limit",)
    with pytest.raises(ValueError, match="subgroups as rows"):
        capability(np.ones((2, 2, 2)), 0.0, 2.0)


def test_the_chart_behind_stability_has_the_sigma_of_the_study() -> None:
    rows = [[0.0, 1.0]] * 20 + [[-20.0, 20.0], [9.0, 10.0]]  # one wild subgroup widens the pool
    assert "WE1" in (capability(rows, -50, 50, method="s").rules or ())
    assert "WE1" not in (capability(rows, -50, 50, method="pooled").rules or ())


def test_degrees_of_freedom_of_successive_differences() -> None:
    """One difference has one; of many it is 2 (n - 1)^2 / (3 n - 4): von Neumann and others."""
    assert within([3.0, 5.0], [1, 2], "mssd").df == pytest.approx(1.0, rel=1e-6)
    many = within(np.arange(400.0) % 7, np.arange(400), "mssd").df
    assert many == pytest.approx(2 * 399**2 / (3 * 400 - 4), rel=0.01)
