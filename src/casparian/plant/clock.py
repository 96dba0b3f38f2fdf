"""A site's local time over the period, in whole UTC seconds, without a look-up a row."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

FIRST_DAY = date(2025, 10, 25)
_MARGIN_DAYS = 3


class SiteClock:
    """Local days, wall times and offsets of one zone from FIRST_DAY on.

    Instants are UTC epoch seconds (int). A wall time that comes twice means its first coming.
    """

    def __init__(self, zone: str, days: int) -> None:
        self.zone = zone
        self._tz = ZoneInfo(zone)
        self._midnights = [self._wall(day, time()) for day in range(days + _MARGIN_DAYS)]
        self._changes, self._offsets = self._find_offsets()

    def date_of(self, day: int) -> date:
        return FIRST_DAY + timedelta(days=day)

    def midnight(self, day: int) -> int:
        """UTC second at which local day `day` (0 = FIRST_DAY) starts."""
        return self._midnights[day]

    def at(self, day: int, hour: int, minute: int = 0, second: int = 0) -> int:
        """UTC second of a local wall time; hours of 24 and more fall on later days."""
        return self._wall(day + hour // 24, time(hour % 24, minute, second))

    def offset(self, instant: int) -> int:
        """Seconds that local time is ahead of UTC at `instant`."""
        return self._offsets[bisect_right(self._changes, instant) - 1]

    def offsets(self, instants: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Offset [s] at each UTC second."""
        return np.array(self._offsets)[np.searchsorted(self._changes, instants, side="right") - 1]

    def change_within(self, day: int) -> int | None:
        """UTC second of a change of offset inside local day `day`, if there is one."""
        start, end = self.midnight(day), self.midnight(day + 1)
        inside = [change for change in self._changes[1:] if start < change < end]
        return inside[0] if inside else None

    def naive(self, instant: int) -> datetime:
        """The local wall clock, without zone."""
        moment = datetime.fromtimestamp(instant, UTC)
        return moment.replace(tzinfo=None) + timedelta(seconds=self.offset(instant))

    def iso(self, instant: int) -> str:
        """Local time with offset, e.g. 2025-10-25T06:00:00+02:00."""
        offset = self.offset(instant)
        sign = "-" if offset < 0 else "+"
        hours, minutes = divmod(abs(offset) // 60, 60)
        return f"{self.naive(instant).isoformat()}{sign}{hours:02d}:{minutes:02d}"

    def _wall(self, day: int, wall: time) -> int:
        return int(datetime.combine(self.date_of(day), wall, self._tz).timestamp())

    def _zone_offset(self, instant: int) -> int:
        offset = datetime.fromtimestamp(instant, self._tz).utcoffset()
        return int((offset or timedelta()).total_seconds())

    def _find_offsets(self) -> tuple[list[int], list[int]]:
        changes = [self._midnights[0] - 86_400]
        offsets = [self._zone_offset(changes[0])]
        for end in self._midnights:
            if self._zone_offset(end) != offsets[-1]:
                changes.append(self._bisect(changes[-1], end, offsets[-1]))
                offsets.append(self._zone_offset(end))
        return changes, offsets

    def _bisect(self, low: int, high: int, before: int) -> int:
        while high - low > 1:
            middle = (low + high) // 2
            if self._zone_offset(middle) == before:
                low = middle
            else:
                high = middle
        return high


def utc_iso(milliseconds: int) -> str:
    """UTC time with milliseconds and Z, from epoch milliseconds."""
    minute, rest = divmod(milliseconds, 60_000)
    return f"{_minute_text(minute)}{rest // 1000:02d}.{rest % 1000:03d}Z"


@lru_cache(maxsize=4096)
def _minute_text(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%M:}"
