"""Secrets are in files of their owner's and in environments: in no command, log or open file."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from local.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.spark, pytest.mark.slow]

LEAST_SECRETS = 10  # S3's, PostgreSQL's two, the key store's, Trino's and its users', Airflow's


@pytest.fixture(scope="module")
def whole(stack: Stack, spark: Any) -> Stack:
    """All servers, Airflow too, and a driver of Spark."""
    stack.up(print)
    return stack


@pytest.fixture(scope="module")
def secrets(whole: Stack) -> dict[str, str]:
    """By value, which file says it."""
    found = {path.read_text(): str(path) for path in whole.home.rglob("*.secret")}
    assert len(found) >= LEAST_SECRETS
    return found


def test_no_command_line_says_one(
    whole: Stack, secrets: dict[str, str], commands: list[str]
) -> None:
    """Of what runs now, anyone's, and of what ran for a moment while the stack came up."""
    running = [" ".join(_words(each)) for each in psutil.process_iter()]
    assert any("TrinoServer" in words for words in running)
    assert any("psql" in words for words in commands)
    assert not [
        secrets[secret] for secret in secrets for words in [*running, *commands] if secret in words
    ]


def test_no_file_that_others_read_holds_one(whole: Stack, secrets: dict[str, str]) -> None:
    inside = [path for path in _files(whole.home) if _open(path, whole.home)]
    assert any(path.name == "server.log" for path in inside)
    told = [(path, secrets[secret]) for path in inside for secret in _said_in(path, secrets)]
    assert not told


def test_no_log_says_one(whole: Stack, secrets: dict[str, str]) -> None:
    logs = [path for path in _files(whole.home) if path.suffix == ".log"]
    assert len(logs) >= len(whole.servers)
    assert not [(path, secrets[secret]) for path in logs for secret in _said_in(path, secrets)]


def test_the_repository_names_none(whole: Stack, secrets: dict[str, str]) -> None:
    root = Path(__file__).resolve().parents[2]
    code = [path for room in ("local", "dags", "dbt", "spark_jobs") for path in _files(root / room)]
    assert not [path for path in code for _ in _said_in(path, secrets)]


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _open(path: Path, home: Path) -> bool:
    """Whether others may read a file: it, and every folder on the way to it."""
    folders = [each for each in path.parents if each.is_relative_to(home)]
    shut = any(not each.stat().st_mode & stat.S_IXOTH for each in folders)
    return bool(path.stat().st_mode & stat.S_IROTH) and not shut


def _said_in(path: Path, secrets: dict[str, str]) -> list[str]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # a running server's, gone meanwhile
        return []
    return [secret for secret in secrets if secret.encode() in content]
