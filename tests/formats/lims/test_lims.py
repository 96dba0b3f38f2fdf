"""LIMS results: a missing result stays a record."""

from __future__ import annotations

from pathlib import Path

from casparian.formats.lims import FORMAT
from tests.formats.golden import check


def test_golden() -> None:
    check(FORMAT, Path(__file__).parent / "results.csv", "Europe/Berlin")
