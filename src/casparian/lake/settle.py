"""Settling: what landed meets what the lake holds, before anything is committed.

A record whose primary key is there already is a duplicate when its content is the same, and goes
to quarantine as a conflict when it is not. Files count in the order of their paths. Rows of files
that failed half-way are taken out. Parts that lose rows are written anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads

from casparian.contracts.model import TableContract
from casparian.lake import rollup
from casparian.lake.landed import LINEAGE, Books, Landed, beside_verdict
from casparian.lake.landing import READINGS
from casparian.lake.parts import PartWriter
from casparian.lake.store import Lake, Part

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CONFLICT = ("conflict", "Conflicts with an earlier reading")
Place = tuple[str, int]  # source hash, source row


@dataclass
class Losses:
    """Rows that a silver table's parts must give up."""

    duplicates: set[Place] = field(default_factory=set)
    conflicts: set[Place] = field(default_factory=set)
    replaced: set[Place] = field(default_factory=set)  # rows of the lake that newer ones take over

    @property
    def all(self) -> set[Place]:
        return self.duplicates | self.conflicts


def settle(lake: Lake, landed: Landed, contracts: dict[str, TableContract]) -> Landed:
    """The same outcome with books and parts as they are to be committed.

    contracts: by silver address, for every table that may hold rows.
    """
    failed = {b.export.source_hash for b in landed.books if b.status == "failed"}
    if failed:
        take_out(lake, landed, failed)
    for address in sorted({part.address for part in landed.parts} & contracts.keys()):
        contract = contracts[address]
        if contract.primary_key:
            _settle_table(lake, landed, contract)
    return landed


def take_out(lake: Lake, landed: Landed, failed: set[str], addresses: Sequence[str] = ()) -> None:
    """Remove these sources' rows from the parts (of some addresses, or of all and the roll-ups)."""
    touched = [p for p in landed.parts if failed & set(p.hashes) and (not addresses or p.address in addresses)]
    for part in touched:
        rows = _dataset(lake, [part]).to_table()
        _replace(lake, landed, part, rows.filter(pc.invert(pc.is_in(rows["_source_hash"], pa.array(sorted(failed))))))
    if addresses:
        return
    if landed.hourly is not None:
        gone = pc.is_in(landed.hourly["_source_hash"], pa.array(sorted(failed)))
        landed.hourly = landed.hourly.filter(pc.invert(gone))


def _settle_table(lake: Lake, landed: Landed, contract: TableContract) -> None:
    parts = [part for part in landed.parts if part.address == contract.silver]
    derived = all(contract.silver not in books.tables for books in landed.books)
    scope = _Scope(lake, contract, landed, parts)
    losses = scope.losses()
    if losses.replaced:
        landed.replaced[contract.silver] = losses.replaced
    if not losses.all:
        return
    if not derived:
        _account(landed.books, losses, contract)
        _quarantine(lake, landed, contract, losses.conflicts)
    lost_hashes = {source for source, _ in losses.all}
    for part in parts:
        if lost_hashes & set(part.hashes):
            rows = _dataset(lake, [part]).to_table()
            _replace(lake, landed, part, without(rows, losses.all))
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
    for source, _ in losses.all:
        by_hash[source].valid -= 1
        by_hash[source].tables[contract.silver] -= 1


class _Scope:
    """The rows of one table that could share a key: the new ones, and those of the lake near them."""

    def __init__(self, lake: Lake, contract: TableContract, landed: Landed, parts: list[Part]):
        self.lake, self.contract, self.landed, self.parts = lake, contract, landed, parts
        order = sorted(landed.books, key=lambda b: (b.export.name, b.export.source_hash))
        self.order = {books.export.source_hash: place for place, books in enumerate(order, 1)}

    def losses(self) -> Losses:
        new, old = self._new(), self._old()
        if new is None:
            return Losses()
        import duckdb

        with duckdb.connect() as connection:
            connection.execute("SET threads TO 1; SET TimeZone = 'UTC'")
            connection.register("new_rows", new)
            connection.register("old_rows", old)
            connection.register("file_order", self._order_table())
            return self._ask(connection)

    def _order_table(self) -> pa.Table:
        return pa.table({"_source_hash": list(self.order), "place": list(self.order.values())})

    def _ask(self, connection: DuckDBPyConnection) -> Losses:
        keys = ", ".join(f'"{name}"' for name in self.contract.primary_key)
        content = ", ".join(f'"{c.name}"' for c in self.contract.columns)
        known = " AND ".join(f'"{name}" IS NOT NULL' for name in self.contract.primary_key)
        connection.execute(
            f"CREATE TEMP TABLE twice AS SELECT {keys} FROM (SELECT {keys} FROM new_rows UNION ALL "
            f"SELECT {keys} FROM old_rows) WHERE {known} GROUP BY ALL HAVING count(*) > 1"
        )
        if not connection.sql("SELECT count(*) FROM twice").fetchall()[0][0]:
            return Losses()
        rows = connection.sql(
            f"""WITH every AS (
                SELECT {keys}, hash({content}) AS content, 0 AS place, _source_hash, _source_row FROM old_rows
                SEMI JOIN twice USING ({keys})
                UNION ALL
                SELECT {keys}, hash({content}), file_order.place, _source_hash, _source_row FROM new_rows
                SEMI JOIN twice USING ({keys}) JOIN file_order USING (_source_hash))
            SELECT _source_hash, _source_row, content = first_value(content) OVER rank, place,
                first_value(place) OVER rank, first_value(_source_hash) OVER rank, first_value(_source_row) OVER rank
            FROM every WINDOW rank AS (PARTITION BY {keys} ORDER BY place, _source_row)
            QUALIFY row_number() OVER rank > 1"""
        ).fetchall()
        return self._sorted_out(rows)

    def _sorted_out(self, rows: list[tuple[str, int, bool, int, int, str, int]]) -> Losses:
        """Each later row of a key is a duplicate, a conflict, or takes over from one in the lake."""
        losses = Losses()
        for source, row, same, place, first_place, first_source, first_row in rows:
            first = (first_source, first_row)
            if not place:
                continue
            if not same and self.contract.newest_wins and not first_place and first not in losses.replaced:
                losses.replaced.add(first)
            else:
                (losses.duplicates if same else losses.conflicts).add((source, row))
        return losses

    def _new(self) -> pads.Dataset | pa.Table | None:
        data = _dataset(self.lake, self.parts)
        if self.contract.name != READINGS:
            return data
        near = self._shared_hours()
        return None if near is None else data.to_table(filter=near)

    def _old(self) -> pads.Dataset | pa.Table:
        data = self.lake.dataset(self.contract.silver)
        if data is None:
            return _empty(self.contract)
        near = _within(self.contract.primary_key, self.parts)
        mine = pc.field("_source_hash").isin(sorted(self.order))
        columns = [c.name for c in self.contract.columns] + ["_source_hash", "_source_row"]
        return data.to_table(columns=columns, filter=near & ~mine)

    def _shared_hours(self) -> pc.Expression | None:
        """Readings in hours of a tag that another file, new or landed, has readings in too."""
        if self.landed.hourly is None:
            return None
        own = self.landed.hourly.select(["tag_name", "hour_start", "_source_hash"])
        pairs = own.group_by(["tag_name", "hour_start"]).aggregate([("_source_hash", "count_distinct")])
        shared = pairs.filter(pc.greater(pairs["_source_hash_count_distinct"], 1))
        stale = own.filter(pc.is_in(own["_source_hash"], pa.array(sorted(self.landed.unordered), pa.string())))
        hours = pa.concat_tables([t.select(["tag_name", "hour_start"]) for t in (shared, stale, self._landed_hours(own))])
        if not hours.num_rows:
            return None
        span = pc.min_max(hours["hour_start"]).as_py()
        end = pc.add(pa.scalar(span["max"], pa.timestamp("us", tz="UTC")), pa.scalar(rollup.HOUR_US, pa.duration("us")))
        tags = pc.field("tag_name").isin(pc.unique(hours["tag_name"]))
        return tags & (pc.field("timestamp") >= span["min"]) & (pc.field("timestamp") < end)

    def _landed_hours(self, own: pa.Table) -> pa.Table:
        data = self.lake.dataset(rollup.HOURLY)
        if data is None:
            return own.slice(0, 0)
        span = pc.min_max(own["hour_start"]).as_py()
        near = (pc.field("hour_start") >= span["min"]) & (pc.field("hour_start") <= span["max"])
        old = data.to_table(columns=["tag_name", "hour_start"], filter=near)
        return old.join(own, keys=["tag_name", "hour_start"], join_type="left semi")


def _within(keys: Sequence[str], parts: Iterable[Part]) -> pc.Expression:
    """Rows whose keys lie between the extremes of the parts, as far as their statistics tell."""
    import json

    stats = [json.loads(part.stats) for part in parts]
    near = pc.scalar(True)
    for key in keys:
        low = [s["minValues"].get(key) for s in stats]
        high = [s["maxValues"].get(key) for s in stats]
        if all(isinstance(v, int | float | str) and not isinstance(v, bool) for v in low + high):
            near &= (pc.field(key) >= _bound(min(low))) & (pc.field(key) <= _bound(max(high)))
    return near


def _bound(value: int | float | str) -> pa.Scalar:
    """A statistic as the column's type: times and days come as ISO text."""
    if isinstance(value, str):
        for kind in (pa.timestamp("us", tz="UTC"), pa.date32()):
            if (kind == pa.date32()) == (len(value) == 10) and value[4:5] == "-":
                try:
                    return pa.scalar(value).cast(kind)
                except pa.ArrowInvalid:
                    continue
    return pa.scalar(value)


def _empty(contract: TableContract) -> pa.Table:
    return pa.schema([*contract.schema, LINEAGE.field("_source_hash"), LINEAGE.field("_source_row")]).empty_table()


def _dataset(lake: Lake, parts: Sequence[Part]) -> pads.Dataset:
    paths = [f"{lake.folder(part.address)}/{part.path}" for part in parts]
    return pads.dataset(paths, filesystem=lake.filesystem, format="parquet")


def without(rows: pa.Table, places: set[Place]) -> pa.Table:
    """The rows but those at these places."""
    return rows.filter(pc.invert(_at(rows, places)))


def _at(rows: pa.Table, places: set[Place]) -> pa.ChunkedArray:
    """bool a row: is it one of these places."""
    by_hash: dict[str, list[int]] = defaultdict(list)
    for source, row in places:
        by_hash[source].append(row)
    chosen = pa.repeat(pa.scalar(False), rows.num_rows)
    for source, own in by_hash.items():
        same = pc.equal(rows["_source_hash"], source)
        chosen = pc.or_(chosen, pc.and_(same, pc.is_in(rows["_source_row"], pa.array(own, pa.int64()))))
    return chosen


def _replace(lake: Lake, landed: Landed, part: Part, rows: pa.Table) -> None:
    """Write the part anew with these rows and delete the old file."""
    landed.parts.remove(part)
    landed.parts += write_parts(lake, part.address, rows, _counted(part))
    lake.filesystem.delete_file(f"{lake.folder(part.address)}/{part.path}")


def write_parts(lake: Lake, address: str, rows: pa.Table, counted: Sequence[str] = ()) -> list[Part]:
    """The rows as parts that know the source hashes they hold; none for no rows."""
    writer = PartWriter(lake, address, rows.schema, counted)
    traced = "_source_hash" in rows.schema.names
    for batch in rows.to_batches(max_chunksize=1 << 17):
        writer.write(batch, *(pc.unique(batch["_source_hash"]).to_pylist() if traced else ()))
    return writer.close()


def _counted(part: Part) -> list[str]:
    import json

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


def _bronze(lake: Lake, landed: Landed, contract: TableContract, places: set[Place]) -> Iterator[pa.Table]:
    hashes = {source for source, _ in places}
    for part in landed.parts:
        if part.address == contract.bronze and hashes & set(part.hashes):
            rows = _dataset(lake, [part]).to_table(filter=pc.field("_source_hash").isin(sorted(hashes)))
            if (found := rows.filter(_at(rows, places))).num_rows:
                yield found


def _roll_up_again(lake: Lake, landed: Landed, contract: TableContract, hashes: set[str]) -> None:
    """Pieces of files that lost readings, from what is left of them."""
    if landed.hourly is None:
        return
    kept = landed.hourly.filter(pc.invert(pc.is_in(landed.hourly["_source_hash"], pa.array(sorted(hashes)))))
    parts = [part for part in landed.parts if part.address == contract.silver and hashes & set(part.hashes)]
    again = [_pieces(_dataset(lake, parts), source) for source in sorted(hashes)] if parts else []
    landed.hourly = pa.concat_tables([kept, *again])


def _pieces(data: pads.Dataset, source: str) -> pa.Table:
    roll = rollup.Hourly(source)
    for batch in data.to_batches(filter=pc.field("_source_hash") == source):
        if batch.num_rows:
            roll.add(batch)
    table = roll.table()
    return table if table is not None else rollup.PIECE.append(LINEAGE.field("_source_hash")).empty_table()
