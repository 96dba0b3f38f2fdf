"""Alarm journals: what each vendor writes, states and priorities, pairing by event and by order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from casparian.formats.alarms import AVEVA, FACTORYTALK, FORMATS, IGNITION
from casparian.formats.alarms.states import (
    Snapshot,
    aveva_rank,
    deltav_rank,
    ignition_rank,
    meaning,
    rank,
    severity_rank,
)
from casparian.reading.base import Batch, Note
from casparian.reading.table import TableFormat
from tests.formats.golden import check, read
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent
BY_NAME = {form.name: form for form in FORMATS}
GOLDEN = {
    "journal.csv": "alarms", "history.xlsx": "alarms", "meldearchiv.csv": "alarms",
    "meldeliste.csv": "alarm_list",
    "ignition_journal.csv": "ignition_alarms", "ignition_query.json": "ignition_alarms",
    "aveva_history.csv": "aveva_alarms", "factorytalk_log.csv": "factorytalk_alarms",
    "deltav_chronicle.csv": "deltav_alarms", "wincc_panel.csv": "wincc_alarms",
}  # fmt: skip


@pytest.mark.parametrize(("sample", "name"), GOLDEN.items())
def test_golden(sample: str, name: str) -> None:
    check(BY_NAME[name], HERE / sample, "Europe/Berlin")
    assert reasons(BY_NAME[name], HERE / sample, "Europe/Berlin") == {}


def changes(form: TableFormat, path: Path, *columns: str) -> list[tuple[Any, ...]]:
    rows = [
        (number, row)
        for part in read(form, path)
        if isinstance(part, Batch)
        for number, row in zip(part.rows.to_pylist(), part.fields.to_pylist(), strict=True)
    ]
    return [tuple(row[name] for name in columns) for _, row in sorted(rows, key=lambda r: r[0])]


def notes(form: TableFormat, path: Path) -> list[str]:
    return [part.sentence for part in read(form, path) if isinstance(part, Note)]


def test_return_before_and_after_the_acknowledgement() -> None:
    found = changes(AVEVA, HERE / "aveva_history.csv", "tag_name", "state")
    assert [state for tag, state in found if tag == "TIC101.PV"] == ["ACTIVE", "ACK", "CLEAR"]
    assert [state for tag, state in found if tag == "FIC102.PV"] == ["ACTIVE", "CLEAR", "ACK"]
    assert [state for tag, state in found if tag == "TIC101.SP"] == ["EVENT"]


def test_what_is_open_at_the_end_stays_open() -> None:
    assert "1 alarm is still active at the end of the file." in notes(
        AVEVA, HERE / "aveva_history.csv"
    )


def test_newest_first_is_paired_alike(tmp_path: Path) -> None:
    header, *lines = (HERE / "aveva_history.csv").read_text().splitlines()
    turned = tmp_path / "aveva_history.csv"
    turned.write_text("\n".join([header, *reversed(lines)]) + "\n")
    wanted = changes(AVEVA, HERE / "aveva_history.csv", "alarm_id", "state", "timestamp")
    assert changes(AVEVA, turned, "alarm_id", "state", "timestamp")[::-1] == wanted


def test_each_activation_opens_an_occurrence(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "time,tag,state,priority\n2025-10-25 07:00:00,A,clear,1\n2025-10-25 08:00:00,A,active,1\n"
        "2025-10-25 08:00:01,B,active,1\n2025-10-25 08:01:00,A,active,1\n"
        "2025-10-25 08:02:00,A,ack,1\n2025-10-25 08:03:00,A,clear,1\n"
    )
    found = changes(BY_NAME["alarms"], path, "alarm_id", "state", "paired_by")
    first, second = "A@2025-10-25T08:00:00Z", "A@2025-10-25T08:01:00Z"
    assert found == [
        ("A@2025-10-25T07:00:00Z", "CLEAR", "order"), (first, "ACTIVE", "order"),
        ("B@2025-10-25T08:00:01Z", "ACTIVE", "order"), (second, "ACTIVE", "order"),
        (second, "ACK", "order"), (second, "CLEAR", "order"),
    ]  # fmt: skip


def test_shelved_is_told_by_the_flags() -> None:
    found = changes(IGNITION, HERE / "ignition_journal.csv", "state", "shelved")
    assert found == [("ACTIVE", "false"), ("ACK", "false"), ("CLEAR", "false"), ("ACTIVE", "true")]


def test_the_log_of_factorytalk_is_in_utc_whatever_the_zone() -> None:
    part = next(iter(read(FACTORYTALK, HERE / "factorytalk_log.csv", "America/Chicago")))
    assert isinstance(part, Batch)
    assert str(part.fields["timestamp"][0]) == "2025-10-25 06:00:00.500000+00:00"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Active", "ACTIVE"), ("ALM", "ACTIVE"), ("kommt", "ACTIVE"), ("K", "ACTIVE"),
        ("Came in", "ACTIVE"), ("Cleared", "CLEAR"), ("RTN", "CLEAR"), ("gegangen", "CLEAR"),
        ("Went Out", "CLEAR"), ("Ack", "ACK"), ("Quittiert", "ACK"), ("acquittée", "ACK"),
        ("shelved", "SHELVED"), ("In Alarm, Unacknowledged", Snapshot(True, False)),
        ("ACK_RTN", Snapshot(False, True)), ("UNACK_RTN", Snapshot(False, False)),
        ("ack_alm", Snapshot(True, True)), ("whatever", "WHATEVER"), (None, None),
    ],
)  # fmt: skip
def test_states(text: str | None, state: object) -> None:
    assert meaning(text) == state


@pytest.mark.parametrize(
    ("function", "text", "priority"),
    [
        (rank, "Critical", "1"), (rank, "hoch", "2"), (rank, "3", "3"), (rank, "P2", "2"),
        (rank, "Prio 4", "4"), (rank, "1 - Critical", "1"), (rank, "blue", None),
        (rank, None, None),
        (ignition_rank, "4", "1"), (ignition_rank, "0", "5"), (ignition_rank, "Medium", "3"),
        (aveva_rank, "1", "1"), (aveva_rank, "249", "1"), (aveva_rank, "250", "2"),
        (aveva_rank, "999", "4"), (aveva_rank, "x", None),
        (severity_rank, "1000", "1"), (severity_rank, "751", "1"), (severity_rank, "750", "2"),
        (severity_rank, "1", "4"), (severity_rank, "0", "5"), (severity_rank, "Urgent", "1"),
    ],
)  # fmt: skip
def test_priorities(function: Any, text: str | None, priority: str | None) -> None:
    assert function(text) == priority


@pytest.mark.parametrize(
    ("level", "expected"),
    [("15-CRITICAL", "1"), ("11-WARNING", "2"), ("07-ADVISORY", "3"), ("4-INFO", "3"),
     ("03-LOG", "5"), ("CRITICAL", "1")],
)  # fmt: skip
def test_levels_of_deltav(level: str, expected: str) -> None:
    assert deltav_rank(level) == expected
