"""Characteristics that are hard to judge, and what files state of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

Row = dict[str, object]
START = datetime(2025, 3, 5, 6, tzinfo=UTC)
PART = "P-CAP"


def _measured(
    feature: str, values: list[float], lsl: float | None, usl: float | None, nominal: float | None,
    *, size: int | None = None, source: str = "cmm", machine: str | None = None, timed: bool = True,
) -> list[Row]:  # fmt: skip
    return [
        {
            "source_format": source, "part_number": PART, "feature": feature,
            "measurement_id": f"{feature}-{place}#1", "serial": f"C{place}", "quality": "Good",
            "measured_at": START + timedelta(minutes=place) if timed else None,
            "sample": place + 1, "subgroup": None if size is None else place // size,
            "machine_id": machine, "actual": value, "nominal": nominal, "usl": usl, "lsl": lsl,
        }
        for place, value in enumerate(values)
    ]  # fmt: skip


def _normal(seed: int, mean: float, sigma: float, count: int) -> list[float]:
    return [float(v) for v in np.random.default_rng(seed).normal(mean, sigma, count)]


def spc_measurements() -> list[Row]:
    return [
        # in metres: a micrometre is 1e-6
        *_measured("micron", _normal(1, 0.025, 2e-6, 43), 0.02499, 0.02501, 0.025, size=4),
        *_measured("large", _normal(2, 60.0, 0.4, 72), 58.0, 62.0, 60.5, size=12, machine="M1"),
        *_measured("flatness", _normal(3, 0.05, 0.01, 19), None, 0.1, 0.0, timed=False),
        *_measured("flatness", _normal(4, 0.05, 0.01, 19), None, 0.1, 0.0, source="qif"),
        *_measured("outside", _normal(5, 12.0, 1.0, 30), 8.0, 11.0, 9.5, size=5),
        *_measured("constant", [7.1] * 10, 7.0, 7.2, 7.1, size=5),
        *_measured("single", [7.1], 7.0, 7.2, 7.1),
        *_measured("unlimited", _normal(6, 5.0, 1.0, 12), None, None, None, size=3),
        *_measured("far", _normal(7, 0.0, 1.0, 20), -30.0, 25.0, 0.0, size=2),
    ]


def spc_capability() -> list[Row]:
    common: Row = {"part_number": PART, "study": "report 1", "nominal": 1.5}
    return [
        {**common, "source_format": "cmm", "feature": "outside", "n": 30, "cp": 0.5, "cpk": -0.3,
         "pp": 0.51, "ppk": -0.31, "cpm": 0.2, "usl": 11.0, "lsl": 8.0, "stated_at": START},
        {**common, "source_format": "cmm", "feature": "planned", "n": None, "cp": None, "cpk": 1.4,
         "pp": None, "ppk": None, "cpm": None, "usl": 3.0, "lsl": None, "stated_at": START},
    ]  # fmt: skip


TABLES = {
    "silver_quality.spc_measurements": spc_measurements,
    "silver_quality.spc_capability": spc_capability,
}
