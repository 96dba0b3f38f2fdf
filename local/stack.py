"""The stack: which servers, started side by side as far as needs allow, stopped in turn."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.downloads import maven_jars
from local.metastore import Metastore
from local.object_store import KEY, REGION, ObjectStore, object_store
from local.postgres import Postgres
from local.server import Server, write_private
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
        self.servers: Mapping[str, Server] = {server.name: server for server in servers}

    def up(self, tell: Tell) -> None:
        """Start what does not run, until all is ready; what runs is left as it is.

        tell: gets a line for each server that became ready. Raises StackError for the first that
        did not; what was started stays for a look at its log.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        for server in self.servers.values():
            server.install()
        coming: dict[str, Future[None]] = {}
        failed = threading.Event()
        with ThreadPoolExecutor(len(self.servers)) as pool:
            for server in self.servers.values():
                needed = [coming[name] for name in server.needs]
                coming[server.name] = pool.submit(self._bring_up, server, needed, failed, tell)
        for each in coming.values():
            each.result()
        write_private(self.home / "environment", _lines(self.environment()))

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
        store, trino = self.servers["s3"], self.servers["trino"]
        metastore = self.servers["metastore"]
        assert isinstance(store, ObjectStore)
        assert isinstance(metastore, Metastore)
        return {
            "AWS_ENDPOINT_URL": store.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": store.secret("key"),
            "AWS_ALLOW_HTTP": "true",
            "CASPARIAN_METASTORE": metastore.uri,
            "CASPARIAN_SPARK_JARS": str(maven_jars("s3a")[0].parent),
            "TRINO_HOST": "127.0.0.1",
            "TRINO_PORT": str(trino.port()),
            "TRINO_CATALOG": "lake",
        }

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
        tell(f"{server.name}: {seconds}, port {server.port()}")


def _status(server: Server) -> Status:
    process = server.process
    ready = process is not None and server.ready()
    address = f"127.0.0.1:{server.port()}" if process else ""
    return Status(
        server.name, process is not None, ready, address, process.pid if process else None,
        process.memory() if process else 0, server.log,
    )  # fmt: skip


def _lines(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())
