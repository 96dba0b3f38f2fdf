"""The SQL of the marts mirrors casparian.kpi: both on the same rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from casparian.kpi import downtime, oee
from casparian.kpi.intervals import Intervals, microseconds, window_of
from tests.dbt import small_lake
from tests.dbt.conftest import Lake

pytestmark = pytest.mark.spark

RATIOS = ("availability", "effectiveness", "quality", "oee")


def instants(rows: list[small_lake.Row], name: str) -> Any:
    return microseconds(
        np.array([row[name].replace(tzinfo=None) for row in rows], "datetime64[us]")
    )


def intervals(rows: list[small_lake.Row], start: str, end: str, group: list[str]) -> Intervals:
    return Intervals(instants(rows, start), instants(rows, end), np.array(group))


def of_line(rows: list[small_lake.Row], machine: str) -> tuple[list[small_lake.Row], list[str]]:
    return rows, [machine] * len(rows)


def expected_oee(machine: str) -> tuple[list[small_lake.Row], oee.Ratios, oee.Elements]:
    """Ratios of a machine of line L1 in each shift of the calendar, by the library."""
    shifts, group = of_line(small_lake.shift_calendar(), machine)
    windows = intervals(shifts, "starts_at", "ends_at", group)
    stops, stop_group = of_line(small_lake.planned_stops(), machine)
    planned = intervals(stops, "starts_at", "ends_at", stop_group)
    until = small_lake.at("23:00")
    events = [
        {**e, "ends_at": e["ends_at"] or until}
        for e in small_lake.downtime_events()
        if e["machine_id"] == machine
    ]
    down = intervals(events, "starts_at", "ends_at", [machine] * len(events))
    counts = [c for c in small_lake.production_counts() if c["machine_id"] == machine]
    place = window_of(
        instants(counts, "interval_start"), np.array([machine] * len(counts)), windows
    )
    cycles = {
        (c["machine_id"], c["product_id"]): c["ideal_cycle_s"] for c in small_lake.ideal_cycles()
    }
    total = np.array([c["total_count"] for c in counts])
    run, said = oee.planned_run_seconds(
        [machine] * len(counts), [c["product_id"] for c in counts], total, cycles
    )
    good = np.array([c["good_count"] for c in counts])

    def added(values: Any) -> Any:
        return np.array([values[place == shift].sum() for shift in range(len(shifts))])

    elements = oee.Elements(
        oee.planned_busy_seconds(windows, planned),
        oee.actual_production_seconds(windows, planned, down),
        added(run), added(total), added(good),
    )  # fmt: skip
    missing = [
        "; ".join(sorted({said[i] for i in np.flatnonzero(place == shift)} - {""}))
        for shift in range(len(shifts))
    ]
    return shifts, oee.ratios(elements, missing), elements


@pytest.mark.parametrize("machine", ["M1", "M2"])
def test_oee_is_that_of_the_library(built: Lake, machine: str) -> None:
    rows = {
        (row["shift_date"], row["shift"]): row
        for row in built.gold("production", "fct_oee_machine_shift")
        if row["machine_id"] == machine
    }
    shifts, ratios, elements = expected_oee(machine)
    for i, shift in enumerate(shifts):
        row = rows[shift["shift_date"], shift["shift"]]
        for name in ("pbt_s", "apt_s", "pri_pq_s", "pq", "gq"):
            assert number(row[name]) == pytest.approx(
                getattr(elements, name)[i], rel=1e-12, nan_ok=True
            )
        for name in RATIOS:
            expected = getattr(ratios, name)[i]
            assert number(row[f"{name}_ratio"]) == pytest.approx(expected, rel=1e-12, nan_ok=True)
        assert (row["missing"] or "") == ratios.missing[i]


def number(value: float | None) -> float:
    return float("nan") if value is None else value


def test_pareto_is_that_of_the_library(built: Lake) -> None:
    events = small_lake.downtime_events()
    until = small_lake.at("23:00")
    seconds = [((e["ends_at"] or until) - e["starts_at"]).total_seconds() for e in events]
    expected = downtime.pareto([e["reason_code"] for e in events], seconds)
    rows = sorted(built.gold("equipment", "downtime_summary"), key=lambda r: r["cumulative_ratio"])
    assert tuple(r["reason_code"] for r in rows) == expected.reason
    assert [r["downtime_s"] for r in rows] == expected.seconds.tolist()
    assert [r["event_count"] for r in rows] == expected.events.tolist()
    assert [r["share_ratio"] for r in rows] == pytest.approx(expected.share_ratio.tolist())
    assert [r["cumulative_ratio"] for r in rows] == pytest.approx(
        expected.cumulative_ratio.tolist()
    )
