"""Sensor tables: readings of sensors or devices, not of a historian's tags, and lists of sensors.

A reading may bring its unit, the sensor's range and its alarm thresholds along: each sensor's are
also handed on as a row of `sensor_metadata`. Values outside the range cannot be measured and are
the contract's to refuse; thresholds are the process's business and refuse nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.base import Batch, Damage, Note, Sniff, Source
from casparian.reading.melt import NOT_EXPORTED, constant, with_quality
from casparian.reading.peek import Peek
from casparian.reading.quality import of_text
from casparian.reading.reading_values import Marks
from casparian.reading.reading_words import QUALITY, TIME
from casparian.reading.table import Fields, TableFormat

METADATA = (
    "sensor_id", "sensor_type", "unit", "range_low", "range_high", "threshold_low",
    "threshold_high", "location", "asset_id",
)  # fmt: skip
_SENSOR: Mapping[str, tuple[str, ...]] = {
    "sensor_id": (
        "sensor", "sensor_name", "sensor_no", "sensor_number", "device_id", "device", "device_name",
        "probe_id", "probe", "transmitter", "transmitter_id", "instrument_id", "instrument",
        "channel_id", "channel", "fühler", "messfühler", "sensornummer", "gerät", "capteur",
        "id_capteur", "sensore", "sonda", "sensor_tag", "dev_eui",
    ),
    "sensor_type": ("type", "measurement_type", "parameter", "quantity", "messgröße", "grandeur"),
    "unit": ("units", "uom", "engineering_units", "eng_unit", "einheit", "unité", "unidad"),
    "range_low": (
        "range_min", "min_range", "min", "minimum", "min_value", "sensor_min", "lower_range",
        "messbereich_min",
    ),
    "range_high": (
        "range_max", "max_range", "max", "maximum", "max_value", "sensor_max", "upper_range",
        "messbereich_max",
    ),
    "threshold_low": (
        "min_threshold", "low_threshold", "threshold_min", "lower_threshold", "alarm_low",
        "low_alarm", "low_limit", "lower_limit", "seuil_bas", "grenzwert_unten",
    ),
    "threshold_high": (
        "max_threshold", "high_threshold", "threshold_max", "upper_threshold", "alarm_high",
        "high_alarm", "high_limit", "upper_limit", "threshold", "seuil_haut", "grenzwert_oben",
    ),
    "location": ("area", "room", "position", "standort", "ort", "emplacement", "site"),
    "asset_id": ("machine_id", "machine", "equipment", "equipment_id", "asset", "maschine"),
}  # fmt: skip
_LIMITS = ("range_low", "range_high", "threshold_low", "threshold_high")


class Readings:
    """Value and quality apart; see `melt.with_quality`."""

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        said = found.pop("quality")
        empty = said.null_count == len(said)
        codes = constant(NOT_EXPORTED, len(said)) if empty else said.dictionary_encode()
        if found["unit"].null_count == len(said) and "value" in units:
            found["unit"] = pa.array([units["value"]] * len(said), pa.string())
        found["sensor_type"] = pc.fill_null(found["sensor_type"], "value")  # part of the key
        return found | with_quality(found["value"], codes, Marks(), of_text)

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        return ()


_READINGS = TableFormat(
    name="sensor_readings",
    table="sensor_readings",
    summary="sensor or device readings in a table: sensor, time, value, unit, thresholds",
    contract="sensor",
    header={
        **_SENSOR,
        "timestamp": TIME,
        "value": ("reading", "measurement", "measured_value", "sensor_value", "val", "wert",
                  "messwert", "valeur", "valor", "valore", "waarde"),
        "quality": QUALITY,
    },
    required=("sensor_id", "timestamp", "value"),
    times=("timestamp",),
    numbers=("value", *_LIMITS),
    shaping=Readings,
)  # fmt: skip


class SensorReadings:
    """`sensor_readings`, with what each says of its sensor as `sensor_metadata`."""

    name, version, contract = "sensor_readings", "1.0.0", "sensor"
    tables: ClassVar[tuple[str, ...]] = ("sensor_readings", "sensor_metadata")
    summary = _READINGS.summary
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        return _READINGS.sniff(peek)

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every record. Raises UnreadableFile for a table without sensor, time or value."""
        known: set[str] = set()
        for part in _READINGS.read(source):
            yield part
            if isinstance(part, Batch):
                yield from _metadata(part, known)


def _metadata(batch: Batch, known: set[str]) -> Iterator[Batch]:
    """The first row of each sensor that is new, where a file says more of it than its name."""
    told = [name for name in METADATA if batch.raw[name].null_count < len(batch.rows)]
    sensors = batch.fields["sensor_id"]
    if len(told) < 2:
        return
    firsts = {name: place for place, name in reversed([*enumerate(sensors.to_pylist())])}
    new = sorted(place for name, place in firsts.items() if name and name not in known)
    known.update(name for name in firsts if name)
    if new:
        index = pa.array(new)
        columns = {name: batch.fields[name].take(index) for name in METADATA}
        columns["sensor_type"] = batch.raw["sensor_type"].take(index)  # null where not told
        fields = pa.record_batch(columns)
        yield Batch("sensor_metadata", batch.rows.take(index), fields, fields, derived=True)


SENSOR_READINGS = SensorReadings()
SENSOR_METADATA = TableFormat(
    name="sensor_metadata",
    table="sensor_metadata",
    summary="list of sensors: type, unit, range, thresholds, place",
    contract="sensor",
    stage=0,
    header=_SENSOR,
    required=("sensor_id", ("unit", "range_low", "range_high", "threshold_low", "threshold_high")),
    numbers=_LIMITS,
)
