"""Measurement rows to the bronze and silver columns of spc_measurements, and parts from them.

A measurement passes when it lies within its limits, both included; limits are USL and LSL or, where
those are missing, nominal with its tolerances. No limit, no verdict. A verdict that the file
states comes first. Units are the file's (`units`); times are local to the source and become UTC.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache

import pyarrow as pa

from casparian.formats.base import Batch
from casparian.formats.cmm.layout import FIELDS, NUMBERS, Table
from casparian.formats.spc import FIELDS as SILVER
from casparian.formats.spc import Identity, judged
from casparian.formats.times import UTC_US, Clock, Layout, detect_layout
from casparian.formats.workbook import Row, cell_text

TEXT = pa.string()
RAW = ("sheet", *FIELDS, "_extra")
MEASUREMENTS, PARTS = "spc_measurements", "spc_parts"
_PASSED = {"pass", "passed", "ok", "true", "1", "yes", "in", "i.o.", "io", "ja", "good"}
_FAILED = {
    "fail",
    "failed",
    "nok",
    "n.ok",
    "false",
    "0",
    "no",
    "out",
    "n.i.o.",
    "nio",
    "nein",
    "rejected",
}

Record = dict[str, str | None]


def make_record(sheet: str, row: Row, table: Table) -> Record:
    """One row as text by field; what the columns lack is taken from above the table."""
    record: Record = dict(table.given)
    record |= {name: cell_text(row[place]) for name, place in table.columns.items()}
    record["sheet"] = sheet
    if "part_number" not in table.columns:
        record["part_number"] = table.given.get("part_number", sheet)
    record["units"] = record.get("units") or table.units
    others = {name: cell_text(row[place]) for name, place in table.others.items()}
    filled = {name: text for name, text in others.items() if text is not None}
    record["_extra"] = json.dumps(filled, ensure_ascii=False) if filled else None
    return record


@lru_cache(maxsize=4096)
def number(text: str | None) -> Decimal | None:
    """A number as exporters write it, with point or comma; None where it is none."""
    if text is None:
        return None
    try:
        found = Decimal(
            text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
        )
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def limits(record: Record) -> tuple[Decimal | None, Decimal | None]:
    """(lower, upper) limit: as written, or nominal and tolerances."""
    lower, upper, nominal = (number(record.get(name)) for name in ("lsl", "usl", "nominal"))
    both = number(record.get("tol"))
    plus = number(record.get("tol_plus"))
    minus = number(record.get("tol_minus"))
    plus = both if plus is None else plus
    minus = both if minus is None else minus
    if nominal is not None and plus is not None and upper is None:
        upper = nominal + plus
    if nominal is not None and minus is not None and lower is None:
        lower = nominal - abs(minus)
    return lower, upper


def passed(record: Record, lower: Decimal | None, upper: Decimal | None) -> bool | None:
    """What the file says, else whether the actual value lies within its limits."""
    said = (record.get("pass") or "").strip().casefold()
    if said in _PASSED or said in _FAILED:
        return said in _PASSED
    actual = number(record.get("actual"))
    if actual is None or (lower is None and upper is None):
        return None
    return (lower is None or actual >= lower) and (upper is None or actual <= upper)


@dataclass
class Measurements:
    """Turns one workbook's records into batches and remembers its parts."""

    timezone: str | None
    identity: Identity
    first_row: int = 1
    _clocks: dict[str | None, Clock] = field(default_factory=dict)
    _parts: dict[tuple[str, str], tuple[str | None, str | None, int | None]] = field(
        default_factory=dict
    )

    def batch(self, records: list[Record]) -> Batch:
        """The records as one batch, numbered on from the last."""
        rows = pa.array(range(self.first_row, self.first_row + len(records)), pa.int64())
        self.first_row += len(records)
        raw = pa.record_batch(
            {name: pa.array([r.get(name) for r in records], TEXT) for name in RAW}
        )
        measured = self._times(records)
        self._note_parts(records, measured)
        return Batch(MEASUREMENTS, rows, raw, _fields(records, measured, self.identity))

    def _times(self, records: list[Record]) -> pa.Array:
        """Times of the records of one sheet, which need not write them as the last one did."""
        texts = [_time_text(record) for record in records]
        sheet = records[0]["sheet"]
        if sheet not in self._clocks:
            written = [text for text in texts if text and not text[:4].isdigit()]
            self._clocks[sheet] = Clock(self.timezone, _layout(written, self.timezone))
        return self._clocks[sheet].utc(pa.array(texts, TEXT))

    def _note_parts(self, records: list[Record], measured: pa.Array) -> None:
        for record, moment in zip(records, measured.cast(pa.int64()).to_pylist(), strict=True):
            part, serial = record.get("part_number"), record.get("serial")
            if not part or not serial:
                continue
            lot, machine, first = self._parts.get((part, serial), (None, None, None))
            earliest = moment if first is None or (moment is not None and moment < first) else first
            self._parts[part, serial] = (
                lot or record.get("lot"),
                machine or record.get("machine_id"),
                earliest,
            )

    def parts(self) -> Iterator[Batch]:
        """One row a part, produced when it was first measured."""
        if not self._parts:
            return
        numbers, serials = zip(*self._parts, strict=True)
        lots, machines, moments = zip(*self._parts.values(), strict=True)
        values = {"part_number": numbers, "serial": serials, "lot": lots, "machine_id": machines}
        columns = {name: pa.array(value, TEXT) for name, value in values.items()}
        produced = {"produced_at": pa.array(moments, pa.int64()).cast(UTC_US)}
        rows = pa.array(range(1, len(numbers) + 1), pa.int64())
        yield Batch(
            PARTS, rows, pa.record_batch(columns), pa.record_batch(columns | produced), derived=True
        )


def _layout(written: list[str], timezone: str | None) -> Layout:
    """How times are written that are text and not Excel's own."""
    return detect_layout(written, timezone) if written else Layout()


def _time_text(record: Record) -> str | None:
    """Date and time of day, which some sheets keep in two columns."""
    day, clock = record.get("measured_at"), record.get("measured_time")
    if day and clock and (day.endswith("00:00:00") or ":" not in day):
        return f"{day.removesuffix(' 00:00:00')} {clock}"
    return day


def _fields(records: list[Record], measured: pa.Array, identity: Identity) -> pa.RecordBatch:
    """The silver columns: numbers as text with a point, limits worked out, verdict given."""
    bounds = [limits(record) for record in records]
    shown = [
        record
        | {"lsl": _shown(record, "lsl", low), "usl": _shown(record, "usl", high)}
        | judged(record.get("actual"), low, high, record.get("pass"))
        | {"measurement_id": _identify(record, identity), "source_format": "cmm"}
        for record, (low, high) in zip(records, bounds, strict=True)
    ]
    columns = {
        name: pa.array([_field(r, name) for r in shown], TEXT) for name in SILVER[MEASUREMENTS]
    }
    columns["measured_at"] = measured
    return pa.record_batch(columns)


def _identify(record: Record, identity: Identity) -> str:
    part, feature, serial = (record.get(name) for name in ("part_number", "feature", "serial"))
    return identity.of(part, feature, serial, _time_text(record))


def _shown(record: Record, name: str, limit: Decimal | None) -> str | None:
    return record.get(name) if limit is None else str(limit)


def _field(record: Record, name: str) -> str | None:
    text = record.get(name)
    if text and "," in text and name in NUMBERS and (found := number(text)) is not None:
        return str(found)
    return text
