"""The sheets of a workbook as delimited text, for formats that read text.

Cells are parted by tabs, times are written in ISO form. A sheet is spooled: to memory while it is
small, else to a temporary file.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO, cast

from casparian.reading.workbook import (
    Row,
    SheetTop,
    cell_text,
    open_sheet,
    open_workbook,
    sheet_rows,
)

IN_MEMORY = 8 << 20
LOOKED_ROWS = 200  # whose width the shorter rows of a sheet are filled up to
Texts = list[str]


def sheet_texts(stream: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """Name and text of each sheet, hidden ones too; a text can be read until the next is asked for.

    Raises UnreadableFile as the workbook does.
    """
    workbook = open_workbook(stream)
    for name in workbook.sheet_names:
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as text:
            rows = map(_texts, sheet_rows(open_sheet(workbook, name)))
            for piece in _lines(rows):
                text.write(piece)
            text.seek(0)
            yield name, cast("BinaryIO", text)


def top_text(sheet: SheetTop) -> bytes:
    """The first rows of a sheet as text."""
    return b"".join(_lines([cell or "" for cell in row] for row in sheet.rows))


def _texts(row: Row) -> Texts:
    return [cell_text(cell) or "" for cell in row]


def _lines(rows: Iterable[Texts]) -> Iterator[bytes]:
    """Rows of the width of the widest one among the first; wider ones later stay so."""
    bare = map(_trimmed, rows)
    first = list(islice(bare, LOOKED_ROWS))
    width = max(map(len, first), default=0)
    for row in chain(first, bare):
        out = io.StringIO()
        csv.writer(out, delimiter="\t", lineterminator="\n").writerow(
            row + [""] * (width - len(row))
        )
        yield out.getvalue().encode("utf-8", "replace")


def _trimmed(row: Texts) -> Texts:
    """Without the empty cells at its end."""
    end = len(row)
    while end and not row[end - 1]:
        end -= 1
    return row[:end]
