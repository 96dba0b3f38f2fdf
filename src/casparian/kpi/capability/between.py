"""Capability where a process is set anew for each subgroup: spread between and within them.

    Sw      sigma within subgroups, by a method of `spread`
    Sx      sigma of the subgroups' means: mean moving range / d2(2), or a method of individuals
    Sb      sqrt(max(0, Sx^2 - Sw^2 mean(1 / n)))           between subgroups
    Sb/w    sqrt(Sb^2 + Sw^2)                               between and within
    Cp B/W  (USL - LSL) / (6 Sb/w), Cpk, CPL, CPU and ppm as `index`, with Sb/w

A roll, batch or set-up differs from the next one, and all that differ are the process: neither Cp,
which leaves out what is between subgroups, nor the limits of an X-bar chart, which come from within
them, fit. The moving range keeps slow drifts out of Sb; they are in Pp.
Sources: Minitab, Capability Analysis (Between/Within); D. J. Wheeler, Advanced Topics in
Statistical Process Control (1995). Minitab's defaults are these: Sw pooled and unbiased by c4, Sx
by the mean moving range.
Units: those of the measurement, indices none. Missing: None with a sentence in `missing`: Sw needs
a subgroup of two values, Sx two subgroups. A Sb^2 below 0 is 0, and `zeroed` says so. Limits and
NaN as in `capability`.
Errors: ValueError as in `capability`, for values without subgroups and a method that is not of
subgroups (`method`) or of individuals (`between`).

>>> import numpy as np
>>> rolls = np.array([[9.0, 11.0], [14.0, 16.0], [7.0, 9.0], [12.0, 10.0]])
>>> found = between_within(rolls, lsl=0.0, usl=24.0)
>>> [round(s, 4) for s in (found.within, found.between, found.sigma) if s is not None]
[1.5045, 4.3015, 4.5571]
>>> round(found.cp, 4), round(found.cpk, 4), round(found.study.pp, 4)
(0.8778, 0.8046, 1.3663)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi import spc
from casparian.kpi.capability import index
from casparian.kpi.capability.limits import Ppm, limits_of
from casparian.kpi.capability.study import Capability, capability, known
from casparian.kpi.spc.sigma import OF_INDIVIDUALS, Method, sigma_of

NO_MEANS = "one subgroup: nothing between subgroups"


@dataclass(frozen=True)
class BetweenWithin:
    """sigma: Sb/w. cp, cpk, cpl, cpu, z, ppm: with it. study: the same values by `capability`.

    within, between, means: Sw, Sb, Sx. zeroed: Sb came out below 0. Figures None: see `missing`.
    """

    study: Capability
    within: float | None
    means: float | None
    between: float | None
    sigma: float | None
    cp: float | None
    cpk: float | None
    cpl: float | None
    cpu: float | None
    z: float | None
    ppm: Ppm
    zeroed: bool
    missing: tuple[str, ...]


def between_within(
    values: ArrayLike, lsl: float | None, usl: float | None, *, labels: ArrayLike | None = None,
    method: Method = "pooled_unbiased", between: Method = "moving_range",
    bounds: tuple[float | None, float | None] = (None, None), **given: Any,
) -> BetweenWithin:  # fmt: skip
    """Capability of subgroups in the order in which they were made.

    values: (k, n), a subgroup a row, or (m,) with labels (m,) that rise with time. method: of Sw.
    between: of Sx. Others: `capability`.
    """
    matrix = np.asarray(values, dtype=np.float64)
    if method in OF_INDIVIDUALS or between not in OF_INDIVIDUALS:
        raise ValueError("take a method of subgroups for method and one of individuals for between")
    if labels is None and (matrix.ndim != 2 or matrix.shape[1] < 2):
        raise ValueError("between and within need subgroups: rows of values, or labels")
    study = capability(matrix, lsl, usl, labels=labels, method=method, bounds=bounds, **given)
    rows = np.repeat(np.arange(len(matrix)), matrix.shape[1]) if labels is None else labels
    groups = spc.subgroups_of(matrix.ravel(), np.asarray(rows))
    within = math.nan if study.sigma_within is None else study.sigma_within
    means = float(sigma_of(spc.individuals(groups.mean), between)[0]) if len(groups) else math.nan
    square = means**2 - within**2 * float(np.mean(1.0 / groups.size)) if len(groups) else math.nan
    limits = limits_of(lsl, usl, None, bounds)
    apart = math.sqrt(max(0.0, square)) if not math.isnan(square) else math.nan
    sigma = math.hypot(apart, within) if not math.isnan(apart) else math.nan
    mean = math.nan if study.mean is None else study.mean
    found = index.indices(mean, sigma, limits.lsl, limits.usl)
    said = (NO_MEANS,) if math.isnan(means) and len(groups) else ()
    return BetweenWithin(
        study, study.sigma_within, known(means), known(apart), known(sigma),
        known(found.both), known(found.nearest), known(found.lower), known(found.upper),
        known(found.z_bench),
        Ppm(known(found.ppm_below), known(found.ppm_above), known(found.ppm_total)),
        square < 0, (*study.missing, *said),
    )  # fmt: skip
