"""Capability after a Box-Cox transformation: values and limits taken to where they are normal.

    y = (x^lambda - 1) / lambda, ln x for lambda 0
    log likelihood = -n / 2 ln(mean((y - mean y)^2)) + (lambda - 1) sum ln x

lambda maximises the likelihood between -5 and 5 unless it is given; its confidence interval is
where the log likelihood is at most chi2(level, 1) / 2 lower.
Sources: G. E. P. Box and D. R. Cox, Journal of the Royal Statistical Society B 26 (1964);
ISO 22514-2. Minitab's transformation x^lambda gives the same indices.
Units: as `capability`; mean, sigmas and limits in those of y.
Missing: a specification limit at or below 0 has no y: it is no limit of the transformed values, and
`missing` says so. lambda is None for values without spread.
Errors: ValueError for values that are not above 0, and those of `capability`.

>>> import numpy as np
>>> values = np.exp(np.random.default_rng(4).normal(1.0, 0.2, (40, 5)))
>>> study, power = boxcox(values, lsl=1.0, usl=6.0)
>>> round(power.value, 2), round(power.low, 2), round(power.high, 2), round(study.ppk, 2)
(0.29, -0.27, 0.86, 1.46)
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from casparian.kpi.capability.intervals import LEVEL
from casparian.kpi.capability.study import Capability, capability
from casparian.kpi.factors import FloatArray

ENDS = (-5.0, 5.0)


@dataclass(frozen=True)
class Power:
    """lambda and the ends of its confidence interval, within -5 to 5; None without spread."""

    value: float | None
    low: float | None = None
    high: float | None = None


def boxcox(
    values: FloatArray, lsl: float | None, usl: float | None, *,
    power: float | None = None, target: float | None = None, level: float = LEVEL, **given: Any,
) -> tuple[Capability, Power]:  # fmt: skip
    """Capability of the transformed values. power: lambda, None to fit it; others: `capability`."""
    matrix = np.asarray(values, dtype=np.float64)
    if (matrix <= 0).any():
        raise ValueError("a Box-Cox transformation needs values above 0")
    found = fitted_power(matrix, level) if power is None else Power(power)
    used = 1.0 if found.value is None else found.value
    lower, upper, aim = (_limit(limit, used) for limit in (lsl, usl, target))
    study = capability(transformed(matrix, used), lower, upper, target=aim, level=level, **given)
    lost = [
        f"the {side} limit is not above 0 and has no transformed value"
        for side, limit, there in (("lower", lsl, lower), ("upper", usl, upper))
        if limit is not None and there is None
    ]
    said = (*study.missing, *lost)
    return replace(study, distribution=f"box_cox({used:.4g})", missing=said), found


def transformed(values: FloatArray, power: float) -> FloatArray:
    """y of values above 0, any shape; NaN stays NaN."""
    from scipy.special import boxcox as transform

    return np.asarray(transform(values, power), dtype=np.float64)


def fitted_power(values: FloatArray, level: float = LEVEL) -> Power:
    """lambda by maximum likelihood. values: any shape, above 0, NaN left out."""
    from scipy.optimize import brentq, minimize_scalar
    from scipy.special import chdtri

    x = np.asarray(values, dtype=np.float64)
    logs = np.log(x[~np.isnan(x)])
    if len(logs) < 2 or not np.ptp(logs) > 0:
        return Power(None)
    # the unit of the values is none of lambda's business: near 1 powers lose no digits
    logs = logs - logs.mean()
    best = minimize_scalar(
        lambda p: -_likelihood(logs, p), bounds=ENDS, method="bounded", options={"xatol": 1e-10}
    )
    peak, drop = float(best.x), float(chdtri(1, 1 - level)) / 2

    def lower(p: float) -> float:
        return _likelihood(logs, p) + float(best.fun) + drop

    ends = [float(brentq(lower, *sorted((end, peak)))) if lower(end) < 0 else end for end in ENDS]
    return Power(peak, *ends)


def _likelihood(logs: FloatArray, power: float) -> float:
    """Log likelihood of lambda, less a constant; logs are centred."""
    y = logs if power == 0 else np.expm1(power * logs) / power
    return -len(logs) / 2 * math.log(float(y.var()))


def _limit(limit: float | None, power: float) -> float | None:
    return None if limit is None or limit <= 0 else float(transformed(np.array(limit), power))
