"""One X-bar and R chart of complete subgroups with the rules of Western Electric.

Sources: W. A. Shewhart (1931); Western Electric, Statistical Quality Control Handbook (1956) for
the rules; D. C. Montgomery, Introduction to Statistical Quality Control, for limits by the range;
ISO 7870-2.

Subgroups are rows of a matrix (k subgroups, n values), in the order in which they were taken.
The limits come from the first `baseline` subgroups (phase I) and stay frozen for all others:

    sigma = mean range / d2(n),  X-bar: mean of means +- 3 sigma / sqrt(n),
    R: mean range * (1 +- 3 d3 / d2), not below 0

Rules: those of Western Electric on the means (`rules`), R1 for a range beyond its limits, each
reported at the last point of a run that breaks it. Subgroups of any size and many charts at once
are `variables`.

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

import numpy as np

from casparian.kpi.factors import FloatArray, chart_factors
from casparian.kpi.spc.line import IntArray
from casparian.kpi.spc.phase import BASELINE
from casparian.kpi.spc.runs import western_electric

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


def _checked(values: FloatArray) -> FloatArray:
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] < 2:
        raise ValueError("subgroups of at least 2 values are needed, as rows of a matrix")
    if np.isnan(matrix).any():
        raise ValueError("a missing measurement: leave its subgroup out first")
    return matrix
