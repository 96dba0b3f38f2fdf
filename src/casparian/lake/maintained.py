"""The journal `ops.maintenance`: what was done to keep each table in order, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

import pyarrow as pa

from casparian.lake.journal import MAINTENANCE, append
from casparian.lake.store import Lake

_TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("started_at", _TIME),
        ("address", pa.string()),
        ("job", pa.string()),
        ("seconds", pa.float64()),
        ("files_before", pa.int64()),
        ("files_after", pa.int64()),
        ("bytes_before", pa.int64()),
        ("bytes_after", pa.int64()),
        ("files_deleted", pa.int64()),
        ("rows_expired", pa.int64()),
        ("columns", pa.string()),
        ("problem", pa.string()),
    ]
)


@dataclass(frozen=True)
class Done:
    """One job on one table. job: expire, z_order, compact, vacuum, log.

    files_*, bytes_*: of the table's newest version. files_deleted: from the store. problem: why it
    was not done, in a sentence.
    """

    run_id: str
    started_at: datetime
    address: str
    job: str
    seconds: float = 0.0
    files_before: int | None = None
    files_after: int | None = None
    bytes_before: int | None = None
    bytes_after: int | None = None
    files_deleted: int = 0
    rows_expired: int = 0
    columns: str = ""
    problem: str | None = None

    @property
    def changed(self) -> bool:
        """Whether the table or its folder is another one now."""
        same = (self.files_before, self.bytes_before) == (self.files_after, self.bytes_after)
        return not same or bool(self.files_deleted or self.rows_expired)


def keep(lake: Lake, done: Iterable[Done]) -> None:
    """Add them to the journal. Raises LakeError as any commit."""
    append(lake, MAINTENANCE, pa.Table.from_pylist([asdict(each) for each in done], SCHEMA))


def last_done(lake: Lake) -> dict[str, dict[str, datetime]]:
    """Address → job → when it was last done without a problem."""
    rows = lake.read(MAINTENANCE, ["address", "job", "started_at", "problem"])
    found: dict[str, dict[str, datetime]] = {}
    for row in rows.sort_by("started_at").to_pylist() if rows is not None else ():
        if row["problem"] is None:
            found.setdefault(row["address"], {})[row["job"]] = row["started_at"]
    return found
