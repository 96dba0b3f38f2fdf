"""The open elements of a batch record, and the rows they become."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from casparian.formats.batch import columns as c
from casparian.formats.batch.content import Fields, attribute_fields, child_fields
from casparian.formats.batch.names import BATCH, GROUP, STEP, entry_kind, level, plain, snake
from casparian.formats.records import Record
from casparian.formats.spc import number
from casparian.formats.xml_stream import local, text_of

LONGEST_NAME = 200  # characters of an identifier in a path
MOST_NAMES = 100_000  # names whose repetitions are counted one by one
_OWN_ID = frozenset(["batchproductionrecord", "executedcontrolrecipe", "controlrecipe"])


@dataclass
class Node:
    """One element that is open: a batch, a step of its procedure, or a list of things.

    above: how many elements stand above it. holder: the nearest batch or step, itself for one.
    """

    element: Element
    kind: str
    above: int
    parent: Node | None
    fields: Fields = field(default_factory=Fields)
    children: int = 0
    depth: int = 0
    position: int = 0
    steps: int = 0  # of a batch
    adopted: str | None = None  # of a batch: its identifier, told by one inside
    _path: str | None = None
    _names: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def holder(self) -> Node | None:
        """The nearest batch or step, the node itself among them."""
        node: Node | None = self
        while node is not None and node.kind == GROUP:
            node = node.parent
        return node

    @property
    def outer(self) -> Node | None:
        """The batch or step around a batch or step."""
        return self.parent.holder if self.parent else None

    @property
    def batch(self) -> Node | None:
        """The batch it belongs to, itself for a batch."""
        node = self.holder
        while node is not None and node.kind != BATCH:
            node = node.outer
        return node

    @property
    def identifier(self) -> str | None:
        return self.fields.get(*c.STEP_ID)

    def batch_id(self) -> str | None:
        """The batch's own identifier, what one inside said, or that of the batch around it."""
        own = self.fields.get(*c.BATCH_ID) or self.adopted
        if own is None and plain(self.element.tag) not in _OWN_ID:
            own = self.fields.get("id", "name", "lotid", "lot")
        if own is None and self.outer and (around := self.outer.batch):
            return around.batch_id()
        return own

    @property
    def path(self) -> str:
        """Place in the batch; fixed as soon as something inside asks for it."""
        if self.kind == BATCH:
            return "/"
        if self._path is None:
            around = self.outer
            before = "" if around is None or around.kind == BATCH else f"{around.path}/"
            mine = self._short(around)
            times = around.count("step", mine) if around else 1
            self._path = before + mine + (f"#{times}" if times > 1 else "")
        return self._path

    def _short(self, around: Node | None) -> str:
        """The identifier without that of its parent, which some systems put in front."""
        own = self.identifier or level(self.element.tag, None)
        if around is not None:
            above = around.batch_id() if around.kind == BATCH else around.identifier
            rest = own.removeprefix(above or "").lstrip("|/.:\\")
            own = rest if above and own.startswith(above) and rest else own
        return own[:LONGEST_NAME]

    def count(self, *name: str) -> int:
        """Which one of that name it is; beyond MOST_NAMES names all are counted as one."""
        if name not in self._names and len(self._names) >= MOST_NAMES:
            name = ()
        self._names[name] += 1
        return self._names[name]


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


def is_simple(element: Element) -> bool:
    """Text and nothing else."""
    return not len(element) and not element.attrib
