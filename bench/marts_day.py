"""What a day costs the marts at the end of a long history.

``python -m bench.marts_day [days ...] [--select …] [--each] [--keep DIR]`` makes, for each number
of days (4 and 90), a lake of 10 machines on 2 lines that lands a file a day and table, builds its
marts and keeps it in order as the daily job does (`casparian maintain`). Then it builds nothing
(what starting costs, and asking), one day more, and a row that is two weeks late; each build is a
process of its own. Prints seconds, processor seconds of
Java and Python, and rows and MiB that Spark read from files; with ``--each`` those of each node of
the last history but one against the last. ``--keep`` keeps the lakes, as they were before the day
more, and takes them from there again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from casparian.contracts.model import load_all
from casparian.lake.landed import LINEAGE
from casparian.lake.maintain import Maintenance
from casparian.lake.store import Lake

FIRST = date(2024, 1, 1)
LINES, MACHINES = 2, 5
LEAST_S = 0.3  # a node that costs less is not named
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
Row = dict[str, Any]


def main(given: argparse.Namespace) -> None:
    print(f"{'':24}{'seconds':>9}{'CPU s':>9}{'rows read':>12}{'MiB':>8}", flush=True)
    days = [_history(days, given) for days in given.days]
    if given.each and len(days) > 1:
        _compare(*days[-2:])


def _history(days: int, given: argparse.Namespace) -> dict[str, Any]:
    """The cost of the day that follows so many."""
    with tempfile.TemporaryDirectory(prefix="casparian-bench-") as folder:
        lake = Path(folder) / "lake"
        kept = Path(given.keep) / f"{days}-days" if given.keep else None
        if kept is None or not kept.exists():
            _landed(lake, days)
            _show(f"{days} days: everything", _build(lake, given))
            Maintenance(Lake.at(lake)).run()
        if kept is not None:
            kept.exists() or shutil.copytree(lake, kept)
            shutil.copytree(kept, lake, dirs_exist_ok=True)
        _show(f"{days} days: nothing", _build(lake, given))
        _land(Lake.at(lake), days)
        one_day_more = _build(lake, given)
        _show("  one day more", one_day_more)
        _late(Lake.at(lake), max(days - 14, 0))
        _show("  two weeks late", _build(lake, given))
    return one_day_more


def _landed(folder: Path, days: int) -> None:
    lake = Lake.at(folder)
    _master(lake)
    for day in range(days):
        _land(lake, day)


def _show(name: str, cost: dict[str, Any]) -> None:
    figures = f"{cost['seconds']:9.1f}{cost['processor_s']:9.1f}{cost['rows']:12,}"
    print(f"{name:24}{figures}{cost['bytes'] / 2**20:8.1f}", flush=True)


def _compare(few: dict[str, Any], many: dict[str, Any]) -> None:
    """Nodes by how much more they cost after many days than after a few."""
    print(f"\n{'':54}{'CPU s':>14}{'rows read':>22}{'rows written':>18}")
    nodes = {name: (few["nodes"].get(name), cost) for name, cost in many["nodes"].items()}
    pairs = [(a, b, name) for name, (a, b) in nodes.items() if a is not None]
    for a, b, name in sorted(pairs, key=lambda p: p[0]["processor_s"] - p[1]["processor_s"]):
        if max(a["processor_s"], b["processor_s"]) >= LEAST_S or b["rows"] > 2 * a["rows"]:
            told = f"{a['processor_s']:7.2f}{b['processor_s']:7.2f}{a['rows']:11,}{b['rows']:11,}"
            print(f"{name[:54]:54}{told}{a['written']:9,}{b['written']:9,}")


def _build(lake: Path, given: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.marts_build", str(lake)]
    command += ["--select", given.select] if given.select else []
    command += [] if given.test else ["--no-test"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.decode()[-2000:])
    return dict(json.loads(done.stdout))


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
    parser = argparse.ArgumentParser()
    parser.add_argument("days", nargs="*", type=int, default=[4, 90])
    parser.add_argument("--select", help="dbt selection (default: everything)")
    parser.add_argument("--test", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--each", action="store_true", help="what each node costs")
    parser.add_argument("--keep", help="folder in which the lakes are kept")
    main(parser.parse_args())
