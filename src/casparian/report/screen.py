"""The summary on the screen: what a person wants to know when the run has ended."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from casparian.report.data import OeeRow, ReportData
from casparian.report.markup import TIMES
from casparian.report.meaning import families
from casparian.report.scale import NONE, count, percent
from casparian.report.words import bare

REASONS_SHOWN = 7
CHARTS_SHOWN = 5
BAR = 20


def print_summary(data: ReportData, console: Console | None = None) -> None:
    """OEE a line, control-chart violations, quarantine and books, in fewer than 40 lines."""
    (console or Console()).print(Group(*_parts(data)))


def _parts(data: ReportData) -> Iterator[RenderableType]:
    yield _oee(data)
    yield _spc(data)
    yield _quarantine(data)
    yield _books(data)
    for row in data.open_files[:2]:
        yield Text(f"  look at {row.source_path}: {row.note or row.status}", "yellow")


def _table(title: str) -> Table:
    return Table(
        title=title, box=SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False,
        show_edge=False, padding=(0, 1),
    )  # fmt: skip


def _oee(data: ReportData) -> RenderableType:
    if not data.oee_lines:
        return Text("OEE: no line has figures yet.", "yellow")
    span = f", {data.days[0]} to {data.days[1]}" if data.days else ""
    table = _table(f"OEE by line{span}")
    for name in ("Line", "Availability", "Effectiveness", "Quality", "OEE"):
        table.add_column(name, justify="left" if name == "Line" else "right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in data.oee_lines:
        ratios = (row.availability_ratio, row.effectiveness_ratio, row.quality_ratio)
        table.add_row(row.line_id, *map(_ratio, ratios), _ratio(row.oee_ratio), _bar(row))
    return table


def _ratio(value: float | None) -> Text:
    return Text(NONE, "dim") if value is None else Text(percent(value))


def _bar(row: OeeRow) -> Text:
    if row.oee_ratio is None:
        return Text(row.missing, "yellow")
    full = round(min(max(row.oee_ratio, 0), 1) * BAR)
    return Text.assemble(("█" * full, "cyan"), ("░" * (BAR - full), "dim"))


def _spc(data: ReportData) -> RenderableType:
    hit = sorted((c for c in data.spc if c.broken), key=lambda c: -sum(c.broken.values()))
    if not hit:
        return Text(f"\nControl charts: no rule is broken on {len(data.spc)} charts.")
    on = f"on {len(hit)} of {len(data.spc)} charts"
    table = _table(f"\nControl charts: {data.violations} points break a rule, {on}")
    for name in ("Feature", "Machine", "Rules broken"):
        table.add_column(name, no_wrap=True)
    for chart in hit[:CHARTS_SHOWN]:
        rules = ", ".join(f"{rule} {TIMES} {n}" for rule, n in chart.broken.items())
        table.add_row(chart.title, chart.machine_id, Text(rules, "red"))
    if len(hit) > CHARTS_SHOWN:
        table.add_row(f"and {len(hit) - CHARTS_SHOWN} more in the report", "", "")
    return table


def _quarantine(data: ReportData) -> RenderableType:
    found = families(data.quarantine)
    if not found:
        return Text("\nQuarantine: empty.")
    table = _table(f"\nQuarantine: {count(data.total.quarantined)} records, by reason")
    table.add_column("Records", justify="right")
    table.add_column("Reason", no_wrap=True)
    table.add_column("For example", no_wrap=True, overflow="ellipsis", style="dim")
    for family in found[:REASONS_SHOWN]:
        row = family.example
        where = (
            f"{row.example_path}:{row.example_row}"
            if row.example_row is not None
            else row.example_path
        )
        table.add_row(count(family.count), f"{family.name} ({bare(family.table)})", where)
    rest = found[REASONS_SHOWN:]
    if rest:
        table.add_row(count(sum(f.count for f in rest)), f"{len(rest)} other reasons", "")
    return table


def _books(data: ReportData) -> Text:
    total = data.total
    state = ("closed", "bold green") if total.closed else ("open", "bold red")
    return Text.assemble(
        ("\nBooks ", "bold"),
        state,
        f": {count(total.files)} files, {count(total.read)} read = {count(total.valid)} valid "
        f"+ {count(total.quarantined)} quarantined + {count(total.duplicate)} duplicate",
    )
