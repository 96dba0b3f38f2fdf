"""Long historian CSV: vendors' headers, quality codes, decimal commas, columns nobody asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casparian.formats import Peek, sniff
from casparian.formats.base import Batch, Damage, Source, UnreadableFile
from casparian.formats.historian import HISTORIAN_CSV
from casparian.formats.quality import of_text as quality


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
