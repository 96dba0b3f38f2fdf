"""Gage R and R by average and range, as on AIAG's data sheet and report.

    EV = mean range * K1                          K1 = 1 / d2*(trials, parts * appraisers)
    AV = sqrt((Xdiff K2)^2 - EV^2 / (parts trials))       K2 = 1 / d2*(appraisers, 1)
    PV = Rp K3                                    K3 = 1 / d2*(parts, 1)

mean range: over the ranges of the trials of each part and appraiser. Xdiff: range of the
appraisers' averages. Rp: range of the parts' averages. Where the difference under the root is
negative AV is 0 and `zeroed` names it. The method cannot see an interaction: `interaction` is None.
Source: AIAG, Measurement Systems Analysis, 4th edition (2010), chapter III section B, figures
III-B 15 and 16; K from d2* rather than from tables.
Rounding: a form filled in by hand rounds averages and K to the digits of its boxes and so comes out
up to 1 in 2,000 beside the unrounded result. With `decimals`, those of a reading, this does as the
manual's form does: averages of parts have one decimal more, those of appraisers and the mean range
two more, K four; K1 is for many ranges whatever their number (1 / d2, as its boxes print).
Units: those of the measurement. Missing: see `gage`. Errors: ValueError for fewer than 2 trials,
holes and a tolerance that is not above 0.

>>> import numpy as np
>>> study = np.array([[[4.9, 5.1], [5.0, 5.2]], [[7.0, 7.2], [7.3, 7.3]]])
>>> result = average_range(study, tolerance=10.0)
>>> round(result.ev, 4), round(result.av, 4), round(result.pv, 4), result.ndc
(0.1244, 0.0859, 1.5203, 14)
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.factors import FloatArray
from casparian.kpi.msa.d2star import MANY, divisor
from casparian.kpi.msa.gage import GageStudy, checked_tolerance, why_missing
from casparian.kpi.msa.study import checked


def average_range(
    values: ArrayLike, tolerance: float | None = None, decimals: int | None = None
) -> GageStudy:
    """EV, AV, GRR, PV and TV of an array (parts, appraisers, trials)."""
    grid = checked(values)
    parts, appraisers, trials = grid.shape
    if trials < 2:
        raise ValueError("one trial: repeatability cannot be told from the parts")
    width = checked_tolerance(tolerance)
    ranges = parts * appraisers if decimals is None else MANY + 1
    ev = _mean_range(grid, decimals) * _k(trials, ranges, decimals)
    square = None
    if appraisers > 1:
        apart = _apart(grid.transpose(1, 0, 2), decimals, 2)
        square = (apart * _k(appraisers, 1, decimals)) ** 2 - ev**2 / (parts * trials)
    av = None if square is None else math.sqrt(max(0.0, square))
    pv = _apart(grid, decimals, 1) * _k(parts, 1, decimals) if parts > 1 else None
    return GageStudy(
        "average_range", parts, appraisers, trials, ev, av, None, pv, width,
        ("av",) if square is not None and square < 0 else (),
        why_missing(parts, appraisers, width, math.hypot(ev, av or 0.0)),
    )  # fmt: skip


def _mean_range(grid: FloatArray, decimals: int | None) -> float:
    mean = float(np.ptp(grid, axis=2).mean())
    return mean if decimals is None else round(mean, decimals + 2)


def _apart(grid: FloatArray, decimals: int | None, more: int) -> float:
    """Range of the averages along the first axis."""
    if decimals is not None:
        return float(np.ptp(np.round(grid.mean(axis=(1, 2)), decimals + more)))
    return float(np.ptp((grid - grid.flat[0]).mean(axis=(1, 2))))  # near 0 no digits are lost


def _k(values: int, ranges: int, decimals: int | None) -> float:
    factor = 1.0 / divisor(values, ranges)
    return factor if decimals is None else round(factor, 4)
