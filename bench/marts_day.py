"""What a day costs the facts of days at the end of a long history.

``python -m bench.marts_day [days ...]`` makes, for each number of days (4 and 90), a lake of 10
machines on 2 lines that lands a file a day and table, and builds all marts of days: everything,
then nothing (what starting costs, and asking), then one day more, then a row that is two weeks
late. Prints seconds, processor seconds of Java and Python, and rows that Spark read from files.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from casparian.contracts.model import load_all
from casparian.lake.landed import LINEAGE
from casparian.lake.store import Lake
from spark_jobs import build_marts

FIRST = date(2024, 1, 1)
LINES, MACHINES = 2, 5
MARTS = (
    "fct_oee_machine_shift fct_oee_shift fct_oee_day fct_production fct_yield fct_defects "
    "fct_energy fct_downtime fct_downtime_cause fct_alarm_kpi fct_alarm_frequency mtc_oee "
    "fct_quality_by_process dim_asset"
)
SELECT = " ".join(f"+{mart}" for mart in MARTS.split())
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
Row = dict[str, Any]


@dataclass
class Cost:
    """seconds; processor seconds; rows that Spark's stages read from files."""

    seconds: float = 0.0
    processor_s: float = 0.0
    rows: int = 0


def main(histories: list[int]) -> None:
    print(f"{'':24}{'seconds':>9}{'CPU s':>9}{'rows read':>12}", flush=True)
    for days in histories:
        lake = Lake.at(Path(tempfile.mkdtemp(prefix="casparian-bench-")) / "lake")
        _master(lake)
        for day in range(days):
            _land(lake, day)
        _show(f"{days} days: everything", _build(lake))
        _show("  nothing", _build(lake))
        _land(lake, days)
        _show("  one day more", _build(lake))
        _late(lake, max(days - 14, 0))
        _show("  two weeks late", _build(lake))


def _show(name: str, cost: Cost) -> None:
    print(f"{name:24}{cost.seconds:9.1f}{cost.processor_s:9.1f}{cost.rows:12,}", flush=True)


def _build(lake: Lake) -> Cost:
    cost = Cost()
    began, python = time.monotonic(), time.process_time()
    with _counted(cost):
        build_marts.build(lake.uri, SELECT, test=True)
    cost.seconds = time.monotonic() - began
    cost.processor_s += time.process_time() - python
    return cost


@contextmanager
def _counted(cost: Cost) -> Iterator[None]:
    """Reads Java's books before the session is stopped."""
    stop, java = SparkSession.stop, _Java.seconds

    def counted(session: SparkSession) -> None:
        store = session.sparkContext._jsc.sc().statusStore()
        rest = [getattr(store, f"stageList$default${place}")() for place in (2, 3, 4, 5)]
        stages = store.stageList(None, *rest)
        cost.rows += sum(stages.apply(i).inputRecords() for i in range(stages.size()))
        gateway: Any = session.sparkContext._gateway
        _Java.seconds = _processor_s(gateway.proc.pid)
        cost.processor_s += _Java.seconds - java
        stop(session)

    SparkSession.stop = counted  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        SparkSession.stop = stop  # type: ignore[method-assign]


def _processor_s(process: int) -> float:
    """Processor seconds of a process so far, as Linux counts them."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Java:
    """Processor seconds of the one Java of this process, so far."""

    seconds = 0.0


def _machines() -> list[tuple[str, str]]:
    return [(f"L{line}", f"L{line}-M{m}") for line in range(LINES) for m in range(MACHINES)]


def _master(lake: Lake) -> None:
    machines = [
        {"machine_id": m, "machine_name": m, "site_id": "S", "line_id": line,
         "machine_type": "mill", "timezone": "Europe/Berlin"} for line, m in _machines()
    ]  # fmt: skip
    cycles = [
        {"machine_id": m, "product_id": "A", "ideal_cycle_s": 30.0, "unit": "pcs"}
        for _, m in _machines()
    ]
    tags = [
        {"tag_name": f"{m}.T{n}", "tag_alias": f"{m}.T{n}", "units": "bar", "line_id": line,
         "asset_id": m, "site_id": "S", "interval_s": 300.0, "data_type": "float"}
        for line, m in _machines() for n in range(2)
    ]  # fmt: skip
    _append(lake, "silver_production.machines", "master", machines)
    _append(lake, "silver_production.ideal_cycles", "cycles", cycles)
    _append(lake, "silver_equipment.historian_tags", "tags", tags)


def _start(number: int) -> datetime:
    day = FIRST + timedelta(days=number)
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


def _land(lake: Lake, number: int) -> None:
    """A day's files."""
    start = _start(number)
    for address, rows in {**_lines(number, start), **_of_machines(number, start)}.items():
        _append(lake, address, f"{address}-{number}", rows)


def _late(lake: Lake, number: int) -> None:
    """A count of an old day."""
    (row,) = _of_machines(number, _start(number))["silver_production.production_counts"][:1]
    _append(lake, "silver_production.production_counts", "late", [row | {"order_id": "late"}])


def _lines(number: int, start: datetime) -> dict[str, list[Row]]:
    shifts, stops, energy = [], [], []
    for line in (f"L{n}" for n in range(LINES)):
        for place, shift in enumerate(("Early", "Late", "Night")):
            begin = start + 8 * place * HOUR
            shifts.append({"line_id": line, "shift_date": start.date(), "shift": shift,
                           "starts_at": begin, "ends_at": begin + 8 * HOUR})  # fmt: skip
            stops.append({"line_id": line, "starts_at": begin + 4 * HOUR,
                          "ends_at": begin + 4.5 * HOUR, "reason": "Break"})  # fmt: skip
        energy += [
            {"meter_id": f"{line}-E", "line_id": line, "site_id": "S",
             "interval_start": start + n * HOUR, "counter_kwh": 100.0 * (24 * number + n)}
            for n in range(24)
        ]  # fmt: skip
    return {
        "silver_production.shift_calendar": shifts,
        "silver_production.planned_stops": stops,
        "silver_production.energy_readings": energy,
    }


def _of_machines(number: int, start: datetime) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for line, machine in _machines():
        for address, rows in _machine(number, start, line, machine).items():
            found.setdefault(address, []).extend(rows)
    return found


def _machine(number: int, start: datetime, line: str, machine: str) -> dict[str, list[Row]]:
    counts = [
        {"site_id": "S", "line_id": line, "machine_id": machine, "order_id": "O",
         "product_id": "A", "interval_start": start + n * HOUR,
         "interval_end": start + (n + 1) * HOUR, "total_count": 100.0, "good_count": 98.0,
         "scrap_count": 2.0, "rework_count": 0.0, "unit": "pcs"} for n in range(24)
    ]  # fmt: skip
    down = [
        {"event_id": f"{machine}-{number}-{n}", "machine_id": machine, "line_id": line,
         "starts_at": start + n * HOUR, "ends_at": start + n * HOUR + 20 * MINUTE,
         "reason_code": "R", "reason": "Jam", "category": "Minor stop", "planned": False}
        for n in (1, 9, 23)
    ]  # fmt: skip
    readings = [
        {"timestamp": start + 5 * n * MINUTE, "tag_name": f"{machine}.T{tag}",
         "value": 10.0 + tag + n % 13, "quality": "Good"}
        for n in range(288) for tag in range(2)
    ]  # fmt: skip
    # the last alarm of a day is cleared on the next
    alarms = [
        {"alarm_id": f"{machine}-{number}-{n}", "state": state,
         "timestamp": start + n * HOUR + after * MINUTE, "tag_name": f"{machine}.T0",
         "condition": "Hi", "area": line, "priority": 2, "message": "High", "paired_by": "event"}
        for n in range(24) for state, after in (("ACTIVE", 0), ("ACK", 3), ("CLEAR", 61))
    ]  # fmt: skip
    states = [
        {"device_uuid": machine, "device_name": machine, "instance_id": 1,
         "sequence": 1000 * number + n, "data_item_id": "exec" if n % 2 else "parts",
         "type": "Execution" if n % 2 else "PartCount",
         "value": ("ACTIVE", "READY")[n // 2 % 2] if n % 2 else str(100 * number + n),
         "timestamp": start + 15 * n * MINUTE, "quality": "Good"} for n in range(96)
    ]  # fmt: skip
    measured = [
        {"source_format": "cmm", "part_number": "P", "feature": "Bore", "machine_id": machine,
         "measurement_id": f"{machine}-{number}-{n}", "quality": "Good", "sample": n,
         "serial": f"{machine}-{number}-{n}", "measured_at": start + n * HOUR + 30 * MINUTE,
         "actual": 10.0 + n % 5, "nominal": 12.0, "usl": 20.0, "lsl": 4.0} for n in range(24)
    ]  # fmt: skip
    defects = [
        {"defect_id": f"{machine}-{number}-{n}", "detected_at": start + n * HOUR, "count": 1.0,
         "part_number": "A", "line_id": line, "machine_id": machine, "defect_code": f"D{n}",
         "disposition": "scrap"} for n in range(4)
    ]  # fmt: skip
    return {
        "silver_production.production_counts": counts,
        "silver_equipment.downtime_events": down,
        "silver_equipment.historian_values": readings,
        "silver_equipment.alarms": alarms,
        "silver_equipment.mtc_events": states,
        "silver_quality.spc_measurements": measured,
        "silver_quality.defects": defects,
    }


@cache
def _schemas() -> dict[str, pa.Schema]:
    tables = (table for contract in load_all().values() for table in contract.tables.values())
    return {table.silver: pa.schema([*table.schema, *LINEAGE]) for table in tables}


def _append(lake: Lake, address: str, file: str, rows: list[Row]) -> None:
    lineage = {"_source_hash": file, "_source_path": file, "_parser": "bench"}
    lineage |= {"_parser_version": "1", "_contract_version": "1"}
    now = datetime.now(UTC)
    landed = [
        {**row, **lineage, "_source_row": n, "_ingested_at": now} for n, row in enumerate(rows, 1)
    ]
    table = pa.Table.from_pylist(landed, _schemas()[address])
    write_deltalake(lake.table_uri(address), table, mode="append")


if __name__ == "__main__":
    main([int(given) for given in sys.argv[1:]] or [4, 90])
