"""The marts of OEE mirror casparian.kpi.oee: every figure of every row of the small lake.

The rows (`small_lake`, `rows_oee`) have both nights in which the clocks change, shifts over
midnight, stops that overlap and straddle, machines faster than their cycle, shifts of nothing but
stops or planned stops, products without a cycle, lines without a calendar, and a machine that the
master list does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from casparian.kpi import oee
from casparian.kpi.intervals import Intervals, microseconds, window_of
from casparian.kpi.oee.times import busy_seconds, without_overlap
from tests.dbt import rows_oee, small_lake
from tests.dbt.conftest import Lake
from tests.dbt.small_lake import Row

pytestmark = pytest.mark.spark

ELEMENTS = ("pbt_s", "apt_s", "pri_pq_s", "pq", "gq")
STOPS = ("setup_s", "delay_s", "down_s", "breakdown_s", "minor_stop_s")
FAILURES = ("failure_count", "repair_count", "repair_s")
Sums = dict[str, Any]
Key = tuple[Any, ...]


def of_table(address: str) -> list[Row]:
    return small_lake.tables()[address]


def us(instants: Sequence[datetime]) -> Any:
    return microseconds(np.array([at.replace(tzinfo=None) for at in instants], "datetime64[us]"))


def intervals(rows: Sequence[Row], group: Sequence[str], start: str, end: str) -> Intervals:
    return Intervals(
        us([r[start] for r in rows]), us([r[end] for r in rows]), np.array(group, dtype=np.str_)
    )


@dataclass(frozen=True)
class Plant:
    """What was planned and what stopped: `keys` and `windows` of each machine's shifts."""

    keys: list[tuple[str, str, date, str]]
    windows: Intervals
    planned: Intervals
    stops: Intervals
    kinds: list[oee.StopKind]
    open_stops: list[bool]
    counts: list[Row]
    started: Intervals
    run_s: Any
    no_cycle: tuple[str, ...]
    shift_of: Any


@cache
def plant() -> Plant:
    """The silver rows as the library takes them; machines that are not in the list are planned on
    the days on which something is heard of them."""
    counts, events = of_table("silver_production.production_counts"), closed_events()
    lines = {m["machine_id"]: m["line_id"] for m in of_table("silver_production.machines")}
    known = set(lines)
    for row in (*counts, *events):
        lines.setdefault(row["machine_id"], row["line_id"])
    shifts = [
        (machine, shift)
        for machine, line in lines.items()
        for shift in of_table("silver_production.shift_calendar")
        if shift["line_id"] == line
    ]
    heard = {
        (machine, shift["shift_date"])
        for machine, shift in shifts
        for row, start, end in (
            *((c, c["interval_start"], c["interval_start"]) for c in counts),
            *((e, e["starts_at"], e["ends_at"]) for e in events),
        )
        if row["machine_id"] == machine and start < shift["ends_at"] and end >= shift["starts_at"]
    }
    shifts = [(m, s) for m, s in shifts if m in known or (m, s["shift_date"]) in heard]
    windows = without_overlap(
        intervals([s for _, s in shifts], [m for m, _ in shifts], "starts_at", "ends_at")
    )
    pauses = [
        (machine, stop)
        for machine, line in lines.items()
        for stop in of_table("silver_production.planned_stops")
        if stop["line_id"] == line
    ]
    cycles = {
        (c["machine_id"], c["product_id"]): c["ideal_cycle_s"]
        for c in of_table("silver_production.ideal_cycles")
    }
    machine = [c["machine_id"] for c in counts]
    run_s, no_cycle = oee.planned_run_seconds(
        machine, [c["product_id"] for c in counts], [c["total_count"] for c in counts], cycles
    )
    started = intervals(counts, machine, "interval_start", "interval_end")
    return Plant(
        [(m, s["line_id"], s["shift_date"], s["shift"]) for m, s in shifts],
        windows,
        intervals([s for _, s in pauses], [m for m, _ in pauses], "starts_at", "ends_at"),
        intervals(events, [e["machine_id"] for e in events], "starts_at", "ends_at"),
        [oee.stop_kind(e["category"]) for e in events],
        [e["open"] for e in events],
        counts, started, run_s, no_cycle,
        window_of(started.start, started.group, windows),
    )  # fmt: skip


def closed_events() -> list[Row]:
    """What is still open lasts until the last instant of which the logs know."""
    events = of_table("silver_equipment.downtime_events")
    until = max(
        *(c["interval_end"] for c in of_table("silver_production.production_counts")),
        *(e["ends_at"] or e["starts_at"] for e in events),
    )
    return [{**e, "ends_at": e["ends_at"] or until, "open": e["ends_at"] is None} for e in events]


def stop_times(windows: Intervals) -> Sums:
    """Seconds of each window that stops of each kind have."""
    own = without_overlap(plant().stops)
    times = oee.work_times(
        windows, plant().planned, plant().stops, [kind.element for kind in plant().kinds]
    )

    def lost(loss: str) -> Any:
        chosen = np.array([kind.loss == loss for kind in plant().kinds])
        stops = Intervals(own.start[chosen], own.end[chosen], own.group[chosen])
        return busy_seconds(windows, plant().planned, stops)

    return {
        "pbt_s": oee.planned_busy_seconds(windows, plant().planned),
        "apt_s": oee.actual_production_seconds(windows, plant().planned, plant().stops),
        "setup_s": times.setup_s, "delay_s": times.delay_s, "down_s": times.down_s,
        "breakdown_s": lost("breakdown"), "minor_stop_s": lost("minor_stop"),
    }  # fmt: skip


def failures() -> Sums:
    """Of each machine's shift: failures whose first planned busy time it is."""
    found = {name: np.zeros(len(plant().keys)) for name in FAILURES}
    stops = plant().stops
    for i, kind in enumerate(plant().kinds):
        one = Intervals(*(array[i : i + 1] for array in (stops.start, stops.end, stops.group)))
        taken = np.flatnonzero(busy_seconds(plant().windows, plant().planned, one) > 0)
        if kind.failure and len(taken):
            first = taken[np.argmin(plant().windows.start[taken])]
            found["failure_count"][first] += 1
            found["repair_count"][first] += not plant().open_stops[i]
            length = (stops.end[i] - stops.start[i]) / 1e6
            found["repair_s"][first] += 0.0 if plant().open_stops[i] else length
    return found


def made(key_of: Callable[[int], Key]) -> dict[Key, Sums]:
    """PRI·PQ, PQ, GQ and what is missing, of the counts of each key."""
    found: dict[Key, Sums] = {}
    for i, count in enumerate(plant().counts):
        own = found.setdefault(key_of(i), {"pri_pq_s": 0.0, "pq": 0.0, "gq": 0.0, "said": set()})
        own["pri_pq_s"] += plant().run_s[i]
        own["pq"] += count["total_count"]
        own["gq"] += count["good_count"]
        own["said"] |= {plant().no_cycle[i]} - {""}
        if plant().shift_of[i] < 0:
            own["said"].add(oee.no_calendar(count["line_id"]))
    return found


def day_of(i: int) -> tuple[date, str | None]:
    """Production day and shift of a count."""
    if (place := plant().shift_of[i]) >= 0:
        _, _, day, shift = plant().keys[place]
        return day, shift
    return plant().counts[i]["interval_start"].date(), None


NOTHING = {"pri_pq_s": 0.0, "pq": 0.0, "gq": 0.0, "said": set[str]()}


@cache
def machine_shifts() -> dict[Key, Sums]:
    """The elements of each machine and shift, and of counts in none."""

    def key(i: int) -> Key:
        return plant().counts[i]["machine_id"], plant().counts[i]["line_id"], *day_of(i)

    counted = made(key)
    times = stop_times(plant().windows) | failures()
    found: dict[Key, Sums] = {
        key: {name: values[i] for name, values in times.items()} | counted.get(key, NOTHING)
        for i, key in enumerate(plant().keys)
    }
    unknown = dict.fromkeys(times, np.nan)
    return found | {k: unknown | sums for k, sums in counted.items() if k not in found}


def added(by: Callable[[Key], Key]) -> dict[Key, Sums]:
    """Elements of machines and shifts, added up."""
    found: dict[Key, Sums] = {}
    for key, sums in machine_shifts().items():
        own = found.setdefault(
            by(key), dict.fromkeys(sums, 0.0) | {"said": set(), "machines": set()}
        )
        for name, value in sums.items():
            own[name] = own[name] | value if name == "said" else own[name] + value
        own["machines"].add(key[0])
    return found


def figures(sums: Sums, calendar_s: float = np.nan) -> dict[str, Any]:
    """Every column of a row, by the library."""
    one = {name: np.array([value], dtype=np.float64)
           for name, value in sums.items() if name in (*ELEMENTS, *STOPS, *FAILURES)}  # fmt: skip
    elements = oee.Elements(*(one[name] for name in ELEMENTS))
    ratios = oee.ratios(elements, ["; ".join(sorted(sums["said"]))])
    times = oee.WorkTimes(one["pbt_s"], np.zeros(1), one["setup_s"], one["delay_s"], one["down_s"])
    found = oee.indicators(times, ratios, np.array([calendar_s]))
    stopped = {name: one[f"{name}_s"] for name in ("breakdown", "setup", "minor_stop")}
    lost = oee.big_losses(elements, stopped)
    columns = one | {
        "availability_ratio": ratios.availability, "effectiveness_ratio": ratios.effectiveness,
        "quality_ratio": ratios.quality, "oee_ratio": ratios.oee, "nee_ratio": found.nee,
        "utilization_ratio": found.utilization, "allocation_ratio": found.allocation,
        "technical_efficiency_ratio": found.technical, "setup_ratio": found.setup,
        "other_stop_s": lost.other_stop_s, "reduced_speed_s": lost.reduced_speed_s,
        "reject_s": lost.rejects_s, "teep_ratio": found.teep,
    }  # fmt: skip
    if "failure_count" in one:
        worked = oee.reliability(
            one["apt_s"], one["failure_count"], one["repair_count"], one["repair_s"]
        )
        columns |= {"mtbf_s": worked.mtbf_s, "mttr_s": worked.mttr_s}
    assert np.isnan(times.apt_s[0]) or times.apt_s[0] == pytest.approx(one["apt_s"][0], abs=1e-6)
    values = {name: None if np.isnan(v[0]) else float(v[0]) for name, v in columns.items()}
    return values | {"missing": ratios.missing[0] or None}


def check(got: Mapping[Key, Row], expected: Mapping[Key, dict[str, Any]], *without: str) -> None:
    """Every row and every column, save those that the mart does not have."""
    assert set(got) == set(expected)
    for key, columns in expected.items():
        for name in columns.keys() - set(without):
            assert got[key][name] == close(columns[name]), (key, name)


def close(value: Any) -> Any:
    return pytest.approx(value, rel=1e-12, abs=1e-9) if isinstance(value, float) else value


def test_a_machine_and_shift(built: Lake) -> None:
    rows = built.gold("production", "fct_oee_machine_shift")
    got: dict[Key, Row] = {
        (r["machine_id"], r["line_id"], r["shift_date"], r["shift"]): r for r in rows
    }
    assert len(got) == len(rows)
    check(got, {key: figures(sums) for key, sums in machine_shifts().items()}, "teep_ratio")


def test_a_line_and_shift(built: Lake) -> None:
    rows = built.gold("production", "fct_oee_shift")
    got: dict[Key, Row] = {(r["line_id"], r["shift_date"], r["shift"]): r for r in rows}
    check(got, {k: figures(sums) for k, sums in added(lambda k: k[1:]).items()}, "teep_ratio")


def test_a_line_and_day(built: Lake) -> None:
    rows = built.gold("production", "fct_oee_day")
    got: dict[Key, Row] = {(r["line_id"], r["shift_date"], r["in_shift"]): r for r in rows}
    zones = {m["line_id"]: m["timezone"] for m in of_table("silver_production.machines")}
    expected: dict[Key, dict[str, Any]] = {}
    for key, sums in added(lambda k: (k[1], k[2], k[3] is not None)).items():
        line, day, _ = key
        start, end = (
            datetime.combine(at, time(), ZoneInfo(zones.get(line, "UTC"))).timestamp()
            for at in (day, day + timedelta(days=1))
        )
        calendar = (end - start) * len(sums["machines"])
        expected[key] = figures(sums, calendar) | {"calendar_s": calendar}
    check(got, expected)
    spring, autumn = (
        got["L5", day + timedelta(days=1), True]["calendar_s"] / 2 / 3600
        for day in (rows_oee.SPRING, rows_oee.AUTUMN)
    )
    assert (spring, autumn) == (23, 25)


def failures_of(split: oee.ProductWindows) -> dict[int, Sums]:
    """Of each stretch: the failures whose first planned busy time lies in it."""
    broken = [i for i, kind in enumerate(plant().kinds) if kind.failure]
    stops, busy = (
        plant().stops,
        Intervals(split.windows.start, split.windows.end, split.windows.group),
    )
    found: dict[int, Sums] = {}
    for i in broken:
        one = Intervals(*(array[i : i + 1] for array in (stops.start, stops.end, stops.group)))
        taken = np.flatnonzero(busy_seconds(busy, plant().planned, one) > 0)
        if not len(taken):
            continue
        begun = max(int(stops.start[i]), int(busy.start[taken].min()))
        rows = oee.held_at(split, [begun], [stops.group[i]])[1]
        for row in rows.tolist():
            own = found.setdefault(row, dict.fromkeys(FAILURES, 0.0))
            own["failure_count"] += 1
            own["repair_count"] += not plant().open_stops[i]
            length = (stops.end[i] - stops.start[i]) / 1e6
            own["repair_s"] += 0.0 if plant().open_stops[i] else length
    return found


def calendar_of(built: Lake) -> dict[Key, float]:
    return {
        (r["line_id"], r["shift_date"]): r["calendar_s"]
        for r in built.gold("production", "fct_oee_day") if r["in_shift"]
    }  # fmt: skip


def product_times() -> dict[Key, Sums]:
    """What each line's products have of the planned busy time of each day."""
    orders = [count["order_id"] for count in plant().counts]
    split = oee.product_windows(plant().windows, plant().started, orders, plant().run_s)
    found: dict[Key, Sums] = {}
    whole, failed = stop_times(split.windows), failures_of(split)
    for i, (shift, count) in enumerate(zip(split.shift, split.count, strict=True)):
        _, line, day, _ = plant().keys[shift]
        product = plant().counts[count]["product_id"] if count >= 0 else None
        if not whole["pbt_s"][i] > 0:
            continue
        own = found.setdefault(
            (line, product, day, True), dict.fromkeys((*whole, *FAILURES), 0.0) | {"said": set()}
        )
        for name, seconds in whole.items():
            own[name] += seconds[i] * split.share[i] if seconds[i] else 0.0
        for name, number in failed.get(i, {}).items():
            own[name] += number * split.share[i]
        if np.isnan(split.share[i]):
            beside = split.count[split.windows.start == split.windows.start[i]]
            own["said"] |= {plant().no_cycle[c] for c in beside} - {""}
    return found


def test_a_product_and_day(built: Lake) -> None:
    rows = built.gold("production", "fct_oee_product")
    got: dict[Key, Row] = {
        (r["line_id"], r["product_id"], r["shift_date"], r["in_shift"]): r for r in rows
    }
    assert len(got) == len(rows)

    def key(i: int) -> Key:
        count, (day, shift) = plant().counts[i], day_of(i)
        return count["line_id"], count["product_id"], day, shift is not None

    counted, times, days = made(key), product_times(), calendar_of(built)
    expected: dict[Key, dict[str, Any]] = {}
    for one in counted.keys() | times.keys():
        value = 0.0 if one[3] else np.nan
        sums = dict.fromkeys((*ELEMENTS, *STOPS, *FAILURES), value) | NOTHING | counted.get(one, {})
        own = times.get(one, {})
        calendar = days.get((one[0], one[2]), np.nan) if one[3] else np.nan
        row = figures(sums | own | {"said": sums["said"] | own.get("said", set())}, calendar)
        row["teep_contribution_ratio"] = row.pop("teep_ratio")
        expected[one] = row | {"calendar_s": None if np.isnan(calendar) else calendar}
    check(got, expected)
    assert sum(row["failure_count"] or 0 for row in rows) > 2
    faster = got["L5", "P5", rows_oee.JUNE, True]
    assert (faster["pbt_s"], faster["missing"]) == (
        None, "no ideal cycle for machine M52, product R5",
    )  # fmt: skip
    # half an hour shared as 90 · 12.5 s to 70 · 30 s, and half an hour in which neither made any
    shared = got["L5", "Q5", rows_oee.AUTUMN, True]["pbt_s"]
    assert shared == pytest.approx(1800 * 1125 / (1125 + 2100) + 900, rel=1e-12)


def test_products_of_a_day_add_up_to_it(built: Lake) -> None:
    days: dict[Key, Row] = {
        (r["line_id"], r["shift_date"], r["in_shift"]): r
        for r in built.gold("production", "fct_oee_day")
    }
    sums: dict[Key, dict[str, Any]] = {}
    for row in built.gold("production", "fct_oee_product"):
        own = sums.setdefault((row["line_id"], row["shift_date"], row["in_shift"]), {})
        for name in (*ELEMENTS, *STOPS, *FAILURES, "other_stop_s", "reduced_speed_s"):
            value = own.get(name, 0.0)
            own[name] = None if value is None or row[name] is None else value + row[name]
    unplanned = {key for key, row in days.items() if not row["pq"] and not row["pbt_s"]}
    assert sums.keys() == days.keys() - unplanned and len(unplanned) == 1
    for key, own in sums.items():
        for name, value in own.items():
            if value is not None:
                assert days[key][name] == pytest.approx(value, rel=1e-12, abs=1e-6), (key, name)
    known = [own for own in sums.values() if own["pbt_s"] is not None]
    assert len(known) > 6


def test_the_cases_are_there(built: Lake) -> None:
    """What the parity is to hold of is in the rows."""
    rows = {
        (r["machine_id"], r["shift_date"], r["shift"]): r
        for r in built.gold("production", "fct_oee_machine_shift")
    }
    assert rows["M52", rows_oee.SPRING, "Night"]["pbt_s"] == 6.5 * 3600
    assert rows["M52", rows_oee.AUTUMN, "Night"]["pbt_s"] == 8 * 3600
    fast = rows["M51", rows_oee.JUNE, "Early"]
    assert fast["effectiveness_ratio"] > 1 and fast["reduced_speed_s"] < 0
    assert fast["oee_ratio"] == pytest.approx(
        fast["availability_ratio"] * fast["effectiveness_ratio"] * fast["quality_ratio"]
    )
    began_in_a_break = rows["M51", rows_oee.AUTUMN, "Night"]
    assert (began_in_a_break["failure_count"], began_in_a_break["breakdown_s"]) == (1, 3600.0)
    down = rows["M51", rows_oee.JUNE + timedelta(days=1), "Early"]
    assert (down["oee_ratio"], down["missing"]) == (0.0, "no production time; nothing produced")
    heard = [rows["M61", rows_oee.JUNE, shift] for shift in ("Early", "Late")]
    assert [(row["pbt_s"], row["pq"]) for row in heard] == [(8 * 3600, 700.0), (8 * 3600, 0.0)]


def test_states_of_a_device(built: Lake) -> None:
    """U1, whose clock steps back and whose agent starts again, and U5 in its long night."""
    got: dict[Key, Row] = {
        (r["device_uuid"], r["shift_date"], r["shift"]): r
        for r in built.gold("equipment", "mtc_oee")
        if r["shift"]
    }
    for device, machine in (("U1", "M1"), ("U5", "M51")):
        own = [i for i, key in enumerate(plant().keys) if key[0] == machine]
        w = plant().windows
        windows = Intervals(w.start[own], w.end[own], w.group[own])
        held, execution = states(device, machine)
        found = oee.state_times(windows, plant().planned, held, execution)
        for i, place in enumerate(own):
            row = got[device, *plant().keys[place][2:]]
            for name in ("pbt_s", "active_s", "idle_s", "unavailable_s", "unobserved_s"):
                assert row[name] == pytest.approx(getattr(found, name)[i], abs=1e-6), (device, name)
            availability = None if np.isnan(found.availability[i]) else float(found.availability[i])
            assert row["availability_ratio"] == close(availability)
    night = got["U5", rows_oee.AUTUMN, "Night"]
    assert min(night[f"{state}_s"] for state in ("active", "idle", "unavailable")) > 0
    assert night["unobserved_s"] == 1800.0


def states(device: str, machine: str) -> tuple[Intervals, list[str | None]]:
    """When each Execution of a device held: in the order of its sequence, never back in time."""
    events = [e for e in of_table("silver_equipment.mtc_events") if e["device_uuid"] == device]
    said = [e for e in events if e["type"] == "Execution"]
    said.sort(key=lambda e: (e["instance_id"], e["sequence"]))
    start = np.maximum.accumulate(us([e["timestamp"] for e in said]))
    end = np.append(start[1:], us([e["timestamp"] for e in events]).max())
    return Intervals(start, end, np.full(len(said), machine)), [e["value"] for e in said]
