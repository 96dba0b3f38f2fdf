"""How a sheet of PI DataLink is laid out: where its data begin, and whose value each column holds.

DataLink writes wherever a person puts it: a heading, tag and server in cells of their own, then a
list (tag, time, value), one tag's times and values, or a tag a column with one time a row.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from itertools import pairwise

from casparian.formats.pi import words
from casparian.formats.pi.values import NUMBER, is_state_word
from casparian.reading.header import normalise
from casparian.reading.text import DELIMITERS

PREAMBLE = 60  # lines before the data at most
_NAMED = re.compile(r"\s*\d{1,2}[-. /][^\W\d_]{3,}\.?[-. /](?:\d{4}|\d\d)\b(?:[ T]+\d.*)?\Z")
_NUMERIC = re.compile(r"\s*\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ]+\d{1,2}:.*)?\s*\Z")


@dataclass
class Layout:
    """rows: cells before the data. first: index of the line with the first data.

    place: column of time, tag and flags. values: column, kind and tag ("" where the row says it).
    """

    delimiter: str
    first: int
    place: dict[str, int] = field(default_factory=dict)
    values: list[tuple[int, str, str]] = field(default_factory=list)
    units: dict[int, str] = field(default_factory=dict)
    server: str | None = None
    words: tuple[str, ...] = ()  # of the header, as written
    preamble: bool = False
    width: int = 0  # cells of the first line of data


def is_time(text: str) -> bool:
    """Whether the text looks like an instant, in digits or as `25-Oct-25 00:00:00`."""
    return bool(_NUMERIC.match(text) or _NAMED.match(text))


def cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line; none where a quote makes it unreadable."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def find(lines: list[str]) -> Layout | None:
    """The layout of the first lines of a sheet, None where no line holds a time and a value."""
    delimiter = max(DELIMITERS, key=lambda each: sum(line.count(each) for line in lines[:40]))
    rows = [cells(line, delimiter) for line in lines[:PREAMBLE]]
    first = next((place for place, row in enumerate(rows) if _has_data(row)), None)
    if first is None:
        return None
    header = next((place for place in range(first - 1, -1, -1) if _is_header(rows[place])), None)
    layout = Layout(delimiter, first, width=len(rows[first]))
    _labels(rows[:first], layout)
    if header is None:
        _by_position(rows[:first], rows[first], layout)
    else:
        layout.words = tuple(rows[header])
        layout.preamble = any(any(row) for row in rows[:header])
        _by_header(rows[:first], header, rows[first], layout)
    return layout if layout.values else None


def _has_data(row: list[str]) -> bool:
    """A time, and something that may be a value beside it, no label before it."""
    times = [place for place, cell in enumerate(row) if is_time(cell)]
    if not times or (times[0] and row[0].rstrip(":").lower().endswith("time")):
        return False
    beside = [cell for place, cell in enumerate(row) if place not in times and cell]
    return any(NUMBER.match(cell.replace(",", ".")) or is_state_word(cell) for cell in beside) or (
        len(beside) > 1 or (len(beside) == 1 and times[0] == 0)
    )


def _is_header(row: list[str]) -> bool:
    heads = [normalise(cell) for cell in row]
    return sum(map(bool, heads)) > 1 and any(head in words.TIMES for head in heads)


def _labels(rows: list[list[str]], layout: Layout) -> None:
    """Cells like `Server`, `PISRV01` before the data."""
    for row in rows:
        for label, value in pairwise(row):
            head = normalise(value) in words.TIMES | words.TAGS | words.VALUES
            if normalise(label) in words.SERVERS and value and not head:
                layout.server = value.strip("\\")


def _by_header(rows: list[list[str]], header: int, data: list[str], layout: Layout) -> None:
    heads = [normalise(cell) for cell in rows[header]]
    for place, word in enumerate(heads):
        name = (
            "time"
            if word in words.TIMES
            else "tag"
            if word in words.TAGS
            else words.FLAGS.get(word)
        )
        if name:
            layout.place.setdefault(name, place)
    kinds = [
        (place, "value" if word in words.VALUES else words.KINDS[word])
        for place, word in enumerate(heads)
        if word in words.VALUES or word in words.KINDS
    ]
    if kinds:
        tag = "" if "tag" in layout.place else _lone_tag(rows[:header])
        layout.values = [(place, kind, tag) for place, kind in kinds]
        return
    taken = set(layout.place.values())
    names = rows[header]
    layout.values = [
        (n, "value", names[n]) for n in range(len(names)) if names[n] and n not in taken
    ]
    for row in rows:
        if row and normalise(row[0]) in words.UNITS:
            layout.units |= {n: cell for n, cell in enumerate(row) if n and cell}


def _by_position(rows: list[list[str]], data: list[str], layout: Layout) -> None:
    """No header: the first time counts, the cell after it is the value, a tag stands above."""
    layout.place["time"] = next(place for place, cell in enumerate(data) if is_time(cell))
    layout.preamble = True
    for place in range(layout.place["time"] + 1, len(data)):
        if data[place] and not is_time(data[place]):
            above = [row[place] for row in reversed(rows) if place < len(row) and row[place]]
            named = next((cell for cell in above if not NUMBER.match(cell)), None)
            layout.values.append((place, "value", named or _lone_tag(rows)))


def _lone_tag(rows: list[list[str]]) -> str:
    """The tag that a sheet of one tag names: labelled, as a path, or as the only word."""
    for row in rows:
        for label, value in pairwise(row):
            if normalise(label) in words.TAGS and value:
                return value
    alone = [row[0] for row in rows if sum(bool(cell) for cell in row) == 1 and row[0]]
    paths = [cell for cell in alone if cell.startswith("\\\\")]
    single = [cell for cell in alone if " " not in cell and not NUMBER.match(cell)]
    return next(iter([*paths, *single]), "")
