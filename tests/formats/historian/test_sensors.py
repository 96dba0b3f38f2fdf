"""Sensor tables, and how they are told from a historian's exports."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats import Peek, sniff
from casparian.formats.historian.sensors import SENSOR_METADATA, SENSOR_READINGS
from tests.formats import golden
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent


def test_golden() -> None:
    golden.check(SENSOR_READINGS, HERE / "sensors.csv", "Europe/Berlin")
    golden.check(SENSOR_METADATA, HERE / "sensor_list.csv")


def test_verdicts() -> None:
    assert reasons(SENSOR_METADATA, HERE / "sensor_list.csv") == {
        2: "Low end of the range above the high end"
    }
    assert reasons(SENSOR_READINGS, HERE / "sensors.csv") == {
        2: "Below the sensor's range", 4: "Quality Bad", 5: "Missing value",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("sensor_id,timestamp,value", "sensor_readings"),
        ("Device,Time,Reading,Unit", "sensor_readings"),
        ("timestamp,tag,value", "historian_csv"),
        ("timestamp,tag,value,quality", "historian_csv"),
        ("timestamp,point_name,value,status", "historian_csv"),
        ("sensor,unit,min,max", "sensor_metadata"),
        ("tag,units,low,high", "historian_tags"),
        ("timestamp,TI-101,TI-102", "historian_wide"),
    ],
)
def test_sensors_and_tags_are_told_apart(header: str, name: str) -> None:
    words = {"timestamp": "2026-01-08 10:30:00", "Time": "2026-01-08 10:30:00", "unit": "°C"}
    words |= {"units": "°C", "Unit": "°C", "quality": "Good", "status": "Good"}
    ids = ("sensor_id", "Device", "tag", "point_name", "sensor")
    record = ",".join(words.get(w, "A1" if w in ids else "5") for w in header.split(","))
    chosen, why = sniff(Peek("x.csv", f"{header}\n{record}\n{record}\n".encode()))
    assert chosen is not None, why
    assert chosen.name == name
