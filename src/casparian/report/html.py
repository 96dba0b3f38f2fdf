"""The report as one HTML file: style and drawings inside, no request to anywhere, no script."""

from __future__ import annotations

from casparian.charts.markup import page, tag
from casparian.report.data import ReportData
from casparian.report.sections import PARTS, footer, header, tiles
from casparian.report.theme import css


def html(data: ReportData, title: str = "Plant report") -> str:
    """The whole page, ready to be written to a file or sent by mail. Empty parts are left out."""
    built = [(key, words, build(data)) for key, words, build in PARTS]
    links = [(key, words) for key, words, parts in built if parts]
    shown = [
        tag("section", tag("h2", words), *parts, id=key) for key, words, parts in built if parts
    ]
    body = [header(data, title, links), tag("main", tiles(data), *shown), footer(data)]
    return page(title, css(), body)
