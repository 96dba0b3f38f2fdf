"""PI: golden pairs, system states, errors that are never silent, names before and after values."""

from __future__ import annotations

import base64
import json
import resource
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from casparian.formats import Peek, sniff
from casparian.formats.pi import DATALINK, POINT_LIST, WEB_API
from casparian.formats.pi.values import reading
from casparian.formats.pi.webid import path_of
from casparian.reading.base import Batch, Damage, Note, Source, UnreadableFile
from tests.formats.golden import check, read
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent
FORMS = {
    "web_recorded.json": WEB_API,
    "web_streamset.json": WEB_API,
    "web_summary.json": WEB_API,
    "web_end.json": WEB_API,
    "web_points.json": WEB_API,
    "web_error.json": WEB_API,
    "web_value.json": WEB_API,
    "web_joined.json": WEB_API,
    "web_batch.json": WEB_API,
    "datalink_list.csv": DATALINK,
    "datalink_sampled.csv": DATALINK,
    "datalink_compressed.csv": DATALINK,
    "datalink_errors.csv": DATALINK,
    "datalink_calculated.csv": DATALINK,
    "points.csv": POINT_LIST,
}


@pytest.mark.parametrize("name", FORMS)
def test_golden(name: str) -> None:
    check(FORMS[name], HERE / name, "Europe/Berlin" if "sampled" in name else None)


@pytest.mark.parametrize("name", FORMS)
def test_the_surest_format_is_its_own(name: str) -> None:
    chosen, sure = sniff(Peek.of(HERE / name))
    assert chosen is FORMS[name], sure


def rows(path: Path, form: Any = WEB_API) -> list[dict[str, Any]]:
    batches = [part for part in read(form, path) if isinstance(part, Batch)]
    return [row for batch in batches for row in batch.fields.to_pylist()]


def answer(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "answer.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def value(number: Any, **flags: Any) -> dict[str, Any]:
    return {"Timestamp": "2025-10-25T00:00:00Z", "Value": number, "Good": True, **flags}


STATES = [
    ({"Name": "I/O Timeout", "Value": 246, "IsSystem": True}, None, "I/O Timeout", "Bad"),
    ({"Name": "I/O Timeout", "Value": 246}, None, "I/O Timeout", "Bad"),
    ({"Name": "First", "Value": 193}, None, "First", "Bad"),
    ({"Name": "Last", "Value": 320}, None, "Last", "Bad"),
    ({"Name": "Auto", "Value": 192}, "192", "Auto", "Good"),
    ({"Name": "Own", "Value": 250, "IsSystem": False}, "250", "Own", "Good"),
    ({"Name": "OPEN", "Value": 0, "IsSystem": False}, "0", "OPEN", "Good"),
    (7, "7", None, "Good"),
    (1.5, "1.5", None, "Good"),
    (True, "1", "true", "Good"),
    ("text", None, "text", "Good"),
    (None, None, None, "Uncertain"),
    (float("nan"), None, "NaN", "Bad"),
    (float("inf"), None, "Infinity", "Bad"),
    ([1, 2], None, "[1, 2]", "Good"),
    ({"a": 1}, None, "{'a': 1}", "Good"),
]


@pytest.mark.parametrize(("written", "number", "text", "quality"), STATES)
def test_what_a_value_says(written: Any, number: Any, text: Any, quality: str) -> None:
    found = reading(written, True)
    assert (found.value, found.text, found.quality) == (number, text, quality)


@pytest.mark.parametrize(
    ("flags", "quality", "code"),
    [
        ((True, False, False), "Good", "Good"),
        ((True, True, False), "Uncertain", "Good,Questionable"),
        ((True, False, True), "Uncertain", "Good,Substituted"),
        ((False, True, False), "Bad", "Bad,Questionable"),
        ((None, None, None), "Good", None),
    ],
)
def test_flags(flags: tuple[Any, ...], quality: str, code: str | None) -> None:
    found = reading(1, *flags)
    assert (found.quality, found.code) == (quality, code)


def test_system_states_are_quarantined_and_the_books_close() -> None:
    assert reasons(WEB_API, HERE / "web_recorded.json") == {
        3: "Quality Bad",
        4: "Quality Bad",
        6: "damaged_record",
        7: "damaged_record",
    }
    assert reasons(DATALINK, HERE / "datalink_list.csv") == {
        3: "Quality Bad",
        6: "Quality Bad",
        8: "Quality Bad",
        9: "damaged_record",
    }
    assert reasons(WEB_API, HERE / "web_points.json") == {}
    assert reasons(POINT_LIST, HERE / "points.csv") == {}


def test_the_name_of_a_tag_in_its_webid() -> None:
    name = base64.urlsafe_b64encode(rb"PISRV01\SINUSOID").decode().rstrip("=")
    assert path_of("P1DP" + name) == r"\\PISRV01\SINUSOID"
    assert path_of("F1DP" + "A" * 28 + name) == r"\\PISRV01\SINUSOID"
    attribute = base64.urlsafe_b64encode(rb"AF\DB\U1|T").decode().rstrip("=")
    assert path_of("F1AbE" + "A" * 66 + attribute) == r"\\AF\DB\U1|T"
    for other in (None, "", "A0Eabc", "P1DP!!", "F1DPshort", "P1DP" + "A" * 5):
        assert path_of(other) is None


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("count", [3, 30_000])
def test_names_before_and_after_the_values(first: bool, count: int, tmp_path: Path) -> None:
    """Also where a stream is too large to be read whole."""

    def stream(name: str) -> dict[str, Any]:
        held = {"Items": [value(n) for n in range(count)]}
        named = {"Name": name, "Path": f"\\\\S\\{name}"}
        return {**named, **held} if first else {**held, **named}

    path = answer(tmp_path, {"Items": [stream("A"), stream("B")], "Links": {}})
    found = rows(path)
    assert [row["tag_name"] for row in found] == ["A"] * count + ["B"] * count
    assert found[-1]["path"] == "\\\\S\\B"
    path = answer(tmp_path, stream("C"))
    assert {row["tag_name"] for row in rows(path)} == {"C"}


def test_a_bare_stream_takes_the_name_of_its_file(tmp_path: Path) -> None:
    path = answer(tmp_path, {"Items": [value(1)]})
    batch_or_note = read(WEB_API, path)
    assert rows(path)[0]["tag_name"] == "answer"
    assert [part.sentence for part in batch_or_note if isinstance(part, Note)] == [
        "No tag is named in the file: its name stands for the tag (answer)."
    ]


def test_lists_lines_and_batches_of_answers(tmp_path: Path) -> None:
    one = {"Name": "A", "Items": [value(1)]}
    assert len(rows(answer(tmp_path, [one, one]))) == 2
    assert len(rows(answer(tmp_path, json.dumps(one) + "\n" + json.dumps(one)))) == 2
    batch = {"1": {"Status": 200, "Headers": {}, "Content": one}}
    assert [row["tag_name"] for row in rows(answer(tmp_path, batch))] == ["A"]
    assert len(rows(answer(tmp_path, {"SourceName": "A", "Events": [value(1)]}))) == 1


@pytest.mark.parametrize(
    "content",
    [
        {"Message": "Authorization has been denied for this request."},
        {"Errors": ["No access."]},
        {"Name": "A", "Errors": ["No access."], "Items": []},
        {"Items": [{"Name": "A", "Errors": [{"FieldName": "x", "Message": ["No access."]}]}]},
        {"Items": [{"Timestamp": "2025-10-25T00:00:00Z", "Errors": ["No access."]}]},
        {"Items": [17]},
        {"what": "ever"},
        [None],
    ],
)
def test_errors_and_strangers_are_damage(content: Any, tmp_path: Path) -> None:
    parts = read(WEB_API, answer(tmp_path, content))
    (damage,) = [part for part in parts if isinstance(part, Damage)]
    assert damage.rule == "damaged_record"
    assert damage.row == 1


def test_an_error_beside_many_values_is_damage_too(tmp_path: Path) -> None:
    held = {"Name": "A", "Items": [value(n) for n in range(30_000)], "Errors": ["It broke off."]}
    parts = read(WEB_API, answer(tmp_path, {"Items": [held]}))
    assert sum(len(part.rows) for part in parts if isinstance(part, Batch)) == 30_000
    assert [part.detail for part in parts if isinstance(part, Damage)] == [
        "the server reports an error: It broke off"
    ]


@pytest.mark.parametrize("end", [1, 30, 100, 200, -1])
def test_an_answer_that_ends_early_keeps_what_came_before(end: int, tmp_path: Path) -> None:
    path = answer(tmp_path, json.dumps({"Name": "A", "Items": [value(1)] * 3})[:end])
    with pytest.raises(UnreadableFile):
        read(WEB_API, path)


HOSTILE = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b'{"Items": null}',
    b'{"Items": [[[[]]]]}',
    b'{"Items": [{"Items": [{"Items": [{"Items": []}]}]}]}',
    b'{"Items": [{"Timestamp": {}, "Value": {"Value": {"Value": 1}}, "Good": "x"}]}',
    b'{"Items": [{"Timestamp": 5, "Value": "\\ud800", "Name": 5, "Path": []}]}',
    b'{"Items": [{"Type": [], "Value": {"Timestamp": null}}]}',
    b'{"Links": 3, "Items": [{"Timestamp": "x", "Value": 1e999}]}',
    b"Tag,Timestamp,Value,Annotated,Questionable\n" + b",,,,\n" * 5 + b"a,25-Oct-25,1,,\n",
    b"PI DataLink\n25-Oct-25 00:00:00," + b"9" * 400 + b"\n",
    b"Pt Created\n" + b'"' * 1001,
    b"PI DataLink\n\n25-Foo-25 00:00:00,1\n25-Oct-25 00:00:00,1\n",
    b"Tag not found\n" + b"x," * 100_000,
    b"PI DataLink\n25-Oct-25 00:00:00,5\n" + b"x" * 3_000_000,
    bytes(range(256)) * 20,
]


@pytest.mark.parametrize("data", HOSTILE)
@pytest.mark.parametrize("form", [WEB_API, DATALINK, POINT_LIST])
def test_nothing_breaks_it(data: bytes, form: Any, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    form.sniff(Peek.of(path))
    try:
        read(form, path)
    except UnreadableFile as said:
        assert str(said).endswith(".")


def test_times_as_datalink_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Tag,Timestamp,Value,Annotated,Questionable\nA,25-Oct-25 06:00:00,1,,\n")
    assert rows(path, DATALINK)[0]["timestamp"].isoformat() == "2025-10-25T06:00:00+00:00"


def test_one_time_for_many_tags_and_a_column_that_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    lines = ["PI DataLink,,", "Time,TI-1,TI-2", "25-Oct-25 06:00:00,1,2", "25-Oct-25 07:00:00,,3"]
    path.write_text("\n".join(lines))
    found = rows(path, DATALINK)
    assert [(row["tag_name"], row["value"]) for row in found] == [
        ("TI-1", "1"),
        ("TI-2", "2"),
        ("TI-2", "3"),
    ]


def test_a_large_answer_needs_little_memory(tmp_path: Path) -> None:
    text = json.dumps(value(1.5))
    path = tmp_path / "big.json"
    with path.open("w") as file:
        file.write('{"Items": [' + text)
        for _ in range(300):
            file.write((", " + text) * 1000)
        file.write('], "Name": "A"}')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = 0
    for part in WEB_API.read(Source(str(path), "big.json")):
        if isinstance(part, Batch):
            count += len(part.rows)
            assert part.fields["tag_name"][0].as_py() == "A"
    assert count == 300_001
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


def test_values_gathered_are_the_same_as_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers run on through plain values, odd ones and damage."""
    plain = [value(n * 0.5, Questionable=n % 3 == 0, UnitsAbbreviation="m") for n in range(400)]
    odd = [value({"Name": "OPEN", "Value": 1}), value("text"), 17, value(2**70), value(True)]
    odd += [value(1) | {"Timestamp": "2025-10-25 00:00:00"}, value(1, Annotated="yes")]
    odd += [value(float("inf")), value(1) | {"Timestamp": "nonsenseZ"}, value(1, Name="Own")]
    mixed = plain[:100] + odd + plain[100:300] + odd + plain[300:] + odd
    path = answer(tmp_path, {"Name": "A", "Path": "\\\\S\\A", "Items": mixed})

    def told() -> dict[int, Any]:
        found: dict[int, Any] = {}
        for part in read(WEB_API, path):
            if isinstance(part, Damage):
                found[part.row] = part
            elif isinstance(part, Batch):
                both = zip(part.raw.to_pylist(), part.fields.to_pylist(), strict=True)
                found |= zip(part.rows.to_pylist(), both, strict=True)
        return dict(sorted(found.items()))

    fast = told()
    monkeypatch.setattr("casparian.formats.pi.runs._SMALLEST", 10**9)
    assert fast == told()
    assert list(fast) == list(range(1, len(mixed) + 1))


def test_a_list_of_points_may_be_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "points.xlsx"
    book = openpyxl.Workbook()
    for row in (["Tag", "PointType", "EngUnits", "Zero", "Span"], ["TI-1", "Float32", "C", 0, 50]):
        book.active.append(row)
    book.save(path)
    assert sniff(Peek.of(path))[0] is POINT_LIST
    (row,) = rows(path, POINT_LIST)
    assert (row["tag_name"], row["range_high"], row["path"]) == ("TI-1", "50", "TI-1")
