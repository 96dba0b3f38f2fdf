"""Normality, percentiles and Box-Cox."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from casparian.kpi.capability import anderson_darling, capability, shapiro
from casparian.kpi.capability.boxcox import boxcox, fitted_power, transformed
from casparian.kpi.capability.nonnormal import by_percentiles, weibull_parameters
from casparian.kpi.capability.normality import p_of
from tests.kpi.piston_rings import PISTON_RINGS

RANDOM = np.random.default_rng(11)


@pytest.mark.parametrize(
    ("p", "point"),
    # D'Agostino and Stephens (1986), table 4.7: mean and standard deviation estimated
    [(0.10, 0.631), (0.05, 0.752), (0.025, 0.873), (0.01, 1.035)],
)
def test_published_points_of_anderson_darling(p: float, point: float) -> None:
    assert p_of(point) == pytest.approx(p, rel=0.03)


def test_p_value_falls_as_the_statistic_rises() -> None:
    found = [p_of(float(a)) for a in np.linspace(0.01, 200, 5000)]
    assert all(later <= earlier + 0.01 for earlier, later in pairwise(found))
    assert 0 <= min(found) < 1e-100
    assert max(found) <= 1


def test_anderson_darling_by_an_independent_path() -> None:
    x = RANDOM.normal(3.0, 2.0, 60)
    z = np.sort((x - x.mean()) / x.std(ddof=1))
    place = 2 * np.arange(1, 61) - 1
    square = -60 - (place * (np.log(stats.norm.cdf(z)) + np.log(stats.norm.sf(z[::-1])))).mean()
    star = square * (1 + 0.75 / 60 + 2.25 / 3600)
    assert anderson_darling(x).statistic == pytest.approx(star, rel=1e-9)


def test_half_of_normal_samples_have_a_p_below_a_half() -> None:
    p = [anderson_darling(x).p_value for x in RANDOM.normal(size=(3_000, 25))]
    assert np.mean(np.array(p) < 0.5) == pytest.approx(0.5, abs=0.03)
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.012)


def test_normality_that_cannot_be_told() -> None:
    assert anderson_darling(np.empty(0)).missing == "no spread"
    assert anderson_darling(np.full(20, 0.1)).missing == "no spread"
    few = anderson_darling(np.arange(7.0))
    assert (few.p_value, few.missing) == (None, "fewer than 8 values")
    assert few.statistic is not None
    assert shapiro(np.arange(2.0)).missing == "not between 3 and 5,000 values"
    assert shapiro(np.ones(9)).missing == "no spread"
    assert shapiro(PISTON_RINGS.ravel()).statistic == pytest.approx(0.99, abs=0.01)


def test_a_normal_distribution_has_its_usual_indices() -> None:
    usual = capability(PISTON_RINGS, 73.95, 74.05)
    found = by_percentiles(PISTON_RINGS, 73.95, 74.05, "normal")
    wide = 2.999976992703392 / 3  # the 0.135 % point of the normal distribution, in sigmas
    assert found.pp == pytest.approx(usual.pp / wide, rel=1e-9)  # type: ignore[operator]
    assert found.ppk == pytest.approx(usual.ppk / wide, rel=1e-9)  # type: ignore[operator]
    assert found.ppm_expected.total == pytest.approx(usual.ppm_overall.total, rel=1e-6)
    assert found.fit == usual.normality


def test_empirical_percentiles_are_order_statistics() -> None:
    values = RANDOM.permutation(np.arange(1.0, 2000.0))  # p (n + 1) is 2.7, 1000, 1997.3
    found = by_percentiles(values, 0.0, 2000.0)
    assert (found.low, found.median, found.high) == pytest.approx((2.7, 1000.0, 1997.3))
    assert found.pp == pytest.approx(2000 / 1994.6)
    assert (found.fit, found.ppm_expected.total, found.missing) == (None, None, ())


@pytest.mark.parametrize("distribution", ["empirical", "normal", "lognormal", "weibull"])
def test_too_little_for_percentiles(distribution: str) -> None:
    for values in (np.empty(0), np.array([5.0]), np.full(9, 5.0), np.array([np.nan, 5.0])):
        found = by_percentiles(values, 4.0, 6.0, distribution)
        assert (found.pp, found.ppk) == (None, None)
        assert found.missing


def test_weibull_and_lognormal_by_independent_paths() -> None:
    x = RANDOM.weibull(1.7, 400) * 3
    shape, _, scale = stats.weibull_min.fit(x, floc=0)
    assert weibull_parameters(x) == pytest.approx((shape, scale), rel=1e-3)
    found = by_percentiles(x, None, 12.0, "weibull")
    exact = stats.weibull_min(found.parameters[0], scale=found.parameters[1])
    assert found.high == pytest.approx(exact.ppf(0.99865), rel=1e-9)
    assert found.ppm_expected.above == pytest.approx(1e6 * exact.sf(12.0), rel=1e-6)
    assert found.ppk == found.ppu
    assert found.missing == ("no lower specification limit",)
    assert found.fit is not None
    assert found.fit.p_between == (0.25, 1.0)
    wrong = by_percentiles(np.exp(RANDOM.normal(0, 1, 400)), None, 99.0, "weibull")
    assert wrong.fit is not None
    assert wrong.fit.p_between == (0.0, 0.01)
    logs = by_percentiles(np.exp(RANDOM.normal(0, 1, 400)), -1.0, 99.0, "lognormal")
    assert logs.ppm_expected.below == 0.0
    assert logs.fit is not None
    assert logs.fit.p_value is not None
    assert logs.fit.p_value > 0.05
    assert (
        by_percentiles(np.array([0.0, 1.0]), None, 2.0, "lognormal").missing[-1].endswith("above 0")
    )
    with pytest.raises(ValueError, match="no distribution"):
        by_percentiles(x, None, 1.0, "cauchy")


def test_box_cox_by_an_independent_path() -> None:
    x = RANDOM.weibull(1.7, 300) * 3
    _, power, ends = stats.boxcox(x, alpha=0.05)
    found = fitted_power(x)
    assert found.value == pytest.approx(power, abs=1e-4)
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-4)


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1000.0))
def test_lambda_and_its_indices_know_no_scale(seed: int, scale: float) -> None:
    values = np.exp(np.random.default_rng(seed).normal(1.0, 0.3, (12, 5)))
    one, power = boxcox(values, 0.5, 9.0, power=None)
    other, same = boxcox(values * scale, 0.5 * scale, 9.0 * scale)
    assert same.value == pytest.approx(power.value, abs=1e-5)
    assert other.ppk == pytest.approx(one.ppk, rel=1e-4)


def test_box_cox_of_logarithms_and_of_what_it_cannot_take() -> None:
    values = np.exp(RANDOM.normal(1.0, 0.3, (30, 5)))
    study, power = boxcox(values, 0.0, 9.0, power=0.0)
    plain = capability(np.log(values), None, math.log(9.0))
    assert (study.cpk, study.ppk) == (plain.cpk, plain.ppk)
    assert (power.value, study.distribution) == (0.0, "box_cox(0)")
    assert study.missing[-1] == "the lower limit is not above 0 and has no transformed value"
    assert transformed(np.array([4.0]), 0.5).tolist() == [2.0]
    constant, power = boxcox(np.full((3, 2), 5.0), 4.0, 6.0)
    assert (constant.pp, power.value) == (None, None)
    with pytest.raises(ValueError, match="above 0"):
        boxcox(np.array([0.0, 1.0]), None, 2.0)
