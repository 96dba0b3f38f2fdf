"""Engineering units in exports: one spelling for each, and where a text states one."""

from __future__ import annotations

import re
from functools import cache

from casparian.tags.data import table

_BRACKET = re.compile(r"[\[(]\s*(?:in\s+)?([^\[\]()]{1,14}(?:\([a-z]\))?)\s*[\])]")
_IN = re.compile(r"\b(?:in|en)\s+([^\s,;]{1,12})\s*$")
_SPACES = re.compile(r"\s+")
SUFFIXES = ("_", " ", ".", "-", "/")


@cache
def _spellings() -> tuple[dict[str, str], dict[str, str | None]]:
    """Unit by spelling as it stands, and by spelling in lower case (None where two differ)."""
    exact: dict[str, str] = {}
    folded: dict[str, str | None] = {}
    for unit, facts in table("units").items():
        for spelling in (unit, *facts["spelled"]):
            exact[str(spelling)] = unit
            low = str(spelling).casefold()
            folded[low] = unit if folded.get(low, unit) == unit else None
    return exact, folded


def unit(text: str | None) -> str | None:
    """The unit that the text is a spelling of, as `m³/h` for `m3/hr`; None for no unit."""
    if not text:
        return None
    exact, folded = _spellings()
    plain = _SPACES.sub(" ", text.strip().strip("[]"))
    for way in (plain, plain.replace(" ", "")):
        if found := exact.get(way) or folded.get(way.casefold()):
            return found
    return None


def quantity(known: str | None) -> str | None:
    """What a unit measures; None where it may be anything (%)."""
    facts = table("units").get(known or "")
    return facts["quantity"] if facts else None


def stated(text: str | None) -> tuple[str, str] | None:
    """(unit, where it stands) of a description or a header: `Temp [°C]`, `Druck in bar`."""
    if not text:
        return None
    for pattern in (_BRACKET, _IN):
        for found in pattern.finditer(text):
            if known := unit(found[1]):
                return known, found[0]
    return None


def suffixed(name: str) -> tuple[str, str] | None:
    """(unit, the ending) of a name that ends in a unit: `oven_temp_degC`, `energy_kwh`.

    Single letters are no units here, for a name may end in any.
    """
    for separator in SUFFIXES:
        head, _, tail = name.rpartition(separator)
        known = unit(tail) if head and len(tail) > 1 else None
        if known:
            return known, tail
    return None
