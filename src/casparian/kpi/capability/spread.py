"""The standard deviation within subgroups, by five methods, with its degrees of freedom.

    range            sum(f R / d2) / sum(f), f = d2^2 / d3^2        mean range / d2 for equal sizes
    s                sum(h s / c4) / sum(h), h = c4^2 / (1 - c4^2)  mean s / c4 for equal sizes
    pooled           sqrt(sum((x - mean of its subgroup)^2) / nu), nu = sum(n - 1)
    pooled_unbiased  the same / c4(nu + 1): Minitab's default for subgroups
    moving_range     mean of |x[i] - x[i-1]| / d2(2): individuals, and Minitab's default for them

Degrees of freedom: nu itself for both pooled methods. The others are no chi distribution; they get
the nu whose chi distribution has their relative variance V (Patnaik; so do the d2* tables of Duncan
and of AIAG's MSA): c4(nu + 1) = 1 / sqrt(1 + V), with V = 1 / sum(f) or 1 / sum(h). For moving
ranges V counts that neighbours share a value: Var |d| = 2 - 4 / pi, Cov = 0.1627 (Cryer and Ryan
1990). Minitab rounds instead: 0.9 k (n - 1) for the range.
Sources: ISO 22514-2; Montgomery, chapters 6 and 8; P. B. Patnaik, Biometrika 37 (1950).
Units: those of the values. Missing: a NaN value is no value; subgroups of one value add nothing;
where there is no range or s at all, sigma and df are NaN. Errors: ValueError for an unknown method.

>>> import numpy as np
>>> found = within(np.array([9.0, 11.0, 10.0, 12.0, 8.0, 10.0]), np.array([1, 1, 2, 2, 3, 3]))
>>> round(found.sigma, 4), round(found.df, 2), found.subgroups
(1.7725, 2.82, 3)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi import spc
from casparian.kpi.factors import FloatArray, chart_factors, sizes_factors

Method = Literal["range", "s", "pooled", "pooled_unbiased", "moving_range"]

# variance of |x[i] - x[i-1]| of standard normal values, and covariance of two that share a value
_VARIANCE = 2.0 - 4.0 / math.pi
_COVARIANCE = 4.0 / math.pi * (math.sqrt(0.75) + math.pi / 12.0 - 1.0)


@dataclass(frozen=True)
class Spread:
    """sigma: within subgroups. df: its degrees of freedom, effective ones where needed.

    subgroups: how many are behind it; of individuals, how many values.
    """

    sigma: float
    df: float
    method: Method
    subgroups: int


def within(values: ArrayLike, labels: ArrayLike, method: Method = "range") -> Spread:
    """Sigma within subgroups. values: (m,); labels: (m,), for moving_range the order."""
    if method == "moving_range":
        order = np.argsort(np.asarray(labels), kind="stable")
        return spread_of(spc.individuals(np.asarray(values, dtype=np.float64)[order]), method)
    return spread_of(spc.subgroups_of(values, labels), method)


def spread_of(groups: spc.Subgroups, method: Method) -> Spread:
    """Sigma from subgroups, or for moving_range from individuals."""
    if method not in _METHODS:
        raise ValueError(f"no method {method!r} for sigma: take one of {', '.join(_METHODS)}")
    if not (~np.isnan(groups.range)).any():
        return Spread(math.nan, math.nan, method, len(groups))
    sigma, df = _METHODS[method](groups)
    return Spread(sigma, df, method, len(groups))


def effective_df(variance: float) -> float:
    """The nu of the chi distribution with this relative variance of sigma."""
    from scipy.optimize import brentq

    wanted = 1.0 / math.sqrt(1.0 + variance)
    # nu is near 1 / (2 variance) + 1/4: well inside
    return float(brentq(lambda nu: c4(nu + 1.0) - wanted, 1e-6, 1.0 / variance + 2.0, xtol=1e-10))


def c4(n: float) -> float:
    """E[s] / sigma of n values; n is any real number above 1."""
    return math.sqrt(2.0 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


def _by_range(groups: spc.Subgroups) -> tuple[float, float]:
    several = groups.size > 1
    factors = sizes_factors(groups.size[several])
    return _weighted(groups.range[several] / factors.d2, (factors.d2 / factors.d3) ** 2)


def _by_s(groups: spc.Subgroups) -> tuple[float, float]:
    several = groups.size > 1
    factor = sizes_factors(groups.size[several]).c4
    return _weighted(groups.s[several] / factor, factor**2 / (1 - factor**2))


def _weighted(sigma: FloatArray, weight: FloatArray) -> tuple[float, float]:
    """Mean of estimates, each weighted by the inverse of its variance, and its df."""
    total = float(weight.sum())
    return float((sigma * weight).sum()) / total, effective_df(1.0 / total)


def _pooled(groups: spc.Subgroups) -> tuple[float, float]:
    several = groups.size > 1
    freedom = groups.size[several] - 1
    square = float((groups.s[several] ** 2 * freedom).sum())
    return math.sqrt(square / freedom.sum()), float(freedom.sum())


def _pooled_unbiased(groups: spc.Subgroups) -> tuple[float, float]:
    sigma, df = _pooled(groups)
    return sigma / c4(df + 1.0), df


def _by_moving_range(groups: spc.Subgroups) -> tuple[float, float]:
    step = groups.range[~np.isnan(groups.range)]
    count, d2 = len(step), chart_factors(2).d2
    variance = (count * _VARIANCE + 2 * (count - 1) * _COVARIANCE) / (count * d2) ** 2
    return float(step.mean()) / d2, effective_df(variance)


_METHODS: dict[str, Callable[[spc.Subgroups], tuple[float, float]]] = {
    "range": _by_range,
    "s": _by_s,
    "pooled": _pooled,
    "pooled_unbiased": _pooled_unbiased,
    "moving_range": _by_moving_range,
}
