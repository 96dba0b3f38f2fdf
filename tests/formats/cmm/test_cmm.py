"""CMM workbooks: golden pair, limits and verdicts, hostile and broken files."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from casparian.formats.cmm import FORMAT
from casparian.formats.cmm.limits import limits
from casparian.formats.cmm.words import field_of
from casparian.reading import workbook
from casparian.reading.base import Batch, UnreadableFile
from casparian.reading.spc import judged
from tests.formats.golden import check, read

HERE = Path(__file__).parent
HEADER = ("Serial", "Feature", "Actual")


def write(folder: Path, *sheets: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"P-{number}")
        for row in rows:
            sheet.append(list(row))
    path = folder / "cmm.xlsx"
    book.save(path)
    return path


def fields(path: Path, table: str = "spc_measurements") -> list[dict[str, object]]:
    found = (b for b in read(FORMAT, path) if isinstance(b, Batch) and b.table == table)
    return [row for batch in found for row in batch.fields.to_pylist()]


def test_golden() -> None:
    check(FORMAT, HERE / "cmm_report.xlsx", "Europe/Berlin")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"usl": "10.1", "lsl": "9.9"}, ("9.9", "10.1")),
        ({"nominal": "10", "tol": "0.1"}, ("9.9", "10.1")),
        ({"nominal": "10.1", "tol_plus": "0.2", "tol_minus": "-0.1"}, ("10.0", "10.3")),
        ({"nominal": "10", "tol_plus": "0,2", "tol_minus": "0,1"}, ("9.9", "10.2")),
        ({"nominal": "10", "usl": "11", "tol": "0.1"}, ("9.9", "11")),
        ({"nominal": "10"}, (None, None)),
    ],
)
def test_limits(record: dict[str, str | None], expected: tuple[str | None, str | None]) -> None:
    assert tuple(None if bound is None else str(bound) for bound in limits(record)) == expected


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ({"actual": "10.1"}, True),  # limits belong to the tolerance zone
        ({"actual": "10.10001"}, False),
        ({"actual": "9.8"}, False),
        ({"actual": None}, None),
        ({"actual": "10.2", "pass": "i.O."}, True),
        ({"actual": "10", "pass": "NOK"}, False),
    ],
)
def test_verdict(record: dict[str, str | None], verdict: bool | None) -> None:
    given = judged(record["actual"], Decimal("9.9"), Decimal("10.1"), record.get("pass"))
    assert given["pass"] == (None if verdict is None else str(verdict).lower())


def test_one_limit_alone_decides_and_none_gives_no_verdict() -> None:
    assert judged("3", None, Decimal(2), None)["within_limits"] == "false"
    assert judged("3", Decimal(2), None, None)["within_limits"] == "true"
    assert judged("3", None, None, None)["within_limits"] is None


@pytest.mark.parametrize(
    ("word", "field"),
    [
        ("SERIAL_NO.", "serial"),
        ("Serien-Nr.", "serial"),
        ("Actual [mm]", "actual"),
        ("Ist-Wert", "actual"),
        ("Tol -", "tol_minus"),
        ("Upper Tol", "tol_plus"),
        ("Größtmaß", "usl"),
        ("Part Number:", "part_number"),
        ("Colour", None),
    ],
)
def test_words(word: str, field: str | None) -> None:
    assert field_of(word) == field


def test_each_sheet_is_a_part_where_nothing_says_more(tmp_path: Path) -> None:
    path = write(tmp_path, [HEADER, ("A", "D1", 1)], [HEADER, ("A", "D1", 2)])
    assert [row["part_number"] for row in fields(path)] == ["P-1", "P-2"]
    assert [row["serial"] for row in fields(path, "spc_parts")] == ["A", "A"]


def test_rows_run_on_over_sheets_and_repeated_headers(tmp_path: Path) -> None:
    page = [HEADER, ("A", "D1", 1), ("Part number", "X-9"), HEADER, ("B", "D1", 2)]
    path = write(tmp_path, page, [("a cover",)], page)
    found = [part for part in read(FORMAT, path) if isinstance(part, Batch) and not part.derived]
    assert [row for part in found for row in part.rows.to_pylist()] == [1, 2, 3, 4]
    assert [row["part_number"] for row in fields(path)] == ["P-1", "X-9", "P-3", "X-9"]


def test_a_workbook_without_measurements_names_its_sheets(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"sheets: P-1, P-2"):
        read(FORMAT, write(tmp_path, [("cover",)], [("x", 1)]))


def test_a_sheet_of_far_apart_cells_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = 1, 2
    book.save(tmp_path / "cmm.xlsx")
    with pytest.raises(UnreadableFile, match="spans 1048576 rows by 16384 columns"):
        read(FORMAT, tmp_path / "cmm.xlsx")


@pytest.mark.parametrize("quoted", [b'r="XFD1048576"', b"r='XFD1048576'", b'r = "xfd1048576"'])
def test_extent_is_found_however_it_is_written(quoted: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cmm.xlsx", "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<c " + quoted + b"/>")
    with pytest.raises(UnreadableFile, match="cells allowed"):
        read(FORMAT, tmp_path / "cmm.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "cmm.xlsx"
    packed = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9)
    with packed as archive, archive.open("xl/worksheets/sheet1.xml", "w") as member:
        for _ in range(80):
            member.write(b" " * (1 << 20))
    with pytest.raises(UnreadableFile, match="refused as a zip bomb"):
        read(FORMAT, path)


def test_too_large_a_workbook_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_BYTES", 1000)
    with pytest.raises(UnreadableFile, match="more than the 0 MiB allowed"):
        read(FORMAT, write(tmp_path, [HEADER]))


@pytest.mark.parametrize("size", [0, 3, 600, 4000])
def test_a_cut_workbook_is_unreadable(tmp_path: Path, size: int) -> None:
    path = tmp_path / "cut.xlsx"
    path.write_bytes((HERE / "cmm_report.xlsx").read_bytes()[:size])
    with pytest.raises(UnreadableFile):
        read(FORMAT, path)


def test_a_zip_that_is_no_workbook_is_unreadable(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cmm.xlsx", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(UnreadableFile, match="damaged"):
        read(FORMAT, tmp_path / "cmm.xlsx")
