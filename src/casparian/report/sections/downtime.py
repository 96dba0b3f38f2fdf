"""Downtime: the Pareto of its reasons."""

from __future__ import annotations

from collections.abc import Sequence

from casparian import charts
from casparian.charts.markup import Heading, card, figure, more, table, tag
from casparian.charts.scale import NONE, count, fixed, hours, percent
from casparian.charts.svg import Markup
from casparian.report.data import DowntimeRow, ReportData


def downtime(data: ReportData) -> list[Markup]:
    reasons = _reasons(data.downtime)
    head = tag("div", tag("h3", "Time lost by reason, all lines"), class_="head")
    caption = (
        "Blue: the reasons that make up the first 80 % of all downtime (dashed line). Stops are "
        "machine time; those outside planned busy time count here too."
    )
    wide = charts.downtime_pareto(reasons, most=14)
    narrow = charts.downtime_pareto(reasons, 360, 330)
    if not reasons:
        return [card(wide)]
    return [
        card(head, figure(wide, narrow, caption), more("Reasons by line", _by_line(data.downtime)))
    ]


def _reasons(rows: Sequence[DowntimeRow]) -> list[charts.Reason]:
    """Reasons over all lines, with the lines where they happened."""
    found: dict[str, list[DowntimeRow]] = {}
    for row in sorted(rows, key=lambda r: -r.seconds):
        found.setdefault(row.reason, []).append(row)
    return [
        charts.Reason(
            name,
            sum(row.seconds for row in members),
            sum(row.events for row in members),
            ", ".join(f"{row.line_id} {hours(row.seconds)}" for row in members),
        )
        for name, members in found.items()
    ]


def _by_line(rows: Sequence[DowntimeRow]) -> Markup:
    columns = (
        Heading("Line", keep=True), Heading("Reason"), Heading("Category"), Heading("Stops", True),
        Heading("Time lost", True), Heading("Share of line", True), Heading("Mean stop", True),
    )  # fmt: skip
    totals: dict[str, float] = {}
    for row in rows:
        totals[row.line_id] = totals.get(row.line_id, 0.0) + row.seconds
    ordered = sorted(rows, key=lambda r: (r.line_id, -r.seconds))
    return table(
        columns,
        [
            [
                tag("b", row.line_id), f"{row.reason} ({row.reason_code})", row.category,
                count(row.events), hours(row.seconds),
                percent(row.seconds / totals[row.line_id]) if totals[row.line_id] else NONE,
                f"{fixed(row.seconds / row.events / 60, 0)} min" if row.events else NONE,
            ]
            for row in ordered
        ],
    )  # fmt: skip
