"""Settling: what landed meets what the lake holds, before anything is committed.

A record whose primary key is there already is a duplicate when its content is the same, and goes
to quarantine as a conflict when it is not. Files count in the order of their paths. Rows of files
that failed half-way are taken out. Parts that lose rows are written anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from casparian.contracts.model import TableContract
from casparian.lake import rollup
from casparian.lake.landed import LINEAGE, Books, Landed, beside_verdict
from casparian.lake.landing import READINGS
from casparian.lake.nearby import Bounds, Surroundings, files_within
from casparian.lake.parts import PartWriter
from casparian.lake.store import Lake, Part

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CONFLICT = ("conflict", "Conflicts with an earlier reading")
FRUGAL: dict[str, Any] = {
    "batch_size": 1 << 16,
    "batch_readahead": 1,
    "fragment_readahead": 1,
    "use_threads": False,
    "memory_pool": pa.system_memory_pool(),  # gives memory back at once
}
# of the rows around some keys, which are few: pages taken from the system anew cost more than they
NEARBY = FRUGAL | {"memory_pool": pa.default_memory_pool()}
MOST_KEYS = 1 << 22  # key hashes held at once
MOST_SPANS = 50  # hours asked for one by one before they are asked for as one span
Place = tuple[str, int]  # source hash, source row


@dataclass
class Losses:
    """Rows that a silver table's parts must give up."""

    duplicates: set[Place] = field(default_factory=set)
    conflicts: set[Place] = field(default_factory=set)
    replaced: set[Place] = field(default_factory=set)  # rows of the lake that newer ones take over
    superseded: set[Place] = field(default_factory=set)  # the same of rows that land with them

    @property
    def all(self) -> set[Place]:
        return self.duplicates | self.conflicts | self.superseded


def settle(
    lake: Lake, landed: Landed, contracts: dict[str, TableContract], begun: set[str]
) -> Landed:
    """The same outcome with books and parts as they are to be committed.

    contracts: by silver address, for every table that may hold rows. begun: see `begun_before`.
    """
    failed = {b.export.source_hash for b in landed.books if b.status == "failed"}
    if failed:
        take_out(lake, landed, failed)
    counted = {part.address for part in landed.parts if not part.derived}
    for address in sorted(counted & contracts.keys()):
        contract = contracts[address]
        if contract.primary_key:
            _settle_table(lake, landed, contract, begun)
    return landed


def begun_before(lake: Lake, landed: Landed) -> set[str]:
    """Sources of which a run cut short has committed rows: what it decided about them stands, so
    they come before files that arrived since. Bronze is committed first, table by table in the
    order of addresses, so a source that is not in its first table is in none."""
    first: dict[str, str] = {}
    for part in landed.parts:
        for source in part.hashes:
            first[source] = min(first.get(source, part.address), part.address)
    addresses = sorted(set(first.values()))
    return set().union(
        *(
            lake.landed(address, [h for h, a in first.items() if a == address])
            for address in addresses
        )
    )


def take_out(lake: Lake, landed: Landed, failed: set[str], addresses: Sequence[str] = ()) -> None:
    """Remove these sources' rows from the parts (of some addresses, or of all and the roll-ups)."""
    gone = pa.array(sorted(failed))
    for part in [
        p
        for p in landed.parts
        if failed & set(p.hashes) and (not addresses or p.address in addresses)
    ]:
        rewrite(lake, landed, part, lambda batch: pc.invert(pc.is_in(batch["_source_hash"], gone)))
    if addresses:
        return
    if landed.hourly is not None:
        landed.hourly = landed.hourly.filter(
            pc.invert(pc.is_in(landed.hourly["_source_hash"], gone))
        )


def _settle_table(lake: Lake, landed: Landed, contract: TableContract, begun: set[str]) -> None:
    parts = [p for p in landed.parts if p.address == contract.silver and not p.derived]
    scope = _Scope(lake, contract, landed, parts, begun)
    losses = scope.losses()
    if losses.replaced:
        landed.replaced[contract.silver] = losses.replaced
    if not losses.all:
        return
    _account(landed.books, losses, contract)
    _quarantine(lake, landed, contract, losses.conflicts)
    lost_hashes = {source for source, _ in losses.all}
    lost = Places(losses.all)
    for part in parts:
        if lost_hashes & set(part.hashes):
            rewrite(lake, landed, part, lambda batch: pc.invert(lost.among(batch)))
    if contract.name == READINGS:
        _roll_up_again(lake, landed, contract, lost_hashes)


def _account(books: Sequence[Books], losses: Losses, contract: TableContract) -> None:
    by_hash = {account.export.source_hash: account for account in books}
    for source, _ in losses.duplicates:
        by_hash[source].duplicate += 1
    for source, _ in losses.conflicts:
        by_hash[source].quarantined += 1
        by_hash[source].reasons[(contract.name, *CONFLICT)] += 1
        by_hash[source].tables[contract.quarantine] += 1
    for source, _ in losses.duplicates | losses.conflicts:
        by_hash[source].valid -= 1
        by_hash[source].tables[contract.silver] -= 1


def in_order(landed: Landed, begun: set[str]) -> dict[str, int]:
    """The files' places by source hash, from 1: those begun before, then by path."""
    order = sorted(
        landed.books,
        key=lambda b: (b.export.source_hash not in begun, b.export.name, b.export.source_hash),
    )
    return {books.export.source_hash: place for place, books in enumerate(order, 1)}


class _Scope:
    """The rows of one table that could share a key: new ones, and those of the lake near them."""

    def __init__(
        self,
        lake: Lake,
        contract: TableContract,
        landed: Landed,
        parts: list[Part],
        begun: set[str],
    ):
        self.lake, self.contract, self.landed, self.parts = lake, contract, landed, parts
        self.order, self.begun = in_order(landed, begun), begun

    @cached_property
    def _landed(self) -> pads.Dataset:
        return landed_rows(self.lake, self.contract, self.parts)

    def losses(self) -> Losses:
        near = self._within_reach()
        twice = np.zeros(0) if near is None else self._twice(near)
        if near is None or not len(twice):
            return Losses()
        import duckdb

        with duckdb.connect() as connection:
            connection.execute("SET threads TO 1; SET TimeZone = 'UTC'; SET memory_limit = '1GB'")
            columns, around = self._columns(), Surroundings(self.contract.primary_key)
            new = self._meeting(self._new(near, columns), twice)
            around.add(new)
            old = self._meeting(self._old(near, columns, around), twice)
            connection.register("new_rows", new)
            connection.register("old_rows", old)
            connection.register("file_order", self._order_table())
            return self._ask(connection)

    def _columns(self) -> list[str]:
        return [*self.contract.schema.names, "_source_hash", "_source_row"]

    def _new(self, near: pc.Expression, columns: list[str]) -> pads.Scanner:
        return rows_of(self.lake, self.parts).scanner(columns=columns, filter=near, **FRUGAL)

    def _old(self, near: pc.Expression, columns: list[str], around: Surroundings) -> pads.Scanner:
        """The rows of the lake among which such keys may be."""
        data = around.near(self._landed)
        near = self._old_near(near) & around.condition(data.schema)
        return data.scanner(columns=columns, filter=near, **NEARBY)

    def _twice(self, near: pc.Expression) -> np.ndarray:
        """Key hashes of new rows that occur more than once, rising. Eight bytes a new row are held,
        whatever the lake has; a hash table would take fifty.

        Two keys of one hash are told apart afterwards, by the keys themselves. More than
        MOST_KEYS rows are looked at in passes, each with its share of the hashes.
        """
        passes = 1 + sum(part.rows for part in self.parts) // MOST_KEYS
        found = [self._twice_in(near, passes, number) for number in range(passes)]
        return np.sort(np.concatenate(found))

    def _twice_in(self, near: pc.Expression, passes: int, number: int) -> np.ndarray:
        columns, around = list(self.contract.primary_key), Surroundings(self.contract.primary_key)
        new = self._whole_keys(self._new(near, columns), around)
        share = (keys[keys % np.uint64(passes) == number] for keys in new)
        keys, times = np.unique(
            np.concatenate([np.zeros(0, np.uint64), *share]), return_counts=True
        )
        twice = times > 1
        old = self._old(near, columns, around)
        for landed in self._whole_keys(old) if len(keys) else ():
            twice[np.searchsorted(keys, landed[among(landed, keys)])] = True
        return keys[twice]

    def _whole_keys(
        self, scan: pads.Scanner, around: Surroundings | None = None
    ) -> Iterator[np.ndarray]:
        """uint64[n] of a batch's rows that have all of the key; `around` is given the keys."""
        for batch in scan.to_batches():
            hashes, whole = key_hashes(batch, self.contract)
            if around is not None:
                around.add(pa.table(batch.filter(pa.array(whole))))
            yield hashes[whole]

    def _meeting(self, scan: pads.Scanner, twice: np.ndarray) -> pa.Table:
        """The rows whose key hash occurs more than once."""
        kept = []
        for batch in scan.to_batches():
            hashes, whole = key_hashes(batch, self.contract)
            kept.append(batch.filter(pa.array(among(hashes, twice) & whole)))
        return pa.Table.from_batches(kept, scan.projected_schema)

    def _order_table(self) -> pa.Table:
        return pa.table({"_source_hash": list(self.order), "place": list(self.order.values())})

    def _ask(self, connection: DuckDBPyConnection) -> Losses:
        keys = ", ".join(f'"{name}"' for name in self.contract.primary_key)
        content = ", ".join(f'"{c.name}"' for c in self.contract.columns)
        every = f"""WITH every AS (
                SELECT {keys}, hash({content}) AS content, 0 AS place, _source_hash, _source_row
                FROM old_rows
                UNION ALL
                SELECT {keys}, hash({content}), file_order.place, _source_hash, _source_row
                FROM new_rows JOIN file_order USING (_source_hash))"""
        if self.contract.newest_wins:
            return _newest(connection.sql(f"{every} {_ROWS_OF_KEYS.format(keys=keys)}").fetchall())
        rows = connection.sql(
            f"""{every} SELECT _source_hash, _source_row,
                content = first_value(content) OVER rank AS same, place
            FROM every WINDOW rank AS (PARTITION BY {keys} ORDER BY place, _source_row)
            QUALIFY row_number() OVER rank > 1"""
        ).fetchall()
        return _first(rows)

    def _within_reach(self) -> pc.Expression | None:
        """Rows that could share a key: all for most tables, overlapping hours for readings."""
        return pc.scalar(True) if self.contract.name != READINGS else self._shared_hours()

    def _old_near(self, near: pc.Expression) -> pc.Expression:
        """Rows of the lake between the extremes of the new ones, and not of these very files, of
        which it has some only where a run was cut short."""
        near &= _within(self.contract, self.parts)
        return near & ~pc.field("_source_hash").isin(sorted(self.begun)) if self.begun else near

    def _shared_hours(self) -> pc.Expression | None:
        """Readings of tags and hours in which the readings of two files, new or landed, overlap."""
        if self.landed.hourly is None:
            return None
        names = ["tag_name", "hour_start", "first_at", "last_at", "_source_hash"]
        own = self.landed.hourly.select(names)
        hours = _overlapping(pa.concat_tables([own, self._landed_hours(own)]))
        if self.landed.unordered:
            stale = pa.array(sorted(self.landed.unordered), pa.string())
            hours = pa.concat_tables([hours, own.filter(pc.is_in(own["_source_hash"], stale))])
        return in_hours(hours) if hours.num_rows else None

    def _landed_hours(self, own: pa.Table) -> pa.Table:
        """What the roll-ups have for the same tags and hours, as if it were one more file."""
        data = self.lake.dataset(rollup.HOURLY)
        if data is None:
            return own.slice(0, 0)
        span = pc.min_max(own["hour_start"]).as_py()
        near = (pc.field("hour_start") >= span["min"]) & (pc.field("hour_start") <= span["max"])
        old = data.to_table(columns=own.schema.names[:4], filter=near)
        old = old.join(
            own.select(own.schema.names[:2]), keys=own.schema.names[:2], join_type="left semi"
        )
        return old.append_column("_source_hash", pa.repeat(pa.scalar("landed"), old.num_rows)).cast(
            own.schema
        )


_ROWS_OF_KEYS = """SELECT dense_rank() OVER (ORDER BY {keys}) AS key, content, place,
        _source_hash, _source_row
    FROM every QUALIFY count(*) OVER (PARTITION BY {keys}) > 1 ORDER BY key, place, _source_row"""


def _first(rows: list[tuple[str, int, bool, int]]) -> Losses:
    """The first row of a key stays: a later one is a duplicate or a conflict."""
    losses = Losses()
    for source, row, same, place in rows:
        if place:
            (losses.duplicates if same else losses.conflicts).add((source, row))
    return losses


def _newest(rows: list[tuple[int, int, int, str, int]]) -> Losses:
    """The row of the latest file stays, whether its files land together or one after another; what
    one file says twice and differently is a conflict."""
    losses = Losses()
    at, stands = 0, (0, 0, ("", 0))  # of the key: content, file's place and row that stands
    for key, content, place, source, row in rows:
        if key != at:
            at, stands = key, (content, place, (source, row))
        elif content == stands[0]:
            losses.duplicates.add((source, row))
        elif place == stands[1]:
            losses.conflicts.add((source, row))
        else:
            (losses.superseded if stands[1] else losses.replaced).add(stands[2])
            stands = (content, place, (source, row))
    return losses


def among(hashes: np.ndarray, rising: np.ndarray) -> np.ndarray:
    """bool[n] whether each is one of these, which rise; quicker than `isin`, which sorts anew."""
    if not len(rising):
        return np.zeros(len(hashes), dtype=bool)
    place = np.minimum(np.searchsorted(rising, hashes), len(rising) - 1)
    found: np.ndarray = rising[place] == hashes
    return found


def key_hashes(batch: pa.RecordBatch, contract: TableContract) -> tuple[np.ndarray, np.ndarray]:
    """uint64[n] of each row's primary key, and bool[n] whether all of the key is there."""
    mixed = np.zeros(batch.num_rows, dtype=np.uint64)
    whole = np.ones(batch.num_rows, dtype=bool)
    for name in contract.primary_key:
        bits, known = _bits(batch[name])
        # times the golden ratio's bits, as in Fibonacci hashing
        mixed = (mixed ^ bits) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        whole &= known
    return mixed, whole


def _bits(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """uint64[n] that differ where values differ (text: by Python's hash), and bool[n] not null."""
    known = column.is_valid().to_numpy(zero_copy_only=False)
    if pa.types.is_string(column.type):
        coded = column.dictionary_encode()
        own = np.array([*map(hash, coded.dictionary.to_pylist()), 0], dtype=np.int64)
        return own[coded.indices.fill_null(len(own) - 1).to_numpy()].view(np.uint64), known
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    if pa.types.is_floating(column.type):
        return column.fill_null(0.0).to_numpy().view(np.uint64), known
    return column.cast(pa.int64()).fill_null(0).to_numpy().astype(np.int64).view(np.uint64), known


def _overlapping(pieces: pa.Table) -> pa.Table:
    """Pieces that begin before an earlier piece of their tag and hour has ended."""
    pieces = _sharing_an_hour(pieces)
    tags = pieces["tag_name"].dictionary_encode().combine_chunks().indices.to_numpy()
    hours, first, last = (
        pieces[n].cast(pa.int64()).to_numpy() for n in ("hour_start", "first_at", "last_at")
    )
    order = np.lexsort((first, hours, tags))
    one, other = order[:-1], order[1:]
    same = (tags[one] == tags[other]) & (hours[one] == hours[other])
    return pieces.take(pa.array(other[same & (first[other] <= last[one])]))


def _sharing_an_hour(pieces: pa.Table) -> pa.Table:
    """Those whose tag and hour others have, too: of a long history hardly any."""
    if not pieces.num_rows:
        return pieces
    hours = pieces["hour_start"].cast(pa.int64()).to_numpy() // rollup.HOUR_US
    span = int(hours.max()) - int(hours.min()) + 1
    tags = pieces["tag_name"].dictionary_encode().combine_chunks().indices.to_numpy()
    key = tags.astype(np.int64) * span + hours
    ordered = np.sort(key)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    return pieces.filter(pa.array(np.isin(key, twice))) if len(twice) else pieces.slice(0, 0)


def in_hours(pieces: pa.Table) -> pc.Expression:
    """Readings of these tags in these hours (from the first to the last where they are many)."""
    hours = sorted(pc.unique(pieces["hour_start"]).to_pylist())
    spans = (
        [(hour, hour) for hour in hours] if len(hours) <= MOST_SPANS else [(hours[0], hours[-1])]
    )
    hour = timedelta(microseconds=rollup.HOUR_US)
    near = pc.scalar(False)
    for start, end in spans:
        near |= (pc.field("timestamp") >= start) & (pc.field("timestamp") < end + hour)
    return near & pc.field("tag_name").isin(pc.unique(pieces["tag_name"]))


def _within(contract: TableContract, parts: Iterable[Part]) -> pc.Expression:
    """Rows whose keys lie between the extremes of the parts, as far as their statistics tell."""
    near = pc.scalar(True)
    for name, (least, greatest) in _bounds(contract, parts).items():
        near &= (pc.field(name) >= least) & (pc.field(name) <= greatest)
    return near


def _bounds(contract: TableContract, parts: Iterable[Part]) -> Bounds:
    """Between what the keys of the parts lie, as far as their statistics tell."""
    stats = [json.loads(part.stats) for part in parts]
    found = {}
    for column in (c for c in contract.columns if c.name in contract.primary_key):
        low = [s["minValues"].get(column.name) for s in stats]
        high = [s["maxValues"].get(column.name) for s in stats]
        if stats and None not in low + high:
            found[column.name] = _bound(min(low), column.type), _bound(max(high), column.type)
    return found


def _bound(value: int | float | str, kind: pa.DataType) -> pa.Scalar:
    """A statistic as the column's type: times and days are ISO text there."""
    return pa.scalar(value).cast(kind)


def _empty(contract: TableContract) -> pa.Table:
    return pa.schema(
        [*contract.schema, LINEAGE.field("_source_hash"), LINEAGE.field("_source_row")]
    ).empty_table()


def landed_rows(lake: Lake, contract: TableContract, near: Iterable[Part] = ()) -> pads.Dataset:
    """The table's rows in the lake, null in columns that the contract has got since; none where
    there is no table. near: only files that may hold a key between those of these parts."""
    table = lake.delta(contract.silver)
    if table is None:
        return pads.dataset(_empty(contract))
    files = files_within(table, _bounds(contract, near))
    data = lake.files_of(contract.silver, table, files)
    new = [item for item in contract.schema if item.name not in data.schema.names]
    return data.replace_schema(pa.schema([*data.schema, *new])) if new else data


def rows_of(lake: Lake, parts: Sequence[Part]) -> pads.Dataset:
    """The rows of parts that are in no table yet."""
    paths = [f"{lake.folder(part.address)}/{part.path}" for part in parts]
    frugal = pads.ParquetFragmentScanOptions(pre_buffer=False, use_buffered_stream=True)
    return pads.dataset(
        paths,
        filesystem=lake.filesystem,
        format=pads.ParquetFileFormat(default_fragment_scan_options=frugal),
    )


class Places:
    """A set of rows by source hash and row number, looked up a batch at a time."""

    def __init__(self, places: set[Place]):
        self.codes = {
            source: code for code, source in enumerate(sorted({source for source, _ in places}))
        }
        keys = [self.codes[source] << _ROW_BITS | row for source, row in places]
        self.keys = np.sort(np.array(keys, dtype=np.int64))

    def among(self, rows: pa.RecordBatch | pa.Table) -> pa.Array:
        """bool a row: is it one of these."""
        sources = rows["_source_hash"]
        sources = sources.combine_chunks() if isinstance(sources, pa.ChunkedArray) else sources
        coded = sources if pa.types.is_dictionary(sources.type) else sources.dictionary_encode()
        own = [self.codes.get(source, -1) for source in coded.dictionary.to_pylist()]
        codes = np.array([*own, -1], dtype=np.int64)[coded.indices.fill_null(len(own)).to_numpy()]
        keys = codes << _ROW_BITS | rows["_source_row"].to_numpy()
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found = (self.keys[places] == keys) & (codes >= 0) if len(self.keys) else codes > len(own)
        return pa.array(found)


_ROW_BITS = 40  # a file has fewer than a million million records


def without(rows: pa.Table, places: set[Place]) -> pa.Table:
    """The rows but those at these places."""
    return rows.filter(pc.invert(Places(places).among(rows)))


def only(rows: pa.Table, places: set[Place]) -> pa.Table:
    """The rows at these places."""
    return rows.filter(Places(places).among(rows))


def rewrite(
    lake: Lake, landed: Landed, part: Part, kept: Callable[[pa.RecordBatch], pa.Array]
) -> None:
    """Write the part anew, batch by batch, with the rows that `kept` marks; delete the old file."""
    path = f"{lake.folder(part.address)}/{part.path}"
    landed.parts.remove(part)
    with pq.ParquetFile(path, filesystem=lake.filesystem) as old:
        writer = PartWriter(lake, part.address, old.schema_arrow, _counted(part), part.derived)
        for batch in old.iter_batches(1 << 17):
            rest = batch.filter(kept(batch))
            writer.write(rest, *pc.unique(rest["_source_hash"]).to_pylist())
        landed.parts += writer.close()
    lake.filesystem.delete_file(path)


def write_parts(
    lake: Lake, address: str, rows: pa.Table, counted: Sequence[str] = ()
) -> list[Part]:
    """The rows as parts that know the source hashes they hold; none for no rows."""
    writer = PartWriter(lake, address, rows.schema, counted)
    traced = "_source_hash" in rows.schema.names
    for batch in rows.to_batches(max_chunksize=1 << 17):
        writer.write(batch, *(pc.unique(batch["_source_hash"]).to_pylist() if traced else ()))
    return writer.close()


def _counted(part: Part) -> list[str]:
    return list(json.loads(part.stats)["nullCount"])


def _quarantine(lake: Lake, landed: Landed, contract: TableContract, places: set[Place]) -> None:
    """Conflicting rows as they were read, from this run's bronze, into quarantine."""
    if not places:
        return
    for rows in _bronze(lake, landed, contract, places):
        count = rows.num_rows
        rows = rows.rename_columns(beside_verdict(rows.column_names))
        place = rows.column_names.index("_source_hash")
        for name, text in (("detail", None), ("reason", CONFLICT[1]), ("rule", CONFLICT[0])):
            rows = rows.add_column(place, name, pa.repeat(pa.scalar(text, pa.string()), count))
        landed.parts += write_parts(lake, contract.quarantine, rows)
        landed.widen(contract.quarantine, rows.schema)


def _bronze(
    lake: Lake, landed: Landed, contract: TableContract, places: set[Place]
) -> Iterator[pa.Table]:
    hashes = {source for source, _ in places}
    for part in landed.parts:
        if part.address == contract.bronze and hashes & set(part.hashes):
            rows = rows_of(lake, [part]).to_table(
                filter=pc.field("_source_hash").isin(sorted(hashes))
            )
            if (found := only(rows, places)).num_rows:
                yield found


def _roll_up_again(lake: Lake, landed: Landed, contract: TableContract, hashes: set[str]) -> None:
    """Pieces of files that lost readings, from what is left of them."""
    if landed.hourly is None:
        return
    kept = landed.hourly.filter(
        pc.invert(pc.is_in(landed.hourly["_source_hash"], pa.array(sorted(hashes))))
    )
    parts = [
        part
        for part in landed.parts
        if part.address == contract.silver and hashes & set(part.hashes)
    ]
    again = [_pieces(rows_of(lake, parts), source) for source in sorted(hashes)] if parts else []
    landed.hourly = pa.concat_tables([kept, *again])


def _pieces(data: pads.Dataset, source: str) -> pa.Table:
    roll = rollup.Hourly(source)
    for batch in data.to_batches(filter=pc.field("_source_hash") == source):
        if batch.num_rows:
            roll.add(batch)
    table = roll.table()
    return rollup.SOURCED.empty_table() if table is None else table
