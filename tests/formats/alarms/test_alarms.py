"""Alarm journal: quoted text with a comma, an empty message."""

from __future__ import annotations

from pathlib import Path

from casparian.formats.alarms import FORMAT
from tests.formats.golden import check


def test_golden() -> None:
    check(FORMAT, Path(__file__).parent / "journal.csv", "Europe/Berlin")
