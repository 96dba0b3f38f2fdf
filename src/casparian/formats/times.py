"""Times as people and machines write them, to UTC microseconds.

The zone of a source and its daylight-saving fold are settled here and nowhere else. A local time
that occurs twice (the night the clocks go back) is told apart by the order of the records: the
second pass begins where the local time falls back by more than half an hour. A local time that
never was (the hour the clocks skip) is unreadable.

Source: ISO 8601-1:2019 for the written form; PEP 495 for the word fold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.base import UnreadableFile

UTC_US = pa.timestamp("us", tz="UTC")
NAIVE_US = pa.timestamp("us")
SECOND = 1_000_000
FALL_BACK = 1800 * SECOND  # local time dropping by more than this means the second pass

_TIME = r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp][Mm])?)?"
_OFFSET = r"\s*(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_ISO = re.compile(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME + _OFFSET + r"\s*\Z")
_LOCAL = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})" + _TIME + _OFFSET + r"\s*\Z")


@dataclass(frozen=True)
class Layout:
    """How a column writes its times. `order` is ymd, dmy or mdy."""

    order: str = "ymd"


def zone(name: str | None) -> ZoneInfo:
    """The zone of that IANA name, UTC for None. Raises UnreadableFile for a name nobody knows."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UnreadableFile(f"No time zone is called '{name}': use a name like Europe/Berlin.") from error


def detect_layout(samples: Iterable[str | None], zone_name: str | None = None) -> Layout:
    """The order of day, month and year from sample texts.

    Where no sample tells (every day is 12 or less), American zones read month first.
    """
    american = (zone_name or "").startswith(("America/", "US/"))
    for text in samples:
        if not text:
            continue
        if _ISO.match(text):
            return Layout("ymd")
        if local := _LOCAL.match(text):
            if int(local[1]) > 12:
                return Layout("dmy")
            if int(local[2]) > 12:
                return Layout("mdy")
    return Layout("mdy" if american else "dmy")


class Clock:
    """Turns one file's text times into UTC, record order kept. One instance a file and column.

    zone_name: IANA zone of times without an offset; None reads them as UTC.
    """

    def __init__(self, zone_name: str | None = None, layout: Layout | None = None):
        self.zone = zone(zone_name)
        self.layout = layout or Layout()
        self._folds = _Folds()
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
        if self._native and self.layout.order == "ymd":
            try:
                return self._from_iso(values, index, series)
            except pa.ArrowInvalid:
                self._native = False
        return self._from_any(text, series)

    def naive(self, local: pa.Array, series: pa.Array | None = None) -> pa.Array:
        """The same for timestamp[us] without zone, as Excel stores them."""
        values = local.cast(pa.int64()).to_numpy(zero_copy_only=False)
        known = local.is_valid().to_numpy(zero_copy_only=False)
        return self._localise(np.nan_to_num(values).astype(np.int64), known, series)

    def _from_iso(self, text: pa.Array, index: pa.Array | None, series: pa.Array | None) -> pa.Array:
        """Arrow's own parser; `index` spreads the distinct texts over the records."""
        first = text[pc.index(text.is_valid(), True).as_py()].as_py()
        fixed = re.search(r"(Z|[+-]\d\d:?\d\d)$", first) is not None
        stamps = pc.cast(text, UTC_US if fixed else NAIVE_US)
        stamps = stamps if index is None else stamps.take(index)
        return stamps if fixed else self.naive(stamps, series)

    def _from_any(self, text: pa.Array, series: pa.Array | None) -> pa.Array:
        """Value by value, each distinct text once: slow, for layouts Arrow does not read."""
        coded = text if pa.types.is_dictionary(text.type) else text.dictionary_encode()
        parsed = [self._parse(value) for value in coded.dictionary.to_pylist()]
        index = coded.indices.fill_null(len(parsed)).to_numpy()
        micros = np.array([p[0] for p in parsed] + [0], dtype=np.int64)[index]
        kinds = np.array([p[1] for p in parsed] + [0], dtype=np.int8)[index]
        local = self._localise(micros, kinds == 1, series)
        fixed = pa.array(micros, mask=kinds != 2).cast(UTC_US)
        return pc.coalesce(local, fixed)

    def _parse(self, text: str) -> tuple[int, int]:
        """Microseconds and what they count: 0 nothing, 1 local time, 2 UTC."""
        found = _ISO.match(text)
        order = "ymd" if found else self.layout.order
        found = found or _LOCAL.match(text)
        if not found or (order == "ymd" and not _ISO.match(text)):
            return 0, 0
        day = dict(zip(order, found.groups()[:3], strict=True))
        hour, minute, second, fraction, half, offset = found.groups()[3:]
        try:
            stamp = datetime(int(day["y"]), int(day["m"]), int(day["d"]), _hour(hour, half), int(minute or 0), int(second or 0))
        except ValueError:
            return 0, 0
        micros = _micros(stamp) + int((fraction or "0").ljust(6, "0")[:6])
        return (micros, 1) if not offset else (micros - _offset(offset), 2)

    def _localise(self, local: np.ndarray, known: np.ndarray, series: pa.Array | None) -> pa.Array:
        if not known.any():
            return pa.nulls(len(local), UTC_US)
        low, high = int(local[known].min()), int(local[known].max())
        shift = _steady_offset(str(self.zone), low, high)
        if shift is not None:
            return pa.array(local - shift, mask=~known).cast(UTC_US)
        return self._across_transition(local, known, series)

    def _across_transition(self, local: np.ndarray, known: np.ndarray, series: pa.Array | None) -> pa.Array:
        naive = pa.array(local, mask=~known).cast(NAIVE_US)
        name = str(self.zone)
        early = pc.assume_timezone(naive, name, ambiguous="earliest", nonexistent="earliest")
        late = pc.assume_timezone(naive, name, ambiguous="latest", nonexistent="latest")
        ambiguous = pc.fill_null(pc.less(early, late), False).to_numpy(zero_copy_only=False)
        real = pc.equal(pc.local_timestamp(early), naive)
        second = self._folds.second_pass(local, ambiguous, series)
        stamps = pc.if_else(pa.array(second), late, early).cast(UTC_US)
        return pc.if_else(real, stamps, pa.scalar(None, UTC_US))


class _Folds:
    """Which of the ambiguous local times belong to the second pass, told by record order."""

    def __init__(self) -> None:
        self.top = 0
        self.second = False
        self.seen: set[object] = set()

    def second_pass(self, local: np.ndarray, ambiguous: np.ndarray, series: pa.Array | None) -> np.ndarray:
        """bool a record: True where it is ambiguous and of the second pass."""
        result = np.zeros(len(local), dtype=bool)
        places = np.flatnonzero(ambiguous)
        if not len(places):
            return result
        times = local[places]
        names = np.array(series.take(pa.array(places)).to_pylist(), dtype=object) if series is not None else None
        for start, stop in self._segments(times):
            self._enter(times[start:stop], names[start:stop] if names is not None else None, start > 0)
            result[places[start:stop]] = self.second
        return result

    def _segments(self, times: np.ndarray) -> list[tuple[int, int]]:
        top = np.maximum.accumulate(np.maximum(times, self.top))
        cuts, start = [], 0
        while True:
            fallen = np.flatnonzero(times[start:] < top[start:] - FALL_BACK)
            if not len(fallen):
                return [*cuts, (start, len(times))]
            stop = start + int(fallen[0])
            if stop > start:
                cuts.append((start, stop))
            self.top, start = 0, stop
            self._fell = True
            top = np.concatenate([top[:start], np.maximum.accumulate(times[start:])])

    _fell = False

    def _enter(self, times: np.ndarray, names: np.ndarray | None, later: bool) -> None:
        here = {None} if names is None else set(names.tolist())
        if self._fell or later:
            self.second = bool(here & self.seen)
            self._fell = False
        if not self.second:
            self.seen |= here
        self.top = int(times.max())


@lru_cache(maxsize=4096)
def _day_offset(name: str, day: int) -> int | None:
    """Offset from UTC in microseconds if the zone keeps it all that local day, else None."""
    start = datetime(1970, 1, 1) + timedelta(days=day)
    tz = ZoneInfo(name)
    edges = [start.replace(tzinfo=tz), (start + timedelta(days=1)).replace(tzinfo=tz)]
    offsets = {edge.replace(fold=fold).utcoffset() for edge in edges for fold in (0, 1)}
    if len(offsets) != 1:
        return None
    only = offsets.pop()
    return int(only.total_seconds()) * SECOND if only is not None else 0


def _steady_offset(name: str, low: int, high: int) -> int | None:
    """The one offset that holds from local `low` to `high`, or None where it changes."""
    first, last = low // (86400 * SECOND), high // (86400 * SECOND)
    if last - first > 800:
        return 0 if name == "UTC" else None
    try:
        offsets = {_day_offset(name, day) for day in range(first, last + 1)}
    except OverflowError:
        return 0
    return offsets.pop() if len(offsets) == 1 else None


def _hour(text: str | None, half: str | None) -> int:
    hour = int(text or 0)
    if half is None:
        return hour
    return hour % 12 + (12 if half.lower() == "pm" else 0)


def _micros(stamp: datetime) -> int:
    return (stamp - datetime(1970, 1, 1)) // timedelta(microseconds=1)


def _offset(text: str) -> int:
    if text == "Z":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    micros = (int(digits[:2]) * 3600 + int(digits[2:4]) * 60) * SECOND
    return -micros if text[0] == "-" else micros


def now() -> datetime:
    """The present instant, UTC."""
    return datetime.now(UTC)
