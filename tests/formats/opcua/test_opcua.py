"""OPC UA: golden pairs, every encoding of a value, trees with holes and circles, status codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from casparian.formats import Peek, sniff
from casparian.formats.opcua import (
    NODES_JSON,
    NODESET,
    STATUS_CODES,
    VALUES_CSV,
    VALUES_JSON,
    variants,
)
from casparian.reading import quality
from casparian.reading.base import Batch, Damage, Note, Source, UnreadableFile
from tests.formats.golden import check, read
from tests.formats.samples import sample_folder
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent
FORMS = {
    "pubsub.jsonl": VALUES_JSON,
    "history.json": VALUES_JSON,
    "history_flat.json": VALUES_JSON,
    "uaexpert.csv": VALUES_CSV,
    "recorder.csv": VALUES_CSV,
    "tree.NodeSet2.xml": NODESET,
    "broker.json": VALUES_JSON,
    "gateway.jsonl": VALUES_JSON,
    "folders.json": NODES_JSON,
    "published_nodes.json": NODES_JSON,
    "codes.csv": STATUS_CODES,
}


@pytest.mark.parametrize("name", FORMS)
def test_golden(name: str) -> None:
    check(FORMS[name], HERE / name)


@pytest.mark.parametrize("name", FORMS)
def test_the_surest_format_is_its_own(name: str) -> None:
    chosen, sure = sniff(Peek.of(HERE / name))
    assert chosen is FORMS[name], sure


def rows(form: Any, path: Path) -> list[dict[str, Any]]:
    batches = [part for part in read(form, path) if isinstance(part, Batch)]
    return [row for batch in batches for row in batch.fields.to_pylist()]


def export(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "export.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def field(tmp_path: Path, value: Any, **message: Any) -> dict[str, Any]:
    """The silver row of one field of a message."""
    path = export(
        tmp_path,
        {"DataSetWriterId": 1, "Timestamp": "2025-10-25T00:00:00Z", **message}
        | {"Payload": {"F": value}},
    )
    (row,) = rows(VALUES_JSON, path)
    return row


ENCODED = [
    (1.5, "1.5", None, None),
    ({"Type": 11, "Body": 1.5}, "1.5", None, "Double"),
    ({"UaType": 11, "Value": 1.5}, "1.5", None, "Double"),
    ({"Value": 1.5}, "1.5", None, None),
    ({"Value": {"Type": 11, "Body": 1.5}, "SourceTimestamp": "x"}, "1.5", None, "Double"),
    ({"Type": 8, "Body": "-9223372036854775808"},) + ("-9223372036854775808",) * 2 + ("Int64",),
    ("18446744073709551615", "18446744073709551615", "18446744073709551615", None),
    (18446744073709551615, "18446744073709551615", "18446744073709551615", None),
    ("007", None, "007", None),
    ({"Type": 12, "Body": "7"}, None, "7", "String"),
    ({"UaType": 12, "Value": "NaN"}, None, "NaN", "String"),
    ("NaN", None, "NaN", None),
    ("Infinity", None, "Infinity", None),
    ("-Infinity", None, "-Infinity", None),
    (float("nan"), None, "NaN", None),
    (float("-inf"), None, "-Infinity", None),
    (True, "1", "true", "Boolean"),
    (None, None, None, None),
    ({}, None, None, None),
    ([1, 2], None, "[1, 2]", None),
    ({"Type": 6, "Body": [1, 2, 3, 4], "Dimensions": [2, 2]}, None, "[[1, 2], [3, 4]]", "Int32"),
    ({"UaType": 6, "Value": [1, 2, 3, 4], "Dimensions": [1, 4]}, None, "[[1, 2, 3, 4]]", "Int32"),
    ({"Type": 6, "Body": [1, 2, 3], "Dimensions": [2, 2]}, None, "[1, 2, 3]", "Int32"),
    ({"Type": 0}, None, None, None),
    ({"Type": 17, "Body": {"IdType": 1, "Id": "a", "Namespace": 2}}, None, "ns=2;s=a", "NodeId"),
    ({"Type": 20, "Body": {"Name": "A", "Uri": 2}}, None, "2:A", "QualifiedName"),
    ({"Name": "A", "Uri": "urn:x"}, None, "nsu=urn:x;A", "QualifiedName"),
    ({"X": 1, "Y": "Ring"}, None, '{"X": 1, "Y": "Ring"}', None),
    ({"Locale": "de", "Text": "Läuft"}, None, "Läuft", "LocalizedText"),
    ({"Name": "Running", "Value": 2}, "2", "Running", None),
    ({"Type": 13, "Body": "2025-10-25T00:00:00Z"}, None, "2025-10-25T00:00:00Z", "DateTime"),
]


@pytest.mark.parametrize(("value", "number", "text", "type_"), ENCODED)
def test_encodings_of_a_value(
    value: Any, number: str | None, text: str | None, type_: str | None, tmp_path: Path
) -> None:
    row = field(tmp_path, value)
    assert (row["value"], row["value_text"], row["data_type"]) == (number, text, type_)
    assert row["quality"] == "Good"


STATUSES = [
    (0, "Good"),
    (0x40900000, "Uncertain"),
    (0x80310000, "Bad"),
    (-2144272384, "Bad"),
    ({"Code": 0x80310000, "Symbol": "BadNoCommunication"}, "Bad"),
    ({"Code": 0x40000000}, "Uncertain"),
    ({"Symbol": "UncertainInitialValue"}, "Uncertain"),
    ({}, "Good"),
    ("Good", "Good"),
    ("BadSensorFailure", "Bad"),
    ("0x80310000", "Bad"),
    ("2150694912", "Bad"),
    ("0", "Good"),
    (None, "Good"),
]


@pytest.mark.parametrize(("status", "expected"), STATUSES)
@pytest.mark.parametrize("member", ["StatusCode", "Status"])
def test_status_codes(status: Any, expected: str, member: str, tmp_path: Path) -> None:
    assert field(tmp_path, {"Value": 1, member: status})["quality"] == expected


def test_the_status_of_a_message_is_that_of_its_fields(tmp_path: Path) -> None:
    assert field(tmp_path, 1, Status=0x80310000)["quality"] == "Bad"
    own = field(tmp_path, {"Value": 1, "Status": 0}, Status=0x80310000)
    assert own["quality"] == "Good"


def test_no_time_at_all_is_the_message_s(tmp_path: Path) -> None:
    row = field(tmp_path, {"Value": 1, "SourceTimestamp": "0001-01-01T00:00:00Z"})
    assert row["source_timestamp"] is None
    assert row["timestamp"].isoformat() == "2025-10-25T00:00:00+00:00"


@pytest.mark.parametrize("kind", ["ua-keepalive", "ua-metadata", "ua-status", "ua-connection"])
def test_messages_without_values_are_said(kind: str, tmp_path: Path) -> None:
    path = export(tmp_path, [{"MessageType": kind, "PublisherId": "p"}] * 2)
    assert read(VALUES_JSON, path) == [
        Note("2 messages hold no values (keep-alive, metadata or status).")
    ]


def test_messages_in_any_wrapping(tmp_path: Path) -> None:
    inner = {"DataSetWriterId": 1, "Timestamp": "2025-10-25T00:00:00Z", "Payload": {"F": 1}}
    network = {"MessageType": "ua-data", "PublisherId": "p", "Messages": [inner, inner]}
    lines = "\n".join([json.dumps(network)] * 3)
    assert len(rows(VALUES_JSON, export(tmp_path, network))) == 2
    assert len(rows(VALUES_JSON, export(tmp_path, [network, inner]))) == 3
    assert len(rows(VALUES_JSON, export(tmp_path, network | {"Messages": inner}))) == 1
    assert len(rows(VALUES_JSON, export(tmp_path, lines))) == 6
    assert rows(VALUES_JSON, export(tmp_path, network))[0]["origin"] == "p/1"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("count", [3, 20_000])
def test_the_node_of_many_values_before_and_after_them(
    first: bool, count: int, tmp_path: Path
) -> None:
    values = [
        {"Value": n, "SourceTimestamp": f"2025-10-25T00:{n // 60 % 60:02}:{n % 60:02}Z"}
        for n in range(count)
    ]

    def node(name: str) -> dict[str, Any]:
        held, named = {"DataValues": values}, {"NodeId": f"ns=2;s={name}", "DisplayName": name}
        return named | held if first else held | named

    found = rows(VALUES_JSON, export(tmp_path, [node("A"), node("B")]))
    assert [row["node_id"] for row in found] == ["ns=2;s=A"] * count + ["ns=2;s=B"] * count
    found = rows(VALUES_JSON, export(tmp_path, {"Results": [node("C")]}))
    assert {row["display_name"] for row in found} == {"C"}


def test_nodes_as_names_of_lists(tmp_path: Path) -> None:
    value = {"Value": 1, "SourceTimestamp": "2025-10-25T00:00:00Z"}
    found = rows(VALUES_JSON, export(tmp_path, {"ns=2;s=A": [value], "ns=2;s=B": [value]}))
    assert [row["node_id"] for row in found] == ["ns=2;s=A", "ns=2;s=B"]


def test_a_large_object_of_no_known_shape_is_refused(tmp_path: Path) -> None:
    value = {"Value": 1, "SourceTimestamp": "2025-10-25T00:00:00Z"}
    with pytest.raises(UnreadableFile, match="no values where they are known to be"):
        read(VALUES_JSON, export(tmp_path, {"ns=2;s=A": [value] * 30_000}))


def test_bad_values_are_quarantined() -> None:
    assert reasons(VALUES_JSON, HERE / "history.json") == {3: "Quality Bad", 5: "damaged_record"}
    found = reasons(VALUES_JSON, HERE / "pubsub.jsonl")
    assert sorted(found.values()) == ["Quality Bad", "Quality Bad", "damaged_record"]
    for name in ("tree.NodeSet2.xml", "published_nodes.json"):
        assert reasons(FORMS[name], HERE / name) == {}


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("ns=2;s=A", "ns=2;s=A"),
        ({"Id": 85}, "i=85"),
        ({"IdType": 1, "Id": "A", "Namespace": 2}, "ns=2;s=A"),
        ({"IdType": 2, "Id": "c652", "Namespace": "http://x/"}, "nsu=http://x/;g=c652"),
        ("NS2|String|A|B", "ns=2;s=A|B"),
        ("NS0|Numeric|85", "i=85"),
        (None, None),
        ("", None),
    ],
)
def test_node_ids(written: Any, read_as: str | None) -> None:
    assert variants.node_id(written) == read_as


def test_built_in_types_are_those_of_the_standard_s_own_namespace() -> None:
    found = [variants.type_name(code) for code in (11, "i=11", "ns=0;i=1", "11", "Double")]
    assert found == ["Double", "Double", "Boolean", "Double", "Double"]
    for other in ("i=256", "ns=1;i=11", "nsu=http://x/;i=6", "99"):
        assert variants.type_name(other) == other
    assert [variants.type_name(code) for code in (None, 0, "", [], {})] == [None] * 5


def test_every_status_code_of_the_standard_maps_by_its_two_top_bits() -> None:
    path = sample_folder("opcua") / "Opc.Ua.StatusCodes.csv"
    assert sniff(Peek.of(path))[0] is STATUS_CODES
    found = rows(STATUS_CODES, path)
    assert len(found) == len([line for line in path.read_text().splitlines() if line.strip()])
    for row in found:
        begins = next(word for word in quality.QUALITIES if row["symbol"].startswith(word))
        assert row["quality"] == begins, row
        assert quality.of_status_code(int(row["code"], 16)) == begins
        assert quality.of_text(row["symbol"]) == begins
    assert reasons(STATUS_CODES, path) == {}


def test_the_boiler_s_nodes_have_paths() -> None:
    path = sample_folder("opcua") / "BoilerModel2.NodeSet2.xml"
    assert sniff(Peek.of(path))[0] is NODESET
    found = {row["node_id"]: row for row in rows(NODESET, path)}
    assert len(found) == path.read_text().count(" BrowseName=") == 220
    space = "nsu=http://microsoft.com/Opc/OpcPlc/Boiler;"
    property_ = found[f"{space}i=6001"]
    assert property_["parent_node_id"] == f"{space}i=5000"
    assert property_["reference_type"] == "HasProperty"
    assert property_["value_text"] == "2023-05-12T00:00:00Z"
    assert property_["path"].startswith("Root/Objects/Server/Namespaces/")
    assert all(row["path"] and row["namespace_uri"] for row in found.values())
    assert reasons(NODESET, path) == {}


def test_the_list_of_nodes_keeps_its_folders() -> None:
    path = sample_folder("opcua") / "nodesfile.json"
    assert sniff(Peek.of(path))[0] is NODES_JSON
    found = {row["node_id"]: row for row in rows(NODES_JSON, path)}
    assert len(found) == 13
    assert found["9999"]["path"] == "MyTelemetry/Child/Child Node"
    assert found["1048"]["value_text"] == "[1, 2, 3, 4, 5]"


def node_set(tmp_path: Path, nodes: str, spaces: str = "") -> Path:
    path = tmp_path / "x.xml"
    path.write_text(f'<UANodeSet xmlns="http://opcfoundation.org/UA/x">{spaces}{nodes}</UANodeSet>')
    return path


def test_a_tree_of_any_order_and_depth(tmp_path: Path) -> None:
    """Children before their parents, references from above alone, a thousand levels."""
    nodes = "".join(
        f'<UAObject NodeId="i={5000 + n}" BrowseName="N{n}"><References>'
        f'<Reference ReferenceType="i=47">i={5001 + n}</Reference></References></UAObject>'
        for n in reversed(range(1000))
    )
    found = rows(NODESET, node_set(tmp_path, nodes))
    assert len(found) == 1000
    last = next(row for row in found if row["node_id"] == "i=5003")
    assert last["path"] == "N0/N1/N2/N3"
    assert (last["parent_node_id"], last["reference_type"]) == ("i=5002", "HasComponent")


@pytest.mark.parametrize(
    "nodes",
    [
        "",
        "<UAObject/>",
        '<UAObject NodeId="ns=7;i=1" BrowseName="9:x"/>',
        '<UAObject NodeId="i=1" BrowseName="x" ParentNodeId="i=1"/>',
        '<UAObject NodeId="ns=x;i=1"><References><Reference/></References></UAObject>',
        '<UAVariable NodeId="i=1" DataType=""><Value><a><b/></a></Value></UAVariable>',
        '<UAObject NodeId="i=1" BrowseName="a"/><UAObject NodeId="i=1" BrowseName="b"/>',
    ],
)
def test_odd_nodes_survive(nodes: str, tmp_path: Path) -> None:
    read(NODESET, node_set(tmp_path, nodes))


def test_a_node_set_that_ends_early_keeps_its_nodes(tmp_path: Path) -> None:
    path = node_set(tmp_path, '<UAObject NodeId="i=1" BrowseName="a"/>' * 9000 + "<UAObj")
    count = 0
    with pytest.raises(UnreadableFile):
        for part in NODESET.read(Source(str(path), path.name)):
            count += len(part.rows) if isinstance(part, Batch) else 0
    assert count == 9000


HOSTILE = [
    b"",
    b"{}",
    b"[]",
    b"17",
    b'"x"',
    b"[[[[1]]]]",
    b'{"Messages": 5}',
    b'{"Messages": [5, null, {"Payload": 5}, {"Payload": []}, {"Payload": {}}]}',
    b'{"Messages": [{"Messages": [{"Messages": []}]}], "MessageType": 5}',
    b'{"DataSetWriterId": {}, "MessageType": "ua-event", "Payload": {"EventId": {"Body": {}}}}',
    b'{"Payload": {"": {"Value": {"Value": {"Type": 99, "Body": {"Type": [], "Body": 1}}}}}}',
    b'{"Payload": {"F": {"UaType": [], "Value": 1}}}',
    b'{"Payload": {"F": {"Value": 1, "Status": []}}}',
    b'{"Payload": {"F": {"Value": 1, "StatusCode": 1e30}}}',
    b'{"Payload": {"F": {"Value": 1, "StatusCode": {"Code": {"Code": 1}}}}}',
    b'{"NodeId": {"IdType": 9, "Id": []}, "Value": 1, "SourceTimestamp": 17}',
    b'{"NodeId": [], "DataType": {}, "Value": 1, "SourceTimestamp": "x"}',
    b'{"Results": [{"HistoryData": {"Body": {"DataValues": [null, 1, {"Value": []}]}}}]}',
    b'{"Results": {"Results": {"Results": {"Results": []}}}}',
    b'{"Payload": {"F": ' + b'{"Type": 12, "Body":' * 900 + b"1" + b"}" * 902,
    b'{"Payload": {"F": ' + b'{"Body":' * 150 + b"1" + b"}" * 152,
    b'{"Value": ' + b"[" * 195 + b"]" * 195 + b', "SourceTimestamp": "x"}',
    b'{"NodeList": 5, "FolderList": [{"NodeList": [{"NodeId": {}}], "FolderList": [5]}]}',
    b'Good,0x00000000\nBad,0x8000000\n"Good,0x00000000,"x\n',
    b"NodeId,Value,SourceTimestamp\n,,\nx\nns=1;i=1,1e999,2025-02-30\n",
    b"<UANodeSet><UAObject><UAObject><UAObject/></UAObject></UAObject></UANodeSet>",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><UANodeSet>&b;</UANodeSet>",
    b"<UANodeSet>" + b"<a>" * 2000,
    bytes(range(256)) * 20,
]


@pytest.mark.parametrize("data", HOSTILE)
@pytest.mark.parametrize("form", [VALUES_JSON, VALUES_CSV, NODESET, NODES_JSON, STATUS_CODES])
def test_nothing_breaks_it(data: bytes, form: Any, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    form.sniff(Peek.of(path))
    try:
        for part in read(form, path):
            assert isinstance(part, Batch | Damage | Note)
    except UnreadableFile as said:
        assert str(said).endswith(".")


def told(path: Path) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for part in read(VALUES_JSON, path):
        if isinstance(part, Damage):
            found[part.row] = part
        elif isinstance(part, Batch):
            both = zip(part.raw.to_pylist(), part.fields.to_pylist(), strict=True)
            found |= zip(part.rows.to_pylist(), both, strict=True)
    return dict(sorted(found.items()))


def test_values_gathered_are_the_same_as_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers run on through plain values, odd ones, messages and damage."""
    at = {"SourceTimestamp": "2025-10-25T00:00:00.1234567Z"}
    plain: list[Any] = [{"Value": n * 0.5, **at} for n in range(150)]
    plain += [{"Value": {"Type": 6, "Body": n}, "StatusCode": n << 30, **at} for n in range(150)]
    odd: list[Any] = [17, {"Value": "x", **at}, {"Value": 2**60, **at}, {"Value": [1], **at}]
    odd += [{"Value": 1, "SourceTimestamp": "nonsenseZ"}, {"Value": True, **at, "Note": "x"}]
    odd += [{"Value": 1, "SourceTimestamp": "0001-01-01T00:00:00Z", "ServerTimestamp": None}]
    odd += [{"Value": 1, "NodeId": "ns=2;s=Own", **at}, {"Value": float("nan"), **at}]
    node = {"NodeId": "ns=2;s=A", "DataType": "Double", "DataValues": plain + odd + plain}
    fields = {f"F{n}": {"Value": n, **at} for n in range(60)} | {"F": 5, "G": "x"}
    message = {"PublisherId": "p", "DataSetWriterId": 1, "Payload": fields, "Status": 1 << 30}
    path = export(tmp_path, [node, message, 17, message, node])
    fast = told(path)
    monkeypatch.setattr("casparian.formats.opcua.runs._SMALLEST", 10**9)
    assert fast == told(path)
    assert list(fast) == list(range(1, 2 * (600 + len(odd)) + 2 * 62 + 2))


def test_a_code_list_with_odd_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_bytes(b"Good,0x00000000,The \roperation\r\n")
    (batch,) = STATUS_CODES.read(Source(str(path), path.name))
    assert batch.raw["description"].to_pylist() == ["The operation"]
