"""Readings of a table with one reading a line, wherever the table comes from."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.base import Batch
from casparian.reading.header import unique_names
from casparian.reading.melt import NOT_EXPORTED, constant, with_quality
from casparian.reading.quality import of_pi, reader_for
from casparian.reading.reading_values import marks_of
from casparian.reading.reading_words import LONG, day_and_clock
from casparian.reading.text import Table
from casparian.reading.times import Clock, detect_layout

CODED = ("tag_name", "quality")  # few distinct values: dictionary-coded all the way to Parquet
FLAGS = ("questionable", "substituted")
_UNIT = "\x1f"  # between the parts of a quality that is told by several columns


def roles(table: Table) -> dict[str, int]:
    """The column of each field; `clock` only where date and time of day stand apart."""
    return day_and_clock(LONG.fields(table.columns), lambda place: cells(table, place))


def cells(table: Table, place: int) -> list[str]:
    """What the sample has in that column, blanks left out."""
    return [row[place] for row in table.sample if len(row) == len(table.columns) and row[place]]


class LongReading:
    """One pass over one file's lines.

    names: of the columns, in file order: fields under their own names. coded: those that are
    wanted as dictionaries.
    """

    def __init__(self, table: Table, timezone: str | None):
        self.places = roles(table)
        self.names = unique_names(table.columns, self.places)
        times = cells(table, self.places["timestamp"])
        if "clock" in self.places:
            clocks = cells(table, self.places["clock"])
            times = [f"{day} {clock}" for day, clock in zip(times, clocks, strict=False)]
        self.clock = Clock(timezone, detect_layout(times, timezone))
        self.marks = marks_of(cells(table, self.places["value"]), table.delimiter)
        # many tags at one instant: each time is parsed once
        self.coded = (*CODED, "timestamp") if len(set(times)) * 2 < len(times) else CODED
        self.flags = tuple(flag for flag in FLAGS if flag in self.places)
        self.extra = tuple(n for n in self.names if n not in self.places or n in self.flags)
        self.read_quality = self._quality_reader(table)

    def _quality_reader(self, table: Table) -> Callable[[str | None], str]:
        if self.flags:
            return _of_flags
        place = self.places.get("quality")
        return lru_cache(4096)(reader_for("" if place is None else table.columns[place]))

    def batch(
        self, rows: pa.Array, text: pa.RecordBatch, instants: pa.Array | None = None
    ) -> Batch:
        """text: columns under `names`. instants: timestamp[us, UTC] where they need no reading."""
        times = self._times(text)
        if instants is None:
            instants = self.clock.utc(times, text["tag_name"])
        codes = text["quality"] if "quality" in self.places else constant(NOT_EXPORTED, len(rows))
        fields = {"timestamp": instants, "tag_name": text["tag_name"]}
        fields |= with_quality(
            text["value"], self._said(text, codes), self.marks, self.read_quality
        )
        written = fields["quality_code"] = _as_written(codes, "quality" in self.places)
        raw = {
            "timestamp": times,
            "tag_name": text["tag_name"],
            "value": text["value"],
            "quality": written,
            "_extra": _extra(text, self.extra),
        }
        made = (pa.RecordBatch.from_pydict(raw), pa.RecordBatch.from_pydict(fields))
        return Batch("historian_values", rows, *made)

    def _times(self, text: pa.RecordBatch) -> pa.Array:
        if "clock" not in self.places:
            return text["timestamp"]
        day, clock = text["timestamp"].cast(pa.string()), text["clock"]
        return pc.binary_join_element_wise(day, clock, " ")

    def _said(self, text: pa.RecordBatch, codes: pa.Array) -> pa.DictionaryArray:
        """Quality with PI's flags, coded together."""
        if not self.flags:
            return codes
        flags = [text[f] if f in self.flags else pa.nulls(len(codes), pa.string()) for f in FLAGS]
        said = pc.binary_join_element_wise(
            codes.cast(pa.string()), *flags, _UNIT, null_handling="replace", null_replacement=""
        )
        return said.dictionary_encode()


def _of_flags(said: str | None) -> str:
    return of_pi(*(said or "").split(_UNIT))


def _as_written(codes: pa.DictionaryArray, exported: bool) -> pa.Array:
    return codes if exported else constant(None, len(codes))


def _extra(text: pa.RecordBatch, names: tuple[str, ...]) -> pa.Array:
    """JSON of the columns that are no field."""
    if not names:
        return pa.nulls(text.num_rows, pa.string())
    rows = zip(*(text[name].to_pylist() for name in names), strict=True)
    return pa.array(
        [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows]
    )
