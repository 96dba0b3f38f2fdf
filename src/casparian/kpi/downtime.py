"""Pareto of the reasons for downtime.

Source: J. M. Juran, Quality Control Handbook (the vital few): reasons by time lost, largest
first, with their share of the whole and the running sum of the shares.
Units: seconds, events, ratios 0 to 1.
Missing: a stop that is still open needs an end before it can be counted: `durations` takes the
instant until which it counts. A negative duration is an error (ValueError), for a contract must
have stopped it.

>>> result = pareto(["jam", "setup", "jam", "no parts"], [60.0, 300.0, 90.0, 50.0])
>>> result.reason
('setup', 'jam', 'no parts')
>>> result.seconds, result.events
(array([300., 150.,  50.]), array([1, 2, 1]))
>>> result.share_ratio, result.cumulative_ratio
(array([0.6, 0.3, 0.1]), array([0.6, 0.9, 1. ]))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.intervals import MICROSECONDS, FloatArray, IntArray


@dataclass(frozen=True)
class Pareto:
    """Reasons by time lost, largest first, ties by name.

    seconds [s], events, share_ratio and cumulative_ratio (0 to 1): (k,) for k reasons.
    Where no time was lost at all the ratios are 0.
    """

    reason: tuple[str, ...]
    seconds: FloatArray
    events: IntArray
    share_ratio: FloatArray
    cumulative_ratio: FloatArray


def pareto(reason: ArrayLike, seconds: ArrayLike, events: ArrayLike | None = None) -> Pareto:
    """Time lost and events by reason. events: (n,) count behind each row, 1 if left out."""
    lost = np.asarray(seconds, dtype=np.float64)
    if (lost < 0).any() or np.isnan(lost).any():
        raise ValueError("downtime must have a duration of zero or more")
    counts = np.ones(len(lost)) if events is None else np.asarray(events, dtype=np.float64)
    names, place = np.unique(np.asarray(reason, dtype=np.str_), return_inverse=True)
    sums = np.bincount(place, weights=lost, minlength=len(names)).astype(np.float64)
    numbers = np.bincount(place, weights=counts, minlength=len(names)).round().astype(np.int64)
    order = np.lexsort((names, -sums))
    total = float(sums.sum())
    share = np.asarray(sums[order] / total if total > 0 else 0.0 * sums, dtype=np.float64)
    labels = tuple(str(name) for name in names[order])
    return Pareto(labels, sums[order], numbers[order], share, _running(share))


def _running(share: FloatArray) -> FloatArray:
    """Running sum of shares that ends at exactly 1."""
    running = np.cumsum(share)
    return running / running[-1] if len(running) and running[-1] > 0 else running


def durations(start: IntArray, end: IntArray, still_open: ArrayLike, until: int) -> FloatArray:
    """Seconds of each stop, (n,) [s]; a stop that is still open counts until `until` [us]."""
    finish = np.where(np.asarray(still_open, dtype=np.bool_), until, end)
    return np.asarray((finish - start) / MICROSECONDS, dtype=np.float64)
