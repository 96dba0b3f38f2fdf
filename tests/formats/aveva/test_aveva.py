"""AVEVA Historian: golden pairs, three codes of quality, NULL in many spellings, its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.formats import Peek, sniff
from casparian.formats.aveva import TAGS, VALUES
from casparian.reading.base import Note
from tests.formats.golden import check, read
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent


@pytest.mark.parametrize("name", ["process_values.json", "history.csv"])
def test_values(name: str) -> None:
    check(VALUES, HERE / name)


@pytest.mark.parametrize("name", ["tags.json", "analog_tags.csv"])
def test_tags(name: str) -> None:
    check(TAGS, HERE / name)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("process_values.json", "aveva_historian"),
        ("history.csv", "aveva_historian"),
        ("tags.json", "aveva_tags"),
        ("analog_tags.csv", "aveva_tags"),
    ],
)
def test_it_beats_the_generic_historian(name: str, form: str) -> None:
    chosen, sure = sniff(Peek.of(HERE / name))
    assert chosen is not None
    assert chosen.name == form, sure


def test_bad_readings_are_quarantined() -> None:
    assert reasons(VALUES, HERE / "history.csv") == {3: "Quality Bad", 4: "Quality Bad"}
    assert reasons(VALUES, HERE / "process_values.json") == {3: "Quality Bad"}
    assert reasons(TAGS, HERE / "tags.json") == {}


QUALITIES = [
    ("0", "192", "192", "Good"),
    ("0", "192", "", "Good"),
    ("", "192", "", "Good"),
    ("0", "", "", "Good"),
    ("0", "248", "192", "Good"),
    ("133", "192", "192", "Uncertain"),
    ("16", "", "", "Uncertain"),
    ("0", "64", "64", "Uncertain"),
    ("1", "192", "192", "Bad"),
    ("1", "249", "0", "Bad"),
    ("0", "65536", "", "Bad"),
    ("0", "192", "24", "Bad"),
    ("", "", "", "Uncertain"),
    ("NULL", "(null)", "null", "Uncertain"),
]


@pytest.mark.parametrize(("code", "detail", "opc", "expected"), QUALITIES)
def test_the_worst_of_three_codes(
    code: str, detail: str, opc: str, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    head = "DateTime,TagName,Value,Quality,QualityDetail,OPCQuality\n"
    path.write_text(f"{head}2025-10-25 00:00:00,TI-1,5,{code},{detail},{opc}\n")
    (batch,) = read(VALUES, path)
    assert batch.fields["quality"].to_pylist() == [expected]


def test_what_only_looks_like_a_number_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    head = "DateTime,TagName,Value,Quality,QualityDetail,OPCQuality\n"
    path.write_text(f"{head}2025-10-25 00:00:00,TI-1,5,19²,19²,192\n", encoding="utf-8")
    (batch,) = read(VALUES, path)
    assert batch.fields["quality"].to_pylist() == ["Uncertain"]


@pytest.mark.parametrize("null", ["NULL", "(null)", "null", ""])
def test_null_is_no_text(null: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        f"DateTime,TagName,Value,vValue,OPCQuality\n2025-10-25 00:00:00,TI-1,{null},{null},0\n"
    )
    (batch,) = read(VALUES, path)
    (row,) = batch.fields.to_pylist()
    assert (row["value"], row["value_text"], row["quality"]) == (None, None, "Bad")


def test_local_time_takes_the_sources_zone(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("DateTime,TagName,Value,QualityDetail\n2025-10-25 02:00:00.000,TI-1,5,192\n")
    (batch,) = read(VALUES, path, "Europe/Berlin")
    assert batch.fields["timestamp"][0].as_py().isoformat() == "2025-10-25T00:00:00+00:00"


def test_a_summary_is_no_list_of_tags() -> None:
    text = b"""{"@odata.context": "$metadata#AnalogSummary", "value": [{"FQN": "A.B", "Minimum": 1,
        "StartDateTime": "2026-01-08T10:00:00Z", "Average": 2, "Maximum": 3}]}"""
    assert sniff(Peek("answer.json", text))[0] is None


def test_a_next_page_is_said(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    whole = (HERE / "process_values.json").read_text("utf-8").rstrip().removesuffix("}")
    path.write_text(whole + ', "@odata.nextLink": "ProcessValues?$skip=9"}', "utf-8")
    assert [part.sentence for part in read(VALUES, path) if isinstance(part, Note)] == [
        "The server has more of this: the file is one page of its answer."
    ]
