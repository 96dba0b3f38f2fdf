"""Control charts: what broke which rule, limits, capability, and the charts."""

from __future__ import annotations

from collections.abc import Sequence

from casparian.report import charts
from casparian.report.data import ReportData, SpcChart
from casparian.report.markup import TIMES, Heading, card, figure, more, sub, table, tag
from casparian.report.meaning import CHART_RULES
from casparian.report.scale import NONE, fixed, significant
from casparian.report.svg import Markup
from casparian.report.words import plural

CHARTS_SHOWN = 6
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
    return card(head, figure(charts.control_chart(chart), charts.control_chart(chart, 360)))
