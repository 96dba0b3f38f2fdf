"""Charts that remember: EWMA and the tabular CUSUM, for small shifts of the mean.

    EWMA   z_i = w x_i + (1 - w) z_(i-1), z_0 = target
           limits: target +- L sigma sqrt(w / (2 - w) (1 - (1 - w)^(2 i)))
    CUSUM  C+_i = max(0, C+_(i-1) + x_i - target - k sigma)
           C-_i = max(0, C-_(i-1) + target - k sigma - x_i), signal: C > h sigma
           C_0 = 0, or a head start, often h sigma / 2 (Lucas and Crosier, Technometrics 24, 1982)

Sources: S. W. Roberts, Technometrics 1 (1959); E. S. Page, Biometrika 41 (1954); D. C. Montgomery,
Introduction to Statistical Quality Control, chapter 9; NIST/SEMATECH e-Handbook, section 6.3.2.
x are single values or means; sigma is then that of a mean. Both recurrences are computed for all
charts at once, in log2(k) passes over the points instead of a loop (a scan of composed steps).
Units: those of the measurement; `run` is a number of points. Missing: NaN is refused, for all that
follows on the chart would be NaN. Errors: ValueError for NaN, infinity, a weight outside 0 to 1 (0
excluded), a head start outside 0 to h, and where shapes do not fit.

>>> found = ewma([9.45, 7.99, 9.29], target=10.0, sigma=1.0, weight=0.1, width=2.7)
>>> found.value.round(4).tolist(), found.ucl.round(4).tolist()
([9.945, 9.7495, 9.7036], [10.27, 10.3632, 10.424])
>>> sums = cusum([9.45, 7.99, 9.29, 11.66], target=10.0, sigma=1.0)
>>> sums.upper.round(2).tolist(), sums.lower.round(2).tolist()
([0.0, 0.0, 0.0, 1.16], [0.05, 1.56, 1.77, 0.0])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.factors import FloatArray
from casparian.kpi.spc.line import IntArray

Pair = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Ewma:
    """Points of an EWMA chart (k,) in the order given: value and its limits."""

    value: FloatArray
    center: FloatArray
    lcl: FloatArray
    ucl: FloatArray

    def violations(self) -> IntArray:
        """Indices of the points beyond their limits."""
        return np.flatnonzero((self.value > self.ucl) | (self.value < self.lcl))


@dataclass(frozen=True)
class Cusum:
    """Points of a tabular CUSUM (k,) in the order given.

    upper, lower: C+ and C-, both 0 or more. upper_run, lower_run: points since each was last 0, so
    that a shift began about so many points ago. limit: h sigma.
    """

    upper: FloatArray
    lower: FloatArray
    upper_run: IntArray
    lower_run: IntArray
    limit: FloatArray

    def violations(self) -> dict[str, IntArray]:
        """Indices of the points whose sum is over the limit, "upper" and "lower"."""
        return {
            "upper": np.flatnonzero(self.upper > self.limit),
            "lower": np.flatnonzero(self.lower > self.limit),
        }


def ewma(
    values: ArrayLike,
    target: ArrayLike,
    sigma: ArrayLike,
    weight: float = 0.2,
    width: float = 3.0,
    chart: ArrayLike | None = None,
) -> Ewma:
    """EWMA of values (k,) in the order of time within their chart.

    target, sigma: of phase I, one number or (k,). weight: of the newest value. width: of the
    limits, in sigmas. chart: (k,) keys in any order; None where all are on one.
    """
    if not 0.0 < weight <= 1.0:
        raise ValueError("the weight of an EWMA lies between 0 and 1")
    x, center, spread, order, place = _prepared(values, target, sigma, chart)
    keep = np.where(place == 0, 0.0, 1.0 - weight)
    step = weight * (x - center)
    value = center + _scan(keep, step, _after_weighting)
    reach = (
        weight
        / (2.0 - weight)
        * -np.expm1(2.0 * (place + 1) * np.log1p(-weight) if weight < 1.0 else -np.inf)
    )
    reach = width * spread * np.sqrt(reach)
    back = np.argsort(order)
    return Ewma(value[back], center[back], (center - reach)[back], (center + reach)[back])


def cusum(
    values: ArrayLike,
    target: ArrayLike,
    sigma: ArrayLike,
    k: float = 0.5,
    h: float = 5.0,
    chart: ArrayLike | None = None,
    head_start: float = 0.0,
) -> Cusum:
    """Tabular CUSUM of values (k,) in the order of time within their chart.

    target, sigma: of phase I, one number or (k,). k, h: allowance and limit in sigmas, 0.5 for half
    of a shift of one sigma. chart: (k,) keys in any order; None where all are on one. head_start:
    where both sums begin, in sigmas.
    """
    if not 0.0 <= head_start < h:
        raise ValueError("the head start of a CUSUM lies between 0 and its limit")
    x, center, spread, order, place = _prepared(values, target, sigma, chart)
    back = np.argsort(order)
    begun = np.where(place == 0, head_start * spread, 0.0) - k * spread
    upper, lower = (_summed(sign * (x - center) + begun, place) for sign in (1.0, -1.0))
    return Cusum(
        upper[back], lower[back],
        _run(upper, place)[back], _run(lower, place)[back], (h * spread)[back],
    )  # fmt: skip


def _summed(step: FloatArray, place: IntArray) -> FloatArray:
    """max(0, sum before + step) along each chart."""
    return _scan(np.where(place == 0, -np.inf, step), np.maximum(step, 0.0), _after_adding)


def _run(total: FloatArray, place: IntArray) -> IntArray:
    """Points since the sum was last 0, within the chart."""
    at = np.arange(len(total))
    begun = np.where(total == 0.0, at, np.where(place == 0, at - 1, -1))
    return np.asarray(at - np.maximum.accumulate(begun) if len(at) else at)


def _scan(keep: FloatArray, value: FloatArray, after: Callable[[Pair, Pair], Pair]) -> FloatArray:
    """Runs a recurrence over all points by composing its steps in pairs, fours, eights, …"""
    shift = 1
    while shift < len(value):
        before = keep[:-shift], value[:-shift]
        new = after((keep[shift:], value[shift:]), before)
        keep, value = (
            np.concatenate([old[:shift], one]) for old, one in zip((keep, value), new, strict=True)
        )
        shift *= 2
    return value


def _after_weighting(step: Pair, before: Pair) -> Pair:
    """x -> keep x + value, after another such step."""
    return step[0] * before[0], step[0] * before[1] + step[1]


def _after_adding(step: Pair, before: Pair) -> Pair:
    """x -> max(value, x + keep), after another such step."""
    return step[0] + before[0], np.maximum(step[1], before[1] + step[0])


def _prepared(
    values: ArrayLike, target: ArrayLike, sigma: ArrayLike, chart: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray, IntArray, IntArray]:
    """Values, targets and sigmas with charts together, the order made, places in the chart."""
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise ValueError("values are given as one array (k,) without a missing or infinite one")
    center, spread = (np.broadcast_to(np.asarray(v, np.float64), x.shape) for v in (target, sigma))
    key = np.zeros(len(x), dtype=np.int8) if chart is None else np.asarray(chart)
    if key.shape != x.shape:
        raise ValueError("each value needs the key of its chart")
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    place = np.arange(len(x)) - np.searchsorted(ordered, ordered)
    return x[order], center[order], spread[order], order, place
