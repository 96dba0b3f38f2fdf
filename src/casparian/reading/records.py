"""From single records to batches, for formats that meet their records one by one.

A format yields `Record` and `Damage`; `batches` numbers them, collects them by table and turns
their times into UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from casparian.reading.base import Batch, Damage, Note, UnreadableFile
from casparian.reading.times import UTC_US, Clock, detect_layout, guess_note

BATCH_ROWS = 8192
BATCH_CHARACTERS = 8 << 20


@dataclass(frozen=True)
class Record:
    """One record.

    raw: as read, by bronze column; columns that the table does not list go to `_extra` as JSON.
    fields: by silver column. Text or None; for a time text, or a datetime with zone.
    derived: made from records that are counted elsewhere: no number, silver alone.
    """

    table: str
    raw: Mapping[str, str | None]
    fields: Mapping[str, Any]
    derived: bool = False


@dataclass(frozen=True)
class Columns:
    """What a table's records have: bronze columns, silver columns and which of these are times."""

    raw: tuple[str, ...]
    fields: tuple[str, ...]
    times: tuple[str, ...] = ()


def batches(
    found: Iterable[Record | Damage | Note],
    tables: Mapping[str, Columns],
    timezone: str | None = None,
) -> Iterator[Batch | Damage | Note]:
    """Records as batches of up to BATCH_ROWS, numbered from 1 as they come, damage among them.

    timezone: IANA name for times without an offset; None reads them as UTC.
    The number that a Damage carries is replaced. Where `found` raises UnreadableFile, the records
    before it come first.
    """
    waiting = {
        (name, derived): _Waiting(name, columns, timezone, derived)
        for name, columns in tables.items()
        for derived in (False, True)
    }
    try:
        yield from _numbered(found, waiting)
    except UnreadableFile:
        yield from _rest(waiting)  # what stands before the damage
        raise
    yield from _rest(waiting)


def _numbered(
    found: Iterable[Record | Damage | Note], waiting: Mapping[tuple[str, bool], _Waiting]
) -> Iterator[Batch | Damage | Note]:
    row = 0
    for each in found:
        if isinstance(each, Note):
            yield each
            continue
        if isinstance(each, Damage):
            row += 1
            yield replace(each, row=row)
            continue
        row += not each.derived
        place = waiting[each.table, each.derived]
        place.add(row, each)
        if place.full:
            yield place.batch()


def _rest(waiting: Mapping[tuple[str, bool], _Waiting]) -> Iterator[Batch | Note]:
    yield from (place.batch() for place in waiting.values() if place.records)
    layouts = [clock.layout for place in waiting.values() for clock in place.clocks.values()]
    yield from map(Note, sorted({guess_note(each.order) for each in layouts if each.guessed}))


@dataclass
class _Waiting:
    """Records of one table that wait for their batch."""

    table: str
    columns: Columns
    timezone: str | None
    derived: bool
    rows: list[int] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    characters: int = 0
    clocks: dict[str, Clock] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        return len(self.rows) >= BATCH_ROWS or self.characters > BATCH_CHARACTERS

    def add(self, row: int, record: Record) -> None:
        self.rows.append(row)
        self.records.append(record)
        self.characters += sum(len(text) for text in record.raw.values() if text)

    def batch(self) -> Batch:
        raw = {name: self._text(name) for name in self.columns.raw}
        raw["_extra"] = pa.array([self._extra(each) for each in self.records], pa.string())
        fields = {name: self._field(name) for name in self.columns.fields}
        rows = pa.array(self.rows, pa.int64())
        made = pa.record_batch(raw), pa.record_batch(fields)
        self.rows, self.records, self.characters = [], [], 0
        return Batch(self.table, rows, *made, derived=self.derived)

    def _text(self, name: str) -> pa.Array:
        return pa.array([each.raw.get(name) for each in self.records], pa.string())

    def _extra(self, record: Record) -> str | None:
        filled = {
            name: text
            for name, text in record.raw.items()
            if text is not None and name not in self.columns.raw
        }
        return json.dumps(filled, ensure_ascii=False) if filled else None

    def _field(self, name: str) -> pa.Array:
        values = [each.fields.get(name) for each in self.records]
        if name in self.columns.times:
            return self._times(name, values)
        return pa.array(values, pa.string())

    def _times(self, name: str, values: list[str | datetime | None]) -> pa.Array:
        """Datetimes as they are, texts by the clock of the field."""
        texts = [value if isinstance(value, str) else None for value in values]
        if not any(texts):
            return pa.array(values, UTC_US)
        if name not in self.clocks:
            self.clocks[name] = Clock(self.timezone, detect_layout(texts, self.timezone))
        read = self.clocks[name].utc(pa.array(texts, pa.string()))
        if texts == values:
            return read
        known = pa.array([v if isinstance(v, datetime) else None for v in values], UTC_US)
        return pa.compute.coalesce(known, read)
