"""Standing alarms: active at an instant, acknowledged or not; hidden ones are not shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.alarms.records import NONE, Alarms
from casparian.kpi.intervals import FloatArray, IntArray


@dataclass(frozen=True)
class Standing:
    """Per position, (p,): average over time, most at once, and standing when the period ends."""

    average: FloatArray
    peak: IntArray
    at_end: IntArray


def standing_at(alarms: Alarms, instants: ArrayLike) -> IntArray:
    """Alarms of all positions that stand at each instant [us], (k,).

    An alarm stands from its raise until just before its end. One whose raise is missing stands
    until its clear, one whose end is missing from its raise on.
    """
    when = np.asarray(instants, dtype=np.int64)
    shown = ~alarms.hidden
    begun = np.sort(alarms.raised[shown])  # a raise that is missing lies before everything
    over = np.sort(alarms.ended(_NEVER)[shown])
    risen = np.searchsorted(begun, when, side="right")
    return np.asarray(risen - np.searchsorted(over, when, side="right"), dtype=np.int64)


def standing(alarms: Alarms, start: int, end: int) -> Standing:
    """Standing alarms of each position over [start, end) [us]."""
    if end <= start:
        raise ValueError("the period must end after it starts")
    positions = len(alarms.positions)
    shown = ~alarms.hidden
    position = alarms.position[shown]
    begun = np.maximum(np.where(alarms.raised == NONE, start, alarms.raised), start)[shown]
    over = np.minimum(alarms.ended(_NEVER), end)[shown]
    inside = over > begun
    position, begun, over = position[inside], begun[inside], over[inside]
    time = np.bincount(position, weights=(over - begun).astype(np.float64), minlength=positions)
    at_end = np.bincount(position[over == end], minlength=positions)
    return Standing(
        time / (end - start), _peak(position, begun, over, positions), at_end.astype(np.int64)
    )


def _peak(position: IntArray, begun: IntArray, over: IntArray, positions: int) -> IntArray:
    """Most at once; one that ends at an instant is gone before another begins there."""
    found = np.zeros(positions, dtype=np.int64)
    if not len(position):
        return found
    place = np.concatenate([position, position])
    at = np.concatenate([begun, over])
    step = np.repeat(np.array([1, -1], dtype=np.int64), len(position))
    order = np.lexsort((step, at, place))
    place, level = place[order], np.cumsum(step[order])
    first = np.flatnonzero(np.concatenate([[True], place[1:] != place[:-1]]))
    found[place[first]] = np.maximum.reduceat(level, first)  # each position ends at level 0
    return found


_NEVER = int(np.iinfo(np.int64).max)
