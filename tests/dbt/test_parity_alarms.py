"""Alarm and downtime marts mirror casparian.kpi: both on the same rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import yaml

from casparian.kpi import alarms as kpi
from casparian.kpi import downtime
from casparian.kpi.alarms import limits
from casparian.kpi.alarms.records import NONE
from casparian.kpi.downtime.cause import IQR_SIGMAS, MIN_HOURS, MIN_READINGS
from casparian.kpi.intervals import Intervals, microseconds
from spark_jobs.build_marts import PROJECT
from tests.dbt import small_lake
from tests.dbt.conftest import Lake

EPOCH = date(1970, 1, 1)


def instants(told: list[datetime]) -> Any:
    return microseconds(np.array([one.replace(tzinfo=None) for one in told], "datetime64[us]"))


def journal() -> tuple[kpi.Alarms, np.ndarray[Any, Any]]:
    """The small lake's alarms by the library, and the instants of all changes."""
    rows = small_lake.tables()["silver_equipment.alarms"]
    at = instants([row["timestamp"] for row in rows])
    alarm = [f"{row['tag_name']}/{row['condition']}" for row in rows]
    found = kpi.occurrences_of(
        [
            r["alarm_id"] if r["paired_by"] == "event" else f"order {a}"
            for r, a in zip(rows, alarm, strict=True)
        ],
        [row["state"] for row in rows],
        at,
        alarm=alarm,
        shelved=[row["shelved"] for row in rows],
    )
    mine = [rows[i] for i in found.change]
    return kpi.alarms_of(
        found.raised,
        found.cleared,
        [alarm[i] for i in found.change],
        acked=found.acked,
        position=[row["area"] for row in mine],
        priority=[row["priority"] for row in mine],
        hidden=found.hidden,
    ), at


def day_of(row: dict[str, Any]) -> tuple[int, int]:
    start = (row["day"] - EPOCH).days * limits.DAY_US
    return start, start + limits.DAY_US


def figures(report: kpi.Performance, place: int) -> dict[str, float]:
    rates, standing = report.rates, report.standing
    told = {
        "alarms": rates.alarms, "alarms_a_10_minutes": rates.a_10_minutes,
        "alarms_an_hour": rates.an_hour, "peak_10_minutes": rates.peak_10_minutes,
        "peak_hour": rates.peak_hour, "standing_average": standing.average,
        "standing_peak": standing.peak, "standing_at_end": standing.at_end,
        **{f"{name}_ratio": rates.band_ratio[:, i] for i, name in enumerate(
            ("acceptable", "manageable", "over_demanding", "unacceptable"))},
        **{name: getattr(report, name) for name in (
            "flood_count", "flood_alarms", "flood_peak", "flood_s", "flood_ratio", "chattering",
            "fleeting", "nuisance", "stale", "hidden", "without_raise", "acknowledged",
            "ack_mean_s", "ack_most_s")},
    }  # fmt: skip
    return {name: float(column[place]) for name, column in told.items()}


@pytest.mark.spark
def test_alarm_figures_are_those_of_the_library(built: Lake) -> None:
    found, _ = journal()
    rows = built.gold("equipment", "fct_alarm_kpi")
    assert {row["position"] for row in rows} == set(found.positions)
    for row in rows:
        report = kpi.performance(found, *day_of(row))
        expected = figures(report, found.positions.index(row["position"]))
        mine = {name: np.nan if row[name] is None else row[name] for name in expected}
        assert mine == pytest.approx(expected, rel=1e-12, nan_ok=True), row
    for name in ("flood_count", "chattering", "fleeting", "stale", "hidden", "without_raise"):
        assert sum(row[name] for row in rows) > 0, name


@pytest.mark.spark
def test_every_day_of_every_position_has_a_row(built: Lake) -> None:
    found, at = journal()
    last = int(at.max()) // limits.DAY_US
    days: dict[str, set[date]] = {}
    for row in built.gold("equipment", "fct_alarm_kpi"):
        days.setdefault(row["position"], set()).add(row["day"])
    for seen in days.values():
        assert max(seen) == EPOCH + timedelta(days=last)
        assert len(seen) == (max(seen) - min(seen)).days + 1
    assert len(found) > 300


@pytest.mark.spark
def test_frequencies_and_priorities_are_those_of_the_library(built: Lake) -> None:
    found, _ = journal()
    days = {(row["position"], row["day"]): row for row in built.gold("equipment", "fct_alarm_kpi")}
    rows = built.gold("equipment", "fct_alarm_frequency")
    for (position, day), row in days.items():
        start, end = day_of(row)
        mine = found.annunciated & (found.raised >= start) & (found.raised < end)
        part = found.take(mine & (found.position == found.positions.index(position)))
        top = kpi.bad_actors(part, 1000)
        listed = sorted(
            (r for r in rows if (r["position"], r["day"]) == (position, day)),
            key=lambda r: int(r["place"]),
        )
        assert [(r["alarm"], r["alarms"]) for r in listed] == list(
            zip(top.name, top.alarms.tolist(), strict=True)
        )
        assert [r["share_ratio"] for r in listed] == pytest.approx(top.share_ratio.tolist())
        assert [r["cumulative_ratio"] for r in listed] == pytest.approx(
            top.cumulative_ratio.tolist()
        )
        mix = kpi.priority_mix(part, (1, 2, 3, 4))
        assert [row[f"priority_{k}"] for k in (1, 2, 3, 4)] == mix.alarms.tolist()
        assert row["priority_5_up"] + row["priority_not_given"] == mix.not_given


@pytest.mark.spark
def test_stops_are_those_of_the_library(built: Lake) -> None:
    rows = sorted(
        built.gold("equipment", "fct_downtime"), key=lambda row: (row["starts_at"], row["event_id"])
    )
    start, end = (instants([row[name] for row in rows]) for name in ("starts_at", "ends_at"))
    stops = Intervals(start, end, np.array([row["machine_id"] for row in rows]))
    assert [row["stopped_s"] for row in rows] == downtime.unshared_seconds(stops).tolist()
    until = instants([small_lake.at("23:00")])[0]
    lasted = downtime.durations(start, end, [row["still_open"] for row in rows], int(until))
    assert [row["duration_s"] for row in rows] == lasted.tolist()
    assert [row["micro_stop"] for row in rows] == downtime.micro_stops(lasted).tolist()
    paths = {
        row["event_id"]: row["reason_path"]
        for row in small_lake.tables()["silver_equipment.downtime_events"]
    }
    for row in rows:
        told = tuple(row[f"level_{k}"] for k in (1, 2, 3) if row[f"level_{k}"])
        assert told == tuple(paths[row["event_id"]].split(" > "))


@pytest.mark.spark
def test_what_is_known_of_the_time_before_a_stop(built: Lake) -> None:
    rows = {
        (row["event_id"], row["kind"], row["tag_name"]): row
        for row in built.gold("equipment", "fct_downtime_cause")
    }
    # D1 at 09:30: readings from 08:30 to 09:20 are the 16th to the 21st
    mine = rows["D1", "tag", "TI-1"]
    assert (mine["readings"], mine["mean_before"]) == (6, 18.5)
    assert mine["missing"] == "fewer than 8 hours of usual running"
    # D3 begins while D1 is on: M1 ran from 08:45 to 09:30 only
    assert rows["D3", "tag", "PI-2"]["readings"] == 4
    # D4 of M2 knows the line's tag alone; before it the line had its meeting, M2 ran
    assert ("D4", "tag", "TI-1") not in rows
    assert rows["D4", "tag", "PI-2"]["readings"] == 6
    assert not [key for key in rows if key[1] == "alarm"]


def test_the_variables_of_the_marts_are_the_limits_of_the_library() -> None:
    told = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    bands = dict(limits.BANDS)
    assert told["alarms"] == {
        "window_us": limits.TEN_MINUTES_US, "acceptable": bands["acceptable"],
        "manageable": bands["manageable"], "over_demanding": bands["over-demanding"],
        "flood_above": limits.FLOOD_ABOVE, "flood_ends_below": limits.FLOOD_ENDS_BELOW,
        "chatter_us": limits.CHATTER_US, "fleeting_us": limits.FLEETING_US,
        "stale_us": limits.STALE_US,
    }  # fmt: skip
    assert limits.CHATTER_COUNT == 3  # int_alarms looks at two neighbours on either side
    stops = told["downtime"]
    assert stops["micro_stop_us"] == downtime.MICRO_STOP_S * 1e6
    assert (stops["min_hours"], stops["min_readings"]) == (MIN_HOURS, MIN_READINGS)
    assert float(stops["iqr_sigmas"]) == IQR_SIGMAS
    assert (told["day_us"], told["not_given"]) == (limits.DAY_US, downtime.NOT_GIVEN)
    assert NONE < 0
