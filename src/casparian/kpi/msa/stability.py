"""Stability: a master measured again and again over time, judged by a control chart.

A gage is stable while the chart of its readings shows no signal: X-bar and R of subgroups read
together (see `spc`), limits from the first subgroups or from all. The drift is the slope of the
subgroup means over their number; against a reference the bias is that of all readings.
Source: AIAG, Measurement Systems Analysis, 4th edition (2010), chapter III section B.
Units: those of the measurement, the drift a subgroup. Missing: NaN readings are an error.
Errors: ValueError for fewer than 2 subgroups or 2 readings in a subgroup.

>>> import numpy as np
>>> found = stability(np.array([[6.0, 6.2], [5.9, 6.1], [6.1, 6.1], [6.8, 7.0]]), baseline=3)
>>> found.stable, {rule: at.tolist() for rule, at in found.violations.items() if len(at)}
(False, {'WE1': [3]})
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.msa.bias import Bias, bias
from casparian.kpi.spc import XbarRLimits, xbar_and_range, xbar_r_limits, xbar_r_violations


@dataclass(frozen=True)
class Stability:
    """stable: no rule is broken. drift: change of the mean a subgroup. bias: None without a
    reference."""

    limits: XbarRLimits
    violations: dict[str, NDArray[np.int64]]
    drift: float
    bias: Bias | None

    @property
    def stable(self) -> bool:
        return not any(len(found) for found in self.violations.values())


def stability(
    values: ArrayLike, reference: float | None = None, baseline: int | None = None
) -> Stability:
    """Subgroups (k, n) of readings of one master in order of time."""
    matrix = np.asarray(values, dtype=np.float64)
    mean, _ = xbar_and_range(matrix)
    if len(mean) < 2:
        raise ValueError("at least 2 subgroups are needed to see a change")
    limits = xbar_r_limits(matrix, baseline or len(matrix))
    at = np.arange(len(mean)) - (len(mean) - 1) / 2
    drift = float((at * (mean - mean[0])).sum() / (at**2).sum())
    against = None if reference is None else bias(matrix.ravel(), reference)
    return Stability(limits, xbar_r_violations(matrix, limits), drift, against)
