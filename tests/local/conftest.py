"""The stack's real servers, a fresh set for the tests: their metastore serves the tests' lake.

They have TLS, and Trino has passwords, unless CASPARIAN_STACK_TLS=0 says otherwise.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from local.airflow import COMPONENTS, LAKE, Airflow
from local.dag_runs import DagRuns
from local.emptied import empty
from local.stack import HOME, Stack
from local.tls import SWITCH
from local.trino import Trino
from tests.conftest import Plant
from tests.local.builds import build

Ask = Callable[[str], list[list[Any]]]


@pytest.fixture(scope="session")
def commands() -> list[str]:
    """Every command that this process starts, as others see it in the list of processes."""
    seen: list[str] = []

    def note(event: str, words: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen":
            seen.append(repr(words[1]))

    sys.addaudithook(note)
    return seen


@pytest.fixture(scope="session")
def stack(commands: list[str]) -> Iterator[Stack]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, os.environ.get(SWITCH) or "1")
        found = Stack(HOME.with_name(f"{HOME.name}-test"))
    found.down(print)  # what a killed run left
    shutil.rmtree(found.home, ignore_errors=True)
    try:
        found.up(print, ["trino"])  # and what it needs; Airflow only where a test asks for it
        yield found
    finally:
        found.down(print)


@pytest.fixture(scope="session")
def services(stack: Stack) -> Iterator[None]:
    """The environment of a job that uses the stack."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def lake(services: None) -> str:
    return LAKE


@pytest.fixture(scope="session")
def landed(five_days: Plant, lake: str) -> Lake:
    """The plant's exports landed on S3 by the laptop engine."""
    found = Lake.at(lake)
    scan(found, five_days.exports, "plant")
    process(found, "plant")
    return found


@pytest.fixture(scope="session")
def marts_on_trino(landed: Lake, lake: str, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The plant's lake with the marts as Trino builds and tests them."""
    build(lake, "trino", tmp_path_factory.mktemp("trino"))
    return landed


@pytest.fixture(scope="session")
def spark(lake: str) -> Iterator[Any]:
    from spark_jobs.session import spark_session

    session = spark_session("stack", lake)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def trino(stack: Stack) -> Ask:
    """Asks Trino as jobs and dbt do; rows as lists."""
    from trino.dbapi import connect

    server = stack.servers["trino"]
    assert isinstance(server, Trino)
    connection = connect(**server.client(), catalog="lake")

    def ask(sql: str) -> list[list[Any]]:
        cursor = connection.cursor()
        cursor.execute(sql)
        return [list(row) for row in cursor.fetchall()]

    return ask


@pytest.fixture(scope="session")
def airflow_servers(stack: Stack) -> Iterator[Airflow]:
    stack.up(print)
    found = stack.servers["airflow"]
    assert isinstance(found, Airflow)
    yield found
    for name in reversed(COMPONENTS):
        stack.servers[name].stop()


@pytest.fixture(scope="module")
def airflow(stack: Stack, services: None, airflow_servers: Airflow) -> Iterator[Airflow]:
    """Airflow, with an empty lake, which it leaves empty."""
    empty(stack)
    yield airflow_servers
    stack.up(print)  # what a test has killed and not started
    empty(stack)


@pytest.fixture(scope="module")
def runs(airflow: Airflow) -> DagRuns:
    return airflow.runs()
