"""The whole road on the stack: exports, landing bucket, Airflow, Spark on S3, dbt on Trino, gold.

The marts are asked the same questions as those of Spark, by the same tests.
"""

from __future__ import annotations

import pytest

from casparian.lake.store import Lake
from local.airflow import LAKE, Airflow
from local.dag_runs import DagRuns, now
from local.stack import Stack
from spark_jobs.build_marts import mart_addresses
from tests.conftest import Plant
from tests.engine.content import versions
from tests.local.road import arrive, kill, last_words, running, said, task_of, until
from tests.local.test_marts_on_trino import rows
from tests.spark_jobs.test_marts_truth import *  # noqa: F403 - asked of the marts below

pytestmark = [pytest.mark.stack, pytest.mark.spark, pytest.mark.slow, pytest.mark.faults]


@pytest.fixture(scope="module")
def marts(airflow: Airflow, runs: DagRuns, five_days: Plant) -> Lake:
    """From a trigger to gold, and nothing goes wrong."""
    arrive(airflow, five_days.exports)
    runs.switch_on("build_marts")
    since = now()
    ingest = runs.start("ingest_exports")
    assert runs.wait(ingest) == "success", last_words(runs, ingest)
    build = runs.caused("build_marts", since)
    assert runs.wait(build) == "success", last_words(runs, build)
    assert {task.attempt for run in (ingest, build) for task in runs.tasks(run)} == {1}
    return Lake.at(LAKE)


def test_a_second_run_changes_nothing_though_metastore_and_trino_are_killed(
    stack: Stack, runs: DagRuns, marts: Lake
) -> None:
    """The one while silver is checked, the other under dbt."""
    before = {address: rows(marts, address) for address in mart_addresses()}
    landed = {a: v for a, v in versions(marts).items() if a.startswith(("bronze", "silver"))}
    since = now()
    ingest = runs.start("ingest_exports")
    assert runs.wait(ingest) == "success", last_words(runs, ingest)
    build = runs.caused("build_marts", since)
    running(runs, build, "check_silver")
    kill(stack, "metastore")
    running(runs, build, "build_marts")
    until(lambda: "success" in said(runs, build, "build_marts"), "the first mart")
    kill(stack, "trino")
    assert runs.wait(build) == "success", last_words(runs, build)
    assert task_of(runs, build, "build_marts").attempt > 1
    assert {address: rows(marts, address) for address in before} == before
    assert {address: versions(marts)[address] for address in landed} == landed
