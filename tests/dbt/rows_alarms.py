"""Alarms for the small lake: two areas over three days, drawn at random, with all that a journal
can lack, a flood over midnight and shelved alarms; and what the historian says of machine M1."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from tests.dbt.small_lake import Row, at

AREAS = ("Area 8", "Area 9")


def alarms() -> list[Row]:
    random = np.random.default_rng(11)
    rows: list[Row] = []
    for number in range(300):
        start = at("00:00", 10) + timedelta(seconds=int(random.integers(3 * 86_400)))
        rows += _occurrence(number, start, random)
    flood = at("23:55", 10)
    for number in range(300, 330):
        rows += _occurrence(number, flood + timedelta(seconds=20 * number - 6000), random, "F")
    return rows + _hidden() + _chattering()


def _occurrence(
    number: int, start: datetime, random: np.random.Generator, family: str = "T"
) -> list[Row]:
    """Its changes, some of which the journal lacks."""
    tag = f"{family}-{int(random.integers(3))}" if random.random() < 0.5 else f"T-{number % 17}"
    area = AREAS[int(tag[-1]) % 2]
    priority = [None, 1, 2, 3, 3, 4, 5][int(random.integers(7))]
    lasts = float(random.choice([5.0, 59.9, 60.0, 4000.0, 100_000.0]))
    changes = [("ACTIVE", 0.0), ("ACK", float(random.choice([3.0, 500.0, 90_000.0])))]
    kept = [c for c in [*changes, ("CLEAR", lasts)] if random.random() < 0.85]
    return [
        _change(f"E-{number}", state, start + timedelta(seconds=seconds), tag, area, priority)
        for state, seconds in kept
    ]


def _hidden() -> list[Row]:
    """S is shelved for an hour and raised within it; V says itself that it is shelved."""
    day = 11
    told = [
        ("S-1", "SHELVED", at("08:00", day), "S"), ("S-2", "ACTIVE", at("08:10", day), "S"),
        ("S-2", "CLEAR", at("08:20", day), "S"), ("S-3", "UNSHELVED", at("09:00", day), "S"),
        ("S-4", "ACTIVE", at("09:10", day), "S"),
    ]  # fmt: skip
    rows = [_change(alarm, state, when, tag, AREAS[0], 2) for alarm, state, when, tag in told]
    flagged = _change("V-1", "ACTIVE", at("10:00", day), "V", AREAS[0], 2)
    return [*rows, {**flagged, "shelved": True}]


def _chattering() -> list[Row]:
    """Three raises in 59 seconds, and a fourth a minute after the second."""
    noon = at("12:00", 11)
    return [
        _change(f"C-{second}", state, noon + timedelta(seconds=second + lasts), "C", AREAS[1], 3)
        for second in (0, 20, 59, 80)
        for state, lasts in (("ACTIVE", 0), ("CLEAR", 5))
    ]


def _change(
    alarm: str, state: str, when: datetime, tag: str, area: str, priority: int | None
) -> Row:
    return {
        "alarm_id": alarm, "state": state, "timestamp": when, "tag_name": tag, "condition": "Hi",
        "area": area, "priority": priority, "message": f"{tag} Hi", "shelved": False,
        "paired_by": "event",
    }  # fmt: skip


def historian_tags() -> list[Row]:
    owners = [("TI-1", "M1"), ("PI-2", "L1")]
    return [
        {
            "tag_name": tag, "tag_alias": f"{asset}.{tag}", "description": tag, "units": "bar",
            "range_low": 0.0, "range_high": 99.0, "zero_allowed": True, "data_type": "float",
            "interval_s": 600.0, "site_id": "S1", "line_id": "L1", "asset_id": asset,
        }
        for tag, asset in owners
    ]  # fmt: skip


def historian_values() -> list[Row]:
    """One reading in ten minutes of Monday: 1, 2, 3 and so on for TI-1, twice as much for PI-2."""
    return [
        {
            "timestamp": at("06:00") + timedelta(minutes=10 * place), "tag_name": tag,
            "tag_alias": tag, "value": float(times * (place + 1)), "value_text": None,
            "quality": "Bad" if place == 5 else "Good", "quality_code": "0x00",
        }
        for tag, times in (("TI-1", 1), ("PI-2", 2))
        for place in range(96)
    ]  # fmt: skip


TABLES = {
    "silver_equipment.alarms": alarms,
    "silver_equipment.historian_tags": historian_tags,
    "silver_equipment.historian_values": historian_values,
}
