"""Second pass over a QIF document: one record a measured characteristic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element

from casparian.formats.qif import document as qif
from casparian.formats.qif import names
from casparian.formats.qif.characteristics import Characteristics, spelled, type_of
from casparian.formats.qif.references import ids_in, ids_of_statistics, item_id_of, subgroups
from casparian.formats.qif.rows import (
    attribute_record,
    raw_of,
    text_or_none,
    value_record,
    verdict_record,
)
from casparian.formats.qif.units import value_of
from casparian.reading.records import Record
from casparian.reading.spc import Identity, Parts
from casparian.reading.xml_stream import child, child_text, elements, local

WHOLE = "whole part"  # the feature of a verdict on a part of which no characteristic is given


class Results:
    """The measurements of a document. One instance a file."""

    def __init__(self, document: qif.Document, report: str):
        self.document, self.report = document, report
        self.characteristics = Characteristics(document)
        self.identity = Identity(document.qpid or report)
        self.parts = Parts()
        self.measured: dict[str, tuple[str, str]] = {}  # item id → (feature, part) of its first
        self.items_of: dict[str, tuple[str, tuple[str, str]]] = {}  # measurement id → the same
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
        value = value_of(child(element, "Value"))
        stated = child_text(element, "Status", "CharacteristicStatusEnum") or child_text(
            element, "Status"
        )
        component = child_text(element, "ActualComponentId")
        fields = self._who(results, feature, child_text(element, "TimeStamp"), component)
        measured = feature or "", fields["part_number"]
        self.measured.setdefault(item_id or "", measured)
        if (identifier := element.get("id", "")) in self._wanted_ids:
            self.items_of[identifier] = item_id or "", measured
        fields |= {
            "characteristic_id": item.identifier,
            "characteristic_type": spelled(type_name),
            "subgroup": self._subgroups.get(identifier),
            "stated_status": stated,
            "gage": self.characteristics.devices(element) or item.gage,
        }
        raw = raw_of(results, element, fields, value)
        self.parts.saw(fields)
        if value is None or "Attribute" in type_name or type_name.endswith("Count"):
            return attribute_record(raw, fields, value)
        return value_record(raw, fields, item.limits, self.characteristics.units, element)

    def _item(self, element: Element) -> tuple[str | None, str]:
        """The item's id and type. An item of another document is named by both its ids."""
        item_id = item_id_of(element)
        self.elsewhere += item_id != child_text(element, "CharacteristicItemId")
        return item_id, type_of(element.tag)

    def _features(self, element: Element, features: Mapping[str, str]) -> list[str]:
        """The feature items that were measured, as far as this set of results has them."""
        measured = ids_in(element, "FeatureMeasurementIds", "FeatureActualIds")
        return [item for each in measured if (item := features.get(each))]

    def named(self, items: Iterable[str]) -> list[str]:
        return [name for each in items if (name := self.document.features.get(each))]

    def _who(
        self, results: str, feature: str | None, time: str | None, own: str | None = None
    ) -> dict[str, Any]:
        """Part, serial, time and what tells the measurement from others.

        own: the component that the measurement itself names, where it does.
        """
        known = self.document.results.get(results, self.document.common)
        named = [*([own] if own else ()), *known.components]
        component = next((c for i in named if (c := self.document.actual.get(i)) is not None), None)
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

    def _verdict(self, results: str) -> Record:
        self.count += 1
        stated = self.document.results[results].status
        fields = self._who(results, WHOLE, None) | {"stated_status": stated}
        self.parts.saw(fields)
        return verdict_record(results, fields)


def _utc(time: str | None) -> str | None:
    """QIF writes times in UTC, with or without saying so (ISO 23952, InspectionStart)."""
    if time is None or time.endswith(("Z", "z")) or time[-6:-5] in ("+", "-"):
        return time
    return f"{time}Z"
