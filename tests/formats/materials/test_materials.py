"""Material movements."""

from __future__ import annotations

from pathlib import Path

from casparian.formats.materials import FORMAT
from tests.formats.golden import check


def test_golden() -> None:
    check(FORMAT, Path(__file__).parent / "movements.csv", "Europe/Berlin")
