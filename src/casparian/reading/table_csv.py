"""Tables in delimited text. The header is the first line that names what the table must have."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import BinaryIO

from casparian.reading.base import UnreadableFile
from casparian.reading.block import Block, Line, Top, may_head, without
from casparian.reading.header import Words, unique_names
from casparian.reading.text import (
    DELIMITERS,
    HEAD_BYTES,
    Ragged,
    Table,
    TextReader,
    detect_encoding,
    read_table_head,
)

HUNTED_LINES = 40
LONGEST_LINE = 1 << 14  # characters of one that may be a header
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,(?:\d{1,2}|\d{4,})")  # three digits may be thousands
_DECIMAL_POINT = re.compile(r"[-+]?\d*\.\d+")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


def blocks(stream: BinaryIO, words: Words) -> Iterator[Block | Ragged]:
    """The records. Raises UnreadableFile where no line names the required columns."""
    table, top = find(stream.read(HEAD_BYTES), words)
    for part in TextReader(stream, table, unique_names(table.columns, {})):
        if isinstance(part, Ragged):
            yield part
        else:
            yield Block(0, *part, above=top.above, comma=has_decimal_commas(table))


def has_decimal_commas(table: Table) -> bool:
    """Whether numbers may have a decimal comma: commas part no columns, or the first records quote
    `"55,2"` and have no decimal point anywhere."""
    if table.delimiter != ",":
        return True
    cells = [cell for row in table.sample for cell in row]
    quoted = any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells)
    return quoted and not any(_DECIMAL_POINT.fullmatch(cell) for cell in cells)


def find(head: bytes, words: Words) -> tuple[Table, Top]:
    """The table in a file's first bytes. Raises UnreadableFile for none of these words."""
    found = next(_fitting(head, words), None)
    if found is not None:
        return found
    raise UnreadableFile(without(words, read_table_head(head).columns))


def first_of(head: bytes, words: Words) -> Iterator[Top]:
    """The header of such a table in the head, for sniffing."""
    yield from (top for _, top in islice(_fitting(head, words), 1))


def _fitting(head: bytes, words: Words) -> Iterator[tuple[Table, Top]]:
    return ((table, top) for table, top in tops(head) if top.is_of(words))


@lru_cache(maxsize=8)  # every format asks about the same file
def tops(head: bytes) -> tuple[tuple[Table, Top], ...]:
    """Every line of the head that may be a header, the likeliest first."""
    found: list[tuple[Table, Top]] = []
    try:
        table = read_table_head(head)
        above = tuple(_cells(line, table.delimiter) for line in table.above)
        found.append((table, Top(table.columns, above)))
    except UnreadableFile:
        pass
    try:
        encoding = detect_encoding(head)
    except UnreadableFile:
        return tuple(found)
    text = head[encoding.bom :].decode(encoding.name, errors="replace")
    lines = [line[0] for line, _ in zip(_LINE.finditer(text), range(HUNTED_LINES), strict=False)]
    for delimiter in DELIMITERS:
        rows = [_cells(line, delimiter) for line in lines]
        start = 0
        for place, (line, row) in enumerate(zip(lines, rows, strict=True)):
            start += len(line.encode())
            if may_head(row):
                columns = tuple(cell or "" for cell in row)
                table = Table(encoding, delimiter, columns, start)
                found.append((table, Top(columns, tuple(rows[:place]))))
    return tuple(found)


def _cells(line: str, delimiter: str) -> Line:
    """The line's cells, null for an empty one; none for what is no line of a table."""
    if len(line) > LONGEST_LINE or delimiter not in line:
        return (line.strip() or None,) if len(line) <= LONGEST_LINE else ()
    try:
        row = next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter, skipinitialspace=True))
    except (csv.Error, StopIteration):
        return ()
    return tuple(cell.strip() or None for cell in row)
