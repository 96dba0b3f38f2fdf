"""Which days two versions of a source differ in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from casparian.lake.store import Lake
from spark_jobs.changed_days import Changed, Mart, Plan, everything, find, remember
from spark_jobs.day_columns import Days

STOPS, COUNTS, CYCLES = (
    "silver_equipment.downtime_events", "silver_production.production_counts",
    "silver_production.ideal_cycles",
)  # fmt: skip
FACT = "gold_production.fct_oee_day"
UNTIL = [f"{COUNTS}.interval_start", f"{STOPS}.starts_at"]
SOURCES = {
    STOPS: Days.of({"start": "starts_at", "end": "ends_at", "open_until": UNTIL, "margin": 0}),
    COUNTS: Days.of({"start": "interval_start"}),
    CYCLES: None,
}
MART = Mart(FACT, SOURCES, frozenset(), "as it is")


def day(number: int, hour: int = 6) -> datetime:
    """March 2025."""
    return datetime(2025, 3, number, hour, tzinfo=UTC)


def row(file: str, number: int, **values: Any) -> dict[str, Any]:
    return {**values, "_source_hash": file, "_source_row": number, "_ingested_at": day(30)}


def stop(file: str, number: int, start: datetime, end: datetime | None) -> dict[str, Any]:
    return row(file, number, starts_at=start, ends_at=end)


def count(file: str, number: int, start: datetime) -> dict[str, Any]:
    return row(file, number, interval_start=start)


def days(plan: Plan) -> set[int] | None:
    """Days of March 2025 of the one mart."""
    (changed,) = plan.marts.values()
    if changed.days is None:
        return None
    return {(date(1970, 1, 1) + timedelta(days=d) - date(2025, 2, 28)).days for d in changed.days}


class Plant:
    def __init__(self, folder: Path):
        self.lake = Lake.at(folder)

    def write(self, address: str, rows: list[dict[str, Any]], mode: Any = "append") -> None:
        instant = pa.timestamp("us", tz="UTC")
        kinds = {
            "_source_row": pa.int64(),
            "_source_hash": pa.string(),
            "meter": pa.string(),
            "ideal_cycle_s": pa.float64(),
        }
        names = dict.fromkeys(name for row in rows for name in row)
        schema = pa.schema([(name, kinds.get(name, instant)) for name in names])
        write_deltalake(self.lake.table_uri(address), pa.Table.from_pylist(rows, schema), mode=mode)

    def build(self) -> set[int] | None:
        """What a build would make anew; then as if it had."""
        changed = find(self.lake, [MART])
        if self.lake.delta(FACT) is None:
            self.write(FACT, [count("gold", 1, day(1))])
        remember(self.lake, [MART], {FACT}, changed)
        return days(changed)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Built once, of a stop from the 3rd to the 4th and counts until the 5th."""
    made = Plant(tmp_path)
    made.write(STOPS, [stop("s1", 1, day(3), day(4))])
    made.write(COUNTS, [count("c1", 1, day(4)), count("c1", 2, day(5))])
    made.write(CYCLES, [row("m", 1, ideal_cycle_s=2.0)])
    assert made.build() is None
    return made


def test_nothing_landed(plant: Plant) -> None:
    assert plant.build() == set()
    (changed,) = find(plant.lake, [MART]).marts.values()
    assert (changed.runs(), changed.sentence()) == ([], "no day: nothing has changed")


def test_a_late_file_touches_its_days_and_their_neighbours(plant: Plant) -> None:
    plant.write(COUNTS, [count("late", 1, day(2)), count("late", 2, day(2, 23))])
    assert plant.build() == {1, 2, 3}
    assert plant.build() == set()


def test_rows_that_landed_at_the_same_instant_as_those_before_are_seen(plant: Plant) -> None:
    plant.write(COUNTS, [count("same instant", 1, day(4))])
    assert plant.build() == {3, 4, 5}


def test_an_event_that_moved_touches_its_old_days_and_its_new(plant: Plant) -> None:
    plant.write(STOPS, [stop("s1", 1, day(3), day(4)), stop("s2", 1, day(10), day(10))])
    plant.build()
    other = stop("s1", 1, day(3), day(4))
    plant.write(STOPS, [other, stop("s3", 1, day(8), day(8, 9))], mode="overwrite")
    assert plant.build() == {3, 4, 8, 10}


def test_rows_that_are_taken_out_touch_their_days(plant: Plant) -> None:
    DeltaTable(plant.lake.table_uri(COUNTS)).delete("_source_row = 2")
    assert plant.build() == {4, 5, 6}


def test_a_compaction_changes_no_day(plant: Plant) -> None:
    plant.write(COUNTS, [count("c2", 1, day(5))])
    plant.build()
    DeltaTable(plant.lake.table_uri(COUNTS)).optimize.compact()
    assert plant.build() == set()


def test_an_open_event_reaches_the_last_day_and_grows_with_it(plant: Plant) -> None:
    plant.write(STOPS, [stop("s2", 1, day(4), None)])
    assert plant.build() == {4, 5}
    plant.write(COUNTS, [count("c2", 1, day(9))])
    assert plant.build() == {4, 5, 6, 7, 8, 9, 10}  # its row is on the 4th
    plant.write(STOPS, [stop("s1", 1, day(3), day(4)), stop("s2", 1, day(4), day(5))], "overwrite")
    assert plant.build() == {4, 5, 6, 7, 8, 9}


def test_a_source_without_days_touches_everything(plant: Plant) -> None:
    plant.write(CYCLES, [row("m", 2, ideal_cycle_s=3.0)])
    said = f"everything: {CYCLES} has changed (fct_oee_day)"
    assert find(plant.lake, [MART]).sentences() == [said]
    assert plant.build() is None
    assert plant.build() == set()


def test_another_definition_is_built_as_a_whole(plant: Plant) -> None:
    other = Mart(FACT, SOURCES, frozenset(), "otherwise")
    said = "everything: defined otherwise (fct_oee_day)"
    assert find(plant.lake, [other]).sentences() == [said]


def test_a_mart_on_one_that_was_not_built_is_not_remembered(plant: Plant) -> None:
    above = Mart("gold_production.above", SOURCES, frozenset({FACT}), "x")
    plant.write(above.address, [count("gold", 1, day(1))])
    remember(plant.lake, [above], {above.address}, find(plant.lake, [MART]))
    assert days(find(plant.lake, [above])) is None


def test_a_source_that_appears_later_touches_its_days(tmp_path: Path) -> None:
    made = Plant(tmp_path)
    assert made.build() is None
    made.write(COUNTS, [count("c1", 1, day(4))])
    assert made.build() == {3, 4, 5}


def test_runs_of_days(plant: Plant) -> None:
    assert Changed(frozenset({0, 1, 2, 31}), "").runs() == [
        ("1970-01-01", "1970-01-03"),
        ("1970-02-01", "1970-02-01"),
    ]


def test_what_was_built_without_tests_is_tested_whole(plant: Plant) -> None:
    plant.write(COUNTS, [count("late", 1, day(2))])
    plan = find(plant.lake, [MART])
    assert not plan.untested
    remember(plant.lake, [MART], {FACT}, plan, tested=False)
    plan = find(plant.lake, [MART])
    assert days(plan) == set()
    assert plan.untested == frozenset({"fct_oee_day"})
    remember(plant.lake, [MART], {FACT}, plan)
    assert not find(plant.lake, [MART]).untested


COUNTERS = "silver_production.energy_readings"
METERED = Mart(
    FACT,
    {COUNTERS: Days.of({"start": "at", "margin": 0, "holds": {"by": ["meter"]}}), **SOURCES},
    frozenset(),
    "as it is",
    frozenset({"fct_oee_day", COUNTERS}),
)


def test_a_reading_that_splits_a_week_touches_the_week(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    readings = [(day(1), "A"), (day(8), "A"), (day(3), "B"), (day(20), "B")]
    rows = [row("r", n, at=instant, meter=meter) for n, (instant, meter) in enumerate(readings)]
    plant.write(COUNTERS, rows)
    plant.write(FACT, [count("gold", 1, day(1))])
    remember(plant.lake, [METERED], {FACT}, find(plant.lake, [METERED]))
    assert days(find(plant.lake, [METERED])) == set()
    plant.write(COUNTERS, [row("late", 1, at=day(5), meter="A")])
    plan = find(plant.lake, [METERED])
    # all that B measured from the 3rd to the 20th is judged by what was made in that time
    assert days(plan) == set(range(1, 21))
    plant.write(COUNTS, [count("c2", 1, day(25))])
    remember(plant.lake, [METERED], {FACT}, plan)
    assert days(find(plant.lake, [METERED])) == {24, 25, 26}


def test_what_a_build_reads_is_the_files_of_its_days(plant: Plant) -> None:
    read = Mart(FACT, SOURCES, frozenset(), "as it is", frozenset({"fct_oee_day", *SOURCES}))
    nothing = find(plant.lake, [read])
    assert 0 < nothing.bytes < nothing.whole, "ideal cycles tell no days"
    assert nothing.bytes < find(plant.lake, [read], whole=[COUNTS]).bytes < nothing.whole
    plant.write(COUNTS, [count("late", 1, day(2))])
    near = find(plant.lake, [read])
    assert nothing.bytes < near.bytes <= near.whole
    assert everything(near, "asked for").bytes == near.whole
    plant.write(COUNTS, [count("much later", 1, day(30) + timedelta(days=60))])
    remember(plant.lake, [read], {FACT}, near)
    later = find(plant.lake, [read])
    assert nothing.bytes < later.bytes < near.bytes, "no file of March lies near the end of May"
