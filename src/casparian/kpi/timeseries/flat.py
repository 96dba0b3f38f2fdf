"""Sensors that are stuck: a value that stays where it is for longer than the process ever does.

A frozen transmitter, a full range or a dead interface repeats one value with a good quality. A run
is a series of readings of one tag, one after another in time, that differ by no more than
`tolerance` from one to the next and by no more than that in all. It is marked when it holds at
least `min_count` readings and lasts `min_seconds` or more from its first reading to its last.

A historian that stores a value only when it changes writes no such readings: what is silent there
is a gap (`gaps`), not a flat line. Tags that rest by their nature (setpoints, states, counters)
need a longer time, by tag.

Units: at int64 [us] since 1970 UTC, min_seconds [s], tolerance in the unit of the value.
Missing: a NaN is no value: it ends a run and is in none.
Errors: ValueError where arrays differ in length.
Source: the stuck-value test of WMO-No. 8, Guide to Instruments and Methods of Observation,
volume V, chapter 1 (minimum variability over a time).

>>> import numpy as np
>>> minute = 60_000_000
>>> value = np.array([5.1, 5.3, 5.2, 5.2, 5.2, 5.2, 5.4])
>>> flat_line(np.zeros(7, int), np.arange(7) * minute, value, min_seconds=180, min_count=3)
array([False, False,  True,  True,  True,  True, False])
"""

from __future__ import annotations

import numpy as np

from casparian.kpi.intervals import MICROSECONDS, FloatArray, IntArray
from casparian.kpi.timeseries.windows import BoolArray, ordered

MIN_SECONDS = 3600.0
MIN_COUNT = 10


def flat_line(
    tags: IntArray,
    at: IntArray,
    value: FloatArray,
    min_seconds: float | FloatArray = MIN_SECONDS,
    min_count: int = MIN_COUNT,
    tolerance: float | FloatArray = 0.0,
) -> BoolArray:
    """Which readings belong to a flat line, (n,) bool in the order of the arrays.

    tags: (n,) codes from 0. min_seconds and tolerance: one for all, or by tag code.
    """
    if not len(tags) == len(at) == len(value):
        raise ValueError("tags, at and value differ in length")
    marked = np.zeros(len(tags), dtype=np.bool_)
    if not len(tags):
        return marked
    order = ordered(tags, at)
    tags, at, value = tags[order], at[order], value[order]
    first, last = _runs(tags, value, tolerance)
    seconds = (at[last] - at[first]) / MICROSECONDS
    spread = np.maximum.reduceat(value, first) - np.minimum.reduceat(value, first)
    own = tags[first]
    stuck = (seconds >= _of(min_seconds, own)) & (spread <= _of(tolerance, own))
    stuck &= (last - first + 1 >= min_count) & ~np.isnan(value[first])
    marked[order] = np.repeat(stuck, last - first + 1)
    return marked


def _of(setting: float | FloatArray, tags: IntArray) -> FloatArray:
    values = np.asarray(setting, dtype=np.float64)
    return values[tags] if values.ndim else values


def _runs(
    tags: IntArray, value: FloatArray, tolerance: float | FloatArray
) -> tuple[IntArray, IntArray]:
    """First and last place of each run; together they cover all readings."""
    joined = tags[1:] == tags[:-1]
    joined &= np.abs(np.diff(value)) <= _of(tolerance, tags[1:])  # false beside a NaN
    begins = np.flatnonzero(np.concatenate([[True], ~joined]))
    ends = np.append(begins[1:] - 1, len(tags) - 1)
    return begins, ends
