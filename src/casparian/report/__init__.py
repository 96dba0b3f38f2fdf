"""The report of a lake: one HTML file to send around, and a summary for the screen.

data: what a report is made of. collect: reads it from a lake. charts: SVG drawings, usable alone.
html: the page. screen: the summary.
"""

from __future__ import annotations

from pathlib import Path

from casparian.report.collect import Query, collect
from casparian.report.data import ReportData
from casparian.report.html import html
from casparian.report.screen import print_summary

__all__ = ["ReportData", "collect", "html", "print_summary", "write_report"]


def write_report(query: Query, out_html: Path, title: str = "Plant report") -> ReportData:
    """Collect the report of a lake and write it to `out_html`, whose folder is made if need be.

    query: runs SQL over the lake's tables by their addresses. Returns what was written, for
    `print_summary`. Raises OSError where the file cannot be written.
    """
    data = collect(query)
    out_html.parent.mkdir(parents=True, exist_ok=True)
    out_html.write_text(html(data, title), encoding="utf-8")
    return data
