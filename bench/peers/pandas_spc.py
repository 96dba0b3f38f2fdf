"""What an engineer would write by hand: pandas groups the subgroups, a loop reads the rules.

One chart after the other: limits from its first 20 subgroups, then each rule by rolling counts.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd

SOURCE, TARGET = map(Path, sys.argv[1:3])


def c4(n: int) -> float:
    return math.sqrt(2 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


def at_least(flag: pd.Series, needed: int, length: int) -> pd.Series:
    return flag.astype(int).rolling(length, min_periods=1).sum() >= needed


def charted(points: pd.DataFrame) -> pd.DataFrame:
    """One chart with its limits and rules."""
    first = points.head(20)
    size = int(first["count"].iloc[0])
    sigma = first["std"].mean() / c4(size)
    z = (points["mean"] - first["mean"].mean()) / (sigma / math.sqrt(size))
    step = np.sign(z.diff())
    out = points.assign(ucl=first["mean"].mean() + 3 * sigma / math.sqrt(size))
    out["WE1"] = z.abs() > 3
    out["WE2"] = at_least(z > 2, 2, 3) | at_least(z < -2, 2, 3)
    out["WE3"] = at_least(z > 1, 4, 5) | at_least(z < -1, 4, 5)
    out["WE4"] = at_least(z > 0, 8, 8) | at_least(z < 0, 8, 8)
    out["N1"], out["N5"], out["N6"] = out["WE1"], out["WE2"], out["WE3"]
    out["N2"] = at_least(z > 0, 9, 9) | at_least(z < 0, 9, 9)
    out["N3"] = at_least(step > 0, 5, 5) | at_least(step < 0, 5, 5)
    out["N4"] = at_least(step * step.shift() < 0, 12, 12)
    out["N7"] = at_least(z.abs() < 1, 15, 15)
    above = (z > 1).astype(int).rolling(8, min_periods=1).sum()
    out["N8"] = at_least(z.abs() > 1, 8, 8) & (above > 0) & (above < 8)
    width = 3 * math.sqrt(1 - c4(size) ** 2)
    out["S1"] = (points["std"] > (c4(size) + width) * sigma) | (
        points["std"] < (c4(size) - width) * sigma
    )
    return out


measured = pd.read_parquet(SOURCE)
subgroups = measured.groupby(["chart", "subgroup"])["actual"].agg(["mean", "std", "count"])
charts = [charted(points) for _, points in subgroups.groupby(level="chart")]
result = pd.concat(charts)
result.to_parquet(TARGET / "points.parquet")
RULES = [name for name in result if name[0] in "WNS" and name[-1].isdigit()]
print(int(result[RULES].any(axis=1).sum()), "points break a rule")
