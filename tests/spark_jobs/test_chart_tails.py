"""From which point on two versions of the measurements differ in their charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from casparian.lake.store import Lake
from spark_jobs import chart_tails
from spark_jobs.changed_days import Mart
from spark_jobs.chart_tails import LIMITS, MEASUREMENTS, POINTS, Tails

BASELINE = 3
KEY = {"source_format": "cmm", "part_number": "P", "feature": "F", "machine_id": "M"}
MARTS = [
    Mart(address, {MEASUREMENTS: None}, frozenset(), "as it is") for address in (POINTS, LIMITS)
]
INSTANT = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in KEY), ("subgroup", pa.int64()), ("measured_at", INSTANT),
        ("_source_hash", pa.string()), ("_source_row", pa.int64()), ("_ingested_at", INSTANT),
    ]
)  # fmt: skip
CHARTED = pa.schema(
    [
        *((name, pa.string()) for name in KEY), ("chart", pa.string()), ("position", pa.int64()),
        ("subgroup", pa.int64()), ("measured_at", INSTANT), ("xbar", pa.float64()),
    ]
)  # fmt: skip


def day(number: int, minute: int = 0) -> datetime:
    return datetime(2025, 3, number, 6, tzinfo=UTC) + timedelta(minutes=minute)


class Plant:
    """Measurements, and the charts that were made of them."""

    def __init__(self, folder: Path):
        self.lake = Lake.at(folder)
        self.rows = 0

    def measure(self, subgroup: int | None, at: datetime | None, **told: Any) -> None:
        self.rows += 1
        row = KEY | {"subgroup": subgroup, "measured_at": at, "_source_hash": "h"} | told
        row |= {"_source_row": self.rows, "_ingested_at": day(30)}
        content = pa.Table.from_pylist([row], SCHEMA)
        write_deltalake(self.lake.table_uri(MEASUREMENTS), content, mode="append")

    def chart(self, points: list[tuple[str, int | None, datetime | None]], **told: Any) -> None:
        """Points in their order, each (chart, subgroup, instant); its value is its position."""
        rows = [
            KEY | {"chart": chart, "position": place, "subgroup": subgroup, "measured_at": at,
                   "xbar": float(place)} | told
            for place, (chart, subgroup, at) in enumerate(points, 1)
        ]  # fmt: skip
        content = pa.Table.from_pylist(rows, CHARTED)
        write_deltalake(self.lake.table_uri(POINTS), content, mode="append")
        write_deltalake(self.lake.table_uri(LIMITS), content, mode="append")

    def note(self) -> None:
        tails = chart_tails.find(self.lake, MARTS, BASELINE)
        chart_tails.note(self.lake, MARTS, {POINTS, LIMITS}, tails, tested=True)

    def find(self) -> Tails:
        return chart_tails.find(self.lake, MARTS, BASELINE)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    plant = Plant(tmp_path)
    plant.measure(1, day(1))
    return plant


@pytest.fixture
def charted(plant: Plant) -> Plant:
    """Subgroups 10, 20 to 80 of eight days."""
    plant.chart([("xbar_r", 10 * n, day(n)) for n in range(1, 9)])
    plant.note()
    return plant


def ends(tails: Tails) -> list[tuple[str, int]]:
    assert tails.tails is not None, tails.why
    return [(tail.chart, tail.first_position) for tail in tails.tails]


def test_all_is_made_anew_where_nothing_is_known(plant: Plant) -> None:
    assert plant.find() == Tails(None, 0, "new")
    assert plant.find().variables() == {}
    assert plant.find().sentence() == "everything: new"


def test_nothing_new_is_nothing_to_do(charted: Plant) -> None:
    assert charted.find().tails == ()
    assert charted.find().sentence() == "no chart: nothing has changed"


def test_another_definition_makes_all_anew(charted: Plant) -> None:
    marts = [replace(mart, fingerprint="another") for mart in MARTS]
    assert chart_tails.find(charted.lake, marts, BASELINE).why == "defined otherwise"


def test_points_without_their_limits_are_not_made_in_part(charted: Plant) -> None:
    assert chart_tails.find(charted.lake, MARTS[:1], BASELINE).why == "not all of it is asked for"
    chart_tails.note(charted.lake, MARTS, {POINTS}, Tails((), 99), tested=True)
    assert charted.find().tails == (), "not noted, for the limits are not done"


def test_a_new_subgroup_at_the_end(charted: Plant) -> None:
    charted.measure(90, day(9))
    (tail,) = charted.find().tails or ()
    assert tail.literals() == [
        *KEY.values(), "xbar_r", 9, 90, "1970-01-01 00:00:00.000000", "8.0"
    ]  # fmt: skip
    assert charted.find().variables()["spc_since"] == "2025-03-09 05:59:59.000000"


@pytest.mark.parametrize(("subgroup", "first"), [(45, 5), (50, 5), (80, 8), (40, 4)])
def test_a_late_measurement_makes_all_behind_it_anew(
    charted: Plant, subgroup: int, first: int
) -> None:
    charted.measure(subgroup, day(20))
    assert ends(charted.find()) == [("xbar_r", first)]
    since = charted.find().variables()["spc_since"]
    assert since == f"2025-03-{first:02} 05:59:59.000000", "the points behind it are older"


@pytest.mark.parametrize("subgroup", [5, 25, 30])
def test_what_lies_in_phase_1_makes_the_chart_anew(charted: Plant, subgroup: int) -> None:
    charted.measure(subgroup, day(20))
    assert ends(charted.find()) == [("", 1)]
    assert charted.find().sentence() == "the ends of 0 charts, 1 as a whole"


def test_a_measurement_that_is_taken_out(charted: Plant) -> None:
    charted.measure(60, day(6))
    charted.note()
    table = DeltaTable(charted.lake.table_uri(MEASUREMENTS))
    table.delete("subgroup = 60")
    assert ends(charted.find()) == [("xbar_r", 6)]


def test_other_files_with_the_same_rows_change_nothing(charted: Plant) -> None:
    charted.measure(60, day(6))
    charted.note()
    DeltaTable(charted.lake.table_uri(MEASUREMENTS)).optimize.compact()
    assert ends(charted.find()) == []


def test_an_unknown_characteristic_is_new_as_a_whole(charted: Plant) -> None:
    charted.measure(1, day(9), feature="G", machine_id=None)
    (tail,) = charted.find().tails or ()
    assert (tail.characteristic, tail.chart) == (("cmm", "P", "G", ""), "")


def test_a_measurement_without_a_name_is_of_no_chart(charted: Plant) -> None:
    charted.measure(1, day(9), part_number=None)
    assert ends(charted.find()) == []


def test_individuals_go_by_day(plant: Plant) -> None:
    instants = [day(2), day(2, 5), day(3), day(3, 5), day(4), day(4, 5), None]
    plant.chart([("i_mr", None, at) for at in instants])
    plant.note()
    plant.measure(None, day(4, 2))
    (tail,) = plant.find().tails or ()
    assert (tail.chart, tail.first_position, tail.before) == ("i_mr", 5, 4.0)
    assert tail.literals()[-2] == "2025-03-04 00:00:00.000000"
    plant.note()
    plant.measure(None, None)
    (tail,) = plant.find().tails or ()
    assert (tail.first_position, tail.literals()[-2][:4]) == (7, "9999")  # type: ignore[index]


def test_both_kinds_of_a_characteristic_are_told_apart(plant: Plant) -> None:
    plant.chart([("xbar_r", n, day(n)) for n in range(1, 9)])
    plant.chart([("i_mr", None, day(n)) for n in range(1, 9)])
    plant.note()
    plant.measure(None, day(7))
    assert ends(plant.find()) == [("i_mr", 7)]
    plant.measure(6, day(7))
    assert ends(plant.find()) == [("i_mr", 7), ("xbar_r", 6)]


def test_subgroups_among_individuals_make_the_chart_anew(plant: Plant) -> None:
    plant.chart([("i_mr", n, day(n)) for n in range(1, 9)])
    plant.note()
    plant.measure(9, day(9))
    assert ends(plant.find()) == [("", 1)]


def test_the_first_subgroups_beside_individuals_make_all_anew(plant: Plant) -> None:
    plant.chart([("i_mr", None, day(n)) for n in range(1, 9)])
    plant.note()
    plant.measure(9, day(9))
    assert ends(plant.find()) == [("", 1)]


def test_too_many_are_made_anew_together(charted: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_tails, "MOST", 1)
    for feature in "GH":
        charted.measure(1, day(9), feature=feature)
    assert charted.find().why == "2 characteristics have changed"


def test_files_that_are_gone_make_all_anew(charted: Plant) -> None:
    charted.measure(60, day(6))
    charted.note()
    table = DeltaTable(charted.lake.table_uri(MEASUREMENTS))
    before = table.file_uris()
    table.optimize.compact()
    for path in before:
        Path(path).unlink()
    assert "no longer there" in charted.find().why
