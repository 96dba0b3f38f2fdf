"""Phase I of control charts: the points behind the limits, which are frozen for phase II.

Either the first points of each chart by their number, or an explicit mask; points with a known
cause are kept out by another mask and are not replaced by later ones.
Source: D. C. Montgomery, Introduction to Statistical Quality Control, section 5.3 (phase I and II).
Units: none. Missing: no point is left out but by a mask. Errors: ValueError for a baseline below 1
and for a mask of another length.

>>> import numpy as np
>>> chart = np.array(["a", "a", "a", "b", "b"])
>>> in_phase_1(chart, 2).tolist()
[True, True, False, True, True]
>>> in_phase_1(chart, 2, exclude=np.array([False, True, False, False, False])).tolist()
[True, False, False, True, True]
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from casparian.kpi.spc.line import BoolArray, IntArray

BASELINE = 20
Baseline: TypeAlias = int | BoolArray


def chart_codes(chart: NDArray[Any]) -> tuple[NDArray[Any], IntArray]:
    """(keys of the charts in rising order (c,), index of each point's chart among them (k,))."""
    found, code = np.unique(chart, return_inverse=True)
    return found, code.astype(np.int64)


def in_phase_1(
    chart: NDArray[Any], baseline: Baseline = BASELINE, exclude: BoolArray | None = None
) -> BoolArray:
    """Whether each point, in the order of time within its chart, is behind the limits, (k,)."""
    counted = isinstance(baseline, int | np.integer)
    used = _first(chart, int(baseline)) if counted else _mask(baseline, chart)  # type: ignore[arg-type]
    return used if exclude is None else used & ~_mask(exclude, chart)


def _mask(mask: BoolArray, chart: NDArray[Any]) -> BoolArray:
    given = np.asarray(mask)
    if given.shape != chart.shape:
        raise ValueError("a mask of phase I needs one entry a point")
    return given.astype(np.bool_)


def _first(chart: NDArray[Any], baseline: int) -> BoolArray:
    """The first `baseline` points of each chart."""
    if baseline < 1:
        raise ValueError("phase I needs at least one point")
    order = np.argsort(chart, kind="stable")
    ordered = chart[order]
    place = np.arange(len(chart)) - np.searchsorted(ordered, ordered)
    used = np.empty(len(chart), dtype=np.bool_)
    used[order] = place < baseline
    return used


def place_of(chart: NDArray[Any], known: NDArray[Any]) -> IntArray:
    """Index of each point's chart among the charts that have limits (rising), (k,).

    Raises ValueError where a point is on none of them.
    """
    place = np.minimum(np.searchsorted(known, chart), max(0, len(known) - 1))
    if len(chart) and (not len(known) or (known[place] != chart).any()):
        raise ValueError("there are points on a chart that has no limits")
    return place
