"""Long historian CSV: vendors' headers, quality codes, decimal commas, columns nobody asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casparian.formats import Peek, sniff
from casparian.formats.historian import HISTORIAN_CSV
from casparian.reading.base import Batch, Damage, Source, UnreadableFile
from casparian.reading.quality import of_text as quality


def read(path: Path, timezone: str | None = None) -> tuple[list[dict[str, Any]], list[Damage]]:
    """Fields of all records, and the damage."""
    rows: list[dict[str, Any]] = []
    damage: list[Damage] = []
    for part in HISTORIAN_CSV.read(Source(str(path), path.name, timezone)):
        if isinstance(part, Batch):
            raw = part.raw.to_pylist()
            rows += [
                f | {"_extra": r["_extra"]}
                for f, r in zip(part.fields.to_pylist(), raw, strict=True)
            ]
        elif isinstance(part, Damage):
            damage.append(part)
    return rows, damage


def export(tmp_path: Path, text: str, codec: str = "utf-8") -> Path:
    path = tmp_path / "values.csv"
    path.write_bytes(text.encode(codec))
    return path


CODES = {
    "Good": "Good good 192 192.0 216 100 1 true OK Good,Local",
    "Uncertain": "Uncertain 64 80 75 Questionable substituted",
    "Bad": "Bad 0 24 28 false NoData",
}


@pytest.mark.parametrize("expected", sorted(CODES))
def test_quality_however_it_is_said(expected: str) -> None:
    """64 to 127 is Uncertain in OPC DA, as are 50 to 99 of Proficy's percent."""
    assert {code: quality(code) for code in CODES[expected].split()} == dict.fromkeys(
        CODES[expected].split(), expected
    )


@pytest.mark.parametrize(
    "header",
    [
        "Timestamp,Tag,Value,Quality",
        "time;tagname;value;status",
        "DateTime\tPoint Name\tVal\tOPC Quality",
        "TAG_NAME|TIME_STAMP|VALUE|CONFIDENCE",
        '"Timestamp","Tag","Value","Quality"',
    ],
)
def test_vendors_headers(header: str, tmp_path: Path) -> None:
    delimiter = next(d for d in ",;\t|" if d in header)
    words = {
        "tag": "LI-1",
        "point": "LI-1",
        "time": "2025-10-25T06:00:00Z",
        "date": "2025-10-25T06:00:00Z",
    }
    cells = []
    for column in header.replace('"', "").split(delimiter):
        found = next(
            (cell for word, cell in words.items() if column.lower().startswith(word)), None
        )
        cells.append(found or ("5.5" if column.lower().startswith("val") else "192"))
    path = export(tmp_path, f"{header}\n{delimiter.join(cells)}\n")
    chosen, sure = sniff(Peek.of(path))
    assert chosen is HISTORIAN_CSV, sure
    (row,), damage = read(path)
    assert not damage
    assert row["timestamp"] == datetime(2025, 10, 25, 6, tzinfo=UTC)
    assert (row["tag_name"], row["value"], row["quality"], row["quality_code"]) == (
        "LI-1",
        "5.5",
        "Good",
        "192",
    )


def test_decimal_commas_local_time_and_utf16(tmp_path: Path) -> None:
    lines = [
        "Timestamp;Tag;Value;Quality",
        "25.10.2025 08:00:00,250;LI-1;1234,5;Good",
        "13.10.2025 08:00;LI-1;-7;Bad",
    ]
    path = export(tmp_path, "\r\n".join(lines), "utf-16")
    rows, _ = read(path, "Europe/Berlin")
    assert [row["value"] for row in rows] == ["1234.5", "-7"]
    assert rows[0]["timestamp"] == datetime(2025, 10, 25, 6, 0, 0, 250_000, tzinfo=UTC)


def test_a_comma_is_no_decimal_sign_where_nobody_uses_it_so(tmp_path: Path) -> None:
    path = export(tmp_path, "Timestamp;Tag;Value\n2025-10-25;LI-1;5.5\n2025-10-25;LI-1;-,-\n")
    assert [row["value"] for row in read(path)[0]] == ["5.5", "-,-"]


def test_no_quality_column_means_good(tmp_path: Path) -> None:
    (row,), _ = read(export(tmp_path, "Timestamp,Tag,Value\n2025-10-25,LI-1,5\n"))
    assert row["quality"] == "Good"


def test_an_empty_quality_is_uncertain(tmp_path: Path) -> None:
    (row,), _ = read(export(tmp_path, "Timestamp,Tag,Value,Quality\n2025-10-25,LI-1,5,\n"))
    assert (row["quality"], row["quality_code"]) == ("Uncertain", None)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Date,Time,Tag,Value", "08-Jan-26,10:30:00.25,A.1,5"),
        ("Datum;Uhrzeit;Messstelle;Wert;Qualität", "08.01.2026;10:30:00,250;A.1;5;gut"),
        ("Tag,Date,Time,Value", "A.1,2026-01-08,2026-01-08 10:30:00.25,5"),
        ("Tag,Date,Time,Value", "A.1,2026-01-08 10:30:00.25,10:30,5"),
        ("Tag,Date,Value", "A.1,2026-01-08 10:30:00.25,5"),
    ],
)
def test_date_and_time_of_day_apart(header: str, cells: str, tmp_path: Path) -> None:
    (row,), _ = read(export(tmp_path, f"{header}\n{cells}\n"))
    assert row["timestamp"] == datetime(2026, 1, 8, 10, 30, 0, 250_000, tzinfo=UTC)
    assert (row["tag_name"], row["value"], row["quality"]) == ("A.1", "5", "Good")


@pytest.mark.parametrize(
    ("text", "value", "state", "quality"),
    [
        ("RUN", None, "RUN", "Good"),
        ("Bad Input", None, "Bad Input", "Bad"),
        ("I/O Timeout", None, "I/O Timeout", "Bad"),
        ("No Data", None, "No Data", "Bad"),
        ("Shutdown", None, "Shutdown", "Bad"),
        ("Offline", None, "Offline", "Good"),
        (
            "[-11059] No Good Data For Calculation",
            None,
            "[-11059] No Good Data For Calculation",
            "Bad",
        ),
        ("NULL", None, None, "Good"),
        ("n/a", "n/a", None, "Good"),
        ("12..5", "12..5", None, "Good"),
        ("1e5", "1e5", None, "Good"),
    ],
)
def test_states_in_the_value_column(
    text: str, value: str | None, state: str | None, quality: str, tmp_path: Path
) -> None:
    """A historian's own states are Bad though the export says Good; a process's are values."""
    lines = f"Timestamp,Tag,Value,Quality\n2026-01-08,A,1.5,Good\n2026-01-08,A,{text},Good\n"
    _, row = read(export(tmp_path, lines))[0]
    assert (row["value"], row.get("value_text"), row["quality"]) == (value, state, quality)


def test_a_state_that_may_be_either_is_bad_where_nobody_vouches(tmp_path: Path) -> None:
    (row,), _ = read(export(tmp_path, "Timestamp,Tag,Value\n2026-01-08,A,Offline\n"))
    assert (row["value_text"], row["quality"]) == ("Offline", "Bad")


def test_units_under_the_header_are_no_record(tmp_path: Path) -> None:
    rows, damage = read(export(tmp_path, "Timestamp,Tag,Value\n,,°C\n2026-01-08,A,5\n"))
    assert [row["value"] for row in rows] == ["5"]
    rows, damage = read(export(tmp_path, "Timestamp,Tag,Value\n---,---,---\n2026-01-08,A,5\n"))
    assert [row["value"] for row in rows] == ["5"]
    assert not damage


def test_pi_flags(tmp_path: Path) -> None:
    lines = [
        "tag,time,value,status,questionable,substituted,annotated",
        "A,08-Jan-26 10:30:00,5,0,False,False,False",
        "A,08-Jan-26 10:31:00,5,0,True,False,False",
        "A,08-Jan-26 10:32:00,,-254,False,False,False",
    ]
    rows, _ = read(export(tmp_path, "\n".join(lines)))
    assert [row["quality"] for row in rows] == ["Good", "Uncertain", "Bad"]
    assert [row["quality_code"] for row in rows] == ["0", "0", "-254"]
    assert json.loads(rows[1]["_extra"])["questionable"] == "True"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("1.234,5;2,5", ["1234.5", "2.5"]),
        ("1 234,5;1.234", ["1234.5", "1234"]),
        ("1'234.5;2.5", ["1234.5", "2.5"]),
        ("1,5;0.125", ["1.5", "0.125"]),
        ("1,234.5;2,345", ["1234.5", "2345"]),
    ],
)
def test_numbers_in_their_countrys_marks(values: str, expected: list[str], tmp_path: Path) -> None:
    lines = "".join(f"2026-01-08;A;{value}\n" for value in values.split(";"))
    rows, _ = read(export(tmp_path, f"Timestamp;Tag;Value\n{lines}"))
    assert [row["value"] for row in rows] == expected


def test_other_columns_are_kept_beside(tmp_path: Path) -> None:
    text = "Timestamp,Tag,Value,Quality,Server,value\n2025-10-25,LI-1,5,Good,PI-1,x\n"
    (row,), _ = read(export(tmp_path, text))
    assert json.loads(row["_extra"]) == {"Server": "PI-1", "value'": "x"}
    assert row["value"] == "5"


def test_columns_in_any_order(tmp_path: Path) -> None:
    (row,), _ = read(export(tmp_path, "Quality,Value,Tag,Timestamp\nGood,5,LI-1,2025-10-25\n"))
    assert (row["tag_name"], row["value"], row["quality"]) == ("LI-1", "5", "Good")


def test_damage_keeps_its_number_and_text(tmp_path: Path) -> None:
    lines = [
        "Timestamp,Tag,Value,Quality",
        "2025-10-25,LI-1,5,Good",
        "2025-10-25,LI-1",
        "2025-10-25,LI-1,6,Good",
    ]
    text = "\n".join(lines)
    rows, (damage,) = read(export(tmp_path, text))
    assert len(rows) == 2
    assert (damage.row, damage.rule, damage.raw) == (2, "damaged_record", "2025-10-25,LI-1")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty."),
        ("a,b\n1,2\n", "No column for tag_name and timestamp and value among: a, b."),
        ("Timestamp,Tag\n2025-10-25,LI-1\n", "No column for value among: Timestamp, Tag."),
    ],
)
def test_what_is_not_a_historian_export_says_so(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as said:
        read(export(tmp_path, text))
    assert str(said.value) == sentence


def test_an_unknown_zone_says_so(tmp_path: Path) -> None:
    path = export(tmp_path, "Timestamp,Tag,Value\n2025-10-25,LI-1,5\n")
    with pytest.raises(UnreadableFile, match="No time zone is called 'Mars/Base'"):
        read(path, "Mars/Base")


def test_it_is_not_sure_of_what_is_not_its_own() -> None:
    for head in (
        b"",
        b"\0" * 100,
        b"event_id,machine_id,start,end\n",
        b"<xml/>",
        b"Timestamp,Tag\n",
    ):
        assert HISTORIAN_CSV.sniff(Peek("x.csv", head)).confidence == 0
