"""Where a build of the marts spends its time: Spark's stages, by the table that they make.

``python -m bench.stages LAKE [--most 20]`` builds all marts of the lake anew, without their tests,
while Spark writes its event log, and prints a table: processor seconds of the stages' tasks, how
much of it was garbage collection, what was read and shuffled, and, as "driver", what the process
used besides its tasks: planning, Delta's logs, Java's compiler, dbt.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.measure import cost_of

MIB = 2**20
MADE = re.compile(r"(?<![.\w])gold_\w+\.\w+")  # as a plan names its target; sources have a catalog
PUT = re.compile(r"InsertIntoHadoopFsRelationCommand\s+Input.*?\nArguments: \S*?/([a-z]\w+),", re.S)


@dataclass
class Spent:
    """Of all stages that make one table. cpu, collected: seconds; read, shuffled: MiB."""

    stages: set[int] = field(default_factory=set)
    tasks: int = 0
    cpu: float = 0.0
    collected: float = 0.0
    read: float = 0.0
    shuffled: float = 0.0

    def add(self, stage: int, metrics: dict[str, Any]) -> None:
        """What one task took."""
        self.stages.add(stage)
        self.tasks += 1
        nanoseconds = metrics["Executor CPU Time"] + metrics["Executor Deserialize CPU Time"]
        self.cpu += nanoseconds / 1e9
        self.collected += metrics["JVM GC Time"] / 1e3
        self.read += metrics["Input Metrics"]["Bytes Read"] / MIB
        self.shuffled += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"] / MIB


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.stages", description=__doc__)
    parser.add_argument("lake", help="folder or URI of a lake that has silver")
    parser.add_argument("--most", type=int, default=20, help="tables that are listed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="casparian-bench-") as folder:
        cpu = _built(given.lake, Path(folder))
        _show(by_table(_events(Path(folder) / "events")), cpu, given.most)


def _built(lake: str, folder: Path) -> float:
    """Build with an event log; processor seconds of all of it."""
    (folder / "events").mkdir()
    settings = {"enabled": "true", "dir": (folder / "events").as_uri(), "compress": "false"}
    lines = [f"spark.eventLog.{name} {value}\n" for name, value in settings.items()]
    (folder / "spark-defaults.conf").write_text("".join(lines), encoding="utf-8")
    words = [sys.executable, "-m", "spark_jobs.build_marts", "--lake", lake]
    words += ["--full-refresh", "--no-test"]
    places = {"SPARK_CONF_DIR": str(folder), "CASPARIAN_STATE": str(folder / "state")}
    return cost_of(words, places).cpu


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.rglob("events_*")):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def by_table(events: Iterator[dict[str, Any]]) -> dict[str, Spent]:
    """Spark's event log → what each table took; "Delta's logs, questions" what makes none."""
    parts: dict[int, tuple[int, str]] = {}  # execution → the one it is part of, its plan
    of_stage: dict[int, int] = {}
    tasks: list[tuple[int, dict[str, Any]]] = []
    for event in events:
        kind = event["Event"].rpartition(".")[2]
        if kind == "SparkListenerSQLExecutionStart":
            parts[event["executionId"]] = event["rootExecutionId"], event["physicalPlanDescription"]
        elif kind == "SparkListenerJobStart":
            execution = int(event["Properties"].get("spark.sql.execution.id", -1))
            of_stage |= dict.fromkeys(event["Stage IDs"], execution)
        elif kind == "SparkListenerTaskEnd" and event.get("Task Metrics"):
            tasks.append((event["Stage ID"], event["Task Metrics"]))
    made = _made(parts)
    found: dict[str, Spent] = defaultdict(Spent)
    for stage, metrics in tasks:
        root = parts.get(of_stage.get(stage, -1), (-1, ""))[0]
        found[made.get(root, "Delta's logs, questions")].add(stage, metrics)
    return dict(found)


def _made(parts: dict[int, tuple[int, str]]) -> dict[int, str]:
    """Execution that is part of no other → the table that it makes, as any of its plans tells."""
    found: dict[int, str] = {}
    for root, plan in parts.values():
        if names := MADE.findall(plan) or PUT.findall(plan):
            found.setdefault(root, names[-1])
    return found


def _show(found: dict[str, Spent], cpu: float, most: int) -> None:
    every = sorted(found.items(), key=lambda item: -item[1].cpu)
    tasks = sum(spent.cpu for _, spent in every)
    print(f"{'table':42}{'stages':>7}{'tasks':>7}{'CPU s':>8}{'of all':>8}{'GC s':>7}"
          f"{'read MiB':>10}{'shuffled':>10}")  # fmt: skip
    for name, spent in every[:most]:
        print(f"{name:42}{len(spent.stages):7}{spent.tasks:7}{spent.cpu:8.1f}"
              f"{spent.cpu / cpu:8.0%}{spent.collected:7.1f}{spent.read:10.1f}"
              f"{spent.shuffled:10.1f}")  # fmt: skip
    rest = sum(spent.cpu for _, spent in every[most:])
    print(f"{f'{max(len(every) - most, 0)} others':42}{'':14}{rest:8.1f}{rest / cpu:8.0%}")
    print(f"{'driver':42}{'':14}{cpu - tasks:8.1f}{1 - tasks / cpu:8.0%}")
    print(f"{'all':42}{'':14}{cpu:8.1f}")


if __name__ == "__main__":
    main()
