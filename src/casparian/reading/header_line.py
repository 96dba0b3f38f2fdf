"""Which of a text's first lines is the header of its table.

Exporters put titles, parameters and comments above the header and units below it. The header is
the first line that begins a run of lines of its own width and is untyped where they are typed
(numbers, times). A text without such a line has its header in the first one.
"""

from __future__ import annotations

import csv
import io
import re

DELIMITERS = (",", ";", "\t", "|")
LINES_HUNTED = 60
LINES_BELOW = 30
MOSTLY = 0.8  # share of a column
LIKELY, SURE, FIRST, NAMED, NEVER = 1, 2, 3, 4, -9
LEAD_IN = 3  # rows of units and descriptions that may stand under a header
_TYPED = re.compile(
    r"[-+]?[\d.,]*\d(?:[eE][-+]?\d+)?\s*%?"
    r"|\d{1,4}[-/.](?:\d{1,2}|[^\W\d_]{3,9}\.?)[-/.]\d{2,4}(?!\d).*"
    r"|\d{1,2}:\d{2}\b.*"
    r"|\d{8}T\d{4,6}.*"
)
_TIME_WORD = re.compile(
    r"(?:date|time|timestamp|datetime|zeit|datum|uhrzeit|zeitstempel|date_?heure|horodat\w*|"
    r"fecha|data|ts)\b|\w*(?:timestamp|zeitstempel|date_?time)\b",
    re.IGNORECASE,
)


def lines_of(text: str) -> list[str]:
    """Lines with their ends, split at CR and LF only: other breaks may stand inside a field."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def delimiter_of(line: str) -> str:
    """The delimiter that parts the line into most cells."""
    return max(DELIMITERS, key=lambda d: len(cells_of(line, d)))


def cells_of(line: str, delimiter: str) -> list[str]:
    """The line's cells, stripped."""
    if '"' not in line:
        return [cell.strip() for cell in line.rstrip("\r\n").split(delimiter)]
    text = io.StringIO(line.rstrip("\r\n"), newline="")
    try:
        row = next(csv.reader(text, delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:  # a field longer than the module takes
        return [cell.strip() for cell in line.rstrip("\r\n").split(delimiter)]
    return [cell.strip() for cell in row]


def typed(cell: str) -> bool:
    """Whether a cell is a number or a time."""
    return bool(_TYPED.fullmatch(cell))


def header_place(lines: list[str]) -> int:
    """The place of the header among the first lines; the first line that is not blank by default.

    One that names a time comes before others, then the first line if half of those below are as
    wide, then one that is surely a header, then likely ones.
    lines: some of them, whole and in order, at least one not blank.
    """
    filled = [place for place, line in enumerate(lines) if line.strip()]
    ranked: dict[int, int] = {}
    for number, place in enumerate(filled[:LINES_HUNTED]):
        before = filled[number - 1] if number else None
        below = [lines[other] for other in filled[number + 1 : number + 1 + LINES_BELOW]]
        rank = _rank(lines, place, before, below) if below else 0
        if rank == SURE + NAMED:
            return place
        ranked.setdefault(rank, place)
    best = max(ranked)
    return ranked[best] if best else filled[0]


def _rank(lines: list[str], place: int, before: int | None, below: list[str]) -> int:
    """How much a line looks like a header: 0 for none, else LIKELY or SURE, and NAMED; or FIRST."""
    delimiter = delimiter_of(lines[place])
    cells = cells_of(lines[place], delimiter)
    if len(cells) < 2 or _sparse(cells) or not _begins(lines, place, before, cells, delimiter):
        return 0
    rows = [cells_of(line, delimiter) for line in below]
    same = [row for row in rows if len(row) == len(cells)]
    if 2 * len(same) < len(rows):
        return 0
    if before is not None and any(map(typed, cells)):
        return 0
    led_in, records = _after_lead_in(same)
    named = _names_a_time(cells)
    if any(map(_names_a_time, led_in)) and not named:
        return 0
    rank = _contrast(cells, records) + NAMED * named
    return rank if rank > NAMED else max(rank, FIRST if before is None else 0)


def _contrast(cells: list[str], records: list[list[str]]) -> int:
    """Whether columns are typed, all or nearly, where the line is not, and none the other way."""
    shares = {}
    for column, cell in enumerate(cells):
        filled = [row[column] for row in records if row[column]]
        share = sum(map(typed, filled)) / max(len(filled), 1)
        if typed(cell) and share >= MOSTLY:
            return NEVER
        if cell:
            shares[column] = share
    best = max(shares.values(), default=0)
    return SURE if best == 1 else LIKELY if best >= MOSTLY else NEVER


def _begins(
    lines: list[str], place: int, before: int | None, cells: list[str], delimiter: str
) -> bool:
    """Whether a table may begin here: after a gap, a title, another width, or naming a time."""
    if before is None or before != place - 1:
        return True
    above = cells_of(lines[before], delimiter)
    return len(above) != len(cells) or _sparse(above) or _names_a_time(cells)


def _sparse(cells: list[str]) -> bool:
    return sum(map(bool, cells)) < max(2, len(cells) / 2)


def _names_a_time(cells: list[str]) -> bool:
    return any(_TIME_WORD.match(cell.lstrip("#/ ")) for cell in cells)


def _after_lead_in(rows: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """Rows without anything typed that stand first, and the rows behind them."""
    count = 0
    while count < min(LEAD_IN, len(rows)) and not any(map(typed, rows[count])):
        count += 1
    return rows[:count], rows[count:]
