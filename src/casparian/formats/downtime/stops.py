"""A stop as a record of its own: its end from its duration, its path of reasons, its overlaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from casparian.reading.durations import seconds, unit_seconds
from casparian.reading.header import normalise
from casparian.reading.table import Fields

COLUMNS = (
    "event_id", "machine_id", "line_id", "starts_at", "ends_at", "duration_s", "reason_code",
    "reason", "reason_path", "category", "planned", "shift", "order_id", "product_id", "operator",
    "comment", "overlaps_event_id",
)  # fmt: skip
TIMES = ("starts_at", "ends_at")
LEVELS = tuple(f"reason_{level}" for level in range(1, 6))
_PATH = re.compile(r"\s*(?:>|»|→|\\|::)\s*")
_UNITS = {"duration_s": 1.0, "duration_min": 60.0, "duration_h": 3600.0}
_WORDS = {
    "true": "planned scheduled geplant geplanter planmäßig ja yes y true 1 x prévu planifié "
    "planificado programado si oui",
    "false": "unplanned unscheduled ungeplant unplanmäßig störung nein no n false 0 nonprévu "
    "nonplanifié noplanificado imprévu",
}
_PLANNED = {normalise(word): text for text, words in _WORDS.items() for word in words.split()}
_DAY = timedelta(days=1)
Record = dict[str, Any]


class Stops:
    """One log's stops. Overlaps are looked for among stops of one machine, in file order."""

    def __init__(self) -> None:
        self.latest: dict[str, tuple[datetime, str]] = {}
        self.overlapping = self.open = self.assumed = 0

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The columns of `downtime_events`."""
        stated = unit_seconds(units.get("duration"))
        records = pa.record_batch(found).to_pylist()
        for record in records:
            self._shape(record, stated)
        types = {name: found[name].type for name in TIMES}
        return {
            name: pa.array([each.get(name) for each in records], types.get(name, pa.string()))
            for name in COLUMNS
        }

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        if self.overlapping:
            word = "stop overlaps" if self.overlapping == 1 else "stops overlap"
            yield (
                f"{self.overlapping} {word} an earlier one of the same machine "
                "(overlaps_event_id); downtime_summary.stopped_s counts the time once."
            )
        if self.open:
            word = "stop has" if self.open == 1 else "stops have"
            yield f"{self.open} {word} no end."
        if self.assumed:
            yield "Durations without a unit were read as minutes."

    def _shape(self, record: Record, stated: float | None) -> None:
        record["machine_id"] = record["machine_id"] or record["line_id"]
        self._settle_times(record, stated)
        _settle_reason(record)
        planned = _PLANNED.get(normalise(record["planned"] or ""))
        record["category"] = record["category"] or (None if planned else record["planned"])
        record["planned"] = planned
        start = record["starts_at"]
        if not record["event_id"] and start and record["machine_id"]:
            record["event_id"] = f"{record['machine_id']}@{_iso(start)}/{record['reason_code']}"
        self._mark_overlap(record)

    def _settle_times(self, record: Record, stated: float | None) -> None:
        start, end = record["starts_at"], record["ends_at"]
        lasted = self._lasted(record, stated)
        if start and end and end < start and record["ends_at of day"] and start - end < _DAY:
            end += _DAY  # past midnight, and the log gives the day once
        if lasted is not None and start and end is None:
            end = _later(start, lasted)
        if lasted is not None and end and start is None:
            start = _later(end, -lasted)
        record["starts_at"], record["ends_at"] = start, end
        if lasted is None and start and end and end >= start:
            lasted = (end - start).total_seconds()
        record["duration_s"] = None if lasted is None else f"{lasted:.6f}".rstrip("0").rstrip(".")
        self.open += end is None

    def _lasted(self, record: Record, stated: float | None) -> float | None:
        """Seconds that the log states."""
        for name, unit in _UNITS.items():
            if record.get(name):
                return seconds(record[name], unit)
        text = record.get("duration")
        if text is None:
            return None
        lasted = seconds(text, stated)
        if lasted is None and stated is None:
            lasted = seconds(text, 60.0)
            self.assumed += lasted is not None
        return lasted

    def _mark_overlap(self, record: Record) -> None:
        start, end, machine = record["starts_at"], record["ends_at"], record["machine_id"]
        if not start or not machine:
            return
        until, other = self.latest.get(machine, (None, None))
        if until is not None and start < until and other != record["event_id"]:
            record["overlaps_event_id"] = other
            self.overlapping += 1
        if end is not None and (until is None or end > until):
            self.latest[machine] = end, record["event_id"]


def _later(at: datetime, lasted: float) -> datetime | None:
    """None beyond the calendar."""
    try:
        return at + timedelta(seconds=lasted)
    except OverflowError:
        return None


def _settle_reason(record: Record) -> None:
    """The path of reasons from its levels, or from one text that names them all."""
    path = [record[level] for level in LEVELS if record.get(level)]
    if not path and record["reason"] and len(parts := _PATH.split(record["reason"])) > 1:
        path = [part for part in parts if part]
    if path:
        record["reason_path"] = " > ".join(path)
        record["reason"] = (
            record["reason"] if record.get(LEVELS[0]) and record["reason"] else path[-1]
        )
        record["category"] = record["category"] or path[0]
    record["reason_code"] = record["reason_code"] or record["reason"]


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
