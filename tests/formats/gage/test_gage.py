"""Gage studies: every layout gives the same ninety measurements; ratings, references, damage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt

from casparian.contracts.model import load
from casparian.contracts.verdict import Judge
from casparian.formats import gage
from casparian.formats.gage import FORMAT, runs
from casparian.reading.base import Batch, Damage, UnreadableFile
from casparian.reading.peek import Peek
from tests.formats.golden import check, read

HERE = Path(__file__).parent
PARTS, WHO, TRIALS = range(1, 11), "ABC", (1, 2, 3)
Rows = list[list[Any]]


def value(part: int, who: str, trial: int) -> float:
    return round(10 + part / 10 + WHO.index(who) / 100 + trial / 1000, 3)


def long() -> Rows:
    head: Rows = [["Study", "MSA-7"], ["Characteristic", "Bore"], ["Unit", "mm"], []]
    head.append(["Trial", "Part", "Measurement", "Operator"])
    return head + [[t, p, value(p, a, t), a] for a in WHO for p in PARTS for t in TRIALS]


def german() -> Rows:
    head: Rows = [["Prüfer", "Teil", "Wiederholung", "Messwert"]]
    return head + [[a, p, t, value(p, a, t)] for t in TRIALS for a in WHO for p in PARTS]


def trials_of_each_appraiser() -> Rows:
    head: Rows = [["Teil", "Prüfer", *(f"Messung {t}" for t in TRIALS), "Mittelwert"]]
    return head + [[p, a, *(value(p, a, t) for t in TRIALS), 5] for a in WHO for p in PARTS]


def crossed_headings() -> Rows:
    head: Rows = [["Part", *(f"{a}-{t}" for a in WHO for t in TRIALS)]]
    return head + [[p, *(value(p, a, t) for a in WHO for t in TRIALS)] for p in PARTS]


def two_heading_rows() -> Rows:
    first = ["", *(name for a in WHO for name in (f"Operator {a}", "", ""))]
    head: Rows = [first, ["Part", *(f"Trial {t}" for _ in WHO for t in TRIALS)]]
    return head + [[p, *(value(p, a, t) for a in WHO for t in TRIALS)] for p in PARTS]


def data_sheet() -> Rows:
    """AIAG's form: blocks of an appraiser, with averages and ranges between."""
    rows: Rows = [["Part name", "Shaft", "", "Gage name", "Micrometer"], []]
    rows += [["Appraiser/", "", "PART"], ["Trial #", "", *PARTS, "AVERAGE"]]
    for a in WHO:
        rows += [[a if t == 1 else None, t, *(value(p, a, t) for p in PARTS), 9.9] for t in TRIALS]
        rows += [[None, "Average", *[1.0] * 11], [None, "Range", *[0.1] * 11]]
    return [*rows, ["Reference", None, *(10 + p / 10 for p in PARTS)]]


def one_label_column() -> Rows:
    rows: Rows = [["Appraiser/Trial", *(f"Part {p}" for p in PARTS), "Average"]]
    for a in WHO:
        rows += [[f"{a} {t}", *(value(p, a, t) for p in PARTS), 9.9] for t in TRIALS]
        rows.append(["Average", *[1.0] * 11])
    return rows


LAYOUTS = (
    *(long, german, trials_of_each_appraiser, crossed_headings, two_heading_rows, data_sheet),
    one_label_column,
)


def xlsx(folder: Path, rows: Iterable[list[Any]], name: str = "study.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return folder / name


def found(path: Path) -> list[dict[str, Any]]:
    parts = (part for part in read(FORMAT, path) if isinstance(part, Batch))
    return [row for batch in parts for row in batch.fields.to_pylist()]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_every_layout_gives_the_same_measurements(layout: Any, tmp_path: Path) -> None:
    path = xlsx(tmp_path, layout())
    measured = {(r["part"], r["appraiser"], r["trial"]): float(r["value"]) for r in found(path)}
    assert measured == {
        (str(p), a, str(t)): value(p, a, t) for p in PARTS for a in WHO for t in TRIALS
    }
    assert FORMAT.sniff(Peek.of(path)).confidence >= 0.9


@pytest.mark.parametrize("name", ["german.csv", "blocks.csv"])
def test_golden(name: str) -> None:
    check(FORMAT, HERE / name)


def test_what_the_form_says_above_the_table(tmp_path: Path) -> None:
    row = found(xlsx(tmp_path, long()))[0]
    assert (row["study_id"], row["characteristic"], row["units"]) == ("MSA-7", "Bore", "mm")
    row = found(xlsx(tmp_path, data_sheet()))[0]
    assert (row["part_number"], row["gage"]) == ("Shaft", "Micrometer")
    assert (row["reference_value"], row["value"]) == ("10.1", "10.101")


@pytest.mark.parametrize(
    ("above", "width"),
    [
        ([["Tolerance", 0.2]], "0.2"), ([["Tolerance", "±0,1"]], "0.2"),
        ([["USL", 10.5], ["LSL", 10.1]], "0.4"), ([], None),
    ],
)  # fmt: skip
def test_tolerance(above: Rows, width: str | None, tmp_path: Path) -> None:
    assert found(xlsx(tmp_path, [*above, [], *german()]))[0]["tolerance"] == width


def test_decisions_are_ratings_and_words_are_no_numbers(tmp_path: Path) -> None:
    rows: Rows = [
        ["Part", "A1", "A2", "Reference"],
        [1, "OK", "NOK", "OK"],
        [2, "pass", "ok", "NOK"],
    ]
    first = found(xlsx(tmp_path, rows))[0]
    assert (first["value"], first["rating"], first["reference_rating"]) == (None, "OK", "OK")
    rows = [["Part", "Operator", "Trial", "Value"], [1, "A", 1, "abc"], [1, "A", 2, None]]
    (batch,) = read(FORMAT, xlsx(tmp_path, rows))
    assert isinstance(batch, Batch)
    verdict = Judge(load("msa").tables["msa_measurements"]).judge(batch)
    reasons = [verdict.reasons[code - 1][1] for code in verdict.codes.tolist()]
    assert reasons == ["Not a number", "Missing value"]


def test_trials_that_nobody_numbers_are_counted(tmp_path: Path) -> None:
    rows: Rows = [["Part", "Operator", "Value"], [1, "A", 5], [1, "A", 6], [2, "A", 7]]
    assert [row["trial"] for row in found(xlsx(tmp_path, rows))] == ["1", "2", "1"]


def test_xls(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("R&R")
    for number, row in enumerate(german()):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    book.save(str(tmp_path / "x.xls"))
    measured = found(tmp_path / "x.xls")
    assert len(measured) == 90
    assert {row["study_id"] for row in measured} == {"x/R&R"}


@pytest.mark.parametrize(
    "text",
    [
        "Serial,Feature,Nominal,Actual\nA,D,1,1\n",
        "timestamp,tag,value\n2025-01-01,T,1\n",
        "sample_id,test,result\n1,pH,7\n",
        "Characteristic,D1,D2\nNominal,1,2\nUSL,3,4\n1,1,2\n2,1,2\n",
        "",
    ],
)
def test_other_tables_are_not_claimed(text: str) -> None:
    assert FORMAT.sniff(Peek("x.csv", text.encode())).confidence < 0.3


def test_what_holds_no_study_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No sheet"):
        read(FORMAT, xlsx(tmp_path, [["cover"]]))
    (tmp_path / "x.csv").write_bytes(bytes(range(256)) * 9)
    with pytest.raises(UnreadableFile):
        read(FORMAT, tmp_path / "x.csv")


@pytest.mark.parametrize(
    "header", ["sample,xmeas_1,xmeas_2,xmeas_3", "unit id,setting 1,setting 2,s 1,s 2,s 3"]
)
def test_numbered_columns_are_no_trials(header: str) -> None:
    """Process data in columns of one name, numbered, have no appraisers."""
    rows = "".join(f"{n}{',0.25' * header.count(',')}\n" for n in range(1, 9))
    assert not FORMAT.sniff(Peek("d00.csv", f"{header}\n{rows}".encode())).confidence


def test_good_and_no_good_of_appraisers(tmp_path: Path) -> None:
    header = ["Sample", "Reference", "Appraiser A-1", "Appraiser A-2", "Appraiser B-1"]
    rows: Rows = [header, [1, "G", "G", "G", "NG"], [2, "NG", "NG", "G", "NG"]]
    ratings = [
        (row["appraiser"], row["trial"], row["rating"]) for row in found(xlsx(tmp_path, rows))
    ]
    assert ratings[:3] == [("A", "1", "G"), ("A", "2", "G"), ("B", "1", "NG")]


def test_headings_with_the_letters_of_r(tmp_path: Path) -> None:
    rows: Rows = [["A:Operator", "B:Part", "Y:measurement"], ["a", 1, 23], ["b", 1, 22]]
    assert [(r["appraiser"], r["value"]) for r in found(xlsx(tmp_path, rows))] == [
        ("a", "23"), ("b", "22"),
    ]  # fmt: skip


def _long(count: int, last: str = "mm") -> list[str]:
    head = "Study,Part,Appraiser,Trial,Measurement,Reference,USL,LSL,Time,Unit"
    rows = [
        f"G{n // 90},{n % 10 + 1},{'ABC'[n % 3]},{n % 7 + 1},{n / 8},{n % 2},9,-1,"
        f"2026-03-01T06:00:{n % 60:02d}Z,{last if n % 3 else ''}"
        for n in range(count)
    ]
    return [head, *rows]


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines,
        lambda lines: [line.replace(",A,", ",,") for line in lines],  # who is not said
        lambda lines: [line.replace(",3,", ",,", 1) for line in lines],  # trials to be counted
        lambda lines: [*lines[:99], "G1,1,A,1,OK,,,,,", *lines[99:]],  # a rating among numbers
        lambda lines: [*lines[:99], "G1,1,A,1,2.5,,,,01.03.2026 06:00,", *lines[99:]],
        lambda lines: [*lines[:99], "", "G1,1", *lines[99:]],  # a row that ends early
        lambda lines: [*lines[:300], "x" * 300_000, *lines[300:]],  # damage
        lambda lines: [*lines[:300], *lines],  # a second header
        lambda lines: ["Gage No;C-1", "Tolerance;±0,5", *(
            ";".join(c.replace(".", ",") for c in line.split(",")) for line in lines
        )],
    ],
)  # fmt: skip
def test_rows_told_as_columns_are_what_they_are_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[list[str]], list[str]]
) -> None:
    file = tmp_path / "long.csv"
    file.write_text("\n".join(change(_long(1200))) + "\n", encoding="utf-8")

    def told() -> tuple[list[dict[str, object]], list[dict[str, object]], list[Damage]]:
        parts = read(FORMAT, file)
        rows = [p for p in parts if isinstance(p, Batch)]
        numbered = [
            [row | {"#": n} for n, row in zip(b.rows.to_pylist(), each.to_pylist(), strict=True)]
            for b in rows for each in (b.raw, b.fields)
        ]  # fmt: skip
        raw, fields = list(chain(*numbered[::2])), list(chain(*numbered[1::2]))
        damage = [p for p in parts if isinstance(p, Damage)]
        by = itemgetter("#")
        return sorted(raw, key=by), sorted(fields, key=by), damage

    monkeypatch.setattr(runs, "ROWS", 500)
    together = told()
    monkeypatch.setattr(gage, "_FEW", 10**9)
    assert together == told()
    assert len(together[0]) >= 1200
