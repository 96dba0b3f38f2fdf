"""Charts of measured values: X-bar and R, X-bar and S, individuals and moving range.

Phase I gives the limits, frozen and immutable; they are then applied to any points, each by the
size of its own subgroup. With n values in a subgroup and the factors of `kpi.factors`:

    chart   sigma of single values                          spread chart
    xbar_r  range: mean range / d2, weighted by n           d2 sigma +- 3 d3 sigma
    xbar_s  s: mean s / c4, weighted by n                   c4 sigma +- 3 sqrt(1 - c4^2) sigma
    i_mr    moving_range: mean moving range of 2 / d2(2)    d2(2) sigma +- 3 d3(2) sigma

    X-bar, I: centre +- 3 sigma / sqrt(n), centre = sum(n mean) / sum(n)

`sigma` has these methods and others to choose from (unweighted, pooled, median moving range), as
Minitab and R's qcc let one; a known centre or sigma may be given instead (ISO 7870-2: control
against given values). With equal sizes the first two are the mean range / d2 and the mean s / c4 of
Montgomery, of ISO 7870-2 and of ASTM E2587. Limits of spread are not below 0.
Which chart: `chart_of_size`, the policy of the marts: I-MR for single values, R up to 10, S above,
where R wastes what the values between its ends say.

Units: those of the measurement. Missing: a single value among subgroups counts for the centre and
has no point on the spread chart (NaN). A chart whose phase I shows no spread (all subgroups single)
has sigma NaN, hence no limits, and says so in `missing`; constant data has sigma 0.
Errors: ValueError for a chart without a point in phase I, for an unknown chart kind or method, a
method of individuals on subgroups, a sigma below 0, arrays that differ in length, subgroups on an
i_mr chart, and where points lie on a chart that has no limits.

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
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.factors import FloatArray, Tables
from casparian.kpi.spc.line import BoolArray, IntArray
from casparian.kpi.spc.phase import BASELINE, Baseline, chart_codes, in_phase_1, place_of
from casparian.kpi.spc.points import ControlPoints
from casparian.kpi.spc.sigma import METHODS, OF_INDIVIDUALS, Method, sigma_of, spread_factors
from casparian.kpi.spc.subgroups import Subgroups

ChartKind = Literal["xbar_r", "xbar_s", "i_mr"]
KINDS: tuple[ChartKind, ...] = ("xbar_r", "xbar_s", "i_mr")
_METHOD_OF: dict[ChartKind, Method] = {"xbar_r": "range", "xbar_s": "s", "i_mr": "moving_range"}
_SPREADS = {"xbar_r": "range", "xbar_s": "s", "i_mr": "range"}
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
    method: how sigma was taken; "given" where it was. tables: whose factors.
    """

    kind: ChartKind
    chart: NDArray[Any]
    subgroup_size: IntArray
    baseline: IntArray
    center: FloatArray
    sigma: FloatArray
    missing: tuple[str, ...]
    method: Method | Literal["given"]
    tables: Tables = False

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
    *,
    method: Method | None = None,
    center: ArrayLike | None = None,
    sigma: ArrayLike | None = None,
    tables: Tables = False,
) -> VariablesLimits:
    """Limits of each chart from its phase I.

    kind: which chart; for "i_mr" the subgroups of `individuals`. baseline: how many points of each
    chart, the first ones, or a mask (k,) of phase I. exclude: mask (k,) of points to keep out of
    it, as those with a known cause; they are not replaced by later ones. method: of sigma, by
    default that of the kind. center, sigma: known ones, a number or one a chart in rising order
    (c,); they are then not estimated. tables: factors as tables or as qcc
    have them (`sizes_factors`).
    """
    way = _checked(kind, method, sigma)
    chart, code = chart_codes(subgroups.chart)
    used = in_phase_1(subgroups.chart, baseline, exclude)
    count = np.bincount(code[used], minlength=len(chart))
    if not count.all():
        raise ValueError(f"chart {chart[count == 0][0]!r} has no point in phase I")
    largest = np.zeros(len(chart), dtype=np.int64)
    np.maximum.at(largest, code[used], subgroups.size[used])
    if kind == "i_mr" and largest.max(initial=0) > 1:
        raise ValueError("i_mr is a chart of single values: take those of `individuals`")
    known = subgroups.only(used)
    spread = _given(sigma, chart)
    if spread is None:
        spread = sigma_of(known, way, code[used], len(chart), tables)
    middle = _given(center, chart)
    if middle is None:
        middle = _center(known, code[used], len(chart))
    missing = tuple("" if there else NO_SPREAD for there in ~np.isnan(spread))
    return VariablesLimits(
        kind, chart, largest, count, middle, spread, missing,
        "given" if sigma is not None else way, tables,
    )  # fmt: skip


def control_points(subgroups: Subgroups, limits: VariablesLimits) -> ControlPoints:
    """The points of subgroups on charts with the given, frozen limits."""
    place = place_of(subgroups.chart, limits.chart)
    sigma, size = limits.sigma[place], subgroups.size
    expected, deviation = spread_factors(
        _SPREADS[limits.kind],
        np.full_like(size, 2) if limits.kind == "i_mr" else size,
        limits.tables,
    )
    spread_center, spread_sigma = expected * sigma, deviation * sigma
    return ControlPoints(
        chart=subgroups.chart,
        label=subgroups.label,
        size=size,
        value=subgroups.mean,
        center=limits.center[place],
        sigma=sigma / np.sqrt(size),
        spread=getattr(subgroups, _SPREADS[limits.kind]),
        spread_center=spread_center,
        spread_lcl=np.maximum(spread_center - 3.0 * spread_sigma, 0.0),
        spread_ucl=spread_center + 3.0 * spread_sigma,
    )


def _checked(kind: ChartKind, method: Method | None, sigma: ArrayLike | None) -> Method:
    """The method of sigma, if the chart may have it."""
    if kind not in KINDS:
        raise ValueError(f"no chart is called {kind!r}: {', '.join(KINDS)}")
    if sigma is not None and (np.asarray(sigma, dtype=np.float64) < 0).any():
        raise ValueError("a sigma is not below 0")
    way = method or _METHOD_OF[kind]
    if way in METHODS and (way in OF_INDIVIDUALS) != (kind == "i_mr"):
        raise ValueError(f"{way} is no method of a chart {kind}: it is of {_fit(kind)}")
    return way


def _fit(kind: ChartKind) -> str:
    return "subgroups" if kind == "i_mr" else "individuals"


def _given(known: ArrayLike | None, chart: NDArray[Any]) -> FloatArray | None:
    if known is None:
        return None
    return np.array(np.broadcast_to(np.asarray(known, dtype=np.float64), chart.shape))


def _center(known: Subgroups, code: IntArray, charts: int) -> FloatArray:
    """Mean of all values of phase I, (c,), taken from each chart's first mean."""
    origin = np.zeros(charts)
    origin[code[::-1]] = known.mean[::-1]
    deviation = known.size * (known.mean - origin[code])
    count = np.bincount(code, known.size, charts)
    return np.asarray(origin + np.bincount(code, deviation, charts) / count)
