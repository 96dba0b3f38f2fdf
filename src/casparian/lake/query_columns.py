"""Which columns queries ask for: the journal `ops.query_columns`, and the Z-order it proposes.

A row counts the queries of one reading of an engine's query log that limit one column of one
table. `job` `read_queries` writes them from Trino's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from casparian.lake.journal import QUERY_COLUMNS, append, since
from casparian.lake.store import Lake

_TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("read_at", _TIME),
        ("until", _TIME),
        ("engine", pa.string()),
        ("address", pa.string()),
        ("column", pa.string()),
        ("queries", pa.int64()),
    ]
)
WINDOW = timedelta(days=30)  # of queries that count
LEAST_QUERIES = 10  # of a table, before its order follows them
LEAST_SHARE = 0.1  # of them that ask for a column
MOST_COLUMNS = 3
ANY = ""  # the column of the row that counts a table's queries in all


@dataclass(frozen=True)
class Asked:
    """Queries that limit a column; of column ANY, all that read the table.

    until: when the newest of them ended: the next reading begins after it.
    """

    read_at: datetime
    until: datetime
    engine: str
    address: str
    column: str
    queries: int


def keep(lake: Lake, asked: Iterable[Asked]) -> None:
    """Add them to the journal. Raises LakeError as any commit."""
    append(lake, QUERY_COLUMNS, pa.Table.from_pylist([asdict(each) for each in asked], SCHEMA))


def read_until(lake: Lake, engine: str) -> datetime | None:
    """The end of the newest query that was counted."""
    rows = lake.read(QUERY_COLUMNS, ["engine", "until"])
    if rows is None:
        return None
    found: datetime | None = pc.max(rows.filter(pc.equal(rows["engine"], engine))["until"]).as_py()
    return found


def asked_for(lake: Lake, now: datetime) -> dict[str, Counter[str]]:
    """Address → queries by column in the last WINDOW, ANY for all of them."""
    rows = since(lake, QUERY_COLUMNS, "read_at", now - WINDOW)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows.to_pylist() if rows is not None else ():
        found[row["address"]][row["column"]] += row["queries"]
    return found


def columns_to_order(asked: Counter[str], known: Collection[str]) -> tuple[str, ...]:
    """The columns that queries limit most, at most MOST_COLUMNS; () where too few ask.

    known: the table's columns.
    """
    total = asked[ANY]
    if total < LEAST_QUERIES:
        return ()
    often = [
        (-count, name)
        for name, count in asked.items()
        if name in known and count >= LEAST_SHARE * total
    ]
    return tuple(name for _, name in sorted(often)[:MOST_COLUMNS])
