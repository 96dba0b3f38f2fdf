"""Unplanned stops of each machine, in whole UTC seconds; no two of one machine overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casparian.plant import scenario, streams
from casparian.plant.calendar import PlannedStop, Shift
from casparian.plant.lines import Line

_GAP_S = 120

REASONS = {
    "machining": (
        ("M-110", "Tool breakage", "Breakdown", 0.8),
        ("M-120", "Spindle alarm", "Breakdown", 1.4),
        ("M-210", "Tool change", "Minor stop", 0.4),
        ("M-310", "Changeover", "Changeover", 1.3),
        ("M-410", "No raw parts", "Material", 0.9),
        ("M-510", "First-piece inspection", "Quality", 0.6),
    ),
    "packaging": (
        ("P-110", "Film break", "Minor stop", 0.5),
        ("P-120", "Jam at infeed", "Minor stop", 0.4),
        ("P-130", "Sealing jaw fault", "Breakdown", 1.5),
        ("P-310", "Format change", "Changeover", 1.4),
        ("P-410", "No cartons", "Material", 1.0),
    ),
    "batch": (
        ("B-110", "Agitator fault", "Breakdown", 1.6),
        ("B-120", "Steam pressure low", "Utilities", 0.8),
        ("B-210", "Waiting for laboratory", "Quality", 1.0),
        ("B-310", "Product change", "Changeover", 1.2),
        ("B-410", "Raw material late", "Material", 0.9),
    ),
}
BEARING_REASON = ("M-130", "Bearing failure", "Breakdown")


@dataclass(frozen=True)
class Stop:
    """One downtime event; event_id is empty until the site's log numbers it."""

    machine_id: str
    line_id: str
    start: int
    end: int
    reason_code: str
    reason: str
    category: str
    event_id: str = ""


def stops_of(
    line: Line, index: int, shifts: list[Shift], planned: list[PlannedStop], seed: int,
    bearing_at: int | None,
) -> list[Stop]:  # fmt: skip
    """Stops of the line's machine `index`, each starting in planned busy time.

    They may run on over a change of shift or a planned stop. bearing_at: start of the bearing
    failure, where this machine has it.
    """
    machine_id = line.machines[index].machine_id
    taken: list[Stop] = []
    if bearing_at is not None:
        end = bearing_at + scenario.BEARING_REPAIR_S
        taken.append(Stop(machine_id, line.line_id, bearing_at, end, *BEARING_REASON))
    rng = streams.stream(seed, streams.DOWNTIME, line.number, index)
    for day_shifts in _by_day(shifts):
        count = int(rng.integers(line.stops_per_day[0], line.stops_per_day[1] + 1))
        count = -(-count * len(day_shifts) // 3)
        for _ in range(count):
            stop = _draw(line, machine_id, day_shifts, rng)
            if _fits(stop, taken, planned, day_shifts):
                taken.append(stop)
    return sorted(taken, key=lambda stop: stop.start)


def _by_day(shifts: list[Shift]) -> list[list[Shift]]:
    days: dict[int, list[Shift]] = {}
    for shift in shifts:
        days.setdefault(shift.day, []).append(shift)
    return list(days.values())


def _draw(line: Line, machine_id: str, shifts: list[Shift], rng: np.random.Generator) -> Stop:
    code, reason, category, length = REASONS[line.kind][int(rng.integers(len(REASONS[line.kind])))]
    start = int(rng.integers(shifts[0].start, shifts[-1].end - 600))
    seconds = line.mean_stop_s * length * float(rng.gamma(2.0, 0.5))
    return Stop(
        machine_id, line.line_id, start, start + max(90, int(seconds)), code, reason, category
    )


def _fits(stop: Stop, taken: list[Stop], planned: list[PlannedStop], shifts: list[Shift]) -> bool:
    in_shift = any(shift.start <= stop.start < shift.end for shift in shifts)
    in_planned = any(plan.start <= stop.start < plan.end for plan in planned)
    free = all(
        stop.end + _GAP_S <= other.start or other.end + _GAP_S <= stop.start for other in taken
    )
    return in_shift and not in_planned and free
