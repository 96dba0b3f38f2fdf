"""`tools/run_dags.py` on jobs that only say what they were asked: order, batches, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dags.conftest import DAGS

TOOL = DAGS.parent / "tools" / "run_dags.py"
JOB = """#!/bin/sh
echo "$@" >> '{calls}'
case "$*" in
  *plan*) echo '{plan}' ;;
  *{breaks}*) echo 'No space left on device'; exit 1 ;;
  *land*) echo '25/11/21 08:00:00 WARN Spark: noise'; echo '3 of 3 files' ;;
esac
"""
TWO = '{"batches": [{"batch": "0001"}, {"batch": "0002"}]}'

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Airflow does not run on Windows")


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("airflow") / "blank"


def _run(
    folder: Path, blank: Path, plan: str, breaks: str = "never"
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    calls = folder / "calls"
    for name in ("python", "casparian"):
        program = folder / name
        program.write_text(JOB.format(calls=calls, plan=plan, breaks=breaks))
        program.chmod(0o755)
    command = [sys.executable, str(TOOL), "ingest_exports", "build_marts"]
    places = {"--exports": "/e", "--lake": "/l", "--home": str(folder / "home")}
    for option, value in {**places, "--tag": "t", "--blank": str(blank)}.items():
        command += [option, value]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW")}
    environment["CASPARIAN_PYTHON"] = str(folder / "python")
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=120, env=environment
    )
    return done, calls.read_text().splitlines()


def test_runs_one_task_a_batch_between_plan_and_books(tmp_path: Path, blank: Path) -> None:
    done, calls = _run(tmp_path, blank, TWO)
    assert done.returncode == 0, done.stdout + done.stderr
    calls[2:4] = sorted(calls[2:4])  # batches may land in any order
    assert calls == [
        "scan /e --lake /l --tag t --json",
        "-m spark_jobs.ingest_exports --lake /l --tag t plan --json",
        "-m spark_jobs.ingest_exports --lake /l --tag t land --batch 0001",
        "-m spark_jobs.ingest_exports --lake /l --tag t land --batch 0002",
        "files --lake /l --tag t --check-books --json",
        "-m spark_jobs.check_tables --lake /l --layer silver",
        "-m spark_jobs.build_marts --lake /l --no-test",
        "-m spark_jobs.check_tables --lake /l --layer gold",
    ]
    assert "DAG ingest_exports: success" in done.stdout
    assert "DAG build_marts: success" in done.stdout
    assert done.stdout.count("3 of 3 files") == 2
    assert "noise" not in done.stdout
    assert '"batches"' not in done.stdout


def test_a_failed_check_of_silver_leaves_the_marts_alone(tmp_path: Path, blank: Path) -> None:
    done, calls = _run(tmp_path, blank, TWO, breaks="silver")
    assert done.returncode == 1
    assert "The DAG build_marts failed." in done.stdout
    assert not [call for call in calls if "build_marts" in call or "gold" in call]


def test_nothing_new_lands_nothing_and_checks_the_books(tmp_path: Path, blank: Path) -> None:
    done, calls = _run(tmp_path, blank, '{"batches": []}')
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [call for call in calls if "land" in call]
    assert "files --lake /l --tag t --check-books --json" in calls


def test_a_failed_task_ends_with_1_and_its_last_words(tmp_path: Path, blank: Path) -> None:
    done, calls = _run(tmp_path, blank, TWO, breaks="0002")
    assert done.returncode == 1
    assert "No space left on device" in done.stdout
    assert f"The whole log: {tmp_path / 'home' / 'dags.log'}" in done.stdout
    assert not [call for call in calls if "build_marts" in call or "check-books" in call]
