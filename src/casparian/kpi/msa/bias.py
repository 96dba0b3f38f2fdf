"""Bias against a reference, linearity of the bias over the range, and the type-1 study of a gage.

Bias: mean of n readings of one part minus its reference value; t = bias / (sigma_r / sqrt(n)).
sigma_r is the standard deviation (n - 1 degrees of freedom), or with `by_range` the range / d2*
with Patnaik's degrees of freedom, as in the manual's examples.

Linearity: least squares of the bias on the reference, bias = intercept + slope * reference over all
readings; t of both against 0 with n - 2 degrees of freedom, R^2, and for a known process variation
(6 sigma) linearity = |slope| * process variation and its ratio to it, |slope|.

Type 1: Cg = share * tolerance / (width s), Cgk = (share * tolerance / 2 - |bias|) / (width / 2 s)
with share 0.2 and width 6 as most works standards have it (some 4); 1.33 is the usual limit.

Sources: AIAG, Measurement Systems Analysis, 4th edition (2010), chapter III section B; VDA 5 and
ISO 22514-7 for Cg and Cgk.
Units: those of the measurement. p and confidence are probabilities.
Missing: NaN readings are an error, leave them out first. Without spread t and p are None, and so
are Cg and Cgk.
Errors: ValueError for fewer than 2 readings, readings that are not finite, one reference alone
(linearity), a tolerance that is not above 0.

>>> import numpy as np
>>> found = bias(np.array([5.9, 6.0, 6.1, 6.2]), reference=6.0)
>>> round(found.bias, 4), round(found.t, 4), round(found.p, 4)
(0.05, 0.7746, 0.495)
>>> line = linearity(np.array([1.0, 1.0, 2.0, 2.0]), np.array([1.1, 1.3, 2.0, 2.2]))
>>> round(line.slope, 4), round(line.intercept, 4), round(line.r_squared, 4)
(-0.1, 0.3, 0.2)
>>> gage = type_1(np.array([5.9, 6.0, 6.1, 6.2]), reference=6.0, tolerance=6.0)
>>> round(gage.cg, 3), round(gage.cgk, 3)
(1.549, 1.42)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.factors import FloatArray
from casparian.kpi.msa.d2star import d2_star, degrees_of_freedom
from casparian.kpi.msa.gage import checked_tolerance


@dataclass(frozen=True)
class Bias:
    """Bias of n readings. lower, upper: confidence interval of the bias; df: of t."""

    n: int
    mean: float
    bias: float
    sigma: float
    df: float
    t: float | None
    p: float | None
    lower: float
    upper: float


@dataclass(frozen=True)
class Linearity:
    """Regression of the bias on the reference. t and p of slope and intercept against 0.

    sigma: residual standard deviation. linearity, linearity_ratio: None without process variation.
    """

    n: int
    slope: float
    intercept: float
    r_squared: float | None
    sigma: float
    t_slope: float | None
    p_slope: float | None
    t_intercept: float | None
    p_intercept: float | None
    linearity: float | None = None
    linearity_ratio: float | None = None


@dataclass(frozen=True)
class Type1:
    """Cg and Cgk of n readings of one master, None without spread."""

    bias: Bias
    cg: float | None
    cgk: float | None


def bias(
    values: ArrayLike, reference: float, confidence: float = 0.95, by_range: bool = False
) -> Bias:
    """Bias of readings (n,) of a part whose reference value is known."""
    readings = _readings(values, 2)
    n = len(readings)
    apart = readings - reference
    sigma, df = float(apart.std(ddof=1)), float(n - 1)
    if by_range:
        sigma, df = float(np.ptp(apart)) / d2_star(n, 1), degrees_of_freedom(n, 1)
    found = float(apart.mean())
    error = sigma / math.sqrt(n)
    reach = _t_quantile(df, confidence) * error
    t = found / error if error > 0 else None
    return Bias(n, reference + found, found, sigma, df, t, _p(t, df), found - reach, found + reach)


def linearity(
    reference: ArrayLike, values: ArrayLike, process_variation: float | None = None
) -> Linearity:
    """Readings (n,) against the reference value (n,) of the part of each."""
    x, y = _readings(reference, 3), _readings(values, 3)
    if len(x) != len(y):
        raise ValueError("a reference value is needed for each reading")
    y = y - x
    n, apart = len(x), x - x.mean()
    square = float((apart**2).sum())
    if not square > 0:
        raise ValueError("one reference value alone: linearity needs parts over the range")
    slope = float((apart * y).sum()) / square
    intercept = float(y.mean()) - slope * float(x.mean())
    left = float(((y - intercept - slope * x) ** 2).sum())
    total = float(((y - y.mean()) ** 2).sum())
    sigma = math.sqrt(left / (n - 2))
    t_slope = slope * math.sqrt(square) / sigma if sigma > 0 else None
    spread = sigma * math.sqrt(1.0 / n + float(x.mean()) ** 2 / square)
    t_intercept = intercept / spread if spread > 0 else None
    known = process_variation is not None
    return Linearity(
        n, slope, intercept, 1.0 - left / total if total > 0 else None, sigma,
        t_slope, _p(t_slope, n - 2), t_intercept, _p(t_intercept, n - 2),
        abs(slope) * (process_variation or 0.0) if known else None,
        abs(slope) if known else None,
    )  # fmt: skip


def type_1(
    values: ArrayLike, reference: float, tolerance: float, share: float = 0.2, width: float = 6.0
) -> Type1:
    """Cg and Cgk of readings (n,) of one master."""
    allowed = checked_tolerance(tolerance) or 0.0
    found = bias(values, reference)
    if not found.sigma > 0:
        return Type1(found, None, None)
    cg = share * allowed / (width * found.sigma)
    cgk = (share / 2 * allowed - abs(found.bias)) / (width / 2 * found.sigma)
    return Type1(found, cg, cgk)


def _readings(values: ArrayLike, least: int) -> FloatArray:
    readings = np.asarray(values, dtype=np.float64)
    if readings.ndim != 1 or len(readings) < least:
        raise ValueError(f"at least {least} readings are needed")
    if not np.isfinite(readings).all():
        raise ValueError("a missing or infinite reading: leave it out first")
    return readings


def _p(t: float | None, df: float) -> float | None:
    """Two-sided p of Student's t."""
    from scipy.special import stdtr

    return None if t is None else float(2.0 * stdtr(df, -abs(t)))


def _t_quantile(df: float, confidence: float) -> float:
    from scipy.special import stdtrit

    if not 0 < confidence < 1:
        raise ValueError("the confidence lies between 0 and 1")
    return float(stdtrit(df, (1.0 + confidence) / 2))
