"""One control chart of one's data in one call: what a notebook takes.

    xbar_r, xbar_s          subgroups as rows, of equal or unequal size, or values with labels
    i_mr                    single values in the order of time
    p, np_, c, u            counts of defective items or of defects
    laney_p, laney_u        the same where thousands are inspected

Each gives a `Chart`: limits of phase I and the points judged by them. `Chart.judge` judges later
data by the same, frozen limits. Lists, arrays and columns of a data frame are taken alike. Many
charts at once, and any mask of phase I: `variables`, `attributes`.
Source: as for those. Units: those of the measurement. Missing: NaN is no value; where phase I shows
no spread the limits are NaN. Errors: ValueError as there, and for data of the wrong shape.

>>> chart = xbar_r([[9.0, 11.0], [10.0, 12.0], [8.0, 10.0], [15.0, 17.0]], baseline=3)
>>> round(chart.center, 3), round(chart.sigma, 3), chart.ucl.round(3).tolist()
(10.0, 1.772, [13.76, 13.76, 13.76, 13.76])
>>> chart.violations()["WE1"].tolist(), chart.judge([[6.0, 6.0]]).violations()["WE1"].tolist()
([3], [0])
>>> chart
xbar_r: 4 points, centre 10, limits 6.240058 and 13.75994; WE1 at [3]
>>> p([12, 8, 6, 9], [100, 80, 80, 100]).ucl.round(4).tolist()
[0.1861, 0.1966, 0.1966, 0.1861]
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.factors import FloatArray, Tables
from casparian.kpi.spc.attributes import (
    AttributeLimits,
    CountKind,
    attribute_limits,
    attribute_points,
)
from casparian.kpi.spc.line import BoolArray, IntArray
from casparian.kpi.spc.points import ControlPoints
from casparian.kpi.spc.rules import WESTERN_ELECTRIC, RuleSet
from casparian.kpi.spc.sigma import Method
from casparian.kpi.spc.subgroups import Subgroups, individuals, subgroups_in_rows, subgroups_of
from casparian.kpi.spc.variables import (
    ChartKind,
    VariablesLimits,
    control_points,
    variables_limits,
)


@dataclass(frozen=True, repr=False)
class Chart:
    """Limits of one chart and k points judged by them; the points' figures are arrays (k,)."""

    limits: VariablesLimits | AttributeLimits
    points: ControlPoints

    def __repr__(self) -> str:
        """What a notebook shows: the chart in one line."""
        broken = [f"{rule} at {at.tolist()}" for rule, at in self.violations().items() if len(at)]
        beyond = self.spread_violations()
        said = broken + ([f"spread at {beyond.tolist()}"] if len(beyond) else [])
        count = "1 point" if len(self.value) == 1 else f"{len(self.value)} points"
        return (
            f"{self.limits.kind}: {count}, centre {self.center:.7g}, limits "
            f"{_span(self.lcl)} and {_span(self.ucl)}; {', '.join(said) or 'no rule is broken'}"
        )

    @property
    def center(self) -> float:
        """Centre line; of an np chart that of the first point."""
        whole = isinstance(self.limits, AttributeLimits) and self.limits.kind == "np"
        return float((self.points if whole else self.limits).center[0])

    @property
    def sigma(self) -> float:
        """Standard deviation of single values; of counts that of the first point."""
        if isinstance(self.limits, VariablesLimits):
            return float(self.limits.sigma[0])
        return float(self.points.sigma[0])

    @property
    def value(self) -> FloatArray:
        """What is charted: mean, value, share, count or rate."""
        return self.points.value

    @property
    def ucl(self) -> FloatArray:
        return self.points.ucl

    @property
    def lcl(self) -> FloatArray:
        return self.points.lcl

    @property
    def spread(self) -> FloatArray:
        """Range, s or moving range of each point, NaN on charts of counts."""
        return self.points.spread

    @property
    def spread_center(self) -> FloatArray:
        return self.points.spread_center

    @property
    def spread_ucl(self) -> FloatArray:
        return self.points.spread_ucl

    @property
    def spread_lcl(self) -> FloatArray:
        return self.points.spread_lcl

    def violations(self, rules: RuleSet | str = WESTERN_ELECTRIC) -> dict[str, IntArray]:
        """Indices of the points that complete a run against each rule; a set or its name."""
        return self.points.violations(rules)

    def spread_violations(self) -> IntArray:
        """Indices of the points whose spread is beyond its limits."""
        return self.points.spread_violations()

    def judge(self, data: ArrayLike, sizes: ArrayLike | None = None) -> Chart:
        """Later data, as they were given for the limits, by these limits (phase II)."""
        if isinstance(self.limits, AttributeLimits):
            if sizes is None and self.limits.kind != "c":
                raise ValueError("the sizes of the later samples are needed")
            given = self.limits.size[0] if sizes is None else sizes
            return replace(self, points=attribute_points(data, given, self.limits))
        groups = _single(data) if self.limits.kind == "i_mr" else _groups(data, sizes)
        return replace(self, points=control_points(groups, self.limits))


def xbar_r(
    data: ArrayLike, subgroup: ArrayLike | None = None, *, baseline: int | None = None,
    exclude: ArrayLike | None = None, method: Method | None = None,
    center: float | None = None, sigma: float | None = None, tables: Tables = False,
) -> Chart:  # fmt: skip
    """X-bar and R chart.

    data: subgroups as rows (k, n), rows of unequal length too; or values (m,) with the label of
    each one's subgroup. baseline: how many subgroups, the first ones, give the limits; None for
    all. exclude: indices of points with a known cause, or a mask (k,), to keep out of the limits.
    method: of sigma (`sigma`). center, sigma: known ones, then not estimated.
    tables: d2, d3 and c4 as tables print them, as in figures that were worked out by hand; "qcc"
    as R's qcc has them, to compare with its printed digits (`factors.sizes_factors`).
    """
    return _variables(
        "xbar_r", _groups(data, subgroup), baseline, exclude, method, center, sigma, tables
    )


def xbar_s(
    data: ArrayLike, subgroup: ArrayLike | None = None, *, baseline: int | None = None,
    exclude: ArrayLike | None = None, method: Method | None = None,
    center: float | None = None, sigma: float | None = None, tables: Tables = False,
) -> Chart:  # fmt: skip
    """X-bar and s chart; arguments as for `xbar_r`."""
    return _variables(
        "xbar_s", _groups(data, subgroup), baseline, exclude, method, center, sigma, tables
    )


def i_mr(
    data: ArrayLike, *, baseline: int | None = None, exclude: ArrayLike | None = None,
    method: Method | None = None, center: float | None = None, sigma: float | None = None,
    tables: Tables = False,
) -> Chart:  # fmt: skip
    """Individuals and moving range chart of values (k,); arguments as for `xbar_r`."""
    return _variables("i_mr", _single(data), baseline, exclude, method, center, sigma, tables)


def p(
    counts: ArrayLike, sizes: ArrayLike, *, baseline: int | None = None,
    exclude: ArrayLike | None = None,
) -> Chart:  # fmt: skip
    """Chart of the share of defective items: counts (k,) of sizes (k,) or one size for all.

    baseline, exclude: as for `xbar_r`.
    """
    return _counted("p", counts, sizes, baseline, exclude)


def np_(
    counts: ArrayLike, sizes: ArrayLike, *, baseline: int | None = None,
    exclude: ArrayLike | None = None,
) -> Chart:  # fmt: skip
    """Chart of the number of defective items; arguments as for `p`."""
    return _counted("np", counts, sizes, baseline, exclude)


def c(counts: ArrayLike, *, baseline: int | None = None, exclude: ArrayLike | None = None) -> Chart:
    """Chart of defects (k,) where each point had the same opportunity."""
    return _counted("c", counts, 1, baseline, exclude)


def u(
    counts: ArrayLike, sizes: ArrayLike, *, baseline: int | None = None,
    exclude: ArrayLike | None = None,
) -> Chart:  # fmt: skip
    """Chart of defects (k,) per unit; sizes: units inspected, (k,) or one number for all."""
    return _counted("u", counts, sizes, baseline, exclude)


def laney_p(
    counts: ArrayLike, sizes: ArrayLike, *, baseline: int | None = None,
    exclude: ArrayLike | None = None,
) -> Chart:  # fmt: skip
    """Laney's p' chart; arguments as for `p`."""
    return _counted("laney_p", counts, sizes, baseline, exclude)


def laney_u(
    counts: ArrayLike, sizes: ArrayLike, *, baseline: int | None = None,
    exclude: ArrayLike | None = None,
) -> Chart:  # fmt: skip
    """Laney's u' chart; arguments as for `u`."""
    return _counted("laney_u", counts, sizes, baseline, exclude)


def _variables(
    kind: ChartKind, groups: Subgroups, baseline: int | None, exclude: ArrayLike | None,
    method: Method | None, center: float | None, sigma: float | None, tables: Tables,
) -> Chart:  # fmt: skip
    if not len(groups):
        raise ValueError("there are no values to chart")
    limits = variables_limits(
        groups, kind, len(groups) if baseline is None else baseline, _mask(exclude, len(groups)),
        method=method, center=center, sigma=sigma, tables=tables,
    )  # fmt: skip
    return Chart(limits, control_points(groups, limits))


def _counted(
    kind: CountKind, counts: ArrayLike, sizes: ArrayLike, baseline: int | None,
    exclude: ArrayLike | None,
) -> Chart:  # fmt: skip
    left_out = _mask(exclude, len(np.asarray(counts)))
    limits = attribute_limits(kind, counts, sizes, baseline, left_out)
    return Chart(limits, attribute_points(counts, sizes, limits))


def _mask(exclude: ArrayLike | None, points: int) -> BoolArray | None:
    """Indices, or a mask already, as a mask (points,)."""
    if exclude is None:
        return None
    given = np.asarray(exclude)
    if given.dtype == np.bool_:
        return given
    at = given.astype(np.int64)
    if at.size and not (at.min() >= 0 and at.max() < points):
        raise ValueError(f"there is no point {at.max()}: they are numbered 0 to {points - 1}")
    return np.isin(np.arange(points), at)


def _groups(data: Any, subgroup: ArrayLike | None) -> Subgroups:
    """Subgroups of rows, or of values with their labels."""
    if subgroup is not None:
        return subgroups_of(np.asarray(data, dtype=np.float64), subgroup)
    rows = data if isinstance(data, list | tuple) else np.asarray(data, dtype=np.float64)
    if any(np.ndim(row) != 1 for row in rows):
        raise ValueError(
            "subgroups are rows of values; for values in one row give the label of each one's "
            "subgroup, or take i_mr for single values"
        )
    return subgroups_in_rows(list(rows))


def _span(limit: FloatArray) -> str:
    """A limit, or the range of those that differ by the size of their points."""
    known = limit[~np.isnan(limit)]
    if not len(known):
        return "unknown"
    low, high = float(known.min()), float(known.max())
    return f"{low:.7g}" if low == high else f"{low:.7g} to {high:.7g}"


def _single(data: ArrayLike) -> Subgroups:
    values: NDArray[np.float64] = np.asarray(data, dtype=np.float64)
    if values.ndim == 2 and 1 in values.shape:
        values = values.ravel()
    if values.ndim != 1:
        raise ValueError("single values are one row; for subgroups take xbar_r or xbar_s")
    return individuals(values)
