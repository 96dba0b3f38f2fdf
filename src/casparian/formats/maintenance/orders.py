"""Work orders, planned or not, with hours as numbers.

Source: EN 13306:2017 7 (preventive, condition based, corrective maintenance).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.durations import seconds, unit_seconds
from casparian.reading.header import normalise
from casparian.reading.table import Fields

COLUMNS = (
    "work_order_id", "machine_id", "opened_at", "started_at", "closed_at", "due_at", "type",
    "planned", "priority", "status", "description", "failure_code", "cause", "action",
    "technician", "labour_h", "downtime_h", "cost",
)  # fmt: skip
_WORDS = {
    "true": "pm planned scheduled preventive preventative predictive pm service inspection "
    "lubrication calibration overhaul geplant vorbeugend präventiv wartung inspektion revision "
    "zustandsorientiert "
    "préventif préventive planifié preventivo planificado ja yes y true 1 x",
    "false": "unplanned unscheduled corrective breakdown cm reactive emergency repair failure "
    "ungeplant korrektiv störung störungsbeseitigung instandsetzung reparatur correctif corrective "
    "correctivo avería panne no nein n false 0",
}
_PLANNED = {normalise(word): text for text, words in _WORDS.items() for word in words.split()}


class Orders:
    """One file's work orders."""

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The columns of `maintenance_log`."""
        columns = {name: found[name] for name in COLUMNS}
        columns["planned"] = pc.coalesce(_mapped(found["planned"]), _mapped(found["type"]))
        for name in ("labour_h", "downtime_h"):
            unit = unit_seconds(units.get(name)) or 3600.0
            hours = [_hours(text, unit) for text in found[name].to_pylist()]
            columns[name] = pa.array(hours, pa.string())
        return columns

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        return ()


def _mapped(words: pa.Array) -> pa.Array:
    """true or false where the word says so, else null."""
    coded = words.dictionary_encode()
    known = [_PLANNED.get(normalise(text)) for text in coded.dictionary.to_pylist()]
    return pa.array(known, pa.string()).take(coded.indices)


def _hours(text: str | None, unit: float) -> str | None:
    """`1:30` and `90 min` as hours; a bare number is hours unless the header says another unit."""
    if text is None or (unit == 3600.0 and text.replace(".", "", 1).isdecimal()):
        return text
    lasted = seconds(text, unit)
    return text if lasted is None else f"{lasted / 3600:.9g}"
