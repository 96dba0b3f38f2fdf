"""Charts of counts: p and np for defective items, c and u for defects, Laney's p' and u'.

With d counted in n inspected (items for p and np, units of opportunity for c and u):

    chart   value  centre           sigma of a point
    p       d / n  sum(d) / sum(n)  sqrt(p (1 - p) / n)
    np      d      n p              sqrt(n p (1 - p))
    c       d      mean d           sqrt(c)
    u       d / n  sum(d) / sum(n)  sqrt(u / n)
    laney_p, laney_u   as p and u, with sigma times mean moving range of z / d2(2)

where z = (value - centre) / sigma of p or u.

Each point has limits by its own n; a limit is not below 0, that of a share not above 1. Laney's
charts are for large n, where the spread between samples is more than counting alone explains.

Sources: D. C. Montgomery, Introduction to Statistical Quality Control, chapter 7; ISO 7870-2;
D. B. Laney, Improved Control Charts for Attributes, Quality Engineering 14 (2002).
Units: counts and items; p is 0 to 1, never clipped. Missing: a point with NaN or nothing inspected
has no value and is in no limit. Laney's sigma is NaN with fewer than two points in phase I.
Errors: ValueError for negative counts, shares in place of items, more defective than inspected, an
unknown chart, unequal n on a c chart, a chart without a point in phase I, points on a chart that
has no limits.

>>> limits = attribute_limits("p", [12, 8, 6, 9], [100, 80, 80, 100])
>>> limits.center.round(4).tolist()
[0.0972]
>>> points = attribute_points([20, 3], [110, 40], limits)
>>> points.value.round(3).tolist(), points.ucl.round(3).tolist(), points.lcl.round(3).tolist()
([0.182, 0.075], [0.182, 0.238], [0.012, 0.0])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.factors import FloatArray, chart_factors
from casparian.kpi.spc.line import BoolArray, IntArray
from casparian.kpi.spc.phase import Baseline, chart_codes, in_phase_1, place_of
from casparian.kpi.spc.points import ControlPoints
from casparian.kpi.spc.subgroups import moving_ranges

CountKind = Literal["p", "np", "c", "u", "laney_p", "laney_u"]
KINDS: tuple[CountKind, ...] = ("p", "np", "c", "u", "laney_p", "laney_u")
SHARES = ("p", "np", "laney_p")


@dataclass(frozen=True)
class AttributeLimits:
    """Limits of c charts of one kind from their phase I, each array (c,), read-only.

    chart: keys, rising. baseline: points behind the limits. counted: defective items or defects of
    phase I. inspected: in what (items, units; points on a c chart). inflation: Laney's factor of
    sigma, 1 elsewhere. size: what every point of a c chart inspected; NaN for other kinds.
    """

    kind: CountKind
    chart: NDArray[Any]
    baseline: IntArray
    counted: FloatArray
    inspected: FloatArray
    inflation: FloatArray
    size: FloatArray

    def __post_init__(self) -> None:
        for name in ("chart", "baseline", "counted", "inspected", "inflation", "size"):
            frozen = getattr(self, name).copy()
            frozen.setflags(write=False)
            object.__setattr__(self, name, frozen)

    @property
    def center(self) -> FloatArray:
        """Share of defective items (p, np), defects of a point (c) or of a unit (u), (c,)."""
        return self.counted / self.inspected


def attribute_limits(
    kind: CountKind,
    counts: ArrayLike,
    sizes: ArrayLike,
    baseline: Baseline | None = None,
    exclude: BoolArray | None = None,
    chart: ArrayLike | None = None,
) -> AttributeLimits:
    """Limits of each chart from its phase I.

    counts, sizes: (k,) defective items or defects, and what was inspected, in the order of time
    within the chart; one number where all sizes are equal. baseline, exclude: as for
    `variables_limits`; None for all points. chart: (k,) keys; None where all are on one.
    """
    count, size, key = _checked(kind, counts, sizes, chart)
    names, code = chart_codes(key)
    used = in_phase_1(key, len(key) or 1 if baseline is None else baseline, exclude)
    used &= ~np.isnan(count)
    behind = np.bincount(code[used], minlength=len(names))
    if not behind.all() or not len(names):
        raise ValueError("a chart has no point in phase I")
    inspected = np.bincount(code[used], size[used], len(names)).astype(np.float64)
    same = inspected / behind if kind == "c" else np.full(len(names), np.nan)
    _same_size(kind, size, same[code])
    total = np.bincount(code[used], count[used], len(names)).astype(np.float64)
    if kind == "c":
        inspected = behind.astype(np.float64)
    center = total / inspected
    inflation = np.ones(len(names))
    if kind.startswith("laney"):
        z = (count / size - center[code]) / _sigma(kind, center[code], size)
        inflation = _moving(z[used], code[used], len(names))
    return AttributeLimits(kind, names, behind, total, inspected, inflation, same)


def attribute_points(
    counts: ArrayLike, sizes: ArrayLike, limits: AttributeLimits, chart: ArrayLike | None = None
) -> ControlPoints:
    """The points of counts on charts with the given, frozen limits; arguments as for the limits."""
    count, size, key = _checked(limits.kind, counts, sizes, chart)
    place = place_of(key, limits.chart)
    _same_size(limits.kind, size, limits.size[place])
    center, whole = limits.center[place], limits.kind in ("np", "c")
    none = np.full(len(count), np.nan)
    return ControlPoints(
        chart=key,
        label=np.arange(len(count)),
        size=size,
        value=count if whole else count / size,
        center=_own(limits, place, size) if limits.kind == "np" else center,
        sigma=_sigma(limits.kind, center, size) * limits.inflation[place],
        spread=none,
        spread_center=none,
        spread_lcl=none,
        spread_ucl=none,
        lowest=0.0,
        highest=1.0 if limits.kind in ("p", "laney_p") else np.inf,
    )


def _own(limits: AttributeLimits, place: IntArray, size: FloatArray) -> FloatArray:
    """Expected count of each point; multiplied first, so that a constant count is its centre."""
    return np.asarray(limits.counted[place] * size / limits.inspected[place])


def _sigma(kind: CountKind, center: FloatArray, size: FloatArray) -> FloatArray:
    """Standard deviation of each point by counting alone."""
    variance = center * (1.0 - center) if kind in SHARES else center
    if kind == "np":
        return np.sqrt(variance * size)
    return np.sqrt(variance) if kind == "c" else np.sqrt(variance / size)


def _moving(z: FloatArray, code: IntArray, charts: int) -> FloatArray:
    """Standard deviation of z on each chart by its mean moving range."""
    order = np.argsort(code, kind="stable")
    spread, of = moving_ranges(z[order], code[order]), code[order]
    known = ~np.isnan(spread)
    pairs = np.bincount(of[known], minlength=charts)
    added = np.bincount(of[known], spread[known], charts)
    mean = np.divide(added, pairs, out=np.full(charts, np.nan), where=pairs > 0)
    return np.asarray(mean / chart_factors(2).d2)


def _checked(
    kind: CountKind, counts: ArrayLike, sizes: ArrayLike, chart: ArrayLike | None
) -> tuple[FloatArray, FloatArray, NDArray[Any]]:
    """Counts, sizes and keys; both figures NaN where nothing was inspected or one is missing."""
    if kind not in KINDS:
        raise ValueError(f"no chart is called {kind!r}: {', '.join(KINDS)}")
    count = np.array(counts, dtype=np.float64)
    size = np.array(np.broadcast_to(np.asarray(sizes, dtype=np.float64), count.shape))
    key = np.zeros(len(count), dtype=np.int8) if chart is None else np.asarray(chart)
    if key.shape != count.shape:
        raise ValueError("each count needs the key of its chart")
    if (count < 0).any() or (size < 0).any():
        raise ValueError("a count is not negative")
    if kind in SHARES and (count % 1 > 0).any():
        raise ValueError("defective items are whole: give how many, not their share")
    if kind in SHARES and (count > size).any():
        raise ValueError("more are defective than were inspected")
    gone = np.isnan(count) | np.isnan(size) | (size == 0)
    count[gone] = size[gone] = np.nan
    return count, size, key


def _same_size(kind: CountKind, size: FloatArray, same: FloatArray) -> None:
    if kind == "c" and (np.abs(size - same) > 1e-9 * same).any():
        raise ValueError("a c chart needs the same opportunity at each point: take a u chart")
