"""Settling of derived rows: what records tell of things that are counted elsewhere.

A file of readings names its tags, observations name their device. Such a row stands only where no
record of its own says more: it never takes the place of a counted row, whichever came first, and
it is in nobody's books.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from casparian.contracts.model import TableContract
from casparian.lake.landed import Landed
from casparian.lake.ledger import Ledger
from casparian.lake.nearby import Surroundings
from casparian.lake.settle import (
    NEARBY,
    among,
    in_order,
    key_hashes,
    landed_rows,
    rewrite,
    rows_of,
)
from casparian.lake.store import Lake, Part

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LAKE, _COUNTED, _DERIVED = 0, 1, 2


def settle_derived(
    lake: Lake, landed: Landed, contracts: dict[str, TableContract], begun: set[str]
) -> None:
    """Take out the derived rows that another row of their key stands above; counted rows are
    settled before."""
    for address in sorted({part.address for part in landed.parts if part.derived}):
        parts = [part for part in landed.parts if part.address == address and part.derived]
        if contracts[address].primary_key:
            _settle_table(lake, landed, contracts[address], parts, begun)


def _settle_table(
    lake: Lake, landed: Landed, contract: TableContract, parts: list[Part], begun: set[str]
) -> None:
    import duckdb

    order = in_order(landed, begun)
    with duckdb.connect() as connection:
        connection.execute("SET threads TO 1; SET TimeZone = 'UTC'; SET memory_limit = '1GB'")
        _fill(connection, lake, landed, contract, parts, order)
        meeting = connection.sql(_MEETING).fetchall()
    counted = _counted_sources(lake, contract, {row[5] for row in meeting if row[1] == _LAKE})
    dropped: dict[int, list[int]] = defaultdict(list)
    replaced = landed.replaced.setdefault(contract.silver, set())
    for rows in _by_key(meeting):
        stands = _standing(rows, counted, contract)
        for row in rows:
            if row[1] == _DERIVED and row != stands:
                dropped[row[3]].append(row[4])
            elif row[1] == _LAKE and stands[1] == _DERIVED:
                replaced.add((row[5], row[4]))
    for place, part in enumerate(parts):
        if place in dropped:
            rewrite(lake, landed, part, _Without(dropped[place]))


class _Without:
    """Marks the rows of a part, batch after batch, that are not at these places."""

    def __init__(self, places: Sequence[int]):
        self.places, self.seen = np.array(sorted(places), dtype=np.int64), 0

    def __call__(self, batch: pa.RecordBatch) -> pa.Array:
        rows = np.arange(self.seen, self.seen + batch.num_rows)
        self.seen += batch.num_rows
        return pa.array(~np.isin(rows, self.places))


Row = tuple[int, int, int, int, int, str, int, bool]  # see _MEETING
_MEETING = """SELECT dense_rank() OVER (ORDER BY key) AS key, kind, file, part, row, source,
        content, preferred
    FROM every QUALIFY count(*) OVER (PARTITION BY every.key) > 1
    ORDER BY every.key, kind, file, part, row"""


def _fill(
    connection: DuckDBPyConnection,
    lake: Lake,
    landed: Landed,
    contract: TableContract,
    parts: Sequence[Part],
    order: dict[str, int],
) -> None:
    """The table `every`: derived rows, and those of their keys that are counted or in the lake."""
    key = ", ".join(f'"{name}"' for name in contract.primary_key)
    content = ", ".join(f'"{column.name}"' for column in contract.columns)
    better = f'coalesce("{contract.prefer}", false)' if contract.prefer else "false"
    known = " AND ".join(f'"{name}" IS NOT NULL' for name in contract.primary_key)
    asked = f"hash({content}), {better} FROM batch WHERE {known}"
    connection.execute(
        "CREATE TABLE every (key VARCHAR, kind INT, file INT, part INT, row BIGINT, source VARCHAR,"
        "content UBIGINT, preferred BOOLEAN)"
    )
    put = f"INSERT INTO every SELECT to_json(row({key}))::VARCHAR"
    around, keys = Surroundings(contract.primary_key), [np.zeros(0, np.uint64)]
    for place, part in enumerate(parts):
        for batch in _numbered(lake, part):
            hashes, whole = key_hashes(batch, contract)
            around.add(pa.table(batch.filter(pa.array(whole))))
            keys.append(hashes[whole])
            batch = batch.append_column("_file", pa.array(_files(batch, order), pa.int32()))
            connection.register("batch", batch)
            connection.execute(f"{put}, {_DERIVED}, _file, {place}, _place, _source_hash, {asked}")
    connection.execute("CREATE TABLE keys AS SELECT DISTINCT key FROM every")
    own = [p for p in landed.parts if p.address == contract.silver and not p.derived]
    scans = [(_COUNTED, rows_of(lake, own))] if own else []
    rising = np.unique(np.concatenate(keys))
    for kind, data in (*scans, (_LAKE, landed_rows(lake, contract, parts))):
        for batch in _meeting(data, contract, around, rising):
            connection.register("batch", batch)
            mine = "" if kind == _COUNTED else "AND NOT list_contains($1, _source_hash)"
            met = f"AND to_json(row({key}))::VARCHAR IN (SELECT key FROM keys)"
            connection.execute(
                f"{put}, {kind}, 0, 0, _source_row, _source_hash, {asked} {mine} {met}",
                None if kind == _COUNTED else [sorted(order)],
            )


def _meeting(
    data: pads.Dataset, contract: TableContract, around: Surroundings, keys: np.ndarray
) -> Iterator[pa.RecordBatch]:
    """The rows whose key hash is one of these, which rise, and perhaps others without all of it.
    Their other columns are read only where there are such rows: mostly there are none."""
    near = around.near(data)

    def met(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        scan = near.scanner(columns=columns, filter=around.condition(near.schema), **NEARBY)
        for batch in scan.to_batches():
            found = batch.filter(pa.array(among(key_hashes(batch, contract)[0], keys)))
            if found.num_rows:
                yield found

    if next(met(list(contract.primary_key)), None) is not None:
        yield from met([*contract.schema.names, "_source_hash", "_source_row"])


def _numbered(lake: Lake, part: Part) -> Iterator[pa.RecordBatch]:
    """The part's batches with each row's place in it."""
    seen = 0
    with pq.ParquetFile(
        f"{lake.folder(part.address)}/{part.path}", filesystem=lake.filesystem
    ) as file:
        for batch in file.iter_batches(1 << 16):
            places = np.arange(seen, seen + batch.num_rows)
            seen += batch.num_rows
            yield batch.append_column("_place", pa.array(places))


def _files(batch: pa.RecordBatch, order: dict[str, int]) -> list[int]:
    return [order[source] for source in batch["_source_hash"].to_pylist()]


def _counted_sources(lake: Lake, contract: TableContract, sources: set[str]) -> set[str]:
    """Of these files, those whose rows in the table are counted as records."""
    if not sources:
        return set()
    known = Ledger(lake).of(sorted(sources), ("source_hash", "tables"))
    return {
        source
        for source, row in known.items()
        if contract.silver in json.loads(row["tables"] or "{}")
    }


def _by_key(meeting: list[Any]) -> Iterator[list[Row]]:
    rows: list[Row] = []
    for row in meeting:
        if rows and rows[-1][0] != row[0]:
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


def _standing(rows: list[Row], counted: set[str], contract: TableContract) -> Row:
    """Which row of a key stands: a counted one; else of the preferred the latest; else the latest
    where newer rows replace older ones, and the first where they do not."""
    for row in rows:
        if row[1] == _COUNTED or (row[1] == _LAKE and row[5] in counted):
            return row
    better = [row for row in rows if row[7]]
    among = better or rows
    latest = bool(better) or contract.newest_wins
    stands = among[-1] if latest else among[0]
    return next(row for row in among if row[6] == stands[6])  # the same content stays where it is
