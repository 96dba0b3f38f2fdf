"""Readings to CSV bytes, without a Python step a row: every row is laid out in fixed columns of
bytes by table look-ups, and the unused (zero) bytes are squeezed out at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
import numpy.typing as npt

from casparian.plant.clock import SiteClock
from casparian.plant.lines import Site
from casparian.plant.readings import (
    BAD_TIMESTAMP,
    MISSING_TAG,
    NUMBER,
    QUALITIES,
    TEXTS,
    Readings,
)
from casparian.plant.tags import Tag

Bytes = npt.NDArray[np.uint8]
_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1)
_VALUE_WIDTH = 11  # sign, six digits, point, three decimals


@dataclass(frozen=True)
class Style:
    """How a site's historian writes. date: strftime pattern with what stands before the time."""

    separator: str
    point: str
    date: str
    end_of_time: str
    newline: str
    local: bool
    encoding: str


def style_of(site: Site, utf16: bool) -> Style:
    if utf16:
        return Style(";", ",", "%d.%m.%Y ", "", site.newline, True, "utf-16-le")
    if site.site_id == "HAM":
        return Style(",", ".", "%Y-%m-%d ", "", site.newline, True, "ascii")
    return Style(",", ".", "%Y-%m-%dT", "Z", site.newline, False, "ascii")


def table(texts: list[str]) -> Bytes:
    """ASCII texts as rows of bytes, padded with zeros to the longest."""
    width = max(1, *(len(text) for text in texts))
    rows = b"".join(text.encode("ascii").ljust(width, b"\0") for text in texts)
    return np.frombuffer(rows, dtype=np.uint8).reshape(len(texts), width)


_THREE = table([f"{i:03d}" for i in range(1000)])
# Thousands, without leading zeros; then the three digits below: full, or without leading zeros.
_HIGH = table([str(i) if i else "" for i in range(1000)])
_LOW = np.concatenate([_THREE, table([str(i) for i in range(1000)])])
_MINUTES = table([f"{i // 60:02d}:{i % 60:02d}:" for i in range(1440)])


@cache
def _seconds_table(point: str) -> Bytes:
    """Row = millisecond of the minute: seconds with three decimals."""
    return table([f"{i // 1000:02d}{point}{i % 1000:03d}" for i in range(60_000)])


@cache
def _decimals_table(point: str) -> Bytes:
    """Row 1000·decimals + thousandths: the decimals to show, with their point."""
    return table(
        [
            point + f"{i:03d}"[:decimals] if decimals else ""
            for decimals in range(4)
            for i in range(1000)
        ]
    )


class Layout:
    """Tables for one style and one line's tags."""

    def __init__(self, style: Style, tags: tuple[Tag, ...]) -> None:
        sep = style.separator
        self.style = style
        self._seconds = _seconds_table(style.point)
        self._tags = table([f"{style.end_of_time}{sep}{tag.name}{sep}" for tag in tags]
                           + [f"{style.end_of_time}{sep}{sep}"])  # fmt: skip
        self._qualities = table([f"{sep}{quality}{style.newline}" for quality in QUALITIES])
        self._frac = _decimals_table(style.point)
        self._decimals = np.array([tag.decimals for tag in tags], dtype=np.int64)
        self._texts = table([text.ljust(_VALUE_WIDTH, "\0") for text in TEXTS])

    def header(self) -> str:
        return self.style.separator.join(("Timestamp", "Tag", "Value", "Quality"))

    def rows(self, readings: Readings, clock: SiteClock) -> Bytes:
        """One row of bytes a reading, zero where nothing stands."""
        tag = np.where(readings.fate == MISSING_TAG, len(self._decimals), readings.tag)
        parts = [
            *self._times(readings, clock),
            self._tags[tag],
            self._values(readings),
            self._qualities[readings.quality],
        ]
        return np.concatenate(parts, axis=1)

    def time_text(self, at_ms: int, clock: SiteClock) -> str:
        """One instant as this file writes it."""
        local = at_ms + (clock.offset(at_ms // 1000) * 1000 if self.style.local else 0)
        day, ms = divmod(local, _DAY_MS)
        minute, rest = divmod(ms, 60_000)
        clock_time = f"{minute // 60:02d}:{minute % 60:02d}:{rest // 1000:02d}"
        fraction = f"{self.style.point}{rest % 1000:03d}{self.style.end_of_time}"
        return (_EPOCH + timedelta(days=day)).strftime(self.style.date) + clock_time + fraction

    def _times(self, readings: Readings, clock: SiteClock) -> list[Bytes]:
        local = readings.logged
        if self.style.local:
            local = local + clock.offsets(readings.at // 1000) * 1000
        day, ms = np.divmod(local, _DAY_MS)
        minute, rest = np.divmod(ms, 60_000)
        first, last = (int(day.min()), int(day.max())) if len(day) else (0, 0)
        dates = [_EPOCH + timedelta(days=d) for d in range(first, last + 1)]
        day_table = table([d.strftime(self.style.date) for d in dates])
        minutes = _MINUTES[minute]
        minutes[readings.fate == BAD_TIMESTAMP] = np.frombuffer(b"25:61:", dtype=np.uint8)
        return [day_table[day - first], minutes, self._seconds[rest]]

    def _values(self, readings: Readings) -> Bytes:
        whole, frac = np.divmod(np.abs(readings.milli), 1000)
        high, low = np.divmod(whole, 1000)
        values = np.zeros((len(readings), _VALUE_WIDTH), dtype=np.uint8)
        values[:, 0] = np.where(readings.milli < 0, ord("-"), 0)
        values[:, 1:4] = _HIGH[high]
        values[:, 4:7] = _LOW[low + 1000 * (high == 0)]
        values[:, 7:11] = self._frac[frac + 1000 * self._decimals[readings.tag]]
        worded = np.flatnonzero(readings.text != NUMBER)
        values[worded] = self._texts[readings.text[worded]]
        return values


def squeeze(rows: Bytes) -> bytes:
    """The bytes of the rows without the zeros."""
    flat = rows.reshape(-1)
    return bytes(flat[flat != 0].tobytes())
