"""Limits and units of QIF characteristics.

Tolerances of size are an upper and a lower deviation from the nominal, or limits themselves
(DefinedAsLimit); either side may be open. A geometric tolerance is the width of a zone: it is the
upper limit, and there is no lower one. A profile whose zone is offset (OuterDisposition), and a
point's profile, have signed deviations as values: the zone's two sides are the limits.

Source: ISO 23952:2020, QIF library: characteristics, units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree.ElementTree import Element

from casparian.reading.spc import number
from casparian.reading.xml_stream import child, child_text, local, text_of

UNIT_ATTRIBUTES = (
    *("linearUnit", "angularUnit", "areaUnit", "forceUnit", "massUnit", "pressureUnit"),
    *("speedUnit", "temperatureUnit", "timeUnit", "unitName"),
)
_KINDS = (  # of quantity, told from the type's name; what is none of these is a length
    ("AngularUnit", re.compile(r"Angle(?!.*Coord)|Angular(?!ity)|^Cone.*Angle")),
    ("TemperatureUnit", re.compile(r"Temperature")),
    ("ForceUnit", re.compile(r"Force|Hardness")),
    ("MassUnit", re.compile(r"Mass|Weight")),
    ("PressureUnit", re.compile(r"Pressure")),
    ("SpeedUnit", re.compile(r"Speed")),
    ("TimeUnit", re.compile(r"^Time")),
    ("AreaUnit", re.compile(r"Area(?!.*Texture)")),
    ("", re.compile(r"Unit|Attribute|Count|Ratio")),
)
_SI: dict[str, str] = {
       "meter": "1", "metre": "1", "m": "1", "mm": "0.001", "millimeter": "0.001", "cm": "0.01",
       "um": "0.000001", "µm": "0.000001", "micrometer": "0.000001", "inch": "0.0254",
       "in": "0.0254", "inches": "0.0254", "ft": "0.3048", "foot": "0.3048", "mil": "0.0000254",
       "radian": "1", "rad": "1", "degree": "0.017453292519943295", "deg": "0.017453292519943295",
       "minute": "0.000290888208665722", "second": "0.00000484813681109536"}  # fmt: skip
_FACTORS = {name: Decimal(factor) for name, factor in _SI.items()}


@dataclass(frozen=True)
class Limits:
    """Nominal and limits in `unit`; None for what is open or not stated."""

    nominal: Decimal | None = None
    upper: Decimal | None = None
    lower: Decimal | None = None
    unit: str | None = None


@dataclass
class Units:
    """The file's units: the primary name of each kind, and factors to SI by name."""

    primary: dict[str, str] = field(default_factory=dict)
    factors: dict[str, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, element: Element | None) -> Units:
        units = cls()
        for group in element if element is not None else ():
            for each in group.iter():
                units._add(each, local(group.tag) == "PrimaryUnits")
        return units

    def _add(self, each: Element, primary: bool) -> None:
        name = child_text(each, "UnitName") or child_text(each, "SIUnitName")
        if name is None:
            return
        if primary:
            self.primary.setdefault(local(each.tag), name)
        factor = number(child_text(each, "UnitConversion", "Factor"))
        if factor:
            self.factors[name] = factor

    def kind(self, type_name: str) -> str | None:
        """The unit of a characteristic that states none itself."""
        kind = next((k for k, pattern in _KINDS if pattern.search(type_name)), "LinearUnit")
        return self.primary.get(kind)

    def convert(
        self, value: Decimal | None, source: str | None, target: str | None
    ) -> Decimal | None:
        """The value in another unit; None where nobody says how they relate."""
        if value is None or source == target or source is None or target is None:
            return value
        factors = [self.factors.get(u) or _FACTORS.get(u.lower()) for u in (source, target)]
        if factors[0] is None or factors[1] is None:
            return None
        return +(value * factors[0] / factors[1]).normalize()


def own_unit(element: Element | None) -> str | None:
    """The unit that stands at the value itself."""
    names = (element.get(name) for name in UNIT_ATTRIBUTES) if element is not None else ()
    return next((name for name in names if name), None)


def value_of(element: Element | None) -> str | None:
    """A value's text: its own, or that of a Value within it."""
    if element is None:
        return None
    return text_of(element) or child_text(element, "Value")


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
