"""The JSON of an XML document, in the two versions that agents write."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from casparian.reading.xml_stream import local

Spelling = Callable[[Element], Any]
NUMBERS = {"sequence", "instanceId", "bufferSize", "nextSequence", "firstSequence"}


def twin(xml: bytes, version: int, sort: bool = False) -> bytes:
    """The same document as JSON. sort: with names in alphabetical order, as some agents write."""
    root = ElementTree.fromstring(xml)
    body = _one(root) if version == 1 else _two(root)
    if version == 2:
        body["jsonVersion"] = 2
    return json.dumps({local(root.tag): body}, sort_keys=sort, ensure_ascii=False).encode()


def _own(element: Element) -> dict[str, Any]:
    own: dict[str, Any] = {}
    for key, value in element.attrib.items():
        own[local(key)] = int(value) if local(key) in NUMBERS else value
    text = (element.text or "").strip()
    if any(local(each.tag) == "Entry" for each in element):
        own["value"] = {each.get("key"): _entry(each) for each in element}
    elif len(text.split()) > 1 and all(_is_number(part) for part in text.split()):
        own["value"] = [float(part) for part in text.split()]
    elif text:
        own["value"] = float(text) if _is_number(text) and "." in text else text
    return own


def _entry(entry: Element) -> Any:
    if entry.get("removed"):
        return {"removed": True}
    if len(entry):
        return {cell.get("key"): float(cell.text or "") for cell in entry}
    return float(entry.text or "") if _is_number(entry.text or "") else entry.text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "e" not in text.lower() and "n" not in text.lower()


LISTS = {"ComponentStream": "ComponentStreams"}
CATEGORIES = ("Samples", "Events", "Condition")
GROUPS = ("Streams", "Devices", "Assets", "Errors", "DataItems", "Components", "Measurements")
GROUPS += ("Compositions", "References", "Filters", "AssetCounts", "CutterStatus")


def _children(element: Element) -> list[Element]:
    return [] if any(local(each.tag) == "Entry" for each in element) else list(element)


def _value(element: Element, spell: Spelling) -> Any:
    """A leaf without attributes is its text."""
    if not element.attrib and not len(element):
        text = (element.text or "").strip()
        return float(text) if _is_number(text) else text
    return spell(element)


def _one(element: Element) -> Any:
    if local(element.tag) in (*GROUPS, *CATEGORIES):
        return [{local(each.tag): _one(each)} for each in element]
    result = _own(element)
    for each in _children(element):
        name = local(each.tag)
        if name in LISTS:
            result.setdefault(LISTS[name], []).append({name: _one(each)})
        elif name in ("Value", "ToolLife", "Specification"):
            result.setdefault(name, []).append(_value(each, _one))
        else:
            result[name] = _value(each, _one)
    return result


def _two(element: Element) -> Any:
    if local(element.tag) == "Condition":
        return [{local(each.tag): _two(each)} for each in element]
    result = _own(element)
    names = [local(each.tag) for each in _children(element)]
    listed = (*GROUPS, *CATEGORIES, "Streams", "DeviceStream")
    for each in _children(element):
        name = local(each.tag)
        if local(element.tag) in listed or names.count(name) > 1:
            result.setdefault(name, []).append(_value(each, _two))
        else:
            result[name] = _value(each, _two)
    return result
