"""Durations of stops, overlaps that count once, micro-stops, planned against unplanned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.downtime.pareto import checked
from casparian.kpi.intervals import MICROSECONDS, FloatArray, IntArray, Intervals

# TPM counts stops of less than about five minutes as minor stops (Nakajima 1988): no repair, often
# not logged by hand.
MICRO_STOP_S = 300.0


def durations(start: IntArray, end: IntArray, still_open: ArrayLike, until: int) -> FloatArray:
    """Seconds of each stop, (n,) [s]; a stop that is still open counts until `until` [us]."""
    finish = np.where(np.asarray(still_open, dtype=np.bool_), until, end)
    return np.asarray((finish - start) / MICROSECONDS, dtype=np.float64)


def unshared_seconds(stops: Intervals) -> FloatArray:
    """Seconds of each stop in which no earlier stop of its machine was on, (n,) [s].

    They add up to the time in which the machine stood; duration less these seconds is the overlap.
    Of stops that start together the one that stands first in the arrays has the time.
    """
    if not len(stops):
        return np.zeros(0)
    machine = np.unique(stops.group, return_inverse=True)[1]
    order = np.lexsort((stops.start, machine))
    start, end, machine = stops.start[order], stops.end[order], machine[order]
    covered = _covered_until(end, machine)
    left = np.maximum(end - np.maximum(start, covered), 0)
    found = np.empty(len(left))
    found[order] = left / MICROSECONDS
    return found


def _covered_until(end: IntArray, machine: NDArray[np.int64]) -> IntArray:
    """Latest end of the stops before each one of its machine; all in order."""
    length = int(end.max() - end.min()) + 1
    if length * (int(machine[-1]) + 1) > np.iinfo(np.int64).max:
        raise ValueError("too many machines over too long a time for one call: split by time")
    lifted = end - end.min() + machine * length
    before = np.concatenate([[np.int64(-1)], np.maximum.accumulate(lifted)[:-1]])
    same = before >= machine * length
    return np.where(same, before - machine * length + end.min(), np.iinfo(np.int64).min)


def micro_stops(seconds: ArrayLike, limit_s: float = MICRO_STOP_S) -> NDArray[np.bool_]:
    """Whether each stop is shorter than the limit, (n,)."""
    return np.asarray(checked(seconds) < limit_s, dtype=np.bool_)


@dataclass(frozen=True)
class Planned:
    """Seconds and events that the log calls planned, unplanned, or about which it says nothing."""

    planned_s: float
    unplanned_s: float
    not_given_s: float
    planned: int
    unplanned: int
    not_given: int


def planned_split(seconds: ArrayLike, planned: Iterable[bool | None]) -> Planned:
    """Sums by what the log says of each stop: True, False or None."""
    lost = checked(seconds)
    told = np.array([2 if said is None else int(bool(said)) for said in planned], dtype=np.int64)
    if len(told) != len(lost):
        raise ValueError("seconds and planned must have the same length")
    sums = np.bincount(told, weights=lost, minlength=3)
    counts = np.bincount(told, minlength=3)
    return Planned(
        float(sums[1]), float(sums[0]), float(sums[2]),
        int(counts[1]), int(counts[0]), int(counts[2]),
    )  # fmt: skip
