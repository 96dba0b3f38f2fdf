"""The marts of the small lake, against answers worked out by hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from spark_jobs import build_marts
from tests.dbt import small_lake
from tests.dbt.conftest import Lake
from tests.dbt.small_lake import MONDAY, source_hash

pytestmark = pytest.mark.spark

OEE = ("pbt_s", "apt_s", "pri_pq_s", "pq", "gq")
RATIOS = ("availability_ratio", "effectiveness_ratio", "quality_ratio", "oee_ratio")
NO_CYCLE = "no ideal cycle for machine M2, product C"


def rows_by(rows: list[dict[str, Any]], *keys: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[key] for key in keys): row for row in rows}


def figures(row: dict[str, Any], names: tuple[str, ...]) -> list[float | None]:
    return [row[name] for name in names]


def test_oee_of_a_machine_and_shift(built: Lake) -> None:
    rows = rows_by(
        built.gold("production", "fct_oee_machine_shift"), "machine_id", "shift_date", "shift"
    )
    # 8 h less 45 min (two stops overlap) less 30 min; down 30 min, 5 min after the drill, 30 min
    early = rows["M1", MONDAY, "Early"]
    assert figures(early, OEE) == [24300.0, 20400.0, 600 * 20.0 + 300 * 10.5, 900.0, 890.0]
    assert figures(early, RATIOS) == pytest.approx(
        [20400 / 24300, 15150 / 20400, 890 / 900, 15150 / 24300 * 890 / 900], rel=1e-12
    )
    assert early["missing"] is None
    # the stop from 13:00 to 15:00 goes on after the meeting, which ends at 14:30
    assert figures(rows["M1", MONDAY, "Late"], OEE) == [27000.0, 25200.0, 20000.0, 1000.0, 990.0]
    # the open event of M2 ends at 23:00, the last instant of which the logs know
    assert figures(rows["M2", MONDAY, "Night"], OEE) == [28800.0, 25200.0, 1200.0, 80.0, 80.0]


def test_oee_says_what_is_missing(built: Lake) -> None:
    rows = rows_by(
        built.gold("production", "fct_oee_machine_shift"), "machine_id", "shift_date", "shift"
    )
    late = rows["M2", MONDAY, "Late"]
    assert (late["pri_pq_s"], late["oee_ratio"], late["missing"]) == (None, None, NO_CYCLE)
    stray = rows["M1", date(2025, 3, 2), None]
    assert figures(stray, OEE) == [None, None, 200.0, 10.0, 9.0]
    assert stray["missing"] == "no shift calendar for line L1"
    maintenance = rows["M1", date(2025, 3, 4), "Early"]
    assert figures(maintenance, (*OEE, *RATIOS)) == [0.0] * 5 + [None] * 4
    assert maintenance["missing"] == "no planned busy time"
    idle = rows["M1", MONDAY, "Night"]
    assert figures(idle, RATIOS) == [1.0, 0.0, None, 0.0]
    assert idle["missing"] == "nothing produced"


def test_no_count_vanishes(built: Lake) -> None:
    counts = small_lake.tables()["silver_production.production_counts"]
    made = sum(row["total_count"] for row in counts)
    for mart in ("fct_oee_machine_shift", "fct_oee_shift", "fct_oee_day", "fct_oee_product"):
        assert sum(row["pq"] for row in built.gold("production", mart)) == made


def test_oee_of_a_line_adds_elements(built: Lake) -> None:
    rows = rows_by(built.gold("production", "fct_oee_shift"), "line_id", "shift_date", "shift")
    early = rows["L1", MONDAY, "Early"]
    assert early["site_id"] == "S1"
    assert figures(early, OEE) == [48600.0, 44700.0, 33150.0, 2100.0, 2060.0]
    assert early["oee_ratio"] == pytest.approx(33150 / 48600 * 2060 / 2100, rel=1e-12)
    assert rows["L1", MONDAY, "Late"]["missing"] == NO_CYCLE
    assert rows["L1", MONDAY, "Late"]["pri_pq_s"] is None
    assert rows["L2", MONDAY, None]["missing"] == (
        "no ideal cycle for machine M9, product A; no shift calendar for line L2"
    )
    day = rows_by(built.gold("production", "fct_oee_day"), "line_id", "shift_date")["L1", MONDAY]
    assert figures(day, OEE) == [160200.0, 147300.0, None, 3280.0, 3230.0]
    assert day["availability_ratio"] == 147300 / 160200


def test_a_gold_row_names_its_source_rows(built: Lake) -> None:
    rows = rows_by(built.gold("production", "fct_oee_shift"), "line_id", "shift_date", "shift")
    expected = {
        "shift_calendar": [1],
        "planned_stops": [1, 2, 3],
        "production_counts": [2, 3, 5],
        "ideal_cycles": [1, 2, 3],
        "downtime_events": [1, 2, 3],
    }
    named = [f"{source_hash(table)}#{n}" for table, numbers in expected.items() for n in numbers]
    assert rows["L1", MONDAY, "Early"]["_source_rows"] == sorted(named)


def test_dimensions(built: Lake) -> None:
    assets = rows_by(built.gold("production", "dim_asset"), "level", "asset_id")
    assert {asset for level, asset in assets if level == "machine"} >= {"M1", "M2", "M9"}
    assert assets["machine", "M9"]["line_id"] == "L2"
    assert assets["line", "L1"]["parent_id"] == "S1"
    assert assets["site", "S1"]["parent_level"] == "enterprise"
    days = rows_by(built.gold("production", "dim_date"), "date_day")
    assert days[MONDAY,]["iso_week"] == 10
    shifts = rows_by(built.gold("production", "dim_shift"), "line_id", "shift_date", "shift")
    assert len(shifts) == len(small_lake.tables()["silver_production.shift_calendar"])
    late = shifts["L1", MONDAY, "Late"]
    assert (late["duration_s"], late["planned_busy_s"]) == (28800.0, 27000.0)


def test_downtime_pareto(built: Lake) -> None:
    rows = rows_by(built.gold("equipment", "downtime_summary"), "reason_code")
    assert [rows[code,]["downtime_s"] for code in ("R2", "R3", "R1")] == [7200.0, 7200.0, 6900.0]
    assert rows["R1",]["event_count"] == 2
    assert rows["R3",]["cumulative_ratio"] == pytest.approx(14400 / 21300, rel=1e-12)
    assert rows["R1",]["cumulative_ratio"] == 1.0


def test_mtc_oee_follows_sequence_and_restart(built: Lake) -> None:
    early = rows_by(built.gold("equipment", "mtc_oee"), "shift_date", "shift")[MONDAY, "Early"]
    seconds = figures(early, ("pbt_s", "active_s", "idle_s", "unavailable_s", "unobserved_s"))
    assert seconds == [24300.0, 13800.0, 4500.0, 4200.0, 1800.0]
    assert early["parts"] == 7 + 3 + 7
    assert early["availability_ratio"] == 13800 / 24300


def test_control_chart_of_known_limits(built: Lake) -> None:
    limits = rows_by(built.gold("quality", "spc_control_limits"), "feature")[small_lake.BORE,]
    assert (limits["subgroup_size"], limits["baseline_subgroups"]) == (5, 20)
    assert (limits["center"], limits["range_center"], limits["range_lcl"]) == (10.0, 4.0, 0.0)
    assert limits["sigma"] == pytest.approx(4 / 2.3259289, rel=1e-7)
    assert limits["xbar_ucl"] == pytest.approx(10 + 0.5768 * 4, abs=1e-3)
    assert limits["range_ucl"] == pytest.approx(2.1145 * 4, abs=1e-3)
    points = [p for p in built.gold("quality", "fct_spc_points") if p["feature"] == small_lake.BORE]
    assert sorted(p["subgroup"] for p in points) == list(range(1, 23))
    (short,) = [p for p in points if p["subgroup"] == 22]  # it lacks a measurement
    assert (short["n"], short["xbar"]) == (4, 9.5)
    assert short["xbar_ucl"] == pytest.approx(10 + 3 * limits["sigma"] / 2, rel=1e-12)
    assert [(p["subgroup"], p["rules"]) for p in points if p["violated"]] == [(21, "WE1")]


def test_run_again_gives_the_same(built: Lake, snapshot: dict[str, Any]) -> None:
    build_marts.build(str(built.folder), test=False)
    assert contents(built) == snapshot


def test_where_nothing_has_landed_marts_are_empty(state: Path, tmp_path: Path) -> None:
    build_marts.build(str(tmp_path), test=False)
    assert contents(Lake(tmp_path, state)) == {mart: [] for mart in build_marts.mart_addresses()}


def test_a_key_that_is_not_one_fails_in_one_sentence(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(small_lake, "TABLES", {"silver_production.machines": twins})
    monkeypatch.setattr(small_lake, "MODULES", ())
    small_lake.write(tmp_path)
    code = build_marts.main(
        ["--lake", str(tmp_path), "--select", "source:silver_production.machines"]
    )
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert code == 1
    assert "primary_key_silver_production_machines" in said
    assert "1 result" in said


def test_docs_hold_every_mart(built: Lake) -> None:
    catalog = json.loads((built.state / "target" / "catalog.json").read_text(encoding="utf-8"))
    found = {
        f"{n['metadata']['schema']}.{n['metadata']['name']}" for n in catalog["nodes"].values()
    }
    assert set(build_marts.mart_addresses()) <= found
    assert (built.state / "target" / "index.html").is_file()


def twins() -> list[small_lake.Row]:
    return small_lake.machines()[:1] * 2


def contents(lake: Lake) -> dict[str, list[str]]:
    """Every mart's rows, in an order of their own."""
    found = {}
    for address in build_marts.mart_addresses():
        domain, mart = address.removeprefix("gold_").split(".")
        found[address] = sorted(map(repr, lake.gold(domain, mart)))
    return found


@pytest.fixture(scope="session")
def snapshot(built: Lake) -> dict[str, list[str]]:
    return contents(built)
