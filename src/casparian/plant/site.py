"""One site over the period: its clock, calendar, stops and machine timelines, built once."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property

from casparian.plant import scenario, streams, timeline
from casparian.plant.calendar import PlannedStop, Shift, planned_stops_of, shifts_of
from casparian.plant.clock import SiteClock
from casparian.plant.downtime import Stop, stops_of
from casparian.plant.lines import LINE_BY_ID, Line, Machine, Site, lines_of
from casparian.plant.signals import Bearing
from casparian.plant.timeline import Batch, Timeline


@dataclass(frozen=True)
class LineRun:
    """What one line did. stops, timelines and batches are a list a machine of the line."""

    line: Line
    shifts: list[Shift]
    planned: list[PlannedStop]
    stops: list[list[Stop]]
    timelines: list[Timeline]
    batches: list[list[Batch]]


@dataclass(frozen=True)
class SiteRun:
    """A site over `days` local days; production days run on to 06:00 of the day after."""

    site: Site
    clock: SiteClock
    days: int
    seed: int
    lines: list[LineRun]
    bearing: Bearing | None

    def machines(self) -> list[tuple[LineRun, int, Machine]]:
        """(line run, index, machine) of every machine."""
        return [(run, i, m) for run in self.lines for i, m in enumerate(run.line.machines)]

    def timeline_of(self, machine_id: str) -> Timeline:
        return next(r.timelines[i] for r, i, m in self.machines() if m.machine_id == machine_id)

    def production_day(self, instant: int) -> int:
        """Day from 06:00 to 06:00 that holds a UTC second, clipped to the period."""
        return bisect_right(self._day_starts, instant)

    @cached_property
    def _day_starts(self) -> list[int]:
        return [self.clock.at(day, 6) for day in range(1, self.days)]

    def stops(self) -> list[Stop]:
        """All stops of the site in order of time."""
        found = [stop for run in self.lines for stops in run.stops for stop in stops]
        return sorted(found, key=lambda stop: (stop.start, stop.machine_id))

    def file(self, room: str, kind: str, day: int) -> str:
        """Path below exports/ of a daily CSV."""
        date = self.clock.date_of(day)
        return f"{self.site.folder}/{room}/{kind}_{self.site.site_id}_{date:%Y%m%d}.csv"


def run_site(site: Site, days: int, seed: int) -> SiteRun:
    """Let a site run for the period."""
    clock = SiteClock(site.timezone, days)
    bearing = _bearing(clock, days) if _has_bearing(site) else None
    lines = [_run_line(line, clock, days, seed, bearing) for line in lines_of(site)]
    return _numbered(SiteRun(site, clock, days, seed, lines, bearing))


def _has_bearing(site: Site) -> bool:
    return LINE_BY_ID[scenario.BEARING_LINE].site is site


def _bearing(clock: SiteClock, days: int) -> Bearing:
    """The failure lies at 80 % of the period, later only where that is a planned stop."""
    lasts = clock.midnight(days) - clock.midnight(0)
    fails_at = clock.midnight(0) + int(lasts * scenario.BEARING_AT)
    line = LINE_BY_ID[scenario.BEARING_LINE]
    for stop in planned_stops_of(line, clock, days):
        if stop.start <= fails_at < stop.end:
            fails_at = stop.end + 600
    return Bearing(fails_at, fails_at + scenario.BEARING_REPAIR_S, lasts * scenario.BEARING_TAU)


def _run_line(
    line: Line, clock: SiteClock, days: int, seed: int, bearing: Bearing | None
) -> LineRun:
    shifts = shifts_of(line, clock, days)
    planned = planned_stops_of(line, clock, days)
    end = clock.midnight(days + 1)
    stops, timelines, batches = [], [], []
    for i, machine in enumerate(line.machines):
        worn = bearing if machine.machine_id == scenario.BEARING_MACHINE else None
        found = stops_of(line, i, shifts, planned, seed, worn.fails_at if worn else None)
        states = timeline.build(clock.midnight(0), end, shifts, planned, found)
        made: list[Batch] = []
        if line.kind == "batch":
            rng = streams.stream(seed, streams.BATCHES, line.number, i)
            states, made = timeline.with_phases(states, rng)
        stops.append(found)
        timelines.append(states)
        batches.append(made)
    return LineRun(line, shifts, planned, stops, timelines, batches)


def _numbered(run: SiteRun) -> SiteRun:
    """Give the site's stops their event ids in order of time."""
    ids = {
        (stop.machine_id, stop.start): f"DT-{run.site.site_id}-{number:06d}"
        for number, stop in enumerate(run.stops(), 1)
    }
    lines = [
        replace(
            line,
            stops=[
                [replace(stop, event_id=ids[stop.machine_id, stop.start]) for stop in stops]
                for stops in line.stops
            ],
        )
        for line in run.lines
    ]
    return replace(run, lines=lines)
