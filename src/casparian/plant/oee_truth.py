"""The right OEE and downtime Pareto, from the plant's own events, in plain loops.

Stops of category Changeover are setup (AUST), Material and Utilities are down time for want of
something to run on (ADOT), all others delay (ADET); a breakdown is a failure.

ISO 22400-2: planned busy time PBT, actual production time APT, planned run time per item PRI,
produced quantity PQ, good quantity GQ. Machines of a line are added up before any ratio.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import zip_longest
from typing import Any

from casparian.plant.calendar import Shift
from casparian.plant.downtime import Stop
from casparian.plant.production import Count
from casparian.plant.site import LineRun, SiteRun


def oee_of(run: SiteRun, counts: list[Count]) -> list[dict[str, Any]]:
    """One entry a line and shift of the calendar. Seconds and counts are whole numbers, PRI·PQ
    is in seconds; a ratio is null where what it is divided by is 0."""
    made: dict[str, list[Count]] = {}
    for count in sorted(counts, key=lambda count: count.start):
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
    busy = _busy_windows(line_run, shift)
    for all_stops in line_run.stops:
        stops = _during(all_stops, shift.start, shift.end)
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
            if stop.category == "Breakdown"
            and _overlap(stop.start, stop.end, shift.start, shift.end)
            and _first_busy(line_run, stop) in busy
        ]
    pri_pq = 0.0
    pq = gq = 0
    for count in counts[_first_from(counts, shift.start) : _first_from(counts, shift.end)]:
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


def products_of(run: SiteRun, counts: list[Count]) -> list[dict[str, Any]]:
    """One entry a line, product (None for time in which nothing was counted) and day: OEE of the
    time in which its machines were on it. Between two counts of one order that follow each other a
    machine stays on it; counts of a machine never overlap here."""
    found: dict[tuple[str, str, int], list[float]] = {}
    for line_run in run.lines:
        for machine, stops in zip(line_run.line.machines, line_run.stops, strict=True):
            own = [c for c in counts if c.machine_id == machine.machine_id and c.valid]
            own.sort(key=lambda count: count.start)
            spans = [
                (count.start, _until(count, later), count.product.product_id)
                for count, later in zip_longest(own, own[1:])
            ]
            for shift in line_run.shifts:
                for start, end in _busy_windows(line_run, shift):
                    _split(found, shift, stops, spans, start, end)
        for count in counts:
            if count.valid and count.line_id == line_run.line.line_id:
                key = (count.line_id, count.product.product_id, count.day)
                sums = found.setdefault(key, [0.0] * 5)
                sums[2] += count.product.ideal_cycle_s * count.total
                sums[3] += count.total
                sums[4] += count.good
    return [
        {"line_id": line, "product_id": product or None,
         "shift_date": run.clock.date_of(day).isoformat(), "pbt_s": pbt, "apt_s": apt,
         "pri_pq_s": pri_pq, "pq": pq, "gq": gq,
         **_ratios(int(pbt), int(apt), pri_pq, int(pq), int(gq))}
        for (line, product, day), (pbt, apt, pri_pq, pq, gq) in sorted(found.items())
    ]  # fmt: skip


def _until(count: Count, later: Count | None) -> int:
    """Until when a machine is on a count's order; at most a day after its end."""
    stays = later is not None and later.order_id == count.order_id
    return later.start if later and stays and later.start - count.end <= 86400 else count.end


def _split(
    found: dict[tuple[str, str, int], list[float]], shift: Shift, stops: list[Stop],
    spans: list[tuple[int, int, str]], start: int, end: int,
) -> None:  # fmt: skip
    """Adds PBT and APT of a busy window to the products that had it."""
    now = start
    pieces = []
    at = bisect_right(spans, start, key=lambda span: span[1])
    for first, last, product in spans[at : bisect_left(spans, end, key=lambda span: span[0])]:
        if _overlap(first, last, start, end):
            pieces += [(now, max(first, start), ""), (max(first, start), min(last, end), product)]
            now = min(last, end)
    for first, last, product in [*pieces, (now, end, "")]:
        if last > first:
            sums = found.setdefault((shift.line_id, product, shift.day), [0.0] * 5)
            sums[0] += last - first
            near = _during(stops, first, last)
            sums[1] += last - first - sum(_overlap(s.start, s.end, first, last) for s in near)


def _during(stops: list[Stop], start: int, end: int) -> list[Stop]:
    """A machine's stops that touch a window: they are in order of time and never overlap."""
    first = bisect_right(stops, start, key=lambda stop: stop.end)
    return stops[first : bisect_left(stops, end, key=lambda stop: stop.start)]


def _first_from(counts: list[Count], start: int) -> int:
    """Place of the first count that begins then or later; they are in order of time."""
    return bisect_left(counts, start, key=lambda count: count.start)


def _busy_windows(line_run: LineRun, shift: Shift) -> list[tuple[int, int]]:
    """What is left of a shift without its planned stops, which never overlap."""
    windows, now = [], shift.start
    first = bisect_right(line_run.planned, shift.start, key=lambda stop: stop.end)
    for stop in line_run.planned[first:]:
        if stop.start >= shift.end:
            break
        start, end = max(stop.start, shift.start), min(stop.end, shift.end)
        if start < end:
            windows.append((now, start))
            now = end
    windows.append((now, shift.end))
    return [(start, end) for start, end in windows if start < end]


def _first_busy(line_run: LineRun, stop: Stop) -> tuple[int, int] | None:
    """The first window of planned busy time that a stop takes from."""
    around = (s for s in line_run.shifts if _overlap(stop.start, stop.end, s.start, s.end))
    windows = (window for shift in around for window in _busy_windows(line_run, shift))
    return next((w for w in windows if _overlap(stop.start, stop.end, *w)), None)


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
