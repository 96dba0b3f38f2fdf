"""Indices of capability from a mean and a sigma, for one characteristic or for many at once.

    Cp  = (USL - LSL) / (6 sigma)        CPL = (mean - LSL) / (3 sigma)     Cpk = min(CPL, CPU)
    Cpm = (USL - LSL) / (6 sqrt(sigma^2 + (mean - T)^2))                    CPU = (USL - mean) / (3 sigma)
    ppm below = 1e6 Phi(-3 CPL), ppm above = 1e6 Phi(-3 CPU), Z bench = -Phi^-1(both together)

With the sigma within subgroups these are Cp and Cpk, with that of all values Pp and Ppk.
Sources: ISO 22514-2; Montgomery, Introduction to Statistical Quality Control, chapter 8 (8.3.3 for
Cpm); NIST/SEMATECH e-Handbook 6.1.6.
Units: indices none; ppm: parts in a million that a normal distribution puts beyond the limit.
Missing: NaN, for a limit that is NaN (not specified) and without spread (sigma not above 0). With
one limit Cpk and Z bench look at that side, and Cp is NaN.
Errors: none; arguments broadcast as in numpy.

>>> import numpy as np
>>> handbook = indices(np.float64(16.0), np.float64(2.0), np.float64(8.0), np.float64(20.0))
>>> [round(float(i), 4) for i in (handbook.both, handbook.lower, handbook.upper, handbook.nearest)]
[1.0, 1.3333, 0.6667, 0.6667]
"""  # noqa: E501

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from casparian.kpi.factors import FloatArray

Number: TypeAlias = FloatArray | np.float64 | float


@dataclass(frozen=True)
class Indices:
    """Figures of one sigma, each of the shape that the arguments broadcast to; NaN: missing.

    both: Cp. lower, upper: CPL, CPU. nearest: Cpk. z_bench: the z that one side alone would have
    with all the parts beyond either limit. ppm_*: expected by the normal distribution.
    """

    both: FloatArray
    lower: FloatArray
    upper: FloatArray
    nearest: FloatArray
    z_bench: FloatArray
    ppm_below: FloatArray
    ppm_above: FloatArray
    ppm_total: FloatArray


def indices(mean: Number, sigma: Number, lsl: Number, usl: Number) -> Indices:
    """All indices of one sigma. lsl, usl: NaN where not specified."""
    spread = np.where(np.asarray(sigma) > 0, sigma, np.nan)
    lower = (np.asarray(mean) - lsl) / (3 * spread)
    upper = (np.asarray(usl) - mean) / (3 * spread)
    both = (np.asarray(usl) - lsl) / (6 * spread)
    return Indices(both, lower, upper, np.fmin(lower, upper), *_beyond(3 * lower, 3 * upper))


def cpm(mean: Number, sigma: Number, lsl: Number, usl: Number, target: Number) -> FloatArray:
    """Cpm: capability about a target; NaN without both limits, target and spread."""
    spread = np.where(np.asarray(sigma) > 0, sigma, np.nan)
    about = np.hypot(spread, np.asarray(mean) - target)
    return np.asarray((np.asarray(usl) - lsl) / (6 * about), dtype=np.float64)


def _beyond(
    lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """(Z bench, ppm below, above, total) of the distances to the limits in sigmas.

    In logarithms, so that a limit 40 sigmas away still has its Z.
    """
    from scipy.special import log_ndtr, ndtri_exp

    below, above = log_ndtr(-lower), log_ndtr(-upper)
    none = np.isnan(below) & np.isnan(above)
    total = np.logaddexp(np.nan_to_num(below, nan=-np.inf), np.nan_to_num(above, nan=-np.inf))
    total = np.where(none, np.nan, total)
    return -ndtri_exp(total), 1e6 * np.exp(below), 1e6 * np.exp(above), 1e6 * np.exp(total)
