"""The report as one HTML file: style and drawings inside, no request to anywhere, no script."""

from __future__ import annotations

from casparian.charts.markup import page, tag
from casparian.report.data import ReportData
from casparian.report.sections import PARTS, footer, header, tiles
from casparian.report.theme import css


def html(data: ReportData, title: str = "Plant report") -> str:
    """The whole page, ready to be written to a file or sent by mail."""
    links = [(key, words) for key, words, _ in PARTS]
    shown = (tag("section", tag("h2", words), *build(data), id=key) for key, words, build in PARTS)
    body = [header(data, title, links), tag("main", tiles(data), *shown), footer(data)]
    return page(title, css(), body)
