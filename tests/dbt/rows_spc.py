"""Measurements for control charts: sizes that differ, large subgroups, individuals, two systems."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import zip_longest

import numpy as np

from tests.dbt.small_lake import Row, at

UNEQUAL = "Slot"  # subgroups of 1 to 6, a shift at the end
LARGE = "Flatness"  # subgroups of 12 to 14, so X-bar and S
HUGE = "Roughness"  # subgroups of 120, beyond the table of factors
SINGLE = "Runout"  # no subgroups: individuals, landed in another order than measured
TREND = "Depth"  # individuals that rise, with two that have no time
LONELY = "Chamfer"  # one measurement
TWIN = "Slot"  # the same characteristic by another measuring system
RESPECIFIED = "Groove"  # its upper limit changes on the second day


def measured(
    feature: str,
    number: int,
    actual: float,
    subgroup: int | None,
    measured_at: datetime | None,
    source_format: str = "qif",
    machine_id: str | None = None,
    usl: float = 12.0,
) -> Row:
    """One measured value of part P-2."""
    return {
        "source_format": source_format,
        "part_number": "P-2",
        "serial": f"{feature}-{number}",
        "feature": feature,
        "measurement_id": f"{feature}-{number}#1",
        "quality": "Good",
        "measured_at": measured_at,
        "subgroup": subgroup,
        "sample": number,
        "machine_id": machine_id,
        "actual": actual,
        "nominal": 10.0,
        "usl": usl,
        "lsl": 8.0,
        "units": "mm",
        "characteristic_type": "length",
    }


def in_subgroups(feature: str, sizes: list[int], source_format: str, shift: float) -> list[Row]:
    """Subgroups of the given sizes; after the 30th each lies `shift` sigmas higher."""
    random = np.random.default_rng(len(feature) + len(sizes))
    rows: list[Row] = []
    for subgroup, size in enumerate(sizes, 1):
        for actual in random.normal(10.0 + 0.1 * shift * (subgroup > 30), 0.1, size).tolist():
            when = at("06:00") + timedelta(minutes=10 * len(rows))
            rows.append(
                measured(feature, len(rows) + 1, actual, subgroup, when, source_format, "M2")
            )
    return rows


def in_turn(one: list[Row], other: list[Row]) -> list[Row]:
    """One row of each, as they stand in a file that goes part by part."""
    pairs = zip_longest(one, other)
    return [row for pair in pairs for row in pair if row is not None]


def alone(feature: str, values: list[float]) -> list[Row]:
    """Individuals, the last measured landed first, the two last without a time."""
    times: list[datetime | None] = [
        at("06:00") + timedelta(minutes=n) for n in range(len(values) - 2)
    ]
    rows = [
        measured(feature, number, value, None, when)
        for number, (value, when) in enumerate(zip(values, [*times, None, None], strict=True), 1)
    ]
    return rows[::-1]


def spc_measurements() -> list[Row]:
    random = np.random.default_rng(8)
    respecified = [
        measured(RESPECIFIED, n, 10.0, 1, at("06:00", 3 + n), usl=12.0 if n < 2 else 11.0)
        for n in range(4)
    ]
    return [
        *in_turn(
            in_subgroups(UNEQUAL, random.integers(1, 7, 60).tolist(), "qif", 1.2),
            in_subgroups(TWIN, [4] * 25, "aqdef", 0.0),
        ),
        *in_subgroups(LARGE, random.integers(12, 15, 40).tolist(), "qif", 1.5),
        *in_subgroups(HUGE, [120] * 4, "qif", 0.0),
        *alone(SINGLE, random.normal(10.0, 0.1, 50).tolist()),
        *alone(TREND, np.linspace(9.0, 11.0, 40).tolist()),
        measured(LONELY, 1, 10.0, None, at("06:00")),
        *respecified,
    ]


def spc_characteristics() -> list[Row]:
    names = {"nominal": 10.0, "usl": 12.0, "lsl": 8.0, "units": "mm"}
    return [
        {
            "source_format": "qif",
            "part_number": "P-2",
            "feature": feature,
            "characteristic_type": "length",
            "specification": "10 +- 2",
            "criticality": criticality,
            **names,
        }
        for feature, criticality in ((UNEQUAL, "KEY"), ("Never measured", "MINOR"))
    ]


TABLES = {
    "silver_quality.spc_measurements": spc_measurements,
    "silver_quality.spc_characteristics": spc_characteristics,
}
