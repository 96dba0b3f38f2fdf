"""SCADA trends: what operators export from a trend display or its database.

Told from historian exports by header words that only one system uses (`VarName;TimeString`,
`Millitm`, `t_stamp`, `$Date`, pens).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.scada.dialects import Found, find, wide_sign
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.header import unique_names
from casparian.reading.melt import NOT_EXPORTED, constant, with_quality
from casparian.reading.peek import Peek
from casparian.reading.reading_values import marks_of
from casparian.reading.reading_words import day_and_clock
from casparian.reading.text import HEAD_BYTES, Ragged, Table, TextReader, read_table_head
from casparian.reading.times import UTC_US, Clock, Layout, detect_layout, guess_note
from casparian.reading.wide_plan import plan
from casparian.reading.wide_reading import WideReading

TABLE = "scada_trends"
SECOND_US = 1_000_000
RAW = ("timestamp", "clock", "serial", "millitm", "tag", "value", "whole", "text", "quality")


class ScadaTrends:
    """Trend exports, long or wide, to `scada_trends`."""

    name, version, contract = "scada_trends", "1.0.0", "scada"
    tables = (TABLE,)
    summary = "SCADA trends: WinCC, Ignition, FactoryTalk View, InTouch, pens of any system"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        if peek.table is None:
            return NO
        if found := find(peek.table.columns):
            return Sniff(found.dialect.sure, f"trends as {found.dialect.name} writes them")
        system = wide_sign(peek.table.columns)
        if system and plan(peek.table):
            return Sniff(0.96, f"trends side by side, as {system} writes them")
        return NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every sample. Raises UnreadableFile for a file of none of these systems."""
        with source.open() as stream:
            table = read_table_head(stream.read(HEAD_BYTES))
            found = find(table.columns)
            if found:
                reading = _Long(found, table, source.timezone)
                yield from reading.said()
                for part in TextReader(stream, table, reading.names, coded=reading.coded):
                    yield reading.part(part)
                return
            wide = plan(table, source.stem)
            if wide is None:
                raise UnreadableFile(f"No trend among the columns {', '.join(table.columns[:20])}.")
            side = WideReading(TABLE, wide, table, source.timezone)
            yield from side.said()
            names = tuple(map(str, range(len(table.columns))))
            for part in TextReader(stream, table, names):
                yield from side.part(part)
            yield from side.last()


class _Long:
    """One pass over one long file."""

    def __init__(self, found: Found, table: Table, timezone: str | None):
        self.dialect = found.dialect
        rows = [row for row in table.sample if len(row) == len(table.columns)]
        self.places = day_and_clock(
            dict(found.places), lambda place: [row[place] for row in rows if row[place]]
        )
        self.names = unique_names(table.columns, self.places)
        self.coded = ("tag", "quality")
        texts = [self._joined(row) for row in rows]
        self.clock = Clock(timezone, detect_layout(texts, timezone))
        self.serial = Clock(timezone, Layout(number="excel"))
        values = (row[self.places["value"]] for row in rows)
        self.marks = marks_of(values, table.delimiter)
        place = self.places.get("quality")
        self.read_quality = self.dialect.quality(None if place is None else table.columns[place])

    def _joined(self, row: tuple[str, ...]) -> str:
        at = row[self.places["timestamp"]]
        return f"{at} {row[self.places['clock']]}" if "clock" in self.places else at

    def said(self) -> Iterator[Note]:
        if self.clock.layout.guessed:
            yield Note(guess_note(self.clock.layout.order))

    def part(self, part: tuple[pa.Array, pa.RecordBatch] | Ragged) -> Batch | Damage:
        if isinstance(part, Ragged):
            return Damage(TABLE, part.row, "damaged_record", part.text, part.detail)
        rows, read = part
        columns = {name: read[name] for name in RAW if name in self.places}
        others = [name for name in self.names if name not in self.places]
        raw = {name: columns.get(name, pa.nulls(len(rows), pa.string())) for name in RAW}
        raw["_extra"] = _extra(read, others)
        fields = {"timestamp": self._instants(columns), "tag_name": columns["tag"]}
        fields |= with_quality(_value(columns), self._codes(columns), self.marks, self.read_quality)
        fields["system"] = constant(self.dialect.name, len(rows))
        made = pa.RecordBatch.from_pydict(raw), pa.RecordBatch.from_pydict(fields)
        return Batch(TABLE, rows, *made)

    def _codes(self, columns: dict[str, pa.Array]) -> pa.DictionaryArray:
        tags = columns["tag"]
        return columns.get("quality", constant(NOT_EXPORTED, len(tags)))

    def _instants(self, columns: dict[str, pa.Array]) -> pa.Array:
        text, series = columns["timestamp"], columns["tag"]
        if "clock" in columns:
            text = pc.binary_join_element_wise(text, columns["clock"], " ")
        instants = self.clock.utc(text, series)
        if "millitm" in columns:
            instants = pc.add(instants.cast(pa.int64()), _millis(columns["millitm"])).cast(UTC_US)
        if "serial" in columns:
            return _finer(instants, self.serial.utc(_days(columns["serial"]), series))
        return instants


def _value(columns: dict[str, pa.Array]) -> pa.Array:
    """The first value column that is filled."""
    filled = [columns[name] for name in ("value", "whole", "text") if name in columns]
    return pc.coalesce(*filled) if len(filled) > 1 else filled[0]


def _millis(text: pa.Array) -> pa.Array:
    """int64 microseconds of a column of milliseconds; 0 where there is none."""
    fits = pc.fill_null(pc.match_substring_regex(text, r"^\s*\d{1,3}\s*$"), False)
    whole = pc.cast(pc.utf8_trim_whitespace(pc.if_else(fits, text, "0")), pa.int64())
    return pc.multiply(whole, 1000)


def _days(text: pa.Array) -> pa.Array:
    """Excel days as text, of days times a million."""
    bare = pc.replace_substring(pc.utf8_trim_whitespace(text), ",", ".")
    fits = pc.fill_null(pc.match_substring_regex(bare, r"^\d{10,11}(\.\d+)?$"), False)
    days = pc.divide(pc.cast(pc.if_else(fits, bare, None), pa.float64()), 1e6)
    return days.cast(pa.string())


def _finer(instants: pa.Array, finer: pa.Array) -> pa.Array:
    """The finer times where both tell the same second, or where there is no other."""
    known = instants.is_valid().to_numpy(zero_copy_only=False)
    apart = np.abs(_micros(instants) - _micros(finer))
    agree = pa.array(~known | (apart < SECOND_US))
    return pc.coalesce(pc.if_else(agree, finer, pa.scalar(None, UTC_US)), instants)


def _micros(instants: pa.Array) -> np.ndarray:
    micros: np.ndarray = instants.cast(pa.int64()).fill_null(0).to_numpy()
    return micros


def _extra(read: pa.RecordBatch, names: list[str]) -> pa.Array:
    """JSON of the columns that are no field, null where they are empty."""
    import json

    rows = zip(*(read[name].to_pylist() for name in names), strict=True) if names else ()
    filled = ({n: v for n, v in zip(names, row, strict=True) if v is not None} for row in rows)
    texts = [json.dumps(each, ensure_ascii=False) if each else None for each in filled]
    return pa.array(texts, pa.string()) if names else pa.nulls(read.num_rows, pa.string())


SCADA_TRENDS = ScadaTrends()
