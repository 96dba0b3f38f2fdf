"""From what was measured to what a contract says: name, type, unit, limits, each with evidence."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from casparian.contracts.draft.measure import Column
from casparian.reading.header import unit_of
from casparian.tags import units

NEARLY = 0.98  # of the values: the rest are quarantined, with reason
MOST_ALLOWED = 20
EACH_ALLOWED = 20  # times that an allowed value is seen on average
LEAST_FOR_LIMITS = 30  # values, before limits are told from them
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKET = re.compile(r"\s*[\[(][^\[\]()]*[\])]\s*$")
_UNIT_OF = re.compile(r"[._ ]?(units?|uom|einheit|unit[eé])$", re.IGNORECASE)
_ID = re.compile(
    r"(^|_)(id|no|nr|number|nummer|code|serial|serien|index|row|zeile|key|numero)($|_)"
)
_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "µ": "u"}
)


@dataclass
class Drafted:
    """One column of the draft. kind: ODCS logical type. evidence: why, in words.

    confidence: 0 to 1, of the type. minimum, maximum: None for no limit. allowed: () for any.
    day: the header of the column with the date, for times that are without.
    """

    header: str
    name: str
    kind: str
    confidence: float
    evidence: list[str]
    unit: str | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    day: str | None = None
    key: int = 0
    facts: Column = field(default_factory=lambda: Column(""))


def names_of(headers: Iterable[str]) -> list[str]:
    """A snake_case name for each header, all different."""
    taken: list[str] = []
    for place, header in enumerate(headers, 1):
        name = _snake(header) or f"column_{place}"
        number = 2
        while name in taken:
            name = f"{_snake(header) or 'column'}_{number}"
            number += 1
        taken.append(name)
    return taken


def _snake(header: str) -> str:
    bare = re.sub(r"\bpH\b", "ph", _BRACKET.sub("", header) or header)
    parted = _CAMEL.sub("_", bare).casefold().translate(_LETTERS)
    plain = unicodedata.normalize("NFKD", parted.replace("%", " percent ").replace("°", " deg "))
    name = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode()).strip("_")
    return f"c_{name}" if name[:1].isdecimal() else name


def draft_column(facts: Column, name: str, unit: str | None) -> Drafted:
    """The column as its values tell. unit: what a row of units beneath the header says."""
    kind, sure, evidence = _kind(facts)
    column = Drafted(facts.header, name, kind, sure, evidence, facts=facts)
    if facts.filled and not facts.empty:
        column.required = True
        evidence.append(f"none of {facts.records:,} is empty: required")
    elif facts.filled:
        evidence.append(f"{facts.empty:,} of {facts.records:,} are empty")
    _unit(column, unit)
    if kind in ("number", "integer"):
        _limits(column)
    if kind == "string":
        _allowed(column)
    if name == "quality" and kind == "string":
        evidence.append("records whose quality is Bad are quarantined")
    if facts.unique and facts.filled == facts.records > 1 and kind in ("string", "integer"):
        part = "all" if facts.compared >= facts.filled else "the first"
        evidence.append(f"{part} {facts.compared:,} distinct: key candidate")
    return column


def _kind(facts: Column) -> tuple[str, float, list[str]]:
    """Logical type, how sure, and why."""
    count = facts.filled
    if not count:
        return "string", 0.1, [f"all {facts.records:,} are empty: nothing to tell a type from"]
    if facts.booleans == count and facts.integers < count:
        return "boolean", 0.95, [f"{count:,} of {count:,} values are true or false"]
    if facts.numbers < count or facts.times:
        if facts.days == count:
            return "date", 0.95, [f"{count:,} of {count:,} values are days as 2025-10-28"]
        if facts.times and facts.times >= NEARLY * count and facts.clocks < count:
            return _time(facts)
    if facts.codes and facts.codes >= 0.05 * count:
        said = f"{facts.codes:,} of {count:,} values begin with 0, as codes do: text"
        return "string", 0.8, [said]
    if facts.numbers >= NEARLY * count:
        return _number(facts)
    strange = f", as '{next(iter(facts.strangers))}'" if facts.strangers else ""
    return "string", 0.9, [f"{count - facts.numbers:,} of {count:,} values are words{strange}"]


def _time(facts: Column) -> tuple[str, float, list[str]]:
    evidence = [f"{facts.times:,} of {facts.filled:,} values are times"]
    layout = facts.layout
    if layout and layout.number:
        evidence.append(f"as numbers ({layout.number})")
    elif layout and layout.order != "ymd":
        words = {"dmy": "day before month", "mdy": "month before day", "yy": "year first"}
        proof = "nothing proves it" if layout.guessed else "proved by a day above 12"
        evidence.append(f"{words.get(layout.order, layout.order)} ({proof})")
    if facts.offsets == facts.filled:
        evidence.append("each carries its offset")
    elif layout and not layout.number:
        evidence.append("local times without an offset: say --timezone when you land them")
    if facts.first is not None and facts.last is not None:
        evidence.append(f"from {_instant(facts.first)} to {_instant(facts.last)}")
    sure = facts.times / facts.filled * (0.7 if layout and layout.guessed else 0.97)
    return "timestamp", round(sure, 2), evidence


def _instant(micros: int) -> str:
    try:
        found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    except OverflowError:
        return "beyond the calendar"
    return found.strftime("%Y-%m-%d %H:%M:%S")


def _number(facts: Column) -> tuple[str, float, list[str]]:
    whole = facts.integers >= facts.numbers
    word = "integers" if whole else "numbers"
    evidence = [f"{facts.numbers:,} of {facts.filled:,} values are {word}"]
    if facts.comma:
        evidence.append(f"{facts.comma:,} with a decimal comma")
    if facts.numbers < facts.filled:
        evidence.append(f"others as {', '.join(repr(s) for s in facts.strangers)} are quarantined")
    return (
        ("integer" if whole else "number"),
        round(0.97 * facts.numbers / facts.filled, 2),
        evidence,
    )


def _unit(column: Drafted, row: str | None) -> None:
    header = column.header
    bracket = unit_of(header)
    if row:
        column.unit = units.unit(row) or row
        column.evidence.append(f"unit '{row}' from the row of units")
    elif bracket and (units.unit(bracket) or column.kind in ("number", "integer")):
        column.unit = units.unit(bracket) or bracket
        known = "" if units.unit(bracket) else ", a unit that nobody here knows"
        column.evidence.append(f"unit from header '{header}'{known}")
    elif column.kind in ("number", "integer"):
        found = units.stated(header) or units.suffixed(header)
        if found:
            column.unit = found[0]
            column.evidence.append(f"unit from header '{header}'")


def looks_like_id(name: str) -> bool:
    """Whether a column's name says that it tells records apart."""
    return _ID.search(name) is not None


def units_beside(columns: list[Drafted]) -> None:
    """A column of one unit alone (`torque.unit`) says the unit of the number beside it."""
    for said in columns:
        found = said.facts.distinct
        base = _UNIT_OF.sub("", said.header)
        if not found or len(found) != 1 or base == said.header:
            continue
        unit = units.unit(next(iter(found)))
        for column in columns:
            same = column.header.casefold() in (base.casefold(), f"{base}.value".casefold())
            if unit and same and column.kind in ("number", "integer") and not column.unit:
                column.unit = unit
                column.evidence.append(f"unit from column '{said.header}'")


def _limits(column: Drafted) -> None:
    """Half a span beyond what was seen, to two digits, and not across zero."""
    facts = column.facts
    low, high = facts.low, facts.high
    column.evidence.append(f"observed {low:.6g} … {high:.6g}")
    if looks_like_id(column.name) or (facts.unique and column.kind == "integer"):
        column.evidence.append("an identifier or a counter: no limits")
        return
    if facts.numbers < LEAST_FOR_LIMITS or low == high or not math.isfinite(high - low):
        return
    if (low, high) == (0, 1) and column.kind == "integer":
        column.minimum, column.maximum = 0, 1
        column.evidence.append("only 0 and 1: a flag")
        return
    margin = (high - low) / 2
    column.minimum = 0.0 if 0 <= low <= margin else _round(low - margin, down=True)
    column.maximum = 0.0 if -margin <= high <= 0 else _round(high + margin, down=False)
    if low >= 0:
        column.minimum = max(column.minimum, 0.0)
    if column.kind == "integer":
        column.minimum, column.maximum = math.floor(column.minimum), math.ceil(column.maximum)
    column.evidence.append("limits are half a span wider than observed: correct them")


def _round(number: float, *, down: bool) -> float:
    if number == 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(number))) - 1)
    steps = math.floor(number / step) if down else math.ceil(number / step)
    return float(f"{steps * step:.6g}")


def _allowed(column: Drafted) -> None:
    found = column.facts.distinct
    if not found or not column.facts.filled:
        return
    few = len(found) <= MOST_ALLOWED and column.facts.filled >= EACH_ALLOWED * len(found)
    shown = ", ".join(f"{text} ({count:,})" for text, count in found.most_common(4))
    more = ", …" if len(found) > 4 else ""
    if few and len(found) > 1:
        column.allowed = tuple(sorted(found))
        column.evidence.append(f"only {len(found)} different values: {shown}{more}")
    elif len(found) == 1:
        column.evidence.append(f"always '{next(iter(found))}'")
    else:
        column.evidence.append(f"{len(found)} different values: {shown}{more}")
