"""The main job while its pods die: what comes out is what would have come out without that.

The plant's days arrive in three portions; under each the cluster loses another pod. Then the marts
are asked the same questions as those of one machine, by the same tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.store import Lake
from deploy.secrets import SERVERS
from local.dag_runs import DagRuns, Run, now
from tests.conftest import LandedPlant, Plant
from tests.kubernetes.e2e.road import LAKE, attempts, empty, kill, put, scheduler, well, working
from tests.local.road import until

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.faults]
DAY = re.compile(r"_(\d{8})[_.]")


def day_of(path: Path) -> str:
    """The day that a file's name says; of master data none, which is before all."""
    found = DAY.search(path.name)
    return found[1] if found else ""


@pytest.fixture(scope="module")
def portions(inside: None, runs: DagRuns, five_days: Plant) -> list[Callable[[], None]]:
    """What puts the plant's first three days, the fourth, and the fifth, onto an empty lake."""
    empty(runs)
    runs.switch_on("build_marts")
    days = sorted({day_of(each) for each in five_days.exports.rglob("*") if each.is_file()})
    return [lambda some=some: put(five_days.exports, lambda path: day_of(path) in some)
            for some in (days[:-2], days[-2:-1], days[-1:])]  # fmt: skip


def begun(runs: DagRuns, role: str = "executor") -> tuple[Run, str]:
    """The run that lands, which may be that of the hour, and a pod of the job that does it."""
    runs.start("ingest_exports")
    until(lambda: bool(working("executor")), "a working executor")
    (run,) = runs.active("ingest_exports", "running")
    return run, landing()[0] if role == "driver" else working(role)[0]


def ended(runs: DagRuns, run: Run) -> None:
    """That one as it should, and what waited behind it."""
    well(runs, run)
    for each in runs.active("ingest_exports", "running", "queued"):
        well(runs, each)


def landing() -> list[str]:
    """Drivers that land; those that build marts of what came before may work beside."""
    return [name for name in working("driver") if name.startswith("land-exports")]


def test_a_driver_is_killed(runs: DagRuns, portions: list[Callable[[], None]]) -> None:
    """Its task fails and is tried again: once more the whole batch, each file landed once."""
    portions[0]()
    ingest, driver = begun(runs, "driver")
    kill(driver)
    ended(runs, ingest)
    assert max(attempts(runs, ingest, "land_exports")) == 2


def test_an_executor_is_killed(runs: DagRuns, portions: list[Callable[[], None]]) -> None:
    """Spark makes another one, and Airflow need not know."""
    portions[1]()
    ingest, executor = begun(runs)
    kill(executor)
    ended(runs, ingest)
    assert attempts(runs, ingest, "land_exports") == {1}


def test_the_scheduler_is_killed(runs: DagRuns, portions: list[Callable[[], None]]) -> None:
    """The job goes on without it; the next scheduler's try attaches to what still works, or finds
    all landed. There is never a second job beside the first."""
    portions[2]()
    ingest, _ = begun(runs)
    kill(scheduler(), SERVERS)
    seen = [len(landing())]
    assert runs.wait(ingest, lambda tasks: seen.append(len(landing()))) == "success"
    assert max(seen) == 1
    ended(runs, ingest)


@pytest.fixture(scope="module")
def marts(runs: DagRuns, portions: list[Callable[[], None]]) -> Lake:
    """What was built of what the three have landed: nothing is new now, and nothing is built."""
    since = now()
    well(runs, runs.start("ingest_exports"))
    well(runs, runs.caused("build_marts", since))
    return Lake.at(LAKE)


def test_the_books_are_those_of_one_machine(landed_plant: LandedPlant, marts: Lake) -> None:
    rows = {row["source_path"]: row for row in Ledger(marts).rows()}
    assert not not_closed(rows.values())
    read = {path: row["records_read"] for path, row in rows.items() if row["tables"]}
    assert read == {path: row["records_read"] for path, row in landed_plant.rows.items()}


# The questions to the marts come after the faults: pytest takes tests in this order.
from tests.spark_jobs.test_marts_truth import *  # noqa: E402, F403
