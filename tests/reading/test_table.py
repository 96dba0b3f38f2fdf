"""What all delimited families share: headers in any order, damage, columns missing or unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats.lims import FORMAT as LIMS
from casparian.reading.base import Batch, Damage, Note, UnreadableFile
from casparian.reading.table import TableFormat
from tests.formats.golden import read

TWO = TableFormat(
    name="two",
    table="two",
    summary="for tests",
    contract="two",
    header={"code": ("grund",), "amount": ("menge", "qty")},
    required=("code", "amount"),
    numbers=("amount",),
)


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "two.csv"
    path.write_bytes(text.encode(encoding))
    return path


def fields(path: Path) -> list[dict[str, object]]:
    parts = (part for part in read(TWO, path) if isinstance(part, Batch))
    return [row for part in parts for row in part.fields.to_pylist()]


@pytest.mark.parametrize("header", ["code,amount", " CODE , Amount", "A_M-ount,c ode", "Qty,Grund"])
def test_header_words_in_any_order_and_spelling(tmp_path: Path, header: str) -> None:
    line = "7,x" if header.lower().startswith(("a", "q")) else "x,7"
    assert fields(write(tmp_path, f"{header}\r\n{line}\r\n")) == [{"code": "x", "amount": "7"}]


def test_unknown_columns_are_kept_as_json(tmp_path: Path) -> None:
    path = write(tmp_path, "code,amount,Ort,Ort,\nx,1,Köln,,z\ny,2,,,\n")
    (part,) = read(TWO, path)
    assert isinstance(part, Batch)
    assert part.raw["_extra"].to_pylist() == ['{"Ort": "Köln", "column 5": "z"}', None]


def test_decimal_comma_only_where_commas_part_no_columns(tmp_path: Path) -> None:
    assert fields(write(tmp_path, "code;amount\nx;1,5\n"))[0]["amount"] == "1.5"
    assert fields(write(tmp_path, 'code,amount\nx,"1,500"\n'))[0]["amount"] == "1500"


def test_a_line_with_too_many_columns_is_one_damaged_record(tmp_path: Path) -> None:
    parts = read(TWO, write(tmp_path, "code,amount\nx,1\ny,2,3\nz,4\n"))
    damage = [part for part in parts if isinstance(part, Damage)]
    rows = [row for part in parts if isinstance(part, Batch) for row in part.rows.to_pylist()]
    assert [(one.row, one.rule, one.raw) for one in damage] == [(2, "damaged_record", "y,2,3")]
    assert rows == [1, 3]


def test_missing_columns_are_named_with_those_found(tmp_path: Path) -> None:
    with pytest.raises(
        UnreadableFile, match=r"^Column amount missing; the file has code, colour\.$"
    ):
        read(TWO, write(tmp_path, "code,colour\nx,red\n"))


@pytest.mark.parametrize("text", ["", "\n\n", "just words\n"])
def test_no_table_is_unreadable(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFile):
        read(TWO, write(tmp_path, text))


def test_header_alone_has_no_records(tmp_path: Path) -> None:
    assert fields(write(tmp_path, "code,amount\n")) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding(tmp_path: Path, encoding: str) -> None:
    text = "code;amount\nGröße;2,5\n"
    assert fields(write(tmp_path, text, encoding)) == [{"code": "Größe", "amount": "2.5"}]


def test_times_take_the_zone_of_the_source_unless_they_carry_one(tmp_path: Path) -> None:
    path = tmp_path / "lims.csv"
    path.write_text("sample_id,test,sampled_at,result\nS,pH,2025-07-01 12:00:00,7\n")
    (part,) = read(LIMS, path, "Europe/Berlin")
    assert isinstance(part, Batch)
    assert str(part.fields["sampled_at"][0].as_py()) == "2025-07-01 10:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('code,qty\nx,"1,020"\ny,"1,234,567.5"\n', ["1020", "1234567.5"]),
        ('code,qty\nx,"55,2"\ny,"395,713"\n', ["55.2", "395.713"]),
        ("code;qty\nx;250,000-\ny;(1.250,5)\n", ["-250.000", "-1250.5"]),
        ("code,qty\nx,(20)\ny,8-9\n", ["-20", "8-9"]),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert [row["amount"] for row in fields(write(tmp_path, text))] == expected


def test_days_that_nothing_tells_apart_are_said(tmp_path: Path) -> None:
    path = tmp_path / "lims.csv"
    path.write_text("sample,test,result,sampled\nS1,pH,7,01/02/2026 10:00\n")
    notes = [part.sentence for part in read(LIMS, path) if isinstance(part, Note)]
    assert notes == ["The first records do not tell day from month: dates are read day first."]
