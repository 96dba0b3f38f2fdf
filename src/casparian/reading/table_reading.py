"""One pass over the records of a table: from columns as read to bronze and silver batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from casparian.reading.base import Batch
from casparian.reading.block import Block
from casparian.reading.cells import (
    as_times,
    clean,
    groups_by_point,
    is_units_row,
    plain_numbers,
    with_day,
)
from casparian.reading.header import unit_of
from casparian.reading.times import Clock, detect_layout, guess_note

if TYPE_CHECKING:
    from casparian.reading.table import TableFormat

SHAPED_ROWS = 1 << 14
SAMPLE_ROWS = 2000  # of a table, to learn how it writes its times
Fields = dict[str, pa.Array]


class Shaping(Protocol):
    """Makes silver columns of the declared fields, batch by batch of one file."""

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The silver columns. found: text, blank as null; times as timestamp[us, UTC], and for one
        of `days` whether its day was put to it, as `<field> of day`.

        units: what the header (in brackets) or a row beneath it says of a field's unit.
        """

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        """Further silver rows that the same records state, with their places in the batch."""

    def notes(self) -> Iterable[str]:
        """What a person should know of the file, once it is read."""


class Reading:
    """One pass over one file."""

    def __init__(self, form: TableFormat, timezone: str | None):
        self.form, self.timezone = form, timezone
        self.shaping = form.shaping() if form.shaping else None
        self.table = -1
        self.said: dict[str, None] = {}

    def notes(self) -> Iterator[str]:
        yield from self.said
        if self.shaping:
            yield from self.shaping.notes()

    def batches(self, block: Block) -> Iterator[Batch]:
        """The block's records; in pieces where they are shaped one by one, which takes memory."""
        if not self.shaping or len(block.rows) <= SHAPED_ROWS:
            yield from self._batch(block)
            return
        for start in range(0, len(block.rows), SHAPED_ROWS):
            piece = slice(start, start + SHAPED_ROWS)
            columns = block.columns.slice(start, SHAPED_ROWS)
            yield from self._batch(replace(block, rows=block.rows[piece], columns=columns))

    def _batch(self, block: Block) -> Iterator[Batch]:
        names = tuple(block.columns.schema.names)
        found = self.form.words.fields(names)
        columns = self._columns(block, found)
        if block.table != self.table:
            block, columns = self._begin(block, columns, names, found)
        rows = block.rows
        if not len(rows):
            return
        known = {names[place] for place in found.values()}
        others = [name for name in names if name not in known]
        raw = pa.record_batch(columns | {"_extra": _extra(block.columns, others)})
        found_fields = self._fields(columns, block.comma)
        fields = self.shaping.fields(found_fields, self.units) if self.shaping else found_fields
        table = self.form.table
        yield Batch(table, rows, raw, pa.record_batch(fields))
        for places, more in self.shaping.derived(found_fields) if self.shaping else ():
            fields = pa.record_batch(more)
            yield Batch(table, rows.take(places), raw.take(places), fields, derived=True)

    def _columns(self, block: Block, found: dict[str, int]) -> Fields:
        """Each declared field as it was read, or as it stands above the table."""
        count = len(block.rows)
        given = self.form.words.given(block.above)
        return {
            field: block.columns.column(found[field])
            if field in found
            else pa.array([given.get(field)] * count, pa.string())
            for field in self.form.header
        }

    def _begin(
        self, block: Block, columns: Fields, names: tuple[str, ...], found: dict[str, int]
    ) -> tuple[Block, Fields]:
        """Another table: its clocks, its units, and no row of units among its records."""
        self.table = block.table
        units = {field: unit_of(names[place]) for field, place in found.items()}
        if is_units_row(columns, self.form.numbers):
            row = {field: column[0].as_py() for field, column in columns.items()}
            units |= {field: text.strip("[]() ") for field, text in row.items() if text}
            self.said["The row beneath the header states units and is no record."] = None
            block = replace(block, rows=block.rows[1:], columns=block.columns.slice(1))
            columns = {field: column[1:] for field, column in columns.items()}
        self.grouped = groups_by_point(columns[name] for name in self.form.numbers)
        self.units = {field: unit for field, unit in units.items() if unit}
        whole = columns | {field: text for field, (text, _) in self._dated(columns).items()}
        self.clocks = {field: self._clock(field, whole[field]) for field in self.form.times}
        return block, columns

    def _clock(self, field: str, column: pa.Array) -> Clock:
        sample = as_times(column[:SAMPLE_ROWS]).to_pylist()
        zone = "UTC" if field in self.form.utc else self.timezone
        layout = detect_layout(sample, self.timezone)
        if layout.guessed:
            self.said[guess_note(layout.order)] = None
        return Clock(zone, layout)

    def _dated(self, columns: Fields) -> dict[str, tuple[pa.Array, pa.Array]]:
        """Times that lack their day with it, and where that was so."""
        return {time: with_day(columns[time], columns[day]) for time, day in self.form.days.items()}

    def _fields(self, columns: Fields, comma: bool) -> Fields:
        fields = {field: clean(column) for field, column in columns.items()}
        for time, (text, dated) in self._dated(fields).items():
            fields |= {time: text, f"{time} of day": dated}
        fields |= {time: clock.utc(as_times(fields[time])) for time, clock in self.clocks.items()}
        fields |= {
            name: plain_numbers(fields[name], comma, self.grouped) for name in self.form.numbers
        }
        return fields


def _extra(read: pa.RecordBatch, others: list[str]) -> pa.Array:
    """JSON of the columns that are no field, null where they are all empty."""
    columns = [(name, read[name]) for name in others if read[name].null_count < read.num_rows]
    filled = [(name, column.to_pylist()) for name, column in columns]
    if not filled:
        return pa.nulls(read.num_rows, pa.string())
    texts = []
    for values in zip(*(column for _, column in filled), strict=True):
        pairs = {n: v for (n, _), v in zip(filled, values, strict=True) if v is not None}
        texts.append(json.dumps(pairs, ensure_ascii=False) if pairs else None)
    return pa.array(texts, pa.string())
