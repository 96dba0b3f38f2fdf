"""Capability of a process against its specification limits.

    Cp = (USL - LSL) / (6 sigma)          Cpk = min(USL - mean, mean - LSL) / (3 sigma)
    Pp, Ppk: the same with the overall standard deviation s (n - 1)

Cp and Cpk use the short-term sigma within subgroups, mean range / d2; Pp and Ppk the spread of all
single values.
Sources: ISO 22514-2; D. C. Montgomery, Introduction to Statistical Quality Control, chapter 8;
AIAG, Statistical Process Control, 2nd edition.
Units: none; values and limits share the unit of the measurement.
Missing: a limit that is not specified is None: with one limit Cpk and Ppk look at that side and
Cp and Pp are None; `missing` says so. Without spread (sigma 0) there is no index.
Errors: ValueError for NaN, for subgroups of fewer than 2 values and where USL <= LSL.

>>> import numpy as np
>>> values = np.array([[9.0, 11.0], [10.0, 12.0], [8.0, 10.0]])
>>> result = capability(values, lsl=4.0, usl=16.0)
>>> round(result.cp, 4), round(result.cpk, 4), round(result.pp, 4), round(result.ppk, 4)
(1.1284, 1.1284, 1.4142, 1.4142)
"""

from __future__ import annotations

from dataclasses import dataclass

from casparian.kpi.factors import FloatArray, chart_factors
from casparian.kpi.spc import xbar_and_range


@dataclass(frozen=True)
class Capability:
    """Indices of n single values, None where `missing` says why.

    mean, sigma_within, sigma_overall: in the unit of the measurement.
    """

    n: int
    mean: float
    sigma_within: float
    sigma_overall: float
    cp: float | None
    cpk: float | None
    pp: float | None
    ppk: float | None
    missing: tuple[str, ...] = ()


def capability(values: FloatArray, lsl: float | None, usl: float | None) -> Capability:
    """Cp, Cpk, Pp and Ppk of subgroups (k, n) against the specification limits."""
    if lsl is not None and usl is not None and usl <= lsl:
        raise ValueError("the upper specification limit must lie above the lower one")
    spread = xbar_and_range(values)[1]
    mean = float(values.mean())
    within = float(spread.mean()) / chart_factors(values.shape[1]).d2
    overall = float(values.std(ddof=1))
    cp, cpk = _indices(mean, within, lsl, usl)
    pp, ppk = _indices(mean, overall, lsl, usl)
    said = _missing(lsl, usl, within)
    return Capability(values.size, mean, within, overall, cp, cpk, pp, ppk, said)


def _indices(
    mean: float, sigma: float, lsl: float | None, usl: float | None
) -> tuple[float | None, float | None]:
    """(index of the spread, index of the spread and the place) for one sigma."""
    if not sigma > 0:
        return None, None
    sides = [usl - mean] if usl is not None else []
    sides += [mean - lsl] if lsl is not None else []
    place = min(sides) / (3 * sigma) if sides else None
    both = (usl - lsl) / (6 * sigma) if usl is not None and lsl is not None else None
    return both, place


def _missing(lsl: float | None, usl: float | None, within: float) -> tuple[str, ...]:
    said = [
        "no lower specification limit" if lsl is None else "",
        "no upper specification limit" if usl is None else "",
        "no spread within subgroups" if not within > 0 else "",
    ]
    return tuple(s for s in said if s)
