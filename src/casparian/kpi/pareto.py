"""Pareto of anything that is counted: categories by weight, the largest first.

Source: J. M. Juran, Quality Control Handbook (the vital few and the trivial many).
Units: weights in any one unit (defects, seconds, money), ratios 0 to 1.
Missing: a weight that is NaN or below zero is an error (ValueError): it has no place in an order.
Where all weights are zero the ratios are 0.

>>> found = ranked(["scratch", "dent", "scratch", "burr"], [3, 4, 2, 1])
>>> found.label, found.weight
(('scratch', 'dent', 'burr'), array([5., 4., 1.]))
>>> found.share_ratio, found.cumulative_ratio
(array([0.5, 0.4, 0.1]), array([0.5, 0.9, 1. ]))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.intervals import FloatArray


@dataclass(frozen=True)
class Ranked:
    """Categories by weight, largest first, ties by name: (k,) each for k categories."""

    label: tuple[str, ...]
    weight: FloatArray
    share_ratio: FloatArray
    cumulative_ratio: FloatArray


def ranked(label: ArrayLike, weight: ArrayLike) -> Ranked:
    """Weights added by label. label, weight: (n,)."""
    weights = np.asarray(weight, dtype=np.float64)
    labels = np.asarray(label, dtype=np.str_)
    if len(labels) != len(weights):
        raise ValueError("each weight needs its label")
    if not (weights >= 0).all():
        raise ValueError("weights must be zero or more")
    names, place = np.unique(labels, return_inverse=True)
    sums = np.bincount(place, weights=weights, minlength=len(names)).astype(np.float64)
    order = np.lexsort((names, -sums))
    sums = sums[order]
    running = np.cumsum(sums)
    total = running[-1] if len(running) and running[-1] > 0 else 1.0
    return Ranked(tuple(str(n) for n in names[order]), sums, sums / total, running / total)
