"""Calls that no policy lists, where the cluster's network enforces policies at all."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from deploy import cluster
from deploy.programs import answer
from deploy.secrets import JOBS, SERVERS
from tests.kubernetes.e2e.restricted import pod_of

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
PROBE = "casparian-probe"
WAIT = ["python", "-c", "import time; time.sleep(600)"]
CALL = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"
DENIED = {
    "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
    "metadata": {"name": "none", "namespace": PROBE},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def enforced(addresses: dict[str, str]) -> Iterator[None]:
    """Skips where a pod that may call nobody calls all the same."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    meta = {"name": PROBE, "labels": labels}
    cluster.apply(json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": meta}))
    cluster.apply(json.dumps(DENIED))
    try:
        started(PROBE)
        if calls(PROBE, address("object-store"), 7070):
            pytest.skip("this cluster's network enforces no policy")
        started(JOBS)
        yield
    finally:
        answer("kubectl", "-n", JOBS, "delete", "pod", "calls", "--ignore-not-found", "--wait")
        answer("kubectl", "delete", "namespace", PROBE, "--wait")


def started(namespace: str) -> None:
    cluster.apply(json.dumps(pod_of("calls", namespace, WAIT)))
    answer("kubectl", "-n", namespace, "wait", "pod/calls", "--for=condition=Ready",
           "--timeout=120s")  # fmt: skip


def address(service: str) -> str:
    """By number, for who may ask nobody may not ask for names either."""
    found = cluster.one("service", service, SERVERS)
    assert found is not None
    return str(found["spec"]["clusterIP"])


def calls(namespace: str, host: str, port: int) -> bool:
    """Whether a connection is made, tried from Python in the waiting pod."""
    told = f"{CALL}\nprint('made')"
    words = ("exec", "calls", "--", "sh", "-c", f'python -c "$1" {host} {port} 2>&1; true', "sh")
    return answer("kubectl", "-n", namespace, *words, told).strip() == "made"


@pytest.mark.parametrize("service, port", [("object-store", 7070), ("trino", 8080)])
def test_a_job_calls_what_it_is_listed_for(service: str, port: int) -> None:
    assert calls(JOBS, address(service), port)


@pytest.mark.parametrize("service, port", [("postgres", 5432), ("airflow-api", 8080)])
def test_a_call_that_is_not_listed_is_refused(service: str, port: int) -> None:
    assert not calls(JOBS, address(service), port)
