"""The documents of a JSON file with what their header, devices and components say of themselves.

JSON has no order: agents write a document's header, or a device's uuid, also behind what they
belong to. Where they are not known in time the file is read once before, for these alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from casparian.formats.mtconnect import json_flat
from casparian.formats.mtconnect.json_parts import bare, without_parts
from casparian.formats.mtconnect.json_walk import Attributes, Entity, Opened, walk
from casparian.reading.base import UnreadableFile
from casparian.reading.peek import Peek

_ROOT = re.compile(r'[\[{]\s*(?:\{\s*)?"(MTConnect(?:Streams|Devices|Assets|Errors?))"\s*:\s*\{')
Open = Callable[[], BinaryIO]


def opened(peek: Peek) -> str | None:
    """The document that a file begins with, None for none."""
    text = bare(peek.text.encode()).decode()
    begun = text.lstrip("\ufeff \t\r\n")
    found = _ROOT.match(begun)
    return found[1] if found else json_flat.opened(begun)


@dataclass
class Document:
    """One document. `broken`: why it ended early, known when `entities` is through."""

    name: str
    header: Attributes
    _found: Iterator[Opened | Entity]
    _frames: _Frames
    broken: str | None = None
    next: Opened | None = None

    def entities(self) -> Iterator[Entity]:
        """What the document holds, with whole frames. Once."""
        try:
            for each in self._found:
                if isinstance(each, Opened):
                    self.next = each
                    return
                yield self._frames.whole(each) if each.category else each
        except UnreadableFile as error:
            self.broken = str(error)


def documents(open_file: Open) -> Iterator[Document]:
    """The documents of a file, each to be read before the next is asked for.

    Raises UnreadableFile where the file is no JSON from its beginning, or holds none.
    """
    with open_file() as stream:
        found = walk(without_parts(stream))
        frames = _Frames(open_file)
        begun = next(found, None)
        if not isinstance(begun, Opened):
            raise UnreadableFile("This is JSON without any MTConnect document.")
        while begun is not None:
            header = frames.header(begun)
            document = Document(begun.document, header, found, frames)
            yield document
            if document.broken:
                return
            begun = document.next


class _Frames:
    """Header, device and component attributes as they are when all of the file is read.

    Each is known by its place in the order in which they are met, which is the same every time.
    """

    def __init__(self, open_file: Open):
        self._open = open_file
        self._met: list[Attributes] = []
        self._places: dict[int, int] = {}  # identity: place in `_met`, which keeps it alive
        self._all: list[Attributes] | None = None
        self._last: tuple[Attributes, Attributes, Attributes, Attributes] | None = None

    def header(self, begun: Opened) -> Attributes:
        return self._whole(begun.header, "instanceId")

    def whole(self, entity: Entity) -> Entity:
        last = self._last
        if last is None or last[0] is not entity.device or last[1] is not entity.component:
            device = self._whole(entity.device, "uuid")
            component = self._whole(entity.component, "componentId")
            last = self._last = entity.device, entity.component, device, component
        if last[2] is entity.device and last[3] is entity.component:
            return entity
        return entity._replace(device=last[2], component=last[3])

    def _whole(self, frame: Attributes, needed: str) -> Attributes:
        place = self._meet(frame)
        if needed in frame:
            return frame
        if self._all is None:
            self._all = self._read_ahead()
        return self._all[place] if place < len(self._all) else frame

    def _meet(self, frame: Attributes) -> int:
        if id(frame) not in self._places:
            self._places[id(frame)] = len(self._met)
            self._met.append(frame)
        return self._places[id(frame)]

    def _read_ahead(self) -> list[Attributes]:
        """All frames of the file, as far as it can be read."""
        ahead = _Frames(self._open)
        with self._open() as stream:
            try:
                for each in walk(without_parts(stream)):
                    if isinstance(each, Opened):
                        ahead._meet(each.header)
                    elif each.category:
                        ahead._meet(each.device)
                        ahead._meet(each.component)
            except UnreadableFile:
                pass  # the reading proper will say so
        return ahead._met
