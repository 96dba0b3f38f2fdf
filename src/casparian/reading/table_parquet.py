"""Tables in Parquet, as the text that other carriers have: times as ISO, nested values as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from casparian.reading.arrow_text import of_text
from casparian.reading.base import UnreadableFile
from casparian.reading.block import BLOCK_ROWS, Block

MAGIC = b"PAR1"


def columns(stream: BinaryIO) -> tuple[str, ...]:
    """The column names. Raises UnreadableFile for a damaged file."""
    try:
        return tuple(pq.ParquetFile(stream).schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableFile(f"The Parquet file is damaged: {_words(error)}.") from error


def blocks(stream: BinaryIO) -> Iterator[Block]:
    """The records. Raises UnreadableFile where the file is damaged; what came before is given."""
    row = 0
    try:
        for batch in pq.ParquetFile(stream).iter_batches(BLOCK_ROWS):
            rows = pa.array(range(row + 1, row + 1 + batch.num_rows), pa.int64())
            row += batch.num_rows
            texts = [text_of(column) for column in batch.columns]
            yield Block(0, rows, pa.RecordBatch.from_arrays(texts, batch.schema.names), comma=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableFile(f"The Parquet file is damaged: {_words(error)}.") from error


def _words(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")


def text_of(column: pa.Array) -> pa.Array:
    """Any column as text; null stays null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return text_of(column.dictionary_decode())
    if pa.types.is_string(kind):
        return of_text(column)
    if pa.types.is_timestamp(kind):
        unit = pa.timestamp("us", tz=kind.tz and "UTC")
        return column.cast(unit, safe=False).cast(pa.string())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        values = (None if value is None else _json(value) for value in column.to_pylist())
        return pa.array(values, pa.string())
    return column.cast(pa.string())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
