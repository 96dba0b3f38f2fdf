"""What one build of the marts costs, node by node.

``python -m bench.marts_build LAKE [--select …] [--no-test]`` builds the marts as the job does, in a
process and a Java of its own, one node after the other, and prints one line of JSON: the cost of
the whole, and under ``nodes`` what each model, seed and test took of it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from spark_jobs import build_marts


@dataclass
class Cost:
    """Processor seconds of Java and Python; rows and bytes that Spark's stages read; rows written.

    seconds: of the clock.
    """

    seconds: float = 0.0
    processor_s: float = 0.0
    rows: int = 0
    bytes: int = 0
    written: int = 0

    def since(self, before: Cost) -> Cost:
        """What has come to a stand of the books since an earlier one."""
        return Cost(
            self.seconds - before.seconds,
            self.processor_s - before.processor_s,
            self.rows - before.rows,
            self.bytes - before.bytes,
            self.written - before.written,
        )


@dataclass
class Books:
    """Java's and Python's books of this process, and what each node took of them."""

    nodes: dict[str, Cost] = field(default_factory=dict)
    java: int | None = None
    ended: Cost = field(default_factory=Cost)
    _seen: int = 0
    _stages: list[int] = field(default_factory=lambda: [0, 0, 0])

    def now(self) -> Cost:
        """The stand of the books."""
        java = processor_s(self.java) if self.java else 0.0
        return Cost(time.monotonic(), time.process_time() + java, *self._stages)

    def read(self) -> None:
        """Takes the stages that have ended into the books."""
        session = SparkSession._instantiatedSession
        if session is None:
            return
        context = session.sparkContext
        self.java = context._gateway.proc.pid  # type: ignore[union-attr]
        store: Any = context._jsc.sc().statusStore()
        rest = [getattr(store, f"stageList$default${place}")() for place in (2, 3, 4, 5)]
        stages = store.stageList(None, *rest)  # the latest first
        found = [stages.apply(place) for place in range(stages.size())]
        new = [stage for stage in found if stage.stageId() >= self._seen]
        for stage in new:
            told = (stage.inputRecords(), stage.inputBytes(), stage.outputRecords())
            self._stages = [a + b for a, b in zip(self._stages, told, strict=True)]
        self._seen = max((stage.stageId() + 1 for stage in new), default=self._seen)

    def watched(self, progress: Callable[..., Callable[[Any], None]]) -> Callable[..., Any]:
        """build_marts' own report of a build, with a look into the books at each node."""

        def made(*given: Any) -> Callable[[Any], None]:
            show, began = progress(*given), {}

            def seen(event: Any) -> None:
                if event.info.name == "NodeStart":
                    began[event.data.node_info.unique_id] = self.now()
                elif event.info.name == "NodeFinished":
                    node = event.data.node_info
                    self.read()
                    self.nodes[node.unique_id] = self.now().since(began[node.unique_id])
                show(event)

            return seen

        return made

    def stopped(self, stop: Callable[[SparkSession], None]) -> Callable[[SparkSession], None]:
        """A session's stop, with a last look into Java's books."""

        def seen(session: SparkSession) -> None:
            self.read()
            self.ended = self.now()
            stop(session)

        return seen


def processor_s(process: int) -> float:
    """Processor seconds of a process so far, as Linux counts them."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def build(lake: str, select: str | None, test: bool) -> tuple[Cost, dict[str, Cost]]:
    """Builds; the cost of the whole and of each node."""
    os.environ["CASPARIAN_DBT_THREADS"] = "1"  # or nodes share what they cost
    books = Books()
    began = time.monotonic()
    build_marts._progress = books.watched(build_marts._progress)
    stop = books.stopped(SparkSession.stop)
    SparkSession.stop = stop  # type: ignore[method-assign, assignment]
    with contextlib.redirect_stdout(sys.stderr):
        build_marts.build(lake, select, test=test)
    books.ended.seconds -= began
    return books.ended, books.nodes


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("lake")
    parser.add_argument("--select")
    parser.add_argument("--test", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    cost, nodes = build(given.lake, given.select, given.test)
    told = {name: asdict(each) for name, each in nodes.items()}
    print(json.dumps(asdict(cost) | {"nodes": told}))
