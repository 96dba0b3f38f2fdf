"""The stack's real servers, brought up once for all tests of it and left as they were found."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.stack import Stack

Ask = Callable[[str], list[list[Any]]]


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    found = Stack()
    ran = any(each.runs for each in found.status())
    found.up(print)
    yield found
    if not ran:
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
    """A lake of this run's own, so that runs never meet."""
    return f"s3://lake/{uuid.uuid4().hex[:12]}"


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
