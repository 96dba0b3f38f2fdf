"""Delimited text: any encoding, any line end, one bad line costs one record, memory bounded."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from casparian.reading import text
from casparian.reading.base import UnreadableFile
from casparian.reading.text import Ragged, TextReader, detect_encoding, read_table_head

Records = dict[int, tuple[str | None, ...]]


def read(data: bytes) -> tuple[Records, dict[int, Ragged]]:
    """{record number: values} and {record number: what was ragged}."""
    reader = TextReader(io.BytesIO(data), read_table_head(data[: 1 << 16]))
    good: Records = {}
    bad: dict[int, Ragged] = {}
    for part in reader:
        if isinstance(part, Ragged):
            assert part.row not in bad
            bad[part.row] = part
            continue
        rows, batch = part
        columns = [batch.column(i).to_pylist() for i in range(batch.num_columns)]
        for row, values in zip(rows.to_pylist(), zip(*columns, strict=True), strict=True):
            assert row not in good
            good[row] = values
    assert sorted([*good, *bad]) == list(range(1, len(good) + len(bad) + 1)), "numbers have no gaps"
    return good, bad


PLAIN = "tag,value,unit\nLI-1,5.5,°C\nLI-2,,µm\nLI-3,7,Ω\n"


@pytest.mark.parametrize(
    ("codec", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", b"\xff\xfe\x00\x00"),
    ],
)
def test_encodings(codec: str, mark: bytes) -> None:
    good, bad = read(mark + PLAIN.encode(codec))
    assert good == {1: ("LI-1", "5.5", "°C"), 2: ("LI-2", None, "µm"), 3: ("LI-3", "7", "Ω")}
    assert not bad


def test_windows_encoding() -> None:
    good, _ = read("tag,value,unit\nLI-1,5.5,°C\nLI-2,1,€\n".encode("cp1252"))
    assert good == {1: ("LI-1", "5.5", "°C"), 2: ("LI-2", "1", "€")}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("block", [8, 21, 1 << 20])
def test_line_ends(end: str, last: bool, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _shrink(monkeypatch, block)
    data = end.join(["a,b", "1,2", "3,4", "", "5,6"]) + (end if last else "")
    assert read(data.encode())[0] == {1: ("1", "2"), 2: ("3", "4"), 3: ("5", "6")}


def test_blank_lines_before_the_header_and_between_are_no_records() -> None:
    good, bad = read(b"\n\r\na,b\n\n1,2\n\n\n3,4\n\n")
    assert good == {1: ("1", "2"), 2: ("3", "4")}
    assert not bad


def test_header_with_quotes_and_spaces() -> None:
    table = read_table_head(b'"Time Stamp" ; "Tag" ;Value \n')
    assert table.columns == ("Time Stamp", "Tag", "Value")
    assert table.delimiter == ";"


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe", b" \r\n"])
def test_empty_files_say_so(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"The file is empty\."):
        read_table_head(data)


def test_one_column_is_no_table() -> None:
    with pytest.raises(UnreadableFile, match="not a header"):
        read_table_head(b"just a line of prose\nand another\n")


@pytest.mark.parametrize(
    ("above", "header", "below"),
    [
        (["Trend report", "Server: PI-1", ""], "Timestamp,TI-101,TI-102", []),
        (["Start: 2026-01-01, End: 2026-01-02"], "Timestamp,TI-101,TI-102", []),
        (["# made by a historian", "# zone, UTC"], "Time,A,B", [",°C,bar"]),
        (["Server,PI01", "Start,2026-01-01", "End,2026-01-02", ""], "Timestamp,Value", []),
        (["Server,PI01", "Report,Daily"], "Timestamp,Value", []),
        (["Report;;", "Server;PI01;", ";;"], "Zeit;A;B", [";Temperatur;Druck", ";°C;bar"]),
        (["sep=;"], "Datum;A;B", []),
        ([], "#timestamp,tag,value", []),
        ([], "tag,low,high", []),
    ],
)
def test_the_header_is_found_below_what_stands_above(
    above: list[str], header: str, below: list[str]
) -> None:
    mark = ";" if ";" in header else ","
    width = header.count(mark)
    records = [mark.join([f"2026-01-08 10:{i:02}:00"] + [f"{i}.5"] * width) for i in range(9)]
    table = read_table_head("\n".join([*above, header, *below, *records]).encode())
    assert table.columns == tuple(header.split(mark))
    assert table.delimiter == mark
    assert table.above == tuple(line for line in above if line)
    assert len(table.sample) == 9 + len(below)


def test_a_table_of_words_has_its_header_in_the_first_line() -> None:
    table = read_table_head(b"tag,alias\nA,Reactor\n\nB,Feed\nC,x\n")
    assert table.columns == ("tag", "alias")


def test_records_that_end_in_a_delimiter_where_the_header_does_not() -> None:
    good, bad = read(b"a,b\n1,2,\n3,4,\n5,6,\n")
    assert good[3] == ("5", "6", None)
    assert not bad


def test_binary_junk_says_so() -> None:
    junk = bytes(range(256)) * 30
    with pytest.raises(UnreadableFile, match="binary, not text"):
        read_table_head(junk)


@pytest.mark.parametrize("block", [8, 30, 1 << 20])
def test_ragged_lines_keep_their_number(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _shrink(monkeypatch, block)
    good, bad = read(b"a,b,c\n1,2,3\n4,5\n6,7,8\n9,9,9,9\n1,1,1\n")
    assert sorted(good) == [1, 3, 5]
    assert {row: item.text for row, item in bad.items()} == {2: "4,5", 4: "9,9,9,9"}
    assert bad[2].detail == "2 columns where the header has 3"


@pytest.mark.parametrize("block", [5, 9, 16, 33, 1 << 20])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quoted_newlines_across_blocks(
    block: int, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shrink(monkeypatch, block)
    lines = ["a,b,c", '1,"two', 'lines, ""and"" a comma",3', "4,5,6", '7,"8', '",9', ""]
    good, bad = read(end.join(lines).encode())
    assert good == {
        1: ("1", f'two{end}lines, "and" a comma', "3"),
        2: ("4", "5", "6"),
        3: ("7", f"8{end}", "9"),
    }
    assert not bad


@pytest.mark.parametrize("block", [7, 40, 1 << 20])
@pytest.mark.parametrize("longest", [160, 1 << 20])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_stray_quote_costs_one_record(
    block: int, longest: int, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shrink(monkeypatch, block, longest)
    lines = ["a,b,c", "1,2,3", '4,"open,6', *(f"{i},x,y" for i in range(60)), "7,8,9"]
    good, bad = read(end.join(lines).encode())
    assert sorted(bad) == [2]
    assert bad[2].text.startswith('4,"open,6')
    assert good[1] == ("1", "2", "3")
    assert good[63] == ("7", "8", "9")
    assert len(good) == 62


def test_two_stray_quotes_far_apart_swallow_nothing() -> None:
    lines = ["a,b,c", '1,"open,6', *(f"{i},x,y" for i in range(900)), '2,x,"open', "7,8,9"]
    good, bad = read("\n".join(lines).encode())
    assert sorted(bad) == [1]
    assert good[902] == ("2", "x", '"open')
    assert good[903] == ("7", "8", "9")


@pytest.mark.parametrize("block", [7, 16, 1 << 20])
def test_a_quote_inside_a_field_is_a_character(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _shrink(monkeypatch, block)
    good, bad = read(b'a,b\n1,5" pipe\n2,x\n3,y\n4,6" pipe\n5,z\n')
    assert good == {
        1: ("1", '5" pipe'),
        2: ("2", "x"),
        3: ("3", "y"),
        4: ("4", '6" pipe'),
        5: ("5", "z"),
    }
    assert not bad


def test_a_giant_line_is_one_damaged_record(monkeypatch: pytest.MonkeyPatch) -> None:
    _shrink(monkeypatch, 50, longest=200)
    for end in ("\n", "\r\n", "\r"):
        good, bad = read(end.join(["a,b", "1,2", "x" * 5000, "3,4", "5,6"]).encode())
        assert sorted(good) == [1, 3, 4], end
        assert sorted(bad) == [2]
        assert "longer than" in bad[2].detail
        assert len(bad[2].text) <= text.SHOWN_BYTES


def test_late_byte_that_is_not_utf8() -> None:
    lines = [f"{i},°C".encode() for i in range(100)]
    lines[70] = b"70,\xb0C"
    data = b"a,b\n" + b"x,y\n" * 20_000 + b"\n".join(lines)
    table = read_table_head(data[: 1 << 16])
    reader = TextReader(io.BytesIO(data), table)
    parts = [part for part in reader if not isinstance(part, Ragged)]
    units = [value for _, batch in parts for value in batch["b"].to_pylist()]
    assert units[20_000:] == ["°C"] * 100
    assert list(reader.notes) == ["Some lines are not UTF-8 and were read as Windows-1252."]


def test_a_ragged_line_that_is_not_utf8_is_not_lost() -> None:
    data = b"a,b\n" + b"x,y\n" * 20_000 + b"1,2,\xb0\n3,4\n"
    reader = TextReader(io.BytesIO(data), read_table_head(data[: 1 << 16]))
    parts = list(reader)
    assert [(p.row, p.text) for p in parts if isinstance(p, Ragged)] == [(20_001, "1,2,°")]
    assert sum(p[1].num_rows for p in parts if not isinstance(p, Ragged)) == 20_001


def test_late_byte_in_a_coded_column() -> None:
    data = b"a,b\n" + b"x,y\n" * 20_000 + b"LI-\xe4,5\n"
    reader = TextReader(io.BytesIO(data), read_table_head(data[: 1 << 16]), coded=("a",))
    (_, batch), *_ = [part for part in reader if not isinstance(part, Ragged)]
    assert batch["a"][-1].as_py() == "LI-ä"


cell = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(cell, min_size=1, max_size=4), min_size=1, max_size=12),
    block=st.integers(4, 60),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_csv_writes_is_read(rows: list[list[str]], block: int, end: str, quoting: Any) -> None:
    """Any well-formed file, cut anywhere: same values, same numbers; wrong widths are damage."""
    filled = [row for row in rows if any(row)]
    assume(len(filled) < 3 or any(len(r) != 4 or r[-1] for r in filled))  # `1,2,3,` is `1,2,3`
    rows = [["x", "y", "z"]] * (len(rows) + 1) + rows  # or another line may be the header
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=quoting)
    writer.writerows([["a", "b", "c"], *rows])
    kept = text.BLOCK_BYTES
    text.utf8_chunks.__defaults__ = (block,)
    try:
        good, bad = read(out.getvalue().encode())
    finally:
        text.utf8_chunks.__defaults__ = (kept,)
    expected = {row: tuple(values) for row, values in enumerate(rows, 1) if len(values) == 3}
    assert {row: tuple(v or "" for v in values) for row, values in good.items()} == expected
    assert sorted(bad) == [row for row, values in enumerate(rows, 1) if len(values) != 3]


def test_encoding_is_told_by_the_head() -> None:
    assert detect_encoding("a,ü\n".encode()).name == "utf-8"
    assert detect_encoding("a,ü\n".encode()[:3]).name == "utf-8", "a character cut by the head"
    assert detect_encoding("a,ü\n".encode("cp1252")).name == "cp1252"


MEASURED = """
import sys
from pathlib import Path
from casparian.reading.text import Ragged, TextReader, read_table_head
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
with open(sys.argv[1], "rb") as stream:
    reader = TextReader(stream, read_table_head(stream.read(1 << 16)))
    before = peak()
    kinds = ["bad" if isinstance(p, Ragged) else p[1].num_rows for p in reader]
print(kinds, peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is told by /proc")
def test_a_line_of_300_mb_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as out:
        out.write(b"a,b\n1,2\n")
        for _ in range(300):
            out.write(b"x" * (1 << 20))
        out.write(b"\n3,4\n")
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True
    )
    kinds, _, kib = done.stdout.rpartition(" ")
    assert kinds == "[1, 'bad', 1]"
    assert int(kib) < 96 * 1024, "KiB more than before the reading"


def _shrink(monkeypatch: pytest.MonkeyPatch, block: int, longest: int | None = None) -> None:
    monkeypatch.setattr(text.utf8_chunks, "__defaults__", (block,))
    if longest:
        monkeypatch.setattr(text, "LONGEST_RECORD", longest)
