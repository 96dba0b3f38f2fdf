"""Times as Q-DAS systems write them, as ISO text for the clock.

`17.5.2002/15:38:8`, `5/17/02/15:38`, `02-05-17 15:38:08`: points mean day first, slashes month
first, hyphens year first. Years of two digits are 1970 to 2069.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TIME = r"(?:[/ T.]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,6}))?)?\s*([AaPp][Mm])?)?"
_OFFSET = r"\s*(Z|[-+]\d\d:?\d\d)?\s*\Z"
_FORMS = (
    (re.compile(r"\s*(\d{4}|\d\d)-(\d{1,2})-(\d{1,2})" + _TIME + _OFFSET), "ymd"),
    (re.compile(r"\s*(\d{1,2})\.(\d{1,2})\.(\d{4}|\d\d)" + _TIME + _OFFSET), "dmy"),
    (re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)" + _TIME + _OFFSET), "mdy"),
    (re.compile(r"\s*(\d{4})/(\d{1,2})/(\d{1,2})" + _TIME + _OFFSET), "ymd"),
)


@lru_cache(maxsize=4096)
def iso(text: str) -> str | None:
    """2002-05-17T15:38:08, None for what is no time; a date alone is its midnight."""
    for form, order in _FORMS:
        if found := form.match(text):
            day = dict(zip(order, found.groups()[:3], strict=True))
            if order == "mdy" and int(day["m"]) > 12:
                day["m"], day["d"] = day["d"], day["m"]
            return f"{_year(day['y'])}-{day['m']:0>2}-{day['d']:0>2}T{_clock(*found.groups()[3:])}"
    return None


def _year(text: str) -> str:
    if len(text) == 4:
        return text
    return ("19" if int(text) >= 70 else "20") + text


def _clock(
    hour: str | None,
    minute: str | None,
    second: str | None,
    fraction: str | None,
    half: str | None,
    offset: str | None,
) -> str:
    hours = int(hour or 0)
    if half and 1 <= hours <= 12:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    behind = f".{fraction}" if fraction else ""
    return f"{hours:02d}:{minute or 0:0>2}:{second or 0:0>2}{behind}{offset or ''}"
