"""All alarm figures of a year of alarms: `alarms.py FOLDER OUT` reads the arrays of `write`.

A year of 20 operator positions and 2,000 alarms, in no order.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

POSITIONS, NAMES, DAYS = 20, 2_000, 365


def write(target: Path, alarms: int) -> None:
    """Columns as .npy: half of the alarms lie in bursts of a few hours."""
    random = np.random.default_rng(1)
    name = random.integers(0, NAMES, alarms)
    burst = random.integers(0, DAYS * 86_400, 400)[random.integers(0, 400, alarms)]
    quiet = random.integers(0, DAYS * 86_400, alarms)
    second = np.where(
        random.random(alarms) < 0.5, burst + random.integers(0, 14_400, alarms), quiet
    )
    raised = second * 1_000_000 + random.integers(0, 1_000_000, alarms)
    columns = {
        "raised": raised,
        "cleared": raised + (random.exponential(900.0, alarms) * 1e6).astype(np.int64),
        "acked": raised + (random.exponential(120.0, alarms) * 1e6).astype(np.int64),
        "name": name,
        "position": name % POSITIONS,
        "priority": random.choice([1, 2, 3], alarms, p=[0.05, 0.15, 0.8]),
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


if __name__ == "__main__":
    ours(Path(sys.argv[1]))
