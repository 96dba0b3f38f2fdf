"""NodeSet2 XML: the nodes of an address space with their place in its tree.

Two passes: the first learns each node's name and the references between nodes, the second gives
each node with its path. Parents that lie in another node set end the path; what refers to itself
in a circle gets the path up to where it closes.

Source: OPC UA Part 6, Annex F (UANodeSet).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element

from casparian.formats.opcua.spaces import Spaces
from casparian.formats.opcua.tables import COLUMNS, NODES
from casparian.formats.opcua.tree import Tree
from casparian.formats.opcua.variants import type_name
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.records import Record, batches
from casparian.reading.xml_stream import child, child_text, children, elements, local, text_of

CLASSES = (
    *("UAObject", "UAVariable", "UAMethod", "UAView", "UAObjectType", "UAVariableType"),
    *("UADataType", "UAReferenceType"),
)
# what the schema gives a variable that says nothing of it
_DEFAULTS = {"data_type": "BaseDataType", "value_rank": "-1", "access_level": "1"}
_KEPT = ("SymbolicName", "ArrayDimensions", "Historizing", "IsAbstract", "ReleaseStatus")


class NodeSet:
    """NodeSet2 XML to `opc_nodes`."""

    name, version, contract = "opcua_nodeset", "1.0.0", "opcua"
    tables = (NODES,)
    summary = "OPC UA NodeSet2 XML: nodes with their path in the tree"
    stage = 0

    def sniff(self, peek: Peek) -> Sniff:
        """Certain by the root element."""
        if peek.root and peek.root.name in ("UANodeSet", "UANodeSetChanges"):
            return Sniff(1.0, f"the root element is {peek.root.name}")
        return NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every node. Raises UnreadableFile for what is no XML or ends early."""
        yield from batches(_records(source), COLUMNS, source.timezone)


def _records(source: Source) -> Iterator[Record | Note]:
    spaces, tree = Spaces(), Tree()
    try:
        with source.open() as stream:
            for node in _nodes(stream, spaces):
                _plant(tree, node, spaces)
    except UnreadableFile:
        pass  # the second pass says so, after the nodes before the damage
    with source.open() as stream:
        for node in _nodes(stream, Spaces()):
            yield _record(tree, node, spaces)
    if not tree.count:
        yield Note("The node set holds no nodes.")
    if tree.circles:
        yield Note("Some nodes lead back to themselves in a circle of references.")


def _nodes(stream: BinaryIO, spaces: Spaces) -> Iterator[Element]:
    for _, element in elements(stream, (*CLASSES, "NamespaceUris", "Aliases")):
        if local(element.tag) in CLASSES:
            yield element
        else:
            spaces.learn(element)


def _plant(tree: Tree, node: Element, spaces: Spaces) -> None:
    """The node and its hierarchical references, whichever end states them."""
    own = spaces.short(node.get("NodeId"))
    if own is None:
        return
    tree.add(own, _name(node), spaces.short(node.get("ParentNodeId")))
    for each in _references(node):
        kind, other = each.get("ReferenceType"), spaces.short(text_of(each))
        if other is None or not spaces.leads_down(kind):
            continue
        parent, below = (own, other) if _is_forward(each) else (other, own)
        tree.link(parent, below, spaces.reference(kind))
        if local(node.tag) == "UAReferenceType" and spaces.leads_down(parent):
            spaces.hierarchical[below] = _name(node)


def _is_forward(reference: Element) -> bool:
    return reference.get("IsForward", "true").strip().lower() not in ("false", "0")


def _references(node: Element) -> list[Element]:
    held = child(node, "References")
    return children(held, "Reference") if held is not None else []


def _name(node: Element) -> str:
    """The name in a path: without the index of its namespace."""
    browse = (node.get("BrowseName") or "").strip()
    before, colon, after = browse.partition(":")
    if colon and before.isdecimal():
        browse = after
    return browse or child_text(node, "DisplayName") or node.get("NodeId") or ""


def _record(tree: Tree, node: Element, spaces: Spaces) -> Record:
    own = spaces.short(node.get("NodeId"))
    parent, kind = tree.parent(own) if own else (None, None)
    references = [
        (spaces.reference(each.get("ReferenceType")), spaces.full(text_of(each)), _is_forward(each))
        for each in _references(node)
    ]
    types = (to for type_, to, forward in references if type_ == "HasTypeDefinition" and forward)
    written = (node.get("DataType") or "").strip() or None
    raw = {
        "node_id": node.get("NodeId"),
        "browse_name": node.get("BrowseName"),
        "display_name": child_text(node, "DisplayName"),
        "node_class": local(node.tag).removeprefix("UA"),
        "data_type": written,
        "parent_node_id": node.get("ParentNodeId"),
        "description": child_text(node, "Description"),
        "value_rank": node.get("ValueRank"),
        "access_level": node.get("AccessLevel"),
        "references": json.dumps(references, ensure_ascii=False) if references else None,
        **{name: node.get(name) for name in _KEPT},
    }
    meant = raw | _unsaid(node, raw)
    data_type = meant["data_type"]
    alias = data_type is not None and data_type in spaces.aliases
    fields = {
        **meant,
        "node_id": spaces.full(own),
        "namespace_uri": spaces.uri(own),
        "display_name": raw["display_name"] or _name(node) or None,
        "data_type": data_type if alias else type_name(spaces.full(data_type)),
        "parent_node_id": spaces.full(parent),
        "reference_type": kind,
        "type_definition": next(types, None),
        "path": tree.path(own) if own else None,
        "value_text": _value(node),
    }
    return Record(NODES, raw | {"value": fields["value_text"]}, fields)


def _unsaid(node: Element, raw: dict[str, str | None]) -> dict[str, str | None]:
    kind = local(node.tag)
    if kind not in ("UAVariable", "UAVariableType"):
        return {}
    names = _DEFAULTS if kind == "UAVariable" else ("data_type", "value_rank")
    return {name: _DEFAULTS[name] for name in names if raw[name] is None}


def _value(node: Element) -> str | None:
    """The scalar in the element Value; None for arrays and structures."""
    held = child(node, "Value")
    first = held[0] if held is not None and len(held) == 1 else None
    return text_of(first) if first is not None and not len(first) else None
