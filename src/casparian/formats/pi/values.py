"""What a value of PI says: a number, a digital state, or a system state that is no value at all.

Source: PI Data Archive, system digital state set (states 193 to 320 tell why there is no value);
PI Web API Reference, Stream: Good, Questionable, Substituted, Annotated.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from casparian.formats.pi import words
from casparian.reading.quality import BAD, GOOD, UNCERTAIN, is_no

SYSTEM_STATES = range(193, 321)
_ERROR = re.compile(r"\s*\[-\d{3,6}\]|#(?:N/A|VALUE!|REF!|NAME\?|NUM!|DIV/0!|BUSY!)|Error\b", re.I)
NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*\Z")


@dataclass(frozen=True)
class Reading:
    """value: as text, None where there is none. text: a state or text, else None.

    quality: Good, Uncertain or Bad; code: the flags that are set, as `Good,Questionable`;
    state: number of a digital state.
    """

    value: str | None
    text: str | None
    quality: str
    code: str | None
    state: str | None = None


def is_state_word(text: str) -> bool:
    """Whether text in place of a value is a system state or an error."""
    return bool(_ERROR.match(text)) or re.sub(r"\W", "", text).lower() in words.STATES


def reading(value: Any, good: Any, questionable: Any = None, substituted: Any = None) -> Reading:
    """The reading of a JSON value and its flags (bool, or None where nobody said)."""
    number, said, state, system = _meaning(value)
    if system or good is False:
        quality = BAD
    elif questionable or substituted or (number is None and said is None):
        quality = UNCERTAIN
    else:
        quality = GOOD
    flags = [None if good is None else "Good" if good else "Bad"]
    flags += ["Questionable" if questionable else None, "Substituted" if substituted else None]
    code = ",".join(flag for flag in flags if flag) or None
    return Reading(None if system else number, said, quality, code, state)


def _meaning(value: Any) -> tuple[str | None, str | None, str | None, bool]:
    """Number, text, state's number, and whether it is a system state."""
    if isinstance(value, bool):
        return str(int(value)), str(value).lower(), None, False
    if isinstance(value, int):
        return str(value), None, None, False
    if isinstance(value, float):
        return (repr(value), None, None, False) if math.isfinite(value) else _no_number(value)
    if isinstance(value, str):
        return (None, value, None, False) if value.strip() else (None, None, None, False)
    if isinstance(value, dict):
        return _state(value)
    return None, None if value is None else str(value), None, False


def _no_number(value: float) -> tuple[None, str, None, bool]:
    name = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return None, name, None, True


def _state(value: dict[str, Any]) -> tuple[str | None, str | None, str | None, bool]:
    """A digital state {Name, Value, IsSystem}; other objects are kept as their text."""
    name, number = value.get("Name"), value.get("Value")
    if name is None and number is None:
        return None, str(value) if value else None, None, False
    code = number if isinstance(number, int) and not isinstance(number, bool) else None
    system = value.get("IsSystem")
    if not isinstance(system, bool):  # servers before 2016 do not say
        system = code in SYSTEM_STATES
    text = str(name) if name not in (None, "") else None
    return (None if code is None else str(code)), text, None if code is None else str(code), system


def written(value: str | None, good: str | None, *flags: str | None) -> Reading:
    """The reading of a cell and its flags, as a sheet has them; a decimal point in numbers."""
    told = _flag(good)
    if value is not None and not NUMBER.match(value) and is_state_word(value):
        found = reading(value, False)
        return Reading(None, value, BAD, found.code if told is not None else None)
    if value is not None and NUMBER.match(value):
        found = reading(0, told, *map(_flag, flags))
        return Reading(value.strip(), None, found.quality, found.code)
    return reading(value, told, *map(_flag, flags))


def _flag(text: str | None) -> bool | None:
    """A flag as a sheet has it: words of both kinds; None where nothing stands."""
    if text is None or not text.strip():
        return None
    return not (is_no(text) or text.strip().lower() in ("bad", "-", "falsch", "faux"))
