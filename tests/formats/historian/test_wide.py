"""Wide historian exports: one tag a column, with units, qualities and times of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from casparian.formats import Peek, sniff
from casparian.formats.historian import HISTORIAN_WIDE
from casparian.reading.base import Batch, Damage, Note, Source, UnreadableFile
from casparian.reading.text import read_table_head
from casparian.reading.wide_plan import plan
from tests.formats import golden

HERE = Path(__file__).parent
GOLDEN = (
    "wide_units.csv",
    "wide_quality.csv",
    "wide_pairs.csv",
    "wide_single.csv",
    "wide_fleet.csv",
    "wide_above.csv",
    "wide_total.csv",
)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    golden.check(HISTORIAN_WIDE, HERE / name, "Europe/Berlin")


@pytest.mark.parametrize("name", GOLDEN)
def test_it_is_known(name: str) -> None:
    chosen, why = sniff(Peek.of(HERE / name))
    assert chosen is HISTORIAN_WIDE, why
    assert why.confidence >= 0.5


def export(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "TI-9.csv"
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path) -> tuple[list[dict[str, Any]], list[Damage], list[str]]:
    """Readings as fields with their record number, damage, notes."""
    rows, damage, notes = [], [], []
    for part in HISTORIAN_WIDE.read(Source(str(path), path.name)):
        if isinstance(part, Damage):
            damage.append(part)
        elif isinstance(part, Note):
            notes.append(part.sentence)
        elif isinstance(part, Batch) and not part.derived:
            numbers = part.rows.to_pylist()
            rows += [{"row": n} | r for n, r in zip(numbers, part.fields.to_pylist(), strict=True)]
    return rows, damage, notes


def test_each_cell_is_a_record_and_empty_ones_are_counted(tmp_path: Path) -> None:
    path = export(tmp_path, "Time,A.1,B.2\n2026-01-08,1,\n2026-01-09,,\n2026-01-10,2,3\n")
    rows, _, notes = read(path)
    assert [(r["row"], r["tag_name"], r["value"]) for r in rows] == [
        (1, "A.1", "1"), (2, "A.1", "2"), (3, "B.2", "3"),
    ]  # fmt: skip
    assert notes == ["3 cells are empty and no readings."]


def test_a_line_of_another_width_is_one_record(tmp_path: Path) -> None:
    path = export(tmp_path, "Time,A.1,B.2\n2026-01-08,1,2\n2026-01-09,1\n2026-01-10,2,3\n")
    rows, damage, _ = read(path)
    assert sorted([r["row"] for r in rows] + [d.row for d in damage]) == [1, 2, 3, 4, 5]


def test_a_tag_without_a_name_is_the_files(tmp_path: Path) -> None:
    rows, _, notes = read(export(tmp_path, "Time,Value\n2026-01-08,1\n2026-01-09,2\n"))
    assert {r["tag_name"] for r in rows} == {"TI-9"}
    assert notes == ["The file names no tag: its readings are of 'TI-9'."]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Time,TI-101 [°C],PI-2 (bar)", [("TI-101", "°C"), ("PI-2", "bar")]),
        ("Time,TI-101 (Average),PI-2 (2)", [("TI-101 (Average)", None), ("PI-2 (2)", None)]),
        (r"Time,\\SRV\TI-101,Area/Unit.PV", [(r"\\SRV\TI-101", None), ("Area/Unit.PV", None)]),
        ("Time,TI-101.Value,Status1", [("TI-101", None)]),
        ("No,Time,TI-101,TI-101.Q", [("TI-101", None)]),
    ],
)
def test_tags_and_units_of_a_header(header: str, expected: list[tuple[str, str | None]]) -> None:
    width = header.count(",") + 1
    first = ["1"] if header.startswith("No") else []
    record = ",".join([*first, "2026-01-08 10:30:00", "5.5", "192"][:width])
    found = plan(read_table_head(f"{header}\n{record}\n{record}\n".encode()))
    assert found is not None
    assert [(pen.tag, pen.unit) for pen in found.pens] == expected


def test_epochs_and_excel_days_are_told_by_the_column(tmp_path: Path) -> None:
    rows, _, _ = read(export(tmp_path, "epoch_ms,A.1\n1767868200000,1\n1767868260000,2\n"))
    assert [r["timestamp"].isoformat() for r in rows] == [
        "2026-01-08T10:30:00+00:00", "2026-01-08T10:31:00+00:00",
    ]  # fmt: skip


def test_many_lines_equal_a_loop(tmp_path: Path) -> None:
    """Numbered line by line, whatever the blocks."""
    rng = np.random.default_rng(7)
    values = rng.integers(0, 99, (3000, 150))
    holes = rng.random(values.shape) < 0.2
    lines = ["Time," + ",".join(f"T.{i}" for i in range(150))]
    expected = []
    for place, (line, hole) in enumerate(zip(values, holes, strict=True)):
        at = f"2026-01-08 {place // 3600:02}:{place // 60 % 60:02}:{place % 60:02}"
        lines.append(
            at + "," + ",".join("" if h else str(v) for v, h in zip(line, hole, strict=True))
        )
        expected += [
            (at, f"T.{i}", str(v)) for i, (v, h) in enumerate(zip(line, hole, strict=True)) if not h
        ]
    rows, _, _ = read(export(tmp_path, "\n".join(lines)))
    found = [(f"{r['timestamp']:%Y-%m-%d %H:%M:%S}", r["tag_name"], r["value"]) for r in rows]
    assert found == expected
    assert [r["row"] for r in rows] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty."),
        ("a,b\n1,2\n", "No column of times beside columns of values: a, b."),
        ("Time," + ",".join(f"T{i}" for i in range(20_001)) + "\n", "20,002 columns; 20,000 are"),
        ("Time," + "x" * (4 << 20) + "\n1,2\n", "not a header of two or more columns"),
    ],
)
def test_what_is_none_says_so(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=sentence):
        read(export(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "machine_id,start,end,reason\nM1,2026-01-08 10:00,2026-01-08 11:00,x\n",
        "Timestamp,Tag,Value\n2026-01-08,A,1\n",
        "timestamp,user,action\n2026-01-08,me,x\n",
        "a,b,c\n1,2,3\n",
        "",
    ],
)
def test_it_leaves_others_alone(text: str) -> None:
    assert HISTORIAN_WIDE.sniff(Peek("x.csv", text.encode())).confidence < 0.3


def test_a_header_longer_than_the_head_is_known(tmp_path: Path) -> None:
    header = "Time," + ",".join(f"Area/Unit.{i}.PV" for i in range(6000))
    record = "2026-01-08 10:30:00," + ",".join(["1.5"] * 6000)
    path = export(tmp_path, f"{header}\n{record}\n{record}\n")
    chosen, why = sniff(Peek.of(path))
    assert chosen is HISTORIAN_WIDE, why
    assert len(read(path)[0]) == 12_000


@pytest.mark.parametrize("name", GOLDEN)
def test_batches_can_be_joined(name: str) -> None:
    """Arrow cannot unify dictionaries with nulls in them: a landing would stop."""
    parts = [
        part
        for part in HISTORIAN_WIDE.read(Source(str(HERE / name), name))
        if isinstance(part, Batch) and not part.derived
    ]
    for batches in ([part.raw for part in parts], [part.fields for part in parts]):
        pa.Table.from_batches([*batches, *batches]).unify_dictionaries()


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Serial,Date,Bore [mm],Depth [mm]\nS1,2026-01-08 10:30,10.1,20.1\n", False),
        ("Date,Line,Product,Made,Scrap\n2026-01-08,L1,A,100,2\n2026-01-09,L1,B,90,1\n", False),
        ("Time,TI-101,PI-102,Product\n2026-01-08 10:30,20.5,1.2,A\n", True),
        ("Time,Pump1.Run,XV-2.Open\n2026-01-08 10:30,TRUE,Closed\n", True),
        ("TI-101,08-Jan-26 10:30:00,20.5\nTI-101,08-Jan-26 10:31:00,20.6\n", False),
    ],
)
def test_lists_of_other_things_are_no_readings(text: str, known: bool) -> None:
    assert bool(HISTORIAN_WIDE.sniff(Peek("x.csv", text.encode())).confidence) is known


def test_a_state_beside_a_tag_is_no_quality(tmp_path: Path) -> None:
    path = export(tmp_path, "Time,A.1,Status\n2026-01-08,1,RUN\n2026-01-09,2,STOP\n")
    rows, _, _ = read(path)
    assert [(row["tag_name"], row["quality"]) for row in rows][:2] == [
        ("A.1", "Good"), ("Status", "Good"),
    ]  # fmt: skip
