"""Shifts and planned stops of each line, in whole UTC seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from casparian.plant.clock import SiteClock
from casparian.plant.lines import Line

SHIFTS = (("Early", 6, 14), ("Late", 14, 22), ("Night", 22, 30))
_BREAK_AFTER_S, _BREAK_S = 4 * 3600, 1800
_FULL_STOP_WEEKDAY = 6  # the machining line in Hamburg is serviced on Sunday's early shift


@dataclass(frozen=True)
class Shift:
    line_id: str
    day: int
    shift_date: date
    shift: str
    start: int
    end: int


@dataclass(frozen=True)
class PlannedStop:
    line_id: str
    start: int
    end: int
    reason: str


def shifts_of(line: Line, clock: SiteClock, days: int) -> list[Shift]:
    """Production shifts in order of time; a shift belongs to the day on which it starts."""
    return [
        Shift(line.line_id, day, clock.date_of(day), name, clock.at(day, start), clock.at(day, end))
        for day in range(days)
        for name, start, end in SHIFTS
        if _works(line, clock.date_of(day).weekday(), name)
    ]


def planned_stops_of(line: Line, clock: SiteClock, days: int) -> list[PlannedStop]:
    """Stops outside the planned busy time, in order of time, without overlap."""
    stops: list[PlannedStop] = []
    for shift in shifts_of(line, clock, days):
        stops.extend(_stops_of_shift(line, clock, shift))
    stops.sort(key=lambda stop: stop.start)
    return _without_overlap(stops)


def _works(line: Line, weekday: int, shift: str) -> bool:
    serviced = line.line_id == "HAM-MC1" and weekday == _FULL_STOP_WEEKDAY
    return weekday in line.weekdays or (serviced and shift == "Early")


def _stops_of_shift(line: Line, clock: SiteClock, shift: Shift) -> list[PlannedStop]:
    weekday = shift.shift_date.weekday()
    if weekday not in line.weekdays:
        return [PlannedStop(line.line_id, shift.start, shift.end, "Preventive maintenance")]
    if line.kind == "batch":
        # Cleaning in place runs across the change of shift.
        cleaning = weekday == 2 and shift.shift == "Early"
        times = (clock.at(shift.day, 13), clock.at(shift.day, 15))
        return [PlannedStop(line.line_id, *times, "Cleaning in place")] if cleaning else []
    middle = shift.start + _BREAK_AFTER_S
    stops = [PlannedStop(line.line_id, middle, middle + _BREAK_S, "Break")]
    if line.kind == "packaging" and weekday == 0 and shift.shift == "Early":
        stops.append(PlannedStop(line.line_id, shift.start, shift.start + 7200, "Weekly cleaning"))
    return stops


def _without_overlap(stops: list[PlannedStop]) -> list[PlannedStop]:
    kept: list[PlannedStop] = []
    for stop in stops:
        if not kept or stop.start >= kept[-1].end:
            kept.append(stop)
    return kept
