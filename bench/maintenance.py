"""What maintenance wins: a dashboard's questions on small files, compacted, and Z-ordered.

``python -m bench.maintenance --files 1440 [--lake s3://lake/bench] [--trino]`` writes a table of
readings as hourly exports land it, one commit a file: 180 tags of three lines. It asks three
questions of it, each in a process of its own, then compacts it and asks again, then Z-orders it by
tag and time and asks again. Prints a table in Markdown: files and bytes of the table; for each
question the median CPU seconds of ``casparian query`` (DuckDB over Arrow; the whole process less
one that only opens the library), the bytes that it read, and with ``--trino`` Trino's CPU seconds,
bytes and rows read. The rows must be the same each time, and the answers too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from casparian.contracts.upkeep import Upkeep
from casparian.lake.maintain import Maintenance
from casparian.lake.rewrite import files
from casparian.lake.settle import write_parts
from casparian.lake.store import Lake

VALUES = "silver_equipment.historian_values"
START = datetime(2025, 10, 1, tzinfo=UTC)
LINES, TAGS, SECONDS = 3, 60, 60  # a line's export: its tags, a reading of each a minute
TAG = "HAM-MC2.TI-031.PV"
COUNTED = ("timestamp", "tag_name", "value", "_source_row", "_source_hash")
WEEK = "TIMESTAMP '2025-10-04 00:00:00 UTC' AND TIMESTAMP '2025-10-10 23:59:59 UTC'"
DAY = "TIMESTAMP '2025-10-12 00:00:00 UTC' AND TIMESTAMP '2025-10-12 23:59:59 UTC'"
QUESTIONS = {
    "one tag, one week": f"""SELECT date_trunc('hour', "timestamp") AS hour, avg(value) AS value
        FROM {VALUES} WHERE tag_name = '{TAG}' AND "timestamp" BETWEEN {WEEK}
        GROUP BY 1 ORDER BY 1""",
    "one tag, all time": f"""SELECT count(*) AS n, min(value) AS low, max(value) AS high
        FROM {VALUES} WHERE tag_name = '{TAG}'""",
    "all tags, one day": f"""SELECT tag_name, max(value) AS high FROM {VALUES}
        WHERE "timestamp" BETWEEN {DAY} GROUP BY 1 ORDER BY 1""",
}
PROBE = """
import resource, sys
from casparian.lake.query import Query
from casparian.lake.store import Lake
with Query(Lake.at(sys.argv[1])) as ask:
    rows = ask(sys.argv[2]).to_pylist() if sys.argv[2] else []
used = resource.getrusage(resource.RUSAGE_SELF)
read = int(open("/proc/self/io").read().split("rchar: ")[1].split()[0])
print(used.ru_utime + used.ru_stime, read, repr(rows))
"""


@dataclass(frozen=True)
class Asked:
    """One question on one layout. Seconds of CPU, bytes; Trino's are None without it."""

    layout: str
    question: str
    files: int
    table_bytes: int
    cpu: float
    read: int
    trino_cpu: float | None = None
    trino_read: int | None = None
    trino_rows: int | None = None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.maintenance", description=__doc__)
    parser.add_argument("--lake", help="where (default: a folder that is deleted again)")
    parser.add_argument("--files", type=int, default=1440, help="hourly exports in all")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--target-mb", type=int, default=8, help="size to which files are compacted"
    )
    parser.add_argument("--trino", action="store_true", help="ask Trino too (make stack)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="casparian-bench-") as scratch:
        lake = Lake.at(given.lake or scratch)
        _write(lake, given.files)
        print(f"{given.files:,} files, {given.files * TAGS * SECONDS:,} rows", flush=True)
        found = _three_layouts(lake, given)
    print(json.dumps([asdict(each) for each in found]) if os.environ.get("JSON") else _told(found))


def _write(lake: Lake, count: int) -> None:
    """One commit a file: an hour of one line."""
    made = np.random.default_rng(7)
    for number in range(count):
        hour, line = divmod(number, LINES)
        table = _export(made, START + timedelta(hours=hour), line, f"{number:064x}")
        parts = write_parts(lake, VALUES, table, COUNTED)
        lake.commit(VALUES, table.schema, parts, [f"{number:064x}"])


def _export(made: np.random.Generator, at: datetime, line: int, source: str) -> pa.Table:
    minutes = np.repeat(np.arange(SECONDS), TAGS)
    begin = int(at.timestamp()) * 1_000_000
    names = [f"HAM-MC{line}.TI-{tag:03d}.PV" for tag in range(TAGS)]
    rows = TAGS * SECONDS
    tags = pa.DictionaryArray.from_arrays(np.tile(np.arange(TAGS, dtype=np.int32), SECONDS), names)
    return pa.table(
        {
            "timestamp": pa.array(begin + minutes * 60_000_000, pa.timestamp("us", tz="UTC")),
            "tag_name": tags,
            "value": np.round(made.normal(80, 5, rows), 2),
            "_source_hash": pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), [source]),
            "_source_row": pa.array(np.arange(1, rows + 1)),
        }
    )


def _three_layouts(lake: Lake, given: argparse.Namespace) -> list[Asked]:
    found, answers = _layout(lake, "as landed", given)
    for layout, job, order in (("compacted", "compact", ()), ("Z-ordered", "z_order", True)):
        _maintain(lake, layout, job, order, given.target_mb)
        more, same = _layout(lake, layout, given)
        assert same == answers, "maintenance must not change an answer"
        found += more
    return found


def _maintain(lake: Lake, layout: str, job: str, order: Any, target_mb: int) -> None:
    began, size = time.process_time(), target_mb
    columns = ("tag_name", "timestamp") if order else ()
    work = Maintenance(lake, jobs=(job,))
    work.policies[VALUES] = Upkeep(target_file_mb=size, z_order=columns)
    done = work.run([VALUES])
    assert [each.problem for each in done] == [None]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu = time.process_time() - began
    print(f"{layout}: {cpu:.1f} CPU s, {peak:.0f} MiB at most", flush=True)


def _layout(lake: Lake, layout: str, given: argparse.Namespace) -> tuple[list[Asked], list[str]]:
    table = lake.delta(VALUES)
    assert table is not None
    every = files(table)
    size = sum(file.size for file in every)
    rows, answers = [], []
    idle_cpu, idle_read, _ = _duckdb(lake, "", given.runs)
    for question, sql in QUESTIONS.items():
        cpu, read, answer = _duckdb(lake, sql, given.runs)
        cost = (cpu - idle_cpu, read - idle_read)
        trino = _trino(lake, sql, given.runs) if given.trino else ()
        rows.append(Asked(layout, question, len(every), size, *cost, *trino))
        answers.append(answer)
    return rows, answers


def _duckdb(lake: Lake, sql: str, runs: int) -> tuple[float, int, str]:
    """Median CPU seconds of the process, bytes that it read, and the answer."""
    seconds, read, answer = [], 0, ""
    for _ in range(runs):
        said = subprocess.run(
            [sys.executable, "-c", PROBE, lake.uri, sql], check=True, capture_output=True, text=True
        ).stdout
        cpu, size, answer = said.splitlines()[-1].split(" ", 2)
        seconds.append(float(cpu))
        read = int(size)
    return statistics.median(seconds), read, answer


def _trino(lake: Lake, sql: str, runs: int) -> tuple[float, int, int]:
    """Median CPU seconds, bytes and rows that Trino read, after one asking that is not counted."""
    from spark_jobs.trino import trino_session

    session = trino_session(lake.uri, {VALUES: ""})
    seconds, stats = [], {}
    for _ in range(runs + 1):
        cursor = session.cursor()
        cursor.execute(sql).fetchall()
        stats = cursor.stats
        seconds.append(stats["cpuTimeMillis"] / 1000)
    session.stop()
    return statistics.median(seconds[1:]), stats["physicalInputBytes"], stats["processedRows"]


def _told(found: list[Asked]) -> str:
    lines = ["| question | layout | files | MB | CPU s | MB read | Trino CPU s | MB | rows |"]
    lines.append("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for each in sorted(found, key=lambda one: list(QUESTIONS).index(one.question)):
        trino = ["", "", ""]
        if each.trino_cpu is not None:
            trino = [
                f"{each.trino_cpu:.2f}",
                f"{(each.trino_read or 0) / 1e6:.1f}",
                f"{each.trino_rows:,}",
            ]
        cells = [each.question, each.layout, f"{each.files:,}", f"{each.table_bytes / 1e6:.0f}"]
        cells += [f"{each.cpu:.2f}", f"{each.read / 1e6:.1f}", *trino]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
