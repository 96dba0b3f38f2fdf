"""All observations of a Streams document, in document order and bounded memory.

`read_observations` is the only way in: a compiled reader can take its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from casparian.formats.mtconnect.loose import Place, local
from casparian.formats.mtconnect.observations import (
    Broke,
    Observations,
    distinct,
    from_loose,
    joined,
)
from casparian.formats.mtconnect.plain import is_plain
from casparian.formats.mtconnect.regular import Block, read_block
from casparian.formats.mtconnect.skeleton import LONGEST, BrokenXmlError, Skeleton
from casparian.reading.base import UnreadableFile

BLOCK_BYTES = 1 << 20
SMALL = 1 << 16


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
    known, index = distinct(places)
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


def _local_names(names: pa.DictionaryArray) -> pa.DictionaryArray:
    words = names.dictionary.to_pylist()
    if not any(":" in word for word in words):
        return names
    bare = pa.array([local(word) for word in words], pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(bare.indices.take(names.indices), bare.dictionary)
