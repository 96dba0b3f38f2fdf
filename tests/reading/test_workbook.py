"""Workbooks: told from other archives, opened where they are hostile, merged cells, cell texts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import xlwt

from casparian.reading import workbook
from casparian.reading.base import UnreadableFile
from casparian.reading.biff import cells_laid_out
from casparian.reading.workbook import (
    cell_text,
    is_workbook,
    open_sheet,
    open_workbook,
    sheet_rows,
    sheet_tops,
)

ODS = "application/vnd.oasis.opendocument.spreadsheet"
SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def archive(*names: str, mimetype: str | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        if mimetype:
            packed.writestr("mimetype", mimetype)
        for name in names:
            packed.writestr(name, "x")
    return stream.getvalue()


def ods(rows: Sequence[str], attributes: str = "") -> bytes:
    cells = "".join(
        f'<table:table-cell office:value-type="string" {attributes}><text:p>{text}</text:p>'
        "</table:table-cell>"
        for text in rows
    )
    content = (
        f'<office:document-content {SPACES} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="S"><table:table-row {attributes}>{cells}'
        "</table:table-row></table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<m:file-entry m:full-path="/" m:media-type="{ODS}"/></m:manifest>'
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("mimetype", ODS)
        packed.writestr("content.xml", content)
        packed.writestr("META-INF/manifest.xml", manifest)
    return stream.getvalue()


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["a", 1])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xls() -> bytes:
    book = xlwt.Workbook()
    book.add_sheet("S").write(0, 0, "a")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (xlsx(), True),
        (xls(), True),
        (ods(["a"]), True),
        (archive("[Content_Types].xml", "_rels/.rels", "xl/workbook.bin"), True),
        (archive("[Content_Types].xml", "xl\\workbook.xml"), True),
        (archive("[Content_Types].xml", "docProps/app.xml"), True),  # the rest is further on
        (archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"), False),
        (archive("[Content_Types].xml", "ppt/presentation.xml"), False),
        (archive("data/a.xml", "data/b.xml"), False),
        (archive("readme.txt"), False),
        (archive("content.xml", mimetype="application/vnd.oasis.opendocument.text"), False),
        (workbook.OLE_MAGIC + b"\0" * 99 + "WordDocument".encode("utf-16-le"), False),
        (workbook.OLE_MAGIC + b"\0" * 600, True),  # its directory is further on
        (b"PK\x05\x06" + b"\0" * 18, False),
        (b"a,b\n1,2\n", False),
        (b"", False),
    ],
)
def test_is_workbook(head: bytes, is_one: bool) -> None:
    assert is_workbook(head[: 1 << 16]) is is_one


@pytest.mark.parametrize("data", [xlsx(), xls(), ods(["a"])])
def test_tops(data: bytes) -> None:
    (top,) = sheet_tops(io.BytesIO(data))
    assert top.rows[0][0] == "a"


@pytest.mark.parametrize("size", [0, 1, 7, 8, 30, 300, 2000])
@pytest.mark.parametrize("data", [xlsx(), xls(), ods(["a"])], ids=["xlsx", "xls", "ods"])
def test_a_cut_workbook_is_unreadable(data: bytes, size: int) -> None:
    if size < len(data) - 100:
        with pytest.raises(UnreadableFile):
            list(sheet_tops(io.BytesIO(data[:size])))


def test_flipped_bytes_never_crash() -> None:
    for data in (xlsx(), xls(), ods(["a"])):
        for place in range(0, len(data), max(1, len(data) // 150)):
            broken = bytearray(data)
            broken[place] ^= 0xFF
            try:
                sheet_tops(io.BytesIO(bytes(broken)))
            except UnreadableFile:
                pass


def test_a_workbook_with_a_password_says_so() -> None:
    """An encrypted .xlsx is an OLE file with its package inside ([MS-OFFCRYPTO])."""
    head = bytearray(xls())
    place = head.find("Workbook".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    head[place : place + len(name)] = name
    head[place + 64 : place + 66] = (len(name) + 2).to_bytes(2, "little")
    with pytest.raises(UnreadableFile, match="password"):
        open_workbook(io.BytesIO(bytes(head)))


@pytest.mark.parametrize(
    "repeated", ['table:number-rows-repeated="100000"  table:number-columns-repeated="1000"']
)
def test_repeated_cells_of_open_document_are_counted(repeated: str) -> None:
    with pytest.raises(UnreadableFile, match="repeats more than"):
        open_workbook(io.BytesIO(ods(["a"], repeated)))


def test_far_apart_cells_of_a_binary_sheet_are_refused() -> None:
    row = bytes([0, 17]) + (1_048_575).to_bytes(4, "little") + b"\0" * 13
    cell = bytes([2, 12]) + (16_383).to_bytes(4, "little") + b"\0" * 8
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("xl/worksheets/sheet1.bin", row + cell)
    stream.seek(0)
    with pytest.raises(UnreadableFile, match="spans 1048576 rows by 16384 columns"):
        open_workbook(stream)


@pytest.mark.parametrize("many", [1, 400])  # one in the file's small and one in its large sectors
def test_far_apart_cells_of_an_xls_are_refused(many: int) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for row in range(many):
        sheet.write(row, 0, "a")
    sheet.write(65_535, 255, 1)
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    with pytest.raises(UnreadableFile, match="16,777,216 cells"):
        open_workbook(stream)


def test_the_extent_of_an_xls_is_that_of_its_cells() -> None:
    book = xlwt.Workbook()
    for rows, columns in ((10, 3), (2, 300 // 2)):
        sheet = book.add_sheet(f"S{rows}")
        for row in range(rows):
            for column in range(columns):
                sheet.write(row, column, row * column)
    stream = io.BytesIO()
    book.save(stream)
    assert cells_laid_out(stream.getvalue()) == 10 * 3 + 2 * 150
    assert cells_laid_out(stream.getvalue()[:700]) == 0


def test_a_column_of_merged_cells_has_its_value_in_each(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["A", 1], [None, 2], ["B", 3]):
        book.active.append(row)
    book.active.merge_cells("A1:A2")
    book.save(tmp_path / "x.xlsx")
    with (tmp_path / "x.xlsx").open("rb") as stream:
        sheet = open_sheet(open_workbook(stream), "Sheet")
        assert [row[0] for row in sheet_rows(sheet)] == ["A", "A", "B"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (3.0, "3"), (0.1, "0.1"), (1e20, "1e+20"), (True, "true"), ("  ", None), (" a ", "a"),
        (datetime(2025, 1, 2, 3, 4, 5, 499_999), "2025-01-02 03:04:05.500000"),
    ],
)  # fmt: skip
def test_cell_text(cell: workbook.Cell, text: str | None) -> None:
    assert cell_text(cell) == text
