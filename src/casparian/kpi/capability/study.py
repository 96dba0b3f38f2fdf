"""One characteristic's capability study: `capability` and its result. See the package."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi import spc
from casparian.kpi.capability import index, intervals
from casparian.kpi.capability.intervals import LEVEL, Interval
from casparian.kpi.capability.limits import Limits, Ppm, limits_of, mean_and_sigma, observed
from casparian.kpi.capability.normality import Fit, anderson_darling
from casparian.kpi.capability.spread import spread_of
from casparian.kpi.capability.stability import broken_rules
from casparian.kpi.factors import FloatArray
from casparian.kpi.spc.sigma import OF_INDIVIDUALS, Method


@dataclass(frozen=True)
class Capability:
    """A study of n single values; figures are None where `missing` says why.

    mean, lowest, highest, sigma_*: in the unit of the measurement. Indices: see the package.
    subgroups: number of them (of individuals: of values). left_out: values that were NaN.
    z_within, z_overall: Z bench. ppm_within, ppm_overall: expected by the normal distribution;
    ppm_observed: counted. method: how sigma_within was taken, df_within its degrees of freedom.
    rules: rules broken in the control chart of the same values, None where nobody looked.
    intervals: index name -> (low, high) at `level`.
    """

    n: int
    mean: float | None
    lowest: float | None
    highest: float | None
    sigma_within: float | None
    sigma_overall: float | None
    cp: float | None
    cpk: float | None
    pp: float | None
    ppk: float | None
    cpl: float | None
    cpu: float | None
    ppl: float | None
    ppu: float | None
    cpm: float | None
    z_within: float | None
    z_overall: float | None
    ppm_within: Ppm
    ppm_overall: Ppm
    ppm_observed: Ppm
    subgroups: int
    left_out: int
    method: Method
    df_within: float | None
    normality: Fit
    rules: tuple[str, ...] | None
    intervals: dict[str, Interval] = field(default_factory=dict)
    level: float = LEVEL
    distribution: str = "normal"
    missing: tuple[str, ...] = ()

    @property
    def stable(self) -> bool | None:
        """No rule broken; None where there was no chart."""
        return None if self.rules is None else not self.rules


def capability(
    values: ArrayLike,
    lsl: float | None,
    usl: float | None,
    *,
    target: float | None = None,
    labels: ArrayLike | None = None,
    method: Method | None = None,
    bounds: tuple[float | None, float | None] = (None, None),
    rules: Iterable[str] | None = None,
    level: float = LEVEL,
    df_within: float | None = None,
) -> Capability:
    """Capability of measured values against their specification limits.

    values: (k, n), a subgroup a row; or (m,) with `labels` (m,) of subgroups of any sizes; or (m,)
    alone, individuals in order. NaN: left out. lsl, usl: None where that side is open. target: of
    Cpm. method: of the sigma within, by default range (moving_range for individuals).
    bounds: natural bounds (low, high) of the measurement: a limit there is no specification.
    rules: those that the control chart broke, where there is one; else the chart is drawn here.
    level: of the confidence intervals. df_within: degrees of freedom of the sigma within, for its
    intervals; None for those of its method (`spread`), n - 1 as R's qcc takes them.
    Errors: ValueError for infinite values, other shapes, usl <= lsl, an unknown method and a level
    out of (0, 1).
    """
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim not in (1, 2):
        raise ValueError("values are one row, or subgroups as rows")
    x = matrix[~np.isnan(matrix)]
    if np.isinf(x).any():
        raise ValueError("an infinite value is no measurement")
    limits = limits_of(lsl, usl, target, bounds)
    groups, way = _groups(matrix, labels, method)
    spread = spread_of(groups, way)
    mean, overall = mean_and_sigma(x)
    within, total = (
        index.indices(mean, s, limits.lsl, limits.usl) for s in (spread.sigma, overall)
    )
    broken = broken_rules(groups, way) if rules is None else tuple(rules)
    found = Capability(
        n=len(x), left_out=matrix.size - len(x), subgroups=spread.subgroups, mean=known(mean),
        lowest=float(x.min()) if len(x) else None, highest=float(x.max()) if len(x) else None,
        sigma_within=known(spread.sigma), sigma_overall=known(overall),
        cp=known(within.both), cpk=known(within.nearest), cpl=known(within.lower),
        cpu=known(within.upper), pp=known(total.both), ppk=known(total.nearest),
        ppl=known(total.lower), ppu=known(total.upper),
        cpm=known(index.cpm(mean, overall, limits.lsl, limits.usl, limits.target)),
        z_within=known(within.z_bench), z_overall=known(total.z_bench),
        ppm_within=_expected(within), ppm_overall=_expected(total),
        ppm_observed=observed(x, limits), method=spread.method,
        df_within=known(spread.df) if df_within is None else df_within,
        normality=anderson_darling(x), rules=broken, level=level,
        missing=_missing(limits, len(x), spread.sigma, overall),
    )  # fmt: skip
    return _with_intervals(found, limits.target)


def known(value: float | FloatArray) -> float | None:
    """None for NaN."""
    number = float(value)
    return None if math.isnan(number) else number


def _groups(
    values: FloatArray, labels: ArrayLike | None, method: Method | None
) -> tuple[spc.Subgroups, Method]:
    """(subgroups, or individuals for their methods; the method of sigma)."""
    if labels is None and values.ndim == 2 and values.shape[1] > 1:
        labels = np.repeat(np.arange(len(values)), values.shape[1])
    flat = values.ravel()
    if labels is None or method in OF_INDIVIDUALS:
        order = slice(None) if labels is None else np.argsort(np.asarray(labels), kind="stable")
        return spc.individuals(flat[order]), method or "moving_range"
    groups = spc.subgroups_of(flat, labels)
    if method is None and len(groups) and groups.size.max() == 1:
        return spc.individuals(groups.mean), "moving_range"
    return groups, method or "range"


def _expected(found: index.Indices) -> Ppm:
    return Ppm(known(found.ppm_below), known(found.ppm_above), known(found.ppm_total))


def _missing(limits: Limits, n: int, within: float, overall: float) -> tuple[str, ...]:
    said = [
        *limits.said,
        "no values" if not n else "one value has no spread" if n == 1 else "",
        "no spread within subgroups" if n > 1 and not within > 0 else "",
        "no spread of the values" if n > 1 and not overall > 0 else "",
    ]
    return tuple(s for s in said if s)


def _with_intervals(found: Capability, target: float) -> Capability:
    """The intervals of every index that there is."""
    n, level, got = found.n, found.level, {}
    within, overall = found.df_within or math.nan, float(n - 1)
    for names, df in (
        (("cp", "cpk", "cpl", "cpu"), within),
        (("pp", "ppk", "ppl", "ppu"), overall),
    ):
        both, nearest, lower, upper = (getattr(found, name) for name in names)
        if math.isnan(df):
            continue
        if both is not None:
            got[names[0]] = intervals.spread_interval(both, df, level)
        if nearest is not None:
            way = intervals.nearest_interval if both is not None else intervals.side_interval
            got[names[1]] = way(nearest, n, df, level)
        for name, side in zip(names[2:], (lower, upper), strict=True):
            if side is not None:
                got[name] = intervals.side_interval(side, n, df, level)
    if found.cpm is not None and found.mean is not None and found.sigma_overall is not None:
        offset = (found.mean - target) / found.sigma_overall
        got["cpm"] = intervals.target_interval(found.cpm, n, offset, level)
    return replace(found, intervals=got)
