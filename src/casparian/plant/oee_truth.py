"""The right OEE and downtime Pareto, from the plant's own events, in plain loops.

Stops of category Changeover are setup (AUST), Material and Utilities are down time for want of
something to run on (ADOT), all others delay (ADET); a breakdown is a failure.

ISO 22400-2: planned busy time PBT, actual production time APT, planned run time per item PRI,
produced quantity PQ, good quantity GQ. Machines of a line are added up before any ratio.
"""

from __future__ import annotations

from typing import Any

from casparian.plant.calendar import Shift
from casparian.plant.downtime import Stop
from casparian.plant.production import Count
from casparian.plant.site import LineRun, SiteRun


def oee_of(run: SiteRun, counts: list[Count]) -> list[dict[str, Any]]:
    """One entry a line and shift of the calendar. Seconds and counts are whole numbers, PRI·PQ
    is in seconds; a ratio is null where what it is divided by is 0."""
    made: dict[str, list[Count]] = {}
    for count in counts:
        if count.valid:
            made.setdefault(count.line_id, []).append(count)
    return [
        _shift_oee(line_run, shift, made.get(line_run.line.line_id, []))
        for line_run in run.lines
        for shift in line_run.shifts
    ]


def pareto_of(run: SiteRun) -> list[dict[str, Any]]:
    """Seconds (whole events, not clipped to shifts) and events a line and reason."""
    found: dict[tuple[str, str], list[int]] = {}
    for stop in run.stops():
        entry = found.setdefault((stop.line_id, stop.reason_code), [0, 0])
        entry[0] += stop.end - stop.start
        entry[1] += 1
    return [
        {"line_id": line_id, "reason_code": code, "seconds": seconds, "events": events}
        for (line_id, code), (seconds, events) in sorted(found.items())
    ]


def _shift_oee(line_run: LineRun, shift: Shift, counts: list[Count]) -> dict[str, Any]:
    pbt = apt = setup = delay = 0
    repairs: list[int] = []
    for stops in line_run.stops:
        busy = _busy_windows(line_run, shift)
        planned_busy = sum(end - start for start, end in busy)
        lost = sum(
            _overlap(stop.start, stop.end, start, end) for stop in stops for start, end in busy
        )
        pbt += planned_busy
        apt += planned_busy - lost
        setup += _lost(stops, busy, ("Changeover",))
        delay += _lost(stops, busy, ("Breakdown", "Minor stop", "Quality"))
        repairs += [
            stop.end - stop.start
            for stop in stops
            if stop.category == "Breakdown" and any(a <= stop.start < b for a, b in busy)
        ]
    pri_pq = 0.0
    pq = gq = 0
    for count in counts:
        if shift.start <= count.start < shift.end:
            pri_pq += count.product.ideal_cycle_s * count.total
            pq += count.total
            gq += count.good
    return {
        "line_id": shift.line_id, "shift_date": shift.shift_date.isoformat(), "shift": shift.shift,
        "pbt_s": pbt, "apt_s": apt, "pri_pq_s": pri_pq, "pq": pq, "gq": gq,
        **_ratios(pbt, apt, pri_pq, pq, gq), "setup_s": setup, "delay_s": delay,
        "nee_ratio": _nee(pbt, apt, setup, pri_pq, pq, gq), "failure_count": len(repairs),
        "mtbf_s": apt / len(repairs) if repairs else None,
        "mttr_s": sum(repairs) / len(repairs) if repairs else None,
    }  # fmt: skip


def _lost(stops: list[Stop], busy: list[tuple[int, int]], categories: tuple[str, ...]) -> int:
    return sum(
        _overlap(stop.start, stop.end, start, end)
        for stop in stops
        if stop.category in categories
        for start, end in busy
    )


def _nee(pbt: int, apt: int, setup: int, pri_pq: float, pq: int, gq: int) -> float | None:
    if not pbt or not apt or not pq:
        return 0.0 if pbt and (apt + setup == 0 or (apt and not pri_pq)) else None
    return (apt + setup) / pbt * (pri_pq / apt) * (gq / pq)


def teep_of(run: SiteRun, shifts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry a line and day on which it works, from what `oee_of` says of its shifts: calendar
    time of all its machines [s], 23 to 25 hours a day, and TEEP."""
    found = []
    for line_run in run.lines:
        for day in sorted({shift.day for shift in line_run.shifts}):
            calendar = run.clock.midnight(day + 1) - run.clock.midnight(day)
            calendar *= len(line_run.line.machines)
            date = run.clock.date_of(day).isoformat()
            own = [
                shift
                for shift in shifts
                if (shift["line_id"], shift["shift_date"]) == (line_run.line.line_id, date)
            ]
            good = sum(s["pri_pq_s"] for s in own)
            made, fine = sum(s["pq"] for s in own), sum(s["gq"] for s in own)
            teep = good / calendar * fine / made if made else None
            found.append(
                {"line_id": line_run.line.line_id, "shift_date": date, "calendar_s": calendar,
                 "teep_ratio": teep}
            )  # fmt: skip
    return found


def _busy_windows(line_run: LineRun, shift: Shift) -> list[tuple[int, int]]:
    """What is left of a shift without its planned stops, which never overlap."""
    windows, now = [], shift.start
    for stop in line_run.planned:
        start, end = max(stop.start, shift.start), min(stop.end, shift.end)
        if start < end:
            windows.append((now, start))
            now = end
    windows.append((now, shift.end))
    return [(start, end) for start, end in windows if start < end]


def _overlap(start: int, end: int, first: int, last: int) -> int:
    return max(0, min(end, last) - max(start, first))


def _ratios(pbt: int, apt: int, pri_pq: float, pq: int, gq: int) -> dict[str, float | None]:
    availability = apt / pbt if pbt else None
    effectiveness = pri_pq / apt if apt else None
    quality = gq / pq if pq else None
    oee = None
    if availability is not None and effectiveness is not None and quality is not None:
        oee = availability * effectiveness * quality
    return {
        "availability_ratio": availability, "effectiveness_ratio": effectiveness,
        "quality_ratio": quality, "oee_ratio": oee,
    }  # fmt: skip
