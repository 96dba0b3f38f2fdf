"""Historian readings from Parquet, long or wide, in batches of bounded size.

Typed columns are read as the same text that a CSV would hold; timestamps keep their instants, with
or without a zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from casparian.formats.historian.long import LongReading, roles
from casparian.formats.historian.values import REQUIRED
from casparian.formats.historian.wide import TAGS, VALUES
from casparian.reading.arrow_text import as_text, coded, instants, plain
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.text import Encoding, Table
from casparian.reading.wide_plan import MOST_COLUMNS, plan
from casparian.reading.wide_reading import WideReading, tag_rows

MAGIC = b"PAR1"
CELLS_AT_ONCE = 1 << 19
SAMPLE_ROWS = 200
_INDEX = "__index_level_0__"  # where pandas puts an index without a name


class HistorianParquet:
    """Long or wide Parquet to `historian_values`."""

    name, version, contract = "historian_parquet", "1.0.0", "historian"
    tables = (VALUES, TAGS)
    summary = "historian export in Parquet, long or wide"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        if not peek.head.startswith(MAGIC) or peek.open is None:
            return NO
        try:
            with peek.open() as stream:
                table = _top(_opened(stream))
        except (UnreadableFile, OSError):
            return NO
        if roles(table).keys() >= REQUIRED:
            return Sniff(0.95, f"Parquet with {', '.join(table.columns[:6])}")
        found = plan(table, "")
        if found is None or found.sure < 0.3:
            return NO
        return Sniff(round(found.sure, 3), f"Parquet with times and {len(found.pens)} tags")

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every reading. Raises UnreadableFile for damaged Parquet or none of readings."""
        with source.open() as stream:
            file = _opened(stream)
            table = _top(file)
            if roles(table).keys() >= REQUIRED:
                yield from _long(file, table, source)
                return
            found = plan(table, source.stem)
            if found is None:
                raise UnreadableFile(
                    f"Parquet without time, tag and value, nor a time and a column a tag: "
                    f"{', '.join(table.columns[:20])}."
                )
            reading = WideReading(VALUES, found, table, source.timezone)
            yield from reading.said()
            for batch in _batches(file):
                text = [plain(as_text(column)) for column in batch.columns]
                times = _instants(batch, {t: reading.clocks[t] for t in found.times})
                read = pa.RecordBatch.from_arrays(text, names=[str(i) for i in range(len(text))])
                yield from reading.lines(read, times)
            yield from tag_rows(TAGS, found, reading.assets or ("",))
            yield from reading.last()


def _opened(stream: BinaryIO) -> pq.ParquetFile:
    """Raises UnreadableFile for what is none, is damaged or has too many columns."""
    try:
        file = pq.ParquetFile(stream, buffer_size=1 << 16, pre_buffer=False)
        for field in file.schema_arrow:  # names and zones that are no UTF-8 are met here
            _ = field.name, getattr(field.type, "tz", None)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(error) from error
    if len(file.schema_arrow) > MOST_COLUMNS:
        raise UnreadableFile(
            f"The file has {len(file.schema_arrow):,} columns; {MOST_COLUMNS:,} are the most."
        )
    return file


def _damaged(error: Exception) -> Exception:
    """The file's fault in one sentence; the system's own errors (with a number) as they are."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    words = str(error).split("\n")[0].rstrip(".")[:200]
    return UnreadableFile(f"The Parquet data is damaged: {words}.")


def _batches(file: pq.ParquetFile, rows: int | None = None) -> Iterator[pa.RecordBatch]:
    size = rows or max(1024, CELLS_AT_ONCE // max(1, len(file.schema_arrow)))
    try:
        yield from file.iter_batches(batch_size=min(size, 1 << 17), use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(error) from error


def _top(file: pq.ParquetFile) -> Table:
    """Columns and first rows, as of a text file."""
    columns = tuple("timestamp" if n == _INDEX else n for n in file.schema_arrow.names)
    first = next(_batches(file, SAMPLE_ROWS), None)
    if first is None:
        return Table(Encoding("utf-8"), ",", columns, 0)
    texts = [as_text(column).to_pylist() for column in first.columns]
    rows = zip(*([text or "" for text in column] for column in texts), strict=True)
    return Table(Encoding("utf-8"), ",", columns, 0, tuple(rows))


def _instants(batch: pa.RecordBatch, clocks: Mapping[int, Any]) -> dict[int, pa.Array]:
    """Typed times by the place of their column."""
    found = {}
    for place, clock in clocks.items():
        typed = instants(batch.column(place))
        if typed is not None:
            found[place] = typed if typed.type.tz else clock.naive(typed)
    return found


def _long(file: pq.ParquetFile, table: Table, source: Source) -> Iterator[Batch]:
    reading = LongReading(table, source.timezone)
    row = 0
    for batch in _batches(file):
        columns = {
            name: coded(as_text(c)) if name in reading.coded else plain(as_text(c))
            for name, c in zip(reading.names, batch.columns, strict=True)
        }
        text = pa.RecordBatch.from_pydict(columns)
        typed = instants(batch.column(reading.places["timestamp"]))
        if typed is not None and not typed.type.tz:
            typed = reading.clock.naive(typed, text["tag_name"])
        rows = pa.array(np.arange(row + 1, row + batch.num_rows + 1))
        row += batch.num_rows
        if "clock" in reading.places:
            typed = None
        yield reading.batch(rows, text, typed)


HISTORIAN_PARQUET = HistorianParquet()
