"""Edges of windows: of one length, or by a plant's calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from casparian.kpi.intervals import IntArray

DAY = 86_400_000_000


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
