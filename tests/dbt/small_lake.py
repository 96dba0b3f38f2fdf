"""A lake small enough to work out by hand: two lines, one device, two measured features.

Instants are UTC. Monday 2025-03-03 has three shifts on line L1; on Tuesday the early shift is one
planned stop. Line L2 has no calendar.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake

from casparian.contracts.model import load_all
from casparian.lake.landed import LINEAGE

Row = dict[str, Any]

MONDAY = date(2025, 3, 3)


def at(clock: str, day: int = 3) -> datetime:
    """An instant of March 2025, UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2025, 3, day, hour, minute, tzinfo=UTC)


def shift_calendar() -> list[Row]:
    times = [
        (MONDAY, "Early", at("06:00"), at("14:00")),
        (MONDAY, "Late", at("14:00"), at("22:00")),
        (MONDAY, "Night", at("22:00"), at("06:00", 4)),
        (date(2025, 3, 4), "Early", at("06:00", 4), at("14:00", 4)),
    ]
    return [
        {"line_id": "L1", "shift_date": day, "shift": shift, "starts_at": start, "ends_at": end}
        for day, shift, start, end in times
    ]


def planned_stops() -> list[Row]:
    times = [
        (at("10:00"), at("10:30"), "Break"),
        (at("10:15"), at("10:45"), "Fire drill"),  # overlaps the break
        (at("13:30"), at("14:30"), "Meeting"),  # straddles two shifts
        (at("06:00", 4), at("14:00", 4), "Maintenance"),  # a whole shift
    ]
    return [
        {"line_id": "L1", "starts_at": start, "ends_at": end, "reason": reason}
        for start, end, reason in times
    ]


def machines() -> list[Row]:
    return [
        {
            "machine_id": machine,
            "machine_name": f"Mill {machine}",
            "site_id": "S1",
            "line_id": "L1",
            "machine_type": "mill",
            "timezone": "UTC",
        }
        for machine in ("M1", "M2")
    ]


def ideal_cycles() -> list[Row]:
    cycles = [("M1", "A", 20.0), ("M1", "B", 10.5), ("M2", "A", 15.0)]
    return [
        {"machine_id": machine, "product_id": product, "ideal_cycle_s": cycle, "unit": "pcs"}
        for machine, product, cycle in cycles
    ]


def production_counts() -> list[Row]:
    counts = [
        ("S1", "L1", "M1", "O0", "A", at("07:00", 2), 10.0, 9.0),  # Sunday: no shift
        ("S1", "L1", "M1", "O1", "A", at("06:00"), 600.0, 590.0),
        ("S1", "L1", "M1", "O2", "B", at("11:00"), 300.0, 300.0),
        ("S1", "L1", "M1", "O3", "A", at("14:00"), 1000.0, 990.0),
        ("S1", "L1", "M2", "O4", "A", at("07:00"), 1200.0, 1170.0),
        ("S1", "L1", "M2", "O5", "C", at("15:00"), 100.0, 100.0),  # no ideal cycle
        ("S1", "L1", "M2", "O6", "A", at("22:00"), 80.0, 80.0),
        ("S1", "L2", "M9", "O7", "A", at("07:00"), 50.0, 50.0),  # no calendar, no master data
    ]
    return [
        {
            "site_id": site,
            "line_id": line,
            "machine_id": machine,
            "order_id": order,
            "product_id": product,
            "interval_start": start,
            "interval_end": start + timedelta(hours=1),
            "total_count": total,
            "good_count": good,
            "scrap_count": total - good,
            "rework_count": 0.0,
            "unit": "pcs",
        }
        for site, line, machine, order, product, start, total, good in counts
    ]


def downtime_events() -> list[Row]:
    events = [
        ("D1", "M1", at("09:30"), at("10:20"), "R1", "Jam"),  # runs into the break
        ("D2", "M1", at("13:00"), at("15:00"), "R2", "Tool"),  # straddles shifts and the meeting
        ("D3", "M1", at("09:45"), at("10:50"), "R1", "Jam"),  # overlaps D1
        ("D4", "M2", at("21:00"), None, "R3", "Spindle"),  # still open
    ]
    return [
        {
            "event_id": event,
            "machine_id": machine,
            "line_id": "L1",
            "starts_at": start,
            "ends_at": end,
            "reason_code": code,
            "reason": reason,
            "reason_path": f"Breakdown > {reason}",
            "category": "Breakdown",
            "planned": False,
        }
        for event, machine, start, end, code, reason in events
    ]


def mtc_events() -> list[Row]:
    observed = [
        (100, 1, at("06:00"), "Execution", None),
        (100, 2, at("07:00"), "Execution", "ACTIVE"),
        (100, 3, at("09:00"), "Execution", "READY"),
        (100, 4, at("10:50"), "Execution", "ACTIVE"),
        (100, 5, at("10:40"), "Execution", "STOPPED"),  # the clock was set back
        (100, 6, at("11:00"), "Execution", "ACTIVE"),
        (200, 1, at("12:00"), "Execution", None),  # the agent was restarted
        (200, 2, at("12:10"), "Execution", "ACTIVE"),
        (100, 10, at("07:30"), "PartCount", "5"),
        (100, 11, at("08:30"), "PartCount", "12"),
        (100, 12, at("09:00"), "PartCount", None),
        (100, 13, at("09:30"), "PartCount", "3"),  # the counter was set back
        (200, 5, at("13:00"), "PartCount", "10"),
    ]
    return [
        {
            "instance_id": instance,
            "sequence": sequence,
            "device_uuid": "U1",
            "device_name": "M1",
            "timestamp": instant,
            "data_item_id": "exec" if kind == "Execution" else "pc",
            "type": kind,
            "value": value,
            "quality": "Good" if value else "Bad",
            "clock_step": sequence == 5 and instance == 100,
        }
        for instance, sequence, instant, kind, value in observed
    ]


BORE = "Bore"  # subgroups of 8, 9, 10, 11, 12: mean 10, range 4; the 21st is 3 higher
WIDTH = "Width"  # drawn at random, shifts at the end


def spc_measurements() -> list[Row]:
    rows = []
    for subgroup in range(1, 23):
        # the 22nd lacks a measurement and is left out
        values = [8.0, 9.0, 10.0, 11.0, 12.0][: 4 if subgroup == 22 else 5]
        rows += _subgroup(
            BORE, subgroup, [v + 3.0 * (subgroup == 21) for v in values], 10.0, 16.0, 4.0
        )
    random = np.random.default_rng(5)
    for subgroup in range(1, 61):
        values = random.normal(50.0 + 0.012 * max(0, subgroup - 45), 0.02, 5)
        rows += _subgroup(WIDTH, subgroup, [float(v) for v in values], 50.0, 50.1, None)
    return rows


def _subgroup(
    feature: str, subgroup: int, values: list[float], nominal: float, usl: float, lsl: float | None
) -> list[Row]:
    first = at("06:00") + timedelta(minutes=30 * subgroup)
    return [
        {
            "source_format": "cmm",
            "part_number": "P-1",
            "serial": f"{feature}-{subgroup}-{place}",
            "feature": feature,
            "measurement_id": f"{feature}-{subgroup}-{place}#1",
            "quality": "Good",
            "measured_at": first + timedelta(minutes=place),
            "subgroup": subgroup,
            "sample": 5 * (subgroup - 1) + place + 1,
            "machine_id": "M1",
            "actual": value,
            "nominal": nominal,
            "usl": usl,
            "lsl": lsl,
            "units": "mm",
            "characteristic_type": "diameter",
        }
        for place, value in enumerate(values)
    ]


def alarms() -> list[Row]:
    """A clears in the file of the next day; B has no ids and is paired by order."""
    changes = [
        ("A-1", "ACTIVE", at("21:50"), "TI-1", "Hi", "event"),
        ("A-1", "ACK", at("21:55"), "TI-1", "Hi", "event"),
        ("PI-2/Lo@1", "ACTIVE", at("22:00"), "PI-2", "Lo", "order"),
        ("A-1", "CLEAR", at("06:10", 4), "TI-1", "Hi", "event"),
        ("PI-2/Lo@2", "CLEAR", at("06:20", 4), "PI-2", "Lo", "order"),
        ("PI-2/Lo@3", "ACTIVE", at("06:30", 4), "PI-2", "Lo", "order"),
    ]
    return [
        {
            "alarm_id": alarm,
            "state": state,
            "timestamp": instant,
            "tag_name": tag,
            "condition": condition,
            "area": "Area 1",
            "priority": 2,
            "message": f"{tag} {condition}",
            "shelved": False,
            "paired_by": paired_by,
        }
        for alarm, state, instant, tag, condition, paired_by in changes
    ]


TABLES = {
    "silver_equipment.alarms": alarms,
    "silver_production.shift_calendar": shift_calendar,
    "silver_production.planned_stops": planned_stops,
    "silver_production.machines": machines,
    "silver_production.ideal_cycles": ideal_cycles,
    "silver_production.production_counts": production_counts,
    "silver_equipment.downtime_events": downtime_events,
    "silver_equipment.mtc_events": mtc_events,
    "silver_quality.spc_measurements": spc_measurements,
}


# Modules of tests.dbt with further rows: each holds TABLES, address → rows.
MODULES: tuple[str, ...] = (
    "rows_oee",
    "rows_alarms",
    "rows_capability",
    "rows_usage",
    "rows_msa",
    "rows_spc",
)


def tables() -> dict[str, list[Row]]:
    """Rows of every silver table: those of this module, then those of each of MODULES."""
    found: dict[str, list[Row]] = {}
    for module in (TABLES, *(import_module(f"tests.dbt.{name}").TABLES for name in MODULES)):
        for address, rows in module.items():
            found[address] = found.get(address, []) + rows()
    return found


def write(lake: Path) -> None:
    """Writes every table as silver Delta, its rows with the lineage of one file."""
    for address, rows in tables().items():
        layer, domain, table = address.replace(".", "_", 1).split("_", 2)
        content = pa.Table.from_pylist(landed(table, rows), _schema(address))
        write_deltalake(lake / layer / domain / table, content)


def _schema(address: str) -> pa.Schema:
    """As the landing writes it: the contract's columns and the lineage."""
    (table,) = (
        table
        for contract in load_all().values()
        for table in contract.tables.values()
        if table.silver == address
    )
    return pa.schema([*table.schema, *LINEAGE])


def landed(table: str, rows: list[Row]) -> list[Row]:
    return [
        {
            **row,
            "_source_hash": source_hash(table),
            "_source_path": f"{table}.csv",
            "_source_row": number,
            "_parser": table,
            "_parser_version": "1",
            "_contract_version": "1.0.0",
            "_ingested_at": at("12:00", 6),
        }
        for number, row in enumerate(rows, 1)
    ]


def source_hash(table: str) -> str:
    """The hash that stands for the file of a table."""
    return table.encode().hex().ljust(64, "0")[:64]
