"""The report of a lake as Trino reads it.

``python -m spark_jobs.report --lake s3://bucket/lake --out report.html`` prints the summary and
writes the page of ``casparian report``, each figure asked of the Trino of the environment instead
of the laptop engine. Exit 0, or 1 with one sentence.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from casparian.lake.query import UnknownTableError
from casparian.lake.store import Lake
from casparian.report import print_summary, write_report
from spark_jobs.trino import NoTrinoError, TrinoSession, trino_session

NOT_THERE = ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND")


def report(lake: str, out: Path) -> None:
    """Writes the report of a lake to `out` and prints its summary. Raises ``NoTrinoError``."""
    tables = [address for address in Lake.at(lake).addresses() if not address.startswith("bronze")]
    session = trino_session(lake, dict.fromkeys(tables, ""))
    try:
        print_summary(write_report(lambda sql: answer(session, sql), out))
    finally:
        session.stop()
    print(f"The page with the charts: {out}")


def answer(session: TrinoSession, sql: str) -> pa.Table:
    """What Trino answers. Raises ``UnknownTableError`` where it knows no such table."""
    from trino.exceptions import TrinoUserError

    cursor = session.cursor()
    try:
        rows = cursor.execute(sql).fetchall()
    except TrinoUserError as error:
        if error.error_name in NOT_THERE:
            raise UnknownTableError(str(error.message)) from error
        raise
    names = [column[0] for column in cursor.description]
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.table(dict(zip(names, map(pa.array, columns), strict=True)))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when it is written, 1 with one sentence."""
    parser = argparse.ArgumentParser(
        prog="spark_jobs.report", description="The report of a lake as Trino reads it."
    )
    parser.add_argument("--lake", required=True, help="s3:// of the lake")
    parser.add_argument("--out", type=Path, required=True, help="HTML file to write")
    given = parser.parse_args(argv)
    try:
        report(given.lake, given.out)
    except NoTrinoError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
