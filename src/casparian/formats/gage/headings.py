"""Whether a row is the header of a gage study's table, and of which layout.

A header alone does not tell: the rows below say which columns hold values.
"""

from __future__ import annotations

import re

from casparian.formats.gage import words
from casparian.formats.gage.tables import FORM, LONG, TRIALS, Table, text_at
from casparian.reading.spc import number, said
from casparian.reading.workbook import Cell, Row, cell_text

_LEFT = re.compile(  # a heading of the labels: Appraiser/Trial #
    r"(?:(?:appraiser|trial|operator|inspector|prüfer|bediener|wiederholung|messung|opérateur|"
    r"essai|operador|evaluador|ensayo|operatore|prova)s?[\s/#&,.:-]*(?:no|nr|#)?[\s/#&,.:-]*)+\Z"
)


def find_table(row: Row, ahead: list[Row], before: Row) -> Table | None:
    """The table whose header this row is. before: the last row that was not blank."""
    headings = {i: text for i, cell in enumerate(row) if (text := cell_text(cell)) is not None}
    columns: dict[str, int] = {}
    for place, text in headings.items():
        if name := words.field_of(text):
            columns.setdefault(name, place)
    values = "value" if "value" in columns else "rating"
    who = "appraiser" in columns or "trial" in columns
    if "part" in columns and values in columns and who:
        unit = words.unit_of(headings[columns[values]])
        return Table(LONG, {n: p for n, p in columns.items() if n != "_order"}, units=unit)
    return _trials(headings, columns, ahead, before) or _form(headings, ahead)


def _trials(
    headings: dict[int, str], columns: dict[str, int], ahead: list[Row], before: Row
) -> Table | None:
    """A column a trial; in a two-row header the appraisers stand in the row before."""
    if "part" not in columns:
        return None
    above, known = None, {"part": columns["part"]}
    known |= {n: columns[n] for n in ("appraiser", "reference", "characteristic") if n in columns}
    values: dict[int, tuple[str | None, str | None]] = {}
    crossed: dict[str, set[str]] = {}
    for place, text in headings.items():
        if place < len(before) and (named := cell_text(before[place])) is not None:
            above = words.appraiser_of(named) or named
        if place in known.values() or words.skipped(text) or not _filled(place, ahead):
            continue
        trial, both = words.trial_of(text), words.appraiser_and_trial(text)
        if both is not None:
            values[place] = both
            if not words.says_trial(text):
                crossed.setdefault(both[0], set()).add(both[1])
        elif trial is not None:
            values[place] = (None if "appraiser" in known else above, trial)
    if crossed and "reference" not in known and not _same_trials(crossed):
        return None
    repeated = len(set(values.values())) == len(values)
    return Table(TRIALS, known, values) if len(values) > 1 and repeated else None


def _same_trials(crossed: dict[str, set[str]]) -> bool:
    """Whether several measured equally often: `xmeas_1` to `xmeas_41` are no appraiser's trials."""
    return len(crossed) > 1 and len(set(map(frozenset, crossed.values()))) == 1


def _form(headings: dict[int, str], ahead: list[Row]) -> Table | None:
    """A column a part: part labels over numbers, appraisers and trials in the columns before."""
    parts = {
        place: part
        for place, text in headings.items()
        if (part := words.part_of(text)) is not None and _filled(place, ahead)
    }
    if len(parts) < 2 or len(set(parts.values())) < len(parts):
        return None
    first = min(parts)
    left = [text.strip().casefold() for place, text in headings.items() if place < first]
    named = any(map(_LEFT.match, left))
    if first == 0 or not (named or (_consecutive(parts) and _appraisers(ahead, first) > 1)):
        return None
    references = {}
    for row in ahead:
        if any(words.field_of(cell_text(cell)) == "reference" for cell in row[:first]):
            references = {p: text for p in parts if (text := text_at(row, p)) is not None}
    return Table(FORM, {}, parts=parts, labels=first, references=references)


def _consecutive(parts: dict[int, str]) -> bool:
    """Whether headings that are mere numbers count the parts, and are no values themselves."""
    labels = list(parts.values())
    return not all(map(str.isdecimal, labels)) or labels == [
        str(n) for n in range(1, len(labels) + 1)
    ]


def _appraisers(ahead: list[Row], first: int) -> int:
    """How many appraisers the labels left of the values name together with a trial."""
    labels = (text for row in ahead for cell in row[:first] if (text := cell_text(cell)))
    both = (words.appraiser_and_trial(text) for text in labels)
    return len({found[0] for found in both if found})


def _filled(place: int, ahead: list[Row]) -> bool:
    """Whether values stand below: numbers, or decisions of an attributive study."""
    cells = [row[place] for row in ahead if place < len(row) and cell_text(row[place]) is not None]
    return (bool(cells) and sum(map(is_number, cells)) * 2 >= len(cells)) or _decisions(cells)


def _decisions(cells: list[Cell]) -> bool:
    return bool(cells) and all(said(cell_text(cell)) is not None for cell in cells)


def is_number(cell: Cell) -> bool:
    if isinstance(cell, str):
        return number(cell.strip()) is not None if cell.strip() else False
    return isinstance(cell, int | float) and not isinstance(cell, bool)
