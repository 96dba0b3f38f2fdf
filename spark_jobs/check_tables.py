"""Asks every table of a layer for what its contract or model says of it, with Great Expectations.

    python -m spark_jobs.check_tables --lake DIR --layer silver|gold [--tables …] [--all]

Suites are made from the contracts (silver) and the dbt models (gold) in memory at each run, so that
none can be out of date. A table that has not changed since its last check is left alone; of one
that has, only the files that are new are read, unless the last check stopped, the suite changed, or
it asks for the table as a whole; `--all` reads everything. Results go to `ops.expectations`, and
Great Expectations' own pages (data docs) to `--docs`.

Few rows are asked in this process, many on Spark, which is started only for them: from how many on,
`$CASPARIAN_MANY_ROWS` says.

Prints a line a table. Exit 0 when nothing critical failed (warnings are kept, and stop nothing), 1
with one sentence that names table, expectation, rows and the first of them when something did.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casparian.contracts.expectations import Expectation, fingerprint
from casparian.contracts.model import ContractError
from casparian.lake.checks import Check, last_checks, write_checks
from casparian.lake.explain import resolve
from casparian.lake.store import Lake, LakeError
from casparian.lake.suites import LAYERS, Suites
from spark_jobs.build_marts import state_folder
from spark_jobs.data_docs import DataDocs
from spark_jobs.expectations import Answer, SuiteError, ask, context
from spark_jobs.jars import JarsMissingError
from spark_jobs.landed_rows import Reading, in_process, on_spark, reading, row_count
from spark_jobs.session import NoJavaError, spark_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JOB = "check_tables"
NAMED = 3  # rows that the last sentence names

# Measured on two cores: 170,000 rows take two seconds in this process, and Spark six to start.
MANY_ROWS = 200_000
SETTINGS = {"spark.sql.shuffle.partitions": "8"}  # keys of millions of rows side by side


@dataclass(frozen=True)
class Task:
    """One table to check: its suite, and which of its rows are to be read."""

    address: str
    suite: list[Expectation]
    contract_version: str | None
    reading: Reading
    on_spark: bool


def many_rows_from() -> int:
    """From so many rows on, a table is asked on Spark: `$CASPARIAN_MANY_ROWS`."""
    return int(os.environ.get("CASPARIAN_MANY_ROWS", MANY_ROWS))


def tasks(lake: Lake, layer: str, names: Sequence[str] = (), every: bool = False) -> list[Task]:
    """The tables that have something new to be asked.

    names: tables of the layer, by name or address; none for all. every: whatever was asked before.
    Raises UnknownTableError (a LakeError) for a name that no table has.
    """
    suites = Suites(lake)
    chosen = [resolve(lake, name) for name in names] or suites.addresses(layer)
    before: dict[str, list[Check]] = {}
    for check in [] if every else last_checks(lake, chosen):
        before.setdefault(check.address, []).append(check)
    found = []
    for address in chosen:
        suite = suites.of(address)
        what = reading(lake, address, suite, before.get(address, []))
        if suite and what is not None:
            many = row_count(lake, address, what) >= many_rows_from()
            found.append(Task(address, suite, suites.version(address), what, many))
    return found


def check(lake: Lake, todo: Sequence[Task], docs: Path | None) -> list[Check]:
    """Asks the tables, keeps the results in the lake and builds the data docs.

    Raises LakeError, SuiteError, JarsMissingError, NoJavaError.
    """
    if not todo:
        return []
    pages = DataDocs(docs) if docs else None
    run_id, found = uuid.uuid4().hex[:12], []
    with _Spark(lake, start=any(task.on_spark for task in todo)) as spark:
        gx = context()
        for task in sorted(todo, key=lambda task: task.on_spark):  # while Java starts
            found += _checked(lake, spark, gx, task, run_id, pages)
    write_checks(lake, found)
    if pages:
        pages.build()
    return found


class _Spark:
    """A session that starts beside us, or when it is first asked for."""

    def __init__(self, lake: Lake, start: bool) -> None:
        self.lake = lake
        self.pool = ThreadPoolExecutor(1)
        self.starting = self._start() if start else None

    def __enter__(self) -> _Spark:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown()
        if self.starting and not self.starting.exception():
            self.starting.result().stop()

    def session(self) -> SparkSession:
        """Raises JarsMissingError, NoJavaError."""
        self.starting = self.starting or self._start()
        return self.starting.result()

    def _start(self) -> Future[SparkSession]:
        return self.pool.submit(spark_session, JOB, self.lake.uri, settings=SETTINGS)


def _checked(
    lake: Lake, spark: _Spark, gx: Any, task: Task, run_id: str, pages: DataDocs | None
) -> list[Check]:
    started, at = time.monotonic(), datetime.now(UTC)
    which = (task.address, task.reading, task.suite)
    rows = None if task.on_spark else in_process(lake, *which)
    if rows is None:
        rows = on_spark(lake, spark.session(), *which)
    answers, result = ask(gx, task.address, rows, task.suite)
    if pages:
        pages.add(task.address, result, at)
    where = str(pages.folder) if pages else None
    checks = [_row(task, answer, rows.count, run_id, at, where) for answer in answers]
    print(in_words(checks, time.monotonic() - started), flush=True)
    return checks


def _row(
    task: Task, answer: Answer, rows: int, run_id: str, at: datetime, docs: str | None
) -> Check:
    each = answer.expectation
    of_rows = answer.unexpected is not None and rows > 0
    return Check(
        run_id=run_id,
        checked_at=at,
        address=task.address,
        expectation=each.called,
        columns=", ".join(each.columns),
        severity=each.severity,
        success=answer.success,
        evaluated=rows,
        unexpected=answer.unexpected,
        unexpected_ratio=(answer.unexpected or 0) / rows if of_rows else None,
        found=answer.found,
        examples=answer.examples,
        first_row=answer.first_row,
        meaning=each.meaning,
        scope=task.reading.scope,
        table_version=task.reading.version,
        suite=fingerprint(task.suite),
        contract_version=task.contract_version,
        data_docs=docs,
    )


def in_words(checks: Sequence[Check], seconds: float) -> str:
    """One line a table."""
    first = checks[0]
    stops = [each for each in checks if each.stops]
    warns = [each for each in checks if each.success is False and not each.stops]
    words = f"{len(stops)} critical failed" if stops else "ok"
    if warns:
        named = ", ".join(_what(each) for each in warns)
        words += f", {len(warns)} {'warning' if len(warns) == 1 else 'warnings'} ({named})"
    rows = f"{first.evaluated:,} {'new ' if first.scope == 'new' else ''}rows"
    return f"{first.address}: {len(checks)} expectations of {rows}: {words}, {seconds:.1f} s"


def _what(check: Check) -> str:
    if check.unexpected is None:
        return check.found or check.expectation
    return f"{check.expectation} {check.columns}".strip() + f" in {check.unexpected:,}"


def why_stopped(checks: Sequence[Check]) -> str | None:
    """One sentence on the first critical failure, None where there is none."""
    stops = [each for each in checks if each.stops]
    if not stops:
        return None
    first = stops[0]
    of = first.columns if first.expectation != "columns" else ""
    what = f"{first.address}: {first.expectation} {of}".strip()
    rows = [*first.examples[:NAMED], *([first.first_row] if not first.examples else [])]
    named = f", first {', '.join(filter(None, rows))}" if any(rows) else ""
    if first.unexpected is None:
        how = f" failed: {first.found}"
    else:
        how = f" failed in {first.unexpected:,} of {first.evaluated:,} rows{named}"
    more = f"; {len(stops) - 1} more critical failed" if len(stops) > 1 else ""
    return f"{what}{how}{more}. {first.meaning}"


def docs_folder(lake: Lake) -> Path:
    """Beside the tables of a lake on a disk, else where jobs keep their state."""
    place = state_folder() if "://" in lake.uri else Path(lake.uri)
    return place / "docs" / "expectations"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when nothing critical failed, 1 with one sentence."""
    given = _options().parse_args(argv)
    lake = Lake.at(given.lake)
    docs = None if given.docs == "none" else Path(given.docs or docs_folder(lake)).absolute()
    started = time.monotonic()
    try:
        todo = tasks(lake, given.layer, given.tables, given.all)
        found = check(lake, todo, docs)
    except (LakeError, ContractError, SuiteError, JarsMissingError, NoJavaError) as error:
        print(error, file=sys.stderr)
        return 1
    seconds = time.monotonic() - started
    told = f"; {docs / 'index.html'}" if docs and found else ""
    tables = "1 table" if len(todo) == 1 else f"{len(todo)} tables"
    print(f"{tables} of {given.layer} checked in {seconds:.1f} s{told}", flush=True)
    if stopped := why_stopped(found):
        print(stopped, file=sys.stderr)
    return 1 if stopped else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=JOB, description="Ask the tables of a layer for what contracts and models say of them."
    )
    parser.add_argument(
        "--lake", default=os.environ.get("CASPARIAN_LAKE", "lake"), help="folder or URI of the lake"
    )
    parser.add_argument("--layer", choices=LAYERS, required=True, help="which tables")
    parser.add_argument("--tables", nargs="+", default=(), help="only these (default: all)")
    parser.add_argument(
        "--all", action="store_true", help="all rows of all tables, not what is new alone"
    )
    parser.add_argument(
        "--docs", help="folder of the data docs, or none (default: LAKE/docs/expectations)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
