"""Audit trails: entries as they were written, each with an identity of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats.audit import FORMAT
from casparian.reading.base import Batch
from tests.formats.golden import check, read
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent


@pytest.mark.parametrize("sample", ["audit_trail.csv", "aenderungen.json", "trail.xlsx"])
def test_golden(sample: str) -> None:
    check(FORMAT, HERE / sample, "Europe/Berlin")


def test_an_entry_without_operator_is_no_evidence() -> None:
    assert reasons(FORMAT, HERE / "audit_trail.csv") == {3: "Missing operator"}


def test_equal_entries_stay_two_and_keep_their_identities(tmp_path: Path) -> None:
    lines = (HERE / "audit_trail.csv").read_text().splitlines()
    path = tmp_path / "trail.csv"
    path.write_text("\n".join([lines[0], lines[2], lines[2], lines[1], ""]))
    (part,) = (part for part in read(FORMAT, path) if isinstance(part, Batch))
    first, second, third = part.fields["entry_id"].to_pylist()
    assert second == f"{first}-2"
    (before,) = (p for p in read(FORMAT, HERE / "audit_trail.csv") if isinstance(p, Batch))
    assert before.fields["entry_id"].to_pylist()[:2] == [third, first]
