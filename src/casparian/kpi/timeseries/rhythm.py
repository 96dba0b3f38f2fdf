"""How often a tag is read, and where it was not.

Source: J. W. Tukey, Exploratory Data Analysis (1977), section 2C, for fences round what is usual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casparian.kpi.intervals import IntArray

FACTOR = 3.0  # intervals without a reading that make a gap
FENCE = 10.0  # interquartile ranges above the third quartile; 4 in a million of a Poisson process
SLOW_SHARE, SLOW_LEAST = 0.05, 20  # so many long intervals are a rhythm of their own


@dataclass(frozen=True)
class Rhythm:
    """How often a tag is read. interval: usual time between readings [us]; longest: time between
    readings beyond which there is a gap [us]. Both are infinite for fewer than two readings of a
    tag whose interval nobody states."""

    interval: float
    longest: float


def rhythm(at: IntArray, interval: float | None = None, factor: float = FACTOR) -> Rhythm:
    """The tag's own rhythm, told from the times between its readings.

    interval: what the tag list states [us]; None takes the median. A gap is longer than `factor`
    intervals and beyond what is usual for the tag: a tag that is logged when it changes has long
    and short intervals, and only what lies far outside its quartiles is a gap. Where one interval
    in 20 lies outside, they are the tag's slow rhythm (a reading at least every so often), and
    count as usual. Readings at the same instant tell nothing.
    """
    steps = np.diff(at)
    steps = steps[steps > 0].astype(np.float64)
    if not len(steps):
        stated = float("inf") if interval is None else float(interval)
        return Rhythm(stated, stated * factor)
    low, middle, high = np.percentile(steps, (25, 50, 75))
    usual = float(middle if interval is None else interval)
    longest = max(factor * usual, high + FENCE * (high - low))
    slow = steps[steps > longest]
    if len(slow) >= SLOW_LEAST and len(slow) >= SLOW_SHARE * len(steps):
        longest = max(longest, factor * float(np.median(slow)))
    return Rhythm(usual, float(longest))


def gaps(at: IntArray, longest: float) -> IntArray:
    """int64: places i such that from at[i] to at[i + 1] there is more time than `longest`."""
    return np.flatnonzero(np.diff(at) > longest)
