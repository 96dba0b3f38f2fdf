"""LIMS exports: results of a sample a batch, taken when the reaction ends."""

from __future__ import annotations

from pathlib import Path

from casparian.plant import scenario, streams
from casparian.plant.site import SiteRun
from casparian.plant.tables import write_csv
from casparian.plant.truth import Books

COLUMNS = (
    "sample_id", "test", "batch_id", "product_id", "sampled_at", "result", "units",
    "lower_limit", "upper_limit", "status",
)  # fmt: skip
# test, units, lower limit, upper limit, decimals
_TESTS = (
    ("Viscosity", "mPa.s", 420.0, 580.0, 1),
    ("Solids", "%", 48.0, 52.0, 2),
    ("pH", "pH", 5.0, 6.2, 2),
    ("Residual monomer", "ppm", 0.0, 800.0, 0),
)
_RESULT = COLUMNS.index("result")
_STATUS = COLUMNS.index("status")


def write_lims(exports: Path, run: SiteRun, books: Books) -> None:
    """One file a production day; a few results are missing on the planted days."""
    by_day: dict[int, list[list[object]]] = {}
    for at, row in sorted(_results(run), key=lambda found: (found[0], str(found[1][:2]))):
        by_day.setdefault(run.production_day(at), []).append(row)
    for day, rows in sorted(by_day.items()):
        path = run.file("lims", "lims", day)
        missing = _empty_some(run, day, rows)
        write_csv(exports, path, COLUMNS, rows, run.site.newline, books)
        books.reject("quality.lims_results", path, "missing", "Missing result", missing)
        if missing:
            books.fault("missing_result", path, f"{missing} results are empty")


def _results(run: SiteRun) -> list[tuple[int, list[object]]]:
    found: list[tuple[int, list[object]]] = []
    period_end = run.clock.at(run.days, 6)
    for line_run, index, machine in run.machines():
        rng = streams.stream(run.seed, streams.LIMS, line_run.line.number, index)
        for batch in line_run.batches[index]:
            product = machine.products[batch.number % len(machine.products)]
            batch_id = f"{product.product_id}-{line_run.line.number}{index + 1}{batch.number:04d}"
            if batch.reacted >= period_end:
                continue
            for number, (test, units, low, high, decimals) in enumerate(_TESTS):
                value = (low + high) / 2 + (high - low) / 7 * float(rng.standard_normal())
                shown = f"{max(value, 0.5):.{decimals}f}"
                status = "PASS" if low <= float(shown) <= high else "FAIL"
                sample = f"S-{line_run.line.number}{index + 1}{batch.number:05d}"
                found.append((batch.reacted, [
                    sample, test, batch_id, product.product_id,
                    run.clock.iso(batch.reacted + 60 * number), shown, units, low, high, status,
                ]))  # fmt: skip
    return found


def _empty_some(run: SiteRun, day: int, rows: list[list[object]]) -> int:
    """Empty the last results of the day, as when a sample was lost; returns how many."""
    wanted = sum(n for site, d, n in scenario.LIMS_MISSING if (site, d) == (run.site.site_id, day))
    for row in rows[len(rows) - wanted :] if wanted else ():
        row[_RESULT] = None
        row[_STATUS] = "PENDING"
    return min(wanted, len(rows))
