"""XML of any size, element by element, safe against what a hostile file may hold.

Entities are not resolved beyond what expat limits by itself, nothing outside the file is read.
Names are compared without their namespace: vendors and versions differ in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import BinaryIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from casparian.formats.base import UnreadableFile

CHUNK = 1 << 16
MOST_DEPTH = 500
MOST_NODES = 1_000_000  # of one wanted element: a larger one is no record but a file of its own


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
    stream: BinaryIO, wanted: Collection[str], starts: Collection[str] = ()
) -> Iterator[tuple[tuple[Element, ...], Element]]:
    """(ancestors, element) of each element with a wanted local name, whole, in document order.

    wanted: within a wanted element others are part of it and do not come by themselves.
    starts: local names of elements that come as soon as they open, with their attributes and no
        children (a block that holds a million records).
    Ancestors are open: their attributes are there, their earlier children are gone.
    Raises UnreadableFile where the XML is broken, too deep or one element too large.
    """
    open_: list[Element] = []
    inside = nodes = 0
    for event, element in _events(stream):
        if event == "start":
            if not inside and local(element.tag) in starts:
                yield tuple(open_), element
            open_.append(element)
            inside += 1 if inside or local(element.tag) in wanted else 0
            nodes = nodes + 1 if inside else 0
            if len(open_) > MOST_DEPTH or nodes > MOST_NODES:
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
    return f"One XML element holds more than {MOST_NODES:,} others (at {local(element.tag)})."


def _events(stream: BinaryIO) -> Iterator[tuple[str, Element]]:
    parser = ElementTree.XMLPullParser(("start", "end"))
    try:
        while chunk := stream.read(CHUNK):
            parser.feed(chunk)
            yield from parser.read_events()  # type: ignore[misc]
        parser.close()
        yield from parser.read_events()  # type: ignore[misc]
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UnreadableFile(f"The XML ends early or is damaged: {error}.") from error
