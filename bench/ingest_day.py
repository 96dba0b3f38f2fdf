"""What landing a day costs at the end of a long history.

``python -m bench.ingest_day [days ...] [--scale 0.1] [--more 4] [--json]`` lands, for each number
of days (4 and 88: the days that follow are the same days of the week), the plant's exports of so
many days at once, keeps the lake in order as the daily job does (`casparian maintain`), and then
lands the next days one by one, each by `casparian scan` and `casparian process` as processes of
their own. Prints their processor seconds as medians, and the ratio of the last history to the
first.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from bench.measure import cost_of

DATED = re.compile(r"_(\d{8})[_.]")
CASPARIAN = Path(sys.executable).with_name("casparian")
Exports = dict[str, list[Path]]  # by day; files without one (master data) under ""
STEPS = ("scan", "process")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ingest_day", description=__doc__)
    parser.add_argument("days", nargs="*", type=int, default=[4, 88])
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--more", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="casparian-bench-") as folder:
        exports = _plant(Path(folder), max(given.days) + given.more, given.scale)
        found = {n: _history(Path(folder), exports, n, given.more) for n in given.days}
    print(json.dumps(found, indent=2) if given.json else _table(found))


def _plant(folder: Path, days: int, scale: float) -> Exports:
    words = ["plant", "--days", str(days), "--scale", str(scale), "--out", str(folder / "plant")]
    _cpu_s(*words)
    found: Exports = defaultdict(list)
    root = folder / "plant" / "exports"
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        dated = DATED.search(path.name)
        found[dated[1] if dated else ""].append(path.relative_to(root))
    return found


def _history(folder: Path, exports: Exports, days: int, more: int) -> list[dict[str, float]]:
    """Processor seconds of the days that follow so many."""
    place = folder / f"{days}-days"
    every = sorted(exports)
    _put(folder, place, exports, every[: days + 1])
    _land(place)
    _cpu_s("maintain", "--lake", str(place / "lake"))
    found = []
    for day in every[days + 1 : days + 1 + more]:
        _put(folder, place, exports, [day])
        found.append(_land(place))
        print(f"  day after {days}: {day} {found[-1]}", file=sys.stderr, flush=True)
    shutil.rmtree(place)
    return found


def _put(folder: Path, place: Path, exports: Exports, days: list[str]) -> None:
    for path in (path for day in days for path in exports[day]):
        (place / "exports" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / "plant" / "exports" / path, place / "exports" / path)


def _land(place: Path) -> dict[str, float]:
    lake = ["--lake", str(place / "lake"), "--tag", "plant"]
    return {
        "scan": _cpu_s("scan", str(place / "exports"), *lake),
        "process": _cpu_s("process", *lake),
    }


def _cpu_s(*words: str) -> float:
    """Processor seconds of a command of ours."""
    try:
        return cost_of([str(CASPARIAN), *words]).cpu
    except subprocess.CalledProcessError as error:
        sys.exit(error.output[-2000:])


def _table(found: dict[int, list[dict[str, float]]]) -> str:
    lines = [f"{'after':>10}{'scan':>8}{'process':>9}{'both':>8}   CPU s, medians"]
    both = []
    for days, each in found.items():
        scan, process = (statistics.median(one[step] for one in each) for step in STEPS)
        both.append(scan + process)
        lines.append(f"{days:5} days{scan:8.2f}{process:9.2f}{both[-1]:8.2f}")
    lines.append(f"A day after the last costs {both[-1] / both[0]:.2f} of one after the first.")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
