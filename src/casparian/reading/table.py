"""Tables that a family declares: its fields with their header words, and the reading all share.

The same table may come as delimited text, as a workbook of any number of sheets, or as JSON;
order, case, spaces and underscores of its header do not matter. Bronze has one text column a
field, under the field's name, and `_extra`: JSON of the columns that nobody declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO

from casparian.reading import json_places, table_csv, table_excel, table_json
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source
from casparian.reading.block import Block, Line, Top
from casparian.reading.header import Words, readings_of
from casparian.reading.peek import Peek
from casparian.reading.table_reading import Fields, Reading, Shaping
from casparian.reading.text import HEAD_BYTES, Ragged, decode_head
from casparian.reading.workbook import is_workbook

__all__ = ["Fields", "Shaping", "TableFormat"]

Sign = tuple[str | tuple[str, ...], ...]


@dataclass(frozen=True)
class TableFormat:
    """A format of one table.

    header: field to the other words for it; a field's own name always means it.
    required: fields without which a file is not of this format; of a tuple, one of them.
    times: fields that become UTC; local times take the source's zone.
    numbers: fields in which a decimal comma is read as a point, unless commas part the columns.
    above: fields that may stand once above the table, as `Machine: | CNC-01`.
    shaping: makes a file's silver columns where they are not the declared fields.
    days: for times that may be without their day, the field that has it: a date beside them.
    utc: fields of `times` that are UTC where they carry no offset, whatever the source's zone.
    vendor: header words (as `normalise` spells them) that only this format's files have together.
    unlike: such words of more special formats: a file with them is rather theirs.
    """

    name: str
    table: str
    summary: str
    header: Mapping[str, tuple[str, ...]]
    required: tuple[str | tuple[str, ...], ...]
    contract: str
    times: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    shaping: Callable[[], Shaping] | None = None
    utc: tuple[str, ...] = ()
    days: Mapping[str, str] = field(default_factory=dict)
    vendor: Sign = ()
    unlike: tuple[Sign, ...] = ()
    version: str = "1.1.0"
    stage: int = 1

    @property
    def tables(self) -> tuple[str, ...]:
        return (self.table,)

    @cached_property
    def words(self) -> Words:
        return Words(self.header, self.required, self.above)

    def sniff(self, peek: Peek) -> Sniff:
        """As sure as the share of the file's columns that it knows, if the required are there."""
        return max(
            (self._judged(top) for top in self._tops(peek)),
            key=lambda sniff: sniff.confidence,
            default=NO,
        )

    def _tops(self, peek: Peek) -> Iterator[Top]:
        if peek.json_paths:
            place = json_places.find(peek.text, self.words)
            yield from (place.top,) if place else ()
        elif is_workbook(peek.head):
            yield from table_excel.tops(peek.sheets, self.words)
        elif not peek.root:
            yield from table_csv.first_of(peek.head, self.words)

    def _judged(self, top: Top) -> Sniff:
        found = self.words.fields(top.columns)
        columns = [column for column in top.columns if column]
        named = ", ".join(top.columns[place] for place in sorted(found.values())[:4])
        share = len(found) / max(len(columns), 1)
        sure = 0.5 + 0.45 * share
        spelled = {word: column for column in columns for word in readings_of(column)}
        if self.vendor:
            sure = min(sure, 0.7) if Words({}, self.vendor).missing(spelled) else 0.96
        if any(not Words({}, sign).missing(spelled) for sign in self.unlike):
            sure = min(sure, 0.75)
        return Sniff(round(sure, 3), f"columns {named} …")

    def missing(self, peek: Peek) -> tuple[int, list[str]]:
        """How many of the columns of text or workbook it knows, and what it needs besides.

        Of the lines that may be a header the one with most that is known.
        """
        if peek.json_paths or peek.root:
            return 0, []
        lines: Iterable[Line] = (row for sheet in peek.sheets for row in sheet.rows)
        if not peek.sheets:
            lines = (top.columns for _, top in table_csv.tops(peek.head))
        found = [self.words.fields(tuple(cell or "" for cell in line)) for line in lines]
        best = max(found, key=len, default={})
        return len(best), self.words.missing(best)

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every record; a line with the wrong number of columns is damage.

        Raises UnreadableFile for an empty file or one without the required columns.
        """
        with source.open() as stream:
            yield from self.parts(stream, source.timezone)

    def parts(self, stream: BinaryIO, timezone: str | None) -> Iterator[Batch | Damage | Note]:
        """The same of an open file."""
        reading = Reading(self, timezone)
        for part in self._blocks(stream):
            if isinstance(part, Ragged):
                yield Damage(self.table, part.row, "damaged_record", part.text, part.detail)
            elif isinstance(part, Note):
                yield part
            else:
                yield from reading.batches(part)
        yield from map(Note, reading.notes())

    def _blocks(self, stream: BinaryIO) -> Iterator[Block | Ragged | Note]:
        head = stream.read(HEAD_BYTES)
        stream.seek(0)
        if is_workbook(head):
            return table_excel.blocks(stream, self.words)
        if decode_head(head).lstrip("\ufeff \t\r\n\x1e")[:1] in ("{", "["):
            return table_json.blocks(stream, self.words)
        return table_csv.blocks(stream, self.words)
