"""The real DAG and the real checks on a lake with a breach: what stops, is told, and goes on.

For dbt stands a job that writes one mart, for the sake of time; what it builds is tests/dbt's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.dags.conftest import DAGS

ROOT = DAGS.parent
PYTHON = ROOT / ".venv" / "core" / "bin" / "python"
HASH = "b" * 64
MART = ("gold", "production", "dim_date")

# The jobs' Python, in which one mart is written where all are to be built.
JOBS = """#!/bin/sh
case "$*" in
  *build_marts*) PYTHONPATH=src:. exec '{python}' -m tests.dags.breached_lake marts "$4" ;;
esac
exec '{python}' "$@"
"""

Runs = dict[str, tuple[int, str, bool]]

pytestmark = [
    pytest.mark.skipif(not PYTHON.is_file(), reason="the jobs' Python is not installed"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("breached")


@pytest.fixture(scope="module")
def runs(folder: Path) -> Runs:
    """Before and after the repair: exit code, what the screen said, whether the mart is there."""
    jobs = folder / "python"
    jobs.write_text(JOBS.format(python=PYTHON), encoding="utf-8")
    jobs.chmod(0o755)
    found = {}
    for step in ("breach", "repair"):
        _lake(step, folder)
        done = _build_marts(folder, jobs)
        there = folder.joinpath("lake", *MART).is_dir()
        found[step] = (done.returncode, done.stdout + done.stderr, there)
    return found


def _lake(step: str, folder: Path) -> str:
    command = [str(PYTHON), "-m", "tests.dags.breached_lake", step, str(folder / "lake")]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env=_environment("src:.")
    ).stdout


def _build_marts(folder: Path, jobs: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "run_dags.py"), "build_marts"]
    command += ["--lake", str(folder / "lake"), "--home", str(folder / "airflow")]
    more = {"CASPARIAN_PYTHON": str(jobs), "CASPARIAN_STATE": str(folder / "state")}
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env=_environment() | more
    )


def _environment(path: str = "") -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PYTHON"))}
    return kept | ({"PYTHONPATH": path} if path else {})


@pytest.fixture(scope="module")
def kept(runs: Runs, folder: Path) -> list[dict[str, Any]]:
    """What `ops.expectations` holds after both runs."""
    rows: list[dict[str, Any]] = json.loads(_lake("told", folder))
    return rows


def test_a_critical_failure_stops_the_marts_and_says_which_rows(runs: Runs) -> None:
    code, said, mart = runs["breach"]
    assert (code, mart) == (1, False), said
    assert "silver_equipment.historian_values: allowed quality failed in 1 of 4 rows, " in said
    assert f"first {HASH}#3." in said
    assert "The DAG build_marts failed." in said
    assert "check_gold" not in said


def test_after_the_repair_it_goes_on_and_a_warning_stops_nothing(runs: Runs) -> None:
    code, said, mart = runs["repair"]
    assert (code, mart) == (0, True), said
    assert "DAG build_marts: success" in said
    assert "gold_production.dim_date: " in said


def test_results_of_every_run_are_kept(kept: list[dict[str, Any]]) -> None:
    quality = [
        (row["success"], row["examples"])
        for row in kept
        if row["address"].endswith("historian_values") and row["expectation"] == "allowed"
    ]
    assert sorted(quality) == [(False, [f"{HASH}#3"]), (True, [])]
    failed = {
        (row["address"].split(".")[1], row["severity"]) for row in kept if row["success"] is False
    }
    assert failed == {("historian_values", "critical"), ("production_counts", "warning")}
    assert len({row["run_id"] for row in kept}) == 3
