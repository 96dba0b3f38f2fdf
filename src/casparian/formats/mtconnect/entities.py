"""MTConnect entities between their two spellings: XML elements, and JSON values.

The agent's JSON says attributes and the element's own text ("value") as members beside its
children. Version 1 lists children as objects of one member each, version 2 groups them by name;
the first agents marked attributes with "@" and text with "#text".
Source: cppagent's JSON printer, jsonVersion 1 and 2.
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import Element

from casparian.reading.xml_stream import local

_TEXTS = ("value", "#text")


def content(element: Element) -> Any:
    """An element as JSON: its text where it has nothing else, else attributes, children, "value".

    A child that occurs more than once is a list. Names are without their namespace.
    """
    own = (element.text or "").strip()
    if not element.attrib and not len(element):
        return own or None
    result: dict[str, Any] = {local(name): value for name, value in element.attrib.items()}
    for child in element:
        _add(result, local(child.tag), content(child))
    if own:
        result["value"] = own
    return result


def _add(result: dict[str, Any], name: str, value: Any) -> None:
    if name not in result:
        result[name] = value
    elif isinstance(result[name], list):
        result[name].append(value)
    else:
        result[name] = [result[name], value]


def text(value: Any) -> str | None:
    """JSON text of what `content` gave; text stays text, nothing stays None."""
    return value if value is None or isinstance(value, str) else dumped(value)


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def scalar(value: Any) -> str:
    """A JSON number, truth value or text as XML writes it; a list of them with spaces between."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(map(scalar, value))
    return "" if value is None else str(value)


def is_deep(value: Any, most: int = 100) -> bool:
    """Whether a JSON value is nested deeper than `most` levels, which no document is."""
    level = [value]
    for _ in range(most):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def element(name: str, value: Any, grouped: bool) -> Element:
    """The XML element that a JSON value stands for. `grouped`: as in version 2."""
    made = Element(name)
    if not isinstance(value, dict):
        made.text = scalar(value)
        return made
    for key, member in value.items():
        _member(made, key, member, grouped)
    return made


def _member(made: Element, key: str, member: Any, grouped: bool) -> None:
    """Attributes begin with a small letter, elements with a capital one."""
    if key in _TEXTS and not isinstance(member, dict):
        made.text = scalar(member)
    elif key == "list" and isinstance(member, list) and not grouped:
        made.extend(_children(made.tag, member, grouped))
    elif isinstance(member, dict):
        made.append(element(key, member, grouped))
    elif isinstance(member, list) and any(isinstance(each, dict) for each in member):
        made.extend(_listed(key, member, grouped))
    elif isinstance(member, list) and (key == "Value" or _is_of_texts(key, member)):
        made.extend(element(key, each, grouped) for each in member)
    elif key[:1].isupper():
        made.append(element(key, member, grouped))
    else:
        made.set(key.removeprefix("@"), scalar(member))


def _is_of_texts(key: str, members: list[Any]) -> bool:
    """Whether each is an element of its own; a list of numbers is the text of one."""
    return key[:1].isupper() and any(isinstance(each, str) for each in members)


def _listed(key: str, members: list[Any], grouped: bool) -> list[Element]:
    """A list under a name: several elements of that name, or one that wraps named children."""
    if grouped or not all(map(_is_wrapper, members)):
        return [element(key, each, grouped) for each in members]
    made = Element(key)
    made.extend(_children(key, members, grouped))
    return [made]


def _children(key: str, members: list[Any], grouped: bool) -> list[Element]:
    return [
        element(name, value, grouped)
        for each in members
        for name, value in (each.items() if isinstance(each, dict) else [(key, each)])
    ]


def _is_wrapper(value: Any) -> bool:
    """Whether it is an object that only says which element its one member is."""
    return (
        isinstance(value, dict)
        and len(value) == 1
        and next(iter(value))[:1].isupper()
        and isinstance(next(iter(value.values())), dict | str | int | float)
    )
