"""Which changes belong to one occurrence of an alarm.

Where the journal gives an occurrence's id, that is it. Elsewhere the changes of one source and
condition are paired by their order: ACTIVE opens an occurrence, what follows belongs to it, and
what precedes the first ACTIVE belongs to an occurrence whose beginning lies before the file. Its id
is then made of source, condition and the instant of its ACTIVE, so that the same journal exported
twice gives the same ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa

from casparian.formats.alarms.states import Snapshot, meaning, rank
from casparian.reading.table import Fields

COLUMNS = (
    "alarm_id", "state", "timestamp", "tag_name", "condition", "area", "priority", "message",
    "value", "limit_value", "operator", "comment", "shelved", "paired_by", "state_code",
    "priority_code",
)  # fmt: skip
MOST_OPEN = 1_000_000  # sources and conditions that are remembered
Record = dict[str, Any]


@dataclass
class _Occurrence:
    """The one that is open, or was last: its id, and what the alarm is by now."""

    alarm_id: str
    active: bool
    acked: bool = False


@dataclass
class Pairing:
    """One file's alarms. dialect: what is particular to a vendor, record by record.

    urgency: the vendor's priority as a rank from 1 up.
    """

    dialect: Callable[[Record], None] = lambda record: None
    urgency: Callable[[str | None], str | None] = rank
    last: dict[tuple[str, str], _Occurrence] = field(default_factory=dict)
    paired: int = 0

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The columns of `alarms`."""
        names = list(found)
        columns = [column.to_pylist() for column in found.values()]
        records = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
        for record in self._in_time(records):
            self._shape(record)
        kinds = {"timestamp": found["timestamp"].type}
        return {
            name: pa.array([each.get(name) for each in records], kinds.get(name, pa.string()))
            for name in COLUMNS
        }

    def _in_time(self, records: list[Record]) -> list[Record]:
        """Oldest first: where a journal lists its newest entry first, batch by batch."""
        stamps = [at for each in records if (at := each["timestamp"] or each.get("timestamp_utc"))]
        falls = sum(later < earlier for earlier, later in pairwise(stamps))
        if falls * 2 <= len(stamps):
            return records
        self.last.clear()
        return records[::-1]

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        if self.paired:
            yield (
                "The journal gives no id to an alarm's occurrence: changes were paired by source, "
                "condition and order."
            )
        still = sum(each.active for each in self.last.values())
        if still:
            word = "alarm is" if still == 1 else "alarms are"
            yield f"{still} {word} still active at the end of the file."

    def _shape(self, record: Record) -> None:
        record["state_code"], record["priority_code"] = record.get("state"), record.get("priority")
        self.dialect(record)
        record["priority"] = self.urgency(record["priority"])
        for name in ("alarm_number", "message", "alarm_id"):
            record["tag_name"] = record["tag_name"] or record.get(name)
        state = record["state"]
        if not isinstance(state, Snapshot):
            state = meaning(state)
        self._pair(record, state)

    def _pair(self, record: Record, state: str | Snapshot | None) -> None:
        """Settle the record's state and the occurrence that it belongs to."""
        own = record.get("alarm_id")
        key = (own, "") if own else (record["tag_name"] or "", record.get("condition") or "")
        before = self.last.get(key)
        change = _change(state, before) if isinstance(state, Snapshot) else state
        record["state"] = change
        record["paired_by"] = "event" if own else "order"
        self.paired += not own
        fresh = change in ("ACTIVE", "EVENT") or before is None
        alarm_id = own or (made(record) if fresh or before is None else before.alarm_id)
        record["alarm_id"] = alarm_id
        self._remember(key, change, alarm_id, before)

    def _remember(
        self, key: tuple[str, str], change: str | None, alarm_id: str, before: _Occurrence | None
    ) -> None:
        if change == "ACTIVE":
            before = self.last[key] = _Occurrence(alarm_id, active=True)
        elif before is None and change != "EVENT":
            before = self.last[key] = _Occurrence(alarm_id, active=change != "CLEAR")
        if before is not None:
            before.active &= change != "CLEAR"
            before.acked |= change == "ACK"
        if len(self.last) > MOST_OPEN:
            self.last.clear()


def _change(now: Snapshot, before: _Occurrence | None) -> str:
    """What happened, when the alarm is thus now and was thus before."""
    if now.active:
        return "ACK" if now.acked else "ACTIVE"
    if now.acked and before is not None and not before.active:
        return "ACK"
    return "CLEAR"


def made(record: Record) -> str:
    """The id of an occurrence that has none: source, condition and the instant of the record."""
    at = record["timestamp"]
    when = at.isoformat().replace("+00:00", "Z") if isinstance(at, datetime) else ""
    parts = [part for part in (record["tag_name"], record.get("condition")) if part]
    return f"{'/'.join(parts)}@{when}"
