"""What a QIF document defines, measured or not, and what a person should know of it."""

from __future__ import annotations

from collections.abc import Iterator

from casparian.formats.qif.characteristics import spelled
from casparian.formats.qif.results import Results
from casparian.formats.qif.rows import text_or_none
from casparian.reading.records import Record
from casparian.reading.spc import CHARACTERISTICS


def definitions(found: Results) -> Iterator[Record]:
    """Every characteristic item of the document, derived: measured ones by their feature."""
    for identifier in found.document.items:
        item = found.characteristics.get(identifier, "")
        part = next(iter(found.document.parts.values()), None) or found.report
        feature = item.feature(found.named(item.feature_items))
        limits = item.limits
        fields = {
            "source_format": "qif", "part_number": part, "feature": feature,
            "characteristic_id": item.identifier, "units": limits.unit,
            "characteristic_type": spelled(item.type_name), "nominal": text_or_none(limits.nominal),
            "usl": text_or_none(limits.upper), "lsl": text_or_none(limits.lower), "gage": item.gage,
            "criticality": item.criticality, "comment": item.comment,
        }  # fmt: skip
        yield Record(CHARACTERISTICS, {}, fields, derived=True)


def notes(found: Results) -> Iterator[str]:
    """What a person should know of the document."""
    if not found.count:
        items = len(found.document.items)
        yield f"The QIF document holds no measurement; it defines {items} characteristics."
    if found.count and not found.characteristics.units.primary:
        yield "The QIF document states no units: by the standard they are metres and radians."
    if found.elsewhere:
        yield (
            f"{found.elsewhere} measurements are of characteristics that another QIF document "
            "defines: they have no name and no limits."
        )
