"""Observations to the bronze and silver columns of mtc_samples, mtc_events and mtc_conditions.

Bronze keeps the standard's own attribute names (camelCase) and texts; what has no column goes to
`_extra` as JSON. An observation without a value (UNAVAILABLE) has a null value and quality Bad.

Source: MTConnect Standard Part 2.0: Sample, Event and Condition attributes; `quality` (2.x) VALID,
UNVERIFIABLE and INVALID are Good, Uncertain and Bad.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.mtconnect.clock import ClockSteps, utc, whole
from casparian.formats.mtconnect.observations import CODED, TEXT, Observations, type_of
from casparian.reading.base import Batch, Damage
from casparian.reading.times import UTC_US, Clock

TABLES = {"Samples": "mtc_samples", "Events": "mtc_events", "Condition": "mtc_conditions"}
DEVICES = "mtc_devices"
UNTOLD = (  # columns of mtc_devices that only a device model fills
    "device_id",
    "manufacturer",
    "model",
    "serial_number",
    "station",
    "description",
    "iso841_class",
    "mtconnect_version",
    "agent_version",
)
_PLACE = {
    "instanceId": "instance_id",
    "deviceUuid": "device_uuid",
    "deviceName": "device_name",
    "component": "component",
    "componentId": "component_id",
    "componentName": "component_name",
}
_COMMON = (
    "dataItemId",
    "sequence",
    "timestamp",
    "name",
    "subType",
    "compositionId",
    "quality",
    "deprecated",
    "extended",
)
ATTRIBUTES = {
    "Samples": (
        *_COMMON,
        "sampleRate",
        "sampleCount",
        "statistic",
        "duration",
        "resetTriggered",
        "count",
    ),
    "Events": (
        *_COMMON,
        "resetTriggered",
        "count",
        "assetType",
        "hash",
        "nativeCode",
        "code",
        "severity",
        "state",
    ),
    "Condition": (
        *_COMMON,
        "type",
        "nativeCode",
        "nativeSeverity",
        "qualifier",
        "statistic",
        "conditionId",
    ),
}
_LISTS = re.compile("(TimeSeries|DataSet|Table)$")  # elements that hold more than one value
_QUALITY = {"UNVERIFIABLE": "Uncertain", "INVALID": "Bad"}


class Tables:
    """Turns one document's observations into batches. `timezone`: of timestamps without a zone."""

    def __init__(self, timezone: str | None):
        self._clock = Clock(timezone)
        self._steps = ClockSteps()
        self._devices: dict[str, tuple[str | None, str | None, int]] = {}

    def batches(self, found: Observations) -> Iterator[Batch | Damage]:
        """One batch a category. Observations outside the three categories are damage."""
        category = [place.category for place in found.places]
        for name in TABLES:
            here = np.array([c == name for c in category])[found.place]
            if here.all():
                yield self._batch(name, found)
            elif here.any():
                yield self._batch(name, found.take(np.flatnonzero(here)))
        yield from _strays(found, category)

    def devices(self) -> Iterator[Batch]:
        """The devices seen, with the earliest time of any of their observations here."""
        if not self._devices:
            return
        names, instances, seen = zip(*self._devices.values(), strict=True)
        columns = {
            "device_uuid": pa.array(list(self._devices), TEXT),
            "device_name": pa.array(names, TEXT),
            "instance_id": pa.array(instances, TEXT),
        }
        rows = pa.array(range(1, len(names) + 1), pa.int64())
        first = {"first_seen": pa.array(seen, pa.int64()).cast(UTC_US)}
        described = pa.repeat(pa.scalar("false"), len(rows))
        nothing = {name: pa.nulls(len(rows), TEXT) for name in UNTOLD}
        fields = pa.record_batch({**columns, **first, "described": described, **nothing})
        yield Batch(DEVICES, rows, pa.record_batch(columns), fields, derived=True)

    def _batch(self, category: str, found: Observations) -> Batch:
        raw = _raw(category, found)
        timestamp = utc(raw["timestamp"], self._clock)
        self._note_devices(found, timestamp)
        items = raw["deviceUuid"], raw["dataItemId"]
        step = self._steps.flags(*items, whole(raw["sequence"]), timestamp)
        fields = {name: raw[written] for written, name in _PLACE.items()}
        fields |= {"sequence": raw["sequence"], "data_item_id": raw["dataItemId"]}
        fields |= {"timestamp": timestamp, **_FIELDS[category](raw, found)}
        fields |= {"quality_code": raw["quality"], "clock_step": step}
        rows = pa.array(found.number)
        return Batch(TABLES[category], rows, pa.record_batch(raw), pa.record_batch(fields))

    def _note_devices(self, found: Observations, timestamp: pa.Array) -> None:
        uuids = list(dict.fromkeys(place.device_uuid for place in found.places))
        device = np.array([uuids.index(place.device_uuid) for place in found.places])[found.place]
        for place in {place.device_uuid: place for place in found.places}.values():
            mine = pa.array(device == uuids.index(place.device_uuid))
            first = pc.min(timestamp.filter(mine).cast(pa.int64())).as_py()
            if place.device_uuid is None or first is None:
                continue
            known = self._devices.get(
                place.device_uuid, (place.device_name, place.instance_id, first)
            )
            self._devices[place.device_uuid] = (*known[:2], min(known[2], first))


def _raw(category: str, found: Observations) -> dict[str, pa.Array]:
    """The bronze columns, all text."""
    columns = {
        written: _by_place([getattr(place, name) for place in found.places], found)
        for written, name in _PLACE.items()
    }
    columns["element"] = found.element
    known = ATTRIBUTES[category]
    columns |= {
        name: found.attributes.get(name, pa.nulls(len(found), type_of(name))) for name in known
    }
    columns["text"] = found.text
    columns["_extra"] = _extra(found, set(known))
    return columns


def _by_place(values: list[str | None], found: Observations) -> pa.DictionaryArray:
    """A coded column of what each place says."""
    coded = pa.array(values, CODED)
    return pa.DictionaryArray.from_arrays(
        coded.indices.take(pa.array(found.place)), coded.dictionary
    )


def _extra(found: Observations, known: set[str]) -> pa.Array:
    """JSON of what has no column: attributes, the component's other attributes, children."""
    odd = {name: column for name, column in found.attributes.items() if name not in known}
    others = [json.dumps({"component": p.other}) if p.other else None for p in found.places]
    extra = _by_place(others, found)
    some = np.zeros(len(found), dtype=np.bool_)
    for column in (*odd.values(), found.children):
        if column is not None:
            some |= column.is_valid().to_numpy(zero_copy_only=False)
    if not some.any():
        return extra
    texts = extra.to_pylist()
    for row in np.flatnonzero(some).tolist():
        texts[row] = _extra_of(found, odd, row)
    return pa.array(texts, CODED)


def _extra_of(found: Observations, odd: dict[str, pa.Array], row: int) -> str:
    attributes = {name: column[row].as_py() for name, column in odd.items() if column[row].is_valid}
    children = found.children[row].as_py() if found.children is not None else None
    parts: dict[str, object] = {
        "attributes": attributes,
        "component": found.places[found.place[row]].other,
        "children": json.loads(children) if children else None,
    }
    return json.dumps({name: part for name, part in parts.items() if part}, ensure_ascii=False)


def _quality(raw: dict[str, pa.Array], unavailable: pa.Array) -> pa.Array:
    given = raw["quality"]
    if given.null_count == len(given):
        index = unavailable.cast(pa.int32())
        return pa.DictionaryArray.from_arrays(index, pa.array(["Good", "Bad"]))
    words = [_QUALITY.get(word, "Good") for word in given.dictionary.to_pylist()]
    said = pc.fill_null(pa.array(words, TEXT).take(given.indices), "Good")
    return pc.if_else(unavailable, "Bad", said).dictionary_encode()


def _samples(raw: dict[str, pa.Array], found: Observations) -> dict[str, pa.Array]:
    text = pc.utf8_trim_whitespace(raw["text"])
    unavailable = pc.equal(text, "UNAVAILABLE")
    many = pc.or_(_has_space(text), _of_dictionary(raw["element"], _LISTS.search))
    single = pc.if_else(pc.or_(_without_value(text), many), None, text)
    listed = pc.if_else(pc.and_not(many, unavailable), text, None)
    return {
        "type": raw["element"],
        "composition_id": raw["compositionId"],
        "sub_type": raw["subType"],
        "name": raw["name"],
        "statistic": raw["statistic"],
        "duration_s": raw["duration"],
        "sample_rate_hz": raw["sampleRate"],
        "sample_count": _either(raw["sampleCount"], raw["count"]),
        "reset_triggered": raw["resetTriggered"],
        "value": single,
        "value_text": listed if found.entries is None else pc.coalesce(found.entries, listed),
        "quality": _quality(raw, unavailable),
    }


def _either(first: pa.DictionaryArray, other: pa.DictionaryArray) -> pa.Array:
    """The first where it says something, else the other."""
    if other.null_count == len(other):
        return first
    return pc.coalesce(first.cast(TEXT), other.cast(TEXT))


def _of_dictionary(column: pa.DictionaryArray, test: Callable[[str], object]) -> pa.Array:
    """bool an element: whether its text passes, asked once for each distinct text."""
    answers = [bool(test(text)) for text in column.dictionary.to_pylist()]
    return pa.array(answers, pa.bool_()).take(column.indices)


def _has_space(text: pa.Array) -> pa.Array:
    """Where text is a list of numbers (a 3-D position, a time series)."""
    data = np.frombuffer(text.buffers()[2] or b"", dtype=np.uint8)
    if not (data <= ord(" ")).any():
        return pa.repeat(False, len(text))
    return pc.match_substring_regex(text, r"\s")


def _without_value(text: pa.Array) -> pa.Array:
    """Where nothing was observed, or an empty text."""
    return pc.is_in(text, pa.array(["UNAVAILABLE", ""]))


def _events(raw: dict[str, pa.Array], found: Observations) -> dict[str, pa.Array]:
    text = pc.utf8_trim_whitespace(raw["text"])
    unavailable = pc.equal(text, "UNAVAILABLE")
    value = pc.if_else(_without_value(text), None, raw["text"])
    return {
        "type": raw["element"],
        "composition_id": raw["compositionId"],
        "sub_type": raw["subType"],
        "name": raw["name"],
        "value": value if found.entries is None else pc.coalesce(found.entries, value),
        "entry_count": raw["count"],
        "native_code": raw["nativeCode"],
        "asset_type": raw["assetType"],
        "hash": raw["hash"],
        "reset_triggered": raw["resetTriggered"],
        "quality": _quality(raw, unavailable),
    }


def _conditions(raw: dict[str, pa.Array], found: Observations) -> dict[str, pa.Array]:
    element = raw["element"]
    states = pc.utf8_upper(element.dictionary)
    return {
        "type": raw["type"],
        "composition_id": raw["compositionId"],
        "sub_type": raw["subType"],
        "name": raw["name"],
        "state": pa.DictionaryArray.from_arrays(element.indices, states),
        "native_code": raw["nativeCode"],
        "condition_id": raw["conditionId"],
        "native_severity": raw["nativeSeverity"],
        "qualifier": raw["qualifier"],
        "statistic": raw["statistic"],
        "message": pc.if_else(pc.equal(raw["text"], ""), None, raw["text"]),
        "quality": _quality(raw, _of_dictionary(element, "Unavailable".__eq__)),
    }


_FIELDS = {"Samples": _samples, "Events": _events, "Condition": _conditions}


def _strays(found: Observations, category: list[str]) -> Iterator[Damage]:
    odd = np.array([name not in TABLES for name in category])[found.place]
    for row in np.flatnonzero(odd).tolist():
        where = category[found.place[row]]
        detail = f"<{where}> holds it; observations stand in Samples, Events or Condition"
        text = f"{found.element[row].as_py()}: {found.text[row].as_py()}"[:2000]
        yield Damage(TABLES["Samples"], int(found.number[row]), "damaged_record", text, detail)
