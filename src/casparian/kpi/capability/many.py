"""Capability of many characteristics at once: the same figures as `capability`, as arrays.

Formulas, sources, units: see the package and `index`; sigma within is the mean range / d2.
Missing: NaN. Values must be there: characteristics with NaN go through `capability` one by one.
Errors: ValueError for NaN, infinite values and no cube of subgroups of at least 2.

>>> import numpy as np
>>> values = np.array([[9.0, 11.0], [10.0, 12.0], [8.0, 10.0]])
>>> found = many(np.stack([values, values + 1]), lsl=4.0, usl=np.array([16.0, np.nan]))
>>> found.within.nearest.round(4).tolist(), found.overall.both.round(4).tolist()
([1.1284, 1.3164], [1.4142, nan])
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casparian.kpi.capability.index import Indices, Number, cpm, indices
from casparian.kpi.factors import FloatArray, chart_factors


@dataclass(frozen=True)
class Many:
    """Figures of c characteristics, each (c,). within: Cp, Cpk and theirs; overall: Pp, Ppk."""

    n: int
    mean: FloatArray
    sigma_within: FloatArray
    sigma_overall: FloatArray
    within: Indices
    overall: Indices
    cpm: FloatArray


def many(values: FloatArray, lsl: Number, usl: Number, target: Number = np.nan) -> Many:
    """Capability of c characteristics with k subgroups of n values each, (c, k, n).

    lsl, usl, target: (c,) or one for all; NaN, or infinite for a limit, where there is none.
    """
    cube = np.asarray(values, dtype=np.float64)
    if cube.ndim != 3 or cube.shape[2] < 2:
        raise ValueError("subgroups of at least 2 values are needed: (characteristic, subgroup, n)")
    if not np.isfinite(cube).all():
        raise ValueError("a missing measurement: such a characteristic is judged by itself")
    lsl, usl = (np.where(np.isinf(limit), np.nan, limit) for limit in (lsl, usl))
    count = cube.shape[1] * cube.shape[2]
    origin = cube[:, :1, :1]
    apart = (cube - origin).reshape(len(cube), count)
    shift = apart.mean(axis=1)
    square = np.einsum("ij,ij->i", apart, apart) - count * shift * shift
    mean, overall = shift + origin.ravel(), np.sqrt(np.maximum(square, 0.0) / (count - 1))
    ranges = cube.max(axis=2) - cube.min(axis=2)
    within = ranges.mean(axis=1) / chart_factors(cube.shape[2]).d2
    return Many(
        count, mean, within, overall,
        indices(mean, within, lsl, usl), indices(mean, overall, lsl, usl),
        cpm(mean, overall, lsl, usl, target),
    )  # fmt: skip
