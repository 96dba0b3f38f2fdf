"""From the XML of a batch record to rows, piece by piece: a record of any size is never whole.

Steps come when they close, for their times may stand behind what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree.ElementTree import Element

from casparian.formats.batch.content import attribute_fields, child_fields
from casparian.formats.batch.names import (
    BATCH,
    ENTRY,
    GROUP,
    MATERIAL,
    PARAMETER,
    STEP,
    plain,
    role,
)
from casparian.formats.batch.nodes import Node
from casparian.formats.batch.pieces import is_simple, pieces
from casparian.formats.batch.rows import (
    batch_record,
    entry_record,
    nested,
    parameter_record,
    step_record,
)
from casparian.formats.batch.waiting import Waiting
from casparian.formats.batch.words import RECIPES
from casparian.reading.base import UnreadableFile
from casparian.reading.records import Record
from casparian.reading.xml_stream import local, text_of


@dataclass
class Reader:
    """The rows of one document."""

    _open: list[Node] = field(default_factory=list)
    _names: Waiting = field(default_factory=Waiting)

    def records(self, stream: BinaryIO) -> Iterator[Record]:
        """Every row. What is open where the XML breaks comes before the error."""
        try:
            for ancestors, element, kind in pieces(stream):
                yield from self._settle(ancestors)
                if kind is not None:
                    self._begin(element, kind, len(ancestors))
                elif self._open:
                    yield from self._whole(element, self._open[-1])
        except UnreadableFile:
            yield from self._end()
            raise
        yield from self._end()

    def _end(self) -> Iterator[Record]:
        yield from self._settle(())
        yield from self._names.settled(None)

    def _begin(self, element: Element, kind: str, above: int) -> None:
        parent = self._open[-1] if self._open else None
        node = Node(element, kind, above, parent)
        if parent is not None:
            parent.children += 1
        if kind == GROUP and (holder := node.holder):
            node.fields = holder.fields  # a header speaks of what it stands in
        attribute_fields(element, node.fields)
        if kind == STEP:
            around = node.outer
            node.depth = around.depth + 1 if around else 1
            if batch := node.batch:
                batch.steps += 1
                node.position = batch.steps
            else:
                node.position = 1
        self._open.append(node)

    def _whole(self, element: Element, node: Node) -> Iterator[Record]:
        node.children += 1
        kind, holder = role(element.tag), node.holder
        if holder is None:
            return
        if kind == ENTRY:
            yield from self._names.out(holder, entry_record(element, holder))
        elif kind == MATERIAL or (kind == PARAMETER and not is_simple(element)):
            yield from self._parameters(element, holder)
        else:
            child_fields(element, holder.fields)

    def _parameters(self, element: Element, holder: Node) -> Iterator[Record]:
        """A parameter and those within it, whose names begin with its own."""
        waiting = [(element, "")]
        while waiting:
            each, prefix = waiting.pop()
            record = parameter_record(each, holder, prefix)
            yield from self._names.out(holder, record)
            name = f"{record.raw['name'] or ''}/"
            waiting.extend((child, name) for child in reversed(each) if nested(child))

    def _settle(self, ancestors: tuple[Element, ...]) -> Iterator[Record]:
        """Close what no longer stands above."""
        while self._open:
            node = self._open[-1]
            if len(ancestors) > node.above and ancestors[node.above] is node.element:
                return
            yield from self._close(node)
            self._open.pop()

    def _close(self, node: Node) -> Iterator[Record]:
        around = node.parent.holder if node.parent else None
        text = text_of(node.element)
        if not node.children and is_simple(node.element):
            if around and text:  # a name that stands for a thing elsewhere: <Phase>Heating</Phase>
                around.fields.add(local(node.element.tag), text)
        elif node.kind == STEP:
            yield from self._names.out(node, step_record(node))
        elif node.kind == BATCH:
            yield from self._batch(node)

    def _batch(self, node: Node) -> Iterator[Record]:
        """A batch, or what a control recipe says of the batch whose record it stands in."""
        around = node.outer.batch if node.outer else None
        own = node.batch_id()
        within = around is not None and around.batch_id() in (None, own)
        if (within or (own and plain(node.element.tag) in RECIPES)) and (
            recipe := node.fields.take("id")
        ):
            node.fields.add("RecipeID", recipe)
        if around is not None and within:
            around.adopted = own
            node.fields.take("batchid")
            around.fields.merge(node.fields)
            return
        if around is None and own is None:
            node.adopted = node.fields.get("id")
        yield from self._names.out(node, batch_record(node), final=around is None, own=own)
