"""What a process variable was while a part was made: mean, least, largest and last of a tag.

A reading holds until the next one of its tag, at most `hold_us`. In a time from `from_us` to
`to_us` the values that held in it count, also the one that was read before it began:

    mean = sum(value * seconds held in that time) / sum(seconds)      covered = sum(seconds) / time
    good = share of those seconds that were of readings of good quality

Source: the time-weighted averages of OPC UA Part 13 (Aggregates), stepped interpolation, which
historians take as well.
Units: those of the tag; instants are int64 microseconds UTC.
Missing: where no reading held in it, or the time is empty, the figures are NaN and readings 0.
Errors: ValueError for readings that are not in order of time and for unequal lengths.

>>> import numpy as np
>>> at = np.array([0, 60_000_000, 90_000_000])
>>> start, end = np.array([50_000_000]), np.array([70_000_000])
>>> found = while_made(at, np.array([10.0, 20.0, 30.0]), start, end)
>>> found.mean.tolist(), found.last.tolist(), found.readings.tolist()
([15.0], [20.0], [2])
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casparian.kpi.factors import FloatArray

HOLD_US = 3_600_000_000

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class ProcessValues:
    """One entry a time of making, (w,) each; readings: how many held in it."""

    readings: IntArray
    mean: FloatArray
    least: FloatArray
    largest: FloatArray
    last: FloatArray
    good_ratio: FloatArray
    covered_ratio: FloatArray


def while_made(
    at_us: IntArray, value: FloatArray, from_us: IntArray, to_us: IntArray,
    good: BoolArray | None = None, hold_us: int = HOLD_US,
) -> ProcessValues:  # fmt: skip
    """Readings of one tag (m,) in order of time, over times of making (w,) in any order."""
    at, values = np.asarray(at_us, dtype=np.int64), np.asarray(value, dtype=np.float64)
    start, end = np.asarray(from_us, dtype=np.int64), np.asarray(to_us, dtype=np.int64)
    fine = np.ones(len(at), dtype=np.bool_) if good is None else np.asarray(good, dtype=np.bool_)
    if not len(at) == len(values) == len(fine) or len(start) != len(end):
        raise ValueError("a value of each reading and an end of each time are needed")
    if (np.diff(at) <= 0).any():
        raise ValueError("readings of a tag must be in order of time, one an instant")
    until = np.minimum(at + hold_us, np.append(at[1:], np.iinfo(np.int64).max))
    first = np.searchsorted(until, start, side="right")
    count = np.where(end > start, np.searchsorted(at, end, side="left") - first, 0)
    count = np.maximum(count, 0)
    window, reading = _pairs(first, count)
    held = np.minimum(until[reading], end[window]) - np.maximum(at[reading], start[window])
    seconds = held / 1e6
    known = count > 0
    begin = (np.cumsum(count) - count)[known]
    return _summed(values[reading], fine[reading], seconds, count, begin, (end - start) / 1e6)


def _pairs(first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """(time of making, reading) of each pair that meets, by time of making."""
    window = np.repeat(np.arange(len(first)), count)
    within = np.arange(len(window)) - np.repeat(np.cumsum(count) - count, count)
    return window, np.repeat(first, count) + within


def _summed(
    value: FloatArray, good: BoolArray, seconds: FloatArray, count: IntArray, begin: IntArray,
    length: FloatArray,
) -> ProcessValues:  # fmt: skip
    known = count > 0
    figures = np.full((6, len(count)), np.nan)
    if known.any():
        least = np.minimum.reduceat(value, begin)
        # above the least, so that a constant value has exactly itself as mean
        over = (value - np.repeat(least, count[known])) * seconds
        total = np.add.reduceat(seconds, begin)
        figures[:, known] = (
            least + np.add.reduceat(over, begin) / total,
            least,
            np.maximum.reduceat(value, begin),
            value[begin + count[known] - 1],
            np.add.reduceat(np.where(good, seconds, 0.0), begin) / total,
            total / length[known],
        )
    return ProcessValues(count, *figures)
