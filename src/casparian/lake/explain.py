"""From a row back to what it was made from: file, hash, record number, parser, contract version.

A row of bronze, silver or quarantine is one record of one file. A row of a roll-up is made from the
readings of its tag and time. A row of a gold table names its records in `_source_rows`, as
'<source hash>#<record number>', or '<source hash>#<first>-<last>' for records in a row.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any

from casparian.lake import rollup
from casparian.lake.landed import LINEAGE
from casparian.lake.ledger import Ledger, same_bytes
from casparian.lake.models import Models
from casparian.lake.quarantine import SUFFIX, text
from casparian.lake.query import Query, UnknownTableError, unknown_table
from casparian.lake.store import LEDGER, Lake
from casparian.reading.packed import facts

SOURCE_ROWS = "_source_rows"
SHOWN = 3  # records shown of the many behind one row
READINGS = "silver_equipment.historian_values"


def explain(lake: Lake, table: str, where: str | None = None, limit: int = 5) -> dict[str, Any]:
    """The first rows of the table that meet the SQL condition, each with what is behind it.

    Answers {table, description, rows: [{values, ...}]}; a row has `record` (one record), `readings`
    (of a roll-up) or `sources` (files with their record numbers). Raises QueryError (a LakeError).
    """
    with Query(lake) as ask:
        return _Explainer(lake, ask).table(resolve(lake, table), where, limit)


def resolve(lake: Lake, name: str) -> str:
    """The address that a name means: itself, or a table of that name, silver and gold first."""
    addresses = lake.addresses()
    if name in addresses:
        return name
    order = ("silver", "gold", "bronze", "ops")
    same = [address for address in addresses if address.partition(".")[2] == name]
    if not same:
        raise UnknownTableError(unknown_table(lake, name))
    return min(same, key=lambda address: order.index(address.split("_")[0].split(".")[0]))


def ranges(numbers: Iterable[int]) -> str:
    """`1-3, 7, 9-10`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


def records(place: str) -> Iterator[tuple[str, int]]:
    """Source hash and number of each record that an item of `_source_rows` names."""
    source, _, run = place.rpartition("#")
    first, _, last = run.partition("-")
    return ((source, number) for number in range(int(first), int(last or first) + 1))


class _Explainer:
    """Answers for one lake; files and their hashes are looked at once."""

    def __init__(self, lake: Lake, ask: Query):
        self.lake, self.ask = lake, ask
        self.models = Models.find()
        self._files: dict[str, dict[str, Any]] = {}

    @cached_property
    def ledger(self) -> dict[str, dict[str, Any]]:
        return Ledger(self.lake).known()

    def table(self, address: str, where: str | None, limit: int) -> dict[str, Any]:
        condition = f"WHERE ({where})" if where else ""
        rows = self.ask(f"SELECT * FROM {address} {condition} LIMIT {limit}").to_pylist()
        name = address.partition(".")[2]
        return {
            "table": address,
            "description": self.models.description(name) if address.startswith("gold_") else None,
            "made_from": self.models.sources(name) if address.startswith("gold_") else [],
            "rows": [self._row(address, row) for row in rows],
        }

    def _row(self, address: str, row: dict[str, Any]) -> dict[str, Any]:
        values = {k: v for k, v in row.items() if k not in LINEAGE.names and k != SOURCE_ROWS}
        if "_source_hash" in row:
            return {"values": values, "record": self._record(address, row)}
        if address in (rollup.HOURLY, rollup.DAILY) or "window_start" in row:
            return {"values": values, "readings": self._readings(row)}
        if row.get(SOURCE_ROWS):
            return {"values": values, "sources": self._sources(row[SOURCE_ROWS])}
        if address == LEDGER:
            return {"values": values, "file": self.file(row["source_hash"])}
        return {"values": values, "nothing": self._no_lineage(address)}

    def _record(self, address: str, row: dict[str, Any]) -> dict[str, Any]:
        """One record: its lineage, its file as it is now, how it was read and what became of it."""
        bronze = _sibling(address, "bronze")
        answer = {name: row[name] for name in LINEAGE.names} | {
            "file": self.file(row["_source_hash"])
        }
        if address != bronze:
            answer["as_read"] = next(
                iter(self._rows(bronze, row["_source_hash"], [row["_source_row"]])), None
            )
        else:
            answer["became"] = self._became(address, row["_source_hash"], row["_source_row"])
        return answer

    def _became(self, bronze: str, source: str, number: int) -> str:
        if self._rows(_sibling(bronze, "silver"), source, [number]):
            return "valid: it is in silver"
        refused = self._rows(_sibling(bronze, "ops"), source, [number])
        if refused:
            return f"quarantined: {refused[0]['reason']}"
        return "a duplicate of a record that the lake has already"

    def _rows(self, address: str, source: str, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Records of one file, without lineage; none where the table is not there."""
        places = ", ".join(str(number) for number in numbers)
        try:
            found = self.ask(
                f"SELECT * FROM {address} WHERE _source_hash = {text(source)} "
                f"AND _source_row IN ({places}) ORDER BY _source_row"
            )
        except UnknownTableError:
            return []
        kept = [name for name in found.column_names if name not in LINEAGE.names]
        return [_told(row) for row in found.select(kept).to_pylist()]

    def file(self, source: str) -> dict[str, Any]:
        """The file as the ledger has it, and whether the very bytes are still there."""
        if source not in self._files:
            row = self.ledger.get(source)
            self._files[source] = _file(source, row)
        return self._files[source]

    def _readings(self, row: dict[str, Any]) -> dict[str, Any]:
        """The readings in one hour, day or window of a tag."""
        start, end = _span(row)
        condition = (
            f"tag_name = {text(row['tag_name'])} AND value IS NOT NULL "
            f'AND "timestamp" >= {text(f"{start}")} AND "timestamp" < {text(f"{end}")}'
        )
        count = self.ask(f"SELECT count(*) AS n FROM {READINGS} WHERE {condition}")["n"][0].as_py()
        numbers = self.ask(
            f"SELECT _source_hash, _source_row FROM {READINGS} WHERE {condition}"
        ).to_pylist()
        first = self.ask(
            f'SELECT * FROM {READINGS} WHERE {condition} ORDER BY "timestamp" LIMIT {SHOWN}'
        )
        return {
            "table": READINGS,
            "count": count,
            "first": first.to_pylist(),
            "sources": self._by_file((r["_source_hash"], r["_source_row"]) for r in numbers),
        }

    def _sources(self, places: Sequence[str]) -> list[dict[str, Any]]:
        return self._by_file(record for place in places for record in records(place))

    def _by_file(self, places: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
        by_hash: dict[str, list[int]] = defaultdict(list)
        for source, number in places:
            by_hash[source].append(number)
        found = [self._source(source, sorted(set(numbers))) for source, numbers in by_hash.items()]
        return sorted(found, key=lambda one: one["file"]["source_path"] or "")

    def _source(self, source: str, numbers: list[int]) -> dict[str, Any]:
        """One file behind a row: which records, by which versions, the first of them as read."""
        row = self.ledger.get(source) or {}
        tables = [a for a in json.loads(row.get("tables") or "{}") if a.startswith("silver_")]
        versions: set[tuple[str, str, str]] = set()
        records: list[dict[str, Any]] = []
        for address in tables:
            versions |= self._versions(address, source, numbers)
            records += self._rows(_sibling(address, "bronze"), source, numbers[:SHOWN])
        return {
            "file": self.file(source),
            "records": len(numbers),
            "rows": ranges(numbers),
            "tables": tables,
            "versions": [
                dict(zip(LINEAGE.names[3:6], one, strict=True)) for one in sorted(versions)
            ],
            "first": records[:SHOWN],
        }

    def _versions(
        self, address: str, source: str, numbers: Sequence[int]
    ) -> set[tuple[str, str, str]]:
        """(parser, its version, contract version) of the records: a replay leaves more than one."""
        places = ", ".join(str(number) for number in numbers)
        found = self.ask(
            f"SELECT DISTINCT {', '.join(LINEAGE.names[3:6])} FROM {address} "
            f"WHERE _source_hash = {text(source)} AND _source_row IN ({places})"
        )
        return set(zip(*(column.to_pylist() for column in found.columns), strict=True))

    def _no_lineage(self, address: str) -> str:
        made = self.models.sources(address.partition(".")[2])
        if made:
            tables = ", ".join(made)
            return (
                f"The row names no records; it is made from {tables}: explain those with --where."
            )
        return "The row names no records behind it: `casparian tables` lists the silver tables."


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Without the columns that say nothing of this record."""
    return {k: v for k, v in row.items() if v is not None or k not in ("_raw", "_extra", "detail")}


def _sibling(address: str, layer: str) -> str:
    """The address of the same table in another layer; `ops` is its quarantine."""
    database, _, table = address.partition(".")
    bare, domain = table.removesuffix(SUFFIX), database.partition("_")[2]
    return f"{layer}_{domain}.{bare}{SUFFIX if layer == 'ops' else ''}"


def _file(source: str, row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"source_hash": source, "source_path": None, "state": "the ledger does not know it"}
    names = (
        "source_hash",
        "source_path",
        "full_path",
        "tag",
        "format",
        "size_bytes",
        "timezone",
        "landed_at",
    )
    notes = json.loads(row["notes"] or "[]")
    return {name: row[name] for name in names} | {"notes": notes, "state": _state(row)}


def _state(row: dict[str, Any]) -> str:
    """Whether the bytes are still those that were landed."""
    if row.get("landing"):
        return f"kept in {row['landing']}"
    path = row["full_path"]
    try:
        same = facts(path).size == row["size_bytes"] and same_bytes(path, row["source_hash"])
    except OSError:
        return "no longer there"
    return "there, and its hash matches" if same else "there, but its content has changed"


def _span(row: dict[str, Any]) -> tuple[Any, Any]:
    """When the hour, day or window of a roll-up's row begins and ends."""
    if "window_start" in row:
        return row["window_start"], row["window_end"]
    start = row["hour_start"] if "hour_start" in row else row["_date"]
    return start, start + (timedelta(hours=1) if "hour_start" in row else timedelta(days=1))
