"""Lists of alarms: one record an occurrence, with the instants of its changes side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from casparian.formats.alarms.pairing import COLUMNS, made
from casparian.formats.alarms.states import rank
from casparian.reading.table import Fields

CHANGES = {"ACTIVE": "timestamp", "ACK": "acked_at", "CLEAR": "cleared_at"}


class Occurrences:
    """The record itself becomes the ACTIVE row of `alarms`, its other instants rows derived."""

    def __init__(self) -> None:
        self.open = 0

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        self.open += found["cleared_at"].null_count
        return self._rows(found, "ACTIVE")

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        for state in ("ACK", "CLEAR"):
            places = pa.array(
                [place for place, at in enumerate(found[CHANGES[state]]) if at.is_valid],
                pa.int64(),
            )
            if len(places):
                some = {name: column.take(places) for name, column in found.items()}
                yield places, self._rows(some, state)

    def notes(self) -> Iterable[str]:
        if self.open:
            word = "alarm has" if self.open == 1 else "alarms have"
            yield f"{self.open} {word} no end in the file."

    def _rows(self, found: Fields, state: str) -> Fields:
        records = pa.record_batch(found).to_pylist()
        for record in records:
            self._shape(record, state)
        kinds = {"timestamp": found["timestamp"].type}
        return {
            name: pa.array([each.get(name) for each in records], kinds.get(name, pa.string()))
            for name in COLUMNS
        }

    def _shape(self, record: dict[str, Any], state: str) -> None:
        for name in ("alarm_number", "message"):
            record["tag_name"] = record["tag_name"] or record[name]
        record["paired_by"] = "event"
        record["alarm_id"] = record["alarm_id"] or made(record)
        record["priority_code"] = record["priority"]
        record["priority"] = rank(record["priority"])
        record["timestamp"] = record[CHANGES[state]]
        record["state"] = state
