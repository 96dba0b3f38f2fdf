"""Opens an Excel workbook that may be hostile, and reads its sheets row by row.

Before anything is unpacked, the archive's directory is checked for zip bombs and each sheet for
its extent: a sheet of two far apart cells would be laid out whole in memory.
"""

from __future__ import annotations

import errno
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import IO, BinaryIO, cast

import python_calamine as calamine

from casparian.reading.base import UnreadableFile
from casparian.reading.biff import cells_laid_out
from casparian.reading.xml_stream import elements, local

MOST_BYTES = 512 << 20  # unpacked, the whole workbook
MOST_RATIO = 200  # unpacked to packed, counted from SUSPECT_BYTES on: XML packs 5 to 30 times
SUSPECT_BYTES = 64 << 20
MOST_CELLS = 10_000_000  # rows x columns of one sheet, 32 bytes each once read
MOST_XLS_CELLS = 4_000_000  # of all sheets: an .xls is laid out whole, 65 bytes a cell
MOST_MERGED = 1_000_000  # cells covered by merged ranges of one sheet
ZIP_MAGIC, OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_XLS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_OTHER_OLE = tuple(name.encode("utf-16-le") for name in ("WordDocument", "PowerPoint", "__substg1"))
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_REPEATS = ("number-rows-repeated", "number-columns-repeated")
BROKEN_ARCHIVE = (  # what zipfile raises for archives that are none
    *(zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError),
    *(OverflowError, struct.error, zlib.error, lzma.LZMAError),
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml\Z", re.IGNORECASE)
_BINARY = re.compile(r"xl/worksheets/[^/]+\.bin\Z", re.IGNORECASE)
# far longer ones than Excel has, for a reader lays those out as well
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,50})(\d{0,50})""")
_OVERLAP = 256  # bytes kept between chunks so that no reference is cut

TOP_ROWS, TOP_SHEETS = 40, 24  # of a workbook, to tell what it is

Cell = str | float | bool | datetime | date | time | timedelta
Row = list[Cell]


@dataclass(frozen=True)
class SheetTop:
    """A sheet's name and its first TOP_ROWS rows as text, None for a blank cell."""

    name: str
    rows: tuple[tuple[str | None, ...], ...]


def is_workbook(head: bytes) -> bool:
    """Whether these first bytes are of an .xlsx, .xlsm, .xlsb, .xls or .ods, and of nothing else.

    Other archives and Office documents are told apart by the names of their parts.
    """
    if head.startswith(OLE_MAGIC):
        return not any(name in head for name in _OTHER_OLE) or any(n in head for n in _XLS)
    if not head.startswith(ZIP_MAGIC):
        return False
    names = list(_part_names(head))
    if any(name.startswith(b"xl/") for name in names):
        return True
    if names[:1] == [b"mimetype"]:
        return _ODS in head[:200]
    common = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"customXml/")
    return bool(names) and all(name.startswith(common) for name in names)


def _part_names(head: bytes) -> Iterator[bytes]:
    """Names of the archive's parts, as far as their headers lie in these bytes."""
    place = head.find(ZIP_MAGIC)
    while place >= 0:
        length = int.from_bytes(head[place + 26 : place + 28], "little")
        name = head[place + 30 : place + 30 + length]
        if len(name) == length and name.isascii():
            yield name.replace(b"\\", b"/")
        place = head.find(ZIP_MAGIC, place + 4)


def sheet_tops(stream: BinaryIO) -> tuple[SheetTop, ...]:
    """The beginnings of the first TOP_SHEETS sheets. Raises UnreadableFile as `open_workbook`."""
    workbook = open_workbook(stream)
    return tuple(_top(workbook, name) for name in workbook.sheet_names[:TOP_SHEETS])


def _top(workbook: calamine.CalamineWorkbook, name: str) -> SheetTop:
    rows = zip(range(TOP_ROWS), sheet_rows(open_sheet(workbook, name)), strict=False)
    return SheetTop(name, tuple(tuple(map(cell_text, row)) for _, row in rows))


def open_sheet(workbook: calamine.CalamineWorkbook, name: str) -> calamine.CalamineSheet:
    """A sheet by its name. Raises UnreadableFile for a damaged one."""
    try:
        return workbook.get_sheet_by_name(name)
    except BaseException as error:
        raise _damaged(error, f"Sheet {name}") from error


def open_workbook(stream: BinaryIO) -> calamine.CalamineWorkbook:
    """The workbook. Raises UnreadableFile with one sentence for what is none, or is a bomb."""
    magic = stream.read(8)
    if not magic.startswith((ZIP_MAGIC, OLE_MAGIC)):
        raise UnreadableFile("This is no Excel workbook." if magic else "The file is empty.")
    if magic.startswith(ZIP_MAGIC):
        _check_archive(stream)
    else:
        _check_ole(stream)
    stream.seek(0)
    try:
        return calamine.CalamineWorkbook.from_filelike(stream)
    except BaseException as error:
        if isinstance(error, calamine.PasswordError) or _is_encrypted(stream, magic):
            raise UnreadableFile("The workbook is protected by a password.") from error
        raise _damaged(error, "The workbook") from error


def _damaged(error: BaseException, what: str) -> BaseException:
    """What is to be raised: the reader's complaint, also where it gave up in panic."""
    if isinstance(error, calamine.CalamineError):
        return UnreadableFile(f"{what} is damaged: {error}.")
    if type(error).__name__ == "PanicException":  # of the Rust library: no Exception by its class
        return UnreadableFile(f"{what} is damaged: its content contradicts itself.")
    return error


def _is_encrypted(stream: BinaryIO, magic: bytes) -> bool:
    """An encrypted .xlsx lies in an OLE file under this name ([MS-OFFCRYPTO] 2.3)."""
    if not magic.startswith(OLE_MAGIC):
        return False
    stream.seek(0)
    return _ENCRYPTED in stream.read(SUSPECT_BYTES)


def _check_ole(stream: BinaryIO) -> None:
    if stream.seek(0, 2) > SUSPECT_BYTES:
        raise UnreadableFile(f"An .xls workbook above {SUSPECT_BYTES >> 20} MiB is not read.")
    stream.seek(0)
    cells = cells_laid_out(stream.read())
    if cells > MOST_XLS_CELLS:
        raise UnreadableFile(
            f"The sheets span {cells:,} cells, more than the {MOST_XLS_CELLS:,} allowed."
        )


def _check_archive(stream: BinaryIO) -> None:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            _check_sizes(archive.infolist())
            for name in archive.namelist():
                _check_part(archive, name)
    except (*BROKEN_ARCHIVE, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # a seek to nowhere
            raise
        raise UnreadableFile(f"The workbook is damaged or incomplete: {error}.") from error


def _check_part(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse a sheet whose cells lie so far apart that laid out they fill the memory."""
    check = (
        _check_extent if _SHEET.match(name)
        else _check_binary if _BINARY.match(name)
        else _check_repeats if name == "content.xml"
        else None
    )  # fmt: skip
    if check is not None:
        with archive.open(name) as sheet:
            check(name, sheet)


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > MOST_BYTES:
        raise UnreadableFile(
            f"The workbook unpacks to {unpacked >> 20} MiB, "
            f"more than the {MOST_BYTES >> 20} MiB allowed."
        )
    if unpacked > SUSPECT_BYTES and unpacked > MOST_RATIO * packed:
        raise UnreadableFile(
            f"The workbook unpacks to {unpacked // max(packed, 1)} times its size: "
            "refused as a zip bomb."
        )


def _check_extent(name: str, sheet: IO[bytes]) -> None:
    """Find the last row and column by their references, in bounded memory."""
    width = height = 0
    rest = b""
    while chunk := sheet.read(1 << 20):
        found = set(_REFERENCE.findall(rest + chunk))
        width = max([width, *(_column(letters) for letters in {f[0] for f in found})])
        height = max([height, *(int(digits or b"0") for digits in {f[1] for f in found})])
        rest = chunk[-_OVERLAP:]
    _check_cells(name, height, width)


def _check_cells(name: str, height: int, width: int) -> None:
    if width * height > MOST_CELLS:
        raise UnreadableFile(
            f"Sheet {name.rpartition('/')[2]} spans {height} rows by {width} columns, "
            f"more than the {MOST_CELLS:,} cells allowed."
        )


def _check_binary(name: str, sheet: IO[bytes]) -> None:
    """The extent of an .xlsb sheet: rows and cells say where they are ([MS-XLSB] 2.4)."""
    height = width = 0
    stream = io.BufferedReader(sheet)  # type: ignore[type-var]
    while (kind := _number(stream)) is not None and (length := _number(stream)) is not None:
        body = stream.read(length)
        if kind == 0 and length >= 4:
            height = max(height, 1 + int.from_bytes(body[:4], "little"))
        elif 1 <= kind <= 11 and length >= 4:
            width = max(width, 1 + int.from_bytes(body[:4], "little"))
    _check_cells(name, height, width)


def _number(stream: IO[bytes]) -> int | None:
    """A record's type or length: seven bits a byte, the eighth says that more follow."""
    value = 0
    for shift in range(0, 28, 7):
        byte = stream.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << shift
        if not byte[0] & 0x80:
            break
    return value


def _check_repeats(name: str, content: IO[bytes]) -> None:
    """OpenDocument repeats filled rows and cells by a number: what that comes to."""
    rows, cells = 1, 0
    for _, element in elements(cast(BinaryIO, content), (), ("table-row", "table-cell")):
        given = {local(key): text for key, text in element.attrib.items()}
        if local(element.tag) == "table-row":
            rows = _repeated(given, _REPEATS[0])
        elif "value-type" in given:
            cells += rows * _repeated(given, _REPEATS[1])
        if cells > MOST_CELLS:
            raise UnreadableFile(f"The workbook repeats more than {MOST_CELLS:,} cells.")


def _repeated(given: dict[str, str], name: str) -> int:
    text = given.get(name, "1")
    return int(text) if text.isdecimal() and len(text) < 9 else 1


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def sheet_rows(sheet: calamine.CalamineSheet) -> Iterator[Row]:
    """The rows of a sheet; each cell of a merged range has the range's value."""
    merged = _merged_cells(sheet)
    values: dict[tuple[int, int], Cell] = {}
    for index, row in enumerate(sheet.iter_rows()):
        for column, origin in merged.pop(index, ()):
            if origin == (index, column):
                values[origin] = row[column]
            elif column < len(row):
                row[column] = values.get(origin, "")
        yield row


def _merged_cells(sheet: calamine.CalamineSheet) -> dict[int, list[tuple[int, tuple[int, int]]]]:
    """For each row the columns that lie in a merged range, with the range's first cell."""
    cells: dict[int, list[tuple[int, tuple[int, int]]]] = {}
    covered = 0
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        covered += (bottom - top + 1) * (right - left + 1)
        if covered > MOST_MERGED:
            raise UnreadableFile(f"Sheet {sheet.name} merges more than {MOST_MERGED:,} cells.")
        if right == left:  # along a row only titles are merged: their first cell is enough
            for row in range(top, bottom + 1):
                cells.setdefault(row, []).append((left, (top, left)))
    return cells


def cell_text(cell: Cell) -> str | None:
    """A cell as text: whole numbers without point, dates as ISO; null for a blank one."""
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, bool | int):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return _to_millisecond(cell).isoformat(sep=" ")
    if isinstance(cell, date):  # midnight: the reader drops a time of zero
        return f"{cell.isoformat()} 00:00:00"
    return str(cell)


def _to_millisecond(stamp: datetime) -> datetime:
    """Excel keeps days as a binary fraction: beyond the millisecond is rounding noise."""
    micros = round(stamp.microsecond, -3)
    return stamp.replace(microsecond=0) + timedelta(microseconds=micros)
