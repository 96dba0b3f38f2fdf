"""Charts of measured values: X-bar and R, X-bar and S, individuals and moving range.

Phase I gives the limits, frozen and immutable; they are then applied to any points, each by the
size of its own subgroup. With n values in a subgroup and the factors of `kpi.factors`:

    chart   sigma of single values, by MVLUE                spread chart
    xbar_r  sum(w R / d2) / sum(w), w = (d2 / d3)^2         d2 sigma +- 3 d3 sigma
    xbar_s  sum(w s / c4) / sum(w), w = c4^2 / (1 - c4^2)   c4 sigma +- 3 sqrt(1 - c4^2) sigma
    i_mr    mean moving range of 2 / d2(2)                  d2(2) sigma +- 3 d3(2) sigma

    X-bar, I: centre +- 3 sigma / sqrt(n), centre = sum(n mean) / sum(n)

The weighted estimators are the minimum variance linear unbiased ones (I. W. Burr, Journal of
Quality Technology 1, 1969; MVLUE-R and MVLUE-SD of R's qcc); with equal sizes they are the
mean range / d2 and mean s / c4 of Montgomery, of ISO 7870-2 and of ASTM E2587. Limits of spread
are not below 0.
Which chart: `chart_of_size`, the policy of the marts: I-MR for single values, R up to 10, S above,
where R wastes what the values between its ends say.

Units: those of the measurement. Missing: a single value among subgroups counts for the centre and
has no point on the spread chart (NaN). A chart whose phase I shows no spread (all subgroups single)
has sigma NaN, hence no limits, and says so in `missing`; constant data has sigma 0.
Errors: ValueError for a chart without a point in phase I, for an unknown chart kind, for arrays
that differ in length, and where points lie on a chart that has no limits.

>>> import numpy as np
>>> from casparian.kpi.spc.subgroups import subgroups_in_rows
>>> phase_1 = subgroups_in_rows([[9.0, 11.0], [10.0, 12.0, 8.0], [10.0, 10.0]])
>>> limits = variables_limits(phase_1, "xbar_r")
>>> limits.center.round(3).tolist(), limits.sigma.round(3).tolist()
([10.0], [1.638])
>>> points = control_points(subgroups_in_rows([[14.0, 15.0], [9.0, 10.0, 11.0]]), limits)
>>> points.ucl.round(3).tolist(), points.spread_ucl.round(3).tolist()
([13.474, 12.837], [6.037, 7.137])
>>> points.violations()["WE1"].tolist(), points.spread_violations().tolist()
([0], [])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from casparian.kpi.factors import FloatArray, sizes_factors
from casparian.kpi.spc.line import BoolArray, IntArray
from casparian.kpi.spc.phase import BASELINE, Baseline, chart_codes, in_phase_1, place_of
from casparian.kpi.spc.points import ControlPoints
from casparian.kpi.spc.subgroups import Subgroups

ChartKind = Literal["xbar_r", "xbar_s", "i_mr"]
KINDS: tuple[ChartKind, ...] = ("xbar_r", "xbar_s", "i_mr")
LARGEST_FOR_RANGE = 10
NO_SPREAD = "no subgroup of two or more values in phase I"


def chart_of_size(size: int) -> ChartKind:
    """The kind of chart for subgroups of `size` values."""
    if size < 1:
        raise ValueError("a subgroup has at least one value")
    return "i_mr" if size == 1 else "xbar_r" if size <= LARGEST_FOR_RANGE else "xbar_s"


@dataclass(frozen=True)
class VariablesLimits:
    """Limits of c charts of one kind from their phase I, each array (c,), read-only.

    chart: keys, rising. subgroup_size: largest in phase I. baseline: points behind the limits.
    center: centre line. sigma: standard deviation of single values, NaN where `missing` says why.
    """

    kind: ChartKind
    chart: NDArray[Any]
    subgroup_size: IntArray
    baseline: IntArray
    center: FloatArray
    sigma: FloatArray
    missing: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("chart", "subgroup_size", "baseline", "center", "sigma"):
            frozen = getattr(self, name).copy()
            frozen.setflags(write=False)
            object.__setattr__(self, name, frozen)

    def __len__(self) -> int:
        return len(self.chart)


def variables_limits(
    subgroups: Subgroups,
    kind: ChartKind,
    baseline: Baseline = BASELINE,
    exclude: BoolArray | None = None,
) -> VariablesLimits:
    """Limits of each chart from its phase I.

    kind: which chart; for "i_mr" the subgroups of `individuals`. baseline: how many points of each
    chart, the first ones, or a mask (k,) of phase I. exclude: mask (k,) of points to keep out of
    it, as those with a known cause; they are not replaced by later ones.
    """
    if kind not in KINDS:
        raise ValueError(f"no chart is called {kind!r}: {', '.join(KINDS)}")
    chart, code = chart_codes(subgroups.chart)
    used = in_phase_1(subgroups.chart, baseline, exclude)
    count = np.bincount(code[used], minlength=len(chart))
    if not count.all():
        raise ValueError(f"chart {chart[count == 0][0]!r} has no point in phase I")
    largest = np.zeros(len(chart), dtype=np.int64)
    np.maximum.at(largest, code[used], subgroups.size[used])
    sigma = _sigma(subgroups, kind, used, code, len(chart))
    missing = tuple("" if known else NO_SPREAD for known in ~np.isnan(sigma))
    center = _center(subgroups, used, code, len(chart))
    return VariablesLimits(kind, chart, largest, count, center, sigma, missing)


def control_points(subgroups: Subgroups, limits: VariablesLimits) -> ControlPoints:
    """The points of subgroups on charts with the given, frozen limits."""
    place = place_of(subgroups.chart, limits.chart)
    sigma, size = limits.sigma[place], subgroups.size
    expected, deviation = _spread_factors(limits.kind, size)
    spread_center, spread_sigma = expected * sigma, deviation * sigma
    return ControlPoints(
        chart=subgroups.chart,
        label=subgroups.label,
        size=size,
        value=subgroups.mean,
        center=limits.center[place],
        sigma=sigma / np.sqrt(size),
        spread=_spread(subgroups, limits.kind),
        spread_center=spread_center,
        spread_lcl=np.maximum(spread_center - 3.0 * spread_sigma, 0.0),
        spread_ucl=spread_center + 3.0 * spread_sigma,
    )


def _spread(subgroups: Subgroups, kind: ChartKind) -> FloatArray:
    return subgroups.s if kind == "xbar_s" else subgroups.range


def _spread_factors(kind: ChartKind, size: IntArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of the spread of each point, in sigmas."""
    factors = sizes_factors(np.full_like(size, 2) if kind == "i_mr" else size)
    if kind == "xbar_s":
        return factors.c4, np.asarray(np.sqrt(1.0 - factors.c4**2))
    return factors.d2, factors.d3


def _sigma(
    subgroups: Subgroups, kind: ChartKind, used: BoolArray, code: IntArray, charts: int
) -> FloatArray:
    """Sigma of single values by the spread of phase I, (c,)."""
    spread = _spread(subgroups, kind)
    known = used & ~np.isnan(spread)
    expected, deviation = _spread_factors(kind, subgroups.size[known])
    weight = (expected / deviation) ** 2
    total = np.bincount(code[known], weight, charts)
    added = np.bincount(code[known], weight * spread[known] / expected, charts)
    unknown = np.full(charts, np.nan)
    return np.asarray(np.divide(added, total, out=unknown, where=total > 0))


def _center(subgroups: Subgroups, used: BoolArray, code: IntArray, charts: int) -> FloatArray:
    """Mean of all values of phase I, (c,), taken from each chart's first mean."""
    origin = np.zeros(charts)
    origin[code[used][::-1]] = subgroups.mean[used][::-1]
    deviation = subgroups.size[used] * (subgroups.mean[used] - origin[code[used]])
    count = np.bincount(code[used], subgroups.size[used], charts)
    return np.asarray(origin + np.bincount(code[used], deviation, charts) / count)
