"""Sensors that log exact zeros while they are off.

A transmitter without power often keeps logging 0 with a good quality. A run of exact zeros that
lasts long enough, on a tag for which zero is no meaningful value, is taken as "sensor offline"
and every reading of the run is marked.

Semantics: per tag, in the order of the arrays (the order of the file, not of time). Only candidates
take part; other readings (missing, bad, of a tag that may be zero) are looked past as if they were
not there, for they say nothing about the sensor. A run is a series of candidates of one tag, one
after another, that are exactly zero (-0.0 too); a candidate that is not zero ends it. A run is
marked when the time of one of its readings is `min_seconds` or more from that of its first,
whichever direction the file runs in.

`offline_zero` judges readings that are all there. What judges them batch by batch, or span by span
of a file, holds its runs between batches and asks the same two questions: `stretches` says where
runs begin, go on and end in a batch, and `lasts` whether readings lie far enough from the first.

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

from dataclasses import dataclass
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
    found = stretches(tag, zero, part)
    runs, at = found.only(found.zero), timestamp_us[found.rows]
    places, length = runs.places(), runs.stop - runs.start
    away = np.abs(at[places] - np.repeat(at[runs.start], length))
    farthest = np.maximum.reduceat(away, np.cumsum(length) - length)
    marked[found.rows[runs.only(farthest >= min_seconds * MICROSECONDS).places()]] = True
    return marked


@dataclass(frozen=True)
class Stretches:
    """Candidates in a row that are all zero, or all not, of one tag each, by tag and in order.

    rows: positions of the candidates in the arrays, by tag. start, stop: of a stretch in `rows`.
    tag, zero: its tag's code, and whether it is a run of zeros.
    """

    rows: IntArray
    start: IntArray
    stop: IntArray
    tag: IntArray
    zero: BoolArray

    def only(self, chosen: BoolArray) -> Stretches:
        """Those that the mask keeps."""
        kept = (self.start[chosen], self.stop[chosen], self.tag[chosen], self.zero[chosen])
        return Stretches(self.rows, *kept)

    def places(self) -> IntArray:
        """Every place in `rows` that a stretch covers."""
        length = self.stop - self.start
        offset = np.repeat(self.start - (np.cumsum(length) - length), length)
        return np.asarray(offset + np.arange(int(length.sum())), dtype=np.int64)


def stretches(
    tag: NDArray[Any], zero: BoolArray, candidate: BoolArray, also: BoolArray | None = None
) -> Stretches:
    """Stretches of the tags that have a zero here.

    tag: (n,) codes, 0 or more. zero: (n,) of candidates that are zero. also: by code, the tags that
    are looked at without one, as those whose run is open.
    """
    looked = np.bincount(tag[zero], minlength=int(tag.max(initial=0)) + 1) > 0
    if also is not None:
        looked[: len(also)] |= also[: len(looked)]
    rows = np.flatnonzero(looked[tag] & candidate)
    codes = tag[rows]
    if len(rows) and int(codes.max()) < 2**16:
        codes = codes.astype(np.uint16)  # numpy sorts 16-bit keys by radix, many times faster
    rows = rows[np.argsort(codes, kind="stable")].astype(np.int64)
    own, none = tag[rows], zero[rows]
    change = np.flatnonzero((own[1:] != own[:-1]) | (none[1:] != none[:-1])) + 1
    start = np.concatenate([np.zeros(min(1, len(rows)), np.int64), change])
    stop = np.append(start[1:], len(rows))[: len(start)]
    return Stretches(rows, start, stop, np.asarray(own[start], np.int64), none[start])


def lasts(times_us: IntArray, first_us: int, min_seconds: float = MIN_SECONDS) -> bool:
    """Whether one of these times [us] is so far from the first of its run that it is offline."""
    return bool(np.abs(times_us - first_us).max(initial=0) >= min_seconds * MICROSECONDS)
