"""What a control chart shows: points, their limits, and the rules that they break.

Everything is an array with one entry a subgroup (k of them), so limits may be stepped where the
sizes of subgroups differ. Values are in the unit of the measurement; NaN where there is none, as
for the moving range of the first value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np

from casparian.kpi.factors import FloatArray
from casparian.kpi.intervals import IntArray

Broken = Mapping[str, IntArray]
XBAR = "X\N{COMBINING MACRON}"


@dataclass(frozen=True)
class Panel:
    """One of the charts that stand over one another, as X-bar over R.

    values, center, upper, lower: (k,). broken: places of the points that break each rule.
    sigma: (k,) standard deviation of a point, for the zones A, B and C; None where they mean
    nothing. other: a second line, as the lower sum of a CUSUM. floor, ceiling: no figure lies
    beyond, as 0 for a range.
    """

    name: str
    values: FloatArray
    center: FloatArray
    upper: FloatArray
    lower: FloatArray
    broken: Broken = field(default_factory=dict)
    sigma: FloatArray | None = None
    other: FloatArray | None = None
    floor: float | None = None
    ceiling: float | None = None

    @cached_property
    def hit(self) -> IntArray:
        """Places of the points that break at least one rule, in order."""
        found = [np.asarray(places, dtype=np.int64) for places in self.broken.values()]
        return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

    @cached_property
    def rules_at(self) -> dict[int, list[str]]:
        """The rules that each of these points breaks."""
        found: dict[int, list[str]] = {}
        for rule, places in self.broken.items():
            for place in np.asarray(places).tolist():
                found.setdefault(place, []).append(rule)
        return found

    @cached_property
    def step(self) -> float:
        """A sixth of the distance of the limits: what figures are rounded by."""
        spread = float(np.nanmax(self.upper - self.lower)) if len(self.values) else 0.0
        if spread > 0:
            return spread / 6
        known = self.values[~np.isnan(self.values)]
        return float(np.ptp(known)) / 6 if len(known) else 0.0


@dataclass(frozen=True)
class ControlChart:
    """A control chart of k subgroups.

    title: of what. kind: as "X-bar and R". names: what each subgroup is called. times: when it
    was taken, UTC. sizes: (k,) values in each. baseline: the first subgroups, from which the
    limits come (phase I); 0 where that is not said. skipped: those of them before phase I. facts:
    name and figure, for the box of statistics. details: more about each subgroup, shown on hover.
    rules: what each rule means.
    """

    title: str
    kind: str
    panels: tuple[Panel, ...]
    names: Sequence[str]
    times: Sequence[datetime | None] = ()
    baseline: int = 0
    skipped: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    details: Sequence[str] = ()
    rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.names)

    @property
    def broken(self) -> dict[str, int]:
        """How many points break each rule that is broken, the first panel's rules first."""
        found: dict[str, int] = {}
        for panel in self.panels:
            for rule, places in panel.broken.items():
                if len(places):
                    found[rule] = found.get(rule, 0) + len(places)
        return found

    @property
    def signals(self) -> int:
        """Subgroups that break a rule on any panel."""
        return len({int(i) for panel in self.panels for i in panel.hit})
