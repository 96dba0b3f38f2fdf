"""Roll-ups of readings by tag and window.

Source: OPC UA Part 13 (Aggregates) 1.05, clauses 5.4.3.6 (time average) and 5.4.3.26 (percent
good), for the meaning of the aggregates.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from casparian.kpi.intervals import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

CHUNK = 1 << 20  # readings rolled up in one pass


@dataclass(frozen=True)
class Windows:
    """A row a tag and window that has a reading, or a value that holds into it.

    tag, window: the tag's code and the window's place among the edges. start, end [us].
    count: readings with a value. min, max, mean, std (sample, over n - 1), first, last: of these
    readings, unweighted; NaN for none (std for fewer than two).
    time_mean: mean weighted with the time that each value holds, of the time that has a value.
    good_ratio: readings of good quality among those counted, by number.
    covered_ratio, good_time_ratio: share of the whole window that has a value, or a good one.
    """

    tag: IntArray
    window: IntArray
    start: IntArray
    end: IntArray
    count: IntArray
    min: FloatArray
    max: FloatArray
    mean: FloatArray
    time_mean: FloatArray
    std: FloatArray
    first: FloatArray
    last: FloatArray
    good_ratio: FloatArray
    covered_ratio: FloatArray
    good_time_ratio: FloatArray

    def __len__(self) -> int:
        return len(self.tag)

    def take(self, places: Any) -> Windows:
        """Some of the rows."""
        return Windows(*(getattr(self, item.name)[places] for item in fields(self)))


def roll_up(
    tags: IntArray,
    at: IntArray,
    value: FloatArray,
    good: BoolArray,
    bounds: IntArray,
    longest: float | FloatArray = np.inf,
) -> Windows:
    """Aggregates by tag and window, in that order.

    tags: int[n] codes from 0. good: bool[n], quality is good. bounds: edges of the windows, rising.
    longest: time that a value may hold [us], one for all or by tag code. Readings before the first
    edge only hold into the windows; those from the last edge on only end what holds.
    Raises ValueError where arrays differ in length.
    """
    if not len(tags) == len(at) == len(value) == len(good):
        raise ValueError("tags, at, value and good differ in length")
    tags, at, value, good = _sorted(tags, at, value, good)
    parts = [
        _roll_up(tags[a:b], at[a:b], value[a:b], good[a:b], bounds, longest)
        for a, b in _chunks(tags)
    ]
    return Windows(
        *(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(Windows))
    )


def _sorted(
    tags: IntArray, at: IntArray, value: FloatArray, good: BoolArray
) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    if in_order(tags, at):
        return tags, at, value, good
    order = np.lexsort((at, tags))
    return tags[order], at[order], value[order], good[order]


def in_order(tags: IntArray, at: IntArray) -> bool:
    """Whether readings stand by tag and, within a tag, by time."""
    same = tags[1:] == tags[:-1]
    return bool(((tags[1:] > tags[:-1]) | (same & (at[1:] >= at[:-1]))).all())


def ordered(tags: IntArray, at: IntArray) -> IntArray:
    """Places of the readings by tag and time; those of one instant in the order of the arrays."""
    return np.arange(len(tags)) if in_order(tags, at) else np.lexsort((at, tags))


def _chunks(tags: IntArray) -> list[tuple[int, int]]:
    """Spans of whole tags of about CHUNK readings."""
    ends = np.append(np.flatnonzero(tags[1:] != tags[:-1]) + 1, len(tags))
    spans, begin = [], 0
    while begin < len(tags):
        place = int(np.searchsorted(ends, begin + CHUNK, side="right")) - 1
        end = int(ends[max(place, int(np.searchsorted(ends, begin, side="right")))])
        spans.append((begin, end))
        begin = end
    return spans or [(0, 0)]


def _roll_up(
    tags: IntArray,
    at: IntArray,
    value: FloatArray,
    good: BoolArray,
    bounds: IntArray,
    longest: float | FloatArray,
) -> Windows:
    count = max(len(bounds) - 1, 0)
    held = _held(tags, at, longest)
    piece = _Pieces.of(at, at + held, bounds)
    known = ~np.isnan(value)
    piece = piece.take(known[piece.reading])
    key = tags[piece.reading].astype(np.int64) * max(count, 1) + piece.window
    starts = _starts(key)
    own = key[starts]
    window = own % max(count, 1)
    span = (bounds[window + 1] - bounds[window]).astype(np.float64)
    value_of, good_of = value[piece.reading], good[piece.reading]
    covered = _sums(piece.time, starts)
    weighted = _time_mean(value_of, piece.time, starts, covered)
    stats = _statistics(value_of[piece.own], good_of[piece.own], key[piece.own], own)
    return Windows(
        tag=own // max(count, 1),
        window=window,
        start=bounds[window],
        end=bounds[window + 1],
        time_mean=weighted,
        covered_ratio=covered / span,
        good_time_ratio=_sums(np.where(good_of, piece.time, 0.0), starts) / span,
        **stats,
    )


def _held(tags: IntArray, at: IntArray, longest: float | FloatArray) -> IntArray:
    """How long each value holds [us]: to the next reading of its tag, not at all over a gap."""
    limit = np.asarray(longest, dtype=np.float64)
    limit = limit[tags] if limit.ndim else limit
    step = np.zeros(len(at), dtype=np.int64)
    step[:-1] = at[1:] - at[:-1]
    last = np.ones(len(at), dtype=bool)
    last[:-1] = tags[1:] != tags[:-1]
    return np.where(last | (step > limit), 0, step)


@dataclass(frozen=True)
class _Pieces:
    """Readings cut at the edges: reading's place, window, time [us] in it, and whether the reading
    itself lies in that window."""

    reading: IntArray
    window: IntArray
    time: FloatArray
    own: BoolArray

    def take(self, mask: BoolArray) -> _Pieces:
        if mask.all():
            return self
        return _Pieces(self.reading[mask], self.window[mask], self.time[mask], self.own[mask])

    @classmethod
    def of(cls, start: IntArray, end: IntArray, bounds: IntArray) -> _Pieces:
        count = len(bounds) - 1
        if count < 1:
            none = np.zeros(0, dtype=np.int64)
            return cls(none, none, np.zeros(0), np.zeros(0, dtype=bool))
        first = _window(start, bounds)
        last = np.maximum(_window(end - 1, bounds), first)
        low, high = np.maximum(first, 0), np.minimum(last, count - 1)
        number = np.maximum(high - low + 1, 0)
        reading = np.repeat(np.arange(len(start)), number)
        begun = np.cumsum(number) - number
        window = low[reading] + np.arange(len(reading)) - begun[reading]
        began = np.maximum(start[reading], bounds[window])
        ended = np.minimum(end[reading], bounds[window + 1])
        time = np.maximum(ended - began, 0).astype(np.float64)
        return cls(reading, window, time, window == first[reading])


def _window(instants: IntArray, bounds: IntArray) -> IntArray:
    """Place of each instant's window: -1 before the first, len(bounds) - 1 after the last."""
    length = int(bounds[1] - bounds[0])
    if (np.diff(bounds) == length).all():
        places: IntArray = np.clip((instants - bounds[0]) // length, -1, len(bounds) - 1)
    else:
        places = np.searchsorted(bounds, instants, side="right") - 1
    return places


def _starts(key: IntArray) -> IntArray:
    begins = np.concatenate([np.ones(min(len(key), 1), bool), key[1:] != key[:-1]])
    places: IntArray = np.flatnonzero(begins)
    return places


def _sums(amount: FloatArray, starts: IntArray) -> FloatArray:
    sums: FloatArray = np.add.reduceat(amount, starts) if len(starts) else np.zeros(0)
    return sums


def _time_mean(
    value: FloatArray, time: FloatArray, starts: IntArray, covered: FloatArray
) -> FloatArray:
    """Weighted about each window's first value, so that a constant stays what it is."""
    lengths = np.diff(np.append(starts, len(value)))
    base = value[starts]
    above = _sums((value - np.repeat(base, lengths)) * time, starts)
    some = covered > 0
    return np.where(some, base + above / np.where(some, covered, 1.0), np.nan)


def _statistics(value: FloatArray, good: BoolArray, key: IntArray, own: IntArray) -> dict[str, Any]:
    """Of the readings in each window, laid out over the windows `own` (NaN where there is none)."""
    starts = _starts(key)
    place = np.searchsorted(own, key[starts])
    counts = np.diff(np.append(starts, len(value)))
    base = value[starts]
    above = value - np.repeat(base, counts)
    shift = _sums(above, starts) / counts
    spread = _sums((above - np.repeat(shift, counts)) ** 2, starts)
    several = counts > 1
    found = {
        "min": np.minimum.reduceat(value, starts) if len(starts) else base,
        "max": np.maximum.reduceat(value, starts) if len(starts) else base,
        "mean": base + shift,
        "std": np.where(several, np.sqrt(spread / np.where(several, counts - 1, 1)), np.nan),
        "first": base,
        "last": value[starts + counts - 1],
        "good_ratio": _sums(good.astype(np.float64), starts) / counts,
    }
    laid: dict[str, Any] = {}
    for name, column in found.items():
        laid[name] = np.full(len(own), np.nan)
        laid[name][place] = column
    laid["count"] = np.zeros(len(own), dtype=np.int64)
    laid["count"][place] = counts
    return laid
