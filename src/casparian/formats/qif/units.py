"""Units of a QIF document, and values with the unit that stands at them.

Source: ISO 23952:2020, QIF library: units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from xml.etree.ElementTree import Element

from casparian.reading.spc import number
from casparian.reading.xml_stream import child_text, local, text_of

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


@dataclass
class Units:
    """The file's units: the primary name of each kind, and factors to SI by name.

    shifted: names of units that begin elsewhere than SI's do (Offset, as of degrees Fahrenheit):
    a factor alone does not convert them.
    """

    primary: dict[str, str] = field(default_factory=dict)
    factors: dict[str, Decimal] = field(default_factory=dict)
    shifted: set[str] = field(default_factory=set)

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
        if number(child_text(each, "UnitConversion", "Offset")):
            self.shifted.add(name)
        elif factor:
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
        if not self.shifted.isdisjoint((source, target)):
            return None
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
