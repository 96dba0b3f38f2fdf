"""Journals: tables of `ops` to which rows are only ever added, until they are old.

What was checked, what was kept in order, what was asked. Each has a column that says when.
"""

from __future__ import annotations

import time
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from casparian.lake.store import RETRIES, Lake, LakeError, unwritten

MAINTENANCE, QUERY_COLUMNS, EXPECTATIONS = (
    "ops.maintenance",
    "ops.query_columns",
    "ops.expectations",
)
TIMES = {MAINTENANCE: "started_at", QUERY_COLUMNS: "read_at", EXPECTATIONS: "checked_at"}
NEWEST = {EXPECTATIONS: "address"}  # whose newest rows stay: they are a state


def append(lake: Lake, address: str, rows: pa.Table) -> None:
    """Add the rows in one commit; nothing for no rows. Raises LakeError as any commit."""
    if not rows.num_rows:
        return None
    uri, options = lake.table_uri(address), lake.options or None
    with lake.alone():
        for attempt in range(RETRIES):
            try:
                return write_deltalake(uri, rows, mode="append", storage_options=options)
            except CommitFailedError:
                time.sleep(0.05 * 2 ** min(attempt, 6))
            except (DeltaError, OSError) as error:
                raise unwritten(error) from error
    raise LakeError(f"{address} could not be written: other writers keep it busy; run again later.")


def forget(lake: Lake, address: str, before: datetime) -> int:
    """Take out the journal's rows from before an instant; how many went.

    The newest rows of each table stay where they are its state (`NEWEST`).
    """
    with lake.alone():
        table = lake.delta(address)
        if table is None:
            return 0
        try:
            done = table.delete(_old(lake, address, before))
        except (DeltaError, OSError) as error:
            raise unwritten(error) from error
    return int(done["num_deleted_rows"] or 0)


def _old(lake: Lake, address: str, before: datetime) -> str:
    """SQL for the rows that go."""
    column = TIMES[address]
    old = f"{column} < {_instant(before)}"
    for key, newest in _newest(lake, address, column) if address in NEWEST else ():
        if newest < before:
            name = key.replace("'", "''")
            old += f" AND NOT ({NEWEST[address]} = '{name}' AND {column} = {_instant(newest)})"
    return old


def _newest(lake: Lake, address: str, column: str) -> list[tuple[str, datetime]]:
    rows = lake.read(address, [NEWEST[address], column])
    if rows is None:
        return []
    found = rows.group_by(NEWEST[address]).aggregate([(column, "max")])
    return list(
        zip(found[NEWEST[address]].to_pylist(), found[f"{column}_max"].to_pylist(), strict=True)
    )


def _instant(at: datetime) -> str:
    text = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"arrow_cast('{text}', 'Timestamp(Microsecond, Some(\"UTC\"))')"


def journals(lake: Lake) -> list[str]:
    """Those that the lake has."""
    return [address for address in TIMES if DeltaTable.is_deltatable(
        lake.table_uri(address), storage_options=lake.options or None
    )]  # fmt: skip


def since(lake: Lake, address: str, column: str, at: datetime) -> pa.Table | None:
    """The journal's rows from an instant on, or None where it was never written."""
    rows = lake.read(address)
    return None if rows is None else rows.filter(pc.greater_equal(rows[column], pa.scalar(at)))
