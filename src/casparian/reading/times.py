"""Times as people and machines write them, to UTC microseconds.

The zone of a source and its daylight-saving fold are settled here and nowhere else. A local time
that occurs twice (the night the clocks go back) is told apart by the order of the records: the
second pass begins where the local time falls back by half of the repeated span or more (half an
hour nearly everywhere). A file that lists newest first has its second pass first. A local time
that never was (the hour the clocks skip) is unreadable.

Source: ISO 8601-1:2019 for the written form; PEP 495 for the word fold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.base import UnreadableFile
from casparian.reading.time_text import (
    DAY,
    FIXED,
    LOCAL,
    NAIVE_US,
    SECOND,
    is_year_first,
    likely_order,
    number_of,
    order_of,
    parse,
    parse_each,
    parse_numbers,
)
from casparian.reading.time_text import UTC_US as UTC_US

MINUTE = 60 * SECOND
DIRECTION_SAMPLES = 200
FIRST, LAST = -719_162 * DAY, 2_932_897 * DAY - 1  # microseconds of the years 1 to 9999
_PLAIN_FIXED = r"(Z|[+-]\d\d:?\d\d)$"


@dataclass(frozen=True)
class Layout:
    """How a column writes its times.

    order: ymd, dmy or mdy; yy where a year of two digits stands first. guessed: nothing proved it.
    number: the unit where times are numbers (excel, s, ms, us, ns, filetime, ticks), else None.
    """

    order: str = "ymd"
    newest_first: bool = False
    number: str | None = None
    guessed: bool = False


def zone(name: str | None) -> ZoneInfo:
    """The zone of that IANA name, UTC for None. Raises UnreadableFile for a name nobody knows."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UnreadableFile(
            f"No time zone is called '{name}': use a name like Europe/Berlin."
        ) from error


def detect_layout(samples: Iterable[str | None], zone_name: str | None = None) -> Layout:
    """The order of day, month and year, and the direction, from sample texts in file order.

    Where no sample tells (every day is 12 or less), American zones and times of half a day read
    month first. Numbers are times where all samples are numbers of one unit.
    """
    texts = [text for text in samples if text]
    if number := number_of(texts):
        micros, _ = parse_numbers(pa.array(texts[:DIRECTION_SAMPLES], pa.string()), number)
        return Layout("ymd", _falls(micros.tolist()), number)
    proved = next((found for text in texts if (found := order_of(text))), None)
    if is_year_first(texts):
        proved = "yy"
    american = (zone_name or "").startswith(("America/", "US/"))
    order, guessed = (proved, False) if proved else likely_order(texts, american)
    falls = _falls([parse(text, order)[0] for text in texts[:DIRECTION_SAMPLES]])
    return Layout(order, falls, guessed=guessed)


def guess_note(order: str) -> str:
    """What a person should know where nothing told day and month apart."""
    first = "month" if order == "mdy" else "day"
    return f"The first records do not tell day from month: dates are read {first} first."


def _falls(micros: list[int]) -> bool:
    steps = [later - earlier for earlier, later in pairwise(micros) if later != earlier]
    return len(steps) > 1 and sum(step < 0 for step in steps) > 0.8 * len(steps)


class Clock:
    """Turns one file's text times into UTC, record order kept. One instance a file and column.

    zone_name: IANA zone of times without an offset; None reads them as UTC.
    """

    def __init__(self, zone_name: str | None = None, layout: Layout | None = None):
        self.zone = zone(zone_name)
        self.layout = layout or Layout()
        self._folds = _Folds(self.layout.newest_first)
        self._native = True  # until a batch shows that Arrow's own parser does not do

    def utc(self, text: pa.Array, series: pa.Array | None = None) -> pa.Array:
        """timestamp[us, UTC] of text; null where it is null or no time.

        series: what tells the time series apart (a tag), for files that list one tag after
        another; None when all records share one clock.
        """
        coded = pa.types.is_dictionary(text.type)
        values, index = (text.dictionary, text.indices) if coded else (text, None)
        if text.null_count == len(text):
            return pa.nulls(len(text), UTC_US)
        if self._native and self.layout.order == "ymd" and self.layout.number is None:
            try:
                return in_calendar(self._from_iso(values, index, series))
            except pa.ArrowInvalid:
                self._native = False
        return in_calendar(self._from_any(text, series))

    def naive(self, local: pa.Array, series: pa.Array | None = None) -> pa.Array:
        """The same for timestamp[us] without zone, as Excel stores them."""
        values = local.cast(pa.int64()).fill_null(0).to_numpy()
        known = local.is_valid().to_numpy(zero_copy_only=False)
        return in_calendar(self._localise(values, known, series))

    def _from_iso(
        self, text: pa.Array, index: pa.Array | None, series: pa.Array | None
    ) -> pa.Array:
        """Arrow's own parser; `index` spreads the distinct texts over the records."""
        first = text[pc.index(text.is_valid(), True).as_py()].as_py()
        fixed = re.search(_PLAIN_FIXED, first) is not None
        stamps = pc.cast(text, UTC_US if fixed else NAIVE_US)
        stamps = stamps if index is None else stamps.take(index)
        return stamps if fixed else self.naive(stamps, series)

    def _from_any(self, text: pa.Array, series: pa.Array | None) -> pa.Array:
        """Each distinct text once; those that Arrow does not read one by one."""
        coded = text if pa.types.is_dictionary(text.type) else text.dictionary_encode()
        if self.layout.number:
            own_micros, own_kinds = parse_numbers(coded.dictionary, self.layout.number)
        else:
            own_micros, own_kinds = parse_each(coded.dictionary, self.layout.order)
        index = coded.indices.fill_null(len(own_kinds)).to_numpy()
        micros, kinds = np.append(own_micros, 0)[index], np.append(own_kinds, 0)[index]
        local = self._localise(micros, kinds == LOCAL, series)
        fixed = pa.array(micros, mask=kinds != FIXED).cast(UTC_US)
        return pc.coalesce(local, fixed)

    def _localise(self, local: np.ndarray, known: np.ndarray, series: pa.Array | None) -> pa.Array:
        if not known.any():
            return pa.nulls(len(local), UTC_US)
        low, high = int(local[known].min()), int(local[known].max())
        shift = _steady_offset(str(self.zone), low, high)
        if shift is not None:
            return pa.array(local - shift, mask=~known).cast(UTC_US)
        return self._day_by_day(local, known, series)

    def _day_by_day(
        self, local: np.ndarray, known: np.ndarray, series: pa.Array | None
    ) -> pa.Array:
        """Days that keep one offset by that, the others minute by minute.

        By Python's zones, which come with the package, where Arrow needs those of the system.
        """
        days, place = np.unique(local // DAY, return_inverse=True)
        offsets = [_day_offset(str(self.zone), int(day)) for day in days]
        settled = known & np.array([offset is not None for offset in offsets])[place]
        shifts = np.array([offset or 0 for offset in offsets], dtype=np.int64)[place]
        steady = pa.array(local - shifts, mask=~settled).cast(UTC_US)
        if not (known & ~settled).any():
            return steady
        return pc.coalesce(steady, self._across_transition(local, known & ~settled, series))

    def _across_transition(
        self, local: np.ndarray, known: np.ndarray, series: pa.Array | None
    ) -> pa.Array:
        minutes, place = np.unique(local[known] // MINUTE, return_inverse=True)
        offsets = np.array([_minute_offsets(self.zone, int(minute)) for minute in minutes])
        early, late = local.copy(), local.copy()
        early[known] -= offsets[place, 0]
        late[known] -= offsets[place, 1]
        repeated = pa.array(np.maximum(late - early, 0))
        second = self._folds.second_pass(local, early < late, repeated, series)
        never = early > late  # the clocks skip it
        return pa.array(np.where(second, late, early), mask=~known | never).cast(UTC_US)


def in_calendar(stamps: pa.Array) -> pa.Array:
    """Null before year 1 and after 9999, where an offset may lead: nobody could read those."""
    micros = stamps.cast(pa.int64())
    ends = pc.min_max(micros).as_py()
    if ends["min"] is None or (ends["min"] >= FIRST and ends["max"] <= LAST):
        return stamps
    held = pc.and_(pc.greater_equal(micros, FIRST), pc.less_equal(micros, LAST))
    return pc.if_else(held, stamps, None)


class _Folds:
    """Which of the ambiguous local times belong to the second pass, told by record order.

    Record by record, so that it does not matter how the file is cut into batches. Files list
    their series side by side, where one clock serves all, or one series after another, where each
    begins with its first pass again: the latter until a series comes back after another.
    """

    def __init__(self, newest_first: bool = False) -> None:
        self.sign = -1 if newest_first else 1
        self._begin(0)

    def _begin(self, day: int) -> None:
        """Another night: nothing of the last one holds."""
        self.day, self.top, self.second = day, np.iinfo(np.int64).min // 2, False
        self.seen: set[object] = set()
        self.previous: object = None
        self.side_by_side = False

    def second_pass(
        self, local: np.ndarray, ambiguous: np.ndarray, repeated: pa.Array, series: pa.Array | None
    ) -> np.ndarray:
        """bool a record: True where it is ambiguous and of the second pass.

        repeated: microseconds that the clocks went back, a record.
        """
        result = np.zeros(len(local), dtype=bool)
        places = np.flatnonzero(ambiguous)
        if not len(places):
            return result
        index = pa.array(places)
        names = [None] * len(places) if series is None else series.take(index).to_pylist()
        spans = repeated.take(index).to_pylist()
        times = local[places].tolist()
        later = [self._later(*record) for record in zip(times, names, spans, strict=True)]
        result[places] = np.array(later) ^ (self.sign < 0)
        return result

    def _later(self, time: int, name: object, span: int) -> bool:
        """Whether this record is of the pass that comes later in the file."""
        if time // DAY != self.day:
            self._begin(time // DAY)
        time *= self.sign
        if name != self.previous:
            self.side_by_side |= name in self.seen
            if name not in self.seen and not self.side_by_side:
                self.second, self.top = False, time
        if time <= self.top - span // 2:
            self.second, self.top = True, time
        self.top = max(self.top, time)
        self.previous = name
        self.seen.add(name)
        return self.second


def _minute_offsets(tz: ZoneInfo, minute: int) -> tuple[int, int]:
    """Offsets from UTC in microseconds of a local minute, in its first and its second pass.

    They are equal but for a minute that occurs twice (the first is greater) or never (PEP 495).
    """
    local = (datetime(1970, 1, 1) + timedelta(minutes=minute)).replace(tzinfo=tz)
    passes = (local.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    first, second = (offset // timedelta(microseconds=1) for offset in passes)
    return first, second


@lru_cache(maxsize=8192)
def _day_offset(name: str, day: int) -> int | None:
    """Offset from UTC in microseconds if the zone keeps it all that local day, else None."""
    tz = ZoneInfo(name)
    try:
        start = datetime(1970, 1, 1) + timedelta(days=day)
        edges = [start.replace(tzinfo=tz), (start + timedelta(days=1)).replace(tzinfo=tz)]
        offsets = {edge.replace(fold=fold).utcoffset() for edge in edges for fold in (0, 1)}
    except OverflowError:  # the first and the last day of the calendar
        return None
    only = offsets.pop() if len(offsets) == 1 else None
    return int(only.total_seconds()) * SECOND if only is not None else None


def _steady_offset(name: str, low: int, high: int) -> int | None:
    """The one offset that holds from local `low` to `high`, or None where it changes."""
    first, last = low // DAY, high // DAY
    if last - first > 800:
        return 0 if name == "UTC" else None
    offsets = {_day_offset(name, day) for day in range(first, last + 1)}
    return offsets.pop() if len(offsets) == 1 else None


def now() -> datetime:
    """The present instant, UTC."""
    return datetime.now(UTC)
