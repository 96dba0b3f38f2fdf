"""`python -m bench.alarms`: all alarm figures of 5 M alarms beside a plain pandas script.

Both read the same arrays: a year of 5 M alarms of 20 operator positions and 2,000 alarms, in no
order. CPU seconds and peak MiB of the whole process, medians of three runs in turn.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench.measure import Cost, cost_of

ROOT = Path(__file__).resolve().parents[1]
ALARMS, POSITIONS, NAMES, DAYS, RUNS = 5_000_000, 20, 2_000, 365, 3


def write(target: Path) -> None:
    """Columns as .npy: half of the alarms lie in bursts of a few hours."""
    random = np.random.default_rng(1)
    name = random.integers(0, NAMES, ALARMS)
    burst = random.integers(0, DAYS * 86_400, 400)[random.integers(0, 400, ALARMS)]
    quiet = random.integers(0, DAYS * 86_400, ALARMS)
    second = np.where(
        random.random(ALARMS) < 0.5, burst + random.integers(0, 14_400, ALARMS), quiet
    )
    raised = second * 1_000_000 + random.integers(0, 1_000_000, ALARMS)
    columns = {
        "raised": raised,
        "cleared": raised + (random.exponential(900.0, ALARMS) * 1e6).astype(np.int64),
        "acked": raised + (random.exponential(120.0, ALARMS) * 1e6).astype(np.int64),
        "name": name,
        "position": name % POSITIONS,
        "priority": random.choice([1, 2, 3], ALARMS, p=[0.05, 0.15, 0.8]),
    }
    for key, column in columns.items():
        np.save(target / f"{key}.npy", column)


def ours(folder: Path) -> None:
    """Every figure of casparian.kpi.alarms over the year."""
    from casparian.kpi import alarms as kpi

    column = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    found = kpi.Alarms(
        **column,
        hidden=np.zeros(len(column["raised"]), dtype=np.bool_),
        names=tuple(map(str, range(NAMES))),
        positions=tuple(map(str, range(POSITIONS))),
    )
    report = kpi.performance(found, 0, DAYS * 86_400_000_000)
    mix, top = kpi.priority_mix(found), kpi.bad_actors(found)
    noted = kpi.acknowledgement(found)
    print(report.flood_count.sum(), report.chattering.sum(), mix.alarms, top.name, noted.median_s)


def main() -> None:
    """Prints a line for each and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        scripts = {
            "casparian": [str(ROOT / "bench" / "alarms.py"), folder],
            "pandas": [str(ROOT / "bench" / "peers" / "pandas_alarms.py"), folder],
        }
        costs: dict[str, list[Cost]] = {name: [] for name in scripts}
        for _ in range(RUNS):
            for name, script in scripts.items():
                costs[name].append(
                    cost_of([sys.executable, *script], {"PYTHONPATH": f"{ROOT}/src:{ROOT}"})
                )
    median = {name: statistics.median(cost.cpu for cost in runs) for name, runs in costs.items()}
    for name, runs in costs.items():
        peak = max(cost.peak for cost in runs)
        print(f"{ALARMS:,} alarms, {name}: {median[name]:.1f} CPU-s, {peak:.0f} MiB")
    print(f"ratio {median['casparian'] / median['pandas']:.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ours(Path(sys.argv[1]))
    else:
        main()
