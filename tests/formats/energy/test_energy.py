"""Energy meters: intervals and counters, in any unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats.energy import FORMAT
from tests.formats.golden import check
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    "sample", ["meters.csv", "zaehler.csv", "mixed.jsonl", "meters_sheet.xlsx"]
)
def test_golden(sample: str) -> None:
    check(FORMAT, HERE / sample, "Europe/Berlin")


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("meters.csv", {2: "Below min (0)"}),
        ("zaehler.csv", {}),
        ("meters_sheet.xlsx", {}),
        ("mixed.jsonl", {4: "Missing energy_kwh"}),
    ],
)
def test_verdicts(sample: str, expected: dict[int, str]) -> None:
    assert reasons(FORMAT, HERE / sample, "Europe/Berlin") == expected
