"""One line of an adapter's log in SHDR, the simple hierarchical data representation.

`timestamp|key|value|key|value…`, conditions `|key|level|nativeCode|nativeSeverity|qualifier|text`,
messages `|key|nativeCode|text`, time series `|key|count|rate|v v v`. A field in quotes may hold
`\\|`. Which of these a line is, an agent tells by its device model; here it is told by its form.

Source: cppagent's adapter protocol (README, "Adapter Data Item Protocol"); ANSI/MTC1.4 Part 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from casparian.formats.mtconnect.loose import Child
from casparian.formats.mtconnect.shdr_sets import entries_of, is_set

LEVELS = ("NORMAL", "WARNING", "FAULT", "UNAVAILABLE")
_QUALIFIERS = ("", "HIGH", "LOW")
_ALARM_STATES = ("ACTIVE", "CLEARED", "INSTANT")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
NUMBERS = re.compile(rf"{_NUMBER}(?:\s+{_NUMBER})*")
_RESET = re.compile(
    rf"({_NUMBER}):(ACTION_COMPLETE|ANNUAL|DAY|LIFE|MAINTENANCE|MANUAL|MONTH|POWER_ON|SHIFT|WEEK)"
)
_SET_RESET = re.compile(r":([A-Z_]+)(?:\s+|$)")
SAMPLES, EVENTS, CONDITION = "Samples", "Events", "Condition"


@dataclass
class Reading:
    """One observation. kind: its category where its form tells it, else None.

    fields: further attributes by the standard's names. children: entries of a data set.
    """

    key: str
    text: str
    kind: str | None = None
    element: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)


def split(line: str) -> list[str]:
    """The fields of a line."""
    if '|"' not in line:
        return line.split("|")
    fields: list[str] = []
    at = 0
    while at <= len(line):
        end = line.find("|", at)
        if line.startswith('"', at):
            closed = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\||$)').match(line, at)
            if closed:
                fields.append(closed[1].replace("\\|", "|"))
                at = closed.end() + 1
                continue
        stop = end if end >= 0 else len(line)
        fields.append(line[at:stop])
        at = stop + 1
    return fields


def readings(fields: list[str]) -> list[Reading | str]:
    """The observations in the fields behind the timestamp; text that is none as it stands."""
    if len(fields) == 3:
        return [_message(fields)]
    if len(fields) == 4 and _is_series(fields):
        return [_series(fields)]
    if len(fields) == 6 and fields[4].upper() in _ALARM_STATES:
        return [_alarm(fields)]
    found: list[Reading | str] = []
    at, many = 0, len(fields)
    while at < many:
        if many - at >= 5 and _is_condition(fields[at : at + 6]):
            found.append(_condition(fields[at : at + 6]))
            at += 6
        elif many - at >= 2 and fields[at].strip():
            found.append(_pair(fields[at], fields[at + 1]))
            at += 2
        else:
            if any(part.strip() for part in fields[at : at + 2]):
                found.append("|".join(fields[at : at + 2]))
            at += 2
    return found


def _message(fields: list[str]) -> Reading:
    key, code, text = fields
    return Reading(key.strip(), text, EVENTS, fields={"nativeCode": code} if code else {})


def _is_series(fields: list[str]) -> bool:
    count, rate, values = fields[1:]
    return (
        count.strip().isdecimal()
        and len(values.split()) == int(count[:9])
        and int(count[:9]) > 1
        and (not rate.strip() or NUMBERS.fullmatch(rate.strip()) is not None)
        and NUMBERS.fullmatch(values.strip()) is not None
    )


def _series(fields: list[str]) -> Reading:
    key, count, rate, values = fields
    named = {"sampleCount": count, "sampleRate": rate}
    filled = {name: text.strip() for name, text in named.items() if text.strip()}
    return Reading(key.strip(), values, SAMPLES, fields=filled)


def _alarm(fields: list[str]) -> Reading:
    """The Alarm event of MTConnect 1.0."""
    names = ("code", "nativeCode", "severity", "state")
    filled = {name: text for name, text in zip(names, fields[1:5], strict=True) if text}
    return Reading(fields[0].strip(), fields[5], EVENTS, fields=filled)


def _is_condition(fields: list[str]) -> bool:
    if fields[1].strip().upper() not in LEVELS:
        return False
    if len(fields) == 5:
        return not any(fields[2:])
    return fields[4].strip().upper() in _QUALIFIERS


def _condition(fields: list[str]) -> Reading:
    key, level, code, severity, qualifier, *text = fields
    named = {"nativeCode": code, "nativeSeverity": severity, "qualifier": qualifier.upper()}
    filled = {name: value for name, value in named.items() if value}
    words = text[0] if text else ""
    return condition(key, level, words, filled)


def condition(
    key: str, level: str, text: str = "", fields: dict[str, str] | None = None
) -> Reading:
    """A report of a condition's level."""
    element = level.strip().capitalize()
    return Reading(key.strip(), text, CONDITION, element, {**(fields or {}), "type": key.strip()})


def _pair(key: str, value: str) -> Reading:
    key = key.strip()
    if ":" in value:
        if reset := _RESET.fullmatch(value.strip()):
            return Reading(key, reset[1], fields={"resetTriggered": reset[2]})
        if reset := _SET_RESET.match(value):
            entries = entries_of(value[reset.end() :])
            named = {"resetTriggered": reset[1]}
            return Reading(key, "", EVENTS, fields=named, children=entries or [])
    if "=" in value and (entries := entries_of(value)) and is_set(value, entries):
        return Reading(key, "", EVENTS, children=entries)
    return Reading(key, value)
