"""Observations to batches of mtc_samples, mtc_events and mtc_conditions, and the devices seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.mtconnect import bronze, silver
from casparian.formats.mtconnect.clock import ClockSteps, utc, whole
from casparian.formats.mtconnect.observations import TEXT, Observations
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
        raw = bronze.raw(category, found)
        timestamp = utc(raw["timestamp"], self._clock)
        self._note_devices(found, timestamp)
        items = raw["deviceUuid"], raw["dataItemId"]
        step = self._steps.flags(*items, whole(raw["sequence"]), timestamp)
        fields = {name: raw[written] for written, name in bronze.PLACE.items()}
        fields |= {"sequence": raw["sequence"], "data_item_id": raw["dataItemId"]}
        fields |= {"timestamp": timestamp, **silver.FIELDS[category](raw, found)}
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


def _strays(found: Observations, category: list[str]) -> Iterator[Damage]:
    odd = np.array([name not in TABLES for name in category])[found.place]
    for row in np.flatnonzero(odd).tolist():
        where = category[found.place[row]]
        detail = f"<{where}> holds it; observations stand in Samples, Events or Condition"
        text = f"{found.element[row].as_py()}: {found.text[row].as_py()}"[:2000]
        yield Damage(TABLES["Samples"], int(found.number[row]), "damaged_record", text, detail)
