"""Sensors that log exact zeros while they are off.

A transmitter without power often keeps logging 0 with a good quality. A run of exact zeros that
lasts long enough, on a tag for which zero is no meaningful value, is taken as "sensor offline"
and every reading of the run is marked.

Semantics: per tag, in the order of the arrays (the order of the file, not of time). Only candidates
take part; other readings (missing, bad, of a tag that may be zero) are looked past as if they were
not there, for they say nothing about the sensor. A run is a series of candidates of one tag, one
after another, that are exactly zero (-0.0 too); a candidate that is not zero ends it. A run is
marked when the times of its first and its last reading are `min_seconds` or more apart, whichever
direction the file runs in.

Units: timestamps int64 [us] since 1970 UTC, min_seconds [s].
Missing: a missing value is no candidate; a NaN among the candidates is not zero and ends a run.
Errors: ValueError where arrays differ in length or a tag code is negative.

>>> import numpy as np
>>> minute = 60_000_000
>>> tag = np.array([7, 7, 8, 7, 7])
>>> when = np.array([0, 5, 6, 10, 15]) * minute
>>> value = np.array([0.0, 0.0, 0.0, 0.0, 3.2])
>>> offline_zero(tag, when, value, np.ones(5, dtype=bool))
array([ True,  True, False,  True, False])
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from casparian.kpi.intervals import MICROSECONDS, FloatArray, IntArray

BoolArray = NDArray[np.bool_]

MIN_SECONDS = 600.0


def offline_zero(
    tag: NDArray[Any],
    timestamp_us: IntArray,
    value: FloatArray,
    candidate: BoolArray,
    min_seconds: float = MIN_SECONDS,
) -> BoolArray:
    """Which readings belong to a run of exact zeros lasting `min_seconds` or more, (n,) bool.

    tag: (n,) integer codes, 0 or more. timestamp_us: (n,) [us]. value: (n,).
    candidate: (n,) bool, readings that take part: valid so far (a value that could be read, in
        range, quality Good or Uncertain), of a tag for which zero is no meaningful value.
    """
    if not len(tag) == len(timestamp_us) == len(value) == len(candidate):
        raise ValueError("tag, timestamp, value and candidate must have the same length")
    if len(tag) and tag.min() < 0:
        raise ValueError("tag codes must be 0 or more")
    part = np.asarray(candidate, dtype=np.bool_)
    zero = part & (value == 0.0)
    marked = np.zeros(len(zero), dtype=np.bool_)
    if not zero.any():
        return marked
    rows = _candidates_of_tags_with_zeros(tag, part, zero)
    first, last = _runs(tag[rows], zero[rows])
    lasted = np.abs(timestamp_us[rows[last]] - timestamp_us[rows[first]])
    long = lasted >= min_seconds * MICROSECONDS
    marked[rows[_between(first[long], last[long])]] = True
    return marked


def _candidates_of_tags_with_zeros(
    tag: NDArray[Any], candidate: BoolArray, zero: BoolArray
) -> IntArray:
    """Positions of the candidates of tags that have a zero, by tag, in the order of the arrays."""
    suspect = np.bincount(tag[zero], minlength=int(tag.max()) + 1) > 0
    rows = np.flatnonzero(suspect[tag] & candidate)
    codes = tag[rows]
    if int(codes.max()) < 2**16:
        codes = codes.astype(np.uint16)  # numpy sorts 16-bit keys by radix, many times faster
    return rows[np.argsort(codes, kind="stable")].astype(np.int64)


def _runs(tag: NDArray[Any], zero: BoolArray) -> tuple[IntArray, IntArray]:
    """First and last position of every run of zeros in readings that are ordered by tag."""
    joined = zero[1:] & zero[:-1] & (tag[1:] == tag[:-1])
    first = np.flatnonzero(zero & ~np.concatenate([[False], joined]))
    last = np.flatnonzero(zero & ~np.concatenate([joined, [False]]))
    return first, last


def _between(first: IntArray, last: IntArray) -> IntArray:
    """All positions from each first to its last."""
    length = last - first + 1
    start = np.repeat(first - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    return np.asarray(start + np.arange(int(length.sum())), dtype=np.int64)
