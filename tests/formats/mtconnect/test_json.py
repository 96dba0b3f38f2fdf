"""JSON of agents: the same rows as from the XML of the same document, whatever its order."""

from __future__ import annotations

import json
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from casparian.contracts.model import load
from casparian.contracts.verdict import Judge
from casparian.formats import Peek
from casparian.formats.mtconnect import FORMAT, json_frames
from casparian.formats.mtconnect.json_format import MTConnectJson
from casparian.formats.mtconnect.json_walk import walk
from casparian.reading import json_text
from casparian.reading.base import Batch, Damage, Format, Source, UnreadableFile
from tests.formats.golden import check, read
from tests.formats.mtconnect.documents import document, sample
from tests.formats.mtconnect.twins import twin
from tests.formats.samples import sample_folder

HERE = Path(__file__).parent
JSON = MTConnectJson()
KEYS = ("sequence", "data_item_id", "component_path", "asset_id", "error_number", "device_uuid")
Rows = dict[str, list[tuple[Any, ...]]]


def rows(form: Format, data: bytes, folder: Path) -> Rows:
    """The silver rows of each table, typed, in an order of their own."""
    path = folder / "document"
    path.write_bytes(data)
    found: Rows = {}
    for part in form.read(Source(str(path), "document")):
        if isinstance(part, Batch):
            fields = Judge(load("mtconnect").tables[part.table]).judge(part).fields
            found.setdefault(part.table, []).extend(map(_comparable, fields.to_pylist()))
    return {table: sorted(values, key=repr) for table, values in found.items()}


def _comparable(row: dict[str, Any]) -> tuple[Any, ...]:
    row.pop("content_hash", None)  # of the text, in which numbers and order differ
    return tuple((name, _numbers(value)) for name, value in sorted(row.items()))


def _numbers(value: Any) -> Any:
    """Numbers in texts as numbers: JSON has no 1.50."""
    if isinstance(value, str) and value[:1] == "{":
        value = json.loads(value)
    if isinstance(value, dict):
        return {name: _numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    if isinstance(value, str):
        try:
            return [float(part) for part in value.split()] or value
        except ValueError:
            return value
    return value


@pytest.mark.parametrize("sort", [False, True])
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("name", ["streams", "devices", "assets", "errors"])
def test_the_same_rows_as_from_xml(name: str, version: int, sort: bool, tmp_path: Path) -> None:
    xml = (HERE / f"{name}.xml").read_bytes()
    expected = rows(FORMAT, xml, tmp_path)
    found = rows(JSON, twin(xml, version, sort), tmp_path)
    if sort and name == "errors":  # without order the numbers of errors go by name
        assert {t: len(r) for t, r in found.items()} == {t: len(r) for t, r in expected.items()}
    else:
        assert found == expected


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("name", ["current.xml", "probe.xml", "demo/sample.xml", "demo/probe.xml"])
def test_the_same_rows_of_real_documents(name: str, version: int, tmp_path: Path) -> None:
    xml = (sample_folder("mtconnect_ladder99") / name).read_bytes()
    assert rows(JSON, twin(xml, version), tmp_path) == rows(FORMAT, xml, tmp_path)


@pytest.mark.parametrize("sort", [False, True])
@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("whole", [1, 100, 900])
def test_what_is_too_large_to_come_whole_is_entered(
    version: int, sort: bool, whole: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = twin((HERE / "streams.xml").read_bytes(), version, sort)
    expected = rows(JSON, data, tmp_path)
    monkeypatch.setattr(json_text, "CHUNK", 32)
    monkeypatch.setattr(json_frames, "walk", lambda stream: walk(stream, whole))
    assert rows(JSON, data, tmp_path) == expected


def test_golden_of_the_flat_documents_of_mtconnect_net() -> None:
    path = HERE / "flat.json"
    check(JSON, path)
    for text in (path.read_bytes(), path.read_bytes().lstrip(b"[")):
        assert JSON.sniff(Peek("x.json", text)).confidence == 1
    for text in (
        b'{"header": {"id": 1}, "streams": []}',
        b'{"header": {"instanceId": 1}, "x": []}',
    ):
        assert JSON.sniff(Peek("x.json", text)).confidence == 0


@pytest.mark.parametrize("version", [1, 2])
def test_golden(version: int, tmp_path: Path) -> None:
    check(JSON, HERE / f"streams_v{version}.json")


@pytest.mark.parametrize("version", [1, 2])
def test_sniff(version: int) -> None:
    data = twin((HERE / "streams.xml").read_bytes(), version)
    assert JSON.sniff(Peek("x.txt", data)).confidence == 1.0
    assert JSON.sniff(Peek("x.json", b'{"Items": [{"MTConnectStreams": 1}]}')).confidence == 0
    assert FORMAT.sniff(Peek("x.json", data)).confidence == 0


def test_conditions_grouped_by_level_are_read_too(tmp_path: Path) -> None:
    observation = {"dataItemId": "c", "sequence": 4, "timestamp": "2025-10-25T06:00:00Z"}
    component = {"component": "Path", "componentId": "p"}
    component |= {"Condition": {"Fault": [{**observation, "type": "SYSTEM", "value": "broken"}]}}
    device = {"name": "Mill", "uuid": "m", "ComponentStream": [component]}
    body = {"Header": {"instanceId": 17}, "Streams": {"DeviceStream": [device]}}
    found = rows(JSON, json.dumps({"MTConnectStreams": body}).encode(), tmp_path)
    (row,) = found["mtc_conditions"]
    assert ("state", "FAULT") in row
    assert ("message", "broken") in row


def test_first_agents_mark_attributes_and_text(tmp_path: Path) -> None:
    observation = {"@dataItemId": "p", "@sequence": 4, "@timestamp": "2025-10-25T06:00:00Z"}
    stream = {"@component": "Linear", "@componentId": "x", "@name": "X"}
    stream |= {"Samples": [{"Position": {**observation, "#text": 1.5}}]}
    device = {"@name": "Mill", "@uuid": "mill-1", "ComponentStreams": [{"ComponentStream": stream}]}
    body = {"Header": {"@instanceId": 17}, "Streams": [{"DeviceStream": device}]}
    found = rows(JSON, json.dumps({"MTConnectStreams": body}).encode(), tmp_path)
    (row,) = found["mtc_samples"]
    assert {("value", 1.5), ("sequence", 4), ("device_uuid", "mill-1")} <= set(row)
    assert {("instance_id", 17), ("component_id", "x"), ("data_item_id", "p")} <= set(row)


def test_documents_may_follow_one_another(tmp_path: Path) -> None:
    lines = [twin(document(samples=sample(n)).encode(), 2) for n in (1, 2)]
    lines.append(twin((HERE / "devices.xml").read_bytes(), 2))
    path = tmp_path / "polls.jsonl"
    path.write_bytes(b"\n".join(lines))
    parts = [part for part in read(JSON, path) if isinstance(part, Batch) and not part.derived]
    numbers = sorted(number for part in parts for number in part.rows.to_pylist())
    assert numbers == list(range(1, 2 + 14 + 1))


def test_what_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    samples = "".join(sample(n) for n in range(1, 4))
    data = twin(document(samples=samples).encode(), 2)
    path = tmp_path / "cut.json"
    path.write_bytes(data + data[: data.index(b'"sequence": 2')])
    parts = read(JSON, path)
    (damage,) = [part for part in parts if isinstance(part, Damage)]
    counts = Counter(part.table for part in parts if isinstance(part, Batch) for _ in part.rows)
    assert (damage.rule, damage.row) == ("damaged_file", counts["mtc_samples"] + 1)
    assert counts["mtc_samples"] >= 3


HOSTILE = [
    b"",
    b"{}",
    b"[]",
    b"[[[[",
    b"[" * 100_000,
    b'{"MTConnectStreams": ' * 3000,
    b'{"MTConnectStreams": {"Streams": [{"DeviceStream": ' + b'{"a":' * 900 + b"1",
    b'{"MTConnectStreams": 5}garbage',
    b'{"MTConnectDevices": {"Devices": [{"Device": ' + b'{"Components":[{"Axes":' * 400 + b"1",
    b'{"MTConnectDevices": {"Devices": {"Device": 1' + b"0" * 5000 + b"}}}",
    b'{"MTConnectStreams": {"Streams": {"DeviceStream": [1, "a", null, []]}}} \xff\xfe',
    b'{"MTConnectAssets": {"Assets": {"": [{"": ""}], "a b": {"<": ">"}}}}',
    b'{"MTConnectAssets": {"Assets": ' + b'{"File": {"A":' * 450 + b"1" + b"}}" * 450 + b"}}",
    b'{"MTConnectStreams": {"Streams": {"DeviceStream": {"ComponentStream": {"Samples": '
    b'{"P": [1, null, [], {"value": {"a": {"b": {"c": [1]}}}}, {"sequence": [{}]}]}}}}}}',
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_any_json_is_read_or_refused_in_a_sentence(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)
    try:
        found = read(JSON, path)
    except UnreadableFile as error:
        assert str(error).endswith(".")
    else:
        for part in (part for part in found if isinstance(part, Batch)):
            Judge(load("mtconnect").tables[part.table]).judge(part)


def test_walk_needs_the_memory_of_one_observation() -> None:
    component = b'{"component":"Path","Samples":{"Position":['
    one = b'{"dataItemId":"x","sequence":%d,"timestamp":"2025-10-25T06:00:00Z","value":1.5}'
    many = b",".join(one % n for n in range(30_000))
    data = b'{"MTConnectStreams":{"Streams":{"DeviceStream":[{"ComponentStream":['
    data += component + many + b"]}}]}]}}}"
    assert sum(1 for _ in walk(BytesIO(data), 1000)) == 30_001


@pytest.mark.parametrize("indent", [None, 1])
def test_a_dump_of_a_long_poll(indent: int | None, tmp_path: Path) -> None:
    head = "--b7\r\nContent-type: application/json\r\nContent-length: 99\r\n\r\n"
    found = [json.loads(twin(document(samples=sample(n)).encode(), 2)) for n in (1, 2, 3)]
    path = tmp_path / "poll.txt"
    text = "".join(f"{head}{json.dumps(each, indent=indent)}\r\n" for each in found)
    path.write_bytes(f"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n{text}--b7--\r\n".encode())
    assert JSON.sniff(Peek.of(path)).confidence == 1.0
    batches = [part for part in read(JSON, path) if isinstance(part, Batch) and not part.derived]
    assert [row["sequence"] for b in batches for row in b.fields.to_pylist()] == ["1", "2", "3"]
