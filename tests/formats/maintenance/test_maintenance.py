"""Work orders: planned or not by their type, hours from minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats.maintenance import FORMAT
from tests.formats.golden import check
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent


@pytest.mark.parametrize("sample", ["orders.csv", "auftraege.csv", "orders_sheet.xlsx"])
def test_golden(sample: str) -> None:
    check(FORMAT, HERE / sample, "Europe/Berlin")


@pytest.mark.parametrize(
    ("sample", "expected"),
    [("auftraege.csv", {}), ("orders_sheet.xlsx", {})],
)
def test_verdicts(sample: str, expected: dict[int, str]) -> None:
    assert reasons(FORMAT, HERE / sample, "Europe/Berlin") == expected
