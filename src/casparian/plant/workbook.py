"""Excel workbooks whose bytes depend on their content alone."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import xlsxwriter

_CREATED = datetime(2025, 10, 25)
_DATE_FORMAT = "yyyy-mm-dd hh:mm:ss"
Sheet = tuple[str, list[list[object]]]  # name, rows of cells; None is an empty cell


def write_workbook(target: Path, sheets: list[Sheet]) -> None:
    """Write sheets of texts, numbers and datetimes. Members are stored, not deflated: what
    deflate makes of the same text differs between builds of zlib."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": _CREATED, "author": "CMM"})
        dates = book.add_format({"num_format": _DATE_FORMAT})
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            sheet.set_column(3, 3, 19)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(i, j, cell, dates)
                    elif isinstance(cell, str):
                        sheet.write_string(i, j, cell)
                    elif cell is not None:
                        sheet.write_number(i, j, cell)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_stored(buffer))


def _stored(archive: io.BytesIO) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(out, "w") as plain:
        for name in source.namelist():
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.create_system = 3
            plain.writestr(member, source.read(name))
    return out.getvalue()
