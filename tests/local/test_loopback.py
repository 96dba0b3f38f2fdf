"""No server of the stack is reached but by 127.0.0.1, the metastore with a little help of ours."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local import loopback
from local.metastore import MAIN, _java, class_path
from local.process import Process
from local.stack import Stack
from spark_jobs.compiled import Classes

pytestmark = [pytest.mark.stack, pytest.mark.slow]

# A metastore of another version, that asks Java itself for its sockets.
OTHER_HIVE = """
package org.apache.hadoop.hive.metastore;

public class HiveMetaStore {
  public static void main(String[] words) {
    System.out.println("listens");
  }
}
"""


def test_servers_listen_on_loopback_alone(stack: Stack) -> None:
    listens = {
        name: {each.laddr.ip.removeprefix("::ffff:") for each in _listening(server.process)}
        for name, server in stack.servers.items()
        if server.process is not None
    }
    assert {"s3", "postgres", "metastore", "trino"} <= listens.keys()
    assert all(listens[name] for name in ("s3", "postgres", "metastore", "trino"))
    assert not {name: found for name, found in listens.items() if found - {"127.0.0.1"}}


def test_the_metastore_has_no_other_address(stack: Stack) -> None:
    port = stack.servers["metastore"].port()
    assert _connects("127.0.0.1", port)
    for address in {"127.0.0.2", *_addresses()}:
        assert not _connects(address, port), address


def test_another_hive_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    option = loopback.java_option(class_path(), _java())
    monkeypatch.setenv("CASPARIAN_CACHE", str(tmp_path))
    source = tmp_path / "HiveMetaStore.java"
    source.write_text(OTHER_HIVE)
    other = Classes("hive", [source], "A test").jar([])
    command = [str(_java()), "-cp", str(other), MAIN]
    assert _run(command) == (0, "listens\n")
    command.insert(1, option)
    code, said = _run(command)
    assert (code, said) == (
        1,
        "This Hive metastore cannot be bound to loopback: it asks another class.\n",
    )


def _listening(process: Process | None) -> Iterator[psutil._common.pconn]:
    assert process is not None
    first = psutil.Process(process.pid)
    for each in [first, *first.children(recursive=True)]:
        yield from (c for c in each.net_connections("tcp") if c.status == psutil.CONN_LISTEN)


def _connects(address: str, port: int) -> bool:
    with socket.socket() as asked:
        asked.settimeout(2)
        return asked.connect_ex((address, port)) == 0


def _addresses() -> Iterator[str]:
    """This machine's own, beside loopback."""
    for found in psutil.net_if_addrs().values():
        for each in found:
            if each.family == socket.AF_INET and not each.address.startswith("127."):
                yield each.address


def _run(command: list[str]) -> tuple[int, str]:
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
