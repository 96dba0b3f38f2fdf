"""Second pass over a QIF document: one record a measured characteristic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from casparian.formats.qif import document as qif
from casparian.formats.qif import names
from casparian.formats.qif.characteristics import (
    Characteristic,
    Characteristics,
    ids_in,
    spelled,
    type_of,
)
from casparian.formats.qif.document import ids_of_statistics, subgroups
from casparian.formats.qif.limits import own_unit, value_of
from casparian.reading.records import Record
from casparian.reading.spc import (
    ATTRIBUTES,
    MEASUREMENTS,
    Identity,
    Parts,
    judged,
    number,
)
from casparian.reading.xml_stream import child, child_text, elements, local, text_of

MEASUREMENT_COLUMNS = (
    *("results_id", "measurement", "type", "item_id", "part_number", "serial", "feature"),
    *("measured_at", "actual", "units", "status"),
)
WHOLE = "whole part"  # the feature of a verdict on a part of which no characteristic is given
_OF_MEASUREMENT = ("Value", "Status", "CharacteristicItemId")  # known: not for `_extra`


class Results:
    """The measurements of a document. One instance a file."""

    def __init__(self, document: qif.Document, report: str):
        self.document, self.report = document, report
        self.characteristics = Characteristics(document)
        self.identity = Identity(document.qpid or report)
        self.parts = Parts()
        self.measured: dict[str, str] = {}  # features by item, for spc_characteristics
        self.items_of: dict[str, tuple[str, str]] = {}  # measurement id → (item id, feature)
        self.count = self.elsewhere = 0
        self._wanted_ids = ids_of_statistics(document)
        self._samples = {identifier: n for n, identifier in enumerate(document.results, 1)}
        self._subgroups = subgroups(document)

    def read(self, stream: BinaryIO) -> Iterator[Record]:
        """The measured characteristics in document order, then parts that have only a verdict."""
        wanted = names.Named((), (*names.MEASURED, *names.FEATURE_MEASURED))
        features: dict[str, str] = {}
        seen: set[str] = set()
        for above, element in elements(stream, wanted, starts=("MeasurementResults",)):
            name = local(element.tag)
            if name == "MeasurementResults":
                features.clear()
                continue
            results = next((a for a in above if local(a.tag) == "MeasurementResults"), None)
            if name.endswith(names.FEATURE_MEASURED):
                features[element.get("id", "")] = child_text(element, "FeatureItemId") or ""
            elif results is not None:
                seen.add(results.get("id", ""))
                yield self._measurement(results.get("id", ""), element, features)
        for identifier, known in self.document.results.items():
            if identifier not in seen and known.status:
                yield self._verdict(identifier)

    def _measurement(self, results: str, element: Element, features: Mapping[str, str]) -> Record:
        self.count += 1
        item_id, type_name = self._item(element)
        on = self._features(element, features)
        item = self.characteristics.on(item_id, type_name, on)
        feature = item.feature(self.named(on or item.feature_items))
        self.measured.setdefault(item_id or "", feature or "")
        if (identifier := element.get("id", "")) in self._wanted_ids:
            self.items_of[identifier] = (item_id or "", feature or "")
        value = value_of(child(element, "Value"))
        stated = child_text(element, "Status", "CharacteristicStatusEnum") or child_text(
            element, "Status"
        )
        fields = self._who(results, feature, child_text(element, "TimeStamp"))
        fields |= {
            "characteristic_id": item.identifier,
            "characteristic_type": spelled(type_name),
            "subgroup": self._subgroups.get(identifier),
            "stated_status": stated,
            "gage": item.gage,
        }
        raw = self._raw(results, element, fields, value)
        if value is None or "Attribute" in type_name or type_name.endswith("Count"):
            return self._attribute(raw, fields, value, stated)
        self.parts.saw(fields)
        return self._value(raw, fields, item, element, value)

    def _item(self, element: Element) -> tuple[str | None, str]:
        """The item's id and type. An item of another document is named by both its ids."""
        reference = child(element, "CharacteristicItemId")
        if reference is not None and reference.get("xId"):
            self.elsewhere += 1
            return f"{text_of(reference)}.{reference.get('xId')}", type_of(element.tag)
        return text_of(reference), type_of(element.tag)

    def _features(self, element: Element, features: Mapping[str, str]) -> list[str]:
        """The feature items that were measured, as far as this set of results has them."""
        measured = ids_in(element, "FeatureMeasurementIds", "FeatureActualIds")
        return [item for each in measured if (item := features.get(each))]

    def named(self, items: Iterable[str]) -> list[str]:
        return [name for each in items if (name := self.document.features.get(each))]

    def _who(self, results: str, feature: str | None, time: str | None) -> dict[str, Any]:
        """Part, serial, time and what tells the measurement from others."""
        known = self.document.results.get(results, self.document.common)
        component = next(
            (c for i in known.components if (c := self.document.actual.get(i)) is not None), None
        )
        serial = child_text(component, "SerialNumber") if component is not None else None
        part = self.document.part_of(component) or self.report
        measured = _utc(time or known.started or self.document.common.started)
        run = time or known.started or known.qpid
        return {
            "source_format": "qif", "part_number": part, "serial": serial, "feature": feature,
            "measurement_id": self.identity.of(part, feature, serial, run, again=True),
            "measured_at": measured, "sample": text_or_none(self._samples.get(results)),
            "operator": known.operator or self.document.common.operator,
        }  # fmt: skip

    def _value(
        self,
        raw: dict[str, str | None],
        fields: dict[str, Any],
        item: Characteristic,
        element: Element,
        value: str,
    ) -> Record:
        limits, units = item.limits, self.characteristics.units
        unit = own_unit(child(element, "Value")) or limits.unit
        nominal, upper, lower = (
            units.convert(each, limits.unit, unit)
            for each in (limits.nominal, limits.upper, limits.lower)
        )
        fields |= {"actual": value, "units": unit, "nominal": text_or_none(nominal)}
        fields |= {"usl": text_or_none(upper), "lsl": text_or_none(lower)}
        fields |= judged(value, lower, upper, fields["stated_status"])
        return Record(MEASUREMENTS, raw | {"units": unit}, fields)

    def _attribute(
        self,
        raw: dict[str, str | None],
        fields: dict[str, Any],
        value: str | None,
        stated: str | None,
    ) -> Record:
        self.parts.saw(fields)
        passed = judged(None, None, None, stated)["pass"]
        counted = value if value is not None and number(value) is not None else None
        whole = counted if counted is not None and counted.isdecimal() else None
        given = {"value_text": value or stated, "defects": whole, "pass": passed}
        return Record(ATTRIBUTES, raw, fields | given)

    def _verdict(self, results: str) -> Record:
        """A set of results that says nothing but whether its part conforms."""
        self.count += 1
        stated = self.document.results[results].status
        fields = self._who(results, WHOLE, None) | {"stated_status": stated}
        raw = {"results_id": results, "status": stated}
        raw |= {name: fields[name] for name in ("part_number", "serial", "feature", "measured_at")}
        return self._attribute(raw, fields, None, stated)

    def _raw(
        self, results: str, element: Element, fields: Mapping[str, Any], value: str | None
    ) -> dict[str, str | None]:
        raw = {
            "results_id": results, "measurement": element.get("id"),
            "type": type_of(element.tag), "item_id": child_text(element, "CharacteristicItemId"),
            "actual": value, "status": fields["stated_status"],
        }  # fmt: skip
        raw |= {name: fields[name] for name in ("part_number", "serial", "feature", "measured_at")}
        for each in element:
            if (name := local(each.tag)) not in _OF_MEASUREMENT:
                raw[name] = " ".join(" ".join(each.itertext()).split())[:2000] or None
        return raw


def _utc(time: str | None) -> str | None:
    """QIF writes times in UTC, with or without saying so (ISO 23952, InspectionStart)."""
    if time is None or time.endswith(("Z", "z")) or time[-6:-5] in ("+", "-"):
        return time
    return f"{time}Z"


def text_or_none(value: object) -> str | None:
    return None if value is None else str(value)
