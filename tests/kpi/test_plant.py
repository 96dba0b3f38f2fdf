"""The key figures of a landed plant equal the answers of the generator that planned its events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from casparian.kpi import oee, spc
from casparian.kpi.downtime import pareto
from casparian.kpi.intervals import Intervals, microseconds, window_of
from casparian.kpi.timeseries import offline_zero
from casparian.lake.query import Query
from tests.conftest import LandedPlant

CLOSE = 1e-9


@pytest.fixture(scope="module")
def query(landed_plant: LandedPlant) -> Iterator[Query]:
    with Query(landed_plant.lake) as found:
        yield found


def column(table: pa.Table, name: str) -> np.ndarray:
    values = table[name].to_numpy()
    return microseconds(values) if np.issubdtype(values.dtype, np.datetime64) else values


def intervals(table: pa.Table, group: str) -> Intervals:
    start, end = column(table, "starts_at"), column(table, "ends_at")
    return Intervals(start, end, table[group].to_numpy().astype(str))


def machine_shifts(query: Query) -> tuple[pa.Table, oee.Elements]:
    """Every shift of every machine and its time elements."""
    shifts = query(
        "select machine_id, c.* from silver_production.shift_calendar c "
        "join silver_production.machines m using (line_id)"
    )
    planned = query(
        "select machine_id, s.* from silver_production.planned_stops s "
        "join silver_production.machines m using (line_id)"
    )
    down = query("select * from silver_equipment.downtime_events where ends_at is not null")
    windows = intervals(shifts, "machine_id")
    pauses, stops = intervals(planned, "machine_id"), intervals(down, "machine_id")
    return shifts, oee.Elements(
        oee.planned_busy_seconds(windows, pauses),
        oee.actual_production_seconds(windows, pauses, stops),
        *quantities(query, windows),
    )


def quantities(query: Query, windows: Intervals) -> list[np.ndarray]:
    """PRI*PQ, PQ and GQ of each shift of a machine."""
    counts = query("select * from silver_production.production_counts")
    cycles = {
        (row["machine_id"], row["product_id"]): row["ideal_cycle_s"]
        for row in query("select * from silver_production.ideal_cycles").to_pylist()
    }
    machine = column(counts, "machine_id").astype(str)
    total, good = column(counts, "total_count"), column(counts, "good_count")
    run, said = oee.planned_run_seconds(machine, column(counts, "product_id"), total, cycles)
    assert not any(said)
    place = window_of(column(counts, "interval_start"), machine, windows)
    inside = place >= 0
    return [
        np.bincount(place[inside], weights=values[inside].astype(float), minlength=len(windows))
        for values in (run, total, good)
    ]


def test_oee_by_line_and_shift(query: Query, landed_plant: LandedPlant) -> None:
    shifts, elements = machine_shifts(query)
    rows = zip(
        *(shifts[name].to_pylist() for name in ("line_id", "shift_date", "shift")), strict=True
    )
    labels, by_shift = oee.add_up(elements, ["|".join(map(str, row)) for row in rows])
    ratios = oee.ratios(by_shift)
    expected = {
        f"{row['line_id']}|{row['shift_date']}|{row['shift']}": row
        for row in landed_plant.plant.truth["oee"]
    }
    assert set(labels) == set(expected)
    for i, label in enumerate(labels):
        want: dict[str, Any] = expected[str(label)]
        found = oee.single(ratios, i)
        for name in ("pbt_s", "apt_s", "pri_pq_s", "pq", "gq"):
            assert getattr(by_shift, name)[i] == pytest.approx(want[name], abs=CLOSE), label
        assert found.oee == pytest.approx(want["oee_ratio"], abs=CLOSE), label
        assert found.availability == pytest.approx(want["availability_ratio"], abs=CLOSE), label


def test_control_limits_and_violations(query: Query, landed_plant: LandedPlant) -> None:
    for want in landed_plant.plant.truth["spc"]:
        rows = query(
            "select subgroup, actual from silver_quality.spc_measurements "
            f"where part_number = '{want['part_number']}' and feature = '{want['feature']}' "
            f"and machine_id = '{want['machine_id']}' order by _source_path, _source_row"
        )
        subgroups = spc.subgroups_of(column(rows, "actual"), column(rows, "subgroup"))
        limits = spc.variables_limits(subgroups, "xbar_r", baseline=20)
        for name in ("subgroup_size", "center", "sigma"):
            assert getattr(limits, name)[0] == pytest.approx(want[name], abs=CLOSE), name
        points = spc.control_points(subgroups, limits)
        whole = int(np.argmax(points.size == want["subgroup_size"]))
        for name in ("ucl", "lcl"):
            assert getattr(points, name)[whole] == pytest.approx(want[f"xbar_{name}"], abs=CLOSE)
            spread = getattr(points, f"spread_{name}")[whole]
            assert spread == pytest.approx(want[f"range_{name}"], abs=CLOSE)
        broken = {
            (int(points.label[at]), rule)
            for rule, found in {**points.violations(), "R1": points.spread_violations()}.items()
            for at in found
        }
        assert broken == {(v["subgroup"], v["rule"]) for v in want["violations"]}


def test_downtime_by_reason(query: Query, landed_plant: LandedPlant) -> None:
    stops = query(
        "select line_id || '|' || reason_code as reason, epoch(ends_at) - epoch(starts_at) as lost "
        "from silver_equipment.downtime_events where ends_at is not null"
    )
    found = pareto(column(stops, "reason").astype(str), column(stops, "lost"))
    assert {
        reason: (seconds, events)
        for reason, seconds, events in zip(found.reason, found.seconds, found.events, strict=True)
    } == {
        f"{row['line_id']}|{row['reason_code']}": (row["seconds"], row["events"])
        for row in landed_plant.plant.truth["downtime"]
    }


def test_the_offline_hour_and_nothing_else(query: Query, landed_plant: LandedPlant) -> None:
    want = landed_plant.plant.truth["offline"]
    # the offline readings as they were logged, in Berlin's winter time, put back among the others
    readings = query(
        "with kept_out as ("
        "  select tag_name, strptime(timestamp, '%Y-%m-%d %H:%M:%S.%g') - interval 1 hour"
        "    as timestamp, cast(value as double) as value, true as offline, "
        "    _source_path, _source_row "
        "  from ops_equipment.historian_values_quarantine where rule = 'sensor_offline'), "
        "every as (select * from kept_out union all "
        "  select tag_name, cast(timestamp as timestamp), value, false, _source_path, _source_row "
        "  from silver_equipment.historian_values where value is not null) "
        "select every.*, zero_allowed from every "
        "join silver_equipment.historian_tags using (tag_name) order by _source_path, _source_row"
    )
    found = offline_zero(
        np.unique(column(readings, "tag_name").astype(str), return_inverse=True)[1],
        column(readings, "timestamp"),
        column(readings, "value"),
        ~column(readings, "zero_allowed").astype(bool),
    )
    assert found.sum() == want["count"]
    np.testing.assert_array_equal(found, column(readings, "offline"))
