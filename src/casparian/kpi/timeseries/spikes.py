"""Readings that jump out of their neighbourhood and are back at once.

The Hampel identifier: a reading is a spike when it lies further than `reach` robust standard
deviations from the median of the `2 * half + 1` readings round it,

    |x - median| > reach * s,   s = 1.4826 * median(|x_i - median|)

and further than the tag steps from one reading to the next in all but the `OFTEN` largest of its
steps (two at least, for a spike goes up and down): a valve that opens for a moment again and again
has no spikes. A step of the process is no spike either: the median follows it. Where more than
half of the window is one value, the median deviation is 0 and says nothing; s is then 1.2533 times
the mean deviation (Iglewicz and Hoaglin), so that what stands out of a constant can be told too. A
deviation of `resolution` or less is never a spike: it is the last digit of the transmitter.

Units: those of the value. The windows count readings, not time.
Missing: a NaN is never a spike and is in no window. Near the ends of a series the window is the
first or last `2 * half + 1` readings; a tag with fewer readings has no spikes.
Errors: ValueError where arrays differ in length or `half` is below 1.
Sources: F. R. Hampel, The influence curve and its role in robust estimation (1974); R. K. Pearson,
Outliers in process modeling and identification, IEEE Transactions on Control Systems Technology 10
(2002); B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers (1993).

>>> import numpy as np
>>> value = np.array([20.1, 20.2, 20.0, 87.5, 20.1, 20.3, 20.2, 30.0, 30.1, 30.2, 30.1])
>>> np.flatnonzero(spikes(np.zeros(11, int), np.arange(11), value, half=3))
array([3])
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from casparian.kpi.intervals import FloatArray, IntArray
from casparian.kpi.timeseries.windows import BoolArray, ordered

HALF = 5
REACH = 6.0
OFTEN = 0.05  # share of the steps of a tag; what happens more often is its manner
AT_ONCE = 1 << 18  # windows looked at in one pass
_NORMAL_MEDIAN = 1.4826022185056018  # 1 / the normal's upper quartile
_NORMAL_MEAN = 1.2533141373155001  # sqrt(pi / 2)


def spikes(
    tags: IntArray,
    at: IntArray,
    value: FloatArray,
    reach: float = REACH,
    half: int = HALF,
    resolution: float | FloatArray = 0.0,
) -> BoolArray:
    """Which readings are spikes, (n,) bool in the order of the arrays.

    tags: (n,) codes from 0. at: (n,) [us]. resolution: one for all, or by tag code.
    """
    if not len(tags) == len(at) == len(value):
        raise ValueError("tags, at and value differ in length")
    if half < 1:
        raise ValueError("a window needs a neighbour on each side: half is 1 or more")
    marked = np.zeros(len(tags), dtype=np.bool_)
    order = ordered(tags, at)
    order = order[~np.isnan(value[order])]
    tags, value = tags[order], value[order]
    finest = np.broadcast_to(np.asarray(resolution, dtype=np.float64), int(tags.max(initial=0)) + 1)
    bounds = np.append(np.flatnonzero(np.diff(tags, prepend=-1)), len(tags))
    for begin, end in pairwise(bounds):
        own = value[begin:end]
        marked[order[begin:end]] = _of_one(own, reach, half, float(finest[tags[begin]]))
    return marked


def _of_one(value: FloatArray, reach: float, half: int, resolution: float) -> BoolArray:
    """Spikes of one tag's readings in the order of time, none missing."""
    width = 2 * half + 1
    found = np.zeros(len(value), dtype=np.bool_)
    if len(value) < width:
        return found
    windows = np.lib.stride_tricks.sliding_window_view(value, width)
    least = max(resolution, _usual_step(value))
    for begin in range(0, len(value), AT_ONCE):
        places = np.arange(begin, min(begin + AT_ONCE, len(value)))
        seen = windows[np.clip(places - half, 0, len(windows) - 1)]
        middle = np.median(seen, axis=1)
        apart = np.abs(seen - middle[:, np.newaxis])
        usual = _NORMAL_MEDIAN * np.median(apart, axis=1)
        usual = np.where(usual > 0, usual, _NORMAL_MEAN * apart.mean(axis=1))
        off = np.abs(value[places] - middle)
        found[places] = off > np.maximum(reach * usual, least)
    return found


def _usual_step(value: FloatArray) -> float:
    """The largest step that a tag takes as its manner: all but the `OFTEN` largest."""
    steps = np.abs(np.diff(value))
    rare = max(2, int(OFTEN * len(steps)))
    return float(np.partition(steps, -rare - 1)[-rare - 1]) if len(steps) > rare else 0.0
