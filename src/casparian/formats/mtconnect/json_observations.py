"""Observations of JSON documents, as those of XML documents are handed on: columns in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from casparian.formats.mtconnect.entities import dumped, is_deep, scalar
from casparian.formats.mtconnect.json_walk import Attributes, Entity
from casparian.formats.mtconnect.loose import Child, Loose, Place, local
from casparian.formats.mtconnect.observations import Observations, from_loose

AT_ONCE = 8192
_TEXTS = ("value", "#text")


class Places:
    """Where observations stand, made once for each component and category."""

    def __init__(self, header: Attributes):
        self._header = header
        self._known: dict[tuple[int, int, str], tuple[Place, Attributes, Attributes]] = {}

    def of(self, device: Attributes, component: Attributes, category: str) -> Place:
        """The place of these frames. The attributes are told apart by identity, and kept."""
        key = (id(device), id(component), category)
        if key not in self._known:
            place = _place(self._header, device, component, category)
            self._known[key] = place, device, component
        return self._known[key][0]


def _place(header: Attributes, device: Attributes, component: Attributes, category: str) -> Place:
    rest = {name: scalar(value) for name, value in component.items() if value is not None}
    return Place(
        "Condition" if category == "Conditions" else category,
        _text(header.get("instanceId")),
        _text(device.get("uuid")),
        _text(device.get("name")),
        rest.pop("component", None),
        rest.pop("componentId", None),
        rest.pop("name", None),
        rest,
    )


def _text(value: Any) -> str | None:
    return None if value is None else scalar(value)


def observations(found: Iterable[Entity], places: Places) -> Iterator[Observations]:
    """Observations, AT_ONCE at a time, numbered from 1; the rest also where `found` breaks off."""
    waiting: list[Loose] = []
    number = 0
    try:
        for entity in found:
            number += 1
            place = places.of(entity.device, entity.component, entity.category)
            waiting.append(_loose(number, place, entity))
            if len(waiting) == AT_ONCE:
                yield from_loose(waiting)
                waiting = []
    finally:
        if waiting:
            yield from_loose(waiting)


def _loose(number: int, place: Place, entity: Entity) -> Loose:
    name, value = local(entity.name), entity.value
    if not isinstance(value, dict):
        return Loose(number, place, name, {}, _plain(value))
    attributes: dict[str, str] = {}
    loose = Loose(number, place, name, attributes)
    for key, member in value.items():
        if key in _TEXTS:
            if isinstance(member, dict):
                loose.children = _children(member)
            else:
                loose.text = _plain(member)
        elif member.__class__ is str:
            attributes[key] = member
        elif member is not None:
            attributes[key] = _plain(member)
    if any(key.startswith("@") for key in attributes):
        loose.attributes = {key.removeprefix("@"): text for key, text in attributes.items()}
    return loose


def _plain(value: Any) -> str:
    """Text, numbers and lists of numbers as XML has them; anything else as JSON."""
    kind = value.__class__
    if kind is str or kind is int or kind is float:
        return str(value)
    nested = isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(each, dict | list) for each in value)
    )
    if not nested:
        return scalar(value)
    return "nested too deep" if is_deep(value) else dumped(value)


def _children(entries: Attributes) -> list[Child]:
    """Entries of a data set or table as an XML document has them: cells before their entry."""
    result: list[Child] = []
    for key, value in entries.items():
        attributes = {"key": key}
        if isinstance(value, dict) and value.get("removed") is True:
            attributes["removed"] = "true"
        elif isinstance(value, dict):
            result += [("Cell", {"key": cell}, _plain(inner)) for cell, inner in value.items()]
        text = "" if isinstance(value, dict) else _plain(value)
        result.append(("Entry", attributes, text))
    return result
