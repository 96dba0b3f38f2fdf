"""Energy: other header words, local times."""

from __future__ import annotations

from pathlib import Path

from casparian.formats.energy import FORMAT
from tests.formats.golden import check


def test_golden() -> None:
    check(FORMAT, Path(__file__).parent / "meters.csv", "Europe/Berlin")
