"""Lists of nodes in JSON: folders with nodes of a simulation server, published nodes of a gateway.

Source: the node files of OPC PLC (Folder, FolderList, NodeList) and the published nodes of OPC
Publisher (EndpointUrl, OpcNodes), as their documentation describes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from casparian.formats.opcua.marks import node_id
from casparian.formats.opcua.tables import COLUMNS, NODES, SHOWN, text
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.json_stream import Broken, items
from casparian.reading.peek import Peek
from casparian.reading.records import Record, batches

DEEPEST = 50
_KNOWN = {
    "NodeId": "node_id",
    "Id": "node_id",
    "ExpandedNodeId": "node_id",
    "Name": "display_name",
    "DisplayName": "display_name",
    "Description": "description",
    "DataType": "data_type",
    "ValueRank": "value_rank",
    "AccessLevel": "access_level",
    "Value": "value",
}


class NodesFile:
    """A list of nodes to `opc_nodes`."""

    name, version, contract = "opcua_nodes_json", "1.0.0", "opcua"
    tables = (NODES,)
    summary = "OPC UA node lists in JSON: folders of nodes, published nodes"
    stage = 0

    def sniff(self, peek: Peek) -> Sniff:
        """By the lists that hold the nodes."""
        names = {part for path in peek.json_paths for part in path.split(".")}
        found = names & {"NodeList", "FolderList", "OpcNodes"}
        if found and names & {"NodeId", "Id", "ExpandedNodeId"}:
            return Sniff(0.98, f"{' and '.join(sorted(found))} of nodes")
        return NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every node. Raises UnreadableFile for text that is no JSON or stops being it."""
        yield from batches(_records(source), COLUMNS, source.timezone)


def _records(source: Source) -> Iterator[Record | Damage]:
    found = False
    with source.open() as stream:
        for _, value in items(stream, "", "item", lines=True):
            for each in value if isinstance(value, list) else [value]:
                for record in _folder(each, None, 0):
                    found = True
                    yield record
    if not found:
        raise UnreadableFile("The JSON lists no node.")


def _folder(entry: Any, above: str | None, depth: int) -> Iterator[Record | Damage]:
    """A folder, a server, or a list of either."""
    if not isinstance(entry, dict) or depth > DEEPEST:
        shown = entry.text if isinstance(entry, Broken) else text(entry) or ""
        yield Damage(NODES, 0, "damaged_record", shown[:SHOWN], "no folder and no node")
        return
    name = text(entry.get("Folder")) or text(entry.get("EndpointUrl"))
    path = "/".join(part for part in (above, name) if part) or None
    for node in _listed(entry, "NodeList", "OpcNodes"):
        yield _node(node, path) if isinstance(node, dict) else _no_node(node)
    for inner in _listed(entry, "FolderList"):
        yield from _folder(inner, path, depth + 1)


def _listed(entry: Mapping[str, Any], *names: str) -> list[Any]:
    return [each for name in names if isinstance(entry.get(name), list) for each in entry[name]]


def _no_node(what: Any) -> Damage:
    return Damage(NODES, 0, "damaged_record", (text(what) or "")[:SHOWN], "no node")


def _node(entry: Mapping[str, Any], folder: str | None) -> Record:
    raw: dict[str, str | None] = {}
    for member, value in entry.items():
        column = _KNOWN.get(member, member)
        raw[column] = raw.get(column) or (node_id(value) if column == "node_id" else text(value))
    name = raw.get("display_name") or raw.get("node_id")
    fields = {column: raw.get(column) for column in COLUMNS[NODES].fields}
    fields |= {
        "display_name": name,
        "node_class": "Variable",
        "value_text": raw.get("value"),
        "path": "/".join(part for part in (folder, (name or "").replace("/", "_")) if part) or None,
    }
    return Record(NODES, raw | {"Folder": folder}, fields)
