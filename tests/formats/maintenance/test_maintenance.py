"""Maintenance log: doubled quotes, an open work order."""

from __future__ import annotations

from pathlib import Path

from casparian.formats.maintenance import FORMAT
from tests.formats.golden import check


def test_golden() -> None:
    check(FORMAT, Path(__file__).parent / "orders.csv", "Europe/Berlin")
