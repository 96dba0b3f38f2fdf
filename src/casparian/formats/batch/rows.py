"""The rows of a batch record: batches, steps, parameters and entries, from their elements."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from casparian.formats.batch import columns as c
from casparian.formats.batch.content import Fields, attribute_fields, child_fields
from casparian.formats.batch.names import STEP, entry_kind, level, plain, snake
from casparian.formats.batch.nodes import Node
from casparian.formats.batch.pieces import is_simple
from casparian.reading.records import Record
from casparian.reading.spc import number
from casparian.reading.xml_stream import local, text_of


def _taken(fields: Fields, table: str) -> dict[str, Any]:
    return c.nothing(table) | fields.take_columns(c.PLACES[table])


def _record(table: str, found: dict[str, Any], fields: Fields) -> Record:
    raw = found | {"extensions": fields.extensions()}
    return Record(table, raw, dict(raw))


def batch_record(node: Node) -> Record:
    """The row of a batch, whose batch_id is set when it is known."""
    node.fields.take(*c.BATCH_ID)
    return _record(c.BATCHES, _taken(node.fields, c.BATCHES), node.fields)


def step_record(node: Node) -> Record:
    """The row of a step of the procedure."""
    around = node.outer
    inner = around is not None and around.kind == STEP
    placed: dict[str, Any] = {
        "path": node.path,
        "element_id": node.identifier,
        "parent_id": around.identifier if around and inner else None,
        "parent_path": around.path if around and inner else None,
        "depth": str(node.depth),
        "position": str(node.position),
    }
    stated = node.fields.take("recipeelementtype", "level", "elementtype")
    if stated is None and plain(node.element.tag).endswith("recipeelement"):
        stated = node.fields.take("type")
    placed["level"] = level(node.element.tag, stated) or "element"
    node.fields.take(*[name for name in c.STEP_ID if name != "name"])
    return _record(c.PHASES, placed | _taken(node.fields, c.PHASES), node.fields)


def _content(element: Element, text_name: str) -> Fields:
    """The fields of a whole element, but for what is a parameter of its own."""
    fields = Fields()
    attribute_fields(element, fields)
    for child in element:
        if not nested(child):
            child_fields(child, fields)
    if text := text_of(element):
        fields.add(text_name, text)
    return fields


def nested(child: Element) -> bool:
    """Whether it is a parameter within a parameter."""
    return len(child) > 0 and plain(child.tag).endswith("parameter")


def parameter_record(element: Element, node: Node, prefix: str = "") -> Record:
    """The row of a parameter, a result or a material of a node."""
    fields = _content(element, "name" if is_simple(element) else "value")
    name = fields.take(*c.PARAMETER_NAME)
    found = _taken(fields, c.PARAMETERS)
    if plain(element.tag) == "setpoint" and found["setpoint_text"] is None:
        found["setpoint_text"], found["value_text"] = found["value_text"], None
    found["name"] = f"{prefix}{name}"[:1000] if name else None
    found["path"], found["element_id"] = node.path, node.identifier if node.kind == STEP else None
    found["occurrence"] = str(node.count("parameter", found["name"] or ""))
    found["kind"] = snake(fields.take("parametertype") or local(element.tag))
    record = _record(c.PARAMETERS, found, fields)
    numbers = {column: _plain(found[text]) for column, text in c.NUMBERS.items()}
    limits = {name: _plain(found[name]) or found[name] for name in ("low_limit", "high_limit")}
    return Record(c.PARAMETERS, record.raw, {**record.fields, **numbers, **limits})


def _plain(text: str | None) -> str | None:
    found = number(text)
    return None if found is None else str(found)


def entry_record(element: Element, node: Node) -> Record:
    """The row of an event, a comment, a signature or another entry of the record."""
    fields = _content(element, "text")
    found = _taken(fields, c.EVENTS)
    kind, batch = entry_kind(element.tag), node.batch or node
    number_ = batch.count("entry")
    found["event_id"] = found["event_id"] or f"#{number_}"
    found |= {"kind": kind, "path": node.path}
    found["occurrence"] = str(batch.count("entry", kind, found["event_id"]))
    return _record(c.EVENTS, found, fields)
