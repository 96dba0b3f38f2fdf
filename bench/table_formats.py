"""Delta beside Iceberg: the same readings, the same work, on Spark and on Trino.

``python -m bench.table_formats [--rows 5000000] [--days 30] [--json]`` starts servers of its own
(`bench.formats.stack`) and does to a table of historian readings, in each format in turn, what the
lake does to its own: a first load, a file a day, a correction (MERGE), single rows deleted, small
files put together in Z-order, old versions expired, and a dashboard's questions before and after.
Then two engines work on one table (`bench.formats.together`). Prints two tables in Markdown.

CPU seconds are those of Spark's Java, milliseconds those that Trino says of a query, requests those
that the store answered. Everything is done once on few rows first, uncounted, so that neither
format pays for Java's start. Both formats are as the lake has its tables: no partitions, Parquet
with Snappy, rows marked as deleted (deletion vectors; position deletes of Iceberg's version 2, the
last that Trino 476 reads); compacted to small files, so that there are some to skip.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.formats.spoken import FORMATS, Engines, Format
from bench.formats.stack import servers, session
from bench.formats.together import facts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TAGS, BEGIN = 200, 1_750_000_000  # epoch s
DAY_S = 86_400
COLUMNS = (
    "reading_at TIMESTAMP, tag_name STRING, value DOUBLE, quality STRING, source_hash STRING,"
    " source_row BIGINT"
)
MERGE = (
    "MERGE INTO {table} AS t USING again AS s ON t.source_row = s.source_row"
    " WHEN MATCHED AND t.value <> s.value THEN UPDATE SET value = s.value"
    " WHEN NOT MATCHED THEN INSERT *"
)
DELETE = "DELETE FROM {table} WHERE source_row % 50021 = 7"
DAY = "reading_at >= {day} AND reading_at < {next}"
QUESTIONS = {
    "a tag's day": "SELECT date_trunc('minute', reading_at), count(*), round(avg(value), 6)"
    f" FROM {{table}} WHERE tag_name = 'T7' AND {DAY} GROUP BY 1",
    "all tags' last day": "SELECT tag_name, count(*), min(value), max(value) FROM {table}"
    f" WHERE {DAY} GROUP BY 1",
    "a tag's whole time": "SELECT count(*), min(value), max(value) FROM {table}"
    " WHERE tag_name = 'T7'",
    "quality of everything": "SELECT quality, count(*) FROM {table} GROUP BY 1",
}
Rows = dict[str, dict[str, list[float]]]  # by what is measured and format, each run


@dataclass
class Life:
    """A table's life in both formats.

    rows: of its first load. days: that it spans, and as many more come one by one. runs: of each
    question. found: what was measured.
    """

    engines: Engines
    table: str
    rows: int
    days: int
    runs: int
    found: Rows = field(default_factory=dict)

    def live(self) -> Rows:
        """Every step in its order."""
        for kind in FORMATS:
            self._do(kind, f"CREATE TABLE {{table}} ({COLUMNS}) {kind.using}")
        self._step("first load", self._load)
        self._step("a file a day", self._append_days)
        self._step("correction (MERGE)", self._merge)
        self._step("single rows deleted", lambda kind: self._do(kind, DELETE))
        self._stored("before")
        self._ask_all("before")
        self._step("compaction in Z-order", lambda kind: self._do(kind, kind.compact))
        self._ask_all("after")
        self._step("old versions expired", lambda kind: self._do(kind, kind.expire))
        self._stored("after")
        return self.found

    def _do(self, kind: Format, sql: str) -> list[Any]:
        return self.engines.spark(kind, self.table, sql)

    def _note(self, what: str, kind: Format, value: float) -> None:
        self.found.setdefault(what, {}).setdefault(kind.name, []).append(value)

    def _step(self, name: str, work: Callable[[Format], object]) -> None:
        """Both formats; who is first changes from step to step."""
        store = self.engines.store
        for kind in FORMATS if len(self.found) % 2 else FORMATS[::-1]:
            asked, began = store.requests(), time.perf_counter()
            cpu = self.engines.spark_cpu(partial(work, kind))
            self._note(f"{name}: Spark CPU s", kind, cpu)
            self._note(f"{name}: wall s", kind, time.perf_counter() - began)
            self._note(f"{name}: requests", kind, store.requests() - asked)
        print(f"  {self.table}: {name}", flush=True)

    def _load(self, kind: Format) -> None:
        self._append(kind, self._readings(0, self.rows, 0, self.days))

    def _append_days(self, kind: Format) -> None:
        """As many days again, each a commit of one file."""
        daily = self.rows // self.days
        for day in range(self.days):
            readings = self._readings(self.rows + day * daily, daily, self.days + day, 1)
            self._append(kind, readings.coalesce(1))

    def _append(self, kind: Format, readings: DataFrame) -> None:
        readings.writeTo(kind.on_spark.format(self.table)).append()

    def _merge(self, kind: Format) -> None:
        """A day again: every tenth row has another value, every hundredth was never seen."""
        again = self._readings(self.rows // 2, self.rows // self.days, self.days // 2, 1)
        again.selectExpr(
            "source_row + IF(source_row % 100 = 0, 1000000000, 0) AS source_row", "reading_at",
            "tag_name", "IF(source_row % 10 = 0, value + 1, value) AS value", "quality",
            "source_hash",
        ).createOrReplaceTempView("again")  # fmt: skip
        self._do(kind, MERGE)

    def _readings(self, first: int, rows: int, start: int, days: int) -> DataFrame:
        """Of so many days from a day on, in the order of time, as a historian exports them."""
        step = days * DAY_S * 1_000_000 // rows
        begin = (BEGIN + start * DAY_S) * 1_000_000
        return self.engines.session.range(first, first + rows).selectExpr(
            f"timestamp_micros({begin} + (id - {first}) * {step}) AS reading_at",
            f"concat('T', id % {TAGS}) AS tag_name", "round(20 + 5 * sin(id / 977), 3) AS value",
            "IF(id % 997 = 0, 'Bad', 'Good') AS quality",
            "lpad(hex(id DIV 100000), 64, '0') AS source_hash", "id AS source_row",
        )  # fmt: skip

    def _ask_all(self, when: str) -> None:
        """Every question on both engines; both formats must give the same answer."""
        for name, question in QUESTIONS.items():
            for ask in (self._ask_trino, self._ask_spark):
                answers = [ask(kind, f"{name}, {when}", question) for kind in FORMATS]
                if answers[0] != answers[1]:
                    raise SystemExit(f"The formats answer {name} differently, {when}.")
        print(f"  {self.table}: questions {when}", flush=True)

    def _ask_trino(self, kind: Format, name: str, question: str) -> list[Any]:
        """The first asking is not counted: it reads the table's log."""
        stats: dict[str, Any] = {}
        sql = question.replace("{day}", self._day("from_unixtime"))
        sql = sql.replace("{next}", self._day("from_unixtime", 1))
        for run in range(self.runs + 1):
            answer, stats = self.engines.trino(kind, self.table, sql)
            if run:
                self._note(f"{name}: Trino CPU ms", kind, stats["cpuTimeMillis"])
                self._note(f"{name}: Trino wall ms", kind, stats["elapsedTimeMillis"])
        self._note(f"{name}: Trino MiB read", kind, stats["physicalInputBytes"] / 2**20)
        return sorted(map(tuple, answer))

    def _ask_spark(self, kind: Format, name: str, question: str) -> list[Any]:
        sql = question.replace("{day}", self._day("timestamp_seconds"))
        sql = sql.replace("{next}", self._day("timestamp_seconds", 1))
        answer: list[Any] = []
        for _ in range(self.runs):
            cpu = self.engines.spark_cpu(lambda: answer.append(self._do(kind, sql)))
            self._note(f"{name}: Spark CPU s", kind, cpu)
        return sorted(map(tuple, answer[-1]))

    def _day(self, function: str, after: int = 0) -> str:
        """The beginning of the first load's last day, or of days after it, as an engine says it."""
        return f"{function}({BEGIN + (self.days - 1 + after) * DAY_S})"

    def _stored(self, when: str) -> None:
        """Live files and their MiB, and all that lies in the store below the table."""
        for kind in FORMATS:
            (live,) = self._do(kind, kind.live)
            objects = self.engines.objects(kind, self.table)
            self._note(f"live files, {when}", kind, live["numFiles"])
            self._note(f"live MiB, {when}", kind, live["sizeInBytes"] / 2**20)
            self._note(f"objects in the store, {when}", kind, len(objects))
            self._note(f"MiB in the store, {when}", kind, sum(objects) / 2**20)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.table_formats", description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--runs", type=int, default=5, help="of each question")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with servers() as stack, session(stack) as spark:
        engines = Engines(stack, spark)
        engines.prepare()
        Life(engines, "warm", 20_000, 2, 1).live()
        found = Life(engines, "readings", given.rows, given.days, given.runs).live()
        told = facts(engines)
    print(
        json.dumps({"rows": found, "facts": told}, indent=2) if given.json else _table(found, told)
    )


def _table(found: Rows, told: dict[str, dict[str, str]]) -> str:
    lines = ["| | Delta | Iceberg | Delta ÷ Iceberg |", "|---|--:|--:|--:|"]
    for name, both in found.items():
        delta, iceberg = (statistics.median(both[kind.name]) for kind in FORMATS)
        ratio = f"{delta / iceberg:.2f}" if iceberg else ""
        lines.append(f"| {name} | {_said(delta)} | {_said(iceberg)} | {ratio} |")
    lines += ["", "| | Delta | Iceberg |", "|---|---|---|"]
    lines += [f"| {name} | {both['Delta']} | {both['Iceberg']} |" for name, both in told.items()]
    return "\n".join(lines)


def _said(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


if __name__ == "__main__":
    main()
