"""Facts of days: what a build of the changed days gives is what a build of everything gives."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from casparian.lake import store
from spark_jobs import build_marts
from tests.dbt import small_lake
from tests.dbt.small_lake import at

pytestmark = pytest.mark.spark

FACTS = ("fct_oee_machine_shift", "fct_oee_shift", "fct_oee_day", "dim_asset")
SELECT = " ".join(f"+{fact}" for fact in FACTS)
COUNTS = "silver_production.production_counts"
STOPS = "silver_equipment.downtime_events"
CALENDAR = "silver_production.shift_calendar"


def contents(folder: Path) -> dict[str, list[str]]:
    """The rows of each fact, in an order of their own."""
    lake = store.Lake.at(folder)
    found = {}
    for fact in FACTS:
        table = lake.read(f"gold_production.{fact}")
        assert table is not None
        rows = table.select(sorted(table.column_names)).to_pylist()
        found[fact] = sorted(map(repr, rows))
    return found


def land(folder: Path, address: str, rows: list[small_lake.Row], file: str) -> None:
    table = store.Lake.at(folder).delta(address)
    assert table is not None
    schema = pa.schema(table.schema().to_arrow())
    landed = [
        row | {"_source_hash": file} for row in small_lake.landed(address.rpartition(".")[2], rows)
    ]
    write_deltalake(table, pa.Table.from_pylist(landed, schema), mode="append")


def count(
    machine: str, line: str, order: str, day: int, clock: str, total: float
) -> dict[str, Any]:
    model = small_lake.production_counts()[0]
    start = at(clock, day)
    return model | {
        "machine_id": machine, "line_id": line, "order_id": order, "interval_start": start,
        "interval_end": start + timedelta(hours=1), "total_count": total, "good_count": total,
    }  # fmt: skip


def late_counts(folder: Path) -> None:
    """Of Monday night, of a day without a calendar, and of a machine that nobody knew."""
    rows = [
        count("M1", "L1", "L-1", 4, "01:00", 70.0),
        count("M9", "L2", "L-2", 2, "03:00", 5.0),
        count("M8", "L1", "L-3", 3, "07:00", 9.0),
    ]
    land(folder, COUNTS, rows, "a" * 64)


def moved_stop(folder: Path) -> None:
    """D2 was on another day; D4, which was open, has ended."""
    table = store.Lake.at(folder).delta(STOPS)
    assert table is not None
    table.update(
        predicate="event_id = 'D2'",
        updates={"starts_at": "starts_at + interval '18 hours'",
                 "ends_at": "ends_at + interval '18 hours'", "_source_row": "99"},
    )  # fmt: skip
    DeltaTable(table.table_uri).update(
        predicate="event_id = 'D4'",
        updates={"ends_at": "starts_at + interval '30 minutes'", "_source_row": "98"},
    )


def taken_out(folder: Path) -> None:
    """All of a day's counts, and Tuesday of the calendar."""
    for address, gone in ((COUNTS, "order_id = 'O0'"), (CALENDAR, "shift_date = '2025-03-04'")):
        table = store.Lake.at(folder).delta(address)
        assert table is not None
        table.delete(gone)


def a_new_day(folder: Path) -> None:
    """Wednesday: its calendar and its counts; the open stop goes on."""
    shift = {"line_id": "L1", "shift_date": date(2025, 3, 5), "shift": "Early"}
    hours = {"starts_at": at("06:00", 5), "ends_at": at("14:00", 5)}
    land(folder, CALENDAR, [shift | hours], "b" * 64)
    land(folder, COUNTS, [count("M1", "L1", "L-4", 5, "06:00", 100.0)], "c" * 64)


@pytest.mark.slow
def test_changed_days_give_what_everything_gives(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = tmp_path / "lake"
    small_lake.write(lake)
    build_marts.build(str(lake), SELECT, test=False)
    for change, days in (
        (late_counts, "5 days: 2025-03-01 to 2025-03-05"),
        (moved_stop, ""),
        (taken_out, ""),
        (a_new_day, ""),
    ):
        change(lake)
        capsys.readouterr()
        build_marts.build(str(lake), SELECT, test=False)
        said = capsys.readouterr().out
        assert "days of facts: everything" not in said
        assert days in said, said
        whole = tmp_path / change.__name__
        shutil.copytree(lake, whole)
        before = contents(lake)
        build_marts.build(str(whole), SELECT, test=False, full_refresh=True)
        assert before == contents(whole), change.__name__
