"""`make bench`: each part of the road beside its peer, in turn, and the ratio of their CPU seconds.

    python -m bench [--rows 10000000] [--runs 3] [--large] [--json]
                    [--only historian,mtconnect,spark,families,spc,capability,alarms,help]

CPU seconds are those of the whole process tree, medians over the runs; peers and ours take turns,
so that a machine whose speed drifts slows both. `--large` adds five times the rows, to show that
memory stays.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from bench import alarms as make_alarms
from bench import exports
from bench import spc as make_spc
from bench.families import FAMILIES
from bench.measure import Cost, cost_of

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "bench"
LIBRARY = next(
    (p for p in (ROOT / ".venv" / "library").glob("*/python*") if p.stem == "python"), None
)
OBSERVATIONS = 1_000_000
FEW = 1_000  # values that cost nothing beside the start of Spark and dbt


@dataclass(frozen=True)
class Row:
    """One line of the table.

    limit: what the ratio (or, without a peer, the wall seconds) may be. rate: records a second and
    core.
    """

    case: str
    ours: float
    peer: float | None
    limit: float | None
    peak: float
    peer_peak: float | None
    most: float | None
    rate: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.ours / self.peer if self.peer else None

    @property
    def kept(self) -> bool:
        """Both promises kept: the ratio and the memory."""
        measured = self.ours if self.ratio is None else self.ratio
        return (self.limit is None or measured <= self.limit) and (
            self.most is None or self.peak < self.most
        )


@dataclass(frozen=True)
class Bench:
    """A place for files, and how often to run."""

    folder: Path
    rows: int
    runs: int

    def script(self, name: str, *args: Path) -> list[str]:
        return [sys.executable, str(HERE / name), *map(str, args)]

    def laptop(self, folder: Path) -> list[str]:
        """The laptop engine with the packages that `pip install casparian` brings, no others."""
        python = str(LIBRARY or sys.executable)
        return [python, str(HERE / "ours.py"), str(folder), str(self.folder / "lake")]

    def pair(
        self,
        case: str,
        ours: list[str],
        peer: list[str] | None,
        limit: float | None,
        most: float | None,
    ) -> Row:
        """Both in turn; the medians."""
        mine: list[Cost] = []
        theirs: list[Cost] = []
        for run in range(self.runs):
            print(f"  {case}: run {run + 1} of {self.runs}", file=sys.stderr)
            mine.append(self._fresh(ours))
            if peer:
                theirs.append(self._fresh(peer))
        return Row(
            case,
            _median(mine, "cpu"),
            _median(theirs, "cpu") if theirs else None,
            limit,
            max(cost.peak for cost in mine),
            max(cost.peak for cost in theirs) if theirs else None,
            most,
        )

    def _fresh(self, command: list[str]) -> Cost:
        """With an empty target, which is the command's last argument."""
        target = Path(command[-1])
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        paths = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        return cost_of(command, {"PYTHONPATH": paths})


def _median(costs: list[Cost], name: str) -> float:
    return statistics.median(getattr(cost, name) for cost in costs)


def historian(bench: Bench, large: bool) -> Iterator[Row]:
    """Historian CSV on the laptop engine beside DuckDB."""
    folder = _historian_files(bench.folder / "historian", bench.rows)
    ours = bench.laptop(folder)
    peer = bench.script("peers/duckdb_historian.py", folder / "values.csv", bench.folder / "peer")
    yield bench.pair(f"historian CSV, {bench.rows:,} rows / DuckDB", ours, peer, 1.0, 512)
    if large:
        folder = _historian_files(bench.folder / "large", bench.rows * 5)
        once = Bench(bench.folder, bench.rows, 1)
        ours = bench.laptop(folder)
        yield once.pair(f"historian CSV, {bench.rows * 5:,} rows", ours, None, None, 512)


def mtconnect(bench: Bench, large: bool) -> Iterator[Row]:
    """One MTConnect document beside an lxml loop."""
    for count in (OBSERVATIONS, OBSERVATIONS * 5) if large else (OBSERVATIONS,):
        folder = bench.folder / f"mtconnect{count}"
        folder.mkdir()
        exports.mtconnect_xml(folder / "sample.xml", count)
        ours = bench.laptop(folder)
        peer = bench.script("peers/lxml_mtconnect.py", folder / "sample.xml", bench.folder / "peer")
        yield bench.pair(f"MTConnect, {count:,} observations / lxml", ours, peer, 0.9, 256)


def spark(bench: Bench, large: bool) -> Iterator[Row]:
    """The Spark job beside spark.read.csv."""
    folder = _historian_files(bench.folder / "historian", bench.rows)
    ours = bench.script("ours_spark.py", folder, bench.folder / "lake")
    peer = bench.script("peers/spark_csv.py", folder / "values.csv", bench.folder / "peer")
    yield bench.pair(f"Spark ingest, {bench.rows:,} rows / spark.read.csv", ours, peer, 1.2, None)


def help_time(bench: Bench, large: bool) -> Iterator[Row]:
    """`casparian --help`: median wall seconds."""
    command = [str(Path(sys.executable).with_name("casparian")), "--help"]
    costs = [cost_of(command) for _ in range(9)]
    yield Row(
        "casparian --help, wall s",
        _median(costs, "wall"),
        None,
        0.3,
        max(c.peak for c in costs),
        None,
        None,
    )


def families(bench: Bench, large: bool) -> Iterator[Row]:
    """Each other family beside a script by hand that reads the same and writes Parquet."""
    count = max(1000, bench.rows // 50)
    for family in FAMILIES:
        folder = bench.folder / family.file
        folder.mkdir()
        family.write(folder / family.file, count)
        by_hand = (Path(family.peer), folder / family.file, bench.folder / "peer")
        peer = bench.script("peers/plain.py", *by_hand)
        row = bench.pair(f"{family.name}: {count:,}", bench.laptop(folder), peer, None, 512)
        yield replace(row, rate=count / row.ours)


def capability(bench: Bench, large: bool) -> Iterator[Row]:
    """Indices of characteristics of 20 subgroups of 5 beside a loop of pandas and scipy."""
    count = max(100, bench.rows // 100)
    file = bench.folder / "capability.npy"
    np.save(file, np.random.default_rng(5).normal(10.0, 1.0, (count, 20, 5)))
    ours = bench.script("capability.py", file, bench.folder / "ours")
    # the peer's time grows with the count; a twentieth of it says enough
    part = bench.folder / "capability_part.npy"
    np.save(part, np.load(file, mmap_mode="r")[: max(100, count // 20)])
    peer = bench.script("peers/scipy_capability.py", part, bench.folder / "peer")
    row = bench.pair(f"capability, {count:,} x 100 / pandas on a 20th", ours, peer, 1.0, 1024)
    yield replace(row, rate=count / row.ours)


def spc(bench: Bench, large: bool) -> Iterator[Row]:
    """Control charts with all rules, by the library beside pandas, and by the marts beside ours."""
    measured = bench.folder / "spc.parquet"
    make_spc.measurements(measured, bench.rows)
    ours = bench.script("spc.py", measured, bench.folder / "spc")
    peer = bench.script("peers/pandas_spc.py", measured, bench.folder / "peer")
    charted = f"control charts, {bench.rows:,} values"
    yield bench.pair(f"{charted} / pandas", ours, peer, None, 1024)
    yield from _spc_marts(replace(bench, runs=1), measured, ours)


def _spc_marts(bench: Bench, measured: Path, library: list[str]) -> Iterator[Row]:
    """The marts of the measurements beside the library: whole, and less what a few rows cost."""
    few = bench.folder / "few.parquet"
    make_spc.measurements(few, FEW)
    costs = {}
    for source, name, peer in (
        (few, f"the marts of {FEW:,} values", None),
        (measured, "the marts of the same / library", library),
    ):
        lake = source.with_suffix(".lake")
        make_spc.silver(source, lake)
        ours = bench.script("spc_marts.py", lake, bench.folder / "marts")
        costs[source] = bench.pair(name, ours, peer, None, None)
    yield from costs.values()
    case = "the same without the start of Spark and dbt"
    yield replace(costs[measured], case=case, ours=costs[measured].ours - costs[few].ours)


def alarms(bench: Bench, large: bool) -> Iterator[Row]:
    """Alarm performance by ISA-18.2 beside a plain pandas script."""
    count, folder = max(10_000, bench.rows // 2), bench.folder / "alarms"
    folder.mkdir()
    make_alarms.write(folder, count)
    ours = bench.script("alarms.py", folder, bench.folder / "ours")
    peer = bench.script("peers/pandas_alarms.py", folder, bench.folder / "peer")
    row = bench.pair(f"alarm performance, {count:,} alarms / pandas", ours, peer, 1.0, 1536)
    yield replace(row, rate=count / row.ours)


CASES: dict[str, Callable[[Bench, bool], Iterator[Row]]] = {
    "historian": historian,
    "mtconnect": mtconnect,
    "spark": spark,
    "families": families,
    "spc": spc,
    "capability": capability,
    "alarms": alarms,
    "help": help_time,
}


def _historian_files(folder: Path, rows: int) -> Path:
    if not folder.exists():
        folder.mkdir()
        exports.historian_csv(folder / "values.csv", rows)
        exports.tag_list(folder / "tag_list.csv")
    return folder


def _table(rows: list[Row]) -> str:
    lines = [
        f"{'':52} {'ours':>8} {'peer':>8} {'ratio':>6} {'limit':>6} "
        f"{'peak MiB':>9} {'limit':>6} {'peer MiB':>9} {'a second':>10}"
    ]
    for row in rows:
        cells = (row.ours, row.peer, row.ratio, row.limit)
        numbers = " ".join(
            f"{'' if v is None else format(v, '.2f'):>{w}}"
            for v, w in zip(cells, (8, 8, 6, 6), strict=True)
        )
        memory = " ".join(
            f"{'' if v is None else format(v, '.0f'):>{w}}"
            for v, w in zip((row.peak, row.most, row.peer_peak), (9, 6, 9), strict=True)
        )
        rate = "" if row.rate is None else f"{row.rate:,.0f}"
        kept = "" if row.kept else "over the limit"
        lines.append(f"{row.case:52} {numbers} {memory} {rate:>10}  {kept}")
    return "\n".join(
        [*lines, "CPU seconds of the whole process tree, median; peak: all its processes together."]
    )


def main() -> int:
    """Exit 0 when every promise is kept, 1 when one is not."""
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the historian CSV")
    parser.add_argument("--runs", type=int, default=3, help="runs of each command")
    parser.add_argument("--only", default=",".join(CASES), help="cases, separated by commas")
    parser.add_argument("--large", action="store_true", help="also five times the rows")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="casparian-bench-") as folder:
        bench = Bench(Path(folder), options.rows, options.runs)
        try:
            rows = [
                row for name in options.only.split(",") for row in CASES[name](bench, options.large)
            ]
        except subprocess.CalledProcessError as error:
            print(f"bench: {' '.join(error.cmd)} failed:\n{error.output[-2000:]}", file=sys.stderr)
            return 1
    print(
        json.dumps([asdict(row) | {"ratio": row.ratio, "kept": row.kept} for row in rows], indent=2)
        if options.json
        else _table(rows)
    )
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
