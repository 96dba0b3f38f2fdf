"""The lakehouse on a cluster, as `make up` made it: its servers, reached through kubectl."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from deploy import cluster
from deploy.programs import find
from deploy.secrets import SERVERS, said
from local.dag_runs import DagRuns
from local.downloads import StackError
from tests.local.road import until

NEEDED = ("airflow-api", "object-store", "trino")


@pytest.fixture(scope="session")
def addresses() -> Iterator[dict[str, str]]:
    """`host:port` of each server on this machine; the tests are skipped where it is not there."""
    try:
        there = {each["metadata"]["name"]: each for each in cluster.objects("service", SERVERS)}
    except StackError as error:
        pytest.skip(f"no cluster: {error}")
    if lacking := [name for name in NEEDED if name not in there]:
        pytest.skip(f"the lakehouse is not on this cluster ({lacking[0]}): make up")
    with ExitStack() as held:
        yield {
            name: held.enter_context(forwarded(name, there[name]["spec"]["ports"][0]["port"]))
            for name in NEEDED
        }


@contextmanager
def forwarded(service: str, port: int) -> Iterator[str]:
    """A service's address on this machine, as long as the block runs; kubectl gives up at the first
    connection that is reset, and is started again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = free.getsockname()[1]
    command = [find("kubectl"), "-n", SERVERS, "port-forward", f"svc/{service}", f"{own}:{port}"]
    over, running = threading.Event(), list[subprocess.Popen[bytes]]()

    def forward() -> None:
        while not over.is_set():
            running[:] = [subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL)]  # fmt: skip
            running[0].wait()

    thread = threading.Thread(target=forward)
    thread.start()
    try:
        until(lambda: answers(own), f"kubectl port-forward of {service}")
        yield f"127.0.0.1:{own}"
    finally:
        over.set()
        running[0].terminate()
        thread.join()


def answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def inside(addresses: dict[str, str]) -> Iterator[None]:
    """This process reads lake and marts as a client of the cluster's store and Trino."""
    host, _, port = addresses["trino"].partition(":")
    told = {
        "AWS_ENDPOINT_URL": f"http://{addresses['object-store']}", "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true", "AWS_ACCESS_KEY_ID": said("casparian-s3", "access-key"),
        "AWS_SECRET_ACCESS_KEY": said("casparian-s3", "secret-key"), "TRINO_HOST": host,
        "TRINO_PORT": port, "TRINO_USER": "casparian", "TRINO_CATALOG": "lake",
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def runs(addresses: dict[str, str]) -> DagRuns:
    """Airflow's API, as its administrator."""
    password = said("casparian-airflow", "admin-password")
    url = f"http://{addresses['airflow-api']}"
    return DagRuns(url, "casparian", password, patience_s=900)  # a run before it may have to end
