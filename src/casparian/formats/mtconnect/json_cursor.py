"""Steps through objects and lists of a JSON text, and through groups of named things in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from casparian.reading.base import UnreadableFile
from casparian.reading.json_text import INCOMPLETE, LARGEST, JsonText

COMPONENTS = ("ComponentStream", "ComponentStreams")  # wrapped or bare: told apart by the reader


class Cursor:
    """Stands at a value of a text. What a step gives is to be read before the next step."""

    def __init__(self, text: JsonText):
        self.text = text

    def entities(self, most: int, key: str = "") -> Iterator[tuple[str, Any]]:
        """(name, value) of what stands in a group here; a value over `most` characters is
        INCOMPLETE and left to be entered."""
        if self.text.next() == "[":
            for _ in self.elements():
                value = self.text.value(most)
                if value is not INCOMPLETE and key not in COMPONENTS:
                    yield from listed(key, [value])
                else:
                    yield key, value
            return
        for name in self.members():
            if self.text.next() == "[":
                for _ in self.elements():
                    yield name, self.text.value(most)
            else:
                yield name, self.text.value(most)

    def checked(self, value: Any) -> Any:
        if value is INCOMPLETE:
            raise UnreadableFile(f"One JSON value holds more than {LARGEST >> 20} MB of text.")
        return value

    def taken(self) -> Any:
        return self.checked(self.text.value(LARGEST))

    def members(self) -> Iterator[str]:
        """The names in the object here; each one's value is to be read before the next."""
        for _ in self._parts("{", "}"):
            name = self.taken()
            if not isinstance(name, str) or self.text.next() != ":":
                raise ValueError("no name and colon where a member of an object belongs")
            self.text.at += 1
            self.text.next()
            yield name

    def elements(self) -> Iterator[None]:
        return self._parts("[", "]")

    def _parts(self, opening: str, closing: str) -> Iterator[None]:
        if self.text.next() != opening:
            self.taken()
            return
        self.text.at += 1
        while self.text.next() != closing:
            yield
            if self.text.next() == ",":
                self.text.at += 1
            elif self.text.next() != closing:
                raise ValueError(f"no , or {closing} where one belongs")
        self.text.at += 1


def listed(key: str, group: Any) -> Iterator[tuple[str, Any]]:
    """(name, value) of the entities in a group that is at hand whole."""
    if isinstance(group, dict):
        for name, value in group.items():
            for each in value if isinstance(value, list) else [value]:
                yield name, each
    elif isinstance(group, list):
        for each in group:
            if isinstance(each, dict) and len(each) == 1:
                yield from listed(key, each)
            else:
                yield key, each
