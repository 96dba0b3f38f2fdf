"""All observations of a Streams document, as columns in document order, in bounded memory.

`read_observations` is the only way in: a compiled reader can take its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from casparian.formats.mtconnect.regular import UNIQUE, Block, is_plain, read_block
from casparian.formats.mtconnect.skeleton import (
    LONGEST,
    BrokenXmlError,
    Child,
    Loose,
    Place,
    Skeleton,
    children_json,
    local,
)
from casparian.reading.base import UnreadableFile

BLOCK_BYTES = 1 << 20
SMALL = 1 << 16
TEXT = pa.string()
CODED = pa.dictionary(pa.int32(), pa.string())


def type_of(attribute: str) -> pa.DataType:
    """Arrow type of an attribute's column."""
    return TEXT if attribute in UNIQUE else CODED


@dataclass(frozen=True)
class Observations:
    """Consecutive observations. All arrays have one element an observation.

    number: int64, running number in the document from 1.
    places, place: where each stands, as a list and each one's index in it.
    element: local name of the XML element, coded. text: its own text, "" where it has none.
    attributes: by name as written, of `type_of`; a name that no observation here has is absent.
    entries: children (DataSet, Table) as a JSON object, null where there are none.
    children: the same as a JSON list of [element, attributes, text], nothing left out.
    """

    number: npt.NDArray[np.int64]
    places: list[Place]
    place: npt.NDArray[np.int64]
    element: pa.Array
    text: pa.Array
    attributes: dict[str, pa.Array]
    entries: pa.Array | None = None
    children: pa.Array | None = None

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: npt.NDArray[np.int64]) -> Observations:
        """The observations at these positions, in this order."""
        index = pa.array(rows)
        return Observations(
            self.number[rows],
            self.places,
            self.place[rows],
            self.element.take(index),
            self.text.take(index),
            {name: column.take(index) for name, column in self.attributes.items()},
            self.entries.take(index) if self.entries is not None else None,
            self.children.take(index) if self.children is not None else None,
        )


@dataclass(frozen=True)
class Broke:
    """Reading ended here. number: of the observation that could not be read; tail: text there."""

    number: int
    reason: str
    tail: str


def read_observations(
    stream: BinaryIO, block_bytes: int = BLOCK_BYTES, small: int = SMALL
) -> Iterator[Observations | Broke]:
    """Read a Streams document once, front to back; the sizes change no observation.

    Blocks of fewer than `small` bytes are not worth the fast road.

    Gives every observation that is complete, then one Broke if the document ends early or turns
    out to be no XML. Raises UnreadableFile where the first tag is not that of a Streams document.
    """
    reader = _Reader(small)
    try:
        for block in _blocks(stream, block_bytes):
            yield from reader.read(block)
        reader.skeleton.feed(b"", final=True)
    except BrokenXmlError as broken:
        if not reader.skeleton.rooted:
            raise UnreadableFile(f"This is no XML document: {broken}.") from broken
        yield from reader.loose()
        skeleton = reader.skeleton
        yield Broke(
            skeleton.count + 1, f"{broken} after observation {skeleton.count}", skeleton.tail()
        )


def _blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """The document cut in front of tags. The first block tells the encoding."""
    rest = b""
    while chunk := stream.read(size):
        rest += chunk
        cut = rest.rfind(b"<")
        if cut > 0:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > LONGEST:
            yield rest
            rest = b""
    if rest:
        yield rest


class _Reader:
    """Shares a document out between the fast road and the XML parser."""

    def __init__(self, small: int) -> None:
        self.skeleton, self.small = Skeleton(), small
        self.plain: bool | None = None  # None until the first block is seen

    def read(self, block: bytes) -> Iterator[Observations]:
        if self.plain is None:
            self.plain = _is_ascii_superset(block)
        if self.plain and b"\r" in block:
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self.plain = self.plain and is_plain(block)
        found = read_block(block) if self.plain and len(block) >= self.small else None
        if found is None:
            self.skeleton.feed(block)
            yield from self.loose()
        else:
            yield from self._share(block, found)

    def _share(self, block: bytes, found: Block) -> Iterator[Observations]:
        """Feed what is not plain to the parser, run by run, and number the plain ones between."""
        numbers: list[npt.NDArray[np.int64]] = []
        places: list[Place | None] = []
        sizes: list[int] = []
        try:
            for run in found.runs:
                if not run.rows:
                    self.skeleton.feed(block[run.start : run.stop])
                    continue
                first = self.skeleton.count + 1
                place = self.skeleton.enter(run.rows)
                if place is None:
                    self.skeleton.feed(block[run.start : run.stop])
                numbers.append(np.arange(first, first + run.rows))
                places.append(place)
                sizes.append(run.rows)
        finally:
            yield from self._merge(found, numbers, places, sizes)

    def _merge(
        self,
        found: Block,
        numbers: list[npt.NDArray[np.int64]],
        places: list[Place | None],
        sizes: list[int],
    ) -> Iterator[Observations]:
        plain = _plain_observations(found, numbers, places, sizes)
        loose = list(self.loose())
        if not loose or not len(plain):
            yield from loose or ([plain] if len(plain) else [])
            return
        both = joined([plain, loose[0]])
        yield both.take(np.argsort(both.number, kind="stable"))

    def loose(self) -> Iterator[Observations]:
        """What the parser has read since the last time."""
        if done := self.skeleton.take():
            yield from_loose(done)


def _is_ascii_superset(block: bytes) -> bool:
    """Whether the document is UTF-8, as far as its first bytes tell; others go to the parser."""
    start = block[:400].lower()
    if b"\0" in start or start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return False
    named = start.partition(b"encoding=")[2][1:12]
    in_declaration = start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml") and named
    return not in_declaration or named.startswith((b"utf-8", b"utf8", b"us-ascii"))


def _plain_observations(
    found: Block, numbers: list[npt.NDArray[np.int64]], places: list[Place | None], sizes: list[int]
) -> Observations:
    """The plain observations of the runs that were entered."""
    known, index = _distinct(places)
    place = np.repeat(index, sizes)
    number = np.concatenate(numbers) if numbers else np.zeros(0, dtype=np.int64)
    element = _local_names(found.element)
    rows = np.flatnonzero(place >= 0)
    count = len(place)
    columns = {name: column.slice(0, count) for name, column in found.attributes.items()}
    plain = Observations(
        number, known, place, element.slice(0, count), found.text.slice(0, count), columns
    )
    return plain if len(rows) == len(found.element) else plain.take(rows)


def _distinct(places: list[Place | None]) -> tuple[list[Place], npt.NDArray[np.int64]]:
    """The places without repeats, and the index of each; -1 for None."""
    known: dict[int, int] = {}
    result: list[Place] = []
    index = []
    for place in places:
        if place is not None and id(place) not in known:
            known[id(place)] = len(result)
            result.append(place)
        index.append(-1 if place is None else known[id(place)])
    return result, np.array(index, dtype=np.int64)


def _local_names(names: pa.DictionaryArray) -> pa.DictionaryArray:
    words = names.dictionary.to_pylist()
    if not any(":" in word for word in words):
        return names
    bare = pa.array([local(word) for word in words], pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(bare.indices.take(names.indices), bare.dictionary)


def from_loose(done: list[Loose]) -> Observations:
    """Observations that were read one by one, as columns."""
    places, place = _distinct([one.place for one in done])
    names = dict.fromkeys(name for one in done for name in one.attributes)
    return Observations(
        np.array([one.number for one in done], dtype=np.int64),
        places,
        place,
        pa.array([one.element for one in done], CODED),
        pa.array([one.text for one in done], TEXT),
        {name: pa.array([o.attributes.get(name) for o in done], type_of(name)) for name in names},
        pa.array([children_json(o.children) if o.children else None for o in done], TEXT),
        pa.array([_listed(o.children) if o.children else None for o in done], TEXT),
    )


def _listed(children: list[Child]) -> str:
    return json.dumps(children, ensure_ascii=False)


def joined(parts: list[Observations]) -> Observations:
    """Observations that follow one another, as one."""
    if len(parts) == 1:
        return parts[0]

    def column(kind: pa.DataType, columns: list[pa.Array | None]) -> pa.Array:
        filled = [
            pa.nulls(len(part), kind) if each is None else each
            for part, each in zip(parts, columns, strict=True)
        ]
        return pa.concat_arrays(filled)

    names = dict.fromkeys(name for part in parts for name in part.attributes)
    starts = np.cumsum([0, *(len(part.places) for part in parts)])
    return Observations(
        np.concatenate([part.number for part in parts]),
        [place for part in parts for place in part.places],
        np.concatenate([part.place + start for part, start in zip(parts, starts, strict=False)]),
        column(CODED, [part.element for part in parts]),
        column(TEXT, [part.text for part in parts]),
        {name: column(type_of(name), [p.attributes.get(name) for p in parts]) for name in names},
        column(TEXT, [part.entries for part in parts]),
        column(TEXT, [part.children for part in parts]),
    )
