"""Capability of what is not normal, by percentiles (ISO 22514-2).

    Pp  = (USL - LSL) / (X99.865 % - X0.135 %)
    PPU = (USL - X50 %) / (X99.865 % - X50 %)       PPL = (X50 % - LSL) / (X50 % - X0.135 %)
    Ppk = min(PPL, PPU)

The percentiles are those of the values (`empirical`, order statistics at p (n + 1)) or of a
distribution fitted by maximum likelihood: normal (the usual Pp and Ppk, but with sigma of n - 1),
lognormal and weibull of two parameters, for values above 0. How well it fits stands beside.
Sources: ISO 22514-2; ISO 22514-4; D'Agostino and Stephens (1986) for the fits.
Units: none for indices; percentiles in the unit of the values; ppm in parts in a million.
Missing: None with a reason in `missing`: the values do not hold a percentile (an empirical 0.135 %
needs 740 of them), a value is not above 0, no spread, one limit (Pp).
Errors: ValueError for an unknown distribution, usl <= lsl and infinite values. NaN is left out.

>>> import numpy as np
>>> values = np.exp(np.random.default_rng(4).normal(1.0, 0.2, 200))
>>> found = by_percentiles(values, lsl=1.0, usl=6.0, distribution="lognormal")
>>> [round(x, 3) for x in (found.low, found.median, found.high, found.ppk)]
[1.506, 2.744, 5.001, 1.409]
>>> by_percentiles(values, lsl=1.0, usl=6.0, distribution="empirical").missing
('200 values do not hold the 0.135 % and 99.865 % percentiles: 740 do',)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from casparian.kpi.capability.limits import Limits, Ppm, limits_of, mean_and_sigma, observed
from casparian.kpi.capability.normality import Fit, anderson_darling, weibull_fit
from casparian.kpi.factors import FloatArray

PERCENTILES = (0.00135, 0.5, 0.99865)
_ENOUGH = 740


@dataclass(frozen=True)
class Percentiles:
    """Indices by percentiles; None where `missing` says why.

    low, median, high: X0.135 %, X50 %, X99.865 %. parameters: of the distribution: mean and sigma
    (normal; lognormal: of the logarithms), shape and scale (weibull). fit: of the distribution.
    ppm_expected: by the distribution; ppm_observed: counted.
    """

    n: int
    distribution: str
    parameters: tuple[float, ...]
    low: float | None
    median: float | None
    high: float | None
    pp: float | None
    ppk: float | None
    ppl: float | None
    ppu: float | None
    ppm_expected: Ppm
    ppm_observed: Ppm
    fit: Fit | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Fitted:
    parameters: tuple[float, ...]
    quantile: Callable[[float], float | None]
    share_below: Callable[[float], float] | None
    fit: Fit | None
    missing: tuple[str, ...] = ()


def by_percentiles(
    values: FloatArray, lsl: float | None, usl: float | None, distribution: str = "empirical",
    bounds: tuple[float | None, float | None] = (None, None),
) -> Percentiles:  # fmt: skip
    """Capability (m,) by percentiles. distribution: of DISTRIBUTIONS; bounds: see `capability`."""
    if distribution not in DISTRIBUTIONS:
        raise ValueError(
            f"no distribution {distribution!r}: take one of {', '.join(DISTRIBUTIONS)}"
        )
    flat = np.asarray(values, dtype=np.float64).ravel()
    x = flat[~np.isnan(flat)]
    if np.isinf(x).any():
        raise ValueError("an infinite value is no measurement")
    limits = limits_of(lsl, usl, None, bounds)
    fitted = DISTRIBUTIONS[distribution](x)
    low, median, high = (fitted.quantile(p) for p in PERCENTILES)
    ppl = _ratio(median, limits.lsl, median, low)
    ppu = _ratio(limits.usl, median, high, median)
    sides = [side for side in (ppl, ppu) if side is not None]
    return Percentiles(
        n=len(x), distribution=distribution, parameters=fitted.parameters,
        low=low, median=median, high=high, pp=_ratio(limits.usl, limits.lsl, high, low),
        ppk=min(sides, default=None), ppl=ppl, ppu=ppu,
        ppm_expected=_expected(fitted.share_below, limits), ppm_observed=observed(x, limits),
        fit=fitted.fit, missing=(*limits.said, *fitted.missing),
    )  # fmt: skip


def _ratio(
    far: float | None, near: float | None, high: float | None, low: float | None
) -> float | None:
    """(far - near) / (high - low), None where one of them is missing or nothing lies between."""
    if far is None or near is None or high is None or low is None or not high > low:
        return None
    found = (far - near) / (high - low)
    return None if math.isnan(found) else found


def _expected(share_below: Callable[[float], float] | None, limits: Limits) -> Ppm:
    if share_below is None:
        return Ppm(None, None, None)
    below = None if math.isnan(limits.lsl) else 1e6 * share_below(limits.lsl)
    above = None if math.isnan(limits.usl) else 1e6 * (1 - share_below(limits.usl))
    sides = [side for side in (below, above) if side is not None]
    return Ppm(below, above, sum(sides) if sides else None)


def _nothing(*why: str) -> _Fitted:
    return _Fitted((), lambda _: None, None, None, why)


def _empirical(x: FloatArray) -> _Fitted:
    n, ordered = len(x), np.sort(x)
    too_few = f"{n:,} values do not hold the 0.135 % and 99.865 % percentiles: {_ENOUGH} do"

    def quantile(p: float) -> float | None:
        place = p * (n + 1) - 1
        if not 0 <= place <= n - 1:
            return None
        whole = min(int(place), n - 2) if n > 1 else 0
        after = ordered[min(whole + 1, n - 1)]
        return float(ordered[whole] + (place - whole) * (after - ordered[whole]))

    return _Fitted((), quantile, None, None, () if n >= _ENOUGH else (too_few,))


def _normal(x: FloatArray) -> _Fitted:
    mean, sigma = mean_and_sigma(x)
    if not sigma > 0:
        return _nothing("no spread of the values")
    return _from_normal(mean, sigma, anderson_darling(x), float, float)


def _lognormal(x: FloatArray) -> _Fitted:
    if not len(x) or x.min() <= 0:
        return _nothing("a lognormal distribution needs values above 0")
    logs = np.log(x)
    mean, sigma = mean_and_sigma(logs)
    if not sigma > 0:
        return _nothing("no spread of the values")
    return _from_normal(
        mean, sigma, anderson_darling(logs), math.exp, lambda v: math.log(v) if v > 0 else -math.inf
    )


def _from_normal(
    mean: float, sigma: float, fit: Fit,
    back: Callable[[float], float], there: Callable[[float], float],
) -> _Fitted:  # fmt: skip
    """A distribution whose values are normal once taken `there`."""
    from scipy.special import ndtr, ndtri

    return _Fitted(
        (mean, sigma),
        lambda p: back(mean + sigma * float(ndtri(p))),
        lambda value: float(ndtr((there(value) - mean) / sigma)),
        fit,
    )


def _weibull(x: FloatArray) -> _Fitted:
    if not len(x) or x.min() <= 0:
        return _nothing("a Weibull distribution needs values above 0")
    if not np.ptp(x) > 0:
        return _nothing("no spread of the values")
    shape, scale = weibull_parameters(x)
    power = (np.sort(x) / scale) ** shape
    return _Fitted(
        (shape, scale),
        lambda p: float(scale * (-math.log1p(-p)) ** (1 / shape)),
        lambda value: -math.expm1(-((max(value, 0.0) / scale) ** shape)),
        weibull_fit(np.log(-np.expm1(-power)), -power),
    )


def weibull_parameters(x: FloatArray) -> tuple[float, float]:
    """(shape, scale) by maximum likelihood; values above 0 with spread."""
    from scipy.optimize import brentq

    logs = np.log(x / x.max())
    mean = float(logs.mean())

    def slope(shape: float) -> float:
        weight = np.exp(shape * logs)
        return float((weight * logs).sum() / weight.sum()) - 1 / shape - mean

    guess = 1.28 / float(logs.std())
    shape = float(brentq(slope, guess * 1e-3, guess * 1e3, xtol=1e-12 * guess))
    scale = float(x.max()) * float(np.exp(shape * logs).mean()) ** (1 / shape)
    return shape, scale


DISTRIBUTIONS: dict[str, Callable[[FloatArray], _Fitted]] = {
    "empirical": _empirical,
    "normal": _normal,
    "lognormal": _lognormal,
    "weibull": _weibull,
}
