"""Sigma of single values out of what varies within subgroups: one estimator, one name.

With the factors of `kpi.factors`, k subgroups of n values and N values in all:

    range                 sum(w R / d2) / sum(w), w = (d2 / d3)^2         MVLUE-R of R's qcc
    s                     sum(w s / c4) / sum(w), w = c4^2 / (1 - c4^2)   MVLUE-SD of qcc
    range_unweighted      mean of R / d2                                  UWAVE-R of qcc
    s_unweighted          mean of s / c4                                  UWAVE-SD of qcc
    pooled                sqrt(sum((n - 1) s^2) / sum(n - 1))             Montgomery, unequal sizes
    pooled_unbiased       the same / c4(sum(n - 1) + 1)                   RMSDF of qcc, Minitab
    moving_range          mean of |x[i] - x[i-1]| / d2(2)                 individuals
    median_moving_range   median of them / 0.9539                         individuals with outliers
    mssd                  sqrt(sum (x[i] - x[i-1])^2 / 2 (N - 1)) / c4'   individuals (`successive`)
    total_unbiased        s of all values / c4(N)                         SD of qcc for individuals

With equal sizes range and range_unweighted are one, and so are s and s_unweighted. The weighted
estimators are the minimum variance linear unbiased ones (I. W. Burr, Journal of Quality Technology
1, 1969). 0.9539 is the median of |x - y| of two standard normal values, sqrt(2) Phi^-1(0.75).
Sources: ISO 7870-2; ASTM E2587; D. C. Montgomery, Introduction to Statistical Quality Control,
chapter 6; R package qcc.
Units: those of the measurement. Missing: NaN for a chart that shows no spread at all. Subgroups of
one value say nothing but to the last four. Errors: ValueError for an unknown method.

>>> from casparian.kpi.spc.subgroups import individuals, subgroups_in_rows
>>> groups = subgroups_in_rows([[2, 4, 6, 8], [1, 5], [3, 6, 9]])
>>> [round(float(sigma_of(groups, method)[0]), 4) for method in METHODS[:6]]
[3.2269, 3.1138, 3.3347, 3.2442, 2.7689, 2.8861]
>>> [round(float(sigma_of(individuals([1, 3, 2, 6, 4]), method)[0]), 4) for method in METHODS[6:]]
[1.994, 2.0967, 1.914, 2.0463]
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from casparian.kpi.factors import FloatArray, Tables, c4_of, sizes_factors
from casparian.kpi.spc.line import BoolArray, IntArray
from casparian.kpi.spc.subgroups import Subgroups
from casparian.kpi.spc.successive import c4_successive

Method = Literal[
    "range", "s", "range_unweighted", "s_unweighted", "pooled", "pooled_unbiased",
    "moving_range", "median_moving_range", "mssd", "total_unbiased",
]  # fmt: skip
METHODS: tuple[Method, ...] = get_args(Method)
OF_INDIVIDUALS: tuple[Method, ...] = METHODS[6:]
_MEDIAN_DISTANCE = 0.9538725524  # sqrt(2) times the normal quantile of 3/4


@dataclass(frozen=True)
class _Known:
    """Subgroups behind the limits: which chart of `charts` each is on."""

    groups: Subgroups
    code: IntArray
    charts: int
    tables: Tables

    def total(self, figure: FloatArray | IntArray | None = None) -> FloatArray:
        """Sum over the subgroups of each chart, (c,); without a figure their number."""
        return np.bincount(self.code, figure, self.charts).astype(np.float64)

    def only(self, kept: BoolArray) -> _Known:
        return _Known(self.groups.only(kept), self.code[kept], self.charts, self.tables)


def sigma_of(
    groups: Subgroups, method: Method, code: IntArray | None = None, charts: int = 1,
    tables: Tables = False,
) -> FloatArray:  # fmt: skip
    """Sigma of each chart, (c,). For moving ranges the subgroups of `individuals`.

    code: (k,) number of each subgroup's chart, 0 to charts - 1; None where all are on one. tables:
    d2 and c4 of ranges and of s as tables or as qcc have them (`sizes_factors`).
    """
    if method not in METHODS:
        raise ValueError(f"no method {method!r} for sigma: take one of {', '.join(METHODS)}")
    on = np.zeros(len(groups), dtype=np.int64) if code is None else code
    return _ESTIMATORS[method](_Known(groups, on, charts, tables))


def spread_weight(expected: FloatArray, deviation: FloatArray) -> FloatArray:
    """Weight of an estimate R / d2 or s / c4: the inverse of its relative variance."""
    return np.asarray((expected / deviation) ** 2)


def _of_spread(name: str, weighted: bool) -> Callable[[_Known], FloatArray]:
    """The mean of R / d2 or of s / c4."""

    def estimate(every: _Known) -> FloatArray:
        known = every.only(every.groups.size > 1)
        expected, deviation = spread_factors(name, known.groups.size, known.tables)
        weight = spread_weight(expected, deviation) if weighted else np.ones(len(known.code))
        single = getattr(known.groups, name) / expected
        return _ratio(known.total(weight * single), known.total(weight))

    return estimate


def spread_factors(
    name: str, size: IntArray, tables: Tables = False
) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of the range or of s of each size, in sigmas."""
    factors = sizes_factors(size, tables)
    if name == "s":
        return factors.c4, np.asarray(np.sqrt(1.0 - factors.c4**2))
    if tables == "qcc" and np.isnan(factors.d3[np.asarray(size) > 1]).any():
        raise ValueError("qcc has no factors for ranges of more than 25 values")
    return factors.d2, factors.d3


def _pooled(every: _Known) -> tuple[FloatArray, FloatArray]:
    """(sigma, degrees of freedom)."""
    known = every.only(every.groups.size > 1)
    freedom = known.groups.size - 1
    total = known.total(freedom)
    return np.sqrt(_ratio(known.total(freedom * known.groups.s**2), total)), total


def _pooled_unbiased(every: _Known) -> FloatArray:
    sigma, freedom = _pooled(every)
    return sigma / _c4s(freedom + 1.0)


def _moving_range(every: _Known) -> FloatArray:
    known = every.only(~np.isnan(every.groups.range))
    pairs = np.full(every.charts, 2, dtype=np.int64)
    d2 = spread_factors("range", pairs, every.tables)[0]
    return np.asarray(_ratio(known.total(known.groups.range), known.total()) / d2)


def _median_moving_range(every: _Known) -> FloatArray:
    known = every.only(~np.isnan(every.groups.range))
    order = np.lexsort((known.groups.range, known.code))
    ordered = np.append(known.groups.range[order], np.nan)
    count = known.total().astype(np.int64)
    first = np.cumsum(count) - count
    middles = (
        np.where(count, first + np.maximum(place, 0) // 2, -1) for place in (count - 1, count)
    )
    return np.asarray(sum(ordered[at] for at in middles) / (2.0 * _MEDIAN_DISTANCE))


def _mssd(every: _Known) -> FloatArray:
    known = every.only(~np.isnan(every.groups.range))
    pairs = known.total()
    square = _ratio(known.total(known.groups.range**2), 2.0 * pairs)
    factors = np.array([c4_successive(int(n) + 1) if n else np.nan for n in pairs])
    return np.asarray(np.sqrt(square) / factors)


def _total_unbiased(every: _Known) -> FloatArray:
    groups, count = every.groups, every.total(every.groups.size)
    first = np.zeros(every.charts)
    first[every.code[::-1]] = groups.mean[::-1]
    apart = groups.mean - first[every.code]  # equal values are then apart by exactly 0
    apart -= _ratio(every.total(groups.size * apart), count)[every.code]
    inside = np.where(groups.size > 1, (groups.size - 1) * groups.s**2, 0.0)
    square = every.total(inside + groups.size * apart**2)
    return np.sqrt(_ratio(square, count - 1.0)) / _c4s(count)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    unknown = np.full(len(below), np.nan)
    return np.asarray(np.divide(above, below, out=unknown, where=below > 0))


def _c4s(sizes: FloatArray) -> FloatArray:
    return np.array([c4_of(n) if n > 1 else math.nan for n in sizes.tolist()])


_ESTIMATORS: dict[Method, Callable[[_Known], FloatArray]] = {
    "range": _of_spread("range", weighted=True),
    "s": _of_spread("s", weighted=True),
    "range_unweighted": _of_spread("range", weighted=False),
    "s_unweighted": _of_spread("s", weighted=False),
    "pooled": lambda every: _pooled(every)[0],
    "pooled_unbiased": _pooled_unbiased,
    "moving_range": _moving_range,
    "median_moving_range": _median_moving_range,
    "mssd": _mssd,
    "total_unbiased": _total_unbiased,
}
