"""Phase I of a control chart: the subgroups from which its limits come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casparian.kpi.spc.line import BoolArray

Baseline = int | tuple[int, int] | None


@dataclass(frozen=True)
class Phase:
    """Subgroups [first, end) of `count`, counted from 0."""

    first: int
    end: int
    count: int

    @property
    def whole(self) -> bool:
        return self.first == 0 and self.end == self.count

    @property
    def mask(self) -> BoolArray:
        """(count,) which subgroups are in it."""
        place = np.arange(self.count)
        return np.asarray((place >= self.first) & (place < self.end), dtype=np.bool_)

    @property
    def said(self) -> str:
        if self.whole:
            return "all"
        return f"{self.first + 1} to {self.end}" if self.first else f"first {self.end}"


def phase_of(baseline: Baseline, count: int) -> Phase:
    """baseline: how many subgroups, or the first and the last counted from 1; None for all.

    Raises ValueError for a range that has none of them.
    """
    first, last = baseline if isinstance(baseline, tuple) else (1, baseline or count)
    if not 1 <= first <= last or first > count:
        raise ValueError(f"phase I from {first} to {last} has none of the {count} subgroups")
    return Phase(first - 1, min(last, count), count)
