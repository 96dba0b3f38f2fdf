"""Whose column it is, where a wide export does not say it in the column's header alone.

Two forms: the tags stand in a line above a header that says `Value`, `Quality` again and again; or
one column names the asset that all others of its line are of (a fleet of turbines in one table).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from casparian.reading.header import normalise
from casparian.reading.header_line import cells_of
from casparian.reading.text import Table

VALUES = frozenset(("value", "val", "wert", "valeur", "valor", "valore", "waarde", "reading"))
_ASSET = re.compile(
    r"(?:wind|assembly|production)?(?:turbine|machine|maschinen?|asset|equipment|device|unit|engine|pump|motor|well|"
    r"robot|inverter|station|vehicle|battery|plant|site|line|location|area|reactor|source|tank|"
    r"compressor|boiler|anlagen?|linie|standort)(?P<mark>id|name|no|nr|num|number|key|code|nummer)?"
)


def asset_columns(
    columns: Sequence[str], rows: Sequence[Sequence[str]], others: Sequence[int], time: int
) -> list[int]:
    """The places of columns that say which asset a line is of, in their order.

    `Turbine_ID` is one; `turbine` only where the times of the sample come again, as they do in a
    table of several: elsewhere it may as well be what that machine does.
    """
    times = [row[time] for row in rows if row[time]]
    again = len(set(times)) < len(times)
    found = [(place, _ASSET.fullmatch(normalise(columns[place]))) for place in others]
    places = [place for place, word in found if word and (word["mark"] or again)]
    return places if len(places) < len(others) else []


def asset_name(headers: Sequence[str], texts: Sequence[str | None]) -> str:
    """`R80711.` before the tags of that turbine; a mere number takes its header along."""
    named = [
        f"{header} {text.strip()}" if text.strip().isdecimal() else text.strip()
        for header, text in zip(headers, texts, strict=True)
        if text and text.strip()
    ]
    return "".join(f"{name}." for name in named)


def names_above(table: Table, places: Sequence[int]) -> dict[int, str]:
    """The tag of each value column from a line above the header, where one names them all apart.

    A name stands over its value or over the columns before it: times, as Excel's sheets have it.
    """
    for line in reversed(table.above):
        cells = cells_of(line, table.delimiter)
        found = {}
        for before, place in zip((-1, *places), places, strict=False):
            over = [cell for cell in cells[before + 1 : place + 1] if cell]
            if over:
                found[place] = over[-1]
        if len(set(found.values())) == len(places):
            return found
    return {}


def apart(tags: Sequence[str]) -> list[str]:
    """Names that only say `Value`, numbered where there are several."""
    many = Counter(tags)
    seen: Counter[str] = Counter()
    named = []
    for tag in tags:
        seen[tag] += 1
        bare = many[tag] > 1 and normalise(tag) in VALUES
        named.append(f"{tag} {seen[tag]}" if bare else tag)
    return named
