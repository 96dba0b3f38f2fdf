"""Parquet files for Delta tables, written in a stream and described by the statistics Delta wants."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from casparian.lake.store import Lake, Part

PART_ROWS = 4_000_000  # a new file after this many rows
ROW_GROUP = 1 << 17  # rows; bounds what a writer holds in memory
LONGEST_STATISTIC = 64  # a hash still fits; longer text has no bounds


class PartWriter:
    """Writes batches of one table into as many parts as needed. Nothing is visible until committed.

    coded: columns of few distinct values besides those that come dictionary-coded.
    counted: columns with minimum and maximum in the statistics.
    """

    def __init__(self, lake: Lake, address: str, schema: pa.Schema, counted: Sequence[str]):
        self.lake, self.address, self.schema = lake, address, schema
        self.counted = [name for name in counted if name in schema.names]
        self.parts: list[Part] = []
        self.hashes: set[str] = set()
        self._writer: pq.ParquetWriter | None = None
        self._rows = 0

    def write(self, batch: pa.RecordBatch, *hashes: str) -> None:
        """Append rows that carry these source hashes."""
        if not batch.num_rows:
            return
        if self._writer is None:
            self._open()
        self.hashes.update(hashes)
        self._writer.write_batch(_conform(batch, self.schema), row_group_size=ROW_GROUP)  # type: ignore[union-attr]
        self._rows += batch.num_rows
        if self._rows >= PART_ROWS:
            self.close()

    def _open(self) -> None:
        folder = self.lake.folder(self.address)
        self.lake.filesystem.create_dir(folder, recursive=True)
        self._path = f"part-{uuid.uuid4()}.parquet"
        coded = [f.name for f in self.schema if pa.types.is_dictionary(f.type) or pa.types.is_boolean(f.type)]
        running = [f.name for f in self.schema if f.name == "_source_row"]
        self._sink = self.lake.filesystem.open_output_stream(f"{folder}/{self._path}")
        self._writer = pq.ParquetWriter(
            self._sink,
            self.schema,
            compression="snappy",
            use_dictionary=coded,
            write_statistics=self.counted,
            column_encoding=dict.fromkeys(running, "DELTA_BINARY_PACKED") or None,
            store_schema=False,
        )

    def close(self) -> list[Part]:
        """Finish the open file; the parts written so far."""
        if self._writer is None:
            return self.parts
        self._writer.close()
        self._sink.close()
        size = self.lake.filesystem.get_file_info(f"{self.lake.folder(self.address)}/{self._path}").size
        stats = _statistics(self._writer.writer.metadata, self.counted)
        part = Part(self.address, self._path, size, self._rows, stats, tuple(sorted(self.hashes)))
        self.parts.append(part)
        self._writer, self._rows, self.hashes = None, 0, set()
        return self.parts


def _conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with the writer's types: a column may come coded in one file and plain in the next."""
    if batch.schema.equals(schema):
        return batch
    arrays = [_recode(batch[item.name], item.type) for item in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _recode(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind) and not pa.types.is_dictionary(array.type):
        return array.cast(kind.value_type).dictionary_encode().cast(kind)
    return array.cast(kind)


def _statistics(metadata: pq.FileMetaData, counted: Sequence[str]) -> str:
    """numRecords, minValues, maxValues and nullCount of the counted columns, as JSON."""
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    nulls: dict[str, int] = dict.fromkeys(counted, 0)
    places = {metadata.schema.column(i).name: i for i in range(metadata.num_columns)}
    for group in range(metadata.num_row_groups):
        for name in counted:
            stats = metadata.row_group(group).column(places[name]).statistics
            nulls[name] += stats.null_count
            if stats.has_min_max:
                low[name] = min(low.get(name, stats.min), stats.min)
                high[name] = max(high.get(name, stats.max), stats.max)
    kept = [name for name in low if not _too_long(low[name], high[name])]
    return json.dumps(
        {
            "numRecords": metadata.num_rows,
            "minValues": {name: _plain(low[name]) for name in kept},
            "maxValues": {name: _plain(high[name]) for name in kept},
            "nullCount": nulls,
        }
    )


def _too_long(*values: Any) -> bool:
    return any(isinstance(v, str) and (len(v) > LONGEST_STATISTIC or not v.isascii()) for v in values)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value
