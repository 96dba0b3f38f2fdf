"""Points on control charts with the limits that hold for each of them, and what breaks a rule.

    limits = centre +- 3 sigma of the point, within `lowest` to `highest` (a share is 0 to 1)

The rules of runs are read on the values, each standardised by its own sigma; the spread (R, S or
moving range) has the rule of its limits: beyond them, strictly.
Source: Western Electric, Statistical Quality Control Handbook (1956); ISO 7870-2.
Units: those of the measurement. Missing: NaN where a point has no value, no spread or no limits; it
breaks no rule. Errors: none of its own.

>>> import numpy as np
>>> one, none = np.ones(3), np.full(3, np.nan)
>>> points = ControlPoints(
...     chart=np.zeros(3), label=np.arange(3), size=np.ones(3, dtype=np.int64),
...     value=np.array([10.0, 14.0, 10.5]), center=10 * one, sigma=one,
...     spread=none, spread_center=none, spread_lcl=none, spread_ucl=none)
>>> points.lcl.tolist(), points.ucl.tolist(), points.zone.tolist()
([7.0, 7.0, 7.0], [13.0, 13.0, 13.0], [0, 3, 0])
>>> points.violations()["WE1"].tolist()
[1]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casparian.kpi.factors import FloatArray
from casparian.kpi.spc.line import IntArray
from casparian.kpi.spc.rules import WESTERN_ELECTRIC, RuleSet
from casparian.kpi.spc.runs import members, violations, zones


@dataclass(frozen=True)
class ControlPoints:
    """k points with their limits, each array (k,), in the order of time within their chart.

    value: what is charted (mean, value, share, rate). sigma: standard deviation of this point.
    size: values or items behind it. spread, spread_*: of the chart of R, S or moving range, NaN on
    charts that have none. lowest, highest: what no value can be beyond, hence no limit either.
    """

    chart: NDArray[Any]
    label: NDArray[Any]
    size: NDArray[Any]
    value: FloatArray
    center: FloatArray
    sigma: FloatArray
    spread: FloatArray
    spread_center: FloatArray
    spread_lcl: FloatArray
    spread_ucl: FloatArray
    lowest: float = -np.inf
    highest: float = np.inf

    @property
    def ucl(self) -> FloatArray:
        """Upper limit of each value."""
        return np.minimum(self.center + 3.0 * self.sigma, self.highest)

    @property
    def lcl(self) -> FloatArray:
        """Lower limit of each value."""
        return np.maximum(self.center - 3.0 * self.sigma, self.lowest)

    @property
    def zone(self) -> IntArray:
        """Lines at 1, 2 and 3 sigma that each value is beyond: 0 is zone C; -1 where none."""
        return zones(self.value, self.center, self.sigma)

    def violations(self, rules: RuleSet | str = WESTERN_ELECTRIC) -> dict[str, IntArray]:
        """Indices of the values that complete a run against each rule."""
        return violations(self.value, self.center, self.sigma, rules, self.chart)

    def members(self, rules: RuleSet | str = WESTERN_ELECTRIC) -> dict[str, IntArray]:
        """Indices of all values that make such runs up."""
        return members(self.value, self.center, self.sigma, rules, self.chart)

    def spread_violations(self) -> IntArray:
        """Indices of the spreads beyond their limits."""
        return np.flatnonzero((self.spread > self.spread_ucl) | (self.spread < self.spread_lcl))
