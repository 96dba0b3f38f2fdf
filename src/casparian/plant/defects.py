"""The defect log: what was found wrong with the pieces that were not good, by defect code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from casparian.plant import streams
from casparian.plant.calendar import Shift
from casparian.plant.production import Count
from casparian.plant.site import SiteRun
from casparian.plant.tables import write_csv
from casparian.plant.truth import Books

COLUMNS = (
    "defect_id", "detected_at", "part_number", "order_id", "defect_code", "defect", "count",
    "inspected_count", "severity", "machine_id", "line_id", "shift", "disposition",
)  # fmt: skip
# code, defect, severity, share of what is found
_CODES = {
    "machining": (
        ("D-110", "Dimension out of tolerance", "major", 0.46),
        ("D-120", "Burr", "minor", 0.27),
        ("D-130", "Scratch", "minor", 0.18),
        ("D-140", "Porosity", "critical", 0.09),
    ),
    "packaging": (
        ("D-210", "Seal leaks", "critical", 0.41),
        ("D-220", "Underweight", "major", 0.31),
        ("D-230", "Print unreadable", "minor", 0.2),
        ("D-240", "Carton crushed", "minor", 0.08),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """Defects of one code and disposition on a machine's product in a shift. at: UTC second."""

    at: int
    shift: Shift
    last: Count
    code: str
    defect: str
    severity: str
    disposition: str
    count: int
    inspected: int


def findings_of(run: SiteRun, counts: list[Count]) -> list[Finding]:
    """All findings of a site in order of time; what is made by weight has no defects."""
    rng = streams.stream(run.seed, streams.DEFECTS, run.lines[0].line.number)
    kinds = {line_run.line.line_id: line_run.line.kind for line_run in run.lines}
    shifts = [shift for line_run in run.lines for shift in line_run.shifts]
    found: list[Finding] = []
    for shift in shifts:
        made: dict[tuple[str, str], list[Count]] = {}
        for count in counts:
            if count.line_id == shift.line_id and shift.start <= count.start < shift.end:
                made.setdefault((count.machine_id, count.product.product_id), []).append(count)
        for own in made.values():
            found += _found_in(shift, own, _CODES.get(kinds[shift.line_id], ()), rng)
    return sorted(found, key=lambda one: (one.at, one.last.machine_id, one.code, one.disposition))


def _found_in(
    shift: Shift, made: list[Count], codes: tuple[tuple[str, str, str, float], ...],
    rng: np.random.Generator,
) -> list[Finding]:  # fmt: skip
    """Findings on a machine's product in a shift: one a code and disposition."""
    found: list[Finding] = []
    last, inspected = made[-1], sum(count.total for count in made)
    for disposition in ("scrap", "rework") if codes else ():
        bad = sum(getattr(count, disposition) for count in made)
        split = rng.multinomial(bad, [share for *_, share in codes])
        for (code, defect, severity, _), number in zip(codes, split.tolist(), strict=True):
            at = last.end - int(rng.integers(60, 1800))
            if number:
                found.append(Finding(at, shift, last, code, defect, severity, disposition, number,
                                     inspected))  # fmt: skip
    return found


def write_defects(exports: Path, run: SiteRun, found: list[Finding], books: Books) -> None:
    """One log a production day."""
    rows: dict[int, list[list[object]]] = {}
    for number, one in enumerate(found, 1):
        rows.setdefault(one.shift.day, []).append([
            f"DF-{run.site.site_id}-{number:06d}", run.clock.iso(one.at),
            one.last.product.product_id, one.last.order_id, one.code, one.defect, one.count,
            one.inspected, one.severity, one.last.machine_id, one.last.line_id, one.shift.shift,
            one.disposition,
        ])  # fmt: skip
    for day, today in sorted(rows.items()):
        path = run.file("defects", "defects", day)
        write_csv(exports, path, COLUMNS, today, run.site.newline, books)
