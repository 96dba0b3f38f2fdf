"""Start tags of observations that are written plainly, read a column at a time.

Source: XML 1.0 section 3.1 (start tags).
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]

NEEDED = {"dataItemId", "sequence", "timestamp"}  # what tells an observation from other elements
UNIQUE = {"sequence", "timestamp"}  # attributes that hardly repeat: kept plain, the others coded
_MOST_SHAPES = 4096  # ways to write an observation; more in one block is not plain
NAME = r"[^\W\d][\w.-]*(?::[^\W\d][\w.-]*)?"
_FIRST = re.compile(rf"({NAME})\s+({NAME})\s*=\s*", re.ASCII)
_NEXT = re.compile(rf"\s+({NAME})\s*=\s*", re.ASCII)


class StartTags:
    """Start tags that are plain: element name and the part that holds each attribute, a piece."""

    def __init__(self, parts: pa.StringArray, pieces: int):
        self.parts, self.pieces = parts, pieces
        self.names: dict[str, int] = {}
        self.element = np.full(pieces, -1, dtype=np.int64)
        self.rows = np.zeros(pieces, dtype=np.bool_)
        self.attributes: dict[str, Ints] = {}
        self.last = np.zeros(pieces, dtype=np.int64)

    def add(self, rows: Ints, offsets: Ints, length: int) -> None:
        """Pieces of `length` parts: syntax and values by turns, the text last."""
        starts = offsets[rows]
        shape, syntaxes = self._shapes(starts, length)
        known = [_attributes(syntax) for syntax in syntaxes]
        ids = np.array([self._name(s) if s else -1 for s in known], dtype=np.int64)[shape]
        plain = ids >= 0
        self.element[rows[plain]] = ids[plain]
        self.rows[rows[plain]] = True
        self.last[rows] = starts + length - 1
        for name in {name for tag in known if tag for name in tag[1:]}:
            places = np.array(
                [tag.index(name, 1) * 2 - 1 if tag and name in tag[1:] else -1 for tag in known]
            )
            self._place(name, rows, starts, places[shape])

    def _shapes(self, starts: Ints, length: int) -> tuple[Ints, list[tuple[str, ...]]]:
        """The number of each tag's way of writing, and the ways: the parts that are syntax."""
        shape = np.zeros(len(starts), dtype=np.int64)
        ways: list[tuple[str, ...]] = [()]
        for part in range(0, length - 1, 2):
            coded = self.parts.take(pa.array(starts + part)).dictionary_encode()
            words = coded.dictionary.to_pylist()
            if len(words) * len(ways) > _MOST_SHAPES**2:
                return np.zeros(len(starts), dtype=np.int64), [()]
            mixed = shape * len(words) + coded.indices.to_numpy()
            used, shape = _renumber(mixed, len(ways) * len(words))
            ways = [(*ways[i // len(words)], words[i % len(words)]) for i in used]
        return shape, ways

    def _name(self, tag: tuple[str, ...]) -> int:
        return self.names.setdefault(tag[0], len(self.names))

    def _place(self, name: str, rows: Ints, starts: Ints, places: Ints) -> None:
        column = self.attributes.setdefault(name, np.full(self.pieces, -1, dtype=np.int64))
        column[rows] = np.where(places < 0, -1, starts + places)

    def column(self, name: str, rows: Ints) -> pa.Array:
        places = self.attributes[name][rows]
        text = self.parts.take(pa.array(places, mask=places < 0))
        return text if name in UNIQUE else text.dictionary_encode()


def _renumber(values: Ints, size: int) -> tuple[list[int], Ints]:
    """Distinct values and each value's place among them."""
    if size > 1 << 16:
        used, places = np.unique(values, return_inverse=True)
        return used.tolist(), places
    used = np.flatnonzero(np.bincount(values, minlength=size))
    places = np.zeros(size, dtype=np.int64)
    places[used] = np.arange(len(used))
    return used.tolist(), places[values]


def _attributes(syntax: tuple[str, ...]) -> tuple[str, ...] | None:
    """(element, attribute, attribute, …) of a start tag, None where it is no plain observation."""
    first = _FIRST.fullmatch(syntax[0]) if syntax else None
    others = [_NEXT.fullmatch(part) for part in syntax[1:]]
    if first is None or not all(others):
        return None
    names = [first[2], *(other[1] for other in others if other)]
    return (first[1], *names) if len(set(names)) == len(names) and set(names) >= NEEDED else None
