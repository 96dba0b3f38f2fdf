"""The plant's marts, built by Spark and dbt, equal the answers of the generator's own events."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from casparian.lake.store import Lake
from tests.conftest import LandedPlant

pytestmark = [pytest.mark.spark, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
ELEMENTS = ("pbt_s", "apt_s", "pri_pq_s", "pq", "gq")
RATIOS = ("availability_ratio", "effectiveness_ratio", "quality_ratio", "oee_ratio")
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
        for name in (*ELEMENTS, *RATIOS):
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
