"""The standard deviation within subgroups, by the methods of `spc.sigma`, and its degrees of freedom.

    range, s            weighted by what each subgroup knows; mean range / d2, mean s / c4 if equal
    range_unweighted, s_unweighted                     every subgroup alike
    pooled              sqrt(sum((x - mean of its subgroup)^2) / nu), nu = sum(n - 1)
    pooled_unbiased     the same / c4(nu + 1): Minitab's default for subgroups
    moving_range        mean of |x[i] - x[i-1]| / d2(2): individuals, and Minitab's default for them
    median_moving_range, mssd, total_unbiased          also for individuals

Degrees of freedom: nu itself for both pooled methods, n - 1 for total_unbiased. The others are no
chi distribution; they get the nu whose chi distribution has their relative variance V (Patnaik; so
do the d2* tables of Duncan and of AIAG's MSA): c4(nu + 1) = 1 / sqrt(1 + V), with V = 1 / sum(w)
for weights w, sum(1 / w) / k^2 without. For moving ranges V counts that neighbours share a value:
Var |d| = 2 - 4 / pi, Cov = 0.1627 (Cryer and Ryan 1990); their median has none (NaN). For mssd V = 1 / c4'^2 - 1. Minitab
rounds instead: 0.9 k (n - 1) for the range; R's qcc takes n - 1 for all: `capability(df_within=…)`.
Sources: ISO 22514-2; Montgomery, chapters 6 and 8; P. B. Patnaik, Biometrika 37 (1950).
Units: those of the values. Missing: a NaN value is no value; subgroups of one value add nothing;
where there is no range or s at all, sigma and df are NaN. Errors: ValueError for an unknown method.

>>> import numpy as np
>>> found = within(np.array([9.0, 11.0, 10.0, 12.0, 8.0, 10.0]), np.array([1, 1, 2, 2, 3, 3]))
>>> round(found.sigma, 4), round(found.df, 2), found.subgroups
(1.7725, 2.82, 3)
"""  # noqa: E501

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi import spc
from casparian.kpi.factors import FloatArray, c4_of, chart_factors
from casparian.kpi.spc.sigma import OF_INDIVIDUALS, Method, sigma_of, spread_factors, spread_weight
from casparian.kpi.spc.successive import c4_successive

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
    """Sigma within subgroups. values: (m,); labels: (m,), the order for those of individuals."""
    if method in OF_INDIVIDUALS:
        order = np.argsort(np.asarray(labels), kind="stable")
        return spread_of(spc.individuals(np.asarray(values, dtype=np.float64)[order]), method)
    return spread_of(spc.subgroups_of(values, labels), method)


def spread_of(groups: spc.Subgroups, method: Method) -> Spread:
    """Sigma from subgroups, or from individuals for the methods that are theirs."""
    sigma = float(sigma_of(groups, method)[0])
    df = math.nan if math.isnan(sigma) else _degrees(groups, method)
    return Spread(sigma, df, method, len(groups))


def effective_df(variance: float) -> float:
    """The nu of the chi distribution with this relative variance of sigma."""
    from scipy.optimize import brentq

    wanted = 1.0 / math.sqrt(1.0 + variance)
    # nu is near 1 / (2 variance) + 1/4: well inside
    return float(
        brentq(lambda nu: c4_of(nu + 1.0) - wanted, 1e-6, 1.0 / variance + 2.0, xtol=1e-10)
    )


def _degrees(groups: spc.Subgroups, method: Method) -> float:
    if method.startswith("pooled"):
        return float((groups.size - 1).sum())
    if method == "total_unbiased":
        return float(groups.size.sum() - 1)
    if method == "median_moving_range":
        return math.nan
    if method == "mssd":
        factor = c4_successive(int((~np.isnan(groups.range)).sum()) + 1)
        return effective_df(1.0 / factor**2 - 1.0)
    if method == "moving_range":
        return effective_df(_variance_of_moving_ranges(int((~np.isnan(groups.range)).sum())))
    name, _, unweighted = method.partition("_")
    weight = spread_weight(*spread_factors(name, groups.size[groups.size > 1]))
    return effective_df(_variance_of_mean(weight, bool(unweighted)))


def _variance_of_mean(weight: FloatArray, unweighted: bool) -> float:
    if unweighted:
        return float((1.0 / weight).sum()) / len(weight) ** 2
    return 1.0 / float(weight.sum())


def _variance_of_moving_ranges(count: int) -> float:
    d2 = chart_factors(2).d2
    return (count * _VARIANCE + 2 * (count - 1) * _COVARIANCE) / (count * d2) ** 2
