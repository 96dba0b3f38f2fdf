"""The summary on the screen: what a person wants to know when the run has ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from casparian.charts.markup import TIMES
from casparian.charts.scale import NONE
from casparian.report.data import Checks, OeeRow, ReportData
from casparian.report.meaning import families
from casparian.report.words import bare, plural

REASONS_SHOWN = 7
CHARTS_SHOWN = 5
FILES_SHOWN = 2
BAR = 20
UNSEEN_WIDTH = 100  # when the output goes to a file, where there is no screen to measure


def print_summary(data: ReportData, console: Console | None = None) -> None:
    """OEE a line, control-chart violations, quarantine and books, in fewer than 40 lines."""
    console = console or _console()
    console.print(Group(*_Summary(data, plain=console.options.ascii_only).parts()))


def _console() -> Console:
    found = Console()
    return found if found.is_terminal else Console(width=max(found.width, UNSEEN_WIDTH))


@dataclass(frozen=True)
class _Summary:
    """plain: the screen knows only simple characters (a redirected Windows console)."""

    data: ReportData
    plain: bool

    def parts(self) -> Iterator[RenderableType]:
        yield self._oee()
        yield self._spc()
        yield self._quarantine()
        yield self._books()
        if self.data.checks:
            yield self._checks(self.data.checks)
        waiting = self.data.open_files
        for row in waiting[:FILES_SHOWN]:
            yield Text(f"  look at {row.source_path}: {row.note or row.status}", "yellow")
        if len(waiting) > FILES_SHOWN:
            yield Text(f"  and {len(waiting) - FILES_SHOWN} more files to look at", "yellow")

    def _checks(self, found: Checks) -> RenderableType:
        warnings = len(found.failed) - found.critical
        told = f"Checks: {found.expectations} expectations of {found.tables} tables"
        told += f", {found.critical} critical failed, "
        told += f"{warnings} {plural(warnings, 'warning')}."
        return Text(told, "red" if found.critical else "yellow" if warnings else "green")

    def _oee(self) -> RenderableType:
        if not self.data.oee_lines:
            return Text("OEE: no line has figures yet.", "yellow")
        days = self.data.days
        table = _table()
        for name in ("Line", "Availability", "Effectiveness", "Quality", "OEE"):
            table.add_column(name, justify="left" if name == "Line" else "right", no_wrap=True)
        table.add_column("", max_width=46)
        for row in self.data.oee_lines:
            ratios = (row.availability_ratio, row.effectiveness_ratio, row.quality_ratio)
            shown = (self._ratio(ratio) for ratio in (*ratios, row.oee_ratio))
            table.add_row(row.line_id, *shown, self._bar(row))
        return _titled(f"OEE by line{f', {days[0]} to {days[1]}' if days else ''}", table)

    def _ratio(self, value: float | None) -> str:
        if value is None:
            return "-" if self.plain else NONE
        return f"{value * 100:.1f} %"

    def _bar(self, row: OeeRow) -> Text:
        if row.oee_ratio is None:
            return Text(row.missing, "yellow")
        full = round(min(max(row.oee_ratio, 0), 1) * BAR)
        marks = "#." if self.plain else "█░"
        return Text.assemble((marks[0] * full, "cyan"), (marks[1] * (BAR - full), "dim"))

    def _spc(self) -> RenderableType:
        charts = self.data.spc
        hit = sorted((c for c in charts if c.broken), key=lambda c: -sum(c.broken.values()))
        if not charts:
            return Text("\nControl charts: no feature has one yet.", "yellow")
        if not hit:
            return Text(f"\nControl charts: no rule is broken on {len(charts)} charts.")
        on = f"on {len(hit)} of {len(charts)} charts"
        table = _table()
        for name in ("Feature", "Machine", "Rules broken"):
            table.add_column(name, no_wrap=True)
        for chart in hit[:CHARTS_SHOWN]:
            times = "x" if self.plain else TIMES
            rules = ", ".join(f"{rule}{times}{n}" for rule, n in chart.broken.items())
            name = f"{chart.part_number} {chart.feature}"
            table.add_row(name, chart.machine_id, Text(rules, "red"))
        if len(hit) > CHARTS_SHOWN:
            table.add_row(f"and {len(hit) - CHARTS_SHOWN} more in the report", "", "")
        title = f"\nControl charts: {self.data.violations} points break a rule, {on}"
        return _titled(title, table)

    def _quarantine(self) -> RenderableType:
        found = families(self.data.quarantine)
        if not found:
            return Text("\nQuarantine: empty.")
        table = _table()
        table.add_column("Records", justify="right", no_wrap=True, min_width=7)
        table.add_column("Reason", no_wrap=True)
        table.add_column("Table", no_wrap=True)
        table.add_column("For example, file:record", no_wrap=True, style="dim")
        for family in found[:REASONS_SHOWN]:
            row = family.example
            name = row.example_path.rsplit("/", 1)[-1]
            where = name if row.example_row is None else f"{name}:{row.example_row}"
            table.add_row(f"{family.count:,}", family.name, bare(family.table), where)
        rest = found[REASONS_SHOWN:]
        if rest:
            table.add_row(f"{sum(f.count for f in rest):,}", f"{len(rest)} other reasons", "", "")
        title = f"\nQuarantine: {self.data.total.quarantined:,} records, by reason"
        return _titled(title, table)

    def _books(self) -> Text:
        total = self.data.total
        if not total.files:
            return Text("\nBooks: no file has been landed yet.", "yellow")
        return Text.assemble(
            ("\nBooks ", "bold"),
            ("closed", "bold green") if total.closed else ("open", "bold red"),
            f": {total.files:,} files, {total.read:,} read = {total.valid:,} valid "
            f"+ {total.quarantined:,} quarantined + {total.duplicate:,} duplicate",
        )


def _table() -> Table:
    return Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))


def _titled(title: str, table: Table) -> RenderableType:
    """A title above its table that may be longer than the table is wide."""
    return Group(Text(title, "bold"), table)
