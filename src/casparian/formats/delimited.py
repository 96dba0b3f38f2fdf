"""Delimited exports of one table: what a family declares, and the reading that all share.

A family names its fields with the header words that mean them; order, case, spaces and
underscores in a file's header do not matter. Bronze has one text column a field, under the
field's name, and `_extra`: JSON of the columns that nobody declared. Empty unquoted text is null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.base import NO, Batch, Damage, Sniff, Source, UnreadableFile
from casparian.formats.peek import Peek
from casparian.formats.text import HEAD_BYTES, Ragged, Table, TextReader, read_table_head
from casparian.formats.times import Clock, detect_layout

_DECIMAL_COMMA = r"^\s*[-+]?[0-9]+,[0-9]+([eE][-+]?[0-9]+)?\s*$"


@lru_cache(maxsize=4096)  # every format asks for the same words of every file
def normalise(header: str) -> str:
    """A header word without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", header.casefold())


@dataclass(frozen=True)
class DelimitedFormat:
    """A format of one table in delimited text.

    header: field to the other words for it; a field's own name always means it.
    required: fields without whose column a file is not of this format.
    times: fields that become UTC; local times take the source's zone.
    numbers: fields in which a decimal comma is read as a point, unless commas part the columns.
    """

    name: str
    table: str
    summary: str
    header: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    contract: str
    times: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    version: str = "1.0.0"
    stage: int = 1

    @property
    def tables(self) -> tuple[str, ...]:
        return (self.table,)

    def sniff(self, peek: Peek) -> Sniff:
        """As sure as the share of the file's columns that it knows, if the required are there."""
        if peek.table is None:
            return NO
        columns = peek.table.columns
        found = self._fields(columns)
        if self._missing(found):
            return NO
        share = len(found) / len(columns)
        words = ", ".join(columns[place] for place in sorted(found.values())[:4])
        return Sniff(round(0.5 + 0.45 * share, 3), f"columns {words} …")

    def read(self, source: Source) -> Iterator[Batch | Damage]:
        """Every record; a line with the wrong number of columns is damage.

        Raises UnreadableFile for an empty file or one without the required columns.
        """
        with source.open() as stream:
            table = read_table_head(stream.read(HEAD_BYTES))
            found = self._fields(table.columns)
            if missing := self._missing(found):
                raise UnreadableFile(_without(missing, table.columns))
            names = unique_names(table.columns, found)
            clocks = self._clocks(table, found, source.timezone)
            for part in TextReader(stream, table, names):
                if isinstance(part, Ragged):
                    yield Damage(self.table, part.row, "damaged_record", part.text, part.detail)
                else:
                    yield self._batch(*part, clocks, table.delimiter)

    def _fields(self, columns: tuple[str, ...]) -> dict[str, int]:
        """Each field's column; the first that means it."""
        words = {normalise(column): place for place, column in reversed([*enumerate(columns)])}
        found: dict[str, int] = {}
        for field, synonyms in self.header.items():
            places = (words.get(normalise(word)) for word in (field, *synonyms))
            free = [place for place in places if place is not None and place not in found.values()]
            if free:
                found[field] = free[0]
        return found

    def _missing(self, found: dict[str, int]) -> list[str]:
        return [field for field in self.required if field not in found]

    def _clocks(
        self, table: Table, found: dict[str, int], timezone: str | None
    ) -> dict[str, Clock]:
        def layout_of(field: str) -> list[str | None]:
            place = found.get(field, len(table.columns))
            return [row[place] for row in table.sample if place < len(row)]

        return {
            field: Clock(timezone, detect_layout(layout_of(field), timezone))
            for field in self.times
        }

    def _batch(
        self, rows: pa.Array, read: pa.RecordBatch, clocks: dict[str, Clock], delimiter: str
    ) -> Batch:
        columns = {
            field: read[field] if field in read.schema.names else pa.nulls(len(rows), pa.string())
            for field in self.header
        }
        raw = columns | {"_extra": _extra(read, set(self.header))}
        fields = columns | {field: clock.utc(columns[field]) for field, clock in clocks.items()}
        if delimiter != ",":
            fields |= {field: _with_point(fields[field]) for field in self.numbers}
        return Batch(self.table, rows, pa.record_batch(raw), pa.record_batch(fields))


def _without(missing: list[str], columns: tuple[str, ...]) -> str:
    word = "Column" if len(missing) == 1 else "Columns"
    return f"{word} {', '.join(missing)} missing; the file has {', '.join(columns)}."


def unique_names(columns: tuple[str, ...], found: dict[str, int]) -> tuple[str, ...]:
    """The fields' names in file order; other columns keep their header, made unique."""
    fields = {place: field for field, place in found.items()}
    names: list[str] = []
    for place, column in enumerate(columns):
        name = fields.get(place) or column or f"column {place + 1}"
        while place not in fields and (name in found or name in names):
            name += "'"
        names.append(name)
    return tuple(names)


def _extra(read: pa.RecordBatch, known: set[str]) -> pa.Array:
    """JSON of the columns that are no field, null where they are all empty."""
    others = [name for name in read.schema.names if name not in known]
    if not others:
        return pa.nulls(read.num_rows, pa.string())
    texts = []
    for values in zip(*(read[name].to_pylist() for name in others), strict=True):
        filled = {
            name: value for name, value in zip(others, values, strict=True) if value is not None
        }
        texts.append(json.dumps(filled, ensure_ascii=False) if filled else None)
    return pa.array(texts, pa.string())


def _with_point(text: pa.Array) -> pa.Array:
    comma = pc.match_substring_regex(text, _DECIMAL_COMMA)
    return pc.if_else(comma, pc.replace_substring(text, ",", "."), text)
