"""The stack's real servers, a fresh set for the tests: their metastore serves the tests' lake."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.airflow import LAKE
from local.stack import HOME, Stack

Ask = Callable[[str], list[list[Any]]]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
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
def spark(lake: str) -> Iterator[Any]:
    from spark_jobs.session import spark_session

    session = spark_session("stack", lake)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def trino(stack: Stack) -> Ask:
    """Asks Trino; rows as lists."""
    from trino.dbapi import connect

    connection = connect("127.0.0.1", stack.servers["trino"].port(), user="test", catalog="lake")

    def ask(sql: str) -> list[list[Any]]:
        cursor = connection.cursor()
        cursor.execute(sql)
        return [list(row) for row in cursor.fetchall()]

    return ask
