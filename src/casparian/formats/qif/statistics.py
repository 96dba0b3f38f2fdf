"""Statistics as a QIF document states them: capability, and control limits where there are any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from casparian.formats.qif.characteristics import spelled, type_of
from casparian.formats.qif.references import ids_in, item_id_of, own_id
from casparian.formats.qif.results import Results
from casparian.formats.qif.rows import text_or_none
from casparian.formats.qif.units import own_unit, value_of
from casparian.reading.records import Record
from casparian.reading.spc import CAPABILITY, CONTROL_LIMITS
from casparian.reading.xml_stream import child, child_text, local

STATISTICS_COLUMNS = (
    *("study", "type", "item_id", "part_number", "feature", "status", "n", "mean", "minimum"),
    *("maximum", "sigma", "cp", "cpk", "pp", "ppk", "ucl", "cl", "lcl", "chart"),
)
_STATED = {
    "totalnumber": "n", "numberofsamples": "n", "average": "mean", "mean": "mean",
    "standarddeviation": "sigma", "estimatedstandarddeviation": "sigma_within",
    "withinsubgroupstandarddeviation": "sigma_within", "minimum": "minimum", "maximum": "maximum",
    "range": "range_value", "cp": "cp", "cpk": "cpk", "cpl": "cpl", "cpu": "cpu", "pp": "pp",
    "ppk": "ppk", "ppl": "ppl", "ppu": "ppu", "cpm": "cpm", "cm": "cm", "cmk": "cmk",
    "numberoutoftolerance": "out_of_limits",
}  # fmt: skip
_LIMIT = re.compile(r"(Upper|Lower)ControlLimit|(CenterLine|CentreLine)", re.IGNORECASE)


def statistics(results: Results) -> Iterator[Record]:
    """One record a characteristic and study, and one a control chart."""
    for study, stats in results.document.stats:
        common = _common(results, study, stats)
        stated, others = _values(stats), _others(stats)
        charts = list(_charts(stats))
        if stated or others:
            raw = {name: common.get(name) for name in ("study", "part_number", "feature")}
            raw |= {"type": type_of(stats.tag), "item_id": common["item"], **others, **stated}
            raw["status"] = child_text(stats, "Status", "StatsEvalStatusEnum")
            yield Record(CAPABILITY, raw, _fields(common) | stated)
        for chart, values in charts:
            raw = {name: common.get(name) for name in ("study", "part_number", "feature")}
            fields = _fields(common) | values | {"chart": chart}
            yield Record(CONTROL_LIMITS, raw | values | {"chart": chart}, fields)


def _fields(common: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in common.items() if name != "item"}


def _common(results: Results, study: Element, stats: Element) -> dict[str, Any]:
    """What capability and control limits share: characteristic, limits, study."""
    item_id, measured = _characteristic(results, stats)
    feature, part = measured or (None, results.document.part_of(None) or results.report)
    item = results.characteristics.get(item_id or None, type_of(stats.tag))
    limits, units = item.limits, results.characteristics.units
    unit = _unit(stats) or limits.unit
    nominal, upper, lower = (
        units.convert(each, limits.unit, unit)
        for each in (limits.nominal, limits.upper, limits.lower)
    )
    number = study.get("id", "")
    qpid = results.document.studies.get(number)
    return {
        "item": item_id, "source_format": "qif",
        "part_number": part,
        "feature": feature or item.feature([]), "units": unit,
        "study": qpid or f"{results.document.qpid or results.report}/{number}",
        "characteristic_id": item.identifier, "characteristic_type": spelled(type_of(stats.tag)),
        "nominal": text_or_none(nominal), "usl": text_or_none(upper), "lsl": text_or_none(lower),
    }  # fmt: skip


def _characteristic(results: Results, stats: Element) -> tuple[str, tuple[str, str] | None]:
    """The item's id, and of what it was measured: (feature, part), None where it was not here.

    By the item that the statistics name, else by their measurements.
    """
    named = item_id_of(stats)
    named = named or next(iter(ids_in(stats, "CharacteristicItemIds")), None)
    if named:
        return named, results.measured.get(named)
    ids = (found for each in stats.iter() if (found := own_id(each)))
    return next((results.items_of[i] for i in ids if i in results.items_of), ("", None))


def _blocks(stats: Element) -> Iterator[Element]:
    """ValueStats and AttributeStats: the statistics over all values."""
    yield from (each for each in stats if local(each.tag).endswith("Stats"))


def _values(stats: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for block in _blocks(stats):
        for each in block:
            name = _STATED.get(local(each.tag).lower())
            if name and (text := value_of(each)):
                found.setdefault(name, text)
    return found


def _others(stats: Element) -> dict[str, str]:
    """Statistics that the contract has no column for, for `_extra`."""
    return {
        local(each.tag): text
        for block in _blocks(stats)
        for each in block
        if local(each.tag).lower() not in _STATED and (text := value_of(each))
    }


def _unit(stats: Element) -> str | None:
    """The unit of the statistics: that of their average, else of all of them."""
    average = next((child(b, "Average") for b in _blocks(stats)), None)
    within = child(average, "Value") if average is not None else None
    whole = next((unit for block in _blocks(stats) if (unit := own_unit(block))), None)
    return own_unit(average) or own_unit(within) or whole


def _charts(stats: Element) -> Iterator[tuple[str, dict[str, str]]]:
    """(chart, limits) of every element that has control limits as its children."""
    for parent in stats.iter():
        values = {}
        for each in parent:
            if found := _LIMIT.search(local(each.tag)):
                side = (found[1] or "c").lower()
                name = {"upper": "ucl", "lower": "lcl", "c": "cl"}[side]
                values[name] = value_of(each) or ""
        if values := {name: text for name, text in values.items() if text}:
            yield spelled(local(parent.tag)), values
