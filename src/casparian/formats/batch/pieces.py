"""The elements of a batch record in document order: those that open, and whole ones in them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO
from xml.etree.ElementTree import Element

from casparian.formats.batch.names import (
    BATCH,
    ENTRY,
    GROUP,
    MATERIAL,
    PARAMETER,
    STEP,
    Opened,
    plain,
    role,
)
from casparian.reading.xml_stream import elements

LOOKED_AT = 10_000  # elements that an unknown one is searched for things to read
_THINGS = (BATCH, STEP, PARAMETER, MATERIAL, ENTRY)
_OPENED = Opened()
Piece = tuple[tuple[Element, ...], Element, str | None]  # ancestors, element, kind if it opens


def pieces(stream: BinaryIO) -> Iterator[Piece]:
    """Elements that open, and whole ones within them, in document order."""
    for ancestors, element in elements(stream, (), _OPENED, _OPENED):
        kind = role(element.tag)
        if kind in (BATCH, STEP, GROUP):
            yield ancestors, element, kind
        else:
            yield from _unfolded(ancestors, element)


def _unfolded(ancestors: tuple[Element, ...], element: Element) -> Iterator[Piece]:
    """A whole element; one of an unknown name that holds things is opened like a list of them."""
    waiting = [(ancestors, element)]
    while waiting:
        above, each = waiting.pop()
        kind = role(each.tag)
        if plain(each.tag) == "recipeelementtype" and len(each):
            kind = STEP  # an element of that name in BatchML V0701
        elif kind is None and _holds_things(each):
            kind = GROUP
        if kind not in (BATCH, STEP, GROUP):
            yield above, each, None
            continue
        yield above, each, kind
        waiting.extend(((*above, each), child) for child in reversed(each))


def _holds_things(element: Element) -> bool:
    if not len(element):
        return False
    inner = islice(element.iter(), 1, LOOKED_AT)
    return any(role(each.tag) in _THINGS and not is_simple(each) for each in inner)


def is_simple(element: Element) -> bool:
    """Text and nothing else."""
    return not len(element) and not element.attrib
