"""By hand: pandas groups and scipy, a characteristic after the other. FILE.npy OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

D2 = {5: 2.326}


def indices(values: pd.DataFrame, lsl: float, usl: float, target: float) -> dict[str, float]:
    subgroups = values.groupby("subgroup")["value"]
    within = (subgroups.max() - subgroups.min()).mean() / D2[5]
    mean, overall = values["value"].mean(), values["value"].std()
    beyond = stats.norm.cdf((lsl - mean) / overall) + stats.norm.sf((usl - mean) / overall)
    return {
        "cp": (usl - lsl) / (6 * within),
        "cpk": min(usl - mean, mean - lsl) / (3 * within),
        "pp": (usl - lsl) / (6 * overall),
        "ppk": min(usl - mean, mean - lsl) / (3 * overall),
        "cpm": (usl - lsl) / (6 * np.hypot(overall, mean - target)),
        "ppm": 1e6 * beyond,
    }


def main(file: Path, out: Path) -> None:
    cube = np.load(file)
    count, k, n = cube.shape
    table = pd.DataFrame(
        {
            "characteristic": np.repeat(np.arange(count), k * n),
            "subgroup": np.tile(np.repeat(np.arange(k), n), count),
            "value": cube.ravel(),
        }
    )
    found = [indices(rows, 5.0, 15.0, 10.0) for _, rows in table.groupby("characteristic")]
    pd.DataFrame(found).to_parquet(out / "capability.parquet")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
