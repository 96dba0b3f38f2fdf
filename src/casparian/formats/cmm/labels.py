"""Rows beside a table that are labelled: nominals, limits, units, and statistics of its columns."""

from __future__ import annotations

from casparian.formats.cmm.tables import PARTS, SERIES, WORTH, Table, is_number, text_at
from casparian.formats.cmm.words import SPECIFICATION, field_of
from casparian.reading.workbook import Row, cell_text


def spec_of(row: Row) -> tuple[str, int] | None:
    """(field, column of the label) of a row of nominals, limits, tolerances or units."""
    for place, cell in enumerate(row[:6]):
        text = cell_text(cell)
        if text is not None:
            name = field_of(text) if isinstance(cell, str) else None
            return (name, place) if name in SPECIFICATION else None
    return None


def learn_spec(table: Table, row: Row) -> bool:
    """Take a row of nominals, limits or units into the table; whether it was one."""
    found = spec_of(row)
    if table.kind != PARTS or found is None:
        return False
    name, label = found
    for place in table.values:
        if place != label and (text := text_at(row, place)) is not None:
            table.spec.setdefault(place, {})[name] = text
    return True


def statistic_of(row: Row) -> str | None:
    """The statistic or control limit that a row is labelled with."""
    first = next((cell for cell in row if cell_text(cell) is not None), None)
    name = field_of(first) if isinstance(first, str) and not is_number(first) else None
    return name if name in WORTH else None


def learn_statistic(table: Table, row: Row) -> bool:
    """Take a row such as `Cpk | 1.41 | 1.28` under the values; whether it was one."""
    name = statistic_of(row) if table.kind in (PARTS, SERIES) else None
    if name is None:
        return False
    if table.kind == SERIES:
        filled = [text for text in map(cell_text, row) if text is not None]
        table.given |= {name: filled[1]} if len(filled) > 1 else {}
        return True
    for place in table.values:
        if (text := text_at(row, place)) is not None:
            table.totals.setdefault(place, {})[name] = text
    return True
