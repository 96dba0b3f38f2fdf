"""Checks `ops.expectations`: what suites found in the tables, one row an expectation and check.

A check is one run of a table's suite over one version of it. Rows are only ever added; the newest
check of a table is its state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from casparian.contracts.expectations import CRITICAL
from casparian.lake.journal import EXPECTATIONS, append
from casparian.lake.store import Lake

SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("checked_at", pa.timestamp("us", tz="UTC")),
        ("address", pa.string()),
        ("expectation", pa.string()),
        ("columns", pa.string()),
        ("severity", pa.string()),
        ("success", pa.bool_()),
        ("evaluated", pa.int64()),
        ("unexpected", pa.int64()),
        ("unexpected_ratio", pa.float64()),
        ("found", pa.string()),
        ("examples", pa.list_(pa.string())),
        ("first_row", pa.string()),
        ("meaning", pa.string()),
        ("scope", pa.string()),
        ("table_version", pa.int64()),
        ("suite", pa.string()),
        ("contract_version", pa.string()),
        ("data_docs", pa.string()),
    ]
)


@dataclass(frozen=True)
class Check:
    """What one expectation came to.

    success: None where it could not be asked. evaluated: rows looked at. unexpected: rows among
    them that are not as expected, None where it is not a matter of rows. found: what was there
    instead, in words. examples: the first such rows as '<source hash>#<record>'. first_row: the
    first of them as a SQL condition, for `casparian explain TABLE --where`. scope: `whole`, or
    `new` where only files that landed since the last check were read. table_version: Delta version
    that was read. suite: fingerprint of the table's suite. data_docs: where its page lies.
    """

    run_id: str
    checked_at: datetime
    address: str
    expectation: str
    columns: str
    severity: str
    success: bool | None
    evaluated: int
    unexpected: int | None
    unexpected_ratio: float | None
    found: str | None
    examples: tuple[str, ...]
    first_row: str | None
    meaning: str
    scope: str
    table_version: int
    suite: str
    contract_version: str | None
    data_docs: str | None

    @property
    def stops(self) -> bool:
        """Whether nothing may be built on the table."""
        return self.success is False and self.severity == CRITICAL


def write_checks(lake: Lake, checks: Iterable[Check]) -> None:
    """Add the rows in one commit. Raises LakeError as any commit."""
    append(lake, EXPECTATIONS, pa.Table.from_pylist([asdict(check) for check in checks], SCHEMA))


def last_checks(lake: Lake, addresses: Sequence[str] = ()) -> list[Check]:
    """The newest check of each table (or of these): what stops first, then what warns."""
    table = lake.read(EXPECTATIONS)
    if table is None:
        return []
    if addresses:
        table = table.filter(pc.is_in(table["address"], pa.array(addresses)))
    times = table.group_by("address").aggregate([("checked_at", "max")]).to_pylist()
    newest = {row["address"]: row["checked_at_max"] for row in times}
    recent = table.filter(pc.is_in(table["checked_at"], pa.array(list(newest.values()))))
    rows = (row for row in recent.to_pylist() if row["checked_at"] == newest[row["address"]])
    return sorted((_check(row) for row in rows), key=_failures_first)


def _check(row: dict[str, Any]) -> Check:
    return Check(**{**row, "examples": tuple(row["examples"] or ())})


def _failures_first(check: Check) -> tuple[int, str, str, str]:
    rank = 0 if check.stops else 1 if check.success is False else 2 if check.success is None else 3
    return rank, check.address, check.expectation, check.columns
