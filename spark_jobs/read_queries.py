"""Counts which columns queries ask for, from Trino's own list of queries: `ops.query_columns`.

    python -m spark_jobs.read_queries --lake s3://lake --json

Trino keeps its newest queries in ``system.runtime.queries``. Each that has come to its end since
the last reading is explained (``EXPLAIN (TYPE IO)``): Trino says which columns of which table the
query limits to some of their values, after its own rewriting, so no SQL is parsed here; what dbt
asks while it builds and tests is left out. Maintenance lays rows by the columns that are asked for
most (`casparian maintain`). A statement that cannot be
explained any more, because a table has gone or because it needs values, is counted and left out.

Where ``TRINO_HOST`` names no Trino, nothing is read. Trino lists a user's own queries, and all to
those whom its access rules let see them: run this as one of them (``TRINO_USER``).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from casparian.lake.query_columns import ANY, Asked, keep, read_until
from casparian.lake.store import LAYERS, Lake, LakeError
from spark_jobs.trino import NoTrinoError, TrinoSession

JOB, ENGINE = "read_queries", "trino"
LOOK_BACK = timedelta(days=7)  # of a first reading; Trino forgets sooner
LIST = """SELECT query, "end" FROM system.runtime.queries
    WHERE state = 'FINISHED' AND "end" > from_iso8601_timestamp('{since}')
        AND regexp_like(query, '(?is)^(\\s|--[^\\n]*\\n|/[*].*?[*]/)*(WITH|SELECT)\\b')
        AND query NOT LIKE '%system.runtime.queries%' AND query NOT LIKE '/* {{"app": "dbt"%'
    ORDER BY "end\""""


@dataclass
class Reading:
    """What a reading found. until: end of the newest query that was looked at.

    counts: queries by address and column, column ANY for all that read the table.
    """

    until: datetime | None = None
    queries: int = 0
    unexplained: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def asked(self, at: datetime) -> list[Asked]:
        """As rows of the journal."""
        if self.until is None:
            return []
        return [
            Asked(at, self.until, ENGINE, address, column, count)
            for (address, column), count in sorted(self.counts.items())
        ]


def read(session: TrinoSession, catalog: str, since: datetime) -> Reading:
    """Explain what ended after `since`. Raises NoTrinoError where Trino does not answer."""
    found = Reading()
    for text, end in session.sql(LIST.format(since=since.isoformat())):
        found.until = end
        found.queries += 1
        plan = _explained(session, text)
        if plan is None:
            found.unexplained += 1
        found.counts.update(_asked(plan or {}, catalog))
    return found


def _explained(session: TrinoSession, text: str) -> dict[str, Any] | None:
    """Trino's plan of what is read, or None where it can say none."""
    from trino.exceptions import TrinoQueryError

    try:
        rows = session.sql(f"EXPLAIN (TYPE IO, FORMAT JSON) {text.rstrip().rstrip(';')}")
    except TrinoQueryError:
        return None
    return json.loads(rows[0][0])  # type: ignore[no-any-return]


def _asked(plan: dict[str, Any], catalog: str) -> set[tuple[str, str]]:
    """The lake's tables that a query reads: address with ANY, and with each limited column."""
    found: set[tuple[str, str]] = set()
    for each in plan.get("inputTableColumnInfos", ()):
        name = each["table"]["schemaTable"]
        if each["table"]["catalog"] == catalog and name["schema"].startswith(LAYERS):
            address = f"{name['schema']}.{name['table']}"
            limited = _limited(each.get("constraint", {}).get("columnConstraints", ()))
            found |= {(address, ANY), *((address, column) for column in limited)}
    return found


def _limited(constraints: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Columns limited to some of their values; `IS NOT NULL` alone limits nothing."""
    for each in constraints:
        ranges = each.get("domain", {}).get("ranges", ())
        if any("value" in end for ends in ranges for end in ends.values() if end):
            yield each["columnName"]


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 with what was counted, 1 with one sentence."""
    given = _options().parse_args(argv)
    if not os.environ.get("TRINO_HOST"):
        _say(given.json, Reading(), "TRINO_HOST names no Trino: no query was looked at.")
        return 0
    now = datetime.now(UTC)
    try:
        lake, session = Lake.at(given.lake), TrinoSession()
        found = read(session, session.catalog, read_until(lake, ENGINE) or now - LOOK_BACK)
        keep(lake, found.asked(now))
    except (LakeError, NoTrinoError) as error:
        print(error, file=sys.stderr)
        return 1
    tables = len({address for address, _ in found.counts})
    words = f"{found.queries} queries on {tables} tables of the lake counted"
    _say(given.json, found, f"{words}, {found.unexplained} could not be explained.")
    return 0


def _say(as_json: bool, found: Reading, sentence: str) -> None:
    counts = [[*key, count] for key, count in sorted(found.counts.items())]
    told = {"queries": found.queries, "unexplained": found.unexplained, "counts": counts}
    print(json.dumps(told | {"note": sentence}) if as_json else sentence, flush=True)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=JOB, description="Count which columns Trino's newest queries limit."
    )
    parser.add_argument(
        "--lake", default=os.environ.get("CASPARIAN_LAKE", "lake"), help="folder or URI of the lake"
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON, in one line")
    return parser


if __name__ == "__main__":
    sys.exit(main())
