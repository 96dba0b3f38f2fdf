"""Long historian CSV: time, tag, value and (mostly) quality, one reading a line.

Covers PI, AVEVA, Canary, IP.21 and Proficy exports of that shape: `,` `;` tab or `|`, decimal
comma, ISO and local dates, any encoding that `formats.text` knows. Wide exports (one tag a column)
are another format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.base import NO, Batch, Damage, Sniff, Source, UnreadableFile
from casparian.formats.delimited import normalise, unique_names
from casparian.formats.peek import Peek
from casparian.formats.quality import of_text as quality
from casparian.formats.text import HEAD_BYTES, Ragged, Table, TextReader, read_table_head
from casparian.formats.times import Clock, detect_layout

HEADER = {
    "timestamp": ("timestamp", "time", "datetime", "date", "ts", "time_stamp", "date_time"),
    "tag_name": (
        "tag",
        "tagname",
        "tag_name",
        "point",
        "pointname",
        "tag_id",
        "name",
        "sensor",
        "sensor_id",
    ),
    "value": ("value", "val", "reading", "pv"),
    "quality": ("quality", "status", "opcquality", "opc_quality", "confidence", "good"),
}
CODED = ("tag_name", "quality")  # few distinct values: dictionary-coded all the way to Parquet
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+\Z")


def match_header(columns: tuple[str, ...], synonyms: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Which written column stands for which field: {field: column}."""
    found: dict[str, str] = {}
    for column in columns:
        for name, words in synonyms.items():
            if normalise(column) in map(normalise, words) and name not in found:
                found[name] = column
                break
    return found


class HistorianCsv:
    """Long CSV to `historian_values`."""

    name, version, contract = "historian_csv", "1.0.0", "historian"
    tables = ("historian_values",)
    summary = "historian export, one reading a line: time, tag, value, quality"
    splittable = True
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        table = peek.table
        if table is None:
            return NO
        found = match_header(table.columns, HEADER)
        if not {"timestamp", "tag_name", "value"} <= found.keys():
            return NO
        others = len(table.columns) - len(found)
        confidence = max(0.3, (0.95 if "quality" in found else 0.85) - 0.1 * others)
        return Sniff(confidence, f"columns {', '.join(found.values())}")

    def read(self, source: Source) -> Iterator[Batch | Damage]:
        with source.open() as stream:
            table = read_table_head(stream.read(HEAD_BYTES))
            found = match_header(table.columns, HEADER)
            missing = {"timestamp", "tag_name", "value"} - found.keys()
            if missing:
                wanted = " and ".join(sorted(missing))
                raise UnreadableFile(f"No column for {wanted} among: {', '.join(table.columns)}.")
            yield from _Reading(source, table, found).read(stream)


class _Reading:
    """One pass over one file."""

    def __init__(self, source: Source, table: Table, found: dict[str, str]):
        self.table = table
        place = {name: table.columns.index(column) for name, column in found.items()}
        self.names = unique_names(table.columns, place)
        sample = [row for row in table.sample if len(row) == len(table.columns)]
        layout = detect_layout((row[place["timestamp"]] for row in sample), source.timezone)
        self.clock = Clock(source.timezone, layout)
        values = [row[place["value"]] for row in sample if row[place["value"]]]
        self.comma = any(DECIMAL_COMMA.match(value) for value in values)
        times = [row[place["timestamp"]] for row in sample]
        # many tags at one instant: each time is parsed once
        repeated = len(set(times)) * 2 < len(times)
        self.coded = (*CODED, "timestamp") if repeated else CODED
        self.extra = tuple(name for name in self.names if name not in place)

    def read(self, stream: BinaryIO) -> Iterator[Batch | Damage]:
        reader = TextReader(stream, self.table, self.names, coded=self.coded)
        for part in reader:
            if isinstance(part, Ragged):
                yield Damage("historian_values", part.row, "damaged_record", part.text, part.detail)
            else:
                yield self._batch(*part)

    def _batch(self, rows: pa.Array, text: pa.RecordBatch) -> Batch:
        codes = text["quality"] if "quality" in text.schema.names else _constant("", rows)
        fields = {
            "timestamp": self.clock.utc(text["timestamp"], text["tag_name"]),
            "tag_name": text["tag_name"],
            "value": self._number_text(text["value"]),
            "quality": _recode(codes),
            "quality_code": codes,
        }
        return Batch(
            "historian_values", rows, self._raw(text, codes), pa.RecordBatch.from_pydict(fields)
        )

    def _number_text(self, text: pa.Array) -> pa.Array:
        return pc.replace_substring(text, ",", ".") if self.comma else text

    def _raw(self, text: pa.RecordBatch, codes: pa.Array) -> pa.RecordBatch:
        """The four columns as read, and all others of the line as JSON in `_extra`."""
        columns = {name: text[name] for name in ("timestamp", "tag_name", "value")}
        columns["quality"] = codes
        columns["_extra"] = _extra(text, self.extra)
        return pa.RecordBatch.from_pydict(columns)


def _extra(text: pa.RecordBatch, names: tuple[str, ...]) -> pa.Array:
    if not names:
        return pa.nulls(text.num_rows, pa.string())
    import json

    rows = zip(*(text[name].to_pylist() for name in names), strict=True)
    return pa.array(
        [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows]
    )


def _constant(value: str, rows: pa.Array) -> pa.Array:
    """A column that the export does not have.

    Quality was not exported, so every reading is taken as Good.
    """
    return pa.DictionaryArray.from_arrays(np.zeros(len(rows), dtype=np.int32), pa.array([value]))


def _recode(codes: pa.Array) -> pa.Array:
    """The enum beside the raw codes, dictionary-coded with at most four entries."""
    words = [("Good" if code == "" else quality(code)) for code in codes.dictionary.to_pylist()] + [
        "Uncertain"
    ]
    small = pa.array(words).dictionary_encode()
    index = codes.indices.fill_null(len(words) - 1).to_numpy()
    return pa.DictionaryArray.from_arrays(small.indices.to_numpy()[index], small.dictionary)


HISTORIAN_CSV = HistorianCsv()
