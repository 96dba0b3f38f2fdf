"""OEE by line: table, waterfalls and trends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casparian import charts
from casparian.charts.markup import TIMES, Heading, card, figure, table, tag
from casparian.charts.scale import NONE, count, hours, percent
from casparian.charts.svg import Markup
from casparian.kpi import oee
from casparian.report.data import OeeRow, ReportData


def effectiveness(data: ReportData) -> list[Markup]:
    if not data.oee_lines:
        return [card(tag("p", "No line has OEE figures yet.", class_="empty"))]
    return [
        tag(
            "p",
            f"OEE = availability {TIMES} effectiveness {TIMES} quality, from time elements that "
            "are added up first (ISO 22400-2). Ratios are never averaged.",
            class_="soft",
        ),
        card(_oee_table(data.oee_lines), _oee_note(data.oee_lines)),
        tag("div", *(_waterfall_card(row) for row in data.oee_lines), class_="cards"),
        *([_loss_legend()] if any(row.oee_ratio for row in data.oee_lines) else []),
        *_trends(data.oee_days),
    ]


def _ratio(value: float | None) -> str:
    return NONE if value is None else percent(value)


def _oee_table(rows: Sequence[OeeRow]) -> Markup:
    columns = (
        Heading("Line", keep=True), Heading("OEE"), Heading("Availability", True),
        Heading("Effectiveness", True), Heading("Quality", True), Heading("Planned busy", True),
        Heading("Producing", True), Heading("Good of produced", True),
    )  # fmt: skip
    return table(columns, [_oee_cells(row) for row in rows] + [_all_lines(rows)], total=True)


def _oee_cells(row: OeeRow) -> list[str | Markup]:
    return [
        tag("b", row.line_id),
        _meter(row.oee_ratio) if row.oee_ratio is not None else _lacking(row),
        _ratio(row.availability_ratio),
        _ratio(row.effectiveness_ratio),
        _ratio(row.quality_ratio),
        hours(row.pbt_s),
        hours(row.apt_s),
        f"{count(row.gq)} of {count(row.pq)}" if row.pq > 0 else NONE,
    ]


def _lacking(row: OeeRow) -> Markup:
    return tag("span", row.missing or NONE, class_="soft")


def _meter(ratio: float) -> Markup:
    wide = tag("span", style=f"width:{min(max(ratio, 0), 1) * 100:.1f}%")
    return tag("div", tag("b", percent(ratio)), tag("i", wide), class_="meter")


def _all_lines(rows: Sequence[OeeRow]) -> list[str | Markup]:
    """Time adds up over lines, quantities of different units do not. Unknown stays unknown."""
    planned, made, run = (
        sum(getattr(row, name) for row in rows) for name in ("pbt_s", "apt_s", "pri_pq_s")
    )
    return [
        "All lines",
        "",
        percent(made / planned) if planned > 0 else NONE,
        percent(run / made) if made > 0 else NONE,
        "",
        hours(planned),
        hours(made),
        "",
    ]


def _oee_note(rows: Sequence[OeeRow]) -> Markup:
    said = ["Lines may count in different units, so quality and OEE are given line by line."]
    said += [
        f"{row.line_id} ran faster than its ideal cycle: check the cycle or the count."
        for row in rows
        if (row.effectiveness_ratio or 0) > 1
    ]
    return tag("figcaption", " ".join(said))


def _waterfall_card(row: OeeRow) -> Markup:
    value = percent(row.oee_ratio) if row.oee_ratio is not None else NONE
    head = tag("div", tag("h3", row.line_id), tag("b", tag("small", "OEE "), value), class_="head")
    if row.oee_ratio is None and row.missing:
        return card(head, tag("p", f"No figure: {row.missing}.", class_="empty"))
    return card(head, figure(charts.oee_waterfall(waterfall_of(row))))


def waterfall_of(row: OeeRow) -> charts.Waterfall:
    """The losses of one line, from its time elements."""
    figures = (row.pbt_s, row.apt_s, row.pri_pq_s, row.pq, row.gq)
    split = oee.losses(oee.Elements(*(np.array([figure], dtype=np.float64) for figure in figures)))
    return charts.Waterfall(
        row.line_id,
        row.pbt_s,
        float(split.availability_s[0]),
        float(split.performance_s[0]),
        float(split.quality_s[0]),
        float(split.effective_s[0]),
    )


def _loss_legend() -> Markup:
    words = (
        ("grey", "planned busy time"), ("red", "stops (availability)"),
        ("orange", "speed (effectiveness)"), ("purple", "scrap (quality)"),
        ("green", "effective time, the OEE"),
    )  # fmt: skip
    marks = (tag("span", tag("i", style=f"background:var(--{hue})"), said) for hue, said in words)
    return tag("div", *marks, class_="legend")


def _trends(rows: Sequence[OeeRow]) -> list[Markup]:
    """One chart a site, so that no chart holds more lines than can be told apart."""
    sites = sorted({row.site_id for row in rows})
    if not rows:
        return [card(tag("p", "No day has an OEE figure yet.", class_="empty"))]
    shown = [_trend_card(site, [row for row in rows if row.site_id == site]) for site in sites]
    return [tag("div", *shown, class_="two")] if len(shown) > 1 else shown


def _trend_card(site: str, rows: Sequence[OeeRow]) -> Markup:
    names = sorted({row.line_id for row in rows})
    series = [
        charts.Series(name, {r.day: r.oee_ratio for r in rows if r.line_id == name and r.day})
        for name in names
    ]
    head = tag("div", tag("h3", f"OEE by day, {site}"), class_="head")
    words = "By shift date. A gap is a day without planned busy time or without a figure."
    caption = words if any(row.oee_ratio is not None for row in rows) else ""
    narrow = charts.oee_trend(series, 360, 250)
    return card(head, figure(charts.oee_trend(series), narrow, caption))
