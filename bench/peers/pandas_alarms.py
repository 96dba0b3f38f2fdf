"""Peer: the same alarm figures as one would write them in a plain pandas script.

It asks for the rate at the alarms alone, so that it misses a calm between two of them: it finds
fewer floods than there are.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

folder = Path(sys.argv[1])
data = pd.DataFrame({path.stem: np.load(path) for path in folder.glob("*.npy")})
for column in ("raised", "cleared", "acked"):
    data[column] = pd.to_datetime(data[column], unit="us")
data = data.sort_values("raised")

by_position = data.set_index("raised").groupby("position")
for width in ("10min", "1h", "1D"):
    counts = by_position.resample(width).size()
    print(counts.groupby("position").agg(["mean", "max"]).max().tolist())
ten = by_position.resample("10min").size()
print([((ten >= low) & (ten <= high)).mean() for low, high in ((0, 1), (2, 2), (3, 10), (11, 1e9))])

floods = 0
for _, mine in data.groupby("position"):
    rate = mine.set_index("raised")["name"].rolling("10min").count()
    level = pd.concat([rate[rate > 10] * 0 + 1, (rate[rate < 5] * 0)]).sort_index()
    floods += int(((level == 1) & (level.shift(fill_value=0) == 0)).sum())

data = data.sort_values(["name", "raised"])
third = data.groupby("name")["raised"].shift(-2) - data["raised"]
start = third < pd.Timedelta("1min")
chattering = (
    start
    | start.groupby(data["name"]).shift(1, fill_value=False)
    | start.groupby(data["name"]).shift(2, fill_value=False)
)
lasted = data["cleared"] - data["raised"]
fleeting = (lasted < pd.Timedelta("1min")) & ~chattering
print(floods, chattering.sum(), fleeting.sum(), (lasted > pd.Timedelta("1D")).sum())

steps = pd.concat(
    [
        pd.DataFrame({"position": data["position"], "at": data["raised"], "step": 1}),
        pd.DataFrame({"position": data["position"], "at": data["cleared"], "step": -1}),
    ]
).sort_values(["position", "at"])
print(steps.groupby("position")["step"].cumsum().groupby(steps["position"]).max().max())
print(data["priority"].value_counts(normalize=True).tolist())
wait = (data["acked"] - data["raised"]).dt.total_seconds()
print(wait.groupby(data["position"]).agg(["mean", "max"]).max().tolist(), wait.median())
print(data["name"].value_counts().head(10).index.tolist())
