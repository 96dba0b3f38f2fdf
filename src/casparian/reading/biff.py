"""How far the sheets of an .xls reach, found before anything lays them out in memory.

The compound file is followed to its workbook stream, whose records say where cells are. Whatever
is broken ends the walk: the reader that follows complains about it.

Source: [MS-CFB] 2.2 to 2.6; [MS-XLS] 2.4 (records), 2.5.13 (Cell).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_NAMES = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
_END = 0xFFFFFFFA  # sector numbers from here on are marks
_CELLS = frozenset(
    (0x06, 0x201, 0x203, 0x204, 0x205, 0x27E, 0xBD, 0xBE, 0xD6, 0xFD, 0x206, 0x406, 1, 2, 3, 4, 5)
)
_SEVERAL = (0xBD, 0xBE)  # cells side by side; the last column stands at the end
_EOF = 0x0A


def cells_laid_out(data: bytes) -> int:
    """Rows by columns of all sheets together, as far as the file can be followed."""
    try:
        return sum(rows * columns for rows, columns in _extents(_workbook(data)))
    except (struct.error, IndexError, ValueError):
        return 0


def _extents(stream: bytes) -> Iterator[tuple[int, int]]:
    """(rows, columns) of each part of the workbook stream."""
    place = top = left = bottom = right = 0
    seen = False
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        if kind in _CELLS and length >= 4:
            row, column = struct.unpack_from("<HH", stream, place + 4)
            last = column
            if kind in _SEVERAL and length >= 6:
                (last,) = struct.unpack_from("<H", stream, place + 2 + length)
            top, left = (min(top, row), min(left, column)) if seen else (row, column)
            bottom, right = max(bottom, row), max(right, column, last)
            seen = True
        elif kind == _EOF and seen:
            yield bottom - top + 1, right - left + 1
            top = left = bottom = right = 0
            seen = False
        place += 4 + length
    if seen:
        yield bottom - top + 1, right - left + 1


def _workbook(data: bytes) -> bytes:
    """The workbook's stream."""
    sector = 1 << min(struct.unpack_from("<H", data, 30)[0], 16)
    (first,) = struct.unpack_from("<I", data, 48)
    (cutoff,) = struct.unpack_from("<I", data, 56)
    fat = _fat(data, sector)
    directory = _chain(data, first, fat, sector)
    root = b""
    for place in range(0, len(directory) - 127, 128):
        entry = directory[place : place + 128]
        start, size = struct.unpack_from("<IQ", entry, 116)
        size &= 0xFFFFFFFF
        if entry[66] == 5:
            root = _chain(data, start, fat, sector)
        elif entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)] in _NAMES:
            if size >= cutoff:
                return _chain(data, start, fat, sector)[:size]
            return _mini(data, start, fat, sector, root)[:size]
    return b""


def _mini(data: bytes, start: int, fat: list[int], sector: int, root: bytes) -> bytes:
    """A small stream: sectors of 64 bytes within the root's stream."""
    table = _chain(data, struct.unpack_from("<I", data, 60)[0], fat, sector)
    small = list(struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4]))
    return b"".join(root[number * 64 : number * 64 + 64] for number in _numbers(start, small))


def _fat(data: bytes, sector: int) -> list[int]:
    """For each sector the next one."""
    listed = list(struct.unpack_from("<109I", data, 76))
    following = struct.unpack_from("<I", data, 68)[0]
    seen: set[int] = set()
    while following < _END and following not in seen:
        seen.add(following)
        more = _sector(data, following, sector)
        entries = struct.unpack(f"<{len(more) // 4}I", more[: len(more) // 4 * 4])
        listed += entries[:-1]
        following = entries[-1] if entries else _END
    table = b"".join(_sector(data, number, sector) for number in listed if number < _END)
    return list(struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4]))


def _chain(data: bytes, start: int, fat: list[int], sector: int) -> bytes:
    return b"".join(_sector(data, number, sector) for number in _numbers(start, fat))


def _numbers(start: int, table: list[int]) -> Iterator[int]:
    """Sector numbers from `start` on; a ring ends where it closes."""
    seen = bytearray(len(table))
    while start < len(table) and not seen[start]:
        seen[start] = 1
        yield start
        start = table[start]


def _sector(data: bytes, number: int, sector: int) -> bytes:
    return data[(number + 1) * sector : (number + 2) * sector]
