"""Parquet files for Delta tables, written in a stream, with the statistics that Delta wants."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from casparian.lake.store import Lake, Part, unwritten

PART_ROWS = (
    1_000_000  # a new file after this many rows; also what a late duplicate makes us write again
)
SMALL_ROWS = 1 << 15  # batches wait until they are this many rows together
ROW_GROUP = 1 << 17  # rows; bounds what a writer holds in memory
LONGEST_STATISTIC = 64  # a hash still fits; longer text has no bounds


class PartWriter:
    """Writes batches of one table into as many parts as needed. Nothing is visible until committed.

    counted: columns with minimum and maximum in the statistics. Those of dictionary-coded columns
    and of `_source_hash` come from the dictionaries, which costs nothing; they may be wider than
    the values, never narrower. rows: of a part, at most (PART_ROWS). prefix: of the names of files.
    grouped: whether coded columns have least and greatest values in each row group too, which lets
    a reader leave row groups alone and costs the writer some time. group: rows of a row group.
    """

    def __init__(
        self,
        lake: Lake,
        address: str,
        schema: pa.Schema,
        counted: Sequence[str],
        derived: bool = False,
        rows: int | None = None,
        prefix: str = "part",
        grouped: bool = False,
        group: int = ROW_GROUP,
    ):
        self.lake, self.address, self.schema, self.derived = lake, address, schema, derived
        self.most_rows, self.prefix, self.grouped = rows or PART_ROWS, prefix, grouped
        self.group = group
        self.counted = [name for name in counted if name in schema.names]
        self.parts: list[Part] = []
        self.hashes: set[str] = set()
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._rows = 0
        self._coded = [f.name for f in schema if pa.types.is_dictionary(f.type)]
        self._bounds: dict[str, tuple[str, str]] = {}

    def write(self, batch: pa.RecordBatch, *hashes: str) -> None:
        """Append rows that carry these source hashes.

        Raises LakeError when the lake cannot be written.
        """
        if not batch.num_rows:
            return
        self.hashes.update(hashes)
        batch = _conform(batch, self.schema)
        self._note_bounds(batch)
        self._rows += batch.num_rows
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        if self._waiting_rows >= SMALL_ROWS:
            self._flush()
        if self._rows >= self.most_rows:
            self.close()

    def _flush(self) -> None:
        """Write what waits as one row group: small files would make small groups."""
        if not self._waiting:
            return
        table = pa.Table.from_batches(self._waiting)
        if len(self._waiting) > 1:
            table = table.unify_dictionaries().combine_chunks()
        self._waiting, self._waiting_rows = [], 0
        with self._lake_errors():
            if self._writer is None:
                self._open()
            self._writer.write_table(table, row_group_size=self.group)  # type: ignore[union-attr]

    @contextmanager
    def _lake_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unwritten(error) from error

    def discard(self) -> None:
        """Delete what was written, all of it uncommitted."""
        self._waiting, self._waiting_rows = [], 0
        folder = self.lake.folder(self.address)
        names = [part.path for part in self.parts]
        with suppress(OSError):  # what is left is in no table, and vacuum finds it
            if self._writer is not None:
                self._writer.is_open = False  # nothing more is to be written at its end
                self._writer = None
                names.append(self._path)
                self._sink.close()
            for name in names:
                self._delete(f"{folder}/{name}")
        self.parts = []

    def _delete(self, path: str) -> None:
        if self.lake.filesystem.get_file_info(path).type == pafs.FileType.File:
            self.lake.filesystem.delete_file(path)

    def _note_bounds(self, batch: pa.RecordBatch) -> None:
        for name in self._coded:
            if name in self.counted and len(batch[name].dictionary):
                low, high = pc.min_max(batch[name].dictionary).as_py().values()
                before = self._bounds.get(name, (low, high))
                self._bounds[name] = (min(low, before[0]), max(high, before[1]))

    def _open(self) -> None:
        folder = self.lake.folder(self.address)
        self.lake.filesystem.create_dir(folder, recursive=True)
        self._path = f"{self.prefix}-{uuid.uuid4()}.parquet"
        running = [name for name in ("_source_row", "_ingested_at") if name in self.schema.names]
        self._sink = self.lake.filesystem.open_output_stream(f"{folder}/{self._path}")
        self._writer = pq.ParquetWriter(
            self._sink,
            self.schema,
            compression="snappy",
            use_dictionary=self._coded,
            write_statistics=[n for n in self.counted if self.grouped or n not in self._coded],
            column_encoding=dict.fromkeys(running, "DELTA_BINARY_PACKED") or None,
            store_schema=False,
            write_page_index=True,  # Spark and Trino then read of a long file a day's pages alone
        )

    def close(self) -> list[Part]:
        """Finish the open file; the parts written so far. Raises LakeError as `write` does."""
        self._flush()
        if self._writer is None:
            return self.parts
        with self._lake_errors():
            self._writer.close()
            self._sink.close()
        size = self.lake.filesystem.get_file_info(
            f"{self.lake.folder(self.address)}/{self._path}"
        ).size
        plain = [name for name in self.counted if name not in self._coded]
        stats = _statistics(self._writer.writer.metadata, plain, self._bounds)
        hashes = tuple(sorted(self.hashes))
        part = Part(self.address, self._path, size, self._rows, stats, hashes, self.derived)
        self.parts.append(part)
        self._writer, self._rows, self.hashes, self._bounds = None, 0, set(), {}
        return self.parts


def _conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with the writer's types.

    A column may come coded in one file and plain in the next.
    """
    if batch.schema.equals(schema):
        return batch
    arrays = [_recode(batch[item.name], item.type) for item in schema]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _recode(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind) and not pa.types.is_dictionary(array.type):
        return array.cast(kind.value_type).dictionary_encode().cast(kind)
    return array.cast(kind)


def _statistics(
    metadata: pq.FileMetaData, counted: Sequence[str], bounds: Mapping[str, tuple[str, str]]
) -> str:
    """numRecords, minValues, maxValues and nullCount as JSON: of the counted columns from Parquet's
    own statistics, of coded ones from their bounds."""
    low: dict[str, Any] = {name: pair[0] for name, pair in bounds.items()}
    high: dict[str, Any] = {name: pair[1] for name, pair in bounds.items()}
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
    return any(
        isinstance(v, str) and (len(v) > LONGEST_STATISTIC or not v.isascii()) for v in values
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value
