"""Control charts: what broke which rule, limits, capability, and the charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from casparian import charts
from casparian.charts.control import XBAR
from casparian.charts.markup import TIMES, Heading, card, figure, more, sub, table, tag
from casparian.charts.rules import CHART_RULES
from casparian.charts.scale import NONE, fixed, significant
from casparian.charts.svg import Markup
from casparian.report.data import ReportData, SpcChart, SpcPoint
from casparian.report.words import plural

CHARTS_SHOWN = 6
RANGE_RULES = ("R1",)
CHANCE = (
    "Rules 1 to 4 together call about one point in 92 by chance where nothing has changed (Champ "
    "and Woodall, 1987): look for runs of signals. Cp and Cpk say little where a chart shows a "
    "change."
)


def control_charts(data: ReportData) -> list[Markup]:
    if not data.spc:
        return [
            card(
                tag(
                    "p",
                    "No feature has enough measurements for a control chart yet.",
                    class_="empty",
                )
            )
        ]
    ordered = sorted(data.spc, key=lambda c: (-sum(c.broken.values()), c.part_number, c.feature))
    hit = [chart for chart in ordered if chart.broken]
    first = (hit or ordered)[: CHARTS_SHOWN if hit else 1]
    rest = [chart for chart in ordered if chart not in first]
    folded = (
        [more(f"{len(rest)} more {plural(len(rest), 'chart')}", *map(_control_card, rest))]
        if rest
        else []
    )
    return [
        tag(
            "p",
            "X-bar and R charts. The limits come from the first subgroups (phase I) by the mean "
            "range and stay frozen after that. Red points break a Western Electric rule.",
            class_="soft",
        ),
        card(_spc_table(ordered), _rule_legend(ordered)),
        *map(_control_card, first),
        *folded,
    ]


def _spc_table(rows: Sequence[SpcChart]) -> Markup:
    columns = (
        Heading("Feature", keep=True), Heading("Rules broken"), Heading("Cp", True),
        Heading("Cpk", True), Heading("Pp", True), Heading("Ppk", True), Heading("Centre", True),
        Heading("Limits of the mean", True), Heading("Subgroups", True),
    )  # fmt: skip
    return table(columns, [_spc_cells(row) for row in rows])


def _spc_cells(row: SpcChart) -> list[str | Markup]:
    spread = (row.xbar_ucl - row.xbar_lcl) / 6
    indices = (row.cp, row.cpk, row.pp, row.ppk)
    return [
        sub(tag("b", row.title), row.machine_id),
        _rules(row),
        *(NONE if index is None else fixed(index, 2) for index in indices),
        significant(row.center, spread),
        f"{significant(row.xbar_lcl, spread)} … {significant(row.xbar_ucl, spread)}",
        f"{len(row.points)} of {row.subgroup_size}",
    ]


def _rules(row: SpcChart) -> Markup:
    if not row.broken:
        return tag("span", "none", class_="pill ok")
    marks = (tag("span", f"{rule} {TIMES} {n}", class_="rule") for rule, n in row.broken.items())
    return tag("div", *marks, class_="rules")


def _rule_legend(rows: Sequence[SpcChart]) -> Markup:
    known = [
        f"{rule}: {words}"
        for rule, words in CHART_RULES.items()
        if any(rule in r.broken for r in rows)
    ]
    said = f"{'; '.join(known)}. " if known else ""
    return tag("figcaption", said + (CHANCE if known else ""))


def _control_card(chart: SpcChart) -> Markup:
    index = f"Cpk {fixed(chart.cpk, 2)}  " if chart.cpk is not None else ""
    signals = sum(bool(point.rules) for point in chart.points)
    words = f"{signals} {plural(signals, 'signal')} in {len(chart.points)} points"
    mood = "no" if signals else "ok"
    head = tag(
        "div",
        tag("h3", f"{chart.title} ", tag("span", chart.machine_id, class_="soft")),
        tag(
            "span",
            tag("small", index, class_="soft"),
            tag("span", words, class_=f"pill {mood}"),
            class_="keep",
        ),
        class_="head",
    )
    shown = drawn(chart)
    wide, narrow = (charts.control_chart(shown, width, bare=True) for width in (1080, 360))
    return card(head, figure(wide, narrow))


def drawn(chart: SpcChart) -> charts.ControlChart:
    """The figures of the mart as a chart to draw."""
    points = chart.points
    limits = (chart.center, chart.xbar_ucl, chart.xbar_lcl)
    ranges = (chart.range_center, chart.range_ucl, chart.range_lcl)
    sigma = np.full(len(points), (chart.xbar_ucl - chart.center) / 3)
    means = [point.xbar for point in points]
    spreads = [point.spread for point in points]
    on_means = [rule for rule in chart.broken if rule not in RANGE_RULES]
    on_ranges = [rule for rule in chart.broken if rule in RANGE_RULES]
    return charts.ControlChart(
        title=f"{chart.title} on {chart.machine_id}",
        kind="X-bar and R",
        panels=(
            _panel(XBAR, means, limits, _places(points, on_means), sigma=sigma),
            _panel("R", spreads, ranges, _places(points, on_ranges), floor=0.0),
        ),
        names=[str(point.subgroup) for point in points],
        times=[point.measured_at for point in points],
        baseline=chart.baseline_subgroups,
        rules=CHART_RULES,
    )


def _panel(
    name: str, values: Sequence[float], limits: tuple[float, float, float], broken: charts.Broken,
    **more: Any,
) -> charts.Panel:  # fmt: skip
    center, upper, lower = (np.full(len(values), line) for line in limits)
    points = np.array(values, dtype=np.float64)
    return charts.Panel(name, points, center, upper, lower, broken, **more)


def _places(points: Sequence[SpcPoint], rules: Sequence[str]) -> charts.Broken:
    return {
        rule: np.array([i for i, point in enumerate(points) if rule in point.rules], dtype=np.int64)
        for rule in rules
    }
