"""MTConnectDevices: the device model that an agent answers to `probe`.

Each component (a device is the topmost) and each data item is a record. A row of mtc_devices is
derived from each device.

Source: MTConnect Standard Part 2.0 and 2.x, Device Information Model; ANSI/MTC1.4 Part 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from casparian.formats.mtconnect.device_columns import (
    COMPONENT,
    COMPONENT_PARTS,
    COMPONENTS,
    DATA_ITEMS,
    DEVICE,
    DEVICES,
    ITEM,
    ITEM_PARTS,
)
from casparian.formats.mtconnect.entities import content, dumped, text
from casparian.formats.mtconnect.header import Header
from casparian.reading.records import Record
from casparian.reading.xml_stream import child, children, local, text_of

_FRAME = ("Components", "DataItems", "Description")


def device_records(device: Element, header: Header) -> Iterator[Record]:
    """Records of a Device (or Agent) element: components and data items in document order."""
    uuid = device.get("uuid")
    waiting: list[tuple[Element, str | None, str]] = [(device, None, "")]
    while waiting:
        component, parent, above = waiting.pop()
        path = above + _step(component)
        yield _component(component, uuid, parent, path)
        if component is device:
            yield _device(device, header)
        for item in _within(component, "DataItems"):
            yield _data_item(item, component, uuid, path)
        below = _within(component, "Components")
        waiting += [(each, component.get("id"), path + "/") for each in reversed(below)]


def _within(component: Element, name: str) -> list[Element]:
    return [each for group in children(component, name) for each in group]


def _step(component: Element) -> str:
    """One step of a path, as `Linear[X]`."""
    return f"{local(component.tag)}[{component.get('name') or component.get('id') or ''}]"


def _device(device: Element, header: Header) -> Record:
    said = _with_description(device)
    fields = {silver: said.get(name) or None for name, silver in DEVICE.items()}
    number = header.instance_id
    fields |= {
        "device_uuid": device.get("uuid"),
        "description": said.get("description"),
        "instance_id": None if number is None else str(number),
        "first_seen": header.creation_time,
        "agent_version": header.version,
        "described": "true",
    }
    return Record(DEVICES, {"uuid": device.get("uuid")}, fields, derived=True)


def _with_description(component: Element) -> dict[str, str | None]:
    """Attributes of a component and of its Description, whose text is `description`."""
    described = child(component, "Description")
    said: dict[str, str | None] = dict(described.attrib) if described is not None else {}
    whole = {local(name): value for name, value in said.items()}
    own = {local(name): value for name, value in component.attrib.items()}
    words = text_of(described)
    return {**whole, **own, "description": " ".join(words.split()) if words else None}


def _component(component: Element, uuid: str | None, parent: str | None, path: str) -> Record:
    said = _with_description(component)
    parts = {name: text(_part(component, name)) for name in COMPONENT_PARTS}
    raw = {"deviceUuid": uuid, "element": local(component.tag), "path": path, "parentId": parent}
    fields = {silver: said.get(name) or None for name, silver in COMPONENT.items()}
    fields |= {silver: parts[name] for name, silver in COMPONENT_PARTS.items()}
    fields |= {"device_uuid": uuid, "component": local(component.tag), "component_path": path}
    fields |= {"parent_id": parent, "description": said["description"]}
    others = _others(component, {*_FRAME, *COMPONENT_PARTS})
    return Record(COMPONENTS, {**others, **said, **parts, **raw}, fields)


def _data_item(item: Element, component: Element, uuid: str | None, path: str) -> Record:
    own: dict[str, str | None] = {local(name): value for name, value in item.attrib.items()}
    parts = {name: text(_part(item, name)) for name in ITEM_PARTS}
    raw = {"deviceUuid": uuid, "element": local(component.tag), "path": path}
    fields = {silver: own.get(name) or None for name, silver in ITEM.items()}
    fields |= {silver: parts[name] for name, silver in ITEM_PARTS.items()}
    fields |= {"device_uuid": uuid, "component": local(component.tag), "component_path": path}
    fields |= {"component_id": component.get("id"), "component_name": component.get("name")}
    raw |= {"componentId": component.get("id")}
    return Record(DATA_ITEMS, {**_others(item, set(ITEM_PARTS)), **own, **parts, **raw}, fields)


def _part(element: Element, name: str) -> object:
    found = child(element, name)
    return content(found) if found is not None else None


def _others(element: Element, known: set[str]) -> Mapping[str, str | None]:
    """Children without a column of their own (vendor extensions), as JSON by their name."""
    groups: dict[str, list[object]] = {}
    for each in element:
        if local(each.tag) not in known:
            groups.setdefault(local(each.tag), []).append(content(each))
    return {name: dumped(found) for name, found in groups.items()}
