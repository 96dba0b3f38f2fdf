"""Limits of QIF characteristics.

Tolerances of size are an upper and a lower deviation from the nominal, or limits themselves
(DefinedAsLimit); either side may be open. A geometric tolerance is the width of a zone: it is the
upper limit, and there is no lower one. A profile whose zone is offset (OuterDisposition), and a
point's profile, have signed deviations as values: the zone's two sides are the limits.

Source: ISO 23952:2020, QIF library: characteristics.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import Element

from casparian.formats.qif.units import Units, own_unit, value_of
from casparian.reading.spc import number
from casparian.reading.xml_stream import child, child_text


@dataclass(frozen=True)
class Limits:
    """Nominal and limits in `unit`; None for what is open or not stated."""

    nominal: Decimal | None = None
    upper: Decimal | None = None
    lower: Decimal | None = None
    unit: str | None = None


def limits_of(
    type_name: str,
    definition: Element | None,
    nominal: Element | None,
    units: Units,
    size: Element | None = None,
) -> Limits:
    """The limits of a characteristic of this type, in its own unit.

    size: the nominal of the very feature that was measured, where it is not the item's own.
    """
    target = child(nominal, "TargetValue") if nominal is not None else None
    target = target if size is None else size
    unit = _unit(definition, target) or units.kind(type_name)
    middle = units.convert(number(value_of(target)), own_unit(target) or unit, unit)
    if definition is None:
        return Limits(middle, unit=unit)
    if (tolerance := child(definition, "Tolerance")) is not None:
        return _of_size(tolerance, middle, unit, units)
    zone = child(definition, "ToleranceValue")
    width = units.convert(number(value_of(zone)), own_unit(zone) or unit, unit)
    return _of_zone(type_name, definition, middle, width, unit)


def _unit(*elements: Element | None) -> str | None:
    for element in elements:
        for each in element.iter() if element is not None else ():
            if unit := own_unit(each):
                return unit
    return None


def _of_size(tolerance: Element, nominal: Decimal | None, unit: str | None, units: Units) -> Limits:
    sides = [child(tolerance, name) for name in ("MaxValue", "MinValue")]
    upper, lower = (
        units.convert(number(value_of(side)), own_unit(side) or unit, unit) for side in sides
    )
    if (child_text(tolerance, "DefinedAsLimit") or "").lower() in ("true", "1"):
        return Limits(nominal, upper, lower, unit)
    if nominal is None:
        return Limits(unit=unit)
    return Limits(
        nominal,
        None if upper is None else nominal + upper,
        None if lower is None else nominal + lower,
        unit,
    )


def _of_zone(
    type_name: str,
    definition: Element,
    nominal: Decimal | None,
    width: Decimal | None,
    unit: str | None,
) -> Limits:
    outer = number(value_of(child(definition, "OuterDisposition")))
    if width is None or "Profile" not in type_name:
        return Limits(nominal, width, None, unit)
    if outer is not None:
        return Limits(nominal, outer, outer - width, unit)
    if type_name.startswith("PointProfile"):
        return Limits(nominal, width / 2, -width / 2, unit)
    return Limits(nominal, width, None, unit)
