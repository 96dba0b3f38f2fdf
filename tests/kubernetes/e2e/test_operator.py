"""The traps of SparkKubernetesOperator: what waits for ever, what would run twice, what outlives
its task. Each is met by a job of its own, in the cluster's scheduler and with its rights."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from deploy import cluster
from deploy.programs import find
from deploy.secrets import JOBS, SERVERS
from local.dag_runs import DagRuns
from tests.kubernetes.e2e.road import clear, scheduler
from tests.local.road import until

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.faults]
DAGS = Path(__file__).with_name("trap_dags.py")
# A database of its own: the lakehouse's Airflow never hears of these runs.
RUN = """
export AIRFLOW_HOME=/tmp/traps AIRFLOW__CORE__DAGS_FOLDER=/tmp/traps/dags
export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:////tmp/traps/airflow.db
export AIRFLOW__LOGGING__REMOTE_LOGGING=False AIRFLOW__LOGGING__BASE_LOG_FOLDER=/tmp/traps/logs
unset AIRFLOW__CORE__EXECUTION_API_SERVER_URL
mkdir -p $AIRFLOW__CORE__DAGS_FOLDER
cat > $AIRFLOW__CORE__DAGS_FOLDER/traps.py
airflow db migrate > /tmp/traps/migrated.log 2>&1 || exit 9
exec airflow dags test traps 2>&1
"""
Tries = list[dict[str, str]]


@pytest.fixture(scope="module", autouse=True)
def quiet(inside: None, runs: DagRuns) -> None:
    """No other job takes the room that these need."""
    clear(runs)


def tried(trap: str) -> tuple[Tries, bool]:
    """What each try told, and whether the task ended well."""
    words = ["exec", "-i", scheduler(), "--", "env", f"TRAP={trap}", "bash", "-c"]
    done = subprocess.run(
        [find("kubectl"), "-n", SERVERS, *words, RUN], input=DAGS.read_text(encoding="utf-8"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line.removeprefix("TRIED ") for line in done.stdout.splitlines()
             if line.startswith("TRIED ")]  # fmt: skip
    assert lines, done.stdout[-2000:]
    return [json.loads(line) for line in lines], done.returncode == 0


def left(trap: str) -> list[str]:
    """Applications and pods of a job that are still there, or will be."""
    every = [each for kind in ("sparkapplication.sparkoperator.k8s.io", "pod")
             for each in cluster.objects(kind, JOBS)]  # fmt: skip
    return [n for each in every if (n := each["metadata"]["name"]).startswith(f"{trap}-")]


def test_a_driver_that_no_node_takes_fails_its_task_and_says_why() -> None:
    (told,), well = tried("pending")
    assert not well
    assert "took too long to start" in told["error"]
    assert "nodes are available" in told["error"]
    until(lambda: not left("pending"), "the end of what would start later")


def test_an_image_that_cannot_be_pulled_is_not_waited_for() -> None:
    (told,), well = tried("image")
    assert not well
    assert "ImagePull" in told["error"]
    until(lambda: not left("image"), "the end of what would start later")


def test_a_task_that_takes_too_long_takes_its_job_with_it() -> None:
    _, well = tried("endless")
    assert not well
    until(lambda: not left("endless"), "the end of the job")


def test_a_second_try_attaches_to_the_job_of_the_first() -> None:
    (first, second), well = tried("lost")
    assert well
    assert first["uid"] == second["uid"]
