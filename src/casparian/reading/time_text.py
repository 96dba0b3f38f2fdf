"""The written forms of a time, to microseconds: what one text says, before any zone.

ISO 8601 in its extended and basic form, local forms with day or month first (two-digit years as
POSIX reads them, months by name in seven languages, half days, 24:00 for the end of a day), zones
by name, and numbers: Excel's serial days, epochs of four units, Windows file times and .NET ticks.
Digits beyond microseconds are cut off.

Source: ISO 8601-1:2019 with Amd 1:2022 (24:00); RFC 5322 4.3 for zones; POSIX.1-2017 strptime for
%y; ECMA-376 part 1, 18.17.4.1 for serial days.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

UTC_US = pa.timestamp("us", tz="UTC")
NAIVE_US = pa.timestamp("us")
SECOND = 1_000_000
DAY = 86400 * SECOND
NOTHING, LOCAL, FIXED = 0, 1, 2  # what microseconds count: no time, local time, UTC

_TIME = (  # 10:30:00, and with points as 10.30.00
    r"(?:(?:[Tt, ]+|-(?=\d\d\.\d\d\.\d\d))"
    r"(\d{1,2})(?:(?::|\.(?=\d\d\.\d\d))(\d{2})(?:(?::|(?<=\.\d\d)\.)(\d{2})"
    r"(?:[.,:](\d{1,12}))?)?)?\s*([AaPp]\.?\s?[Mm]\.?)?)?"
)
# hours east of Greenwich of the zones that RFC 5322 knows by name, and of Europe's
_ZONES = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6,
    "MST": -7, "PDT": -7, "PST": -8, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2,
    "EET": 2, "EEST": 3,
}  # fmt: skip
_OFFSET = (
    r"\s*((?:UTC|GMT)?[+-]\d{2}:?\d{2}|[+-]\d{2}|(?:UTC|GMT)[+-]\d{1,2}|z|"
    + "|".join(sorted(_ZONES, key=len, reverse=True))
    + ")?"
)
_TAIL = _TIME + _OFFSET + r"\s*\Z"
_WEEKDAY = r"\s*(?:[^\W\d_]{2,10}[.,]?\s+(?=[\d^\W_]*\d|[^\W\d_]))?"
_MONTH = r"([^\W\d_]{3,10})\.?"
_ISO = re.compile(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TAIL)
_BASIC = re.compile(
    r"\s*((?:19|20)\d\d)(\d\d)(\d\d)(?:[Tt _-]?(\d\d)(\d\d)(\d\d)?(?:[.,](\d{1,12}))?())?"
    + _OFFSET
    + r"\s*\Z"
)
_LOCAL = re.compile(r"\s*(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})" + _TAIL)
_NAMED = re.compile(
    _WEEKDAY
    + r"(\d{1,2})(?:\.|er|st|nd|rd|th)?[-/. ]\s*(?:de\s+)?"
    + _MONTH
    + r"[-/. ,]\s*(?:de\s+)?(\d{4}|\d{2})"
    + _TAIL
)
_NAMED_FIRST = re.compile(
    _WEEKDAY + _MONTH + r"[-/. ]\s*(\d{1,2})(?:st|nd|rd|th)?[-/. ,]\s*(\d{4})" + _TAIL
)
_YEAR_LAST = re.compile(  # Thu Jan  8 10:30:00 CET 2026, as C and Java write it
    r"\s*[^\W\d_]{2,4}\.?\s+([^\W\d_]{3,4}\.?\s+\d{1,2})(\s+\d{1,2}:\d\d:\d\d\S*(?:\s+\S+)?)"
    r"\s+(\d{4})\s*\Z"
)
_NAMED_LAST = re.compile(r"\s*(\d{4})[-/. ]" + _MONTH + r"[-/. ](\d{1,2})" + _TAIL)
_FORMS = (
    (_NAMED, "dmy"),
    (_NAMED_FIRST, "mdy"),
    (_NAMED_LAST, "ymd"),
    (_BASIC, "ymd"),
)
_PLAIN_ISO = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?"  # what Arrow's own parser reads
_FIXED = r"(Z|[+-]\d\d:?\d\d)$"
_DAY_AND_TIME = (
    r"^\s*(?P<day>.*\d)[Tt, ]+(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)"
    r"(?::(?P<second>[0-5]\d)(?:[.,:](?P<fraction>\d{1,6})\d*)?)?"
    r"\s*(?:(?P<half>[AaPp])\.?\s?[Mm]\.?)?\s*$"
)
_NUMBER = re.compile(r"\s*\d+(?:[.,]\d*)?\s*\Z")
_MONTHS = {
    "jan": 1, "gen": 1, "ene": 1, "feb": 2, "fev": 2, "mar": 3, "mrz": 3, "mrt": 3, "maa": 3,
    "apr": 4, "avr": 4, "abr": 4, "may": 5, "mai": 5, "mei": 5, "mag": 5, "jun": 6, "juin": 6,
    "giu": 6, "jul": 7, "juil": 7, "lug": 7, "aug": 8, "aou": 8, "ago": 8, "sep": 9, "set": 9,
    "oct": 10, "okt": 10, "ott": 10, "out": 10, "nov": 11, "dec": 12, "dez": 12, "dic": 12,
}  # fmt: skip
# unit of a number: least and greatest value that are taken for it (about 1973 to 2096)
_RANGES = {
    "excel": (2e4, 8e4),
    "s": (1e8, 4e9),
    "ms": (1e11, 4e12),
    "us": (1e14, 4e15),
    "filetime": (1.2e17, 1.5e17),  # before "ns", which would be 1973 and 1974
    "ticks": (6.2e17, 6.6e17),  # which would be 1989 and 1990
    "ns": (1e17, 4e18),
}
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9, "filetime": 10**7, "ticks": 10**7}
_BEFORE_1970 = {"filetime": 11_644_473_600, "ticks": 62_135_596_800}  # seconds
_EXCEL_EPOCH_DAYS = 25_569  # from 1899-12-30 to 1970-01-01


def number_of(texts: Sequence[str]) -> str | None:
    """Which unit numbers are times in, if all of these are; None where they are not.

    One of excel, s, ms, us, ns, filetime and ticks.
    """
    if not texts or not all(map(_NUMBER.match, texts)) or all(map(_BASIC.match, texts)):
        return None
    numbers = [float(text.replace(",", ".")) for text in texts]
    low, high = min(numbers), max(numbers)
    return next((unit for unit, (a, b) in _RANGES.items() if a <= low and high < b), None)


def order_of(text: str) -> str | None:
    """The order of day, month and year that this text alone proves: ymd, dmy, mdy or None."""
    if _ISO.match(text) or _BASIC.match(text):
        return "ymd"
    if local := _LOCAL.match(text):
        return "dmy" if int(local[1]) > 12 else "mdy" if int(local[2]) > 12 else None
    return next((order for form, order in _FORMS if form.match(text)), None)


def likely_order(texts: Sequence[str], american: bool) -> tuple[str, bool]:
    """The order where no text proves it: by the half day, the separator and the zone.

    And whether that is a guess: dots are written by those who put the day first.
    """
    local = [found for text in texts if (found := _LOCAL.match(text))]
    halves = any(found[8] for found in local)
    dotted = any("." in found[0][: found.end(3) - found.start()] for found in local)
    order = "mdy" if local and not dotted and (american or halves) else "dmy"
    return order, bool(local) and not dotted


def is_year_first(texts: Sequence[str]) -> bool:
    """Whether `26/01/08` is the year 2026: the first number stays while the last one moves."""
    found = [local for text in texts if (local := _LOCAL.match(text)) and len(local[3]) == 2]
    if len(found) < 2 or any(int(local[2]) > 12 or not 1 <= int(local[3]) <= 31 for local in found):
        return False
    return len({local[1] for local in found}) == 1 < len({local[3] for local in found})


def parse(text: str, order: str) -> tuple[int, int]:
    """Microseconds and what they count: NOTHING, LOCAL or FIXED.

    order: ymd, dmy, mdy, or yy for years of two digits that stand first.
    """
    if found := _ISO.match(text):
        return _instant(found, "ymd")
    if order != "ymd" and (found := _LOCAL.match(text)):
        if order == "yy" and len(found[3]) == 4:
            return 0, NOTHING
        return _instant(found, "ymd" if order == "yy" else order)
    if found := _YEAR_LAST.match(text):
        text = f"{found[1]} {found[3]}{found[2]}"
    for form, own in _FORMS:
        if found := form.match(text):
            return _instant(found, own)
    return 0, NOTHING


def _instant(found: re.Match[str], order: str) -> tuple[int, int]:
    day = dict(zip(order, found.groups()[:3], strict=True))
    hour, minute, second, fraction, half, offset = found.groups()[3:]
    midnight = hour == "24" and not any(map(int, (minute or 0, second or 0, fraction or 0)))
    try:
        stamp = datetime(
            _year(day["y"]),
            _month(day["m"]),
            int(day["d"]),
            _hour("0" if midnight else hour, half),
            int(minute or 0),
            int(second or 0),
        )
        behind = _offset(offset) if offset else 0
    except ValueError:
        return 0, NOTHING
    micros = _micros(stamp) + int((fraction or "0").ljust(6, "0")[:6]) + DAY * midnight
    return (micros - behind, FIXED) if offset else (micros, LOCAL)


def _year(text: str) -> int:
    """Two digits as POSIX reads them: 69 to 99 are the last century."""
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year > 68 else 2000)


@lru_cache(maxsize=256)
def _month(text: str) -> int:
    if text.isdecimal():
        return int(text)
    bare = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(each for each in bare if not unicodedata.combining(each))
    month = _MONTHS.get(bare[:4]) or _MONTHS.get(bare[:3])
    if month is None:
        raise ValueError(f"no month: {text}")
    return month


def _hour(text: str | None, half: str | None) -> int:
    hour = int(text or 0)
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(f"no hour of a half day: {hour}")
    return hour % 12 + (12 if half[0] in "Pp" else 0)


def _micros(stamp: datetime) -> int:
    return (stamp - datetime(1970, 1, 1)) // timedelta(microseconds=1)


def _offset(text: str) -> int:
    if text.upper() in _ZONES:
        return _ZONES[text.upper()] * 3600 * SECOND
    text = text.lstrip("UTCGM")
    digits = text[1:].replace(":", "")
    digits = digits.zfill(2).ljust(4, "0")
    if digits[:2] > "23" or digits[2:] > "59":
        raise ValueError(f"no offset: {text}")
    micros = (int(digits[:2]) * 3600 + int(digits[2:4]) * 60) * SECOND
    return -micros if text[0] == "-" else micros


def parse_each(texts: pa.Array, order: str) -> tuple[np.ndarray, np.ndarray]:
    """Microseconds of each text and what they count, as `parse` says it."""
    micros, kinds = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=np.int8)
    short = pc.replace_substring_regex(texts, r"(\.\d{6})\d+", r"\1")
    for pattern, kind, unit in (
        (_PLAIN_ISO + _FIXED, FIXED, UTC_US),
        (_PLAIN_ISO + "$", LOCAL, NAIVE_US),
    ):
        fits = np.flatnonzero(pc.match_substring_regex(short, pattern).fill_null(False))
        stamps = _cast_what_goes(short.take(pa.array(fits)), unit)
        known = stamps.is_valid().to_numpy(zero_copy_only=False)
        micros[fits[known]] = stamps.drop_null().cast(pa.int64())
        kinds[fits[known]] = kind
    for rest_of in (_days_and_times, _one_by_one):
        rest = np.flatnonzero(kinds == NOTHING)
        if len(rest):
            micros[rest], kinds[rest] = rest_of(texts.take(pa.array(rest)), order)
    return micros, kinds


def _one_by_one(texts: pa.Array, order: str) -> tuple[np.ndarray, np.ndarray]:
    found = [(0, NOTHING) if text is None else parse(text, order) for text in texts.to_pylist()]
    micros = np.array([each[0] for each in found], dtype=np.int64)
    return micros, np.array([each[1] for each in found], dtype=np.int8)


def _days_and_times(texts: pa.Array, order: str) -> tuple[np.ndarray, np.ndarray]:
    """Each distinct day once, times of day all at a stroke; NOTHING for any other form."""
    parts = pc.extract_regex(texts, _DAY_AND_TIME)
    day, hour, minute, second, fraction, half = parts.flatten()
    days = day.dictionary_encode()
    of_day, kinds = _one_by_one(days.dictionary, order)
    index = days.indices.fill_null(len(of_day)).to_numpy()
    micros = np.append(of_day, 0).astype(np.int64)[index]
    known = np.append(kinds, NOTHING).astype(np.int8)[index] == LOCAL
    of_clock, fits = _time_of_day(hour, minute, second, fraction, half)
    known &= fits
    return np.where(known, micros + of_clock, 0), np.where(known, LOCAL, NOTHING)


def _time_of_day(
    hour: pa.Array, minute: pa.Array, second: pa.Array, fraction: pa.Array, half: pa.Array
) -> tuple[np.ndarray, np.ndarray]:
    hours = _whole(hour)
    in_half = pc.not_equal(half, "").fill_null(False).to_numpy(zero_copy_only=False)
    late = pc.is_in(half, pa.array(["P", "p"])).to_numpy(zero_copy_only=False)
    fits = np.where(in_half, (hours >= 1) & (hours <= 12), hours < 24)
    hours = np.where(in_half, hours % 12 + 12 * late, hours)
    seconds = (hours * 60 + _whole(minute)) * 60 + _whole(second)
    return seconds * SECOND + _whole(pc.utf8_rpad(fraction, 6, "0")), fits


def _whole(digits: pa.Array) -> np.ndarray:
    """int64 of digits; nothing written is 0."""
    filled = pc.if_else(pc.not_equal(digits, ""), digits, "0").fill_null("0")
    return filled.cast(pa.int64()).to_numpy()  # type: ignore[no-any-return]


def parse_numbers(texts: pa.Array, unit: str) -> tuple[np.ndarray, np.ndarray]:
    """The same of numbers in that unit. Excel's days are local times, to the millisecond."""
    bare = pc.replace_substring(pc.utf8_trim_whitespace(texts), ",", ".")
    low, high = _RANGES[unit][0] / 1e3, min(_RANGES[unit][1] * 1e3, 9.2e18)
    form = r"^\d{1,19}(\.\d*)?$"
    right = pc.match_substring_regex(bare, form).fill_null(False)
    bare = pc.if_else(right, bare, "0")
    known = right.to_numpy(zero_copy_only=False)
    rough = pc.cast(bare, pa.float64()).to_numpy(zero_copy_only=False)
    known = known & (rough >= low) & (rough < high)
    exact = (
        _excel(rough) if unit == "excel" else _epoch(pc.if_else(pa.array(known), bare, "0"), unit)
    )
    kind = LOCAL if unit == "excel" else FIXED
    return np.where(known, exact, 0), np.where(known, kind, NOTHING)


def _excel(days: np.ndarray) -> np.ndarray:
    inside = np.where(days < 2_958_466, days, 0)  # the year 9999 ends there
    millis = np.round((inside - _EXCEL_EPOCH_DAYS) * 86_400_000)
    micros: np.ndarray = millis.astype(np.int64) * 1000
    return micros


def _epoch(texts: pa.Array, unit: str) -> np.ndarray:
    """Whole numbers exactly; a fraction to the microsecond."""
    per = _PER_SECOND[unit]
    whole = pc.replace_substring_regex(texts, r"\..*", "")
    micros: np.ndarray
    count: np.ndarray = whole.cast(pa.int64()).to_numpy()
    if per >= SECOND:
        micros = count // (per // SECOND) - _BEFORE_1970.get(unit, 0) * SECOND
        return micros
    micros = count * (SECOND // per)
    if not pc.any(pc.match_substring(texts, "."), min_count=0).as_py():
        return micros
    digits = 6 if unit == "s" else 3
    fraction = pc.replace_substring_regex(texts, r"^\d*\.?", "")
    fraction = pc.utf8_slice_codeunits(pc.utf8_rpad(fraction, digits, "0"), 0, digits)
    micros = micros + _whole(fraction)
    return micros


def _cast_what_goes(texts: pa.Array, unit: pa.DataType) -> pa.Array:
    """Null where the form is right and the day is not (2025-02-30).

    Tried in halves until those are alone.
    """
    try:
        return pc.cast(texts, unit)
    except pa.ArrowInvalid:
        if len(texts) == 1:
            return pa.nulls(1, unit)
        half = len(texts) // 2
        return pa.concat_arrays(
            [_cast_what_goes(part, unit) for part in (texts[:half], texts[half:])]
        )
