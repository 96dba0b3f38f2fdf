"""What a file says of its parts, characteristics, groups and catalogues before it gives values."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from casparian.formats.aqdef.lines import Field
from casparian.reading.base import UnreadableFile

LARGEST = 128 << 20  # bytes of memory: larger ones are no description
MOST_DECLARED = 100_000  # characteristics that K0100 may announce without describing them
MOST_PLACED = 200_000  # values that fields elsewhere in the file may name
MEASURED = ("K0001", "K0002", "K0020", "K0021")  # one of them makes fields a value
LONGEST_TEXT = 1024  # characters; the standard's longest field has 1023
DEEPEST = 30  # levels of groups
Fields = Mapping[str, str]


@dataclass
class Description:
    """K-fields by level and index; index 0 holds what goes for all.

    part_of: characteristic → part: the part whose fields stand before it (the index of
    characteristics runs on through the file).
    """

    parts: dict[int, dict[str, str]] = field(default_factory=dict)
    characteristics: dict[int, dict[str, str]] = field(default_factory=dict)
    groups: dict[int, dict[str, str]] = field(default_factory=dict)
    catalogue: dict[tuple[str, int], str] = field(default_factory=dict)
    part_of: dict[int, int] = field(default_factory=dict)
    nodes: dict[int, tuple[str, int]] = field(default_factory=dict)
    node_above_node: dict[int, int] = field(default_factory=dict)
    node_above: dict[int, int] = field(default_factory=dict)
    placed: dict[tuple[int, int], dict[str, str]] = field(default_factory=dict)
    declared: int = 0
    began: bool = False  # anything but K0100 was seen
    cut: bool = False  # a text over LONGEST_TEXT was
    _part: int = 1
    _bytes: int = 0

    @property
    def empty(self) -> bool:
        """Nothing of part or characteristic is described: the values of a .dfd/.dfx pair."""
        return not self.parts and not self.characteristics

    def take(self, line: Field) -> None:
        """Add one field; of value fields (K0xxx) only those that name their value are kept.

        Raises UnreadableFile for too many.
        """
        level, text = line.key[1], line.text[:LONGEST_TEXT]
        if line.key == "K0100":
            self.declared = min(_whole(text), MOST_DECLARED)
        if level == "0":
            named = line.place is not None and line.key not in MEASURED
            if named and len(self.placed) < MOST_PLACED:
                self.placed.setdefault((line.index, line.place or 0), {})[line.key] = text
            return
        self._weigh(line, text)
        if level in "13":
            self._part = (line.index if level == "1" else 0) or self._part
            self.parts.setdefault(line.index, {})[line.key] = text
        elif level in "28":
            self.characteristics.setdefault(line.index, {})[line.key] = text
            self.part_of.setdefault(line.index, self._part)
        elif level == "4":
            self.catalogue[line.key, line.index] = text
        elif level == "5":
            self._group(line, text)

    def _weigh(self, line: Field, text: str) -> None:
        self.cut |= len(line.text) > LONGEST_TEXT
        fresh = line.key[1] in "28" and line.index not in self.characteristics
        self._bytes += 2 * len(text) + 150 + 1500 * fresh
        if self._bytes > LARGEST:
            raise UnreadableFile(f"The description is larger than {LARGEST >> 20} MiB.")

    def _group(self, line: Field, text: str) -> None:
        number = _whole(text)
        if line.key in ("K5111", "K5112", "K5113"):
            self.nodes[line.index] = (line.key, number)
        elif line.key == "K5102":
            self.node_above[number] = line.index
        elif line.key == "K5103":
            self.node_above_node[number] = line.index
        else:
            self.groups.setdefault(line.index, {})[line.key] = text

    @property
    def indices(self) -> list[int]:
        """Every characteristic that is described, ascending."""
        return sorted(self.characteristics.keys() - {0})

    @property
    def last(self) -> int:
        """The last characteristic that is described or announced."""
        return max(self.declared, *self.characteristics, 0)

    def part(self, index: int) -> Fields:
        """The fields of a part, those for all parts among them."""
        return ChainMap(self.parts.get(index, {}), self.parts.get(0, {}))

    def characteristic(self, index: int) -> Fields:
        """The fields of a characteristic, those for all among them."""
        return ChainMap(self.characteristics.get(index, {}), self.characteristics.get(0, {}))

    def path(self, index: int) -> list[str]:
        """Names of the groups and characteristics above a characteristic, outermost first."""
        return list(self._simple(index)) or [*self._above(index)][::-1]

    def _above(self, index: int) -> Iterator[str]:
        node = self.node_above.get(index) or self.node_above_node.get(self._node_of.get(index, 0))
        for _ in range(DEEPEST):
            kind, number = self.nodes.get(node or 0, ("K5111", 0))
            if kind == "K5111":
                return
            if kind == "K5113":
                group = self.groups.get(number, {})
                yield group.get("K5002") or group.get("K5001") or f"group {number}"
            elif number != index:
                yield name(self.characteristic(number), number)
            node = self.node_above_node.get(node or 0)

    def _simple(self, index: int) -> Iterator[str]:
        """The older grouping: K2031 of an element is K2030 of its head."""
        head = self._heads.get(self.characteristic(index).get("K2031") or "0")
        if head and head != index:
            yield name(self.characteristic(head), head)

    @cached_property
    def _heads(self) -> dict[str, int]:
        every = self.characteristics.items()
        found = {fields.get("K2030", "0"): index for index, fields in every}
        return {number: index for number, index in found.items() if number.strip("0")}

    @cached_property
    def _node_of(self) -> dict[int, int]:
        every = self.nodes.items()
        return {number: node for node, (kind, number) in every if kind == "K5112"}


def name(characteristic: Fields, index: int) -> str:
    """Description, abbreviation or number of a characteristic, else its place in the file."""
    texts = (characteristic.get(key) for key in ("K2002", "K2003", "K2001"))
    return next(filter(None, texts), str(index))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
