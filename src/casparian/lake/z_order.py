"""Z-order: rows that are near each other in several columns come to lie in one file.

A query that asks for one tag, or for one day, then finds it in few files, and the least and
greatest values of the others tell the engine to leave them. Rows are sorted by a key that
interleaves the bits of their ranks, column by column. Ranks, not values: where ten thousand tags
begin with the same letters, or readings come in bursts, the bits of the values would say nothing.

Only files that no Z-order has written yet are taken, the oldest first, a **cube** at a time: so a
row is sorted once, and a night costs what came since the last one. A cube's files are told by their
names, which hold a mark of the columns. Sorting spills to disk; memory is bounded.

`in_order` also lays rows plainly one column after the other, for compaction.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads

from casparian.lake.rewrite import DataFile, swap, write, writer
from casparian.lake.settle import FRUGAL
from casparian.lake.store import Lake, LakeError

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from duckdb import DuckDBPyConnection

BITS = 10  # of a column's rank in the key
SAMPLED = 100_000  # rows from which ranks are told
CUBE_FILES = 64  # of the target size: what is sorted at once
MEMORY = "256MB"
SORTED_ROWS = 4_000_000  # that are sorted at once, about
PART_BITS = 6  # of the key that tell the ranges, some of them the same for nearly all rows
FLUSHED_ROWS = 8_192  # of each range of keys that wait in memory for their file
KEY, PART = "_z", "_part"
Laid = Callable[[Sequence[np.ndarray]], np.ndarray]  # the ranks of columns → a key that rises


@dataclass(frozen=True)
class Ranks:
    """A column's boundaries, from a sample of its values: a value's rank is its place among them.

    bounds: sorted, without doubles: float64 or texts.
    """

    name: str
    bounds: np.ndarray

    def of(self, column: pa.Array) -> np.ndarray:
        """uint64[n] of 0 (missing) to 2**BITS - 1, spread over all of it."""
        ranks = _places(column, self.bounds) + 1
        ranks[column.is_null().to_numpy(zero_copy_only=False)] = 0
        scaled = ranks.astype(np.uint64) << np.uint64(BITS)
        found: np.ndarray = np.minimum(
            scaled // np.uint64(len(self.bounds) + 2), np.uint64(2**BITS - 1)
        )
        return found


def mark(columns: Sequence[str], letter: str = "z") -> str:
    """How names of files begin that lie in this order."""
    return f"{letter}{hashlib.sha256('|'.join(columns).encode()).hexdigest()[:8]}"


def cubes(
    files: Sequence[DataFile], target_bytes: int, columns: Sequence[str]
) -> list[list[DataFile]]:
    """The files that are to be sorted, a list a cube; what is less than a file waits."""
    found: list[list[DataFile]] = []
    room = 0
    for file in files:
        if file.path.startswith(mark(columns)):
            continue
        if room < file.size or not found:
            found.append([])
            room = CUBE_FILES * target_bytes
        found[-1].append(file)
        room -= file.size
    return [cube for cube in found if sum(file.size for file in cube) >= target_bytes]


def z_order(
    lake: Lake,
    address: str,
    table: DeltaTable,
    cube: Sequence[DataFile],
    columns: Sequence[str],
    target_bytes: int,
) -> bool:
    """Sort the cube's rows and put the new files in place of the old; False where they are gone.

    Raises LakeError where the lake cannot be written.
    """
    data = lake.files_of(address, table, [file.path for file in cube])
    rows = sum(file.rows or 0 for file in cube)
    into = writer(
        lake, address, table, cube, target_bytes=target_bytes, prefix=mark(columns), counted=columns
    )
    parts = write(into, in_order(data, columns, rows, interleave))
    return swap(lake, address, cube, parts, {"casparian.z_order": ", ".join(columns)})


def _ranks(data: pads.Dataset, columns: Sequence[str], rows: int) -> list[Ranks]:
    """Boundaries from every n-th row."""
    step = max(1, rows // SAMPLED)
    taken: dict[str, list[np.ndarray]] = {name: [] for name in columns}
    for batch in data.scanner(columns=list(columns), **FRUGAL).to_batches():
        some = batch.take(pa.array(np.arange(0, batch.num_rows, step)))
        for name in columns:
            taken[name].append(_values(some[name].drop_null()))
    return [Ranks(name, _bounds(np.concatenate(taken[name]))) for name in columns]


def _bounds(sample: np.ndarray) -> np.ndarray:
    """At most 2**BITS - 2 values that cut the sample into equal portions."""
    every = np.sort(sample)
    places = np.linspace(0, max(len(every) - 1, 0), 2**BITS - 2).astype(np.int64)
    return np.unique(every[places]) if len(every) else every


def _values(column: pa.Array) -> np.ndarray:
    """Values as numbers (instants and days count from 1970) or as texts."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array(column.to_pylist(), dtype=object)
    if pa.types.is_date32(kind):
        column = column.cast(pa.int32())
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.int64())
    found: np.ndarray = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return found


def _places(column: pa.Array, bounds: np.ndarray) -> np.ndarray:
    """int64[n]: how many boundaries a value is not below; of a missing one anything."""
    if len(column) == 0 or len(bounds) == 0:
        return np.zeros(len(column), dtype=np.int64)
    coded = column.dictionary_encode()
    own = np.searchsorted(bounds, _values(coded.dictionary), side="right")
    found: np.ndarray = np.append(own, 0)[coded.indices.fill_null(len(own)).to_numpy()]
    return found


def interleave(ranks: Sequence[np.ndarray]) -> np.ndarray:
    """uint64[n]: the highest bit of each rank, then the next of each, and so on."""
    key = np.zeros(len(ranks[0]), dtype=np.uint64)
    for bit in reversed(range(BITS)):
        for rank in ranks:
            key = (key << np.uint64(1)) | ((rank >> np.uint64(bit)) & np.uint64(1))
    return key


def stack(ranks: Sequence[np.ndarray]) -> np.ndarray:
    """uint64[n]: all bits of the first rank, then all of the next."""
    key = np.zeros(len(ranks[0]), dtype=np.uint64)
    for rank in ranks:
        key = (key << np.uint64(BITS)) | rank
    return key


def _keyed(data: pads.Dataset, ranks: Sequence[Ranks], laid: Laid) -> Iterator[pa.RecordBatch]:
    for batch in data.scanner(**FRUGAL).to_batches():
        key = laid([each.of(batch[each.name]) for each in ranks])
        yield batch.append_column(KEY, pa.array(key))


def in_order(
    data: pads.Dataset, columns: Sequence[str], rows: int, laid: Laid
) -> Iterator[pa.RecordBatch]:
    """The rows by their keys, and within one key by the columns, a range of keys at a time.

    rows: about how many there are. laid: `interleave` or `stack`. Raises LakeError where memory or
    disk do not hold what is to be sorted.
    """
    import duckdb

    ranks = _ranks(data, columns, rows)
    schema = data.schema.append(pa.field(KEY, pa.uint64()))
    reader = pa.RecordBatchReader.from_batches(schema, _keyed(data, ranks, laid))
    order = ", ".join([KEY, *(f'"{name}"' for name in columns)])
    with tempfile.TemporaryDirectory(prefix="casparian-") as spill, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'; SET TimeZone = 'UTC'")
        connection.execute(f"SET temp_directory = '{spill}'; SET threads = 2")
        connection.register("rows", reader)
        try:
            for part in _parts(connection, Path(spill), len(ranks) * BITS, rows):
                answer = connection.sql(f"SELECT * EXCLUDE ({KEY}) FROM {part} ORDER BY {order}")
                for batch in answer.to_arrow_reader(1 << 15):
                    yield from pa.Table.from_batches([batch]).cast(data.schema).to_batches()
        except duckdb.Error as error:
            raise LakeError(f"Rows could not be sorted: {str(error).splitlines()[0]}") from error


def _parts(connection: DuckDBPyConnection, folder: Path, key_bits: int, rows: int) -> Iterator[str]:
    """What to sort one after the other, in the order of its keys: one pass of memory each.

    A sort of more rows than memory holds several times over runs out of it, spilling or not, so
    the rows are first dealt to files by the highest bits of their keys.
    """
    if rows <= SORTED_ROWS:
        yield "rows"
        return
    part = f"CAST({KEY} >> {max(key_bits - PART_BITS, 0)} AS UTINYINT)"
    connection.execute(f"SET partitioned_write_flush_threshold = {FLUSHED_ROWS}")
    connection.execute(
        f"COPY (SELECT *, {part} AS {PART} FROM rows) TO '{folder}/dealt'"
        f" (FORMAT parquet, PARTITION_BY ({PART}))"
    )
    for number in range(2**PART_BITS):
        if (folder / "dealt" / f"{PART}={number}").exists():
            yield f"read_parquet('{folder}/dealt/{PART}={number}/*', hive_partitioning = false)"
