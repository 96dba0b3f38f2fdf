"""How to trace a figure of the report back to its files."""

from __future__ import annotations

from casparian.charts.markup import card, tag
from casparian.charts.svg import Markup
from casparian.report.data import ReportData
from casparian.report.meaning import families
from casparian.report.words import day


def lineage(data: ReportData) -> list[Markup]:
    commands = [
        part
        for words, command in examples(data)
        for part in (tag("p", words, class_="soft"), tag("pre", command))
    ]
    said = (
        "Every row carries the hash of the file it came from, the number of its record, and the "
        "versions of the parser and the contract that judged it. To see them, type:"
    )
    return [card(tag("p", said), *commands)]


def examples(data: ReportData) -> list[tuple[str, str]]:
    """Commands that trace figures of this very report: (what it shows, the command)."""
    found = (_explain_oee(data), _explain_point(data), _explain_quarantine(data))
    known = [example for example in found if example]
    return known or [("For any table and any condition:", _explain("TABLE", "CONDITION"))]


def _explain_oee(data: ReportData) -> tuple[str, str] | None:
    known = [
        (row.day, row.line_id) for row in data.oee_days if row.day and row.oee_ratio is not None
    ]
    if not known:
        return None
    when, line = max(known)
    where = f"line_id = '{line}' and shift_date = '{when}'"
    return (
        f"From the OEE of {line} on {day(when)} back to its files:",
        _explain("gold_production.fct_oee_shift", where),
    )


def _explain_point(data: ReportData) -> tuple[str, str] | None:
    chart = next((chart for chart in data.spc if chart.broken), None)
    if chart is None:
        return None
    point = next(point for point in chart.points if point.rules)
    where = f"part_number = '{chart.part_number}' and feature = '{chart.feature}'"
    number = "subgroup" if chart.subgroup_size > 1 else "position"
    return (
        "From a point on a control chart to its measurements:",
        _explain("gold_quality.fct_spc_points", f"{where} and {number} = {point.subgroup}"),
    )


def _explain_quarantine(data: ReportData) -> tuple[str, str] | None:
    kept = next((f.example for f in families(data.quarantine) if f.example.example_path), None)
    if kept is None:
        return None
    where = f"reason = '{kept.reason}' and _source_row = {kept.example_row}"
    return "From a quarantined record to its place in the export:", _explain(kept.table, where)


def _explain(table: str, where: str) -> str:
    return f'casparian explain {table} --where "{where}"'
