"""Which process value moved with a measured feature: candidates for a cause, ranked.

For each process value x (one a part, from while it was made) and the feature y of the same parts:

    r   Pearson's correlation over the parts that have both       t = r sqrt((n - 2) / (1 - r^2))
    p   of t with n - 2 degrees of freedom, two-sided; p_adjusted = min(1, k p) for k values
    evidence = sqrt(n - 3) atanh |r|            Fisher's z: what candidates are ranked by
    before, after: means of x on both sides of the feature's change; difference = after - before,
    difference_p by Welch's t

The feature's change is the split of its series in time with the largest difference between the two
sides, (S_k - k mean)^2 / (k (n - k)) over k, S_k the sum of the first k (Hawkins).
Evidence rather than r ranks, so that a high r of few parts does not stand above a good one of many.
A candidate is where to look, not a proof: what moves at the same time by chance, as a season, is
ranked too.
Sources: R. A. Fisher, Metron 1 (1921); B. L. Welch, Biometrika 34 (1947); D. M. Hawkins, JASA 72
(1977); O. J. Dunn, JASA 56 (1961).
Units: differences in the unit of the process value.
Missing: NaN on either side leaves that part out for that value. A value with fewer than `least`
parts, or that is constant, has no r and stands last; `missing` says why. A side without two parts
has no difference_p.
Errors: ValueError for unequal lengths.

>>> import numpy as np
>>> feature = np.array([1.0, 1.2, 0.9, 1.1, 3.0, 3.2, 2.9, 3.1])
>>> process = np.array([[20.0, 5.0], [20.5, 7.0], [20.2, 6.0], [20.1, 5.5],
...                     [30.0, 6.5], [30.4, 5.2], [30.3, 6.8], [30.1, 5.8]])
>>> found = find_causes(feature, process, ["coolant", "pressure"], least=5)
>>> [(c.name, round(c.correlation, 2), round(c.difference, 2)) for c in found]
[('coolant', 0.99, 10.0), ('pressure', 0.13, 0.2)]
>>> change_point(feature)
4
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casparian.kpi.factors import FloatArray

LEAST = 10
EDGE = 3  # parts that a side of a change has at least


@dataclass(frozen=True)
class Candidate:
    """A process value beside the feature, over n parts; None where `missing` says why."""

    name: str
    n: int
    correlation: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    evidence: float | None = None
    before: float | None = None
    after: float | None = None
    difference: float | None = None
    difference_p: float | None = None
    missing: str = ""


def find_causes(
    feature: FloatArray, process: FloatArray, names: Sequence[str], least: int = LEAST
) -> tuple[Candidate, ...]:
    """Process values (n, k) of the parts of a feature (n,), both in order of time, best first."""
    y, x = np.asarray(feature, dtype=np.float64), np.asarray(process, dtype=np.float64)
    if y.ndim != 1 or x.shape != (len(y), len(names)):
        raise ValueError("a value of each process variable is needed for each part")
    known = ~np.isnan(y)
    y, x = y[known], x[known]
    split = change_point(y)
    later = np.arange(len(y)) >= (len(y) if split is None else split)
    found = [_candidate(name, x[:, i], y, later, least, len(names)) for i, name in enumerate(names)]
    return tuple(sorted(found, key=lambda c: (c.evidence is None, -(c.evidence or 0.0), c.name)))


def change_point(values: FloatArray, edge: int = EDGE) -> int | None:
    """Index of the first value after the largest change, None without any (constant, too few)."""
    n = len(values)
    if n < 2 * edge:
        return None
    moved = values - values[0]  # constant values deviate by exactly 0
    k = np.arange(edge, n - edge + 1)
    apart = np.cumsum(moved)[k - 1] - k * moved.mean()
    gain = apart**2 / (k * (n - k))
    best = int(gain.argmax())
    return int(k[best]) if gain[best] > 0 else None


def _candidate(
    name: str, x: FloatArray, y: FloatArray, later: NDArray[np.bool_], least: int, looked_at: int
) -> Candidate:
    known = ~np.isnan(x)
    x, y, later = x[known], y[known], later[known]
    n = len(x)
    if n < max(least, 4):
        return Candidate(name, n, missing=f"fewer than {max(least, 4)} parts")
    dx, dy = x - x[0], y - y[0]
    dx, dy = dx - dx.mean(), dy - dy.mean()
    scale = math.sqrt(float((dx**2).sum()) * float((dy**2).sum()))
    if not scale > 0:
        return Candidate(name, n, missing="constant")
    r = max(-1.0, min(1.0, float((dx * dy).sum()) / scale))
    p = _p_of_correlation(r, n)
    before, after, difference, difference_p = _sides(x, later)
    return Candidate(
        name, n, r, p, min(1.0, looked_at * p), _evidence(r, n),
        before, after, difference, difference_p,
    )  # fmt: skip


def _evidence(r: float, n: int) -> float:
    # a perfect line is as good as 15 digits can tell
    return math.sqrt(n - 3) * math.atanh(min(abs(r), 1.0 - 1e-15))


def _p_of_correlation(r: float, n: int) -> float:
    from scipy.special import fdtrc

    left = 1.0 - r * r
    return float(fdtrc(1, n - 2, r * r * (n - 2) / left)) if left > 0 else 0.0


def _sides(
    x: FloatArray, later: NDArray[np.bool_]
) -> tuple[float | None, float | None, float | None, float | None]:
    """Means before and after, their difference and its p by Welch."""
    from scipy.special import stdtr

    sides = x[~later], x[later]
    if not all(len(side) for side in sides):
        return None, None, None, None
    before, after = (float(side.mean()) for side in sides)
    if any(len(side) < 2 for side in sides):
        return before, after, after - before, None
    errors = [float(side.var(ddof=1)) / len(side) for side in sides]
    total = sum(errors)
    if not total > 0:
        return before, after, after - before, None
    df = total**2 / sum(e**2 / (len(s) - 1) for e, s in zip(errors, sides, strict=True))
    p = float(2.0 * stdtr(df, -abs(after - before) / math.sqrt(total)))
    return before, after, after - before, p
