"""MES exports: production counts a machine, order and hour, and the downtime log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from casparian.plant import scenario, streams
from casparian.plant.downtime import Stop
from casparian.plant.lines import Product
from casparian.plant.site import LineRun, SiteRun
from casparian.plant.tables import write_csv
from casparian.plant.truth import Books

COUNT_COLUMNS = (
    "site_id", "line_id", "machine_id", "order_id", "product_id", "interval_start",
    "interval_end", "total_count", "good_count", "scrap_count", "rework_count", "unit",
)  # fmt: skip
STOP_COLUMNS = (
    "event_id", "machine_id", "line_id", "start", "end", "reason_code", "reason", "category",
)  # fmt: skip


@dataclass(frozen=True)
class Count:
    """Units made in one hour; start and end in UTC seconds. total = good + scrap + rework."""

    line_id: str
    machine_id: str
    order_id: str
    product: Product
    day: int
    start: int
    end: int
    total: int
    good: int
    scrap: int
    rework: int
    valid: bool = True


def counts_of(run: SiteRun) -> list[Count]:
    """All counts of a site, one machine after the other in order of time."""
    counts: list[Count] = []
    for line_run, index, machine in run.machines():
        made = _machine_counts(run, line_run, index)
        if (line_run.line.line_id, machine.machine_id) == scenario.GOOD_ABOVE_TOTAL[:2]:
            made = _with_impossible_count(made)
        counts += made
    return counts


def write_counts(exports: Path, run: SiteRun, counts: list[Count], books: Books) -> None:
    """One file a production day, rows in order of time."""
    for day in range(run.days):
        path = run.file("production", "production", day)
        today = [count for count in counts if count.day == day]
        today.sort(key=lambda count: (count.start, count.machine_id))
        rows = [_count_row(run, count) for count in today]
        write_csv(exports, path, COUNT_COLUMNS, rows, run.site.newline, books)
        for count in today:
            if not count.valid:
                books.reject("production.production_counts", path, "good_above_total",
                             "Good count above total count")  # fmt: skip
                books.fault("good_above_total", path, f"{count.machine_id}, order {count.order_id}")


def write_stops(exports: Path, run: SiteRun, books: Books) -> None:
    """One downtime log a production day; one row in it may end before it starts."""
    stops = run.stops()
    for day in range(run.days):
        path = run.file("downtime", "downtime", day)
        today = [stop for stop in stops if run.production_day(stop.start) == day]
        wrong = _backwards(run, day)
        if wrong is not None:
            today = sorted([*today, wrong], key=lambda stop: stop.start)
            books.reject("equipment.downtime_events", path, "end_before_start", "End before start")
            books.fault("end_before_start", path, f"event {wrong.event_id}")
        rows = [_stop_row(run, stop) for stop in today]
        write_csv(exports, path, STOP_COLUMNS, rows, run.site.newline, books)


def _machine_counts(run: SiteRun, line_run: LineRun, index: int) -> list[Count]:
    line = line_run.line
    machine, timeline = line.machines[index], line_run.timelines[index]
    rng = streams.stream(run.seed, streams.PRODUCTION, line.number, index)
    counts: list[Count] = []
    order, left, carry = 0, 0, 0.0
    for shift in line_run.shifts:
        pace = float(rng.uniform(*line.speed))
        for start in range(shift.start, shift.end, 3600):
            if left == 0:
                order, left, carry = order + 1, int(rng.integers(14, 41)), 0.0
            left -= 1
            product = machine.products[order % len(machine.products)]
            speed = min(1.0, pace * float(rng.uniform(0.97, 1.03)))
            ran = timeline.ran_between(start, start + 3600)
            carry += ran * speed / product.ideal_cycle_s
            total = int(carry)
            carry -= total
            if total:
                order_id = f"PO-{line.number}{index + 1}{order:04d}"
                counts.append(
                    Count(line.line_id, machine.machine_id, order_id, product, shift.day, start,
                          start + 3600, total, *_split(total, line.quality, rng))
                )  # fmt: skip
    return counts


def _split(
    total: int, quality: tuple[float, float], rng: np.random.Generator
) -> tuple[int, int, int]:
    """(good, scrap, rework) of a total."""
    bad = int(rng.binomial(total, 1.0 - float(rng.uniform(*quality))))
    rework = int(rng.binomial(bad, 0.25))
    return total - bad, bad - rework, rework


def _with_impossible_count(counts: list[Count]) -> list[Count]:
    """The first count after noon of the fault's day says more good units than units."""
    day = scenario.GOOD_ABOVE_TOTAL[2]
    rows = [i for i, count in enumerate(counts) if count.day == day]
    if not rows:
        return counts
    row = rows[len(rows) // 2]
    wrong = replace(counts[row], good=counts[row].total + 7, valid=False)
    return [*counts[:row], wrong, *counts[row + 1 :]]


def _backwards(run: SiteRun, day: int) -> Stop | None:
    line_id, machine_id, fault_day = scenario.END_BEFORE_START
    if day != fault_day or not machine_id.startswith(run.site.site_id):
        return None
    start = run.clock.at(day, 12, 40)
    return Stop(machine_id, line_id, start, start - 1500, "P-120", "Jam at infeed", "Minor stop",
                f"DT-{run.site.site_id}-900001")  # fmt: skip


def _count_row(run: SiteRun, count: Count) -> Sequence[object]:
    return (
        run.site.site_id, count.line_id, count.machine_id, count.order_id,
        count.product.product_id, run.clock.iso(count.start), run.clock.iso(count.end),
        count.total, count.good, count.scrap, count.rework, count.product.unit,
    )  # fmt: skip


def _stop_row(run: SiteRun, stop: Stop) -> Sequence[object]:
    return (
        stop.event_id, stop.machine_id, stop.line_id, run.clock.iso(stop.start),
        run.clock.iso(stop.end), stop.reason_code, stop.reason, stop.category,
    )  # fmt: skip
