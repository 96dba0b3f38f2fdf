"""The stack: which servers, started side by side as far as needs allow, stopped in turn."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local import clients, tls
from local.airflow import Airflow, DagProcessor, Scheduler
from local.downloads import StackError
from local.metastore import Metastore
from local.object_store import object_store
from local.postgres import Postgres
from local.private import write_private
from local.server import Server
from local.trino import Trino

HOME = Path(
    os.environ.get("CASPARIAN_STACK_HOME") or Path(__file__).parent.parent / ".local" / "stack"
)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Status:
    """What a server is doing. bytes: resident memory of all its processes."""

    name: str
    runs: bool
    ready: bool
    address: str
    pid: int | None
    bytes: int
    log: Path


class Stack:
    """All servers, by name, in an order in which each comes after those that it needs."""

    def __init__(self, home: Path = HOME):
        self.home = home
        store: Server = object_store(home)
        servers = [store, Postgres(home), Metastore(home), Trino(home)]
        servers += [Airflow(home), Scheduler(home), DagProcessor(home)]
        self.servers: Mapping[str, Server] = {server.name: server for server in servers}

    def up(self, tell: Tell, names: Collection[str] = ()) -> None:
        """Start what does not run, until all is ready; what runs is left as it is.

        tell: gets a line for each server that became ready. names: start no others than these and
        those that they need; none: all. Raises StackError for the first that is not ready; what
        was started stays for a look at its log.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        self._settle()
        wanted = self._with_needs(names or self.servers)
        for server in wanted:
            server.install()
        for server in self.servers.values():  # some name others that start beside or after them
            server.prepare()
        coming: dict[str, Future[None]] = {}
        failed = threading.Event()
        with ThreadPoolExecutor(len(wanted)) as pool:
            for server in wanted:
                needed = [coming[name] for name in server.needs]
                coming[server.name] = pool.submit(self._bring_up, server, needed, failed, tell)
        for each in coming.values():
            each.result()
        write_private(self.home / "environment", _lines(self.environment()))

    def _settle(self) -> None:
        """Note whether there is TLS. Raises StackError where it runs the other way."""
        authority = self.servers["postgres"].tls
        other = "without" if authority else "with"
        runs = any(server.process for server in self.servers.values())
        if runs and tls.noted(self.home) != (authority is not None):
            raise StackError(f"The stack runs {other} TLS: make stack-down first.")
        tls.remember(self.home, authority)

    def _with_needs(self, names: Collection[str]) -> list[Server]:
        """These servers and all that they need, in the order of all."""
        if unknown := set(names) - self.servers.keys():
            raise StackError(f"{unknown.pop()} is no server: choose of {', '.join(self.servers)}.")
        found = set(names)
        for server in reversed(list(self.servers.values())):
            if server.name in found:
                found.update(server.needs)
        return [server for server in self.servers.values() if server.name in found]

    def down(self, tell: Tell) -> None:
        """End what this stack started, and nothing else."""
        for server in reversed(list(self.servers.values())):
            if server.stop():
                tell(f"{server.name}: stopped")

    def status(self) -> list[Status]:
        """What each server is doing now."""
        return [_status(server) for server in self.servers.values()]

    def environment(self) -> dict[str, str]:
        """What clients of the stack need, as environment variables."""
        return clients.settings(self.servers)

    def _bring_up(
        self, server: Server, needed: list[Future[None]], failed: threading.Event, tell: Tell
    ) -> None:
        for each in needed:
            each.exception()  # waits; whoever brings it up tells of its failure
        if failed.is_set():
            return
        began = time.monotonic()
        try:
            started = server.start(self.servers)
            server.wait()
        except BaseException:
            failed.set()
            raise
        seconds = f"ready in {time.monotonic() - began:.1f} s" if started else "runs already"
        port = f", port {server.port()}" if server.ports else ""
        tell(f"{server.name}: {seconds}{port}")


def _status(server: Server) -> Status:
    process = server.process
    ready = process is not None and server.ready()
    address = f"127.0.0.1:{server.port()}" if process and server.ports else ""
    return Status(
        server.name, process is not None, ready, address, process.pid if process else None,
        process.memory() if process else 0, server.log,
    )  # fmt: skip


def _lines(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())
