"""Reference data of a site: tags, machines, products, cycles, routes, shifts, planned stops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from casparian.plant.site import SiteRun
from casparian.plant.tables import write_csv
from casparian.plant.tags import tags_of
from casparian.plant.truth import Books

TAG_COLUMNS = (
    "tag_name", "description", "units", "range_low", "range_high", "zero_allowed", "data_type",
    "interval_s", "site_id", "line_id", "asset_id",
)  # fmt: skip


def write_master(exports: Path, run: SiteRun, scale: float, books: Books) -> None:
    """Write the eight master files of a site."""
    tables: dict[str, tuple[Sequence[str], list[Sequence[object]]]] = {
        "tag_list": (TAG_COLUMNS, _tags(run, scale)),
        "tag_alias": (("tag_name", "tag_alias"), _aliases(run)),
        "machines": (
            ("machine_id", "machine_name", "site_id", "line_id", "machine_type", "timezone"),
            _machines(run),
        ),
        "products": (("product_id", "unit", "opportunities"), _products(run)),
        "ideal_cycles": (("machine_id", "product_id", "ideal_cycle_s", "unit"), _cycles(run)),
        "routes": (("product_id", "step", "operation", "machine_id"), _routes(run)),
        "shift_calendar": (
            ("line_id", "shift_date", "shift", "starts_at", "ends_at"), _shifts(run),
        ),
        "planned_stops": (("line_id", "starts_at", "ends_at", "reason"), _planned(run)),
    }  # fmt: skip
    for kind, (header, rows) in tables.items():
        path = f"{run.site.folder}/master/{kind}_{run.site.site_id}.csv"
        write_csv(exports, path, header, rows, run.site.newline, books)


def _tags(run: SiteRun, scale: float) -> list[Sequence[object]]:
    rows: list[Sequence[object]] = []
    for line_run in run.lines:
        line = line_run.line
        for tag in tags_of(line):
            text = tag.data_type == "string"
            low, high = (None, None) if text else (f"{tag.low:g}", f"{tag.high:g}")
            zero = "true" if tag.zero_allowed else "false"
            rows.append((
                tag.name, tag.description, tag.units, low, high, zero, tag.data_type,
                f"{tag.interval_s / scale:g}", run.site.site_id, line.line_id, tag.asset_id,
            ))  # fmt: skip
    return rows


def _aliases(run: SiteRun) -> list[Sequence[object]]:
    return [(tag.name, tag.alias) for line_run in run.lines for tag in tags_of(line_run.line)]


def _machines(run: SiteRun) -> list[Sequence[object]]:
    return [
        (machine.machine_id, machine.machine_name, run.site.site_id, line_run.line.line_id,
         machine.machine_type, run.site.timezone)
        for line_run, _, machine in run.machines()
    ]  # fmt: skip


def _products(run: SiteRun) -> list[Sequence[object]]:
    """What is made by weight has no units that could fail."""
    made = {p.product_id: p for _, _, machine in run.machines() for p in machine.products}
    return [(p.product_id, p.unit, p.opportunities) for p in made.values() if p.opportunities]


def _cycles(run: SiteRun) -> list[Sequence[object]]:
    return [
        (machine.machine_id, product.product_id, product.ideal_cycle_s, product.unit)
        for _, _, machine in run.machines()
        for product in machine.products
    ]


def _routes(run: SiteRun) -> list[Sequence[object]]:
    return [
        (product.product_id, machine.step, machine.operation, machine.machine_id)
        for _, _, machine in run.machines()
        for product in machine.products
    ]


def _shifts(run: SiteRun) -> list[Sequence[object]]:
    iso = run.clock.iso
    return [
        (shift.line_id, shift.shift_date.isoformat(), shift.shift, iso(shift.start), iso(shift.end))
        for line_run in run.lines
        for shift in line_run.shifts
    ]


def _planned(run: SiteRun) -> list[Sequence[object]]:
    iso = run.clock.iso
    return [
        (stop.line_id, iso(stop.start), iso(stop.end), stop.reason)
        for line_run in run.lines
        for stop in line_run.planned
    ]
