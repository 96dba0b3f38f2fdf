"""Airflow on the stack: what it is, and servers that are killed while it has exports landed."""

from __future__ import annotations

import stat
import time

import psutil
import pytest

from casparian.lake.health import health
from casparian.lake.process import process
from casparian.lake.query_columns import asked_for
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from casparian.plant import write_plant
from local.airflow import COMPONENTS, LAKE, TAG, USER, Airflow
from local.dag_runs import DagRuns, Run, now
from local.downloads import StackError
from local.emptied import empty
from local.object_store import ObjectStore
from local.stack import Stack
from spark_jobs.trino import trino_session
from tests.conftest import LandedPlant, Plant
from tests.engine.content import check_books, ledger, tables
from tests.lake.many_files import VALUES, commit_each, readings, rows_of
from tests.local.conftest import Ask
from tests.local.road import arrive, kill, last_words, running, task_of, until

pytestmark = [pytest.mark.stack, pytest.mark.spark, pytest.mark.slow, pytest.mark.faults]


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


def test_a_wrong_password_and_an_unknown_dag_are_said(airflow: Airflow, runs: DagRuns) -> None:
    with pytest.raises(StackError, match=r"Airflow refuses GET /api/v2/dags: .*credentials"):
        DagRuns(airflow.url, USER, "wrong", trust=runs.trust).switch_on("ingest_exports")
    impatient = DagRuns(airflow.url, USER, airflow.secret("password"), 2, runs.trust)
    with pytest.raises(StackError, match="Airflow does not know the DAG no_such"):
        impatient.switch_on("no_such")


def test_tables_are_kept_in_order(
    stack: Stack, airflow: Airflow, runs: DagRuns, trino: Ask
) -> None:
    """Queries are counted, then small files are put together; rows stay what they are."""
    empty(stack)
    lake = Lake.at(LAKE)
    commit_each(lake, (readings(file) for file in range(12)))
    trino_session(LAKE, {VALUES: ""}).stop()
    trino(f"SELECT count(*) FROM {VALUES} WHERE tag_name = 'HAM-MC1.TI-001.PV'")
    before = rows_of(lake)
    for dag in ("read_queries", "maintain_tables"):
        run = runs.start(dag)
        assert runs.wait(run) == "success", last_words(runs, run)
        assert {task.attempt for task in runs.tasks(run)} == {1}
    assert asked_for(lake, now())[VALUES]["tag_name"] >= 1
    assert [table.files for table in health(lake, [VALUES])] == [1]
    assert rows_of(lake) == before


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
    assert task_of(runs, arrived, "land_exports[0]").attempt == 2


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
    until(lambda: bool(objects(stack)), "a part of bronze")
    kill(stack, "s3")
    check_landed(runs, arrived, two_days.lake)


def objects(stack: Stack) -> list[str]:
    """Keys below bronze."""
    store = stack.servers["s3"]
    assert isinstance(store, ObjectStore)
    bucket, _, prefix = LAKE.removeprefix("s3://").partition("/")
    found = store.client().list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/bronze/")
    return [each["Key"] for each in found.get("Contents", ())]
