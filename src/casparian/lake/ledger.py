"""The ledger `ops.files`: one row a file, by the hash of its bytes, with its closed books.

The books say which verdict met each record, and stay when quarantine is no longer kept:
`records_expired` of the quarantined records have gone by policy, `expired` has them by table.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from casparian.lake.landed import Books
from casparian.lake.store import CHECKPOINTED, LEDGER, RETRIES, Lake, LakeError, unwritten
from casparian.lake.turn import turn_of
from casparian.reading.errors import UnreadableFile
from casparian.reading.packed import sha256

_TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("source_hash", pa.string()),
        ("source_path", pa.string()),
        ("full_path", pa.string()),
        ("tag", pa.string()),
        ("format", pa.string()),
        ("confidence", pa.float64()),
        ("why", pa.string()),
        ("size_bytes", pa.int64()),
        ("modified_ns", pa.int64()),
        ("timezone", pa.string()),
        ("status", pa.string()),
        ("records_read", pa.int64()),
        ("records_valid", pa.int64()),
        ("records_quarantined", pa.int64()),
        ("records_duplicate", pa.int64()),
        ("tables", pa.string()),
        ("reasons", pa.string()),
        ("notes", pa.string()),
        ("other_paths", pa.string()),
        ("parser", pa.string()),
        ("parser_version", pa.string()),
        ("contract_version", pa.string()),
        ("engine", pa.string()),
        ("batch", pa.string()),
        ("found_at", _TIME),
        ("landed_at", _TIME),
        ("landing", pa.string()),  # that keeps the file's original; null: read where it was found
        ("records_expired", pa.int64()),
        ("expired", pa.string()),
    ]
)
WAITING = ("new", "failed")
DONE = ("landed", "rejected", "replaying")


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    """The table's rows; what many rows say alike is made a Python value once."""
    names = table.column_names
    columns = [_values(table[name]) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    if column.type == _TIME:
        return _instants(column)
    if pa.types.is_dictionary(column.type) or column.num_chunks != 1:
        return column.to_pylist()  # type: ignore[no-any-return]
    coded = column.combine_chunks().dictionary_encode()
    values = [*coded.dictionary.to_pylist(), None]
    return [values[i] for i in coded.indices.fill_null(len(values) - 1).to_pylist()]


def _instants(column: pa.ChunkedArray) -> list[datetime | None]:
    """As `to_pylist`, which takes twenty times as long to make an instant with its zone."""
    naive = column.cast(pa.timestamp("us")).to_numpy().astype("datetime64[us]").tolist()
    return [None if each is None else each.replace(tzinfo=UTC) for each in naive]


def _wanted(
    file: pads.Fragment, schema: pa.Schema, names: list[str], tag: str | None, status: Sequence[str]
) -> pa.Table:
    """The rows of one tag and some statuses; of a file without any, as most are that hold what has
    landed, two columns are read."""
    asked = {"tag": (tag,) if tag is not None else (), "status": status}
    mine = np.ones(file.count_rows(), dtype=bool)
    for name, values in asked.items():
        if values and mine.any():
            column = file.to_table(schema=schema, columns=[name])[name].cast(pa.string())
            mine &= pc.is_in(column, pa.array(list(values), pa.string())).to_numpy()
    if not mine.any():
        return schema.empty_table().select(names)
    return file.to_table(schema=schema, columns=names).filter(pa.array(mine))


def same_bytes(path: str, source_hash: str) -> bool:
    """Whether the file is there and holds the very bytes."""
    try:
        return sha256(path) == source_hash
    except (OSError, UnreadableFile):
        return False


@dataclass(frozen=True)
class Ledger:
    """Reads and writes `ops.files` of one lake."""

    lake: Lake

    def rows(
        self,
        tag: str | None = None,
        status: Sequence[str] = (),
        columns: Sequence[str] | None = None,
    ) -> list[dict[str, Any]]:
        """Ledger rows by path, of one tag and some statuses if given; those of these columns that
        the ledger has."""
        data = self.lake.dataset(LEDGER)
        if data is None:
            return []
        names = [n for n in data.schema.names if columns is None or n in columns]
        found = [_wanted(file, data.schema, names, tag, status) for file in data.get_fragments()]
        every = pa.concat_tables([data.schema.empty_table().select(names), *found])
        return _rows(every.sort_by("source_path"))

    def status(self, hashes: Sequence[str]) -> dict[str, str]:
        """Of these files, as far as the ledger knows them: status by source hash."""
        found = self.of(hashes, ("source_hash", "status"))
        return {source: row["status"] for source, row in found.items()}

    def of(
        self, hashes: Sequence[str], columns: Sequence[str] | None = None
    ) -> dict[str, dict[str, Any]]:
        """Rows of these files by source hash; some columns of them, if given."""
        data = self.lake.dataset(LEDGER)
        if data is None:
            return {}
        found: dict[str, dict[str, Any]] = {}
        mine = pa.array(list(hashes), pa.string())
        for batch in data.to_batches(columns=list(columns) if columns else None):
            # filtered here: a lake's own texts are of several types
            own = batch.filter(pc.is_in(batch["source_hash"].cast(pa.string()), mine))
            found |= {row["source_hash"]: row for row in own.to_pylist()}
        return found

    def known(self, columns: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
        """All rows by source hash; some columns of them, if given."""
        return {row["source_hash"]: row for row in self.rows(columns=columns)}

    def written(self) -> int:
        """How often it was written before this turn began, which no clock decides."""
        with self.lake.alone():
            turn = turn_of(self.lake.uri)
            assert turn
            if LEDGER not in turn.versions:
                self.lake.delta(LEDGER)
            return turn.versions[LEDGER] + 1

    def write(self, rows: Iterable[dict[str, Any]]) -> None:
        """Insert or replace rows by source hash, in one commit; nothing is written for no rows."""
        table = pa.Table.from_pylist(list(rows), SCHEMA)
        if not table.num_rows:
            return
        with self.lake.alone():
            self._write(table)

    def _write(self, table: pa.Table) -> None:
        uri, options = self.lake.table_uri(LEDGER), self.lake.options or None
        for attempt in range(RETRIES):
            try:
                return self._merge(uri, options, table)
            except CommitFailedError:
                time.sleep(0.05 * 2 ** min(attempt, 6))
            except (DeltaError, OSError) as error:
                raise unwritten(error) from error
        raise LakeError(
            "The ledger could not be written: other writers keep it busy; run again later."
        )

    def _merge(self, uri: str, options: dict[str, str] | None, table: pa.Table) -> None:
        try:
            delta = DeltaTable(uri, storage_options=options)
        except TableNotFoundError:
            write_deltalake(uri, table, storage_options=options, configuration=CHECKPOINTED)
            return
        merge = delta.merge(
            table,
            "t.source_hash = s.source_hash",
            source_alias="s",
            target_alias="t",
            merge_schema=True,
            commit_properties=CommitProperties(max_commit_retries=0),
        )
        merge.when_matched_update_all().when_not_matched_insert_all().execute()


def close(row: dict[str, Any], books: Books, engine: str, at: datetime) -> dict[str, Any]:
    """The ledger row of a file with its books closed, or with why it failed."""
    reasons = [[*key, count] for key, count in sorted(books.reasons.items())]
    return row | {
        "status": books.status,
        "records_read": books.read,
        "records_valid": books.valid,
        "records_quarantined": books.quarantined,
        "records_duplicate": books.duplicate,
        "tables": json.dumps(dict(sorted(books.tables.items()))),
        "reasons": json.dumps(reasons, ensure_ascii=False),
        "notes": json.dumps(
            [*json.loads(row.get("notes") or "[]"), *books.notes], ensure_ascii=False
        ),
        "parser": books.export.format,
        "parser_version": books.parser_version,
        "contract_version": books.contract_version,
        "engine": engine,
        "landed_at": at if books.status != "failed" else None,
    }


def not_closed(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Landed or rejected files whose books do not add up: there must be none."""
    return [
        row
        for row in rows
        if row["status"] in ("landed", "rejected") and row["records_read"] != _accounted(row)
    ]


def _accounted(row: dict[str, Any]) -> int:
    return int(row["records_valid"] + row["records_quarantined"] + row["records_duplicate"])
