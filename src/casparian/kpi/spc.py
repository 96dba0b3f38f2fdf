"""X-bar and R control charts with the rules of Western Electric.

Sources: W. A. Shewhart (1931); Western Electric, Statistical Quality Control Handbook (1956) for
the rules; D. C. Montgomery, Introduction to Statistical Quality Control, for limits by the range;
ISO 7870-2.

Subgroups are rows of a matrix (k subgroups, n values), in the order in which they were taken.
The limits come from the first `baseline` subgroups (phase I) and stay frozen for all others:

    sigma = mean range / d2(n),  X-bar: mean of means +- 3 sigma / sqrt(n),
    R: mean range * (1 +- 3 d3 / d2), not below 0

Rules, each reported at the last point of a run that breaks it, evaluated at every point:

    WE1  1 point beyond 3 sigma             WE2  2 of 3 points beyond 2 sigma on one side
    WE3  4 of 5 points beyond 1 sigma on one side     WE4  8 points in a row on one side
    R1   1 range beyond its limits

Beyond means strictly beyond; a point on the centre line is on no side. A run may start with the
chart: two points beyond 2 sigma break WE2 also where there is no third before them.

Units: those of the measurement. Missing: a subgroup that lacks a value is left out of chart and
limits (`complete_subgroups`); a NaN in a matrix is an error.
Errors: ValueError for NaN, for subgroups of fewer than 2 values and for an empty baseline.

>>> import numpy as np
>>> values = np.array([[9.0, 11.0], [10.0, 12.0], [8.0, 10.0], [9.0, 11.0], [15.0, 17.0]])
>>> limits = xbar_r_limits(values, baseline=4)
>>> limits.center, limits.range_center, round(limits.xbar_ucl, 3), round(limits.range_ucl, 3)
(10.0, 2.0, 13.76, 6.533)
>>> {rule: found.tolist() for rule, found in xbar_r_violations(values, limits).items()}
{'WE1': [4], 'WE2': [], 'WE3': [], 'WE4': [], 'R1': []}
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.factors import FloatArray, chart_factors

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

BASELINE = 20

# rule: (points that must be beyond, of how many in a row, how many sigmas of the mean)
WESTERN_ELECTRIC: dict[str, tuple[int, int, float]] = {
    "WE1": (1, 1, 3.0),
    "WE2": (2, 3, 2.0),
    "WE3": (4, 5, 1.0),
    "WE4": (8, 8, 0.0),
}
RANGE_RULE = "R1"


@dataclass(frozen=True)
class XbarRLimits:
    """Limits of an X-bar and R chart, in the unit of the measurement.

    subgroup_size: values in a subgroup. baseline_subgroups: subgroups behind the limits.
    center: mean of the subgroup means. sigma: standard deviation of single values, by the range.
    """

    subgroup_size: int
    baseline_subgroups: int
    center: float
    sigma: float
    xbar_ucl: float
    xbar_lcl: float
    range_center: float
    range_ucl: float
    range_lcl: float

    @property
    def sigma_xbar(self) -> float:
        """Standard deviation of a subgroup's mean."""
        return self.sigma / math.sqrt(self.subgroup_size)


def complete_subgroups(
    values: ArrayLike, subgroup: ArrayLike, size: int
) -> tuple[NDArray[Any], FloatArray]:
    """Measurements arranged as (labels of the complete subgroups in order, matrix (k, size)).

    values: (m,) single measurements, NaN where missing. subgroup: (m,) sortable labels.
    Subgroups that do not hold exactly `size` known values are left out.
    """
    known = ~np.isnan(np.asarray(values, dtype=np.float64))
    numbers = np.asarray(values, dtype=np.float64)[known]
    labels = np.asarray(subgroup)[known]
    order = np.argsort(labels, kind="stable")
    found, place, count = np.unique(labels[order], return_inverse=True, return_counts=True)
    whole = count == size
    return found[whole], numbers[order][whole[place]].reshape(-1, size)


def xbar_and_range(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and range of each subgroup, ((k,), (k,))."""
    matrix = _checked(values)
    # taken from the first value, so that constant data has means that are exactly that constant
    first = matrix[:1, :1]
    return (matrix - first).mean(axis=1) + first.ravel(), np.ptp(matrix, axis=1)


def xbar_r_limits(values: FloatArray, baseline: int = BASELINE) -> XbarRLimits:
    """Limits from the first `baseline` subgroups of a matrix (k, n), or all if fewer."""
    matrix = _checked(values)[:baseline]
    if not len(matrix):
        raise ValueError("no complete subgroup to take limits from")
    factors = chart_factors(matrix.shape[1])
    mean, spread = xbar_and_range(matrix)
    center = float((mean - mean[0]).mean() + mean[0])
    range_center = float(spread.mean())
    sigma = range_center / factors.d2
    reach = 3.0 * sigma / math.sqrt(factors.n)
    return XbarRLimits(
        subgroup_size=factors.n,
        baseline_subgroups=len(matrix),
        center=center,
        sigma=sigma,
        xbar_ucl=center + reach,
        xbar_lcl=center - reach,
        range_center=range_center,
        range_ucl=range_center * factors.upper_range,
        range_lcl=range_center * factors.lower_range,
    )


def xbar_r_violations(values: FloatArray, limits: XbarRLimits) -> dict[str, IntArray]:
    """Indices of the subgroups that break each rule: WE1 to WE4 on X-bar, R1 on R."""
    mean, spread = xbar_and_range(values)
    found = western_electric(mean, limits.center, limits.sigma_xbar)
    beyond = (spread > limits.range_ucl) | (spread < limits.range_lcl)
    return {**found, RANGE_RULE: np.flatnonzero(beyond)}


def western_electric(points: FloatArray, center: float, sigma: float) -> dict[str, IntArray]:
    """Indices of the points that break each Western Electric rule.

    points: (k,) in order. center: centre line. sigma: standard deviation of a point (for X-bar
    that of a mean, not of a single value).
    """
    return {
        rule: np.flatnonzero(
            _in_a_row(points > center + reach * sigma, needed, length)
            | _in_a_row(points < center - reach * sigma, needed, length)
        )
        for rule, (needed, length, reach) in WESTERN_ELECTRIC.items()
    }


def _in_a_row(beyond: BoolArray, needed: int, length: int) -> BoolArray:
    """Whether at least `needed` of the `length` points that end at each point are beyond."""
    total = np.concatenate([np.zeros(length, dtype=np.int64), np.cumsum(beyond)])
    return np.asarray(total[length:] - total[:-length] >= needed, dtype=np.bool_)


def _checked(values: FloatArray) -> FloatArray:
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] < 2:
        raise ValueError("subgroups of at least 2 values are needed, as rows of a matrix")
    if np.isnan(matrix).any():
        raise ValueError("a missing measurement: leave its subgroup out first")
    return matrix
