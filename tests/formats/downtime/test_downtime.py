"""Downtime logs: local times over the autumn night, open stops, durations, reasons, overlaps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from casparian.formats.downtime import FORMAT
from casparian.reading.base import Batch, Note
from casparian.reading.durations import seconds
from tests.formats.golden import check, read
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    "sample", ["stops.csv", "shift_log.csv", "durations.csv", "machines.xlsx", "nested.jsonl"]
)
def test_golden(sample: str) -> None:
    check(FORMAT, HERE / sample, "Europe/Berlin")


def rows(path: Path) -> list[dict[str, Any]]:
    parts = (part for part in read(FORMAT, path) if isinstance(part, Batch))
    return [row for part in parts for row in part.fields.to_pylist()]


def notes(path: Path) -> list[str]:
    return [part.sentence for part in read(FORMAT, path) if isinstance(part, Note)]


def test_end_before_start_is_refused_unless_the_day_is_given_once() -> None:
    assert reasons(FORMAT, HERE / "stops.csv", "Europe/Berlin") == {1: "End before start"}
    assert reasons(FORMAT, HERE / "shift_log.csv", "Europe/Berlin") == {}


def test_overlaps_are_marked_and_reported() -> None:
    found = [row["overlaps_event_id"] is not None for row in rows(HERE / "shift_log.csv")]
    assert found == [False, True, False]
    assert notes(HERE / "shift_log.csv") == [
        "1 stop overlaps an earlier one of the same machine (overlaps_event_id); "
        "downtime_summary.stopped_s counts the time once."
    ]


def test_a_stop_at_the_edge_of_the_calendar(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("machine,start,duration_h,reason\nM,9999-12-31 23:00:00,99,x\nM,1,1,x\n")
    assert [row["ends_at"] for row in rows(path)] == [None, None]


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("1:20", None, 4800.0), ("01:20:30", None, 4830.0), ("26:00", None, 93600.0),
        ("0:00:01.5", None, 1.5), ("1 day, 2:00:00", None, 93600.0), ("1h 20m", None, 4800.0),
        ("1 h 20 min", None, 4800.0), ("95 min", None, 5700.0), ("1,5 Std.", None, 5400.0),
        ("2 hours, 5 minutes", None, 7500.0), ("PT1H20M", None, 4800.0), ("P1DT1S", None, 86401.0),
        ("90", 60.0, 5400.0), ("1,5", 3600.0, 5400.0), ("90", None, None), ("soon", 60.0, None),
        ("", 60.0, None), (None, 60.0, None), ("5 apples", None, None), ("-5", 60.0, None),
    ],
)  # fmt: skip
def test_durations(text: str | None, unit: float | None, expected: float | None) -> None:
    assert seconds(text, unit) == expected
