"""The questions of dashboards (`dashboards/queries`) on Trino, with DuckDB beside it.

``python -m bench.dashboards s3://lake/year [--runs 5] [--json]`` asks a lake on the running stack
(`make stack`; its environment must be set). Trino and DuckDB read the same Parquet files from the
same S3 store and take turns. Prints, for each question, the median wall milliseconds of both and
their ratio, Trino's bytes read, and their share of the bytes of the tables asked; at the end the
95th percentile of all runs. Ends with 1 where that is above a second.

The first asking of each question is not counted: it is when Trino reads the log of a table and
plans anew, which a dashboard pays once.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template

from casparian.lake.query import Query
from casparian.lake.store import Lake
from spark_jobs.trino import TrinoSession

QUERIES = Path(__file__).parent.parent / "dashboards" / "queries"
LIMIT_MS = 1000.0
ADDRESS = re.compile(r"\b(?:silver|gold)_\w+\.\w+")


@dataclass(frozen=True)
class Asked:
    """One question's cost. read, stored: bytes that Trino read, and of its tables' live files."""

    question: str
    trino_ms: list[float]
    duckdb_ms: list[float]
    rows: int
    read: int
    stored: int

    @property
    def ratio(self) -> float:
        return statistics.median(self.trino_ms) / statistics.median(self.duckdb_ms)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.dashboards", description=__doc__)
    parser.add_argument("lake", help="address of the lake, as s3://lake/year")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = ask_all(Lake.at(given.lake), given.runs)
    slow = percentile([ms for each in found for ms in each.trino_ms], 0.95)
    if given.json:
        print(json.dumps({"p95_ms": slow, "queries": [asdict(each) for each in found]}, indent=2))
    else:
        _show(found, slow)
    sys.exit(slow > LIMIT_MS)


def ask_all(lake: Lake, runs: int) -> list[Asked]:
    """Every question, Trino and DuckDB in turn."""
    trino = TrinoSession()
    with Query(lake, "2GB") as duckdb:
        values = {name: _one(duckdb, sql) for name, sql in CHOICES.items()}
        print(f"asked for {values}", file=sys.stderr)
        return [
            _ask(
                lake, trino, duckdb, path.stem, Template(path.read_text()).substitute(values), runs
            )
            for path in sorted(QUERIES.glob("*.sql"))
        ]


# What a dashboard's user would choose: the last full day, and one of each thing.
CHOICES = {
    "day": "SELECT CAST(max(shift_date) - 1 AS DATE) FROM gold_production.fct_oee_shift",
    "line": "SELECT max(line_id) FROM gold_production.fct_oee_shift",
    "machine": "SELECT max(machine_id) FROM gold_equipment.fct_downtime",
    "part": "SELECT min(part_number) FROM gold_quality.fct_capability",
    "feature": "SELECT min_by(feature, part_number) FROM gold_quality.fct_capability",
    "tag": "SELECT max_by(tag_name, reading_count) FROM silver_equipment.historian_daily",
}


def _one(duckdb: Query, sql: str) -> str:
    with duckdb.reader(sql) as answer:
        return str(answer.read_all().column(0)[0].as_py())


def _ask(
    lake: Lake, trino: TrinoSession, duckdb: Query, question: str, sql: str, runs: int
) -> Asked:
    mine: list[float] = []
    theirs: list[float] = []
    rows = read = 0
    for run in range(runs + 1):
        began = time.perf_counter()
        rows, read = _on_trino(trino, sql)
        between = time.perf_counter()
        _on_duckdb(duckdb, sql, rows)
        if run:  # the first reads the table's log
            mine.append(1000 * (between - began))
            theirs.append(1000 * (time.perf_counter() - between))
    stored = sum(_live_bytes(lake, address) for address in set(ADDRESS.findall(sql)))
    return Asked(question, mine, theirs, rows, read, stored)


def _on_trino(trino: TrinoSession, sql: str) -> tuple[int, int]:
    """Rows of the answer, and bytes that Trino read from the store for it."""
    cursor = trino.cursor()
    rows = len(cursor.execute(sql).fetchall())
    return rows, int(cursor.stats["physicalInputBytes"])


def _on_duckdb(duckdb: Query, sql: str, rows: int) -> None:
    with duckdb.reader(sql) as answer:
        found = sum(batch.num_rows for batch in answer)
    if found != rows:
        sys.exit(f"Trino has {rows} rows and DuckDB {found}: {sql}")


def _live_bytes(lake: Lake, address: str) -> int:
    table = lake.delta(address)
    return sum(table.get_add_actions()["size_bytes"].to_pylist()) if table else 0


def percentile(values: list[float], share: float) -> float:
    """The value that so large a share of the values does not exceed (nearest rank)."""
    return sorted(values)[max(round(share * len(values) + 0.5) - 1, 0)]


def _show(found: list[Asked], slow: float) -> None:
    print(f"{'question':26}{'Trino ms':>9}{'DuckDB ms':>10}{'ratio':>7}{'rows':>7}{'read':>12}  of")
    for each in found:
        trino, duckdb = statistics.median(each.trino_ms), statistics.median(each.duckdb_ms)
        share = each.read / each.stored if each.stored else 0.0
        print(
            f"{each.question:26}{trino:9.0f}{duckdb:10.0f}{each.ratio:7.1f}{each.rows:7,}"
            f"{each.read:12,}  {each.stored:,} ({share:.1%})"
        )
    print(f"95 of 100 answers of Trino came within {slow:.0f} ms; {LIMIT_MS:.0f} is the limit.")


if __name__ == "__main__":
    main()
