"""How answers look: numbers, sizes, times, and tables in wide and narrow terminals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from casparian.cli import show


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "yes"), (1234567, "1,234,567"), (0.1 + 0.2, "0.3"), ("a", "a"),
        (["a", 1000], "a, 1,000"),
        (datetime(2025, 10, 28, 2, tzinfo=UTC), "2025-10-28 02:00:00Z"),
        (datetime(2025, 10, 28, 2, 0, 0, 120_000, tzinfo=UTC), "2025-10-28 02:00:00.12Z"),
    ],
)  # fmt: skip
def test_cell(value: Any, text: str) -> None:
    assert show.cell(value) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12.3 MB"), (999_960, "1.0 MB")],
)
def test_size(count: int, text: str) -> None:
    assert show.size(count) == text


def test_many() -> None:
    assert show.many(1, "file") == "1 file"
    assert show.many(1234, "file") == "1,234 files"
    assert show.many(2, "entry", "entries") == "2 entries"


ROW = ("HAM-MC1", "a sentence that is long enough to need folding", 12345, 67890)
COLUMNS = ("line", "note", "read", "valid")


def printed(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(show, "WIDE", width)
    show.table(COLUMNS, [ROW], right=("read", "valid"))
    return capsys.readouterr().out


def test_a_table_folds_text_and_never_numbers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = printed(200, monkeypatch, capsys)
    assert "a sentence that is long enough to need folding" in wide
    folded = printed(50, monkeypatch, capsys)
    assert "12,345" in folded
    assert max(len(line) for line in folded.splitlines()) <= 50


def test_a_terminal_too_narrow_gets_a_value_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(30, monkeypatch, capsys).splitlines()
    assert lines[0] == "── 1"
    assert lines[1:] == [
        "line   HAM-MC1", "note   a sentence that is long enough to need folding",
        "read   12,345", "valid  67,890",
    ]  # fmt: skip
