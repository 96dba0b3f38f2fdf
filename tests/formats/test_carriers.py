"""One table, whatever carries it: text, workbooks and JSON give the same silver rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt

from casparian.formats import Peek
from casparian.reading.base import Batch, Damage, Note, Source, UnreadableFile
from casparian.reading.table import TableFormat
from tests.formats.golden import read

STOPS = TableFormat(
    name="carried",
    table="carried",
    summary="for tests",
    contract="carried",
    header={
        "machine_id": ("machine", "maschine"),
        "starts_at": ("start",),
        "lost": ("minutes", "dauer"),
        "planned": (),
        "reason": ("grund",),
    },
    required=("machine_id", "starts_at", "lost"),
    times=("starts_at",),
    numbers=("lost",),
    above=("machine_id",),
)
HEADER = ("Machine", "Start", "Minutes", "Planned", "Grund", "Remark")
ROWS: list[tuple[Any, ...]] = [
    ("CNC-01", datetime(2025, 10, 25, 8, 0), 12.5, True, "Werkzeug gebrochen", "neu"),
    ("CNC-02", datetime(2025, 10, 25, 9, 30, 15), 7, False, "Überlast", None),
    ("4711", datetime(2025, 10, 26, 12, 0), 0.25, False, None, None),
]
EXPECTED = [
    {"machine_id": "CNC-01", "starts_at": "2025-10-25 06:00:00+00:00", "lost": "12.5",
     "planned": "true", "reason": "Werkzeug gebrochen"},
    {"machine_id": "CNC-02", "starts_at": "2025-10-25 07:30:15+00:00", "lost": "7",
     "planned": "false", "reason": "Überlast"},
    {"machine_id": "4711", "starts_at": "2025-10-26 11:00:00+00:00", "lost": "0.25",
     "planned": "false", "reason": None},
]  # fmt: skip


def plain(row: tuple[Any, ...]) -> dict[str, Any]:
    values = (v.isoformat(sep=" ") if isinstance(v, datetime) else v for v in row)
    return dict(zip(HEADER, values, strict=True))


def csv(path: Path) -> None:
    lines = [";".join(HEADER)]
    for row in map(plain, ROWS):
        texts = ("" if v is None else str(v).lower() if v in (True, False) else str(v)
                 for v in row.values())  # fmt: skip
        lines.append(";".join(texts).replace(".5;", ",5;"))
    path.write_text("\n".join(["Stillstandsliste", "Werk;Hamburg", "", *lines]) + "\n", "utf-8")


def xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["A cover sheet"])
    for number, part in enumerate((ROWS[:2], ROWS[2:])):
        sheet = book.create_sheet(f"Week {number}")
        for line in (["Stops of the week"], [], HEADER, ["", "", "min", "", "", ""], *part):
            sheet.append(list(line))
    book.save(path)


def xls(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Stops")
    date = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM:SS")
    for number, line in enumerate([("Stops",), HEADER, *ROWS]):
        for place, value in enumerate(line):
            style = (date,) if isinstance(value, datetime) else ()
            sheet.write(number, place, value, *style)
    book.save(str(path))


def jsonl(path: Path) -> None:
    path.write_text("\n".join(json.dumps(plain(row)) for row in ROWS) + "\n", "utf-8")


def array(path: Path) -> None:
    path.write_text(json.dumps([plain(row) for row in ROWS], indent=2), "utf-16")


def wrapped(path: Path) -> None:
    rows = [plain(row) for row in ROWS]
    path.write_text(json.dumps({"count": 3, "result": {"data": rows}, "next": None}, indent=1))


def nested(path: Path) -> None:
    rows = [plain(row) for row in ROWS]
    by_machine = [{"machine": {"id": row.pop("Machine")}, "stops": [row]} for row in rows]
    path.write_text(json.dumps(by_machine))


def documents(path: Path) -> None:
    path.write_text("\n".join(json.dumps({"payload": plain(row)}, indent=1) for row in ROWS))


def fields(path: Path) -> list[dict[str, Any]]:
    batches = [part for part in read(STOPS, path, "Europe/Berlin") if isinstance(part, Batch)]
    rows = [row for batch in batches for row in batch.fields.to_pylist()]
    return [row | {"starts_at": str(row["starts_at"])} for row in rows]


CARRIERS: dict[str, Callable[[Path], None]] = {
    "stops.csv": csv, "stops.xlsx": xlsx, "stops.xls": xls, "stops.jsonl": jsonl,
    "array.json": array, "wrapped.json": wrapped, "nested.json": nested,
    "documents.json": documents,
}  # fmt: skip


@pytest.mark.parametrize("name", CARRIERS)
def test_the_same_rows(tmp_path: Path, name: str) -> None:
    CARRIERS[name](tmp_path / name)
    assert fields(tmp_path / name) == EXPECTED
    assert STOPS.sniff(Peek.of(tmp_path / name)).confidence > 0.8


@pytest.mark.parametrize("name", CARRIERS)
def test_unknown_columns_and_row_numbers(tmp_path: Path, name: str) -> None:
    CARRIERS[name](tmp_path / name)
    batches = [p for p in read(STOPS, tmp_path / name) if isinstance(p, Batch)]
    extra = [text for batch in batches for text in batch.raw["_extra"].to_pylist()]
    assert extra == ['{"Remark": "neu"}', None, None]
    rows = [row for batch in batches for row in batch.rows.to_pylist()]
    assert rows == [1, 2, 3] if name != "stops.xlsx" else [2, 3, 5]


def test_sheets_without_such_a_table_are_named(tmp_path: Path) -> None:
    xlsx(tmp_path / "stops.xlsx")
    notes = [
        part.sentence for part in read(STOPS, tmp_path / "stops.xlsx") if isinstance(part, Note)
    ]
    assert any("not read: Sheet" in note for note in notes)
    assert any("states units" in note for note in notes)


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_what_the_columns_lack_may_stand_above(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "one.csv"
    lines = [["Maschine:", "CNC-07"], ["Start", "Dauer", "Grund"], ["2025-10-25 08:00", "5", "x"]]
    path.write_text("\n".join(delimiter.join(line) for line in lines))
    assert fields(path)[0]["machine_id"] == "CNC-07"


def test_a_line_that_is_no_json_is_one_damaged_record(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    good = json.dumps(plain(ROWS[0]))
    path.write_text(f"{good}\n{{broken\n\n[1]\n{good}\n")
    parts = read(STOPS, path)
    damaged = [(part.row, part.raw) for part in parts if isinstance(part, Damage)]
    assert damaged == [(2, "{broken"), (3, "[1]")]
    assert [row for part in parts if isinstance(part, Batch) for row in part.rows.to_pylist()] == [
        1,
        4,
    ]


@pytest.mark.parametrize("cut", ["", "]x", ', {"Machine": "CNC', ", [[[["])
def test_an_array_that_breaks_off_keeps_what_came_before(tmp_path: Path, cut: str) -> None:
    path = tmp_path / "x.json"
    path.write_text("[" + json.dumps(plain(ROWS[0])) + cut)
    parts: list[object] = []
    with pytest.raises(UnreadableFile, match="damaged"):
        parts.extend(STOPS.read(Source(str(path), path.name)))  # fails with its head filled
    assert len(parts) == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 99, b"[", b"{", b"[]", b"{}", b"[[[[1]]]]", b"PK\x03\x04[Content_Types].xml",
     b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, b"\xff\xfe[", b'{"a":' * 9999, b"[" * 99999,
     b'{"Machine": 1}\n{"Machine": 2}', b'"', b"null", b"a,b\n1,2\n", b'[{"a":1},',
     b"\xef\xbb\xbf"],
)  # fmt: skip
def test_anything_else_is_unreadable_with_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    assert STOPS.sniff(Peek.of(path)).confidence == 0
    with pytest.raises(UnreadableFile, match=r"^[A-Z].*\.$"):
        read(STOPS, path)
