"""The right energy figures, from the plant's own events, in plain loops."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from casparian.plant.production import Count
from casparian.plant.records import EnergyReading
from casparian.plant.site import LineRun, SiteRun

_BASE_PERCENTILE = 5


def energy_truth_of(
    run: SiteRun, counts: list[Count], readings: list[EnergyReading]
) -> list[dict[str, Any]]:
    """One entry a line and shift, and one a UTC day for the hours outside of shifts."""
    made, good = _made_in(counts)
    entries: dict[tuple[str, str, str | None], dict[str, Any]] = {}
    lines = {line_run.line.line_id: line_run for line_run in run.lines}
    for one in readings:
        day, shift = _shift_of(lines[one.line_id], one.start)
        entry = entries.setdefault(
            (one.line_id, day, shift),
            {"line_id": one.line_id, "shift_date": day, "shift": shift, "hours": 0,
             "kwh": 0.0, "idle_kwh": 0.0, "peak_kw": 0.0, "total": 0, "good": 0},
        )  # fmt: skip
        entry["hours"] += 1
        entry["kwh"] += one.kwh
        entry["idle_kwh"] += 0.0 if made.get((one.line_id, one.start)) else one.kwh
        entry["peak_kw"] = max(entry["peak_kw"], one.kwh)
        entry["total"] += made.get((one.line_id, one.start), 0)
        entry["good"] += good.get((one.line_id, one.start), 0)
    for entry in entries.values():
        entry["kwh_per_good"] = entry["kwh"] / entry["good"] if entry["good"] else None
    return list(entries.values())


def baselines_of(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry a line: least squares of mean power over production rate, a point an entry of
    `energy_truth_of`."""
    found: list[dict[str, Any]] = []
    for line in sorted({entry["line_id"] for entry in entries}):
        own = [entry for entry in entries if entry["line_id"] == line]
        pairs = [(e["total"] / e["hours"], e["kwh"] / e["hours"]) for e in own]
        found.append({"line_id": line, "n": len(pairs), **_least_squares(pairs),
                      "base_load_kw": _percentile([kw for _, kw in pairs]),
                      "peak_kw": max(entry["peak_kw"] for entry in own)})  # fmt: skip
    return found


def _made_in(counts: list[Count]) -> tuple[dict[tuple[str, int], int], dict[tuple[str, int], int]]:
    """Produced and good units of each line and hour."""
    made: dict[tuple[str, int], int] = {}
    good: dict[tuple[str, int], int] = {}
    for count in counts:
        if count.valid:
            key = (count.line_id, count.start)
            made[key] = made.get(key, 0) + count.total
            good[key] = good.get(key, 0) + count.good
    return made, good


def _shift_of(line_run: LineRun, instant: int) -> tuple[str, str | None]:
    for shift in line_run.shifts:
        if shift.start <= instant < shift.end:
            return shift.shift_date.isoformat(), shift.shift
    return datetime.fromtimestamp(instant, UTC).date().isoformat(), None


def _least_squares(pairs: list[tuple[float, float]]) -> dict[str, float | None]:
    """No line where production does not vary, as on a weekend off."""
    n = len(pairs)
    mean_x, mean_y = sum(x for x, _ in pairs) / n, sum(y for _, y in pairs) / n
    xx = sum((x - mean_x) ** 2 for x, _ in pairs)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    yy = sum((y - mean_y) ** 2 for _, y in pairs)
    if not xx:
        return {"slope": None, "intercept": None, "r_squared": None}
    slope = xy / xx
    return {"slope": slope, "intercept": mean_y - slope * mean_x, "r_squared": xy * xy / (xx * yy)}


def _percentile(values: list[float]) -> float:
    """The 5th, linear between order statistics."""
    order = sorted(values)
    place = (len(order) - 1) * _BASE_PERCENTILE / 100
    low = int(place)
    high = min(low + 1, len(order) - 1)
    return order[low] + (order[high] - order[low]) * (place - low)
