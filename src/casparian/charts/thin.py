"""Lines of many points, thinned to what a drawing can show.

Where several points fall on one pixel column its first, lowest, highest and last are kept, so no
peak is lost and a line of a million points is as small as one of a few thousand.
"""

from __future__ import annotations

import numpy as np

from casparian.kpi.factors import FloatArray
from casparian.kpi.intervals import IntArray


def shown(x: FloatArray, y: FloatArray) -> IntArray:
    """Places of the points of a line that must be drawn, in order. x: (k,) pixels, rising."""
    count = len(x)
    if not count or count <= 2 * (x[-1] - x[0] + 1):
        return np.arange(count)
    column = np.floor(x - x[0]).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    ends = np.append(starts[1:], count) - 1
    known = np.where(np.isnan(y), 0.0, y)
    # sorted by column, then by height: the first and last of each column are its extremes
    order = np.lexsort((known, column))
    return np.unique(np.concatenate([starts, ends, order[starts], order[ends]]))


def runs(y: FloatArray) -> list[tuple[int, int]]:
    """(first, last + 1) of the stretches that have a value."""
    known = np.concatenate([[False], ~np.isnan(y), [False]])
    edges = np.flatnonzero(known[1:] != known[:-1])
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def levels(y: FloatArray) -> list[tuple[int, int, float]]:
    """(first, last + 1, value) of the stretches of one value, without those that have none."""
    if not len(y):
        return []
    known = np.nan_to_num(y, nan=np.inf)
    starts = np.flatnonzero(np.concatenate([[True], known[1:] != known[:-1]]))
    ends = np.append(starts[1:], len(y))
    stretches = zip(starts.tolist(), ends.tolist(), y[starts].tolist(), strict=True)
    return [(low, high, value) for low, high, value in stretches if value == value]
