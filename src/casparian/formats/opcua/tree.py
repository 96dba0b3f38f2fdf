"""The tree that hierarchical references make of nodes: one parent a node, a path from the root."""

from __future__ import annotations

from array import array

DEEPEST = 100  # levels of a path
REMEMBERED = 50_000  # paths of parents at hand

# Nodes of the standard's own namespace that other node sets hang on (Part 5, Annex A of Part 6).
_TYPES = "Root/Types"
_OBJECT, _VARIABLE = f"{_TYPES}/ObjectTypes/BaseObjectType", f"{_TYPES}/VariableTypes"
_DATA, _REFERENCE = f"{_TYPES}/DataTypes/BaseDataType", f"{_TYPES}/ReferenceTypes/References"
KNOWN = {
    "i=84": "Root",
    "i=85": "Root/Objects",
    "i=86": _TYPES,
    "i=87": "Root/Views",
    "i=88": f"{_TYPES}/ObjectTypes",
    "i=89": _VARIABLE,
    "i=90": f"{_TYPES}/DataTypes",
    "i=91": f"{_TYPES}/ReferenceTypes",
    "i=58": _OBJECT,
    "i=61": f"{_OBJECT}/FolderType",
    "i=2041": f"{_OBJECT}/BaseEventType",
    "i=17602": f"{_OBJECT}/BaseInterfaceType",
    "i=62": f"{_VARIABLE}/BaseVariableType",
    "i=63": f"{_VARIABLE}/BaseVariableType/BaseDataVariableType",
    "i=24": _DATA,
    "i=22": f"{_DATA}/Structure",
    "i=29": f"{_DATA}/Enumeration",
    "i=92": f"{_TYPES}/DataTypes/XML Schema",
    "i=93": f"{_TYPES}/DataTypes/OPC Binary",
    "i=31": _REFERENCE,
    "i=33": f"{_REFERENCE}/HierarchicalReferences",
    "i=32": f"{_REFERENCE}/NonHierarchicalReferences",
    "i=2253": "Root/Objects/Server",
    "i=11715": "Root/Objects/Server/Namespaces",
}


class Tree:
    """Nodes by id. Of several parents the one that the node itself states counts, then the first.

    circles: how often a path led back to itself.
    """

    def __init__(self) -> None:
        self._place: dict[str, int] = {}
        self._ids: list[str] = []
        self._names: list[str | None] = []
        self._parents, self._kinds = array("i"), array("h")
        self._types: dict[str, int] = {}
        self._paths: dict[int, str] = {}
        self._words: dict[str, str] = {}  # equal names are one
        self.circles = self.count = 0

    def _of(self, node: str) -> int:
        place = self._place.setdefault(node, len(self._ids))
        if place == len(self._ids):
            self._ids.append(node)
            self._names.append(None)
            self._parents.append(-1)
            self._kinds.append(-1)
        return place

    def add(self, node: str, name: str, parent: str | None) -> None:
        """A node, with the parent in its own attribute ParentNodeId."""
        self.count += 1
        place = self._of(node)
        self._names[place] = self._words.setdefault(name, name)
        above = self._of(parent) if parent and parent != node else -1
        if above >= 0 and self._parents[place] != above:
            self._parents[place], self._kinds[place] = above, -1

    def link(self, parent: str, node: str, kind: str) -> None:
        """A hierarchical reference from parent to node, of that type."""
        above, place = self._of(parent), self._of(node)
        if self._parents[place] < 0 and above != place:
            self._parents[place] = above
        if self._parents[place] == above and self._kinds[place] < 0:
            self._kinds[place] = self._types.setdefault(kind, len(self._types))

    def parent(self, node: str) -> tuple[str | None, str | None]:
        """The parent and the type of the reference from it; None where there is none."""
        place = self._of(node)
        above, kind = self._parents[place], self._kinds[place]
        named = list(self._types)[kind] if kind >= 0 else None
        return (self._ids[above] if above >= 0 else None), named

    def path(self, node: str) -> str:
        """Names from the root to the node, with `/`; from the topmost node whose name is known."""
        chain: list[int] = []
        at = self._of(node)
        while at >= 0 and at not in self._paths and self._ids[at] not in KNOWN:
            if at in chain or len(chain) > DEEPEST:
                self.circles += at in chain
                at = -1
                break
            chain.append(at)
            at = self._parents[at]
        path = "" if at < 0 else self._paths.get(at) or KNOWN.get(self._ids[at], "")
        return self._named(chain, path)

    def _named(self, chain: list[int], path: str) -> str:
        if len(self._paths) > REMEMBERED:
            self._paths.clear()
        for place in reversed(chain):
            name = (self._names[place] or self._ids[place]).replace("/", "_")
            path = f"{path}/{name}" if path else name
            if place != chain[0]:  # of parents alone: they are asked again
                self._paths[place] = path
        return path
