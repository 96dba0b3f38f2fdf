"""XML of any size, element by element, safe against what a hostile file may hold.

A document that declares entities is refused, nothing outside the file is read, and what one
element may hold is limited: an export's record is never that large.
Names are compared without their namespace: vendors and versions differ in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import BinaryIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from casparian.reading.base import UnreadableFile
from casparian.reading.xml_encoding import parsable

CHUNK = 1 << 16
MOST_DEPTH = 500
MOST_NODES = 500_000  # in one wanted element: a larger one is no record but a file of its own
MOST_BYTES = 64 << 20  # the same, as text
LONGEST = 16 << 20  # bytes of a single tag or text
LONGEST_PROLOG = 1 << 20  # bytes before the first element
_UNSEEN = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[A-Za-z_:\x80-\xff]|!--|\?)")


def local(tag: str) -> str:
    """An element's or attribute's name without its namespace."""
    return tag.rpartition("}")[2]


def namespace(tag: str) -> str:
    """The namespace of an element, "" for none."""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def text_of(element: Element | None) -> str | None:
    """An element's own text without the spaces around it; None where there is none."""
    text = (element.text or "").strip() if element is not None else ""
    return text or None


def child(element: Element, name: str) -> Element | None:
    """The first child of that local name."""
    return next((each for each in element if local(each.tag) == name), None)


def children(element: Element, name: str) -> list[Element]:
    """All children of that local name."""
    return [each for each in element if local(each.tag) == name]


def child_text(element: Element, *names: str) -> str | None:
    """Text at the end of a path of local names."""
    found: Element | None = element
    for name in names:
        found = child(found, name) if found is not None else None
    return text_of(found)


def elements(
    stream: BinaryIO,
    wanted: Collection[str],
    starts: Collection[str] = (),
    within: Collection[str] = (),
) -> Iterator[tuple[tuple[Element, ...], Element]]:
    """(ancestors, element) of each element with a wanted local name, whole, in document order.

    wanted: within a wanted element others are part of it and do not come by themselves.
    starts: local names of elements that come as soon as they open, with their attributes and no
        children (a block that holds a million records).
    within: local names of elements whose every child is wanted, whatever it is called, but for
        those in `starts`: elements that hold one another to any depth come piece by piece.
    Ancestors are open: their attributes are there, their earlier children are gone.
    Raises UnreadableFile where the XML is broken, declares entities, is too deep, or one element
    is too large.
    """
    open_: list[Element] = []
    inside = nodes = 0
    chunks = _Chunks(stream)
    for event, element in _events(chunks):
        if event == "start":
            if not inside:
                name = local(element.tag)
                opens = name in starts
                if opens:
                    yield tuple(open_), element
                inner = bool(within and open_ and local(open_[-1].tag) in within)
                if name in wanted or (inner and not opens):
                    inside, nodes = 1, 0
                    chunks.mark()
            else:
                inside += 1
                nodes += 1
            open_.append(element)
            if len(open_) > MOST_DEPTH or nodes > MOST_NODES or (inside and chunks.too_long):
                raise UnreadableFile(_too_much(element, len(open_)))
            continue
        open_.pop()
        if inside:
            inside -= 1
            if not inside:
                yield tuple(open_), element
        if not inside and open_:
            open_[-1].remove(element)


def _too_much(element: Element, depth: int) -> str:
    if depth > MOST_DEPTH:
        return f"The XML is nested deeper than {MOST_DEPTH} levels."
    return (
        f"One XML element holds more than {MOST_NODES:,} others or {MOST_BYTES >> 20} MiB"
        f" (at {local(element.tag)})."
    )


class _Chunks:
    """The bytes of a document on their way into the parser, counted."""

    def __init__(self, stream: BinaryIO):
        self._stream = parsable(stream)
        self._read = self._marked = 0
        self._prolog: bytes | None = b""  # what stood before the root, as far as it is known

    def mark(self) -> None:
        """A wanted element begins here."""
        self._marked = self._read

    @property
    def too_long(self) -> bool:
        """Whether the wanted element holds more than MOST_BYTES."""
        return self._read - self._marked > MOST_BYTES

    def next(self) -> bytes:
        """The next bytes; none at the end. Raises UnreadableFile for declared entities."""
        chunk = self._stream.read(CHUNK)
        self._read += len(chunk)
        if self._prolog is not None:
            self._check_prolog(chunk)
        return chunk

    def _check_prolog(self, chunk: bytes) -> None:
        seen = (self._prolog or b"") + chunk.replace(b"\0", b"")  # also in UTF-16
        seen = _UNSEEN.sub(b"", seen)
        root = _ROOT.search(seen)  # or a comment that goes on
        if _ENTITY.search(seen, 0, root.start() if root else len(seen)):
            raise UnreadableFile(
                "The XML declares entities, which exports never need and attackers use: refused."
            )
        if len(seen) > LONGEST_PROLOG:
            raise UnreadableFile("The XML has no element in its first MiB.")
        self._prolog = None if root and seen[root.start() + 1] not in b"!?" else seen


def _events(chunks: _Chunks) -> Iterator[tuple[str, Element]]:
    parser = ElementTree.XMLPullParser(("start", "end"))
    silent = 0
    try:
        while chunk := chunks.next():
            parser.feed(chunk)
            silent += len(chunk)
            for event in parser.read_events():
                silent = 0
                yield event  # type: ignore[misc]
            if silent > LONGEST:
                raise UnreadableFile(f"One tag or text of the XML is over {LONGEST >> 20} MiB.")
        parser.close()
        yield from parser.read_events()  # type: ignore[misc]
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UnreadableFile(f"The XML ends early or is damaged: {error}.") from error
