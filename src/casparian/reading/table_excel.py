"""Tables in workbooks: one a sheet, the header hunted below titles, merged cells filled down."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from casparian.reading.base import Note, UnreadableFile
from casparian.reading.block import Block, Line, Rows, Top, collect, may_head, without
from casparian.reading.header import Words, unique_names
from casparian.reading.text import Ragged
from casparian.reading.workbook import (
    TOP_ROWS,
    SheetTop,
    cell_text,
    open_sheet,
    open_workbook,
    sheet_rows,
)


def blocks(stream: BinaryIO, words: Words) -> Iterator[Block | Ragged | Note]:
    """The records of every sheet that has such a table.

    Raises UnreadableFile for what is no workbook, and for one without any such table.
    """
    workbook = open_workbook(stream)
    row, others = 0, []
    for number, name in enumerate(workbook.sheet_names):
        lines = (tuple(map(cell_text, cells)) for cells in sheet_rows(open_sheet(workbook, name)))
        above = list(islice(lines, TOP_ROWS))
        place = header_row(above, words)
        if place is None:
            others.append((name, above))
            continue
        rows = Rows(tuple(above[:place]), number, row)
        yield from collect(_records(above[place], [*above[place + 1 :]], lines), rows, _size)
        row = rows.row
    filled = [(name, above) for name, above in others if any(map(any, above))]
    if len(others) == len(workbook.sheet_names):
        raise UnreadableFile(_stranger(filled, words))
    if filled:
        named = ", ".join(name for name, _ in filled[:10])
        yield Note(f"Of the workbook these sheets hold another table and were not read: {named}.")


def header_row(lines: list[Line] | tuple[Line, ...], words: Words) -> int | None:
    """Which of the lines is the header of such a table."""
    for place, line in enumerate(lines):
        if may_head(line) and _top(lines, place).is_of(words):
            return place
    return None


def tops(sheets: tuple[SheetTop, ...], words: Words) -> Iterator[Top]:
    """The header of each sheet that has such a table, for sniffing."""
    for sheet in sheets:
        place = header_row(sheet.rows, words)
        if place is not None:
            yield _top(sheet.rows, place)


def _top(lines: list[Line] | tuple[Line, ...], place: int) -> Top:
    return Top(tuple(cell or "" for cell in lines[place]), tuple(lines[:place]))


def _records(header: Line, rest: list[Line], lines: Iterator[Line]) -> Iterator[dict[str, str]]:
    """Each filled row; the header is repeated on every page of a printed report."""
    names = unique_names(tuple(cell or "" for cell in header), {})
    for source in (rest, lines):
        for line in source:
            if line != header:
                pairs = zip(names, line, strict=False)
                if record := {name: cell for name, cell in pairs if cell is not None}:
                    yield record


def _size(record: dict[str, str]) -> int:
    return sum(map(len, record.values()))


def _stranger(filled: list[tuple[str, list[Line]]], words: Words) -> str:
    if not filled:
        return "The workbook is empty."
    widest = max(filled[0][1], key=lambda line: sum(cell is not None for cell in line))
    return without(words, tuple(cell for cell in widest if cell is not None))
