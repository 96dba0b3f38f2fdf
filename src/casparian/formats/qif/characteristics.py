"""QIF's characteristic items as people know them: name, type, limits, identifier."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from xml.etree.ElementTree import Element

from casparian.formats.qif.document import Document
from casparian.formats.qif.limits import Limits, limits_of
from casparian.formats.qif.references import ids_in
from casparian.formats.qif.units import Units
from casparian.reading.spc import feature_name
from casparian.reading.xml_stream import child, child_text, children, local, text_of

_SUFFIX = re.compile(r"Characteristic(?:Item|Definition|Nominal|Measurement|Actual|Stats)\Z")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOTHING = ("", "-NONE-")


def type_of(tag: str) -> str:
    """The characteristic's type in an element's name: DiameterCharacteristicItem → Diameter."""
    return _SUFFIX.sub("", local(tag))


def spelled(type_name: str) -> str:
    """As contract spc writes it: DistanceBetween → distance_between."""
    return _WORD.sub("_", type_name).lower()


@dataclass(frozen=True)
class Characteristic:
    """One characteristic item. `limits` in the unit of its definition."""

    type_name: str
    name: str | None
    designator: str | None
    qpid: str | None
    feature_items: tuple[str, ...]
    limits: Limits
    criticality: str | None = None
    comment: str | None = None
    gage: str | None = None

    @property
    def identifier(self) -> str | None:
        """QPId if there is one, else the balloon's text."""
        return self.qpid or self.designator or self.name

    def feature(self, features: list[str]) -> str | None:
        """`feature` of contract spc for a measurement on these features of the part."""
        own = self.designator or self.name
        return feature_name("+".join(features) or self.name, own)


class Characteristics:
    """The items of a document, worked out when they are first asked for."""

    def __init__(self, document: Document):
        self.document = document
        self._known: dict[str, Characteristic] = {}

    @cached_property
    def units(self) -> Units:
        return Units.of(self.document.units)

    def on(self, identifier: str | None, type_name: str, features: list[str]) -> Characteristic:
        """The item as it holds for these feature items.

        One item may stand for a pattern of features: its target is that of the features it
        lists, another feature's nominal is its own size.
        """
        item = self.get(identifier, type_name)
        if not features or features[0] in item.feature_items:
            return item
        size = self.document.size_of(features[0], type_name)
        if size is None:
            return item
        key = f"{identifier} on {features[0]}"
        if key not in self._known:
            self._known[key] = replace(item, limits=self._limits(identifier or "", size))
        return self._known[key]

    def get(self, identifier: str | None, type_name: str) -> Characteristic:
        """The item of that id; one without name or limits where the document has none."""
        if identifier not in self.document.items:
            unit = self.units.kind(type_name)
            named = f"{spelled(type_name)} {identifier or ''}".strip()
            return Characteristic(type_name, named, None, None, (), Limits(unit=unit))
        if identifier not in self._known:
            self._known[identifier] = self._made(self.document.items[identifier])
        return self._known[identifier]

    def devices(self, element: Element) -> str | None:
        """Names of the measuring devices that an item or a measurement refers to."""
        known = self.document.devices
        return ", ".join(known.get(i, i) for i in ids_in(element, "MeasurementDeviceIds")) or None

    def _defined(self, item: Element) -> tuple[Element | None, Element | None]:
        """The item's nominal and definition."""
        nominal = self.document.nominals.get(child_text(item, "CharacteristicNominalId") or "")
        referring = nominal if nominal is not None else item
        definition = child_text(referring, "CharacteristicDefinitionId") or ""
        return nominal, self.document.definitions.get(definition)

    def _limits(self, identifier: str, size: Element | None = None) -> Limits:
        item = self.document.items.get(identifier)
        if item is None:
            return Limits()
        nominal, definition = self._defined(item)
        return limits_of(type_of(item.tag), definition, nominal, self.units, size)

    def _made(self, item: Element) -> Characteristic:
        type_name = type_of(item.tag)
        nominal, definition = self._defined(item)
        key = child(item, "CharacteristicDesignator")  # 3.0
        key = child(item, "KeyCharacteristic") if key is None else key  # 2.x
        defined_name = child_text(definition, "Name") if definition is not None else None
        level = child(key, "Criticality") if key is not None else None
        return Characteristic(
            type_name,
            _said(child_text(item, "Name")) or defined_name,
            _said(child_text(key, "Designator") if key is not None else None),
            _qpid(item, key),
            tuple(ids_in(item, "FeatureItemIds")),
            limits_of(type_name, definition, nominal, self.units),
            text_of(level[0]) if level is not None and len(level) else None,
            child_text(item, "Description") or _comment(item),
            self.devices(item),
        )


def _said(text: str | None) -> str | None:
    return None if text in _NOTHING else text


def _qpid(item: Element, key: Element | None) -> str | None:
    """2.x keeps it in an attribute or a QPId element, 3.0 as UUID of the designator."""
    own = child_text(item, "QPId") or child_text(item, "UUID")
    own = own or (child_text(key, "UUID") if key is not None else None)
    attributes = child(item, "Attributes")
    found = children(attributes, "AttributeQPId") if attributes is not None else []
    return own or next((text for each in found if (text := child_text(each, "Value"))), None)


def _comment(item: Element) -> str | None:
    attributes = child(item, "Attributes")
    for each in attributes if attributes is not None else ():
        if (each.get("name") or "").lower() == "comment":
            return each.get("value") or child_text(each, "Value")
    return None
