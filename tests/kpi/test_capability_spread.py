"""Sigma within subgroups, its degrees of freedom, and exact intervals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from casparian.kpi.capability import intervals, within
from casparian.kpi.capability.spread import Method, effective_df
from casparian.kpi.factors import chart_factors
from tests.kpi.piston_rings import PISTON_RINGS

FLAT = PISTON_RINGS.ravel()
LABELS = np.repeat(np.arange(25), 5)


@pytest.mark.parametrize(
    ("method", "sigma"),
    [
        ("range", 0.02276 / 2.325929),
        ("s", 0.009240037 / 0.939986),
        ("pooled", math.sqrt(float(PISTON_RINGS.var(axis=1, ddof=1).mean()))),
    ],
)
def test_piston_rings(method: Method, sigma: float) -> None:
    assert within(FLAT, LABELS, method).sigma == pytest.approx(sigma, rel=1e-6)


def test_the_pooled_sigma_is_unbiased_by_c4_of_its_degrees_of_freedom() -> None:
    pooled, unbiased = (within(FLAT, LABELS, m) for m in ("pooled", "pooled_unbiased"))  # type: ignore[arg-type]
    assert unbiased.sigma / pooled.sigma == pytest.approx(1 + 1 / 400, rel=1e-5)  # 1 + 1 / (4 nu)
    assert pooled.df == unbiased.df == 100


@pytest.mark.parametrize(
    ("n", "k", "df", "d2_star"),
    # AIAG, Measurement Systems Analysis, appendix C; the constant difference beyond its rows
    [(2, 1, 1.0, 1.41421), (3, 1, 2.0, 1.91155), (5, 1, 3.8, 2.48124), (2, 20, 17.8, 1.14)],
)
def test_effective_degrees_of_freedom_of_the_range(
    n: int, k: int, df: float, d2_star: float
) -> None:
    factors = chart_factors(n)
    found = effective_df((factors.d3 / factors.d2) ** 2 / k)
    assert found == pytest.approx(df, abs=0.06)
    star = math.sqrt(factors.d2**2 + factors.d3**2 / k)
    assert star == pytest.approx(d2_star, abs=0.006)


@given(st.integers(2, 12), st.integers(5, 60))
def test_a_range_has_fewer_degrees_of_freedom_than_s(n: int, k: int) -> None:
    values = np.random.default_rng(n * 100 + k).normal(size=(k, n))
    by_range, by_s, pooled = (
        within(values.ravel(), np.repeat(np.arange(k), n), method)  # type: ignore[arg-type]
        for method in ("range", "s", "pooled")
    )
    assert by_range.df <= by_s.df * (1 + 1e-6)
    assert by_s.df <= pooled.df * (1 + 0.35 / n)


def test_unequal_subgroups_weigh_by_what_they_know() -> None:
    values, labels = [1.0, 3.0, 10.0, 11.0, 15.0, 7.0], [1, 1, 2, 2, 2, 3]
    two, three = chart_factors(2), chart_factors(3)
    f = [(x.d2 / x.d3) ** 2 for x in (two, three)]
    expected = (f[0] * 2 / two.d2 + f[1] * 5 / three.d2) / sum(f)
    found = within(values, labels, "range")
    assert found.sigma == pytest.approx(expected, rel=1e-12)
    assert found.subgroups == 3
    pooled = within(values, labels, "pooled")
    assert pooled.sigma == pytest.approx(math.sqrt((2 + 14) / 3), rel=1e-12)
    assert pooled.df == 3


def test_variance_of_the_moving_range_by_simulation() -> None:
    """The effective df say how sure sigma is: its coefficient of variation over many samples."""
    values = np.random.default_rng(3).normal(size=(40_000, 30))
    sigma = np.abs(np.diff(values, axis=1)).mean(axis=1) / chart_factors(2).d2
    df = within(values[0], np.arange(30), "moving_range").df
    c4 = math.sqrt(2 / df) * math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2))
    assert sigma.std() / sigma.mean() == pytest.approx(math.sqrt(1 / c4**2 - 1), rel=0.02)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_intervals_by_independent_paths(level: float) -> None:
    tail = (1 - level) / 2
    low, high = intervals.spread_interval(1.4, 37.5, level)
    chi = stats.chi2.ppf([tail, 1 - tail], 37.5)
    assert [low, high] == pytest.approx((1.4 * np.sqrt(chi / 37.5)).tolist(), rel=1e-12)
    low, high = intervals.side_interval(1.4, 50, 49, level)
    reach = 3 * math.sqrt(50)
    assert stats.nct.cdf(1.4 * reach, 49, [low * reach, high * reach]) == pytest.approx(
        [1 - tail, tail], abs=1e-6
    )
    # Boyles: nu = n (1 + a^2)^2 / (1 + 2 a^2)
    low, high = intervals.target_interval(1.2, 40, 0.5, level)
    df = 40 * 1.25**2 / 1.5
    assert [low, high] == pytest.approx(
        (1.2 * np.sqrt(stats.chi2.ppf([tail, 1 - tail], df) / df)).tolist(), rel=1e-12
    )


def test_intervals_hold_what_they_promise() -> None:
    """Of 4,000 samples with Cpk 1.25, about 95 % have an interval that holds it."""
    values = np.random.default_rng(8).normal(0.5, 1.0, (4_000, 50))
    mean, sigma = values.mean(axis=1), values.std(axis=1, ddof=1)
    cpk = np.minimum(4.25 - mean, mean + 4.25) / (3 * sigma)
    found = np.array([intervals.nearest_interval(float(c), 50, 49) for c in cpk])
    held = ((found[:, 0] < 1.25) & (found[:, 1] > 1.25)).mean()
    assert 0.935 < held < 0.965
    cp = np.array([intervals.spread_interval(float(c), 49) for c in 4.25 / (3 * sigma)])
    held = ((cp[:, 0] < 4.25 / 3) & (cp[:, 1] > 4.25 / 3)).mean()
    assert 0.935 < held < 0.965


@pytest.mark.parametrize(("method", "each"), [("range", 3.62), ("s", 3.79)])
def test_degrees_of_freedom_of_very_many_subgroups(method: Method, each: float) -> None:
    """A subgroup of five adds 1 / (2 V), however many there are."""
    factors = chart_factors(5)
    known = {"range": (factors.d3 / factors.d2) ** 2, "s": 1 / factors.c4**2 - 1}[method]
    for count in (10.0, 1e3, 1e6, 1e8):
        found = effective_df(known / count)
        assert found / count == pytest.approx(1 / (2 * known) + 0.25 / count, rel=3e-3)
    assert 1 / (2 * known) == pytest.approx(each, abs=0.01)


def test_one_moving_range_has_one_degree_of_freedom() -> None:
    assert within([3.0, 5.0], [1, 2], "moving_range").df == pytest.approx(1.0, rel=1e-6)
