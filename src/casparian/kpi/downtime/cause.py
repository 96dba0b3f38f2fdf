"""How far a tag's readings before a stop lie from the machine's usual running.

A tag is compared with itself: its mean over the time before the stop with its hourly means while
the machine ran. z = (mean before - median of the hours) / (IQR of the hours / 1.349), the robust
z-score (the IQR of a normal distribution is 1.349 standard deviations; B. Iglewicz, D. C. Hoaglin,
How to Detect and Handle Outliers, ASQC 1993). Hours, not readings, because readings that follow one
another are much alike; median and quartiles, because the usual running may hold the fault's
beginning. Quartiles by linear interpolation (Hyndman and Fan, type 7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.intervals import FloatArray, IntArray

IQR_SIGMAS = 1.3489795003921634  # 2 Φ⁻¹(0.75)
MIN_HOURS = 8
MIN_READINGS = 3


@dataclass(frozen=True)
class Movement:
    """Per tag, (k,). usual and spread (IQR / 1.349) in the tag's unit; z without unit.

    hours: number behind usual. rank: 1 for the largest |z|, ties in the order of the tags; 0 where
    z is NaN, and `missing` says why.
    """

    z: FloatArray
    usual: FloatArray
    spread: FloatArray
    hours: IntArray
    rank: IntArray
    missing: tuple[str, ...]


def moved(
    before: ArrayLike, readings: ArrayLike, hour_tag: ArrayLike, hour_mean: ArrayLike
) -> Movement:
    """Movement of k tags.

    before: (k,) mean of each tag over the time before the stop, NaN where it did not read.
    readings: (k,) number behind it. hour_tag: (m,) index 0..k-1 of the tag of each hour.
    hour_mean: (m,) mean of that hour while the machine ran.
    """
    mean = np.asarray(before, dtype=np.float64)
    tag = np.asarray(hour_tag, dtype=np.int64)
    value = np.asarray(hour_mean, dtype=np.float64)
    hours = np.bincount(tag, minlength=len(mean)).astype(np.int64)
    ordered = value[np.lexsort((value, tag))]
    first = np.concatenate([[0], np.cumsum(hours)[:-1]]).astype(np.int64)
    lower, usual, upper = (_quantile(ordered, first, hours, p) for p in (0.25, 0.5, 0.75))
    spread = (upper - lower) / IQR_SIGMAS
    number = np.asarray(readings, dtype=np.int64)
    missing = tuple(map(_missing, number.tolist(), hours.tolist(), spread.tolist()))
    told = np.array([not said for said in missing], dtype=np.bool_)
    z = np.full(len(mean), np.nan)
    z[told] = (mean[told] - usual[told]) / spread[told]
    return Movement(z, usual, spread, hours, _ranks(z), missing)


def _quantile(ordered: FloatArray, first: IntArray, count: IntArray, p: float) -> FloatArray:
    """Type 7 quantile of each run of ordered values; NaN for an empty one."""
    place = (np.maximum(count, 1) - 1) * p
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count, 1) - 1)
    found = np.full(len(count), np.nan)
    some = count > 0
    low, high = ordered[(first + below)[some]], ordered[(first + above)[some]]
    found[some] = low + (high - low) * (place - below)[some]
    return found


def _missing(readings: int, hours: int, spread: float) -> str:
    if readings < MIN_READINGS:
        return f"fewer than {MIN_READINGS} readings before the stop"
    if hours < MIN_HOURS:
        return f"fewer than {MIN_HOURS} hours of usual running"
    return "" if spread > 0 else "usual running does not vary"


def _ranks(z: FloatArray) -> IntArray:
    order = np.argsort(-np.abs(z), kind="stable")  # NaN last
    rank = np.empty(len(z), dtype=np.int64)
    rank[order] = np.arange(1, len(z) + 1)
    return np.where(np.isnan(z), 0, rank).astype(np.int64)
