"""What every carrier of a table gives: blocks of text columns under the header as written.

Delimited text, workbooks and JSON hold the same tables; `table.TableFormat` reads them from here
on and does not know which it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from casparian.reading.base import UnreadableFile
from casparian.reading.header import Words
from casparian.reading.text import Ragged

BLOCK_ROWS = 8192
BLOCK_CHARACTERS = 8 << 20

Line = tuple[str | None, ...]


@dataclass(frozen=True)
class Top:
    """Where a table begins, as a format may judge it: its columns and the lines above."""

    columns: tuple[str, ...]
    above: tuple[Line, ...] = ()

    def is_of(self, words: Words) -> bool:
        """Whether it is a table of these words; what its columns lack may stand above them."""
        found = words.fields(self.columns)
        missing = words.missing(found)
        if not missing or not self.above or not words.may_stand_above(missing):
            return not missing
        return not words.missing({**found, **words.given(self.above)})


@dataclass(frozen=True)
class Block:
    """Records of one table.

    table: its number in the file; a workbook has one a sheet. rows: int64 record numbers from 1.
    columns: text, named as in the header (made unique), null where empty.
    above: the lines above the header. comma: whether a comma may be the decimal sign.
    """

    table: int
    rows: pa.Array
    columns: pa.RecordBatch
    above: tuple[Line, ...] = ()
    comma: bool = True


def may_head(line: Line) -> bool:
    """Whether a line may be a header at all: two or more different words, hardly any number."""
    filled = [cell for cell in line if cell]
    numbers = sum(cell.lstrip("+-.")[:1].isdecimal() for cell in filled)
    return len(set(filled)) > 1 and numbers * 3 < len(filled)


class Rows:
    """Numbers records that are met one by one and hands them on in blocks."""

    def __init__(self, above: tuple[Line, ...] = (), table: int = 0, before: int = 0):
        self.above, self.table, self.row = above, table, before
        self.records: list[dict[str, Any]] = []
        self.numbers: list[int] = []
        self.characters = 0

    def add(self, record: dict[str, Any], size: int = 0) -> bool:
        """Take a record; whether it is time for a block."""
        self.row += 1
        self.numbers.append(self.row)
        self.records.append(record)
        self.characters += size
        return len(self.records) >= BLOCK_ROWS or self.characters > BLOCK_CHARACTERS

    def block(self) -> Iterator[Block]:
        """The records so far as a block, if there are any."""
        if not self.records:
            return
        names = dict.fromkeys(name for record in self.records for name in record)
        columns = {
            name: pa.array([record.get(name) for record in self.records], pa.string())
            for name in names
        }
        rows = pa.array(self.numbers, pa.int64())
        if columns:
            yield Block(self.table, rows, pa.record_batch(columns), self.above)
        self.records, self.numbers, self.characters = [], [], 0


def collect(
    found: Iterable[dict[str, Any] | Ragged], rows: Rows, size: Callable[[Any], int]
) -> Iterator[Block | Ragged]:
    """Records as blocks, what is none in its place. What was read before an error is kept."""
    try:
        for each in found:
            if isinstance(each, Ragged):
                rows.row += 1
                yield Ragged(rows.row, each.text, each.detail)
            elif rows.add(each, size(each)):
                yield from rows.block()
    except UnreadableFile:
        yield from rows.block()
        raise
    yield from rows.block()


def without(words: Words, columns: tuple[str, ...]) -> str:
    """The sentence for a file that lacks required columns."""
    missing = words.missing(words.fields(columns))
    word = "Column" if len(missing) == 1 else "Columns"
    named = ", ".join(columns[:30]) + (", …" if len(columns) > 30 else "")
    return f"{word} {', '.join(missing)} missing; the file has {named}."
