"""Walks the JSON documents of an agent, a value at a time, whatever their version and order.

What is small comes whole. A device or component that holds more than WHOLE characters is entered,
so that a document of any size needs the memory of one observation.

Source: cppagent's JSON printer: version 1 lists `{"Position": {…}}`, version 2 groups
`"Position": [{…}]`; conditions are listed in both. For that of MTConnect.NET see `json_flat`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap
from typing import Any, BinaryIO, NamedTuple

from casparian.formats.mtconnect import json_flat
from casparian.formats.mtconnect.header import DOCUMENTS
from casparian.formats.mtconnect.json_cursor import COMPONENTS, Cursor, listed
from casparian.reading.base import UnreadableFile
from casparian.reading.json_text import INCOMPLETE, LARGEST, JsonText

WHOLE = 1 << 20  # characters up to which a device or component comes whole
_GROUPS = ("Streams", "Devices", "Assets", "Errors")
_NAMES = {name: name for name in DOCUMENTS} | {"MTConnectErrors": "MTConnectError"}
Attributes = dict[str, Any]


@dataclass(frozen=True)
class Opened:
    """A document begins. `attributes`: its header's as far as they are known now; they grow."""

    document: str
    header: Attributes


_NO_FRAME: Attributes = {}


class Entity(NamedTuple):
    """A device, asset or error, or an observation of `category` within `frame`.

    device, component: the frame's attributes as far as they stood before it in the file.
    """

    name: str
    value: Any
    grouped: bool = False
    category: str = ""
    device: Attributes = _NO_FRAME
    component: Attributes = _NO_FRAME


def walk(stream: BinaryIO, whole: int = WHOLE) -> Iterator[Opened | Entity]:
    """Documents and what they hold, in the order of the file.

    Raises UnreadableFile where the text stops being JSON, holds no MTConnect document or one
    value is too large.
    """
    try:
        text = JsonText(stream)
        while text.next():
            yield from _Walk(text, whole).document()
    except (ValueError, RecursionError) as error:
        words = str(error).split("\n")[0].rstrip(".") or "it is nested too deep"
        raise UnreadableFile(f"The JSON ends early or is damaged: {words}.") from error


class _Walk(Cursor):
    """One document."""

    def __init__(self, text: JsonText, whole: int):
        super().__init__(text)
        self.whole = whole
        self.header: Attributes = {}

    def document(self) -> Iterator[Opened | Entity]:
        if self.text.next() == "[":
            for _ in self.elements():
                yield from _Walk(self.text, self.whole).document()
            return
        known = False
        for key in self.members():
            if key in _NAMES:
                known = True
                yield Opened(_NAMES[key], self.header)
                yield from self.groups()
            elif key == "header":
                self.header |= json_flat.header(self.taken())
            elif key in json_flat.GROUPS and self.header:
                known = True
                yield Opened(json_flat.GROUPS[key], self.header)
                for _ in self.elements():
                    yield from starmap(Entity, json_flat.entities(key, self.taken()))
            else:
                self.text.value(LARGEST)
        if not known:
            raise UnreadableFile("This is JSON, but no MTConnect document.")

    def groups(self) -> Iterator[Entity]:
        for key in self.members():
            if key == "Header":
                self.header |= _plain(self.taken())
            elif key == "Streams":
                for _, device in self.entities(self.whole):
                    yield from self.device(device)
            elif key in _GROUPS:
                grouped = self.text.next() == "{"
                for name, value in self.entities(LARGEST):
                    yield Entity(name, self.checked(value), grouped)
            else:
                self.taken()

    def device(self, value: Any) -> Iterator[Entity]:
        if value is not INCOMPLETE:
            device = _plain(value)
            for key in COMPONENTS:
                for component in _components(_get(value, key)):
                    yield from _observations(device, component)
            return
        device = {}
        for key in self.members():
            if key == "DeviceStream":
                yield from self.device(self.text.value(self.whole))
            elif key in COMPONENTS:
                for _, found in self.entities(self.whole, key):
                    for component in _components(found):
                        yield from self.component(device, component)
            else:
                device[key.removeprefix("@")] = self.taken()

    def component(self, device: Attributes, value: Any) -> Iterator[Entity]:
        if value is not INCOMPLETE:
            yield from _observations(device, value)
            return
        component: Attributes = {}
        for key in self.members():
            if key == "ComponentStream":
                yield from self.component(device, self.text.value(self.whole))
            elif self.text.next() in ("{", "["):
                for name, observation in self.entities(LARGEST, key):
                    found = self.checked(observation)
                    yield Entity(name, found, False, key, device, component)
            else:
                component[key.removeprefix("@")] = self.taken()


def _components(value: Any) -> list[Any]:
    """The components in a list or object; version 1 wraps each in an object that names it."""
    if isinstance(value, list):
        return [each for one in value for each in _components(one)]
    if isinstance(value, dict) and (inner := value.get("ComponentStream")):
        return _components(inner)
    return [value]


def _observations(device: Attributes, value: Any) -> Iterator[Entity]:
    component = _plain(value)
    for category in value if isinstance(value, dict) else ():
        for name, found in listed(category, value[category]):
            yield Entity(name, found, False, category, device, component)


def _plain(value: Any) -> Attributes:
    """The members that are no objects and no lists."""
    members = value.items() if isinstance(value, dict) else ()
    return {k.removeprefix("@"): v for k, v in members if not isinstance(v, dict | list)}


def _get(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None
