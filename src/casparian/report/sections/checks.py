"""Checks: what the last check of each table found that is not as its contract says."""

from __future__ import annotations

from collections.abc import Sequence

from casparian.charts.markup import Heading, card, table, tag
from casparian.charts.scale import NONE, count
from casparian.charts.svg import Markup
from casparian.report.data import Checks, FailedCheck, ReportData
from casparian.report.words import plural

SHOWN = 20
VALUES = 3  # odd values that are listed of one expectation


def checks(data: ReportData) -> list[Markup]:
    """Nothing where no table was ever checked."""
    found = data.checks
    if found is None:
        return []
    parts = [tag("p", _said(found), class_="soft")]
    if found.failed:
        parts.append(_table(found.failed))
    rest = len(found.failed) - SHOWN
    if rest > 0:
        parts.append(tag("figcaption", f"And {rest} more: casparian checks lists them."))
    return [card(*parts)]


def _said(found: Checks) -> str:
    warnings = len(found.failed) - found.critical
    asked = f"{count(found.expectations)} expectations of {count(found.tables)} "
    told = f"{asked}{plural(found.tables, 'table')}: {count(found.critical)} critical failed, "
    told += f"{count(warnings)} {plural(warnings, 'warning')}"
    told += f", {count(found.not_asked)} not asked" if found.not_asked else ""
    return f"{told}. Last checked {found.checked_at:%Y-%m-%d %H:%M} UTC."


def _table(failed: Sequence[FailedCheck]) -> Markup:
    columns = (
        Heading("Table", keep=True), Heading("Expected", wide=True), Heading("Severity", keep=True),
        Heading("Rows", True), Heading("Found", wide=True),
    )  # fmt: skip
    return table(columns, [_row(each) for each in failed[:SHOWN]])


def _row(each: FailedCheck) -> list[str | Markup]:
    rows = NONE
    if each.unexpected is not None:
        rows = f"{count(each.unexpected)} of {count(each.evaluated)}"
    severity = tag("b", "critical") if each.critical else "warning"
    return [tag("code", each.table), each.meaning, severity, rows, _some(each.found)]


def _some(found: str) -> str:
    values = found.split(", ")
    more = f" and {len(values) - VALUES} more" if len(values) > VALUES else ""
    return (", ".join(value[:40] for value in values[:VALUES]) + more) or NONE
