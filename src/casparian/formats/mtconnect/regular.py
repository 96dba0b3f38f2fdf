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

from casparian.formats.mtconnect.plain import one_text
from casparian.formats.mtconnect.start_tags import NAME, NEEDED, Ints, StartTags

Bools = npt.NDArray[np.bool_]

_TO_END = 1 << 30  # Arrow fails on an open end
_CLOSED = re.compile(rf"/({NAME})\s*>\s*", re.ASCII)


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


def _has_controls(column: pa.Array) -> bool:
    """Whether values hold line ends or tabs, which XML reads as spaces in an attribute."""
    text = column.dictionary if pa.types.is_dictionary(column.type) else column
    data = np.frombuffer(text.buffers()[2] or b"", dtype=np.uint8)
    return bool((data < 32).any())


def read_block(block: bytes) -> Block | None:
    """The plain observations of a block that `is_plain` and begins at `<`; None without any."""
    pieces = pc.split_pattern(one_text(block), "<").values
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
    usable = (lengths % 2 == 1) & (lengths > 2 * len(NEEDED))
    if entities:
        usable &= ~_bools(pc.match_substring(pieces, "&"))
    tags = StartTags(parts, len(pieces))
    for length in np.unique(lengths[usable]):
        tags.add(np.flatnonzero(usable & (lengths == length)), offsets, int(length))
    return _close(pieces, tags) if tags.rows.any() else None


def _bools(array: pa.Array) -> Bools:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _close(pieces: pa.StringArray, tags: StartTags) -> _Found | None:
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
