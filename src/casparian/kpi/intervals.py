"""How much of a window is covered by intervals that may overlap.

Units: instants int64 [us], results float64 [s]. All intervals are half open: [start, end).
Overlapping intervals of one group count once. An interval that ends before it starts covers
nothing. Missing instants have no meaning here: the caller decides (an open stop ends "now").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Intervals:
    """Half-open intervals, each belonging to a group (a machine, a line).

    start, end: int64 [us], same length.
    group: any sortable labels of the same length.
    """

    start: IntArray
    end: IntArray
    group: NDArray[Any]

    def __post_init__(self) -> None:
        if not len(self.start) == len(self.end) == len(self.group):
            raise ValueError("start, end and group must have the same length")

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def of(cls, start: ArrayLike, end: ArrayLike, group: ArrayLike) -> Intervals:
        """From anything array-like; datetime64 of any unit is taken as UTC."""
        return cls(microseconds(start), microseconds(end), np.asarray(group))

    def together(self, other: Intervals) -> Intervals:
        """These and the others, for what is covered by either."""
        return Intervals(
            np.concatenate([self.start, other.start]),
            np.concatenate([self.end, other.end]),
            np.concatenate([self.group, other.group]),
        )


def microseconds(instants: ArrayLike) -> IntArray:
    """Instants as int64 [us]. NaT is refused: a missing instant is the caller's decision."""
    found = np.asarray(instants)
    if np.issubdtype(found.dtype, np.datetime64):
        if np.isnat(found).any():
            raise ValueError("an interval without a start or an end: decide where it ends first")
        found = found.astype("datetime64[us]")
    return found.astype(np.int64)


def covered_seconds(windows: Intervals, intervals: Intervals) -> FloatArray:
    """Seconds of each window that the intervals of its group cover, (n,) [s].

    The union of the intervals is merged once; the time covered before an instant is then a
    lookup, and a window's share is the difference between its two ends.
    """
    if not len(windows) or not len(intervals):
        return np.zeros(len(windows))
    window_line, interval_line = _on_one_line(windows, intervals)
    starts, ends = _merged(interval_line[0], interval_line[1])
    before = _covered_before(window_line[1], starts, ends)
    before -= _covered_before(window_line[0], starts, ends)
    return np.asarray(before / MICROSECONDS, dtype=np.float64)


def window_of(instants: IntArray, group: NDArray[Any], windows: Intervals) -> IntArray:
    """Index of the window of the same group that holds each instant, -1 where none does, (n,).

    Windows of one group must not overlap; `oee.times.without_overlap` cuts shifts that do.
    """
    points = Intervals(instants, instants, group)
    if not len(points) or not len(windows):
        return np.full(len(points), -1, dtype=np.int64)
    point_line, window_line = _on_one_line(points, windows)
    order = np.argsort(window_line[0], kind="stable")
    place = np.searchsorted(window_line[0][order], point_line[0], side="right") - 1
    candidate = order[np.maximum(place, 0)]
    inside = (place >= 0) & (point_line[0] < window_line[1][candidate])
    return np.where(inside, candidate, -1).astype(np.int64)


def _on_one_line(
    one: Intervals, other: Intervals
) -> tuple[tuple[IntArray, IntArray], tuple[IntArray, IntArray]]:
    """Both sets shifted so that groups lie one after another on a single time line."""
    labels = np.concatenate([one.group, other.group])
    codes = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    first = int(min(one.start.min(), other.start.min(), one.end.min(), other.end.min()))
    last = int(max(one.start.max(), other.start.max(), one.end.max(), other.end.max()))
    length = last - first + 1
    if length * (int(codes.max()) + 1) > np.iinfo(np.int64).max:
        raise ValueError("too many groups over too long a time for one call: split by time")
    offset = codes * length - first
    mine, theirs = offset[: len(one)], offset[len(one) :]
    return (one.start + mine, one.end + mine), (other.start + theirs, other.end + theirs)


def _merged(start: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
    """The union of intervals as disjoint ones in order."""
    real = end > start
    order = np.argsort(start[real], kind="stable")
    start, end = start[real][order], np.maximum.accumulate(end[real][order])
    fresh = np.ones(len(start), dtype=np.bool_)
    fresh[1:] = start[1:] > end[:-1]
    last = np.append(np.flatnonzero(fresh)[1:] - 1, len(start) - 1) if len(start) else fresh
    return start[fresh], end[last]


def _covered_before(instant: IntArray, start: IntArray, end: IntArray) -> IntArray:
    """Microseconds covered by disjoint intervals in order before each instant."""
    total = np.concatenate([[0], np.cumsum(end - start)]).astype(np.int64)
    place = np.searchsorted(start, instant, side="right")
    inside = np.zeros(len(instant), dtype=np.int64)
    some = place > 0
    inside[some] = np.maximum(end[place[some] - 1] - instant[some], 0)
    return np.asarray(total[place] - inside, dtype=np.int64)
