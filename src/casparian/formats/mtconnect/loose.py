"""Observations that are read one by one, and where they stand in a document."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

Child = tuple[str, dict[str, str], str]  # element, attributes, text


@dataclass(frozen=True, eq=False)
class Place:
    """Where observations stand. `other`: attributes of the component without a column, as text."""

    category: str
    instance_id: str | None = None
    device_uuid: str | None = None
    device_name: str | None = None
    component: str | None = None
    component_id: str | None = None
    component_name: str | None = None
    other: dict[str, str] = field(default_factory=dict)


@dataclass
class Loose:
    """One observation read by expat. `children`: [element, attributes, text] in document order."""

    number: int
    place: Place
    element: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Child] = field(default_factory=list)


def local(name: str) -> str:
    """The name without its namespace prefix."""
    return name.rpartition(":")[2]


def children_json(children: list[Child]) -> str:
    """Entries of a DataSet or Table as a JSON object: key to text, or key to cells for a table.

    Children are listed innermost first; an entry that was removed is null.
    """
    result: dict[str, object] = {}
    cells: dict[str, object] = {}
    for element, attributes, text in children:
        key = attributes.get("key", local(element))
        if local(element) == "Cell":
            cells[key] = text
            continue
        value: object = cells or text
        result[key] = None if attributes.get("removed") == "true" else value
        cells = {}
    return json.dumps(result, ensure_ascii=False)
