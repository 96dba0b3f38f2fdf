"""Downtime log: local times over the autumn night, an open stop."""

from __future__ import annotations

from pathlib import Path

from casparian.formats.downtime import FORMAT
from tests.formats.golden import check


def test_golden() -> None:
    check(FORMAT, Path(__file__).parent / "stops.csv", "Europe/Berlin")
