"""What a day costs the facts of days at the end of a long history.

``python -m bench.marts_day [days]`` makes a lake of so many days (365) of 40 machines on 8 lines, a
file a day and table as a plant would land them, builds the marts of OEE, lands one day more, and
builds again; then everything. Prints days, seconds, and the silver rows that Spark read.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from casparian.lake.store import Lake
from spark_jobs import build_marts

FIRST = date(2024, 1, 1)
LINES, MACHINES = 8, 5
SELECT = "+fct_oee_machine_shift +fct_oee_shift +fct_oee_day"


def main(days: int) -> None:
    folder = tempfile.mkdtemp(prefix="casparian-bench-")
    lake = Lake.at(Path(folder) / "lake")
    _master(lake)
    for day in range(days):
        _land(lake, day)
    print(f"{days} days, {days * LINES * MACHINES * 24:,} counts")
    for name, whole in (("everything", False), ("one day more", False), ("everything", True)):
        if name == "one day more":
            _land(lake, days)
        began = time.monotonic()
        read = _build(lake, whole)
        print(f"{name:14}{time.monotonic() - began:7.1f} s{read:14,} rows read")


def _build(lake: Lake, whole: bool) -> int:
    """Rows that the build's stages read from files."""
    seen: list[int] = []
    stop = SparkSession.stop

    def counted(session: SparkSession) -> None:
        store = session.sparkContext._jsc.sc().statusStore()
        rest = [getattr(store, f"stageList$default${place}")() for place in (2, 3, 4, 5)]
        stages = store.stageList(None, *rest)
        seen.extend(stages.apply(i).inputRecords() for i in range(stages.size()))
        stop(session)

    SparkSession.stop = counted  # type: ignore[method-assign]
    try:
        build_marts.build(lake.uri, SELECT, test=False, full_refresh=whole)
    finally:
        SparkSession.stop = stop  # type: ignore[method-assign]
    return sum(seen)


def _master(lake: Lake) -> None:
    names = [(f"L{line}", f"L{line}-M{m}") for line in range(LINES) for m in range(MACHINES)]
    _append(lake, "silver_production.machines", "master", [
        {"machine_id": m, "machine_name": m, "site_id": "S", "line_id": line,
         "machine_type": "mill", "timezone": "Europe/Berlin"} for line, m in names
    ])  # fmt: skip
    _append(lake, "silver_production.ideal_cycles", "cycles", [
        {"machine_id": m, "product_id": "A", "ideal_cycle_s": 30.0, "unit": "pcs"}
        for _, m in names
    ])  # fmt: skip


def _land(lake: Lake, number: int) -> None:
    """A day's calendar, planned stops, stops and counts."""
    day = FIRST + timedelta(days=number)
    start = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    hour = timedelta(hours=1)
    shifts, stops, down, counts = [], [], [], []
    for line in (f"L{n}" for n in range(LINES)):
        for place, shift in enumerate(("Early", "Late", "Night")):
            begin = start + 8 * place * hour
            shifts.append({"line_id": line, "shift_date": day, "shift": shift,
                           "starts_at": begin, "ends_at": begin + 8 * hour})  # fmt: skip
            stops.append({"line_id": line, "starts_at": begin + 4 * hour,
                          "ends_at": begin + 4.5 * hour, "reason": "Break"})  # fmt: skip
        for machine in (f"{line}-M{n}" for n in range(MACHINES)):
            down.append({"event_id": f"{machine}-{number}", "machine_id": machine, "line_id": line,
                         "starts_at": start + hour, "ends_at": start + 2 * hour, "reason_code": "R",
                         "reason": "Jam", "category": "Minor stop", "reason_path": None,
                         "planned": False})  # fmt: skip
            counts += [
                {"site_id": "S", "line_id": line, "machine_id": machine, "order_id": "O",
                 "product_id": "A", "interval_start": start + n * hour,
                 "interval_end": start + (n + 1) * hour, "total_count": 100.0, "good_count": 98.0,
                 "scrap_count": 2.0, "rework_count": 0.0, "unit": "pcs"} for n in range(24)
            ]  # fmt: skip
    for table, rows in (("shift_calendar", shifts), ("planned_stops", stops),
                        ("production_counts", counts)):  # fmt: skip
        _append(lake, f"silver_production.{table}", f"{table}-{number}", rows)
    _append(lake, "silver_equipment.downtime_events", f"down-{number}", down)


def _append(lake: Lake, address: str, file: str, rows: list[dict[str, Any]]) -> None:
    lineage = {"_source_hash": file, "_source_path": file, "_parser": "bench"}
    lineage |= {"_parser_version": "1", "_contract_version": "1"}
    now = datetime.now(UTC)
    table = pa.Table.from_pylist(
        [{**row, **lineage, "_source_row": n, "_ingested_at": now} for n, row in enumerate(rows, 1)]
    )
    for place, name in enumerate(table.column_names):
        if pa.types.is_null(table[name].type):
            table = table.set_column(place, name, pa.nulls(table.num_rows, pa.string()))
    write_deltalake(lake.table_uri(address), table, mode="append")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 365)
