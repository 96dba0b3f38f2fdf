"""Gaps `ops.gaps`: what an agent observed and nobody can have any more, or could not ask for.

One row a gap, by agent, instance, first sequence and reason: noted twice, it stands once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from casparian.lake.store import CHECKPOINTED, RETRIES, Lake, LakeError, unwritten

GAPS = "ops.gaps"
BUFFER_OVERRUN, AGENT_RESTART, UNREACHABLE = "buffer_overrun", "agent_restart", "unreachable"
_TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("agent", pa.string()),
        ("device", pa.string()),
        ("instance_id", pa.int64()),
        ("from_sequence", pa.int64()),
        ("to_sequence", pa.int64()),
        ("missing", pa.int64()),
        ("reason", pa.string()),
        ("from_time", _TIME),
        ("to_time", _TIME),
        ("noticed_at", _TIME),
        ("note", pa.string()),
    ]
)
KEY = ("agent", "device", "instance_id", "from_sequence", "reason")


@dataclass(frozen=True)
class Gap:
    """One gap in an agent's observations.

    agent: its URL without credentials. device: the device or path asked for, "" for all.
    instance_id, from_sequence: the first observation that is missing. to_sequence: the last one;
        None where nobody knows (the agent ended and took the rest of its run along).
    missing: how many sequence numbers that are; 0 where the buffer bridged an outage, None where
        nobody knows. With a device or path chosen, others' observations are counted too.
    reason: BUFFER_OVERRUN (the agent dropped them before they were asked for), AGENT_RESTART (a new
        instance began), UNREACHABLE (no answer from `from_time` to `to_time`).
    from_time: when the last answer before the gap came; to_time: the first one after it, None
        while the gap is open. All times UTC.
    """

    agent: str
    device: str
    instance_id: int
    from_sequence: int
    to_sequence: int | None
    missing: int | None
    reason: str
    from_time: datetime | None
    to_time: datetime | None
    noticed_at: datetime
    note: str = ""


def write_gaps(lake: Lake, gaps: Sequence[Gap]) -> None:
    """Insert or replace gaps by their key, in one commit. Raises LakeError as any commit."""
    if not gaps:
        return None
    newest = {tuple(getattr(gap, name) for name in KEY): asdict(gap) for gap in gaps}
    table = pa.Table.from_pylist(list(newest.values()), SCHEMA)
    with lake.alone():
        for attempt in range(RETRIES):
            try:
                return _merge(lake, table)
            except CommitFailedError:
                time.sleep(0.05 * 2 ** min(attempt, 6))
            except (DeltaError, OSError) as error:
                raise unwritten(error) from error
    raise LakeError(f"{GAPS} could not be written: other writers keep it busy; run again later.")


def _merge(lake: Lake, table: pa.Table) -> None:
    uri, options = lake.table_uri(GAPS), lake.options or None
    try:
        delta = DeltaTable(uri, storage_options=options)
    except TableNotFoundError:
        write_deltalake(uri, table, storage_options=options, configuration=CHECKPOINTED)
        return
    merge = delta.merge(
        table,
        " AND ".join(f"t.{name} = s.{name}" for name in KEY),
        source_alias="s",
        target_alias="t",
        commit_properties=CommitProperties(max_commit_retries=0),
    )
    merge.when_matched_update_all().when_not_matched_insert_all().execute()


def read_gaps(lake: Lake, agent: str | None = None) -> list[Gap]:
    """The gaps, oldest notice first; of one agent if given."""
    table = lake.read(GAPS)
    rows = [] if table is None else table.to_pylist()
    gaps = [Gap(**row) for row in rows if agent in (None, row["agent"])]
    return sorted(gaps, key=lambda gap: (gap.noticed_at, gap.from_sequence))


def now() -> datetime:
    """The moment, UTC."""
    return datetime.now(UTC)
