"""The command around dbt: what it refuses, and where it may write. The marts are tests/dbt's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from casparian.kpi.factors import chart_factors
from spark_jobs import build_marts


def test_without_jars_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASPARIAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CASPARIAN_STATE", str(tmp_path / "state"))
    assert build_marts.main(["--lake", str(tmp_path / "lake")]) == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith("Spark cannot start: ")
    assert said.endswith("run `python -m spark_jobs.jars` once with a network.")
    assert len(said.splitlines()) == 1


def test_without_java_it_says_what_to_do(tmp_path: Path) -> None:
    environment = {**os.environ, "JAVA_HOME": str(tmp_path), "CASPARIAN_STATE": str(tmp_path)}
    command = [sys.executable, "-m", "spark_jobs.build_marts", "--lake", str(tmp_path / "lake")]
    paths = {"PYTHONPATH": os.pathsep.join(("src", "."))}
    done = subprocess.run(
        command,
        cwd=build_marts.ROOT,
        env=environment | paths,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        "Spark did not start: it needs Java 17 or newer, on the PATH or in JAVA_HOME."
    )
    assert "Traceback" not in done.stderr


def test_dbt_writes_outside_of_its_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASPARIAN_STATE", str(tmp_path))
    arguments = build_marts.dbt_arguments("build")
    assert arguments[arguments.index("--target-path") + 1] == str(tmp_path / "target")
    assert arguments[arguments.index("--log-path") + 1] == str(tmp_path / "logs")


def test_factors_are_those_of_the_library() -> None:
    factors = build_marts.variables()["spc_factors"]["5"]
    assert float(factors["d2"]) == chart_factors(5).d2
    assert float(factors["d3"]) == chart_factors(5).d3


def test_marts_are_found_in_their_domains() -> None:
    assert set(build_marts.mart_addresses()) > {
        "gold_equipment.downtime_summary",
        "gold_production.fct_oee_shift",
        "gold_quality.fct_spc_points",
    }
