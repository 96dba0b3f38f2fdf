"""LIMS results: a missing one stays a record; limits of the method, words, nested samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats.lims import FORMAT
from tests.formats.golden import check
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    "sample", ["results.csv", "befunde.csv", "samples.json", "results_sheet.xlsx", "analysed.csv"]
)
def test_golden(sample: str) -> None:
    check(FORMAT, HERE / sample, "Europe/Berlin")


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("results.csv", {2: "Missing result"}),
        ("befunde.csv", {5: "Missing result"}),
        ("samples.json", {}),
        ("results_sheet.xlsx", {}),
    ],
)
def test_verdicts(sample: str, expected: dict[int, str]) -> None:
    assert reasons(FORMAT, HERE / sample, "Europe/Berlin") == expected
