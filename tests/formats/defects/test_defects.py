"""Defect logs: English with counts, German tally sheets without."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats.defects import FORMAT
from casparian.reading.base import Note
from tests.formats.golden import check, read
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent


@pytest.mark.parametrize("sample", ["defect_log.csv", "fehler.csv", "tally.xlsx"])
def test_golden(sample: str) -> None:
    check(FORMAT, HERE / sample, "Europe/Berlin")


def test_verdicts() -> None:
    assert reasons(FORMAT, HERE / "defect_log.csv") == {4: "Missing defect_code"}


def test_a_log_without_counts_says_so() -> None:
    notes = [part.sentence for part in read(FORMAT, HERE / "fehler.csv") if isinstance(part, Note)]
    assert notes == ["The log has no counts: each finding was taken as one defect."]
