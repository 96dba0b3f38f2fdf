"""Alarm floods of each operator position, on a window that slides with the alarms.

rate(t) = alarms in (t - 10 min, t]. A flood is on from the instant at which the rate goes above 10
until it falls below 5. It begins with the first alarm of the window that went above 10, but never
before the last flood ended; its alarms are those from there up to its end. So a flood lasts 10
minutes at least, as it would by windows of the clock, and does not depend on where these begin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casparian.kpi.alarms.limits import FLOOD_ABOVE, FLOOD_ENDS_BELOW, TEN_MINUTES_US
from casparian.kpi.alarms.records import Alarms, BoolArray
from casparian.kpi.intervals import FloatArray, IntArray


@dataclass(frozen=True)
class Floods:
    """(k,) floods in order of position and time.

    position: code. start, end: [us], end not included. alarms: annunciated in it. peak: most in 10
    minutes.
    """

    position: IntArray
    start: IntArray
    end: IntArray
    alarms: IntArray
    peak: IntArray

    def __len__(self) -> int:
        return len(self.start)


def floods(
    alarms: Alarms,
    above: int = FLOOD_ABOVE,
    ends_below: int = FLOOD_ENDS_BELOW,
    width_us: int = TEN_MINUTES_US,
) -> Floods:
    """Floods of all positions. Raises ValueError unless 1 <= ends_below <= above + 1."""
    if not 1 <= ends_below <= above + 1:
        raise ValueError("a flood must end below the rate at which it starts")
    shown = alarms.annunciated
    position, at = alarms.position[shown], alarms.raised[shown]
    order = np.lexsort((at, position))
    position, at = position[order], at[order]
    if not len(at):
        return Floods(*(np.zeros(0, dtype=np.int64) for _ in range(5)))
    line, lift = _one_line(position, at, width_us)
    first = np.searchsorted(line, line - width_us, side="right")
    count = np.arange(1, len(line) + 1) - first
    count = count[np.searchsorted(line, line, side="right") - 1]  # all of one instant are counted
    left = np.searchsorted(line, line + width_us, side="right")
    left -= np.searchsorted(line, line, side="right")
    starts, ends = _spells(line, count > above, left < ends_below, width_us)
    trigger = np.searchsorted(line, starts, side="left")
    begin = np.maximum(line[first[trigger]], np.concatenate([[line[0]], ends[:-1]]))
    begin = line[np.searchsorted(line, begin, side="left")]
    low, high = np.searchsorted(line, begin), np.searchsorted(line, ends)
    back = lift[trigger]
    peak = _peaks(count, low, high)
    return Floods(position[trigger], begin - back, ends - back, high - low, peak)


def flood_seconds(found: Floods, positions: int, start: int, end: int) -> FloatArray:
    """Seconds of [start, end) that each position was in flood, (p,) [s]."""
    spent = np.minimum(found.end, end) - np.maximum(found.start, start)
    weights = np.maximum(spent, 0) / 1_000_000
    return np.bincount(found.position, weights=weights, minlength=positions).astype(np.float64)


def _one_line(position: IntArray, at: IntArray, width_us: int) -> tuple[IntArray, IntArray]:
    """Positions one after another on a single line of time, and what was added to each instant."""
    codes = np.cumsum(np.concatenate([[False], position[1:] != position[:-1]]))
    first = int(at.min())
    length = int(at.max()) - first + 2 * width_us + 1
    if length * (int(codes[-1]) + 1) > np.iinfo(np.int64).max:
        raise ValueError("too many positions over too long a time for one call: split by time")
    lift = codes * length - first
    return at + lift, lift


def _spells(
    line: IntArray, on: BoolArray, off: BoolArray, width_us: int
) -> tuple[IntArray, IntArray]:
    """Instants at which the rate goes above the limit after calm, and at which calm returns."""
    calm, busy = line[off] + width_us, line[on]
    at = np.concatenate([busy, calm])
    is_on = np.arange(len(at)) < len(busy)
    order = np.argsort(at, kind="stable")
    at, is_on = at[order], is_on[order]
    before = np.concatenate([[False], is_on[:-1]])
    return at[is_on & ~before], at[~is_on & before]


def _peaks(count: IntArray, low: IntArray, high: IntArray) -> IntArray:
    if not len(low):
        return np.zeros(0, dtype=np.int64)
    edges = np.stack([low, high], axis=1).ravel()
    padded = np.append(count, 0)
    return np.maximum.reduceat(padded, edges)[::2].astype(np.int64)
