"""First pass over a QIF document: what its measurements refer to by id.

Definitions, nominals and items of characteristics, names of features, parts and their serial
numbers, units and studies. Results name their parts only after their values, and serial numbers
come last of all, so the values are read in a second pass.

Source: ANSI/QIF 2.1 and 3.0 (ISO 23952:2020), clauses 6 (QIF library), 7 (model-based definition),
11 (results) and 12 (statistics).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree.ElementTree import Element

from casparian.formats.qif.names import BY_NAME, BY_SUFFIX, ROOT, SIZES, Named
from casparian.reading.base import UnreadableFile
from casparian.reading.xml_stream import child, child_text, children, elements, local, text_of

MOST_KEPT = 500_000  # things that are remembered by their ids


@dataclass
class Results:
    """One set of measurement results: usually of one part."""

    components: list[str] = field(default_factory=list)
    status: str | None = None
    started: str | None = None
    operator: str | None = None
    qpid: str | None = None


@dataclass
class Document:
    """What the first pass found, by id as text. Elements are kept whole: they are small."""

    qpid: str | None = None
    units: Element | None = None
    features: dict[str, str] = field(default_factory=dict)
    nominal_of: dict[str, str] = field(default_factory=dict)  # feature item → feature nominal
    definition_of: dict[str, str] = field(default_factory=dict)  # feature nominal → definition
    sizes: dict[str, dict[str, Element]] = field(default_factory=dict)  # of feature definitions
    definitions: dict[str, Element] = field(default_factory=dict)
    nominals: dict[str, Element] = field(default_factory=dict)
    items: dict[str, Element] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    components: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)
    actual: dict[str, Element] = field(default_factory=dict)
    results: dict[str, Results] = field(default_factory=dict)
    common: Results = field(default_factory=Results)
    studies: dict[str, str] = field(default_factory=dict)  # their QPIds
    stats: list[tuple[Element, Element]] = field(default_factory=list)  # (study, statistics)
    kept: int = 0

    def size_of(self, feature_item: str, type_name: str) -> Element | None:
        """The nominal size (Diameter, Length …) of a feature, as its own definition has it."""
        nominal = self.nominal_of.get(feature_item, "")
        return self.sizes.get(self.definition_of.get(nominal, ""), {}).get(type_name)

    def part_of(self, component: Element | None) -> str | None:
        """The part number of an actual component: by its assembly path, or the only part."""
        path = child_text(component, "AsmPathId") if component is not None else None
        part = self.components.get(self.paths.get(path or "", ""))
        if part in self.parts:
            return self.parts[part or ""]
        return next(iter(self.parts.values())) if len(self.parts) == 1 else None


def survey(stream: BinaryIO) -> Document:
    """Read a document's definitions. Raises UnreadableFile for what is no QIF document."""
    document = Document()
    wanted = Named(BY_NAME, BY_SUFFIX)
    begun = False
    for ancestors, element in elements(stream, wanted, starts=(ROOT,)):
        if not ancestors:
            begun = local(element.tag) == ROOT
            continue
        if not begun:
            break
        _note(document, local(element.tag), ancestors, element)
    if not begun:
        raise UnreadableFile("This is no QIF document: its root element is not QIFDocument.")
    return document


def _note(document: Document, name: str, ancestors: tuple[Element, ...], element: Element) -> None:
    identifier = element.get("id")
    if results := next((a for a in ancestors if local(a.tag) == "MeasurementResults"), None):
        known = document.results.setdefault(results.get("id", ""), Results())
        _note_results(known, name, element)
    elif name == "QPId" and len(ancestors) == 1:
        document.qpid = text_of(element)
    elif name == "ThisInstanceQPId":
        if len(ancestors) == 2:  # 2.0: of the document's Version, not of a plan's
            document.qpid = document.qpid or text_of(element)
    elif name == "ThisStatisticalStudyResultsInstanceQPId":
        document.studies[ancestors[-1].get("id", "")] = text_of(element) or ""
    elif name == "MeasurementDevices":  # a device's element says of what kind it is: Caliper
        document.devices |= {
            i: child_text(each, "Name") or i for each in element if (i := each.get("id"))
        }
    elif name == "FileUnits":
        document.units = element
    elif name == "InspectionTraceability":
        _note_results(document.common, name, element)
    elif name.endswith("CharacteristicStats"):
        document.stats.append((_study(ancestors), element))
    elif identifier is not None:
        _note_by_id(document, name, identifier, element)
    document.kept += 1
    if document.kept > MOST_KEPT:
        raise UnreadableFile(f"The QIF document defines more than {MOST_KEPT:,} things.")


def _study(ancestors: tuple[Element, ...]) -> Element:
    """The study that statistics belong to: the element above the list of them."""
    return ancestors[-2] if len(ancestors) > 1 else ancestors[-1]


def _note_results(known: Results, name: str, element: Element) -> None:
    if name == "ActualComponentIds":
        known.components = [text for each in element if (text := text_of(each))]
    elif name == "InspectionStatus":
        known.status = child_text(element, "InspectionStatusEnum") or text_of(element)
    elif name == "ThisResultsInstanceQPId":
        known.qpid = text_of(element)
    elif name == "InspectionTraceability":
        known.started = child_text(element, "InspectionStart")
        operator = child(element, "InspectionOperator")
        known.operator = (
            child_text(operator, "Name") or text_of(operator) if operator is not None else None
        )


def _note_by_id(document: Document, name: str, identifier: str, element: Element) -> None:
    if name.endswith("FeatureItem"):
        named = child_text(element, "FeatureName") or element.get("label")
        document.features[identifier] = named or f"{name.removesuffix('FeatureItem')} {identifier}"
        document.nominal_of[identifier] = child_text(element, "FeatureNominalId") or ""
    elif name.endswith("FeatureNominal"):
        document.definition_of[identifier] = child_text(element, "FeatureDefinitionId") or ""
    elif name.endswith("FeatureDefinition"):
        found = {local(each.tag): each for each in element if local(each.tag) in SIZES}
        document.sizes[identifier] = found
    elif name.endswith("CharacteristicDefinition"):
        document.definitions[identifier] = element
    elif name.endswith("CharacteristicNominal"):
        document.nominals[identifier] = element
    elif name.endswith("CharacteristicItem"):
        document.items[identifier] = element
    elif name == "Part":
        document.parts[identifier] = _part_number(element, identifier)
    elif name == "Component":
        document.components[identifier] = child_text(element, "Part", "Id") or ""
    elif name == "AsmPath":
        listed = child(element, "ComponentIds")
        ids = children(listed, "Id") if listed is not None else []
        document.paths[identifier] = text_of(ids[-1]) or "" if ids else ""
    elif name == "ActualComponent":
        document.actual[identifier] = element


def _part_number(part: Element, identifier: str) -> str:
    drawing = child_text(part, "DefinitionExternal", "PrintedDrawing", "DrawingNumber")
    named = child_text(part, "ModelNumber") or child_text(part, "Name")
    return named or part.get("label") or drawing or identifier
