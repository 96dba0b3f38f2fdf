"""Control charts of measurements: limits and rules by `kpi.spc`, drawn.

    spc_chart(values, size=5)                        X-bar and R of subgroups of five
    spc_chart(values, subgroup=labels)               sizes may differ; S above ten values
    spc_chart(values)                                individuals and moving range
    spc_chart(values, kind="ewma")                   small shifts

Missing: a value that is NaN is left out of its subgroup.
Errors: ValueError with one sentence where nothing can be charted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.charts.chart import Chart
from casparian.charts.control import XBAR, ControlChart, Panel
from casparian.charts.control.figures import finished
from casparian.charts.phase import Baseline, Phase, phase_of
from casparian.charts.rules import CHART_RULES, LIMIT_RULE, broken_rules
from casparian.charts.scale import count, percent, significant
from casparian.kpi import spc
from casparian.kpi.factors import FloatArray

KINDS = {
    "xbar-r": f"{XBAR} and R",
    "xbar-s": f"{XBAR} and s",
    "i-mr": "Individuals and moving range",
    "ewma": "EWMA",
    "cusum": "CUSUM",
}
SPREADS = {"xbar-r": "R", "xbar-s": "s", "i-mr": "MR"}
MOST_LISTED = 10  # values of a subgroup that are told on hover
MOST_DETAILED = 600  # subgroups up to which each is told with its values


@dataclass(frozen=True)
class Words:
    """What the chart is called and measured in. times, names: of each subgroup, by its label."""

    title: str
    unit: str = ""
    times: Mapping[Any, datetime | None] | None = None
    names: Mapping[Any, str] | None = None


def spc_chart(
    values: ArrayLike,
    subgroup: ArrayLike | None = None,
    size: int | None = None,
    kind: str | None = None,
    rules: str = "western-electric",
    baseline: Baseline = None,
    title: str = "Measurements",
    unit: str = "",
    times: Mapping[Any, datetime | None] | None = None,
    names: Mapping[Any, str] | None = None,
    width: float = 1080,
) -> Chart:
    """A control chart of single measurements (m,), in the order in which they were taken.

    subgroup: (m,) labels; or size: so many in a row are one subgroup (a shorter last one is kept).
    kind: one of KINDS, chosen by the size of the subgroups where it is None. baseline: how many
    subgroups the limits come from, or the first and the last of them; None for all. times, names:
    by label of the subgroup.
    """
    groups, numbers, labels = _grouped(values, subgroup, size, kind)
    if not len(groups):
        raise ValueError(f"there is no value of {title} to chart")
    chosen_kind = kind or _kind_of(groups)
    if chosen_kind not in KINDS:
        raise ValueError(f"no chart is called '{chosen_kind}': {', '.join(KINDS)}")
    words = Words(title, unit, times, names)
    phase = phase_of(baseline, len(groups))
    limits, points = _points(groups, chosen_kind, phase)
    if chosen_kind in ("ewma", "cusum"):
        drawn = _remembering(chosen_kind, points, limits, words, phase)
    else:
        drawn = _shewhart(chosen_kind, points, limits, words, rules, phase)
    if len(groups) <= MOST_DETAILED and groups.size.max() > 1:
        drawn = _with_values(drawn, numbers, labels, groups.label)
    return finished(drawn, width)


def _grouped(
    values: ArrayLike, subgroup: ArrayLike | None, size: int | None, kind: str | None
) -> tuple[spc.Subgroups, FloatArray, NDArray[Any]]:
    """(subgroups, single values, their labels); individuals where nothing says otherwise."""
    numbers = np.asarray(values, dtype=np.float64)
    if subgroup is not None:
        labels = np.asarray(subgroup)
    elif size is not None and size > 1:
        labels = np.arange(len(numbers)) // size + 1
    else:
        labels = np.arange(len(numbers)) + 1
    known = ~np.isnan(numbers)
    numbers, labels = numbers[known], labels[known]
    found = spc.subgroups_of(numbers, labels)
    if kind == "i-mr" or (kind is None and len(found) and found.size.max() == 1):
        found = _single(found, numbers)
    return found, numbers, labels


def _single(found: spc.Subgroups, numbers: FloatArray) -> spc.Subgroups:
    """Individuals: under their labels, where each value has one of its own."""
    if len(found) == len(numbers):
        return replace(found, range=spc.individuals(found.mean).range)
    alone = spc.individuals(numbers)
    return replace(alone, label=alone.label + 1)


def _kind_of(groups: spc.Subgroups) -> str:
    return spc.chart_of_size(int(groups.size.max())).replace("_", "-")


def _points(
    groups: spc.Subgroups, kind: str, phase: Phase
) -> tuple[spc.VariablesLimits, spc.ControlPoints]:
    if kind in SPREADS:
        name = kind.replace("-", "_")
    else:
        name = spc.chart_of_size(int(groups.size.max()))
        if name == "i_mr":
            groups = replace(groups, range=spc.individuals(groups.mean).range)
    if name != "i_mr" and groups.size.max() < 2:
        raise ValueError(f"a chart of {kind} needs subgroups of at least 2 values")
    limits = spc.variables_limits(groups, name, phase.mask)  # type: ignore[arg-type]
    if limits.missing[0]:
        raise ValueError(f"there are no limits: {limits.missing[0]}")
    return limits, spc.control_points(groups, limits)


def _shewhart(
    kind: str, points: spc.ControlPoints, limits: spc.VariablesLimits, words: Words, rules: str,
    phase: Phase,
) -> ControlChart:  # fmt: skip
    beyond = points.spread_violations()
    first = "X" if kind == "i-mr" else XBAR
    upper = Panel(
        first, points.value, points.center, points.ucl, points.lcl, broken_rules(points, rules),
        sigma=points.sigma,
    )  # fmt: skip
    lower = Panel(
        SPREADS[kind], points.spread, points.spread_center, points.spread_ucl, points.spread_lcl,
        {spc.RANGE_RULE: beyond} if len(beyond) else {}, floor=0.0,
    )  # fmt: skip
    meaning = {**CHART_RULES, spc.RANGE_RULE: f"1 {SPREADS[kind]} beyond its limits"}
    chart = _chart(kind, points, (upper, lower), words, phase, meaning)
    facts = _facts(chart, points, limits, words, phase)
    spread = (f"UCL of {SPREADS[kind]}", significant(float(points.spread_ucl[-1]), lower.step))
    return replace(chart, facts=(*facts, spread, _signals(chart)))


def _remembering(
    kind: str, points: spc.ControlPoints, limits: spc.VariablesLimits, words: Words,
    phase: Phase,
) -> ControlChart:  # fmt: skip
    """EWMA or CUSUM of the means (or of single values)."""
    if kind == "ewma":
        found = spc.ewma(points.value, points.center, points.sigma)
        panel = Panel(
            "EWMA", found.value, found.center, found.ucl, found.lcl, _beyond(found.violations())
        )
        meaning = {LIMIT_RULE: "the weighted mean lies beyond its limits (weight 0.2, 3 sigma)"}
    else:
        sums = spc.cusum(points.value, points.center, points.sigma)
        none = np.zeros(len(points.value))
        places = np.unique(np.concatenate(list(sums.violations().values())))
        panel = Panel(
            "CUSUM", sums.upper, none, sums.limit, -sums.limit, _beyond(places), other=-sums.lower
        )
        meaning = {LIMIT_RULE: "a sum lies beyond the limit (k 0.5, h 5 sigma)"}
    chart = _chart(kind, points, (panel,), words, phase, meaning)
    facts = _facts(chart, points, limits, words, phase)
    return replace(chart, facts=(*facts, _signals(chart)))


def _beyond(places: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    return {LIMIT_RULE: places} if len(places) else {}


def _chart(
    kind: str, points: spc.ControlPoints, panels: tuple[Panel, ...], words: Words,
    phase: Phase, meaning: Mapping[str, str],
) -> ControlChart:  # fmt: skip
    labels = points.label.tolist()
    return ControlChart(
        title=f"{words.title} [{words.unit}]" if words.unit else words.title,
        kind=KINDS[kind],
        panels=panels,
        names=[str((words.names or {}).get(label, label)) for label in labels],
        times=[words.times.get(label) for label in labels] if words.times else (),
        baseline=0 if phase.whole else phase.end,
        skipped=phase.first,
        rules=meaning,
    )


def _facts(
    chart: ControlChart, points: spc.ControlPoints, limits: spc.VariablesLimits, words: Words,
    phase: Phase,
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    panel, sigma = chart.panels[0], float(limits.sigma[0])
    low, high = int(points.size.min()), int(points.size.max())
    center = float(points.center[-1])
    return (
        ("Subgroups", count(chart.count)),
        ("Values in each", str(low) if low == high else f"{low} to {high}"),
        ("Limits from", phase.said),
        ("Centre", significant(center, sigma / 10)),
        ("Sigma within", significant(sigma, sigma / 10)),
        (f"UCL of {panel.name}", significant(float(panel.upper[-1]), panel.step)),
        (f"LCL of {panel.name}", significant(float(panel.lower[-1]), panel.step)),
    )


def _signals(chart: ControlChart) -> tuple[str, str]:
    return "Signals", f"{chart.signals} ({percent(chart.signals / chart.count)})"


def _with_values(
    chart: ControlChart, numbers: FloatArray, labels: NDArray[Any], order: NDArray[Any]
) -> ControlChart:
    """Each subgroup told with its own values."""
    place = np.searchsorted(order, labels)
    own: list[list[float]] = [[] for _ in order]
    for i, value in zip(place.tolist(), numbers.tolist(), strict=True):
        own[i].append(value)
    return replace(chart, details=[_listed(values) for values in own])


def _listed(values: list[float]) -> str:
    shown = " ".join(f"{value:.6g}" for value in values[:MOST_LISTED])
    return f"n {len(values)}: {shown}{' …' if len(values) > MOST_LISTED else ''}"
