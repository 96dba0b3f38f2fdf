"""The bronze columns of observations: the standard's own attribute names and texts.

What has no column goes to `_extra` as JSON.

Source: MTConnect Standard Part 2.0: Sample, Event and Condition attributes.
"""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from casparian.formats.mtconnect.observations import CODED, Observations, type_of

PLACE = {
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


def raw(category: str, found: Observations) -> dict[str, pa.Array]:
    """The bronze columns, all text."""
    columns = {
        written: _by_place([getattr(place, name) for place in found.places], found)
        for written, name in PLACE.items()
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
