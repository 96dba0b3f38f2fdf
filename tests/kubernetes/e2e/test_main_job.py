"""The main job as the cluster runs it: exports in a bucket, Airflow, SparkApplications, dbt on
Trino, and the marts asked the same questions as those of one machine, by the same tests."""

from __future__ import annotations

import pytest
from pyarrow.fs import FileSelector, FileType

from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.store import Lake, filesystem_of, path_of
from deploy import cluster
from deploy.secrets import JOBS
from local.dag_runs import DagRuns, now
from tests.conftest import LandedPlant, Plant
from tests.kubernetes.e2e.road import LAKE, empty, put, well
from tests.spark_jobs.test_marts_truth import *  # noqa: F403 - asked of the marts below

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
EVENTS, LOGS = "s3://logs/spark-events", "s3://logs/airflow"


@pytest.fixture(scope="module")
def marts(inside: None, runs: DagRuns, five_days: Plant) -> Lake:
    """From exports in the bucket to gold, and nothing goes wrong."""
    empty(runs)
    put(five_days.exports)
    runs.switch_on("build_marts")
    since = now()
    well(runs, runs.start("ingest_exports"))
    well(runs, runs.caused("build_marts", since))
    return Lake.at(LAKE)


def names(uri: str) -> list[str]:
    selector = FileSelector(path_of(uri), recursive=True, allow_not_found=True)
    found = filesystem_of(uri).get_file_info(selector)
    return [each.path for each in found if each.type == FileType.File]


def test_the_books_are_those_of_one_machine(landed_plant: LandedPlant, marts: Lake) -> None:
    rows = {row["source_path"]: row for row in Ledger(marts).rows()}
    assert not not_closed(rows.values())
    counts = ("records_read", "records_valid", "records_quarantined", "records_duplicate")
    assert {
        path: [row[name] for name in counts] for path, row in rows.items() if row["tables"]
    } == {path: [row[name] for name in counts] for path, row in landed_plant.rows.items()}


def test_logs_and_history_are_kept_after_the_pods_are_gone(marts: Lake) -> None:
    working = [each["metadata"]["name"] for each in cluster.objects("pod", JOBS)
               if each["status"].get("phase") in ("Running", "Pending")]  # fmt: skip
    assert working == []
    assert any("task_id=land_exports" in name for name in names(LOGS))
    ended = [name for name in names(EVENTS) if "/appstatus_" in name]
    assert ended
    assert not [name for name in ended if name.endswith(".inprogress")]


def versions(lake: Lake) -> dict[str, int]:
    """Of the tables that landings write."""
    addresses = [each for each in lake.addresses() if each.startswith(("bronze", "silver"))]
    return {each: table.version() for each in addresses if (table := lake.delta(each))}


def test_a_second_run_changes_nothing(runs: DagRuns, marts: Lake) -> None:
    before = versions(marts)
    well(runs, runs.start("ingest_exports"))
    assert versions(marts) == before
