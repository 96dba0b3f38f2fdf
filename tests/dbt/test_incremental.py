"""Facts of days: what a build of the changed days gives is what a build of everything gives."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from casparian.lake import store
from spark_jobs import build_marts
from tests.dbt import rows_alarms, rows_usage, small_lake
from tests.dbt.small_lake import at

pytestmark = pytest.mark.spark

OEE = ("fct_oee_machine_shift", "fct_oee_shift", "fct_oee_day", "fct_oee_product", "dim_asset")
OTHERS = (
    "fct_production", "fct_yield", "fct_defects", "fct_energy", "fct_downtime", "downtime_summary",
    "fct_downtime_cause", "fct_alarm_kpi", "fct_alarm_frequency", "mtc_oee",
    "fct_quality_by_process", "dim_asset",
)  # fmt: skip
COUNTS = "silver_production.production_counts"
STOPS = "silver_equipment.downtime_events"
CALENDAR = "silver_production.shift_calendar"
ENERGY = "silver_production.energy_readings"
STATES = "silver_equipment.mtc_events"
ALARMS = "silver_equipment.alarms"
READINGS = "silver_equipment.historian_values"
DEFECTS = "silver_quality.defects"
MEASURED = "silver_quality.spc_measurements"


def contents(folder: Path, facts: tuple[str, ...]) -> dict[str, list[str]]:
    """The rows of each fact, in an order of their own."""
    lake = store.Lake.at(folder)
    found = {}
    for address in build_marts.mart_addresses():
        if (fact := address.rpartition(".")[2]) in facts:
            table = lake.read(address)
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
    """Another Wednesday: its calendar and its counts; the open stop goes on."""
    land(folder, CALENDAR, [_shift(12)], "b" * 64)
    land(folder, COUNTS, [count("M1", "L1", "L-4", 12, "06:00", 100.0)], "c" * 64)


def change(address: str, predicate: str, **values: str) -> Callable[[Path], None]:
    """Rows of a table that are not what they were, as a file that was landed again."""

    def write(folder: Path) -> None:
        table = store.Lake.at(folder).delta(address)
        assert table is not None
        table.update(predicate=predicate, updates={**values, "_source_row": "_source_row + 1000"})

    return write


def a_longer_history(folder: Path) -> None:
    """A counter that is read once a week, and the days after the small lake's."""
    for number, (day, stand) in enumerate(((3, 100.0), (9, 700.0))):
        land(folder, ENERGY, [_stand(day, "05:00", stand)], f"e{number}".ljust(64, "0"))
    land(folder, COUNTS, [count("M1", "L1", "L-0", 8, "06:00", 10.0)], "e3".ljust(64, "0"))
    stop = small_lake.downtime_events()[0]
    night = {"event_id": "D5", "starts_at": at("23:30", 10), "ends_at": at("00:30", 11)}
    land(folder, STOPS, [stop | night], "e4".ljust(64, "0"))
    land(folder, STATES, [_state(7, at("12:00", 6), "READY")], "e5".ljust(64, "0"))
    land(folder, CALENDAR, [_shift(day) for day in (5, 6, 9, 10, 11)], "e6".ljust(64, "0"))


def _shift(day: int) -> dict[str, Any]:
    hours = {"starts_at": at("06:00", day), "ends_at": at("14:00", day)}
    return {"line_id": "L1", "shift_date": date(2025, 3, day), "shift": "Early", **hours}


def _stand(day: int, clock: str, stand: float) -> dict[str, Any]:
    model = rows_usage.energy_readings()[-1]
    return model | {"meter_id": "E3", "line_id": "L1", "interval_start": at(clock, day),
                    "counter_kwh": stand}  # fmt: skip


def _state(sequence: int, instant: datetime, value: str, item: str = "exec") -> dict[str, Any]:
    model = small_lake.mtc_events()[0]
    kind = {"exec": "Execution", "pc": "PartCount"}[item]
    told = {"sequence": sequence, "timestamp": instant, "value": value, "quality": "Good"}
    return model | told | {"instance_id": 200, "data_item_id": item, "type": kind}


def _alarm(number: str, state: str, instant: datetime, tag: str, area: str) -> dict[str, Any]:
    model = small_lake.alarms()[0]
    told = {"alarm_id": number, "state": state, "timestamp": instant, "tag_name": tag}
    return model | told | {"area": area, "message": f"{tag} Hi"}


def _reading(day: int, clock: str, value: float) -> dict[str, Any]:
    model = rows_alarms.historian_values()[0]
    return model | {"timestamp": at(clock, day), "value": value}


def late_rows(folder: Path) -> None:
    """Of days that were built: a counter's stand within a week, and all that is told too late."""
    landed = {
        ENERGY: [_stand(6, "12:00", 400.0)],
        COUNTS: [
            count("M1", "L1", "L-1", 5, "06:00", 7.0), count("M1", "L1", "L-2", 3, "23:00", 5.0)
        ],
        STATES: [_state(4, at("12:30"), "STOPPED"), _state(6, at("13:30"), "15", "pc")],
        ALARMS: [
            _alarm("late", "ACTIVE", at("11:00", 11), "T-1", "Area 9"),
            _alarm("PI-2/Lo@3", "ACK", at("09:00", 11), "PI-2", "Area 1") | {"paired_by": "order"},
            _alarm("late", "CLEAR", at("13:00", 12), "T-1", "Area 9"),
        ],
        READINGS: [_reading(3, "09:12", 3.5), _reading(10, "23:10", 4.5)],
        DEFECTS: [rows_usage.defects()[2] | {"defect_id": "late", "count": 2.0}],
        MEASURED: [
            row | {"measurement_id": f"late-{n}", "measured_at": instant}
            for n, (row, instant) in enumerate(
                zip(small_lake.spc_measurements(), (at("05:00", 4), None), strict=False)
            )
        ],
    }  # fmt: skip
    for number, (address, rows) in enumerate(landed.items()):
        land(folder, address, rows, f"f{number}".ljust(64, "0"))
    change(STOPS, "event_id = 'D5'", ends_at="starts_at + interval '30 hours'")(folder)
    change(DEFECTS, "defect_id = 'DF-1'", disposition="'rework'")(folder)


def another_day(folder: Path) -> None:
    """The 14th, after a quiet day: what was open ends, and what was wrong is taken out."""
    landed = {
        ENERGY: [_stand(14, "05:00", 900.0)],
        COUNTS: [count("M1", "L1", "L-9", 14, "06:00", 100.0)],
        CALENDAR: [_shift(14)],
        STATES: [_state(8, at("07:00", 14), "ACTIVE"), _state(9, at("07:30", 14), "21", "pc")],
        ALARMS: [
            _alarm("PI-2/Lo@4", "CLEAR", at("06:30", 14), "PI-2", "Area 1")
            | {"paired_by": "order"},
            _alarm("new", "ACTIVE", at("07:00", 14), "T-3", "Area 9"),
        ],
        READINGS: [_reading(14, "06:30", 3.0)],
        STOPS: [
            small_lake.downtime_events()[0]
            | {"event_id": "D6", "starts_at": at("07:05", 14), "ends_at": at("07:20", 14)}
        ],
        MEASURED: [
            small_lake.spc_measurements()[0]
            | {"measurement_id": "new", "measured_at": at("08:00", 14)}
        ],
    }  # fmt: skip
    for number, (address, rows) in enumerate(landed.items()):
        land(folder, address, rows, f"d{number}".ljust(64, "0"))
    change(STOPS, "event_id = 'D4'", ends_at="starts_at + interval '30 minutes'")(folder)
    for address, gone in ((COUNTS, "order_id = 'O4'"), (READINGS, "_source_row % 7 = 0")):
        table = store.Lake.at(folder).delta(address)
        assert table is not None
        table.delete(gone)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("facts", "changes"),
    [
        (OEE, (late_counts, moved_stop, taken_out, a_new_day)),
        (OTHERS, (late_rows, another_day)),
    ],
    ids=["oee", "others"],
)
def test_changed_days_give_what_everything_gives(
    facts: tuple[str, ...],
    changes: tuple[Callable[[Path], None], ...],
    state: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lake, select = tmp_path / "lake", " ".join(f"+{fact}" for fact in facts)
    small_lake.write(lake)
    a_longer_history(lake)
    build_marts.build(str(lake), select, test=False)
    for number, step in enumerate(changes):
        step(lake)
        capsys.readouterr()
        build_marts.build(str(lake), select, test=number >= len(changes) - 2)
        said = capsys.readouterr().out
        assert "days of facts: everything" not in said, said
        whole = tmp_path / step.__name__
        shutil.copytree(lake, whole)
        build_marts.build(str(whole), select, test=False, full_refresh=True)
        before, after = contents(lake, facts), contents(whole, facts)
        differing = {fact for fact in before if before[fact] != after[fact]}
        assert not differing, {fact: (set(before[fact]) ^ set(after[fact])) for fact in differing}
