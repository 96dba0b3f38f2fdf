"""Replay: quarantined records judged again, after a contract or a tag list was corrected.

The file is read again by its own format, so the verdict is the one that landing it today would
give. Records that are valid now go to silver with the new contract version and leave quarantine;
the ledger's books and the roll-ups follow. Records of silver are not judged again.

Order of writing: the ledger says `replaying`, silver, roll-ups, quarantine, the ledger last. Each
step can be done twice with the same outcome, so the next replay finishes one that was cut short.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
from deltalake.transaction import RemoveAction

from casparian.contracts.model import TableContract, load
from casparian.contracts.tags import Tags
from casparian.formats import all_formats
from casparian.lake import rollup
from casparian.lake.commit import replace_hours
from casparian.lake.landed import Export, Landed
from casparian.lake.landing import READINGS, Landing
from casparian.lake.ledger import Ledger, same_bytes
from casparian.lake.process import export, tags_of
from casparian.lake.quarantine import SUFFIX, Choice, name_of, text
from casparian.lake.query import Query
from casparian.lake.settle import Place, only, without, write_parts
from casparian.lake.store import Lake
from casparian.reading.base import Format
from casparian.reading.packed import facts

GROUP_FILES = 200
DAMAGE = ("damaged_record", "damaged_file")  # nothing was read there that could be judged again
REPLAYING = "replaying"
HOUR = "date_trunc('hour', \"timestamp\")"


@dataclass
class Replayed:
    """One file: chosen = valid + duplicate + kept; `problem` says why none was judged."""

    row: dict[str, Any]
    contract: str = ""
    contract_version: str = ""
    chosen: int = 0
    valid: int = 0
    duplicate: int = 0
    problem: str | None = None

    @property
    def kept(self) -> int:
        return self.chosen - self.valid - self.duplicate


@dataclass
class _Judged:
    """One file's chosen places by table, and what a landing of today makes of them."""

    outcome: Replayed
    tables: dict[str, TableContract] = field(default_factory=dict)
    chosen: dict[str, dict[int, tuple[str, str]]] = field(default_factory=dict)
    candidates: dict[str, pa.Table] = field(default_factory=dict)
    copies: dict[str, set[Place]] = field(default_factory=dict)


def replay(
    lake: Lake,
    choice: Choice,
    *,
    contracts: Sequence[Path] = (),
    formats: dict[str, Format] | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> list[Replayed]:
    """Judge the chosen records again and move those that are valid now. Safe to run twice."""
    if not dry_run:
        _repair(lake)
    known = all_formats() | (formats or {})
    judge = _Again(lake, known, tuple(contracts), tags_of(lake))
    chosen = _chosen(lake, choice)
    rows = {row["source_hash"]: row for row in Ledger(lake).rows()}
    files = sorted(chosen, key=lambda h: (rows[h]["source_path"] if h in rows else "", h))
    outcomes: list[Replayed] = []
    for start in range(0, len(files), GROUP_FILES):
        group = []
        for place, source in enumerate(files[start : start + GROUP_FILES], start + 1):
            progress(place, len(files), rows[source]["source_path"])
            group.append(judge.file(rows[source], chosen[source]))
        with lake.alone():  # an ingest that settles meanwhile would not see what moves
            _Move(lake, group).run(dry_run)
        outcomes += [judged.outcome for judged in group]
    return outcomes


def _chosen(lake: Lake, choice: Choice) -> dict[str, dict[str, dict[int, tuple[str, str]]]]:
    """source hash → quarantine address → record number → (rule, reason)."""
    found: dict[str, dict[str, dict[int, tuple[str, str]]]] = defaultdict(lambda: defaultdict(dict))
    damage = ", ".join(text(rule) for rule in DAMAGE)
    with Query(lake) as ask:
        for address in choice.addresses(lake):
            rows = ask(
                f"SELECT _source_hash, _source_row, rule, reason FROM {address} "
                f"WHERE {choice.where(lake)} AND rule NOT IN ({damage})"
            )
            for source, row, rule, reason in zip(
                *(c.to_pylist() for c in rows.columns), strict=True
            ):
                found[source][address][row] = (rule, reason)
    return found


class _Again:
    """Lands files anew beside the lake, to see what today's verdict is."""

    def __init__(
        self, lake: Lake, formats: dict[str, Format], contracts: tuple[Path, ...], tags: Tags
    ):
        self.lake, self.formats, self.contracts, self.tags = lake, formats, contracts, tags
        self.at = datetime.now(UTC)

    def file(self, row: dict[str, Any], chosen: dict[str, dict[int, tuple[str, str]]]) -> _Judged:
        """Judge one file's chosen records; a file that is gone or changed gives its problem."""
        judged = _Judged(
            Replayed(row, chosen=sum(len(rows) for rows in chosen.values())), chosen=chosen
        )
        source, judged.outcome.problem = self._source(row)
        if source is None:
            return judged
        contract = load(self.formats[row["format"]].contract, *self.contracts)
        judged.outcome.contract = self.formats[row["format"]].contract
        judged.outcome.contract_version = contract.version
        judged.tables = {
            t.quarantine: t for t in contract.tables.values() if t.quarantine in chosen
        }
        with tempfile.TemporaryDirectory(
            prefix="casparian-", ignore_cleanup_errors=True
        ) as scratch:
            aside = Lake.at(scratch)
            landing = Landing(aside, self.formats, self.tags, self.at, contracts=self.contracts)
            books = landing.add(source)
            landed = landing.finish()
            if books.status == "failed":
                judged.outcome.problem = books.notes[-1]
            else:
                self._compare(aside, landed, judged)
        return judged

    def _source(self, row: dict[str, Any]) -> tuple[Export | None, str | None]:
        """Where the very bytes still lie, or why not."""
        if row["format"] not in self.formats:
            return None, f"No format is called '{row['format']}': give the parser with --parser."
        if row.get("landing"):
            return export(row), None
        for path in (row["full_path"], *json.loads(row["other_paths"] or "[]")):
            if same_bytes(path, row["source_hash"]):
                now = facts(path)
                fresh = replace(export(row), path=path, size=now.size, modified_ns=now.modified_ns)
                return fresh, None
        return None, f"The file is gone or has changed: put it back at {row['full_path']}."

    def _compare(self, aside: Lake, landed: Landed, judged: _Judged) -> None:
        for address, table in judged.tables.items():
            wanted = pc.field("_source_row").isin(
                pa.array(sorted(judged.chosen[address]), pa.int64())
            )
            silver = _parts(aside, landed, table.silver, wanted)
            refused = _parts(aside, landed, address, wanted)
            if silver is not None:
                judged.candidates[address] = silver
            seen = set(_numbers(silver)) | set(_numbers(refused))
            source = judged.outcome.row["source_hash"]
            judged.copies[address] = {
                (source, row) for row in judged.chosen[address] if row not in seen
            }


def _parts(lake: Lake, landed: Landed, address: str, wanted: pc.Expression) -> pa.Table | None:
    paths = [
        f"{lake.folder(address)}/{part.path}" for part in landed.parts if part.address == address
    ]
    if not paths:
        return None
    schema = landed.schemas[address]
    return pads.dataset(
        paths, schema=schema, filesystem=lake.filesystem, format="parquet"
    ).to_table(filter=wanted)


def _numbers(rows: pa.Table | None) -> list[int]:
    return [] if rows is None else rows["_source_row"].to_pylist()


class _Move:
    """Moves what is valid now of a group of files, table by table."""

    def __init__(self, lake: Lake, group: list[_Judged]):
        self.lake = lake
        self.group = [judged for judged in group if judged.tables]
        self.by_hash = {judged.outcome.row["source_hash"]: judged for judged in self.group}

    def run(self, dry_run: bool) -> None:
        plans = [self._plan(address, table) for address, table in self._tables().items()]
        for plan in plans:
            for source, _ in plan.moved:
                self.by_hash[source].outcome.valid += 1
            for source, _ in plan.copies:
                self.by_hash[source].outcome.duplicate += 1
        changed = [j for j in self.group if j.outcome.valid or j.outcome.duplicate]
        if dry_run or not changed:
            return
        Ledger(self.lake).write([j.outcome.row | {"status": REPLAYING} for j in changed])
        for plan in plans:
            plan.write(self.lake)
        Ledger(self.lake).write([self._closed(judged, plans) for judged in changed])

    def _tables(self) -> dict[str, TableContract]:
        return {address: table for judged in self.group for address, table in judged.tables.items()}

    def _plan(self, address: str, table: TableContract) -> _Plan:
        tables = [j.candidates[address] for j in self.group if address in j.candidates]
        copies = set().union(*(j.copies.get(address, set()) for j in self.group))
        rows = pa.concat_tables(tables, promote_options="default") if tables else None
        return _Plan.of(self.lake, table, rows, copies)

    def _closed(self, judged: _Judged, plans: list[_Plan]) -> dict[str, Any]:
        """The ledger row with its books after the move."""
        outcome, row = judged.outcome, judged.outcome.row
        reasons = Counter({tuple(key): count for *key, count in json.loads(row["reasons"] or "[]")})
        tables = Counter(json.loads(row["tables"] or "{}"))
        for plan in plans:
            own = {n for h, n in plan.moved if h == row["source_hash"]}
            gone = own | {n for h, n in plan.copies if h == row["source_hash"]}
            for number in gone:
                reasons[(plan.table.name, *judged.chosen[plan.table.quarantine][number])] -= 1
            tables[plan.table.silver] += len(own)
            tables[plan.table.quarantine] -= len(gone)
        return row | {
            "status": "landed",
            "records_valid": row["records_valid"] + outcome.valid,
            "records_quarantined": row["records_quarantined"] - outcome.valid - outcome.duplicate,
            "records_duplicate": row["records_duplicate"] + outcome.duplicate,
            **_packed(tables, reasons),
            "notes": _noted(row, _note(outcome)),
        }


def _packed(tables: Counter[str], reasons: Counter[Any]) -> dict[str, str]:
    kept = [[*key, count] for key, count in sorted(reasons.items()) if count]
    return {
        "tables": json.dumps({name: count for name, count in sorted(tables.items()) if count}),
        "reasons": json.dumps(kept, ensure_ascii=False),
    }


def _noted(row: dict[str, Any], note: str) -> str:
    return json.dumps([*json.loads(row["notes"] or "[]"), note], ensure_ascii=False)


def _note(outcome: Replayed) -> str:
    moved = outcome.valid + outcome.duplicate
    return (
        f"Replayed {moved:,} records with contract {outcome.contract} version "
        f"{outcome.contract_version}: {outcome.valid:,} valid, {outcome.duplicate:,} duplicate."
    )


@dataclass
class _Plan:
    """What leaves one quarantine table: rows for silver, and copies of what silver has.

    moved: all places that belong to silver; `rows` are those that are not there yet.
    """

    table: TableContract
    rows: pa.Table | None
    moved: set[Place]
    copies: set[Place]

    @classmethod
    def of(
        cls, lake: Lake, table: TableContract, rows: pa.Table | None, copies: set[Place]
    ) -> _Plan:
        """Compare the candidates with silver, as landing them now would."""
        if rows is None or not rows.num_rows:
            return cls(table, None, set(), copies)
        met = _meet(lake, table, rows)
        moved = {place for place, verdict in met.items() if verdict in ("there", "new")}
        fresh = {place for place, verdict in met.items() if verdict == "new"}
        same = {place for place, verdict in met.items() if verdict == "same"}
        return cls(table, only(rows, fresh), moved, copies | same)

    def write(self, lake: Lake) -> None:
        """Silver, roll-ups, then quarantine."""
        if self.rows is not None and self.rows.num_rows:
            counted = (*self.table.primary_key, "timestamp", "value", "_source_row", "_source_hash")
            parts = write_parts(lake, self.table.silver, self.rows, tuple(dict.fromkeys(counted)))
            lake.commit(self.table.silver, self.rows.schema, parts)
        if self.moved and self.table.name == READINGS:
            _roll_up(lake, self.table.silver, self.moved)
        _remove(lake, self.table.quarantine, self.moved | self.copies)


def _meet(lake: Lake, table: TableContract, rows: pa.Table) -> dict[Place, str]:
    """Each candidate's place → there (moved before), new, same (a copy) or other (a conflict)."""
    places = zip(rows["_source_hash"].to_pylist(), rows["_source_row"].to_pylist(), strict=True)
    old = lake.dataset(table.silver)
    if not table.primary_key:
        return dict.fromkeys(places, "new") if old is None else _there(old, rows)
    keys = ", ".join(f'"{name}"' for name in table.primary_key)
    own = old.schema.names if old is not None else rows.schema.names
    content = ", ".join(f'"{c.name}"' for c in table.columns if c.name in own)
    columns = f"{keys}, hash({content}) AS content, _source_hash, _source_row"
    with duckdb.connect() as connection:
        connection.execute("SET threads TO 1; SET TimeZone = 'UTC'")
        connection.register("rows", rows)
        connection.register("old", old if old is not None else rows.slice(0, 0))
        answer = connection.sql(
            f"""WITH mine AS (SELECT {columns}, _source_path AS path FROM rows),
            met AS (SELECT {columns} FROM old SEMI JOIN rows USING ({keys})),
            there AS (
                SELECT _source_hash, _source_row FROM met
                SEMI JOIN mine USING (_source_hash, _source_row)),
            every AS (
                SELECT {keys}, content, 0 AS turn, '' AS path, _source_hash, _source_row FROM met
                ANTI JOIN mine USING (_source_hash, _source_row)
                UNION ALL
                SELECT {keys}, content, 1, path, _source_hash, _source_row FROM mine)
            SELECT every._source_hash, every._source_row, CASE
                WHEN there._source_hash IS NOT NULL THEN 'there'
                WHEN row_number() OVER turns = 1 THEN 'new'
                WHEN content = first_value(content) OVER turns THEN 'same' ELSE 'other' END, turn
            FROM every LEFT JOIN there USING (_source_hash, _source_row)
            WINDOW turns AS (PARTITION BY {keys} ORDER BY turn, path, every._source_row)"""
        ).fetchall()
    return {(source, row): verdict for source, row, verdict, turn in answer if turn}


def _there(old: pads.Dataset, rows: pa.Table) -> dict[Place, str]:
    """A table without a key has no copies: only what was moved before is there already."""
    mine = pc.field("_source_hash").isin(pc.unique(rows["_source_hash"]))
    before = old.to_table(columns=["_source_hash", "_source_row"], filter=mine)
    there = set(zip(*(column.to_pylist() for column in before.columns), strict=True))
    places = zip(rows["_source_hash"].to_pylist(), rows["_source_row"].to_pylist(), strict=True)
    return {place: "there" if place in there else "new" for place in places}


def _roll_up(lake: Lake, silver: str, moved: set[Place]) -> None:
    """Make the hours anew that hold moved readings, from all of their readings in silver."""
    data = lake.dataset(silver)
    places = pa.table(
        {
            "_source_hash": [h for h, _ in moved],
            "_source_row": pa.array([n for _, n in moved], pa.int64()),
        }
    )
    with duckdb.connect() as connection:
        connection.execute("SET threads TO 1; SET TimeZone = 'UTC'")
        connection.register("silver", data)
        connection.register("places", places)
        connection.execute(
            f"CREATE TEMP TABLE hours AS SELECT DISTINCT tag_name, {HOUR} AS hour_start "
            "FROM silver SEMI JOIN places USING (_source_hash, _source_row)"
        )
        roll = rollup.Hourly(REPLAYING)
        reader = connection.sql(
            'SELECT silver.tag_name, tag_alias, "timestamp", value, quality FROM silver '
            f"SEMI JOIN hours ON silver.tag_name = hours.tag_name AND {HOUR} = hours.hour_start"
        ).to_arrow_reader(1 << 16)
        for batch in reader:
            roll.add(batch)
        hours = connection.sql("SELECT * FROM hours").to_arrow_table()
    replace_hours(lake, hours, roll.table())


def _remove(lake: Lake, address: str, places: set[Place]) -> None:
    """Take rows out of a table: its files that hold any are written anew without them."""
    table = lake.delta(address)
    if table is None or not places:
        return
    mine = pc.field("_source_hash").isin(sorted({source for source, _ in places}))
    parts, removes, now = [], [], int(datetime.now(UTC).timestamp() * 1000)
    schema = lake.files_of(address, table, []).schema
    for path in table.get_add_actions()["path"].to_pylist():
        data = lake.files_of(address, table, [path])
        if not only(data.to_table(filter=mine), places).num_rows:
            continue
        parts += write_parts(
            lake, address, without(data.to_table(), places), ["_source_row", "_source_hash"]
        )
        removes.append(RemoveAction(path, True, now))
    if removes:
        lake.commit(address, schema, parts, removes=removes)


def _repair(lake: Lake) -> None:
    """Finish replays cut short: what silver has leaves quarantine, the books are counted."""
    cut = Ledger(lake).rows(status=(REPLAYING,))
    for row in cut:
        for address in Choice().addresses(lake):
            moved = _both(lake, address, row["source_hash"])
            if moved and name_of(address) == READINGS:
                _roll_up(lake, _silver(address), moved)
            _remove(lake, address, moved)
    Ledger(lake).write([_counted(lake, row) for row in cut])


def _both(lake: Lake, address: str, source: str) -> set[Place]:
    """Records of the file that are in quarantine and in silver."""
    data, good = lake.dataset(address), lake.dataset(_silver(address))
    if data is None or good is None:
        return set()
    mine = pc.field("_source_hash") == source
    refused = data.to_table(columns=["_source_row"], filter=mine)["_source_row"].to_pylist()
    there = pc.field("_source_row").isin(pa.array(refused, pa.int64()))
    found = good.to_table(columns=["_source_row"], filter=mine & there)["_source_row"].to_pylist()
    return {(source, row) for row in found}


def _silver(quarantine: str) -> str:
    return quarantine.replace("ops_", "silver_", 1).removesuffix(SUFFIX)


def _counted(lake: Lake, row: dict[str, Any]) -> dict[str, Any]:
    """The ledger row with its books as its tables have them."""
    mine = pc.field("_source_hash") == row["source_hash"]
    tables: Counter[str] = Counter()
    reasons: Counter[Any] = Counter()
    for address in _own_tables(lake, row):
        data = lake.dataset(address)
        if data is None:
            continue
        tables[address] = data.count_rows(filter=mine)
        if address.startswith("ops_"):
            words = data.to_table(columns=["rule", "reason"], filter=mine).to_pylist()
            reasons.update((name_of(address), word["rule"], word["reason"]) for word in words)
    for address, count in json.loads(row.get("expired") or "{}").items():
        tables[address] = count  # they were counted when they were there, and do not come back
        reasons.update(_counted_before(row, name_of(address)))
    valid = sum(count for address, count in tables.items() if address.startswith("silver_"))
    refused = sum(count for address, count in tables.items() if address.startswith("ops_"))
    return row | {
        "status": "landed",
        "records_valid": valid,
        "records_quarantined": refused,
        "records_duplicate": row["records_read"] - valid - refused,
        **_packed(tables, reasons),
        "notes": _noted(row, "A replay was cut short and finished; the books were counted anew."),
    }


def _counted_before(row: dict[str, Any], table: str) -> dict[tuple[str, str, str], int]:
    """The reasons of one table as the ledger's row has them."""
    every = json.loads(row["reasons"] or "[]")
    return {(name, rule, reason): count for name, rule, reason, count in every if name == table}


def _own_tables(lake: Lake, row: dict[str, Any]) -> Iterable[str]:
    """The tables in the file's books, with the silver table of each quarantine."""
    named = set(json.loads(row["tables"] or "{}"))
    return sorted(named | {_silver(address) for address in named if address.startswith("ops_")})
