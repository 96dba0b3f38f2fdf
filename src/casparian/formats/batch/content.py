"""What one element says: its attributes and simple children by name, the rest as extensions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from casparian.formats.batch.names import attributes, plain
from casparian.reading.base import UnreadableFile
from casparian.reading.xml_stream import local, text_of

MOST_BYTES = 4 << 20  # of one element's own fields: more is no record
DEEPEST = 30  # levels of an extension; what is deeper is kept as text
_VALUES = frozenset(["valuestring", "value", "quantitystring", "quantity", "text", "content"])


class Fields:
    """Texts by name, compared as `plain` does, and what is no text."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[str, str]] = {}
        self._rest: dict[str, Any] = {}
        self._bytes = 0

    def add(self, name: str, text: str) -> None:
        """A field; of several with one name the first is the field, the others are kept."""
        if plain(name) in self._texts:
            self.keep(name, text)
        else:
            self._weigh(len(text))
            self._texts[plain(name)] = name, text

    def keep(self, name: str, what: Any) -> None:
        """Something for the extensions."""
        self._weigh(len(what) if isinstance(what, str) else len(json.dumps(what)))
        if name in self._rest:
            before = self._rest[name]
            self._rest[name] = [*before, what] if isinstance(before, list) else [before, what]
        else:
            self._rest[name] = what

    def _weigh(self, size: int) -> None:
        self._bytes += size + 200
        if self._bytes > MOST_BYTES:
            raise UnreadableFile(
                f"One element says more than {MOST_BYTES >> 20} MiB of itself: no batch record."
            )

    def get(self, *names: str) -> str | None:
        """The first of these that is there."""
        return next((self._texts[name][1] for name in names if name in self._texts), None)

    def take(self, *names: str) -> str | None:
        """The same, and it is no extension then."""
        return next((self._texts.pop(name)[1] for name in names if name in self._texts), None)

    def take_columns(self, places: Mapping[str, tuple[str, int]]) -> dict[str, str]:
        """Texts by column; places: name to its column and its rank among the column's names."""
        best: dict[str, tuple[int, str]] = {}
        for name in self._texts:
            if place := places.get(name):
                column, rank = place
                if column not in best or rank < best[column][0]:
                    best[column] = rank, name
        return {column: self._texts.pop(name)[1] for column, (_, name) in best.items()}

    def merge(self, other: Fields) -> None:
        """What another element says of the same thing."""
        for name, text in other._texts.values():
            self.add(name, text)
        for name, what in other._rest.items():
            self.keep(name, what)

    def extensions(self) -> str | None:
        """JSON of all that nobody took; None where nothing is left."""
        left: dict[str, Any] = dict(self._texts.values())
        for name, what in self._rest.items():
            several = what if isinstance(what, list) else [what]
            left[name] = [left[name], *several] if name in left else what
        return json.dumps(left, ensure_ascii=False) if left else None


def attribute_fields(element: Element, fields: Fields) -> None:
    """The attributes of an element, as fields."""
    for name, text in attributes(element).items():
        fields.add(name, text.strip())


def child_fields(child: Element, fields: Fields) -> None:
    """A child of an element: a simple one as a field, one that holds a value by its own name.

    `<Value><ValueString>5</ValueString><UnitOfMeasure>kg</UnitOfMeasure></Value>` gives value and
    unitofmeasure; all else is an extension.
    """
    name = local(child.tag)
    if not len(child):
        simple_field(child, fields)
        return
    leaves = [each for each in child if not len(each)]
    held = next((each for each in leaves if plain(each.tag) in _VALUES), None)
    if held is None or len(leaves) < len(child):
        fields.keep(name, as_json(child))
        return
    attribute_fields(child, fields)
    if text := text_of(held):
        fields.add(name, text)
    for each in leaves:
        if each is not held:
            child_fields(each, fields)


def simple_field(child: Element, fields: Fields) -> None:
    """An element without children. B2MML writes what its lists do not have as
    `<EventType OtherValue="Recipe hold">Other</EventType>`."""
    said, text = attributes(child), text_of(child)
    if text == "Other" and said.get("OtherValue"):
        text = said.pop("OtherValue").strip()
    for name, value in said.items():
        fields.add(name, value.strip())
    if text:
        fields.add(local(child.tag), text)


def as_json(element: Element, depth: int = 0) -> Any:
    """An element of any shape as JSON values: attributes with @, text beside them as #text."""
    found: dict[str, Any] = {f"@{name}": text for name, text in attributes(element).items()}
    text = text_of(element)
    if depth >= DEEPEST:
        return " ".join("".join(element.itertext()).split())
    if not len(element) and not found:
        return text
    if text:
        found["#text"] = text
    for child in element:
        name, value = local(child.tag), as_json(child, depth + 1)
        if name in found:
            several = found[name]
            found[name] = [*several, value] if isinstance(several, list) else [several, value]
        else:
            found[name] = value
    return found
