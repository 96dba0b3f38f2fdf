"""Layouts of reports: rows of features, of parts, of samples; symbols; what reports state."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import openpyxl
import pytest
import xlwt
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

from casparian.formats.cmm import FORMAT
from casparian.formats.cmm.symbols import symbol_texts, translated, type_of
from casparian.reading.base import Batch, Damage, Note, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.spc import CAPABILITY, CHARACTERISTICS, CONTROL_LIMITS, MEASUREMENTS
from tests.formats.golden import check, read
from tests.formats.samples import sample_folder

HERE = Path(__file__).parent
GOLDEN = (
    *("calypso_chr.txt", "german.csv", "parts.csv", "features.csv", "summary.csv", "units.csv"),
    *("characteristics.xlsx", "limits_above.xlsx", "limits_below.xlsx", "axes.csv"),
    "tolerances.csv",
)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    check(FORMAT, HERE / name, "Europe/Berlin")


@pytest.mark.parametrize("name", GOLDEN)
def test_every_layout_is_found(name: str) -> None:
    assert FORMAT.sniff(Peek.of(HERE / name)).confidence > 0.75


def rows(path: Path, table: str = MEASUREMENTS) -> list[dict[str, Any]]:
    found = (b for b in read(FORMAT, path) if isinstance(b, Batch) and b.table == table)
    return [row for batch in found for row in batch.fields.to_pylist()]


def csv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "report.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_row_a_feature_however_it_is_written(tmp_path: Path, encoding: str, sign: str) -> None:
    lines = ("Feature,Actual,Serial,USL,LSL", "Ø 8,8.01,A,8.1,7.9", "L,3,A,4,2")
    path = csv(tmp_path, "\r\n".join(lines).replace(",", sign), encoding)
    found = [(row["feature"], row["actual"], row["usl"]) for row in rows(path)]
    assert found == [("Ø 8", "8.01", "8.1"), ("L", "3", "4")]


def test_max_and_min_are_statistics_where_limits_stand_apart(tmp_path: Path) -> None:
    text = "Feature,Nominal,+Tol,-Tol,S1,S2,Mean,Max,Min\nD,10,1,-1,10.1,10.3,10.2,10.3,10.1\n"
    path = csv(tmp_path, text)
    assert [(row["usl"], row["serial"]) for row in rows(path)] == [("11", "S1"), ("11", "S2")]
    (stated,) = rows(path, CAPABILITY)
    assert [stated[n] for n in ("mean", "maximum", "minimum")] == ["10.2", "10.3", "10.1"]


def test_max_and_min_are_limits_where_nothing_else_is(tmp_path: Path) -> None:
    path = csv(tmp_path, "Feature,Max,Min,Actual,Serial\nD,11,9,10,A\n")
    assert [(row["usl"], row["lsl"]) for row in rows(path)] == [("11", "9")]


def test_a_part_measured_again_does_not_collide(tmp_path: Path) -> None:
    head = "Serial,Feature,Measured at,Actual\n"
    again = "A,D,2025-05-01 06:00,1\nA,D,2025-05-01 07:00,2\n"
    ids = [row["measurement_id"] for row in rows(csv(tmp_path, head + again))]
    assert ids == ["A@2025-05-01 06:00", "A@2025-05-01 07:00"]
    ids = [
        row["measurement_id"] for row in rows(csv(tmp_path, "Serial,Feature,Actual\nA,D,1\nA,D,2"))
    ]
    assert ids == ["A#1", "A#2"]


def test_day_and_month_are_told_apart_sheet_by_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, days in (
        ("P-1", ("13.05.2025 10:00", "2.5.2025")),
        ("P-2", ("5/13/2025", "5/2/2025")),
    ):
        sheet = book.create_sheet(name)
        sheet.append(["Serial", "Feature", "Date", "Actual"])
        for number, day in enumerate(days):
            sheet.append([f"S{number}", "D", day, 1])
    book.save(tmp_path / "x.xlsx")
    found = [str(row["measured_at"])[:10] for row in rows(tmp_path / "x.xlsx")]
    assert found == ["2025-05-13", "2025-05-02", "2025-05-13", "2025-05-02"]


def test_xls_is_read_as_xlsx(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("P-9")
    for number, row in enumerate([["Serial", "Feature", "Actual", "USL"], ["A", "D", 1.5, 2]]):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    book.save(str(tmp_path / "x.xls"))
    (found,) = rows(tmp_path / "x.xls")
    assert [found[n] for n in ("part_number", "serial", "actual", "pass")] == [
        "P-9",
        "A",
        "1.5",
        "true",
    ]
    assert FORMAT.sniff(Peek.of(tmp_path / "x.xls")).confidence > 0.7


def test_merged_cells_and_groups_name_the_feature(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Part number", "P-1"], ["Feature", "Nominal", "USL", "Part 1", "Part 2"], ["HOLE 1"],
        ["DIAMETER", 8, 8.1, 8.01, 8.02], ["DEPTH", 5, 5.1, 5.01, 5.02], [], ["HOLE 2"],
        ["DIAMETER", 9, 9.1, 9.01, None],
    ):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A3:E3")
    book.save(tmp_path / "x.xlsx")
    found = [(row["feature"], row["sample"], row["actual"]) for row in rows(tmp_path / "x.xlsx")]
    assert found == [
        ("HOLE 1/DIAMETER", "1", "8.01"), ("HOLE 1/DIAMETER", "2", "8.02"),
        ("HOLE 1/DEPTH", "1", "5.01"), ("HOLE 1/DEPTH", "2", "5.02"),
        ("HOLE 2/DIAMETER", "1", "9.01"),
    ]  # fmt: skip


def test_subgroups_alone_are_a_characteristic_of_the_files_name(tmp_path: Path) -> None:
    text = "Subgroup,x1,x2,x3,Mean\n1,74.03,74.002,74.019,74.017\n2,73.9,74,74,73.97\n"
    path = csv(tmp_path, text)
    found = [(row["feature"], row["subgroup"], row["actual"]) for row in rows(path)]
    assert found[0] == ("report", "1", "74.03")
    assert len(found) == 6
    assert FORMAT.sniff(Peek.of(path)).confidence == 0.9


def test_stated_limits_of_a_sheet_are_its_characteristics() -> None:
    path = HERE / "characteristics.xlsx"
    assert [(r["feature"], r["cpk"]) for r in rows(path, CAPABILITY)] == [("Shaft Ø", "1.5")]
    (chart,) = rows(path, CONTROL_LIMITS)
    assert [chart[n] for n in ("feature", "chart", "ucl", "lcl")] == [
        "Shaft Ø", "xbar", "25.05", "24.95",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "font", "shown", "kind"),
    [
        ("[Å|Ɓ.Ɓ%Ɓ]", "Std_GDTUnicode", "flatness 0.050", "flatness"),
        (";3>300 =0>200", "Std_GDTUnicode", "⌀3.300 ±0.200", "diameter"),
        ("j|n0.2m|A|B", "GDT", "position ⌀0.2Ⓜ|A|B", "position"),
        ("c 0.05", "AMGDT", "flatness 0.05", "flatness"),
    ],
)
def test_symbol_fonts(text: str, font: str, shown: str, kind: str) -> None:
    assert translated(text, font) == shown
    assert type_of(shown) == kind


def test_unicode_symbols_need_no_font() -> None:
    assert type_of("⌖ ⌀0.1 A B") == "position"
    assert type_of("⌀8 ±0.1") == "diameter"
    assert type_of(None, "Ebenheit Fläche 1") == "flatness"


def test_the_font_of_a_cell_or_run_decides(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Feature", "Spec", "Serial", "Actual", "USL"])
    sheet.append(["A1", "c|0.05", "S", 0.01, 0.05])
    sheet.append(["A2", "c|0.05", "S", 0.01, 0.05])
    sheet.append(["B1", "j|0.1", "S", 0.01, 0.1])
    sheet["B2"].font = Font(name="GDT")
    sheet["B4"] = CellRichText(TextBlock(InlineFont(rFont="GDT"), "j"), "|0.1")
    book.save(tmp_path / "x.xlsx")
    with (tmp_path / "x.xlsx").open("rb") as stream:
        assert symbol_texts(stream) == {"c|0.05": "flatness 0.05", "j|0.1": "position|0.1"}
    found = {r["feature"]: r["specification"] for r in rows(tmp_path / "x.xlsx", CHARACTERISTICS)}
    assert found["B1"] == "position|0.1"


def test_a_line_that_is_no_record_is_damage(tmp_path: Path) -> None:
    long = "x" * 300_000
    path = csv(tmp_path, f"Serial,Feature,Actual\nA,D,1\n{long},D,2\nB,D,3\n")
    parts = read(FORMAT, path)
    assert [p.rule for p in parts if isinstance(p, Damage)] == ["damaged_record"]
    assert [row["serial"] for row in rows(path)] == ["A", "B"]


@pytest.mark.parametrize(
    "text",
    [
        "timestamp,TI1,TI2\n2025-01-01 00:00:00,1,2\n",
        "Part,Operator,Trial,Measurement\n1,A,1,2.5\n",
        "part,length,width,weight\na,1,2,3\n",
        "a,b\n1,2\n",
        "",
    ],
)
def test_other_tables_are_not_claimed(text: str) -> None:
    assert FORMAT.sniff(Peek("x.csv", text.encode())).confidence < 0.3


def test_binary_data_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(UnreadableFile):
        read(FORMAT, path)


def box() -> Path:
    return next(sample_folder("nist_box").glob("*.xlsx"))


def test_box_of_nist() -> None:
    found = rows(box())
    assert len(found) == 893
    assert all(row["pass"] == "true" for row in found)
    assert {row["feature"] for row in found} >= {"PLANE2/FLATNESS1", "WIDTH2/DS001"}
    assert {row["characteristic_type"] for row in found} == {
        *("flatness", "perpendicularity", "diameter", "position", "length", "width", "distance"),
    }
    (note,) = [part for part in read(FORMAT, box()) if isinstance(part, Note)]
    assert note.sentence == "No measurements on the sheets Sheet1."


def test_every_two_sided_capability_of_the_box_recomputes() -> None:
    """Pp and Ppk (ISO 22514-2: mean and standard deviation of all values) as the sheet rounds."""
    values = defaultdict(list)
    for row in rows(box()):
        values[row["feature"]].append(float(row["actual"]))
    stated = rows(box(), CAPABILITY)
    assert len(stated) == 47
    two_sided = [row for row in stated if row["lsl"] is not None]
    assert len(two_sided) == 32
    for row in two_sided:
        of = values[row["feature"]]
        mean, sigma = fmean(of), stdev(of)
        usl, lsl = float(row["usl"]), float(row["lsl"])
        assert len(of) == int(row["n"])
        assert (usl - lsl) / (6 * sigma) == pytest.approx(float(row["pp"]), abs=6e-4)
        ppk = min(usl - mean, mean - lsl) / (3 * sigma)
        rounded = 6e-4 + 5e-4 / (3 * sigma)  # the sheet shows its nominals to 0.001
        assert ppk == pytest.approx(float(row["ppk"]), abs=rounded)
