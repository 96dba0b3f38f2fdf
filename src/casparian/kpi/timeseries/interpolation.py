"""Values between readings.

Source: OPC UA Part 13 (Aggregates) 1.05, clause 5.4.3.3, stepped and sloped interpolation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from casparian.kpi.intervals import FloatArray, IntArray
from casparian.kpi.timeseries.windows import BoolArray

KINDS = ("none", "measured", "step", "linear")  # what `interpolate` says of each value
NONE, MEASURED, STEP, LINEAR = range(4)


def interpolate(
    at: IntArray, value: FloatArray, where: IntArray, how: str, longest: float = np.inf
) -> tuple[FloatArray, NDArray[np.int8]]:
    """(values, kinds) at the instants `where`; NaN and kind 0 where nothing can be said.

    how: `none` gives readings alone, `step` holds the reading before, `linear` draws a line
    between two readings. Neither goes over a gap longer than `longest` [us], nor beyond the last
    reading. kinds: int8, places in KINDS. Of readings at one instant the last counts.
    Raises ValueError for another word.
    """
    if how not in ("none", "step", "linear"):
        raise ValueError(f"interpolation is none, step or linear, not '{how}'")
    found = np.full(len(where), np.nan)
    kinds = np.zeros(len(where), dtype=np.int8)
    if not len(at) or not len(where):
        return found, kinds
    before = np.searchsorted(at, where, side="right") - 1
    own = np.maximum(before, 0)
    after = np.minimum(before + 1, len(at) - 1)
    met = (before >= 0) & (at[own] == where)
    if how != "none":
        inner = (before >= 0) & ~met & (before < len(at) - 1) & (at[after] - at[own] <= longest)
        if how == "step":
            _put(found, kinds, inner, value[own], STEP)
        else:
            share = (where - at[own]) / np.maximum(at[after] - at[own], 1)
            line = value[own] + share * (value[after] - value[own])
            _put(found, kinds, inner, line, LINEAR)
    _put(found, kinds, met, value[own], MEASURED)
    return found, kinds


def _put(
    found: FloatArray, kinds: NDArray[np.int8], mask: BoolArray, value: FloatArray, kind: int
) -> None:
    mask = mask & ~np.isnan(value)
    found[mask] = value[mask]
    kinds[mask] = kind
