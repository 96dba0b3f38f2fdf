"""The JSON of MTConnect.NET agents: the same entities, flat, `type` where others name the element.

`{"header": {…}, "streams": [{"uuid": …, "componentStream": [{"componentId": …, "samples":
[{"type": "POSITION", "result": "1.5"}]}]}]}`. Here they become what the agent's own JSON, version
2, would say of them.

Source: MTConnect.NET's JSON documents ("documentFormat": "json"); Part 1.0 for the elements' names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

GROUPS = {
    "streams": "MTConnectStreams", "devices": "MTConnectDevices", "assets": "MTConnectAssets",
    "errors": "MTConnectError",
}  # fmt: skip
_OPENED = re.compile(
    r'[\[{]\s*(?:\{\s*)?"header"\s*:\s*\{[^{}]*"[iI]nstanceId"[^{}]*\}\s*,\s*"(\w+)"\s*:\s*\['
)
_CATEGORIES = {
    "samples": "Samples", "events": "Events", "condition": "Condition", "conditions": "Condition",
}  # fmt: skip
_WORDS = {"PH": "PH", "AC": "AC", "DC": "DC", "URI": "URI", "MTCONNECT": "MTConnect"}
_ELEMENTS = ("initialValue", "resetTrigger")  # texts that are elements, not attributes
_ANSWERED = ("result", "samples", "entries", "level")
Object = dict[str, Any]
Found = tuple[str, Any, bool, str, Object, Object]  # as json_walk.Entity


def opened(text: str) -> str | None:
    """The document that a text begins with, None for none."""
    found = _OPENED.match(text)
    return GROUPS.get(found[1]) if found else None


def header(said: Any) -> Object:
    """The header's members; the first agents wrote them with a capital letter."""
    members = said.items() if isinstance(said, dict) else ()
    return {name[:1].lower() + name[1:]: value for name, value in members if not _deep(value)}


def entities(group: str, said: Any) -> Iterator[Found]:
    """What one element of a group holds."""
    if not isinstance(said, dict):
        return
    if group == "streams":
        yield from _observations(said)
    elif group == "errors":
        yield "Error", said, True, "", {}, {}
    else:
        yield *_named(said), True, "", {}, {}


def _observations(device: Object) -> Iterator[Found]:
    about = _plain(device)
    for component in _objects(device.get("componentStream")):
        within = _plain(component)
        for key, category in _CATEGORIES.items():
            for each in _objects(component.get(key)):
                yield *_observation(category, each), False, category, about, within


def _observation(category: str, said: Object) -> tuple[str, Object]:
    value = {name: member for name, member in said.items() if name not in _ANSWERED}
    if "result" in said:
        value["value"] = said["result"]
    if category == "Condition":
        return str(said.get("level") or "").capitalize(), value
    name = element_name(str(value.pop("type", None) or ""))
    if isinstance(series := said.get("samples"), list):
        return f"{name}TimeSeries", {"sampleCount": len(series), **value, "value": series}
    if entries := _objects(said.get("entries")):
        kind = "Table" if any("cells" in each for each in entries) else "DataSet"
        return f"{name}{kind}", value | {"value": dict(map(_entry, entries))}
    return name, value


def _entry(said: Object) -> tuple[str, Any]:
    if said.get("removed"):
        return str(said.get("key")), {"removed": True}
    if "cells" in said:
        return str(said.get("key")), dict(map(_entry, _objects(said["cells"])))
    return str(said.get("key")), said.get("value")


def element_name(type_: str) -> str:
    """The element of a data item's type: PATH_FEEDRATE is PathFeedrate, x:FLOW is Flow."""
    words = type_.rpartition(":")[2].split("_")
    return "".join(_WORDS.get(word, word.capitalize()) for word in words)


def _named(said: Object) -> tuple[str, Object]:
    """A device, component or asset: the name of its element, and the rest by elements' names."""
    value: Object = {}
    for name, member in said.items():
        if name == "dataItems":
            value["DataItems"] = {"DataItem": [_capital(each) for each in _objects(member)]}
        elif name == "compositions":
            value["Compositions"] = {"Composition": [_capital(each) for each in _objects(member)]}
        elif name == "components":
            inner = value["Components"] = {}
            for kind, each in map(_named, _objects(member)):
                inner.setdefault(kind, []).append(each)
        elif name != "type":
            value |= _capital({name: member})
    return str(said.get("type") or "Device"), value


def _capital(said: Any) -> Any:
    """Members that are elements begin with a capital letter."""
    if not isinstance(said, dict):
        return [_capital(each) for each in said] if isinstance(said, list) else said
    return {
        _element(name) if _deep(member) or name in _ELEMENTS else name: _capital(member)
        for name, member in said.items()
    }


def _element(name: str) -> str:
    return "Value" if name == "values" else name[:1].upper() + name[1:]


def _deep(value: Any) -> bool:
    return isinstance(value, dict | list)


def _plain(said: Object) -> Object:
    return {name: member for name, member in said.items() if not _deep(member)}


def _objects(members: Any) -> list[Object]:
    return [each for each in members if isinstance(each, dict)] if _deep(members) else []
