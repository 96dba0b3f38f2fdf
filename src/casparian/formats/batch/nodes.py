"""The open elements of a batch record: where a row belongs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from casparian.formats.batch import columns as c
from casparian.formats.batch.content import Fields
from casparian.formats.batch.names import BATCH, GROUP, level, plain

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
