"""What a server does when the machine is not as it should be; no server is needed for it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from local import downloads, java
from local.downloads import StackError, kept
from local.object_store import object_store
from local.postgres import Postgres
from local.process import Process, answers
from local.server import Server
from local.stack import Stack

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stack is for POSIX systems")
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("!", flush=True)
time.sleep(60)
"""
WORKER = """
import pathlib, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
task = subprocess.Popen(sleep, start_new_session=True)
pathlib.Path("noted").write_text(str(task.pid))
pathlib.Path("noted").rename("task")
time.sleep(60)
"""
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


class Listener(Server):
    """A server that is a socket. words: what it runs instead."""

    name = "listener"
    wait_s = 20.0
    words = ""

    def install(self) -> None:
        return

    def command(self, stack: Mapping[str, Server]) -> list[str]:
        serve = ["-m", "http.server", str(self.port()), "--bind", "127.0.0.1"]
        return [sys.executable, *(["-c", self.words] if self.words else serve)]

    def ready(self) -> bool:
        return answers(self.port())


@pytest.fixture
def listener(tmp_path: Path) -> Listener:
    return Listener(tmp_path)


def test_it_starts_once_and_keeps_its_port(listener: Listener) -> None:
    try:
        assert listener.start({})
        listener.wait()
        first, port = listener.process, listener.port()
        assert not Listener(listener.home.parent).start({})
        assert listener.process == first
        assert listener.stop()
        assert not listener.stop()
        assert listener.start({})
        listener.wait()
        assert listener.port() == port
    finally:
        listener.stop()
    assert not answers(port)


def test_a_port_in_use_is_named(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("STACK_LISTENER_MAIN_PORT", str(other.getsockname()[1]))
        with pytest.raises(StackError, match=r"Port \d+ of listener is in use by .* name another"):
            listener.start({})
    assert listener.process is None


@pytest.mark.parametrize("port", ["x", "0", "70000", "-1"])
def test_what_is_no_port_is_named(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("STACK_LISTENER_MAIN_PORT", port)
    with pytest.raises(StackError, match=f"STACK_LISTENER_MAIN_PORT={port} is no port: choose"):
        listener.start({})


def test_a_missing_java_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "homes", lambda: iter([]))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(
        StackError, match="Trino needs Java 24 or newer and none was found: install"
    ):
        java.java(24, 99, "Trino", "TRINO_JAVA_HOME")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must run PostgreSQL as another user")
def test_a_folder_that_postgresql_does_not_reach_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(StackError, match=r"PostgreSQL runs as the user \w+, who cannot pass /"):
        Postgres(closed / "stack").install()


def test_a_server_that_ends_says_its_last_words(listener: Listener) -> None:
    listener.words = "raise SystemExit('no licence')"
    listener.start({})
    with pytest.raises(StackError, match=r"listener ended at its start .*: no licence"):
        listener.wait()


def test_a_server_that_takes_too_long_is_named_and_left_running(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listener, "wait_s", 0.2)
    listener.words = "import time; time.sleep(60)"
    try:
        listener.start({})
        with pytest.raises(StackError, match=r"listener is not ready after 0 s: look at .*log, or"):
            listener.wait()
        assert listener.process is not None
    finally:
        listener.stop()


def test_a_full_disk_is_said_before_anything_starts(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(5 << 20))
    with pytest.raises(StackError, match="has 5 MiB left, the stack wants 2048"):
        listener.start({})


def test_another_process_of_the_same_id_is_not_ended(tmp_path: Path) -> None:
    process = Process.start(SLEEP, tmp_path / "log", os.environ, tmp_path)
    try:
        other = Process(process.pid, process.began - 60)
        assert not other.runs()
        other.end()
        assert process.runs()
        process.keep(tmp_path / "process.json")
        assert Process.load(tmp_path / "process.json") == process
    finally:
        process.end()
    assert not process.runs()


def test_a_process_that_does_not_listen_is_ended_by_force(tmp_path: Path) -> None:
    deaf = [sys.executable, "-c", DEAF]
    process = Process.start(deaf, tmp_path / "log", os.environ, tmp_path)
    while not (tmp_path / "log").read_text():
        assert process.runs()
    process.end(signal.SIGTERM, patience=0.2)
    assert not process.runs()


def test_what_a_killed_server_left_behind_ends_before_the_next_start(
    listener: Listener,
) -> None:
    """As Airflow does: a worker of the scheduler's session, and a task in a session of its own."""
    listener.words = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORKER!r}])"
    task = listener.home / "task"
    try:
        listener.start({})
        while not task.exists():
            assert listener.process is not None
        os.kill(listener.process.pid, signal.SIGKILL)
        while listener.process is not None:
            pass
        assert psutil.pid_exists(int(task.read_text()))
        listener.words = ""
        listener.start({})
        assert not psutil.pid_exists(int(task.read_text()))
    finally:
        listener.stop()


def test_secrets_are_random_private_and_stay(listener: Listener, tmp_path: Path) -> None:
    secret = listener.secret("key")
    assert secret == Listener(tmp_path).secret("key") != Listener(tmp_path / "other").secret("key")
    assert stat.S_IMODE((listener.home / "key.secret").stat().st_mode) == 0o600


def test_what_was_half_fetched_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASPARIAN_CACHE", str(tmp_path))

    def broken(folder: Path) -> None:
        (folder / "half").touch()
        raise StackError("the line broke")

    with pytest.raises(StackError, match="the line broke"):
        kept("server-1", broken)
    assert not list((tmp_path / "stack").iterdir())
    assert kept("server-1", lambda folder: (folder / "whole").touch()).joinpath("whole").exists()
    monkeypatch.setenv("OFFLINE", "1")
    assert kept("server-1", broken)
    with pytest.raises(StackError, match="server-2 was never fetched: run make stack once"):
        kept("server-2", broken)


def test_two_may_fetch_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASPARIAN_CACHE", str(tmp_path))

    def slow(folder: Path) -> None:
        (kept("server-1", lambda other: (other / "whole").touch()) / "first").touch()
        (folder / "whole").touch()

    assert (kept("server-1", slow) / "first").exists()
    assert [path.name for path in (tmp_path / "stack").iterdir()] == ["server-1"]


def test_another_file_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "jar").write_bytes(b"other")
    with pytest.raises(StackError, match="g:a:1 is not the pinned file"):
        downloads._check(tmp_path / "jar", "g:a:1", "0" * 64)


def test_an_unknown_store_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3", "ceph")
    with pytest.raises(StackError, match="S3=ceph is no store: choose versitygw or minio"):
        object_store(tmp_path)


def test_a_stack_starts_what_a_server_needs_and_names_one_that_it_has_not(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    wanted = [server.name for server in stack._with_needs(["airflow-scheduler"])]
    assert wanted == ["postgres", "airflow", "airflow-scheduler"]
    with pytest.raises(StackError, match="kafka is no server: choose of s3, postgres, metastore"):
        stack.up(print, ["kafka"])
    assert not any(status.runs for status in stack.status())
