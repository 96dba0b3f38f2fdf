"""The road on the stack: Airflow, Spark on S3, metastore, dbt on Trino; and servers killed on it.

The marts are asked the same questions as those of Spark, by the same tests.
"""

from __future__ import annotations

import os
import shutil
import signal
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from casparian.plant import write_plant
from local.airflow import COMPONENTS, LAKE, TAG, Airflow
from local.dag_runs import DagRuns, Run, TaskState, now
from local.emptied import empty
from local.stack import Stack
from spark_jobs.build_marts import mart_addresses
from tests.conftest import LandedPlant, Plant
from tests.engine.content import check_books, ledger, tables, versions
from tests.local.test_marts_on_trino import rows
from tests.spark_jobs.test_marts_truth import (  # noqa: F401 - asked of the marts below
    test_alarms_a_line_and_day,
    test_capability,
    test_control_limits,
    test_defects_a_part_and_day,
    test_downtime_by_reason,
    test_energy_a_line_and_shift,
    test_energy_baselines,
    test_every_stop_has_its_shift,
    test_lots_and_what_they_were_made_of,
    test_material_balances_and_the_planted_loss,
    test_oee_a_line_and_shift,
    test_oee_a_line_product_and_day,
    test_teep_a_line_and_day,
    test_the_bearing_is_the_cause_of_its_stop,
    test_the_cause_of_the_quality_shift_is_found_first,
    test_violations,
    test_what_orders_took_and_made,
    test_yields_a_line_product_and_day,
)

pytestmark = [pytest.mark.stack, pytest.mark.spark, pytest.mark.slow]
PATIENCE_S = 600.0
Done = Callable[[], bool]


@pytest.fixture(scope="module")
def airflow(stack: Stack, services: None) -> Iterator[Airflow]:
    """Airflow on the tests' servers, with an empty lake, which it leaves empty."""
    empty(stack)
    stack.up(print)
    found = stack.servers["airflow"]
    assert isinstance(found, Airflow)
    try:
        yield found
    finally:
        for name in reversed(COMPONENTS):
            stack.servers[name].stop()
        stack.up(print, ["trino"])
        empty(stack)


@pytest.fixture(scope="module")
def runs(airflow: Airflow) -> DagRuns:
    return airflow.runs()


@pytest.fixture(scope="module")
def marts(airflow: Airflow, runs: DagRuns, five_days: Plant) -> Lake:
    """From a trigger to gold, and nothing goes wrong."""
    arrive(airflow, five_days.exports)
    runs.switch_on("build_marts")
    since = now()
    for run in (runs.start("ingest_exports"), runs.caused("build_marts", since)):
        assert runs.wait(run) == "success", last_words(runs, run)
        assert {task.attempt for task in runs.tasks(run)} == {1}
    return Lake.at(LAKE)


def arrive(airflow: Airflow, exports: Path) -> None:
    """A plant's exports lie where the DAGs look for them."""
    shutil.rmtree(airflow.plant, ignore_errors=True)
    shutil.copytree(exports, airflow.plant / "exports")


def last_words(runs: DagRuns, run: Run) -> str:
    failed = [task for task in runs.tasks(run) if task.state == "failed"]
    return "\n".join(line for task in failed for line in runs.words(run, task)[-20:])


def task_of(runs: DagRuns, run: Run, name: str) -> TaskState | None:
    return next((task for task in runs.tasks(run) if task.name == name), None)


def until(happened: Done, what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(0.2)


def running(runs: DagRuns, run: Run, name: str) -> None:
    """Waits until a task works in its first attempt."""

    def works() -> bool:
        task = task_of(runs, run, name)
        return task is not None and (task.state, task.attempt) == ("running", 1)

    until(works, f"{name} of {run.dag_id}")


def kill(stack: Stack, name: str) -> None:
    """As the machine kills a process that takes too much memory, and what is started anew then."""
    found = stack.servers[name].process
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)
    until(lambda: not found.runs(), f"the end of {name}")
    stack.up(print)


# --- what it is ---------------------------------------------------------------------------------


def test_all_of_it_is_healthy_and_a_second_start_starts_nothing(
    stack: Stack, airflow: Airflow
) -> None:
    health = airflow.health()
    for part in ("metadatabase", "scheduler", "dag_processor"):
        assert health[part]["status"] == "healthy"
    before = {name: server.process for name, server in stack.servers.items()}
    assert all(before.values())
    stack.up(print)
    assert {name: server.process for name, server in stack.servers.items()} == before
    assert all(each.ready for each in stack.status())
    assert sum(each.bytes for each in stack.status()) < 4 << 30


def test_it_listens_on_loopback_alone_and_shows_no_secret(stack: Stack, airflow: Airflow) -> None:
    secrets = [path.read_text() for path in stack.home.glob("*/*.secret")]
    assert len(secrets) > 5
    for name in COMPONENTS:
        process = stack.servers[name].process
        assert process is not None
        for each in [psutil.Process(process.pid), *psutil.Process(process.pid).children(True)]:
            listens = [c for c in each.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
            assert all(c.laddr.ip == "127.0.0.1" for c in listens), listens
            assert not [word for word in each.cmdline() for s in secrets if s in word]
        log = stack.servers[name].log.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in log]
    private = [*airflow.home.glob("*.secret"), airflow.home / "airflow.cfg"]
    for path in [*private, airflow.home / "passwords.json"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_second_run_changes_nothing_though_trino_is_killed_under_dbt(
    stack: Stack, runs: DagRuns, marts: Lake
) -> None:
    before = {address: rows(marts, address) for address in mart_addresses()}
    landed = {a: v for a, v in versions(marts).items() if a.startswith(("bronze", "silver"))}
    since = now()
    ingest = runs.start("ingest_exports")
    assert runs.wait(ingest) == "success", last_words(runs, ingest)
    build = runs.caused("build_marts", since)
    running(runs, build, "build_marts")
    works = task_of(runs, build, "build_marts")
    assert works is not None
    until(lambda: "success" in " ".join(runs.words(build, works)), "the first mart")
    kill(stack, "trino")
    assert runs.wait(build) == "success", last_words(runs, build)
    again = task_of(runs, build, "build_marts")
    assert again is not None
    assert again.attempt > 1
    assert {address: rows(marts, address) for address in before} == before
    assert {address: versions(marts)[address] for address in landed} == landed


# --- servers killed while exports are landed ----------------------------------------------------


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> LandedPlant:
    """A small plant, and what the laptop engine lands of it: the right tables."""
    out = tmp_path_factory.mktemp("two_days")
    write_plant(out / "plant", days=2, seed=7, scale=0.05)
    lake = Lake.at(out / "lake")
    plant = Plant(out / "plant" / "exports", {})
    scan(lake, plant.exports, TAG)
    return LandedPlant(plant, lake, {row["source_path"]: row for row in process(lake, TAG)})


@pytest.fixture
def arrived(stack: Stack, airflow: Airflow, runs: DagRuns, two_days: LandedPlant) -> Run:
    """Exports that wait, an empty lake, and a run that has been asked for."""
    empty(stack)
    arrive(airflow, two_days.plant.exports)
    return runs.start("ingest_exports")


def check_landed(runs: DagRuns, run: Run, right: Lake) -> None:
    """The run ends well, books are closed, and every table has the rows that it should."""
    assert runs.wait(run) == "success", last_words(runs, run)
    found = Lake.at(LAKE)
    check_books(found)
    assert ledger(found) == ledger(right)
    ours, theirs = tables(found), tables(right)
    assert ours.keys() == theirs.keys()
    for address, table in theirs.items():
        assert ours[address].equals(table), address


def test_the_scheduler_is_killed(
    stack: Stack, runs: DagRuns, arrived: Run, two_days: LandedPlant
) -> None:
    running(runs, arrived, "land_exports[0]")
    kill(stack, "airflow-scheduler")
    check_landed(runs, arrived, two_days.lake)


def test_the_spark_driver_is_killed(
    stack: Stack, runs: DagRuns, arrived: Run, two_days: LandedPlant
) -> None:
    running(runs, arrived, "land_exports[0]")
    until(lambda: bool(drivers(stack)), "a Spark driver")
    time.sleep(5)  # it has begun
    for driver in drivers(stack):
        driver.kill()
    check_landed(runs, arrived, two_days.lake)
    task = task_of(runs, arrived, "land_exports[0]")
    assert task is not None
    assert task.attempt == 2


def drivers(stack: Stack) -> list[psutil.Process]:
    """Of Spark, started by Airflow's tasks."""
    scheduler = stack.servers["airflow-scheduler"].process
    assert scheduler is not None
    children = psutil.Process(scheduler.pid).children(recursive=True)
    return [each for each in children if each.name() == "java"]


def test_postgresql_is_restarted(
    stack: Stack, runs: DagRuns, arrived: Run, two_days: LandedPlant
) -> None:
    running(runs, arrived, "plan_batches")
    assert stack.servers["postgres"].stop()
    stack.up(print)
    check_landed(runs, arrived, two_days.lake)


def test_the_store_is_killed_during_a_write(
    stack: Stack, runs: DagRuns, arrived: Run, two_days: LandedPlant
) -> None:
    running(runs, arrived, "land_exports[0]")
    until(lambda: written(stack, "bronze"), "a table of bronze")
    kill(stack, "s3")
    check_landed(runs, arrived, two_days.lake)


def written(stack: Stack, layer: str) -> bool:
    """Whether an object of this layer is there."""
    return any(address.startswith(layer) for address in Lake.at(LAKE).addresses())


def test_the_metastore_is_killed_while_silver_is_checked(
    stack: Stack, runs: DagRuns, arrived: Run, two_days: LandedPlant
) -> None:
    since = now()
    assert runs.wait(arrived) == "success", last_words(runs, arrived)
    build = runs.caused("build_marts", since)
    running(runs, build, "check_silver")
    kill(stack, "metastore")
    assert runs.wait(build) == "success", last_words(runs, build)
    assert rows(Lake.at(LAKE), "gold_production.fct_oee_shift")
