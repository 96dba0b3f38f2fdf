"""The questions of dashboards (`dashboards/queries`) on Trino, with DuckDB beside it.

``python -m bench.dashboards s3://lake/year [--runs 5] [--json]`` asks a lake on the running stack
(`make stack`; its environment must be set). Trino and DuckDB read the same Parquet files from the
same S3 store and take turns; their answers must be the same, value by value. Prints, for each
question, the median wall milliseconds of both and their ratio, the bytes that Trino read and their
share of the bytes of the tables asked; at the end the 95th percentile of Trino's runs. Ends with 1
where that is above a second, where answers differ, or where a question read more than it says it
may (``Reads at most 1 % of its table``).

The first asking of each question is not counted: it is when Trino reads the log of a table and
plans anew, which a dashboard pays once.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any

from casparian.lake.query import Query
from casparian.lake.store import Lake
from spark_jobs.trino import TrinoSession

QUERIES = Path(__file__).parent.parent / "dashboards" / "queries"
LIMIT_MS = 1000.0
CLOSE = 1e-9  # engines sum doubles in orders of their own
ADDRESS = re.compile(r"\b(?:silver|gold)_\w+\.\w+")
LARGE = 500_000_000  # bytes of tables from which shares count: few small files are read whole
AT_MOST = re.compile(r"^-- Reads at most ([\d.]+) % of its tables?\.$", re.MULTILINE)
Rows = Sequence[Sequence[Any]]

# What a dashboard's user would choose: the last full day, and one of each thing.
CHOICES = {
    "day": "SELECT CAST(max(shift_date) - 1 AS DATE) FROM gold_production.fct_oee_shift",
    "line": "SELECT max(line_id) FROM gold_production.fct_oee_shift",
    "machine": "SELECT max(machine_id) FROM gold_equipment.fct_downtime",
    "part": "SELECT min(part_number) FROM gold_quality.fct_capability",
    "feature": "SELECT min_by(feature, part_number) FROM gold_quality.fct_capability",
    "tag": "SELECT max_by(tag_name, reading_count) FROM silver_equipment.historian_daily",
}


@dataclass(frozen=True)
class Question:
    """name: of its file. sql: with what the reader chose. most: share that it may read, if told."""

    name: str
    sql: str
    most: float | None

    @property
    def tables(self) -> set[str]:
        """Addresses of the tables that it asks."""
        return set(ADDRESS.findall(self.sql))


@dataclass(frozen=True)
class Asked:
    """One question's cost. read, stored: bytes that Trino read, and of its tables' live files.

    differs: the first difference of the two answers, or nothing.
    """

    question: str
    trino_ms: list[float]
    duckdb_ms: list[float]
    rows: int
    read: int
    stored: int
    most: float | None
    differs: str

    @property
    def ratio(self) -> float:
        return statistics.median(self.trino_ms) / statistics.median(self.duckdb_ms)

    @property
    def share(self) -> float:
        return self.read / self.stored if self.stored else 0.0

    def failures(self) -> Iterator[str]:
        """What it should not have done, a sentence each."""
        if self.most is not None and self.stored >= LARGE and self.share > self.most:
            yield f"{self.question} read {self.share:.2%} of its tables, more than {self.most:.2%}"
        if self.differs:
            yield f"{self.question}: {self.differs}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.dashboards", description=__doc__)
    parser.add_argument("lake", help="address of the lake, as s3://lake/year")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    found = ask_all(Lake.at(given.lake), given.runs)
    slow = percentile([ms for each in found for ms in each.trino_ms], 0.95)
    if given.json:
        told = {"load_before": load, "p95_ms": slow, "queries": [asdict(each) for each in found]}
        print(json.dumps(told, indent=2))
    else:
        _show(found, slow, load)
    failures = [sentence for each in found for sentence in each.failures()]
    print("".join(f"FAIL: {sentence}\n" for sentence in failures), end="", file=sys.stderr)
    sys.exit(bool(failures) or slow > LIMIT_MS)


def ask_all(lake: Lake, runs: int) -> list[Asked]:
    """Every question, Trino and DuckDB in turn."""
    trino = TrinoSession()
    with Query(lake, "2GB") as duckdb:
        return [ask(lake, trino, duckdb, question, runs) for question in questions(duckdb)]


def questions(duckdb: Query) -> list[Question]:
    """The public list, with what a reader of this lake would choose."""
    chosen = {name: _one(duckdb, sql) for name, sql in CHOICES.items()}
    print(f"asked for {chosen}", file=sys.stderr)
    return [question(path, chosen) for path in sorted(QUERIES.glob("*.sql"))]


def question(path: Path, chosen: dict[str, str]) -> Question:
    """A file of the list, with what the reader chose in the place of its names."""
    text = path.read_text(encoding="utf-8")
    most = AT_MOST.search(text)
    share = float(most[1]) / 100 if most else None
    return Question(path.stem, Template(text).substitute(chosen), share)


def _one(duckdb: Query, sql: str) -> str:
    return str(duckdb(sql).column(0)[0].as_py())


def ask(lake: Lake, trino: TrinoSession, duckdb: Query, question: Question, runs: int) -> Asked:
    """One question, runs times after a first that does not count."""
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        rows, read = on_trino(trino, question.sql)
        between = time.perf_counter()
        beside = on_duckdb(duckdb, question.sql)
        mine.append(1000 * (between - began))
        theirs.append(1000 * (time.perf_counter() - between))
    stored = sum(_live_bytes(lake, address) for address in question.tables)
    told = (len(rows), read, stored, question.most, difference(rows, beside))
    return Asked(question.name, mine[1:], theirs[1:], *told)


def on_trino(trino: TrinoSession, sql: str) -> tuple[Rows, int]:
    """The answer, and bytes that Trino read from the store for it."""
    cursor = trino.cursor()
    rows = cursor.execute(sql).fetchall()
    return rows, int(cursor.stats["physicalInputBytes"])


def on_duckdb(duckdb: Query, sql: str) -> Rows:
    """The same answer of DuckDB."""
    columns = [column.to_pylist() for column in duckdb(sql).columns]
    return list(zip(*columns, strict=True))


def difference(mine: Rows, theirs: Rows) -> str:
    """The first place in which two answers differ, or nothing.

    Doubles may differ by CLOSE of their size, instants by less than Trino's millisecond.
    """
    if len(mine) != len(theirs):
        return f"Trino has {len(mine)} rows and DuckDB {len(theirs)}"
    for number, (ours, other) in enumerate(zip(mine, theirs, strict=True), 1):
        if not all(map(_same, ours, other)):
            return f"row {number} is {list(ours)} on Trino and {list(other)} on DuckDB"
    return ""


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        a, b = float(one), float(other)
        return math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE) or (a != a and b != b)
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs((one - other).total_seconds()) < 0.001
    return bool(one == other)


def _live_bytes(lake: Lake, address: str) -> int:
    table = lake.delta(address)
    return sum(table.get_add_actions()["size_bytes"].to_pylist()) if table else 0


def percentile(values: list[float], share: float) -> float:
    """The value that so large a share of the values does not exceed (nearest rank)."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def _show(found: list[Asked], slow: float, load: float) -> None:
    print(f"{'question':26}{'Trino ms':>9}{'DuckDB ms':>10}{'ratio':>7}{'rows':>7}{'read':>12}  of")
    for each in found:
        trino, duckdb = statistics.median(each.trino_ms), statistics.median(each.duckdb_ms)
        most = f", at most {each.most:.1%}" if each.most is not None else ""
        print(
            f"{each.question:26}{trino:9.0f}{duckdb:10.0f}{each.ratio:7.1f}{each.rows:7,}"
            f"{each.read:12,}  {each.stored:,} ({each.share:.2%}{most})"
        )
    print(
        f"95 of 100 answers of Trino came within {slow:.0f} ms; {LIMIT_MS:.0f} is the limit."
        f" Load before: {load:.1f}."
    )


if __name__ == "__main__":
    main()
