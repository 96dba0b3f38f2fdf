"""Measured characteristics as rows of contract spc: values, and verdicts and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from casparian.formats.qif.characteristics import type_of
from casparian.formats.qif.limits import Limits
from casparian.formats.qif.units import Units, own_unit
from casparian.reading.records import Record
from casparian.reading.spc import ATTRIBUTES, MEASUREMENTS, judged, number
from casparian.reading.xml_stream import child, child_text, local

MEASUREMENT_COLUMNS = (
    *("results_id", "measurement", "type", "item_id", "part_number", "serial", "feature"),
    *("measured_at", "actual", "units", "status"),
)
_OF_MEASUREMENT = ("Value", "Status", "CharacteristicItemId")  # known: not for `_extra`
_NAMED = ("part_number", "serial", "feature", "measured_at")


def value_record(
    raw: dict[str, str | None],
    fields: dict[str, Any],
    limits: Limits,
    units: Units,
    element: Element,
) -> Record:
    """A measured value with its limits, all in the unit that the value has."""
    unit = own_unit(child(element, "Value")) or limits.unit
    nominal, upper, lower = (
        units.convert(each, limits.unit, unit)
        for each in (limits.nominal, limits.upper, limits.lower)
    )
    fields |= {"actual": raw["actual"], "units": unit, "nominal": text_or_none(nominal)}
    fields |= {"usl": text_or_none(upper), "lsl": text_or_none(lower)}
    fields |= judged(raw["actual"], lower, upper, fields["stated_status"])
    return Record(MEASUREMENTS, raw | {"units": unit}, fields)


def attribute_record(
    raw: dict[str, str | None], fields: dict[str, Any], value: str | None
) -> Record:
    """A verdict or a count."""
    stated = fields["stated_status"]
    passed = judged(None, None, None, stated)["pass"]
    counted = value if value is not None and number(value) is not None else None
    whole = counted if counted is not None and counted.isdecimal() else None
    given = {"value_text": value or stated, "defects": whole, "pass": passed}
    return Record(ATTRIBUTES, raw, fields | given)


def verdict_record(results: str, fields: dict[str, Any]) -> Record:
    """A set of results that says nothing but whether its part conforms."""
    raw = {"results_id": results, "status": fields["stated_status"]}
    return attribute_record(raw | {name: fields[name] for name in _NAMED}, fields, None)


def raw_of(
    results: str, element: Element, fields: Mapping[str, Any], value: str | None
) -> dict[str, str | None]:
    """A measurement as bronze keeps it; what has no column becomes `_extra`."""
    raw = {
        "results_id": results, "measurement": element.get("id"),
        "type": type_of(element.tag), "item_id": child_text(element, "CharacteristicItemId"),
        "actual": value, "status": fields["stated_status"],
    }  # fmt: skip
    raw |= {name: fields[name] for name in _NAMED}
    for each in element:
        if (name := local(each.tag)) not in _OF_MEASUREMENT:
            raw[name] = " ".join(" ".join(each.itertext()).split())[:2000] or None
    return raw


def text_or_none(value: object) -> str | None:
    return None if value is None else str(value)
