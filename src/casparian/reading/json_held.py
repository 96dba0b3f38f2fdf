"""Values in JSON with what stands around them, whatever the size and the order of members.

An answer holds objects with a list of values and members that say whose they are: a stream with
its name, a node with its id. Small objects come whole. Of a large one the values come one by one,
each with the members of all objects around it; where these stand behind the values, the file is
passed through once more, for the members alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from casparian.reading.errors import UnreadableFile
from casparian.reading.json_stream import PARTS, items


@dataclass(frozen=True)
class Member:
    """A member of a large object, as it is met."""

    name: str
    value: Any


@dataclass(frozen=True)
class Shape:
    """Where things are: paths as in `json_stream.items`.

    holders: objects that may hold values. members: names of what stands beside the values.
    leaves: the values within a holder, as `Items.item`.
    """

    holders: tuple[str, ...]
    members: tuple[str, ...]
    leaves: tuple[str, ...]

    @property
    def member_paths(self) -> frozenset[str]:
        return frozenset(_under(holder, name) for holder in self.holders for name in self.members)

    @property
    def leaf_paths(self) -> frozenset[str]:
        paths = {_under(holder, leaf) for holder in self.holders for leaf in self.leaves}
        return frozenset(paths - set(self.holders))


def _under(holder: str, name: str) -> str:
    return f"{holder}.{name}" if holder else name


@dataclass
class _Holder:
    path: str
    members: dict[str, Any] = field(default_factory=dict)
    used: bool = False  # a value came from it

    def around(self, path: str) -> bool:
        return not self.path or path.startswith(self.path + ".")


def held(
    open_: Callable[[], BinaryIO],
    shape: Shape,
    known: Callable[[Mapping[str, Any]], bool],
) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """(value, members around it): small holders and the values of large ones, Member and Broken.

    Lists come element by element.

    known: whether the members say whose a value is; where they do not, what comes after is asked.
    Raises UnreadableFile as `items` does, OSError as it comes.
    """
    with open_() as stream:
        yield from _Pass(open_, shape, known).values(stream)


class _Pass:
    def __init__(
        self,
        open_: Callable[[], BinaryIO],
        shape: Shape,
        known: Callable[[Mapping[str, Any]], bool],
    ):
        self.open, self.shape, self.known = open_, shape, known
        self.member_paths, self.leaves = shape.member_paths, shape.leaf_paths
        self.holders: list[_Holder] = []  # open ones, the outer first
        self.opened = 0
        self.later: list[_Holder] | None = None
        self.context: dict[str, dict[str, Any]] = {}  # by path of the value
        self.unknown: dict[str, bool] = {}

    def values(self, stream: BinaryIO) -> Iterator[tuple[Any, Mapping[str, Any]]]:
        wanted = self.member_paths | self.leaves
        for path, value in items(stream, *wanted, large=self.shape.holders, lines=True):
            if value is PARTS:
                self._open(path)
            elif path in self.member_paths:
                holder, _, name = path.rpartition(".")
                self._learn(holder, name, value)
                yield Member(name, value), {}
            else:
                for each in value if isinstance(value, list) else (value,):
                    yield each, self._around(path, each)
        if any(not holder.used for holder in self.holders):
            raise UnreadableFile("A large JSON object holds no values where they are known to be.")

    def _open(self, path: str) -> None:
        for each in self.holders:
            each.used |= each.around(path)
        self.holders = [each for each in self.holders if each.around(path) or not each.used]
        self.holders.append(_Holder(path))
        self.opened += 1
        self.context.clear()

    def _learn(self, path: str, name: str, value: Any) -> None:
        for holder in self.holders:
            if holder.path == path:
                holder.members[name] = value
        self.context.clear()

    def _around(self, path: str, value: Any) -> dict[str, Any]:
        """The members around a value; asked of what comes later if nothing yet says whose it is."""
        found = self.context.get(path)
        if found is None:
            around = [each for each in self.holders if each.around(path)]
            for each in around:
                each.used = True
            found = self.context[path] = _merged(around)
            self.unknown[path] = bool(around) and not self.known(found)
        if self.unknown[path] and not (isinstance(value, dict) and self.known(value)):
            around = [each for each in self.holders if each.around(path)]
            found = self.context[path] = self._asked_later(around) | found
            self.unknown[path] = False
        return found

    def _asked_later(self, around: Collection[_Holder]) -> dict[str, Any]:
        """What the members say that stand after the values."""
        if self.later is None:
            with self.open() as stream:
                self.later = _members(stream, self.shape, self.member_paths)
        before = self.later[: self.opened]
        paths = {holder.path for holder in around}
        last = {holder.path: holder for holder in before if holder.path in paths}
        return _merged(last.values())


def _members(stream: BinaryIO, shape: Shape, member_paths: Collection[str]) -> list[_Holder]:
    """Every large holder of the file with its members, in the order in which they open."""
    found: list[_Holder] = []
    for path, value in items(stream, *member_paths, large=shape.holders, lines=True):
        if value is PARTS:
            found.append(_Holder(path))
        elif path in member_paths:
            holder, _, name = path.rpartition(".")
            owner = next((each for each in reversed(found) if each.path == holder), None)
            if owner is not None:
                owner.members[name] = value
    return found


def _merged(holders: Collection[_Holder]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for holder in sorted(holders, key=lambda each: len(each.path)):
        found |= holder.members
    return found
