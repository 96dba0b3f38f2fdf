"""Plain observations of a block of XML, read a column at a time by Arrow instead of one by one.

Nearly every observation of a Streams document is written `<Name a="1" b="2">text</Name>`. Those
are found by splitting the block at `<` and at quotes, and are accepted only where every character
of them is accounted for; anything else (entities, comments, children, other quotes) stays in
`Block.rest` for the XML parser. So this road is faster, and never different.

Source: XML 1.0 section 2.4 and 3.1 (character data, tags), 2.11 and 3.3.3 (line ends, attributes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_NEEDED = {"dataItemId", "sequence", "timestamp"}  # what tells an observation from other elements
UNIQUE = {"sequence", "timestamp"}  # attributes that hardly repeat: kept plain, the others coded
_TO_END = 1 << 30  # Arrow fails on an open end
_MOST_SHAPES = 4096  # ways to write an observation; more in one block is not plain
_WHOLE = re.compile(rb"<(?:!--[^<]*?-->|!\[CDATA\[[^<]*?\]\]>|\?[^<]*?\?>)")
_NAME = r"[^\W\d][\w.-]*(?::[^\W\d][\w.-]*)?"
_FIRST = re.compile(rf"({_NAME})\s+({_NAME})\s*=\s*", re.ASCII)
_NEXT = re.compile(rf"\s+({_NAME})\s*=\s*", re.ASCII)
_CLOSED = re.compile(rf"/({_NAME})\s*>\s*", re.ASCII)


@dataclass(frozen=True)
class Run:
    """A stretch of a block: `rows` plain observations, or (0) bytes for the XML parser."""

    start: int
    stop: int
    rows: int


@dataclass(frozen=True)
class Block:
    """The plain observations of a block, as columns in document order, and how it divides.

    element: names as written, coded; attributes: a column each, null where an observation has
    none, dictionary-coded but for UNIQUE.
    """

    runs: list[Run]
    element: pa.Array
    attributes: dict[str, pa.Array]
    text: pa.Array


def is_plain(block: bytes) -> bool:
    """Whether splitting at `<` cannot mislead: whole, simple comments and only legal characters."""
    if _marks(block) or not _is_utf8(block):
        return False
    data = np.frombuffer(block, dtype=np.uint8)
    controls = np.count_nonzero(data < 32)
    return bool(controls == np.count_nonzero(data == 10) + np.count_nonzero(data == 9))


def _marks(block: bytes) -> bool:
    """Whether the block holds the like of a comment or CDATA section that is not whole."""
    if (b"]" in block and b"]]>" in block) or (b"\xef" in block and b"\xef\xbf" in block):
        return True
    if b"!" not in block and b"?" not in block:
        return False
    return block.count(b"<!") + block.count(b"<?") != len(_WHOLE.findall(block))


def _is_utf8(block: bytes) -> bool:
    try:
        _text(block).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _text(block: bytes) -> pa.StringArray:
    """The block as one Arrow string, without a copy."""
    ends = pa.py_buffer(np.array([0, len(block)], dtype=np.int32))
    return pa.StringArray.from_buffers(1, ends, pa.py_buffer(block))


def _has_controls(column: pa.Array) -> bool:
    """Whether values hold line ends or tabs, which XML reads as spaces in an attribute."""
    text = column.dictionary if pa.types.is_dictionary(column.type) else column
    data = np.frombuffer(text.buffers()[2] or b"", dtype=np.uint8)
    return bool((data < 32).any())


def read_block(block: bytes) -> Block | None:
    """The plain observations of a block that `is_plain` and begins at `<`; None without any."""
    pieces = pc.split_pattern(_text(block), "<").values
    found = _find(pieces, b"&" in block)
    if found is None or any(map(_has_controls, found.attributes.values())):
        return None
    begins = np.maximum(_offsets(pieces)[:-1] + np.arange(len(pieces)) - 1, 0)
    runs = _runs(found.pieces, np.append(begins, len(block)), found.rows)
    return Block(runs, found.element, found.attributes, found.text)


@dataclass(frozen=True)
class _Found:
    pieces: Bools  # which pieces belong to a plain observation
    rows: Bools  # which pieces begin one
    element: pa.Array
    attributes: dict[str, pa.Array]
    text: pa.Array


def _offsets(array: pa.StringArray) -> Ints:
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int32)
    return offsets[array.offset : array.offset + len(array) + 1].astype(np.int64)


def _find(pieces: pa.StringArray, entities: bool) -> _Found | None:
    """Pieces are the text between one `<` and the next: a tag and what follows it."""
    split = pc.split_pattern(pieces, '"')
    parts, offsets = split.values, split.offsets.to_numpy().astype(np.int64)
    lengths = np.diff(offsets)
    usable = (lengths % 2 == 1) & (lengths > 2 * len(_NEEDED))
    if entities:
        usable &= ~_bools(pc.match_substring(pieces, "&"))
    tags = _Tags(parts, len(pieces))
    for length in np.unique(lengths[usable]):
        tags.add(np.flatnonzero(usable & (lengths == length)), offsets, int(length))
    return _close(pieces, tags) if tags.rows.any() else None


def _bools(array: pa.Array) -> Bools:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.bool_)


class _Tags:
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
    return (first[1], *names) if len(set(names)) == len(names) and set(names) >= _NEEDED else None


def _close(pieces: pa.StringArray, tags: _Tags) -> _Found | None:
    """Keep the start tags that close themselves, or whose end tag follows and matches."""
    rows = np.flatnonzero(tags.rows)
    last = tags.parts.take(pa.array(tags.last[rows]))
    opens = _bools(pc.starts_with(last, ">"))
    alone = _bools(pc.match_substring_regex(last, r"^/>\s*$")) if not opens.all() else ~opens
    following = np.minimum(rows + 1, len(pieces) - 1)
    ends = _end_names(pieces.take(pa.array(following)), tags.names)
    closed = opens & (rows + 1 < len(pieces)) & (ends == tags.element[rows])
    good = closed | alone
    if not good.any():
        return None
    kept = rows[good]
    belongs = np.zeros(len(pieces), dtype=np.bool_)
    belongs[kept] = True
    belongs[rows[closed] + 1] = True
    begins = np.zeros(len(pieces), dtype=np.bool_)
    begins[kept] = True
    text = _after_bracket(last.filter(pa.array(good)), alone[good])
    names = pa.array(list(tags.names))
    element = pa.DictionaryArray.from_arrays(tags.element[kept].astype(np.int32), names)
    columns = {name: tags.column(name, kept) for name in tags.attributes}
    return _Found(belongs, begins, element, columns, text)


def _end_names(pieces: pa.StringArray, names: dict[str, int]) -> Ints:
    """The number of the element that each piece closes, -2 where it closes none of `names`."""
    coded = pieces.dictionary_encode()
    found = (_CLOSED.fullmatch(piece) for piece in coded.dictionary.to_pylist())
    numbers = [names.get(end[1], -2) if end else -2 for end in found]
    return _look_up(numbers, coded.indices)


def _look_up(values: list[int], indices: pa.Array) -> Ints:
    found: Ints = np.array(values, dtype=np.int64)[indices.to_numpy()]
    return found


def _after_bracket(last: pa.StringArray, alone: Bools) -> pa.Array:
    """The text after `>`; empty for a tag that closes itself."""
    text = pc.binary_slice(last.view(pa.binary()), 1, _TO_END).view(pa.string())
    return pc.if_else(pa.array(alone), "", text) if alone.any() else text


def _runs(belongs: Bools, begins: Ints, rows: Bools) -> list[Run]:
    """Stretches of pieces that belong to plain observations, and of those that do not."""
    edges = np.flatnonzero(np.diff(belongs)) + 1
    cuts = [0, *edges.tolist(), len(belongs)]
    counts = np.concatenate([[0], np.cumsum(rows)])
    return [
        Run(int(begins[a]), int(begins[b]), int(counts[b] - counts[a]))
        for a, b in pairwise(cuts)
        if begins[b] > begins[a]
    ]
