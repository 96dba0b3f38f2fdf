"""A commit for each chart, one after another, under a client of Trino's that never stops asking.

What such an upgrade interrupts is in docs/how-to/upgrade.md, and is held to that here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from deploy import cluster
from deploy.programs import answer
from deploy.secrets import JOBS, SERVERS
from local.dag_runs import DagRuns
from spark_jobs.trino import NoTrinoError, TrinoSession
from tests.kubernetes.e2e.commits import Repository, Values, settled
from tests.kubernetes.e2e.restricted import pod_of
from tests.kubernetes.e2e.road import clear
from tests.local.road import until

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.faults]
ROWS = 100_000
CLIENT = """
import json, time, trino
while True:
    began, error = time.time(), None
    try:
        asked = trino.dbapi.connect("trino.casparian.svc", 8080, user="casparian")
        (row,) = asked.cursor().execute("SELECT count(*) FROM lake.probe.numbers").fetchall()
        assert row == [100000], row
    except Exception as caught:
        error = f"{type(caught).__name__}: {caught}"[:300]
    print(json.dumps({"at": began, "seconds": time.time() - began, "error": error}), flush=True)
    time.sleep(0.3)
"""


def limits(memory: str) -> Values:
    return {"resources": {"limits": {"memory": memory}}}


AIRFLOW = ("scheduler", "api", "dagProcessor", "triggerer")
# What changes, and for how long queries may fail meanwhile, s.
UPGRADES: dict[str, tuple[Values, float]] = {
    "object-store": (limits("1025Mi"), 30),
    "postgres": (limits("1025Mi"), 30),
    "hive-metastore": (limits("769Mi"), 0),
    "trino": ({"coordinator": limits("2561Mi")}, 90),
    "spark-history": (limits("1025Mi"), 0),
    "spark-operator": ({"spark-operator": {"controller": {"podAnnotations": {"new": "1"}}}}, 0),
    "airflow": ({name: limits("2562Mi") for name in AIRFLOW}, 0),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    found = Repository.at(tmp_path_factory.mktemp("pushed") / "app")
    yield found
    settled(found.back(), *UPGRADES)


@pytest.fixture(scope="module", autouse=True)
def client(repository: Repository, inside: None, runs: DagRuns) -> Iterator[None]:
    """A pod of the jobs that asks for the rows of a table, again and again."""
    clear(runs)
    session = TrinoSession()
    session.sql("CREATE SCHEMA IF NOT EXISTS lake.probe WITH (location = 's3://lake/probe')")
    session.sql("DROP TABLE IF EXISTS lake.probe.numbers")
    numbers = "SELECT n FROM UNNEST(sequence(1, 1000)) AS a (n), UNNEST(sequence(1, 100)) AS b (m)"
    session.sql(f"CREATE TABLE lake.probe.numbers AS {numbers}")
    session.stop()
    cluster.apply(json.dumps(pod_of("asks", JOBS, ["python", "-c", CLIENT])))
    answer("kubectl", "-n", JOBS, "wait", "pod/asks", "--for=condition=Ready", "--timeout=120s")
    until(lambda: len(asked(0)) > 3, "the first answers")
    yield
    answer("kubectl", "-n", JOBS, "delete", "pod", "asks", "--wait")
    with_tables = TrinoSession()
    with_tables.sql("DROP SCHEMA lake.probe CASCADE")
    with_tables.stop()


def asked(since: float) -> list[dict[str, Any]]:
    """What the client was answered since an instant."""
    lines = answer("kubectl", "-n", JOBS, "logs", "asks").splitlines()
    return [each for line in lines if (each := json.loads(line))["at"] >= since]


def pods(system: str) -> dict[str, str]:
    """Those of a system: name and unique id."""
    return {each["metadata"]["name"]: each["metadata"]["uid"] for each in cluster.objects("pod")
            if each["metadata"].get("labels", {}).get("app.kubernetes.io/name") == system
            and each["status"].get("phase") == "Running"
            and "deletionTimestamp" not in each["metadata"]}  # fmt: skip


def volumes() -> dict[str, str]:
    return {each["metadata"]["name"]: each["spec"]["volumeName"]
            for each in cluster.objects("persistentvolumeclaim", SERVERS)}  # fmt: skip


def failed_s(answers: list[dict[str, Any]]) -> float:
    """From the first query that failed to the end of the last one, s; 0 where none did."""
    bad = [each for each in answers if each["error"]]
    return bad[-1]["at"] + bad[-1]["seconds"] - bad[0]["at"] if bad else 0.0


@pytest.mark.parametrize("system", UPGRADES)
def test_an_upgrade_interrupts_what_the_guide_says_and_no_more(
    repository: Repository, system: str
) -> None:
    change, allowed = UPGRADES[system]
    before, kept, began = pods(system), volumes(), time.time()
    settled(repository.values(system, change), system)
    until(lambda: len([e for e in asked(time.time() - 5) if not e["error"]]) >= 3, "answers again")
    assert set(pods(system).values()) - set(before.values()), "no pod is new"
    assert volumes() == kept
    answers = asked(began)
    took, words = failed_s(answers), {each["error"] for each in answers if each["error"]}
    print(f"{system}: {len(answers)} queries, failed for {took:.0f} s: {words or 'none'}")
    assert took <= allowed, words


def test_the_volumes_hold_what_they_held(repository: Repository, inside: None) -> None:
    until(lambda: rows() == ROWS, "the table as it was made")


def rows() -> int:
    """Of the table; -1 while the way to Trino is made anew."""
    session = TrinoSession()
    try:
        return int(session.sql("SELECT count(*) FROM lake.probe.numbers")[0][0])
    except NoTrinoError:
        return -1
    finally:
        session.stop()
