"""Specification limits as they count, and values counted against them.

A limit on or beyond a natural bound of the measurement (0 for a flatness) is no specification.
Source: ISO 22514-2; Minitab calls such a limit a boundary. Units: those of the values; Ppm: parts
in a million. Missing: NaN for a limit that is not there, with the reason in `said`; None for what
is counted beyond it. Errors: ValueError where USL <= LSL.

>>> limits_of(0.0, 0.05, bounds=(0.0, None))
Limits(lsl=nan, usl=0.05, target=nan, said=('the lower limit is a natural bound',))
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from casparian.kpi.factors import FloatArray


@dataclass(frozen=True)
class Ppm:
    """Parts in a million beyond the limits; None for a side without a limit."""

    below: float | None
    above: float | None
    total: float | None


@dataclass(frozen=True)
class Limits:
    """Specification limits that are limits, NaN where there is none, and what is missing."""

    lsl: float
    usl: float
    target: float
    said: tuple[str, ...]


def limits_of(
    lsl: float | None,
    usl: float | None,
    target: float | None = None,
    bounds: tuple[float | None, float | None] = (None, None),
) -> Limits:
    """Limits as they count: one that lies on or beyond a natural bound is no specification.

    A limit that is NaN, as a column of a table has it, or infinitely far out is not there. Errors:
    ValueError where usl <= lsl and for an infinite target.
    """
    lsl, usl, target = (None if v is None or math.isnan(v) else v for v in (lsl, usl, target))
    if target is not None and math.isinf(target):
        raise ValueError("an infinite target is none")
    if lsl == math.inf or usl == -math.inf:
        raise ValueError("no value conforms to a limit that is infinite on its own side")
    lsl, usl = None if lsl == -math.inf else lsl, None if usl == math.inf else usl
    if lsl is not None and usl is not None and usl <= lsl:
        raise ValueError("the upper specification limit must lie above the lower one")
    low, high = bounds
    lower, below = _limit(lsl, lsl is not None and low is not None and lsl <= low, "lower")
    upper, above = _limit(usl, usl is not None and high is not None and usl >= high, "upper")
    return Limits(lower, upper, math.nan if target is None else target, (*below, *above))


def _limit(limit: float | None, natural: bool, side: str) -> tuple[float, tuple[str, ...]]:
    """(the limit or NaN, why it is NaN)."""
    if limit is None:
        return math.nan, (f"no {side} specification limit",)
    return (math.nan, (f"the {side} limit is a natural bound",)) if natural else (limit, ())


def observed(x: FloatArray, limits: Limits) -> Ppm:
    """Counted parts in a million strictly beyond the limits."""
    if not len(x):
        return Ppm(None, None, None)
    below = None if math.isnan(limits.lsl) else 1e6 * int((x < limits.lsl).sum()) / len(x)
    above = None if math.isnan(limits.usl) else 1e6 * int((x > limits.usl).sum()) / len(x)
    sides = [side for side in (below, above) if side is not None]
    return Ppm(below, above, sum(sides) if sides else None)


def mean_and_sigma(x: FloatArray) -> tuple[float, float]:
    """Mean and standard deviation (n - 1); taken from the first value, so that constants have 0."""
    if not len(x):
        return math.nan, math.nan
    apart = x - x[0]
    sigma = float(apart.std(ddof=1)) if len(x) > 1 else math.nan
    return float(apart.mean() + x[0]), sigma
