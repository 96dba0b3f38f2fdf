"""Bias and linearity: the examples of AIAG."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from casparian.kpi import msa
from tests.kpi.gage_data import AIAG_BIAS, AIAG_LINEARITY, AIAG_REFERENCES


def test_bias_of_aiag_by_range() -> None:
    found = msa.bias(AIAG_BIAS, 6.0, by_range=True)
    assert round(found.mean, 4) == 6.0067 and round(found.bias, 4) == 0.0067
    assert round(found.sigma, 5) == pytest.approx(0.22514, abs=1e-5)
    assert (round(found.t or 0, 4), round(found.df, 1)) == (0.1147, 10.8)
    assert (round(found.lower, 3), round(found.upper, 3)) == (-0.122, 0.135)


def test_bias_is_the_t_test_of_scipy() -> None:
    found = msa.bias(AIAG_BIAS, 6.0)
    expected = stats.ttest_1samp(AIAG_BIAS, 6.0)
    assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue))
    interval = expected.confidence_interval(0.95)
    assert (found.lower + 6, found.upper + 6) == pytest.approx((interval.low, interval.high))


def test_linearity_of_aiag() -> None:
    found = msa.linearity(AIAG_REFERENCES, AIAG_LINEARITY, process_variation=6.0)
    assert round(found.slope, 6) == -0.131667 and round(found.intercept, 6) == 0.736667
    assert round(found.r_squared or 0, 3) == 0.714 and round(found.sigma, 4) == 0.2395
    assert round(found.t_slope or 0, 3) == -12.043 and round(found.t_intercept or 0, 3) == 10.158
    assert (found.p_slope or 1) < 1e-15
    assert found.linearity == pytest.approx(0.79)
    assert found.linearity_ratio == pytest.approx(-found.slope)
    line = stats.linregress(AIAG_REFERENCES, AIAG_LINEARITY - AIAG_REFERENCES)
    assert found.p_slope == pytest.approx(line.pvalue)


def test_type_1() -> None:
    values = np.array(
        [20.303, 20.301, 20.304, 20.303, 20.306, 20.296, 20.301, 20.300, 20.307, 20.305]
    )
    found = msa.type_1(values, 20.302, 0.15)
    s = float(values.std(ddof=1))
    assert found.cg == pytest.approx(0.2 * 0.15 / (6 * s))
    assert found.cgk == pytest.approx((0.1 * 0.15 - abs(values.mean() - 20.302)) / (3 * s))
    assert (found.cg or 0) >= (found.cgk or 0)


def test_what_cannot_be_told() -> None:
    same = msa.bias(np.full(4, 6.1), 6.1)
    assert (same.t, same.p, same.bias) == (None, None, 0.0)
    assert msa.type_1(np.full(4, 6.1), 6.0, 1.0).cg is None
    exact = msa.linearity(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]))
    assert (exact.slope, exact.r_squared, exact.t_slope, exact.linearity) == (0.0, None, None, None)
    for wrong in (np.array([1.0]), np.array([1.0, np.nan]), np.ones((2, 2))):
        with pytest.raises(ValueError):
            msa.bias(wrong, 1.0)
    with pytest.raises(ValueError, match="one reference"):
        msa.linearity(np.ones(5), np.arange(5.0))
    with pytest.raises(ValueError, match="for each reading"):
        msa.linearity(np.arange(4.0), np.arange(5.0))
    with pytest.raises(ValueError, match="confidence"):
        msa.bias(AIAG_BIAS, 6.0, confidence=1.0)


def test_stability_shows_a_gage_that_moves() -> None:
    rng = np.random.default_rng(3)
    steady = 6.0 + 0.1 * rng.standard_normal((25, 4))
    found = msa.stability(steady, reference=6.0)
    assert found.stable and abs(found.drift) < 0.01
    assert found.bias is not None and found.bias.n == 100 and (found.bias.p or 0) > 0.05
    worn = msa.stability(steady + 0.02 * np.arange(25)[:, np.newaxis], baseline=20)
    assert not worn.stable and worn.drift == pytest.approx(found.drift + 0.02)
    with pytest.raises(ValueError, match="2 subgroups"):
        msa.stability(steady[:1])
