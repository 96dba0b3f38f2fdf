"""The lakehouse on a cluster, as `make up` made it: its servers, reached through kubectl."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from deploy import cluster
from deploy.programs import find
from deploy.secrets import SERVERS, said
from local.dag_runs import DagRuns
from local.downloads import StackError

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
    """A service's address on this machine, as long as the block runs."""
    command = [find("kubectl"), "-n", SERVERS, "port-forward", f"svc/{service}", f":{port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            found = re.search(r"127\.0\.0\.1:(\d+)", line)
            assert found, f"kubectl port-forward of {service} said: {line}"
            yield found[0]
        finally:
            process.terminate()


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
    return DagRuns(f"http://{addresses['airflow-api']}", "casparian", password)
