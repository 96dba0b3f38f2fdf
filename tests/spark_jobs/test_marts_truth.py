"""The plant's marts, built by Spark and dbt, equal the answers of the generator's own events."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from casparian.kpi import causes, process_values
from casparian.lake.store import Lake
from tests.conftest import LandedPlant

# What can be asked of the marts wherever they were built: other tests take these by `*`.
__all__ = [
    "test_alarms_a_line_and_day",
    "test_capability",
    "test_control_limits",
    "test_defects_a_part_and_day",
    "test_downtime_by_reason",
    "test_energy_a_line_and_shift",
    "test_energy_baselines",
    "test_every_stop_has_its_shift",
    "test_lots_and_what_they_were_made_of",
    "test_material_balances_and_the_planted_loss",
    "test_oee_a_line_and_shift",
    "test_oee_a_line_product_and_day",
    "test_teep_a_line_and_day",
    "test_the_bearing_is_the_cause_of_its_stop",
    "test_the_cause_of_the_quality_shift_is_found_first",
    "test_violations",
    "test_what_orders_took_and_made",
    "test_yields_a_line_product_and_day",
]
pytestmark = [pytest.mark.spark, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
ELEMENTS = ("pbt_s", "apt_s", "pri_pq_s", "pq", "gq")
RATIOS = ("availability_ratio", "effectiveness_ratio", "quality_ratio", "oee_ratio")
TIMES = ("setup_s", "delay_s", "nee_ratio", "failure_count", "mtbf_s", "mttr_s")
LIMITS = ("center", "sigma", "xbar_ucl", "xbar_lcl", "range_center", "range_ucl", "range_lcl")


def rows(lake: Lake, address: str) -> list[dict[str, Any]]:
    table = lake.read(address)
    assert table is not None
    return [dict(row) for row in table.to_pylist()]


@pytest.fixture(scope="module")
def marts(landed_plant: LandedPlant, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Built as Airflow would have them built, in a process of its own, in a copy of the lake."""
    lake = Lake.at(tmp_path_factory.mktemp("marts") / "lake")
    shutil.copytree(landed_plant.lake.uri, lake.uri)
    state = tmp_path_factory.mktemp("dbt-state")
    done = subprocess.run(
        [sys.executable, "-m", "spark_jobs.build_marts", "--lake", lake.uri],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "CASPARIAN_STATE": str(state)},
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return lake


def test_oee_a_line_and_shift(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {
        (row["line_id"], str(row["shift_date"]), row["shift"]): row
        for row in rows(marts, "gold_production.fct_oee_shift")
    }
    right = landed_plant.plant.truth["oee"]
    assert len(right) == len(ours) > 50
    for answer in right:
        row = ours[answer["line_id"], answer["shift_date"], answer["shift"]]
        for name in (*ELEMENTS, *RATIOS, *TIMES):
            assert row[name] == pytest.approx(answer[name], abs=1e-9), (answer, name)


def test_teep_a_line_and_day(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {
        (row["line_id"], str(row["shift_date"])): row
        for row in rows(marts, "gold_production.fct_oee_day")
    }
    right = landed_plant.plant.truth["oee_days"]
    assert len(right) == len(ours)
    for answer in right:
        row = ours[answer["line_id"], answer["shift_date"]]
        for name in ("calendar_s", "teep_ratio"):
            assert row[name] == pytest.approx(answer[name], abs=1e-9), (answer, name)


def test_oee_a_line_product_and_day(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {
        (row["line_id"], row["product_id"], str(row["shift_date"])): row
        for row in rows(marts, "gold_production.fct_oee_product")
    }
    right = landed_plant.plant.truth["oee_products"]
    assert len(right) == len(ours) > 20
    for answer in right:
        row = ours[answer["line_id"], answer["product_id"], answer["shift_date"]]
        assert row["in_shift"]
        for name in (*ELEMENTS, *RATIOS[:3]):
            assert row[name] == pytest.approx(answer[name], abs=1e-9), (answer, name)


def chart(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["part_number"], row["feature"], row["machine_id"]


def test_control_limits(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {chart(row): row for row in rows(marts, "gold_quality.spc_control_limits")}
    right = landed_plant.plant.truth["spc"]
    assert {chart(answer) for answer in right} == ours.keys()
    for answer in right:
        for name in LIMITS:
            assert ours[chart(answer)][name] == pytest.approx(answer[name], abs=1e-9), name


def test_violations(landed_plant: LandedPlant, marts: Lake) -> None:
    right = {
        (*chart(answer), broken["subgroup"], broken["rule"])
        for answer in landed_plant.plant.truth["spc"]
        for broken in answer["violations"]
    }
    ours = {
        (*chart(row), row["subgroup"], rule)
        for row in rows(marts, "gold_quality.fct_spc_points")
        for rule in row["rules"].split(",")
        if rule
    }
    assert ours == right
    assert len(right) > 30


def test_capability(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {chart(row): row for row in rows(marts, "gold_quality.fct_capability")}
    right = landed_plant.plant.truth["capability"]
    assert {chart(answer) for answer in right} == ours.keys()
    for answer in right:
        row = ours[chart(answer)]
        assert (row["n"], row["subgroups"]) == (answer["n"], answer["subgroups"])
        for name in ("sigma_within", "sigma_overall", "cp", "cpk", "pp", "ppk", "cpm",
                     "ppm_overall", "ppm_observed"):  # fmt: skip
            assert row[name] == pytest.approx(answer[name], rel=1e-9), (answer, name)
    broken = {chart(answer) for answer in landed_plant.plant.truth["spc"] if answer["violations"]}
    assert {key for key, row in ours.items() if not row["stable"]} == broken


def test_downtime_by_reason(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {
        (row["line_id"], row["reason_code"]): row
        for row in rows(marts, "gold_equipment.downtime_summary")
    }
    right = landed_plant.plant.truth["downtime"]
    assert len(right) == len(ours)
    for answer in right:
        row = ours[answer["line_id"], answer["reason_code"]]
        assert (row["event_count"], row["downtime_s"]) == (answer["events"], answer["seconds"])


def test_yields_a_line_product_and_day(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {
        (row["line_id"], row["product_id"], str(row["shift_date"])): row
        for row in rows(marts, "gold_quality.fct_yield")
    }
    right = landed_plant.plant.truth["yield"]
    assert len(right) == len(ours) > 20
    for answer in right:
        row = ours[answer["line_id"], answer["product_id"], answer["shift_date"]]
        for name in ("total", "good", "scrap", "rework"):
            assert row[f"{name}_quantity"] == answer[name]
        figures = {"first_pass": "first_pass_yield", "final": "final_yield"}
        for name, ratio in (figures | {"rolled": "rolled_throughput_yield"}).items():
            assert row[f"{ratio}_ratio"] == pytest.approx(answer[name], abs=1e-12), answer
        assert row["step_count"] == answer["steps"]
        assert (row["unit_count"], row["defect_count"]) == (answer["units"], answer["defects"])
        for name, key in (("defects_per_unit", "dpu"), ("defects_per_million", "dpmo")):
            assert row[name] == pytest.approx(answer[key], abs=1e-9), answer
    assert sum(answer["dpmo"] is not None for answer in right) > 10


def test_defects_a_part_and_day(landed_plant: LandedPlant, marts: Lake) -> None:
    keys = ("line_id", "part_number", "shift_date", "defect_code")
    ours = {
        tuple(str(row[key]) for key in keys): row for row in rows(marts, "gold_quality.fct_defects")
    }
    right = landed_plant.plant.truth["defects"]
    assert len(right) == len(ours) > 50
    for answer in right:
        row = ours[tuple(answer[key] for key in keys)]
        assert (row["defect_count"], row["finding_count"]) == (
            answer["defects"], answer["findings"],
        )  # fmt: skip
        assert row["share_ratio"] == pytest.approx(answer["share"], abs=1e-12)
        assert row["cumulative_ratio"] == pytest.approx(answer["cumulative"], abs=1e-12)


def test_energy_a_line_and_shift(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {
        (row["line_id"], str(row["shift_date"]), row["shift"]): row
        for row in rows(marts, "gold_production.fct_energy")
    }
    right = landed_plant.plant.truth["energy"]
    assert len(right) == len(ours) > 50
    for answer in right:
        row = ours[answer["line_id"], answer["shift_date"], answer["shift"]]
        assert row["metered_s"] == answer["hours"] * 3600
        assert (row["total_quantity"], row["good_quantity"]) == (answer["total"], answer["good"])
        for name, key in (("energy_kwh", "kwh"), ("idle_kwh", "idle_kwh"), ("peak_kw", "peak_kw"),
                          ("energy_per_good_kwh", "kwh_per_good")):  # fmt: skip
            assert row[name] == pytest.approx(answer[key], abs=1e-9), (answer, name)


def test_energy_baselines(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {row["line_id"]: row for row in rows(marts, "gold_production.energy_baseline")}
    right = landed_plant.plant.truth["energy_baseline"]
    assert len(right) == len(ours) == 6
    for answer in right:
        row = ours[answer["line_id"]]
        assert row["point_count"] == answer["n"]
        for name, key in (("energy_per_unit_kwh", "slope"), ("model_base_load_kw", "intercept"),
                          ("r_squared", "r_squared"), ("base_load_kw", "base_load_kw"),
                          ("peak_kw", "peak_kw")):  # fmt: skip
            assert row[name] == pytest.approx(answer[key], rel=1e-9), (answer, name)


def test_material_balances_and_the_planted_loss(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {
        (row["material_id"], row["location"], row["period_start"]): row
        for row in rows(marts, "gold_materials.fct_material_balance")
    }
    right = landed_plant.plant.truth["material_balance"]
    assert len(right) == sum(row["loss_ratio"] is not None for row in ours.values()) > 100
    for answer in right:
        start = datetime.fromisoformat(answer["from"])
        row = ours[answer["material_id"], answer["location"], start]
        assert row["period_end"] == datetime.fromisoformat(answer["to"])
        for name in ("opening", "expected", "counted", "loss"):
            assert row[f"{name}_quantity"] == pytest.approx(answer[name], abs=1e-6), answer
        assert row["loss_ratio"] == pytest.approx(answer["loss_ratio"], abs=1e-9)
    out = [row for row in ours.values() if row["missing"] is None and not row["within_tolerance"]]
    assert [row["material_id"] for row in out] == ["RAW-RESIN-A"]


def test_what_orders_took_and_made(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {row["order_id"]: row for row in rows(marts, "gold_materials.fct_order_material")}
    right = landed_plant.plant.truth["order_material"]
    assert len(right) == len(ours) > 50
    for answer in right:
        row = ours[answer["order_id"]]
        for name in ("issued", "made", "scrap", "rework", "loss"):
            assert row[f"{name}_quantity"] == pytest.approx(answer[name], abs=1e-6), answer
        assert row["loss_ratio"] == pytest.approx(answer["loss_ratio"], abs=1e-9)


def test_lots_and_what_they_were_made_of(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = rows(marts, "gold_materials.lot_genealogy")
    right = landed_plant.plant.truth["lots"]
    assert sorted([row["order_id"], row["lot_in"], row["lot_out"]] for row in ours) == right
    assert len(right) > 50


def test_the_cause_of_the_quality_shift_is_found_first(
    landed_plant: LandedPlant, marts: Lake
) -> None:
    cause = landed_plant.plant.truth["quality_cause"]
    names = ("part_number", "feature", "machine_id")
    found = rows(marts, "gold_quality.fct_quality_causes")
    own = [row for row in found if all(row[name] == cause[name] for name in names)]
    (first,) = [row for row in own if row["evidence_rank"] == 1]
    assert len(own) > 5 and first["tag_name"] == cause["tag"]
    assert first["p_adjusted"] < 1e-6 and first["difference_p"] < 1e-6
    assert first["difference"] == pytest.approx(cause["rise"], rel=0.25)
    since = first["changed_at"] - datetime.fromisoformat(cause["starts_at"])
    assert timedelta() < since < timedelta(hours=6)
    others = [row for row in found if row["tag_name"] != cause["tag"] and row["p_adjusted"]]
    assert all(row["p_adjusted"] > 0.001 for row in others), "what was not planted stands out"


def test_process_values_are_those_of_the_library(landed_plant: LandedPlant, marts: Lake) -> None:
    readings = landed_plant.lake.read("silver_equipment.historian_values")
    assert readings is not None
    made = rows(marts, "gold_quality.fct_quality_by_process")
    assert all(row["missing"] is None for row in made)
    for tag in ("TT-1103.PV", "SI-1101.PV", "FT-4012.PV"):
        own = sorted(
            (r for r in readings.filter(pc.equal(readings["tag_name"], tag)).to_pylist()),
            key=lambda r: r["timestamp"],
        )
        of_tag = [row for row in made if row["tag_name"] == tag]
        found = process_values.while_made(
            microseconds(r["timestamp"] for r in own),
            np.array([r["value"] for r in own]),
            microseconds(row["made_from"] for row in of_tag),
            microseconds(row["made_to"] for row in of_tag),
            np.array([r["quality"] == "Good" for r in own]),
        )
        assert len(of_tag) > 300
        for name, figures in (
            ("readings", found.readings), ("value_mean", found.mean), ("value_min", found.least),
            ("value_max", found.largest), ("value_last", found.last),
            ("good_ratio", found.good_ratio), ("covered_ratio", found.covered_ratio),
        ):  # fmt: skip
            assert [row[name] for row in of_tag] == pytest.approx(figures.tolist(), rel=1e-9), name


def test_causes_are_those_of_the_library(marts: Lake) -> None:
    made = [r for r in rows(marts, "gold_quality.fct_quality_by_process") if r["actual"]]
    mart = rows(marts, "gold_quality.fct_quality_causes")
    for key in {chart(row) for row in mart}:
        own = [row for row in made if chart(row) == key]
        parts = sorted({(r["measured_at"], r["measurement"], r["actual"]) for r in own})
        place = {measurement: i for i, (_, measurement, _) in enumerate(parts)}
        names = sorted({row["tag_name"] for row in own})
        process = np.full((len(parts), len(names)), np.nan)
        for row in own:
            process[place[row["measurement"]], names.index(row["tag_name"])] = row["value_mean"]
        wanted = causes.find_causes(np.array([actual for *_, actual in parts]), process, names)
        got = sorted((r for r in mart if chart(r) == key), key=lambda r: r["evidence_rank"])
        assert [r["tag_name"] for r in got] == [c.name for c in wanted]
        for row, candidate in zip(got, wanted, strict=True):
            assert (row["n"], row["missing"] or "") == (candidate.n, candidate.missing)
            for name, figure in (
                ("correlation", candidate.correlation), ("evidence", candidate.evidence),
                ("mean_before", candidate.before), ("mean_after", candidate.after),
                ("p", candidate.p), ("difference_p", candidate.difference_p),
            ):  # fmt: skip
                expected = figure if figure is None else pytest.approx(figure, rel=1e-5, abs=1e-9)
                assert row[name] == expected, (key, row["tag_name"], name)


def microseconds(instants: Iterable[datetime]) -> np.ndarray:
    return np.array([round(at.timestamp() * 1e6) for at in instants], dtype=np.int64)


def test_alarms_a_line_and_day(landed_plant: LandedPlant, marts: Lake) -> None:
    ours = {
        (row["position"], str(row["day"])): row
        for row in rows(marts, "gold_equipment.fct_alarm_kpi")
    }
    right = landed_plant.plant.truth["alarms"]
    assert len(right) == len(ours) > 30
    for answer in right:
        row = ours[answer["position"], answer["day"]]
        assert {name: row[name] for name in answer if name not in ("position", "day")} == (
            pytest.approx({k: v for k, v in answer.items() if k not in ("position", "day")})
        )


def test_the_bearing_is_the_cause_of_its_stop(landed_plant: LandedPlant, marts: Lake) -> None:
    bearing = landed_plant.plant.truth["bearing"]
    found = [
        row
        for row in rows(marts, "gold_equipment.fct_downtime_cause")
        if row["event_id"] == bearing["downtime_event_id"]
    ]
    (alarm,) = [row for row in found if row["first_out"]]
    assert (alarm["tag_name"], alarm["message"]) == (bearing["tag"], "Vibration high (7.1 mm/s)")
    assert str(alarm["raised_at"]).startswith(bearing["alarms"][0]["at"][:19].replace("T", " "))
    tags = {row["place"]: row for row in found if row["kind"] == "tag"}
    assert tags[1]["tag_name"] == bearing["tag"]
    assert tags[1]["z"] > 5 > 3 > abs(tags[2]["z"])


def test_every_stop_has_its_shift(landed_plant: LandedPlant, marts: Lake) -> None:
    stops = rows(marts, "gold_equipment.fct_downtime")
    assert len(stops) == sum(entry["events"] for entry in landed_plant.plant.truth["downtime"])
    assert all(row["shift"] and row["overlap_s"] == 0 for row in stops)
