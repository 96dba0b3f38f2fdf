"""Data items of a machine's MTConnect agent, and how one observation looks in XML."""

from __future__ import annotations

from dataclasses import dataclass

UNAVAILABLE = "UNAVAILABLE"
NAMESPACE = "urn:mtconnect.org:MTConnectStreams:2.0"
TABLES = {
    "Samples": "equipment.mtc_samples",
    "Events": "equipment.mtc_events",
    "Condition": "equipment.mtc_conditions",
}


@dataclass(frozen=True)
class Component:
    """A ComponentStream: type, id, and name."""

    component: str
    component_id: str
    name: str


@dataclass(frozen=True)
class Item:
    """A data item. For a condition, `element` is its type attribute (SYSTEM, ACTUATOR...)."""

    item_id: str
    category: str
    element: str
    component: int
    name: str = ""
    extra: str = ""


COMPONENTS = (
    Component("Device", "dev", ""),
    Component("Controller", "cont", "controller"),
    Component("Path", "path1", "path1"),
    Component("Linear", "x", "X"),
    Component("Linear", "y", "Y"),
    Component("Linear", "z", "Z"),
    Component("Rotary", "c", "C"),
    Component("Coolant", "cool", "coolant"),
)
ITEMS = (
    Item("avail", "Events", "Availability", 0, "avail"),
    Item("estop", "Events", "EmergencyStop", 1, "estop"),
    Item("system_cond", "Condition", "SYSTEM", 1, "system"),
    Item("mode", "Events", "ControllerMode", 2, "mode"),
    Item("exec", "Events", "Execution", 2, "execution"),
    Item("program", "Events", "Program", 2, "program"),
    Item("part_count", "Events", "PartCount", 2, "PartCountAct", ' subType="ALL"'),
    Item("path_feed", "Samples", "PathFeedrate", 2, "Fact", ' subType="ACTUAL"'),
    Item("path_pos", "Samples", "PathPosition", 2, "path_position", ' subType="ACTUAL"'),
    Item("x_pos", "Samples", "Position", 3, "Xact", ' subType="ACTUAL"'),
    Item("x_load", "Samples", "Load", 3, "Xload"),
    Item("y_pos", "Samples", "Position", 4, "Yact", ' subType="ACTUAL"'),
    Item("z_pos", "Samples", "Position", 5, "Zact", ' subType="ACTUAL"'),
    Item("z_load", "Samples", "Load", 5, "Zload"),
    Item("c_speed", "Samples", "RotaryVelocity", 6, "Srpm", ' subType="ACTUAL"'),
    Item("c_load", "Samples", "Load", 6, "Sload", ' statistic="AVERAGE" duration="10"'),
    Item("c_mode", "Events", "RotaryMode", 6, "rfunc"),
    Item("c_cond", "Condition", "ACTUATOR", 6, "spindle_cond"),
    Item("cool_temp", "Samples", "Temperature", 7, "coolant_temp"),
)
INDEX = {item.item_id: i for i, item in enumerate(ITEMS)}


def observation_xml(prefix: str, item: Item, sequence: int, timestamp: str, value: str) -> str:
    """One observation element. A condition's value is `state|nativeCode|message`."""
    name = f' name="{item.name}"' if item.name else ""
    head = (
        f'dataItemId="{prefix}{item.item_id}"{name} sequence="{sequence}" timestamp="{timestamp}"'
    )
    if item.category == "Condition":
        return _condition_xml(head, item, value)
    return f"<{item.element} {head}{item.extra}>{value}</{item.element}>"


def _condition_xml(head: str, item: Item, value: str) -> str:
    state, _, rest = value.partition("|")
    code, _, message = rest.partition("|")
    element = "Unavailable" if state == UNAVAILABLE else state
    attributes = f'{head} type="{item.element}"'
    if code:
        attributes += f' nativeCode="{code}" nativeSeverity="2"'
    if message:
        return f"<{element} {attributes}>{message}</{element}>"
    return f"<{element} {attributes}/>"
