"""Points of many charts in one row, as the rules of runs look at them.

Charts lie one after the other; whatever looks back from a point stops at the start of its chart.
Units: points, centre and sigma share one. Missing: NaN is above nothing, below nothing, no step.
Errors: ValueError where shapes do not fit.

>>> line, _ = Line.of([1.0, 3.0, 5.0, 9.0], 0.0, 2.0, ["a", "a", "a", "b"])
>>> line.above(1.0).tolist(), line.count(line.above(1.0), 2).tolist(), line.steps().tolist()
([False, True, True, True], [0, 1, 2, 1], [0, 1, 1, 0])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.factors import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Line:
    """Points in the order of their charts; start: index of the first point of each one's chart."""

    points: FloatArray
    center: FloatArray
    sigma: FloatArray
    start: IntArray

    @classmethod
    def of(
        cls, points: ArrayLike, center: ArrayLike, sigma: ArrayLike, chart: ArrayLike | None
    ) -> tuple[Line, IntArray | None]:
        """With the order that was made, None where the points were in order."""
        given = np.asarray(points, dtype=np.float64)
        if given.ndim != 1:
            raise ValueError("points are given as one array (k,)")
        middle, width = (
            np.broadcast_to(np.asarray(v, np.float64), given.shape) for v in (center, sigma)
        )
        if chart is None:
            return cls(given, middle, width, np.zeros(len(given), dtype=np.int64)), None
        key = np.asarray(chart)
        if key.shape != given.shape:
            raise ValueError("each point needs the key of its chart")
        first = _firsts(key)
        if len(np.unique(key[first])) == first.sum():
            return cls(given, middle, width, _starts(first)), None
        order = np.argsort(key, kind="stable")
        start = _starts(_firsts(key[order]))
        return cls(given[order], middle[order], width[order], start), order

    def above(self, reach: float) -> BoolArray:
        return np.asarray(self.points > self.center + reach * self.sigma)

    def below(self, reach: float) -> BoolArray:
        return np.asarray(self.points < self.center - reach * self.sigma)

    def steps(self) -> NDArray[np.int8]:
        """1 up, -1 down, 0 level or at the start of a chart."""
        steps = np.zeros(len(self.points), dtype=np.int8)
        before, after = self.points[:-1], self.points[1:]
        steps[1:] = (after > before).astype(np.int8) - (after < before)
        steps[self.start == np.arange(len(steps))] = 0
        return steps

    def window(self, length: int) -> IntArray:
        """Index of the first of the `length` points that end at each, within the chart."""
        return np.maximum(self.start, np.arange(1 - length, len(self.points) + 1 - length))

    def count(self, follows: BoolArray, length: int) -> IntArray:
        """How many of the last `length` points of the chart, this one included, follow."""
        total = np.concatenate([[0], np.cumsum(follows, dtype=np.int64)])
        return np.asarray(total[1:] - total[self.window(length)])


def _firsts(key: NDArray[Any]) -> BoolArray:
    """Whether each point is the first of its chart."""
    return np.concatenate([np.ones(min(1, len(key)), dtype=bool), key[1:] != key[:-1]])


def _starts(first: BoolArray) -> IntArray:
    return np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
