"""Production counts: a ragged line and a bad time, and a German export with other columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats.production import FORMAT
from tests.formats.golden import check


@pytest.mark.parametrize("name", ["counts.csv", "german.csv", "schicht.csv", "shifts.xlsx"])
def test_golden(name: str) -> None:
    check(FORMAT, Path(__file__).parent / name, "Europe/Berlin")
