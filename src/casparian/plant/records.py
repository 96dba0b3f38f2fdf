"""Alarms, energy, material movements and the maintenance log of a site, as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from casparian.plant import scenario, streams
from casparian.plant.alarm_truth import Alarm
from casparian.plant.downtime import BEARING_REASON, Stop
from casparian.plant.lines import Line
from casparian.plant.materials import MOVEMENT_COLUMNS, Movement, rows_of
from casparian.plant.signals import Bearing
from casparian.plant.site import SiteRun
from casparian.plant.tables import write_csv
from casparian.plant.tags import tags_of
from casparian.plant.timeline import Timeline
from casparian.plant.truth import Books

ALARM_COLUMNS = ("alarm_id", "timestamp", "tag_name", "state", "priority", "message")
ENERGY_COLUMNS = ("meter_id", "line_id", "interval_start", "interval_end", "energy_kwh")
WORK_ORDER_COLUMNS = (
    "work_order_id", "machine_id", "opened_at", "closed_at", "type", "description", "cost",
)  # fmt: skip
VIBRATION_LIMITS = ((7.1, 3, "Vibration high"), (11.2, 1, "Vibration high high"))
_BASE_VIBRATION = 2.0
_KW = {"machining": (9.0, 38.0), "packaging": (5.0, 19.0), "batch": (14.0, 66.0)}


@dataclass(frozen=True)
class EnergyReading:
    """What a line's meter counted in an hour [kWh]; start and end in UTC seconds."""

    line_id: str
    start: int
    end: int
    kwh: float


Timed = tuple[int, list[object]]  # UTC second that decides on the file, row


def write_alarms(exports: Path, run: SiteRun, books: Books) -> None:
    """SCADA alarms, one file a production day: each goes ACTIVE, ACK, CLEAR."""
    _write_days(exports, run, "alarms", ALARM_COLUMNS, _alarms(run), books)


def energy_of(run: SiteRun) -> list[EnergyReading]:
    """Energy of each line and hour, one line after the other."""
    found: list[EnergyReading] = []
    for line_run in run.lines:
        line = line_run.line
        rng = streams.stream(run.seed, streams.ENERGY, line.number)
        base, running = _KW[line.kind]
        for start in range(run.clock.at(0, 6), run.clock.at(run.days, 6), 3600):
            end = start + 3600
            ran = sum(timeline.ran_between(start, end) for timeline in line_run.timelines)
            share = ran / 3600 / len(line_run.timelines)
            kwh = (base + running * share) * (1 + 0.03 * float(rng.standard_normal()))
            found.append(EnergyReading(line.line_id, start, end, round(kwh, 3)))
    return found


def write_energy(exports: Path, run: SiteRun, readings: list[EnergyReading], books: Books) -> None:
    """Energy a line and hour [kWh]."""
    _write_days(exports, run, "energy", ENERGY_COLUMNS, _energy_rows(run, readings), books)


def write_movements(exports: Path, run: SiteRun, moves: list[Movement], books: Books) -> None:
    """What the warehouses note: movements of material, and the counts of what lies there."""
    _write_days(exports, run, "materials", MOVEMENT_COLUMNS, rows_of(run, moves), books)


def write_maintenance(exports: Path, run: SiteRun, books: Books) -> None:
    """Work orders of the whole period in one file: a repair for each breakdown, and services."""
    rows = [row for _, row in sorted(_work_orders(run), key=lambda timed: timed[0])]
    for number, row in enumerate(rows, 1):
        row[0] = f"WO-{run.site.site_id}-{number:05d}"
    path = f"{run.site.folder}/maintenance/maintenance_{run.site.site_id}.csv"
    write_csv(exports, path, WORK_ORDER_COLUMNS, rows, run.site.newline, books)


def bearing_alarms(bearing: Bearing, timeline: Timeline) -> list[tuple[int, int, str]]:
    """(UTC second, priority, message) at which vibration passes its two limits, or the next
    start of the machine where it passes them at rest."""
    return [
        (
            timeline.next_running(bearing.reaches(limit / _BASE_VIBRATION)),
            priority,
            f"{message} ({limit:g} mm/s)",
        )
        for limit, priority, message in VIBRATION_LIMITS
    ]


def _write_days(
    exports: Path, run: SiteRun, room: str, header: Sequence[str], timed: list[Timed], books: Books
) -> None:
    days: list[list[list[object]]] = [[] for _ in range(run.days)]
    for at, row in sorted(timed, key=lambda found: found[0]):
        days[run.production_day(at)].append(row)
    for day, rows in enumerate(days):
        if rows:
            path = run.file(room, room, day)
            write_csv(exports, path, header, rows, run.site.newline, books)


def alarms_of(run: SiteRun) -> list[Alarm]:
    """All alarms of a site in order of their raise."""
    rng = streams.stream(run.seed, streams.ALARMS, run.lines[0].line.number)
    line_of = {tag.name: r.line.line_id for r in run.lines for tag in tags_of(r.line)}
    raised = _stop_alarms(run, rng)
    if run.bearing is not None:
        repaired = run.bearing.repaired_at
        timeline = run.timeline_of(scenario.BEARING_MACHINE)
        for at, priority, message in bearing_alarms(run.bearing, timeline):
            raised.append((at, repaired, scenario.BEARING_TAG, priority, message))
    found = []
    for at, cleared, tag, priority, message in sorted(raised):
        acked = min(at + int(rng.integers(15, 300)), cleared)
        found.append(Alarm(line_of[tag], tag, at, acked, cleared, priority, message))
    return found


def _alarms(run: SiteRun) -> list[Timed]:
    found: list[Timed] = []
    for number, alarm in enumerate(alarms_of(run), 1):
        name = f"AL-{run.site.site_id}-{number:06d}"
        for state, when in (
            ("ACTIVE", alarm.raised), ("ACK", alarm.acked), ("CLEAR", alarm.cleared),
        ):  # fmt: skip
            row = [name, run.clock.iso(when), alarm.tag, state, alarm.priority, alarm.message]
            found.append((when, row))
    return found


def _stop_alarms(run: SiteRun, rng: np.random.Generator) -> list[tuple[int, int, str, int, str]]:
    raised = []
    for line_run in run.lines:
        names = _first_tags(line_run.line)
        for machine, stops in zip(line_run.line.machines, line_run.stops, strict=True):
            for stop in stops:
                if stop.category == "Breakdown" or rng.random() < 0.35:
                    priority = 1 if stop.category == "Breakdown" else int(rng.integers(2, 5))
                    start = stop.start + int(rng.integers(0, 8))
                    raised.append(
                        (start, stop.end, names[machine.machine_id], priority, stop.reason)
                    )
    return raised


def _first_tags(line: Line) -> dict[str, str]:
    first: dict[str, str] = {}
    for tag in tags_of(line):
        first.setdefault(tag.asset_id, tag.name)
    return first


def _energy_rows(run: SiteRun, readings: list[EnergyReading]) -> list[Timed]:
    return [
        (one.start, [f"EM-{one.line_id}", one.line_id, run.clock.iso(one.start),
                     run.clock.iso(one.end), f"{one.kwh:.3f}"])
        for one in readings
    ]  # fmt: skip


def _work_orders(run: SiteRun) -> list[Timed]:
    rng = streams.stream(run.seed, streams.MAINTENANCE, run.lines[0].line.number)
    found = [_repair(run, stop, rng) for stop in run.stops() if stop.category == "Breakdown"]
    for line_run in run.lines:
        for plan in line_run.planned:
            if plan.reason != "Break":
                machine = line_run.line.machines[0].machine_id
                cost = f"{float(rng.uniform(150, 600)):.2f}"
                start, end = run.clock.iso(plan.start), run.clock.iso(plan.end)
                row: list[object] = ["", machine, start, end, "Preventive", plan.reason, cost]
                found.append((plan.start, row))
    return found


def _repair(run: SiteRun, stop: Stop, rng: np.random.Generator) -> Timed:
    bearing = stop.reason_code == BEARING_REASON[0]
    description = f"Repair after {stop.event_id}: {stop.reason}"
    cost = 4850.0 if bearing else float(rng.uniform(80, 900))
    opened = stop.start + int(rng.integers(60, 400))
    closed = stop.end if bearing else stop.end + int(rng.integers(0, 3600))
    return opened, ["", stop.machine_id, run.clock.iso(opened), run.clock.iso(max(closed, opened)),
                    "Corrective", description, f"{cost:.2f}"]  # fmt: skip
