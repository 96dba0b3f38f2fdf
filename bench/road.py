"""The road per row on S3 beside local disk, and the questions of dashboards at its end.

``python -m bench.road [--days 30] [--scale 1] [--runs 5]``, which is ``make bench STACK=1``, starts
a stack of its own in ``.local/bench/stack``, lets the plant write its exports once, and takes them
through scan, landing, upkeep and marts (Spark) twice: to a lake on local disk and to one on S3,
whose tables the metastore knows. Prints CPU and wall seconds of both a million records, and their
ratio; what the store itself used stands beside. Then `bench.dashboards` asks the lake on S3, whose
exit code this one ends with.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.measure import Cost, cost_of
from casparian.lake.ledger import Ledger
from casparian.lake.store import Lake

FOLDER = Path(__file__).resolve().parents[1] / ".local" / "bench"
STACK = FOLDER / "stack"
PLANT = FOLDER / "plant"
ON_DISK, ON_S3 = str(FOLDER / "lake"), "s3://lake/road"
MILLION = 1e6
CASPARIAN = ("-m", "casparian.cli")
STEPS = {
    "scan": (*CASPARIAN, "scan", str(PLANT / "exports"), "--tag", "plant"),
    "land": (*CASPARIAN, "process", "--tag", "plant"),
    "upkeep": (*CASPARIAN, "maintain"),
    "marts, without tests": ("-m", "spark_jobs.build_marts", "--no-test"),
}


@dataclass(frozen=True)
class Step:
    """One step's cost on local disk and on S3. store: CPU seconds of the S3 server meanwhile."""

    name: str
    disk: Cost
    s3: Cost
    store: float


def main() -> int:
    given = _options()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    os.environ["CASPARIAN_STACK_HOME"] = str(STACK)
    _run("-m", "local", "up", "trino")
    try:
        _run(*CASPARIAN, "plant", "--days", given.days, "--scale", given.scale, "--out", str(PLANT))
        steps = list(_steps(_store()))
        _show(steps, _records())
        return _dashboards(given.runs)
    finally:
        _run("-m", "local", "down")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.road", description=__doc__)
    parser.add_argument("--days", default="30", help="days of the plant")
    parser.add_argument("--scale", default="1", help="readings, as `casparian plant` takes it")
    parser.add_argument("--runs", type=int, default=5, help="of each question")
    return parser.parse_args()


def _steps(store: psutil.Process) -> Iterator[Step]:
    for name, words in STEPS.items():
        print(f"  {name}", file=sys.stderr)
        disk = _cost(words, ON_DISK, {})
        before = _used(store)
        s3 = _cost(words, ON_S3, _environment())
        yield Step(name, disk, s3, _used(store) - before)


def _cost(words: tuple[str, ...], lake: str, environment: dict[str, str]) -> Cost:
    """Of the same words on one of the lakes; each has a state of dbt of its own."""
    state = {"CASPARIAN_STATE": str(FOLDER / "dbt" / Path(lake).name)}
    return cost_of([sys.executable, *words, "--lake", lake], environment | state)


def _run(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True)


def _environment() -> dict[str, str]:
    """Addresses and keys of the stack's servers."""
    lines = (STACK / "environment").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def _store() -> psutil.Process:
    """The S3 server."""
    from local.stack import Stack

    process = Stack(STACK).servers["s3"].process
    assert process is not None
    return psutil.Process(process.pid)


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _records() -> int:
    """Records that the exports hold."""
    return sum(row["records_read"] or 0 for row in Ledger(Lake.at(ON_DISK)).rows())


def _show(steps: list[Step], records: int) -> None:
    print(f"\n{records:,} records; seconds a million records, on local disk and on S3")
    print(f"{'':22}{'CPU':>8}{'on S3':>8}{'ratio':>7}{'wall':>9}{'on S3':>8}{'ratio':>7}"
          f"{'store CPU':>11}{'peak MiB':>10}{'on S3':>8}")  # fmt: skip
    for step in [*steps, _sum(steps)]:
        a, b, share = step.disk, step.s3, MILLION / records
        print(
            f"{step.name:22}{a.cpu * share:8.2f}{b.cpu * share:8.2f}{b.cpu / a.cpu:7.2f}"
            f"{a.wall * share:9.2f}{b.wall * share:8.2f}{b.wall / a.wall:7.2f}"
            f"{step.store * share:11.2f}{a.peak:10.0f}{b.peak:8.0f}"
        )


def _sum(steps: list[Step]) -> Step:
    disk, s3 = [step.disk for step in steps], [step.s3 for step in steps]
    return Step("all", _together(disk), _together(s3), sum(step.store for step in steps))


def _together(costs: list[Cost]) -> Cost:
    peak = max(cost.peak for cost in costs)
    return Cost(sum(cost.cpu for cost in costs), sum(cost.wall for cost in costs), peak)


def _dashboards(runs: int) -> int:
    words = [sys.executable, "-m", "bench.dashboards", ON_S3, "--runs", str(runs)]
    return subprocess.run(words, env=os.environ | _environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
