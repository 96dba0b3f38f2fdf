"""The sections of the report, each from figures to markup, in the order of the page."""

from collections.abc import Callable

from casparian.charts.svg import Markup
from casparian.report.data import ReportData
from casparian.report.sections.books import books
from casparian.report.sections.checks import checks
from casparian.report.sections.control import control_charts
from casparian.report.sections.downtime import downtime
from casparian.report.sections.effectiveness import effectiveness
from casparian.report.sections.lineage import lineage
from casparian.report.sections.quarantine import quarantine
from casparian.report.sections.top import footer, header, tiles

__all__ = ["PARTS", "footer", "header", "tiles"]

PARTS: tuple[tuple[str, str, Callable[[ReportData], list[Markup]]], ...] = (
    ("oee", "Effectiveness", effectiveness),
    ("downtime", "Downtime", downtime),
    ("spc", "Control charts", control_charts),
    ("quarantine", "Quarantine", quarantine),
    ("books", "Books", books),
    ("checks", "Checks", checks),
    ("lineage", "Where a figure comes from", lineage),
)
