"""Durations as people write them, to seconds: `1:20`, `01:20:30`, `1h 20m`, `PT1H20M`, `95 min`.

Source: ISO 8601-1:2019 5.5.2 for PnYnMnDTnHnMnS (without years and months, which have no length).
"""

from __future__ import annotations

import re
from functools import lru_cache

_UNITS = {
    "d": 86400.0, "day": 86400.0, "days": 86400.0, "tag": 86400.0, "tage": 86400.0,
    "jour": 86400.0, "jours": 86400.0,
    "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "hour": 3600.0, "hours": 3600.0, "std": 3600.0,
    "stunde": 3600.0, "stunden": 3600.0, "heure": 3600.0, "heures": 3600.0, "hora": 3600.0,
    "horas": 3600.0,
    "m": 60.0, "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0, "minuten": 60.0,
    "mn": 60.0, "minuto": 60.0, "minutos": 60.0,
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0, "sek": 1.0, "sekunde": 1.0,
    "sekunden": 1.0, "seconde": 1.0, "secondes": 1.0, "segundos": 1.0,
    "ms": 0.001, "msec": 0.001, "millisecond": 0.001, "milliseconds": 0.001,
}  # fmt: skip
_CLOCK = re.compile(
    r"(?:(\d+)\s*(?:d|days?,?|\.)\s*)?(\d{1,5}):([0-5]?\d)(?::([0-5]?\d(?:[.,]\d+)?))?"
)
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.I)
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)\.?\s*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def unit_seconds(unit: str | None) -> float | None:
    """Seconds in a unit of time by its name, None for an unknown one."""
    return _UNITS.get(unit.strip(" .[]()").casefold()) if unit else None


@lru_cache(maxsize=65536)
def seconds(text: str | None, unit: float | None = None) -> float | None:
    """Seconds of a duration; None for none. unit: seconds that a bare number counts."""
    text = (text or "").strip()
    if found := _CLOCK.fullmatch(text):
        days, hours, minutes, rest = found.groups()
        whole = int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60
        return whole + _number(rest or "0")
    if _NUMBER.fullmatch(text):
        return None if unit is None else _number(text) * unit
    if (found := _ISO.fullmatch(text)) and any(found.groups()):
        days, hours, minutes, rest = (float(part or 0) for part in found.groups())
        return days * 86400 + hours * 3600 + minutes * 60 + rest
    return _parts(text)


def _parts(text: str) -> float | None:
    """`1h 20m`, `1 hour, 20 minutes`."""
    total, place = 0.0, 0
    text = text.replace(", ", " ")
    while place < len(text):
        found = _PART.match(text, place)
        size = unit_seconds(found[2]) if found else None
        if found is None or size is None:
            return None
        total, place = total + _number(found[1]) * size, found.end()
    return total if text else None


def _number(text: str) -> float:
    return float(text.replace(",", "."))
