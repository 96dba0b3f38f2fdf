"""Whether values are normal, and how well a distribution fits: Anderson-Darling, Shapiro-Wilk.

    A^2  = -n - sum((2i - 1) (ln F(x[i]) + ln(1 - F(x[n + 1 - i])))) / n
    A*^2 = A^2 (1 + 0.75 / n + 2.25 / n^2)      mean and standard deviation taken from the values

The p-value of A*^2 is from D'Agostino and Stephens, Goodness-of-Fit Techniques (1986), table 4.9.
A lognormal distribution is judged by the logarithms. For a Weibull distribution of two parameters
fitted by maximum likelihood, table 4.17 holds percentage points of A^2 (1 + 0.2 / sqrt(n)): its p
lies between two of them, and that is what is told.
Units: none. Missing: statistic and p are None where `missing` says why: fewer than 8 values for p,
no spread. Values have no NaN.

>>> import numpy as np
>>> found = anderson_darling(np.arange(20.0))
>>> round(found.statistic, 4), round(found.p_value, 4), found.missing
(0.2303, 0.8064, '')
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from casparian.kpi.factors import FloatArray

LEAST = 8
_PIECES = (  # A*^2 below this: p, or 1 - p, is exp(a + b A + c A^2)
    (0.2, True, (-13.436, 101.14, -223.73)),
    (0.34, True, (-8.318, 42.796, -59.938)),
    (0.6, False, (0.9177, -4.279, -1.38)),
    (math.inf, False, (1.2937, -5.709, 0.0186)),
)
_FLAT = 153.0  # beyond, the last parabola would rise again; p is below 1e-190 there
_WEIBULL = ((0.25, 0.474), (0.10, 0.637), (0.05, 0.757), (0.025, 0.877), (0.01, 1.038))


@dataclass(frozen=True)
class Fit:
    """test: its name. statistic: A*^2 or W. p_value: None where only p_between is known.

    p_between: the p-value lies between these. normal data have a p above, say, 0.05.
    """

    test: str
    n: int
    statistic: float | None
    p_value: float | None
    p_between: tuple[float, float] | None = None
    missing: str = ""


def anderson_darling(values: FloatArray) -> Fit:
    """Anderson-Darling's test of normality, values (n,)."""
    x = np.asarray(values, dtype=np.float64)
    n, apart = len(x), x - x[:1]
    sigma = float(apart.std(ddof=1)) if n > 1 else 0.0
    if not sigma > 0:
        return Fit("anderson_darling", n, None, None, missing="no spread")
    star = statistic((apart - apart.mean()) / sigma) * (1 + 0.75 / n + 2.25 / n**2)
    if n < LEAST:
        return Fit("anderson_darling", n, star, None, missing=f"fewer than {LEAST} values")
    return Fit("anderson_darling", n, star, p_of(star))


def statistic(z: FloatArray) -> float:
    """A^2 of values standardised by the distribution: F is the normal one."""
    from scipy.special import log_ndtr

    ordered = np.sort(z)
    return _statistic(log_ndtr(ordered), log_ndtr(-ordered))


def p_of(star: float) -> float:
    """p-value of A*^2 for a normal distribution with estimated parameters."""
    a = min(star, _FLAT)
    _, upside_down, (one, two, three) = next(piece for piece in _PIECES if a < piece[0])
    power = math.exp(one + two * a + three * a * a)
    return 1 - power if upside_down else power


def weibull_fit(log_below: FloatArray, log_above: FloatArray) -> Fit:
    """Test of a fitted Weibull; ln F and ln(1 - F) of the values in ascending order."""
    n = len(log_below)
    star = _statistic(log_below, log_above) * (1 + 0.2 / math.sqrt(n))
    above = [p for p, point in _WEIBULL if star < point]
    below = [p for p, point in _WEIBULL if star >= point]
    between = (max(above, default=0.0), min(below, default=1.0))
    return Fit("anderson_darling", n, star, None, between)


def shapiro(values: FloatArray) -> Fit:
    """Shapiro-Wilk's W and its p-value, for 3 to 5,000 values."""
    from scipy import stats

    n = len(values)
    if not 3 <= n <= 5000:
        return Fit("shapiro_wilk", n, None, None, missing="not between 3 and 5,000 values")
    if not np.ptp(values) > 0:
        return Fit("shapiro_wilk", n, None, None, missing="no spread")
    found = stats.shapiro(values)
    return Fit("shapiro_wilk", n, float(found.statistic), float(found.pvalue))


def _statistic(log_below: FloatArray, log_above: FloatArray) -> float:
    n = len(log_below)
    weight = 2 * np.arange(1, n + 1) - 1
    return float(-n - (weight * (log_below + log_above[::-1])).sum() / n)
