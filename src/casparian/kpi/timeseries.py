"""Readings as series in time: gaps, values between readings, and roll-ups by windows.

All instants and durations are int64 [us], instants since 1970 UTC; values are float64 in the unit
of their tag. A missing value is NaN, and a reading of NaN says that from then on the value is
unknown: nothing is held or drawn across it. Readings stand in the order of time (`roll_up` also
takes many tags, in any order).

A value holds from its reading to the next one (a step, as a historian draws a stored value). Where
the next is further away than `longest`, or there is none, it does not hold at all: a gap is a gap
and is not filled. So what is said of an instant depends on no reading further away than `longest`.

Sources: OPC UA Part 13 (Aggregates) 1.05, clauses 5.4.3.3 (stepped and sloped interpolation),
5.4.3.6 (time average) and 5.4.3.26 (percent good), for the meaning of the aggregates; Tukey,
Exploratory Data Analysis (1977), section 2C, for fences round what is usual.

>>> import numpy as np
>>> minute = 60_000_000
>>> at = np.array([0, 1, 2, 3, 4, 5, 9, 10]) * minute
>>> value = np.array([1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 5.0])
>>> usual = rhythm(at)
>>> int(usual.interval / minute), int(usual.longest / minute)
(1, 3)
>>> gaps(at, usual.longest)  # between 5 and 9 minutes
array([5])
>>> found, kind = interpolate(at, value, at[:2] + minute // 2, "linear", usual.longest)
>>> found, [KINDS[k] for k in kind]
(array([1., 1.]), ['linear', 'linear'])
>>> rolled = roll_up(np.zeros(8, int), at, value, value < 5, edges(0, 12 * minute, 6 * minute))
>>> rolled.count, rolled.mean, rolled.first, rolled.last
(array([6, 2]), array([2., 4.]), array([1., 3.]), array([3., 5.]))
>>> rolled.time_mean  # 3 holds through the gap, for nothing forbids it here; 5 has no end
array([2., 3.])
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from casparian.kpi.intervals import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

DAY = 86_400_000_000
FACTOR = 3.0  # intervals without a reading that make a gap
FENCE = 10.0  # interquartile ranges above the third quartile; 4 in a million of a Poisson process
SLOW_SHARE, SLOW_LEAST = 0.05, 20  # so many long intervals are a rhythm of their own
KINDS = ("none", "measured", "step", "linear")  # what `interpolate` says of each value
NONE, MEASURED, STEP, LINEAR = range(4)
CHUNK = 1 << 20  # readings rolled up in one pass


@dataclass(frozen=True)
class Rhythm:
    """How often a tag is read. interval: usual time between readings [us]; longest: time between
    readings beyond which there is a gap [us]. Both are infinite for fewer than two readings of a
    tag whose interval nobody states."""

    interval: float
    longest: float


def rhythm(at: IntArray, interval: float | None = None, factor: float = FACTOR) -> Rhythm:
    """The tag's own rhythm, told from the times between its readings.

    interval: what the tag list states [us]; None takes the median. A gap is longer than `factor`
    intervals and beyond what is usual for the tag: a tag that is logged when it changes has long
    and short intervals, and only what lies far outside its quartiles is a gap. Where one interval
    in 20 lies outside, they are the tag's slow rhythm (a reading at least every so often), and
    count as usual. Readings at the same instant tell nothing.
    """
    steps = np.diff(at)
    steps = steps[steps > 0].astype(np.float64)
    if not len(steps):
        stated = float("inf") if interval is None else float(interval)
        return Rhythm(stated, stated * factor)
    low, middle, high = np.percentile(steps, (25, 50, 75))
    usual = float(middle if interval is None else interval)
    longest = max(factor * usual, high + FENCE * (high - low))
    slow = steps[steps > longest]
    if len(slow) >= SLOW_LEAST and len(slow) >= SLOW_SHARE * len(steps):
        longest = max(longest, factor * float(np.median(slow)))
    return Rhythm(usual, float(longest))


def gaps(at: IntArray, longest: float) -> IntArray:
    """int64: places i such that from at[i] to at[i + 1] there is more time than `longest`."""
    return np.flatnonzero(np.diff(at) > longest)


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


def edges(start: int, end: int, length: int, origin: int = 0) -> IntArray:
    """int64[m + 1]: edges of windows of `length` that cover start (inclusive) to end (exclusive).

    They are aligned to `origin`. No time at all has no window: one edge.
    """
    first = (start - origin) // length
    last = -((origin - end) // length) if end > start else first
    return origin + np.arange(first, last + 1, dtype=np.int64) * length


def local_edges(
    start: int, end: int, length: int, zone: str, day_start: timedelta = timedelta()
) -> IntArray:
    """The same by the calendar of an IANA zone, days beginning at `day_start` local time.

    Whole days are as long as the calendar makes them (23 or 25 hours where the clocks change) and
    several days count from 1970-01-01. Shorter windows begin anew with each day: the last of a day
    may be shorter. A day's start that the clocks skip is when they skip it.
    """
    tz = ZoneInfo(zone)
    days = max(1, length // DAY)
    first = (_local_date(start, tz, day_start) - date(1970, 1, 1)).days // days * days
    marks: list[int] = []
    while not marks or marks[-1] < end:
        marks.append(_day_edge(first, tz, day_start))
        first += days
    whole = np.array(marks, dtype=np.int64)
    if length < DAY:
        inner = [np.arange(a, b, length, dtype=np.int64) for a, b in pairwise(marks)]
        whole = np.concatenate([*inner, whole[-1:]])
    begin = int(np.searchsorted(whole, start, side="right")) - 1
    finish = int(np.searchsorted(whole, end, side="left"))
    return whole[max(begin, 0) : finish + 1]


def _local_date(instant: int, tz: ZoneInfo, day_start: timedelta) -> date:
    local = (datetime(1970, 1, 1) + timedelta(microseconds=instant)).replace(tzinfo=ZoneInfo("UTC"))
    moved = local.astimezone(tz).replace(tzinfo=None) - day_start
    return moved.date() - timedelta(days=1)  # a day to spare, for the clocks' sake


def _day_edge(day: int, tz: ZoneInfo, day_start: timedelta) -> int:
    local = (datetime(1970, 1, 1) + timedelta(days=day) + day_start).replace(tzinfo=tz)
    naive = local.replace(tzinfo=None) - (local.utcoffset() or timedelta())
    return (naive - datetime(1970, 1, 1)) // timedelta(microseconds=1)


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
    if len(tags) < 2:
        return tags, at, value, good
    same = tags[1:] == tags[:-1]
    if ((tags[1:] > tags[:-1]) | (same & (at[1:] >= at[:-1]))).all():
        return tags, at, value, good
    order = np.lexsort((at, tags))
    return tags[order], at[order], value[order], good[order]


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
