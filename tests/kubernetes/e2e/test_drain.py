"""A node is drained while the systems that `standard` runs twice are there twice: of each one pod
stays, whatever is asked."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest
import yaml

from deploy import cluster
from deploy.programs import ROOT, answer, find
from deploy.secrets import JOBS, SERVERS
from local.dag_runs import DagRuns
from tests.kubernetes.e2e.commits import Repository, settled
from tests.kubernetes.e2e.road import clear

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.faults]
TWICE = ("hive-metastore", "airflow")  # Trino's and the operator's second pods ask for more room
DRAIN_S = 60
# Not what there is once, such as the database, without which the others are not healthy either.
SELECTOR = f"app.kubernetes.io/name in ({', '.join(TWICE)})"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    found = Repository.at(tmp_path_factory.mktemp("pushed") / "app")
    yield found
    settled(found.back(), *TWICE)


@pytest.fixture(scope="module")
def twice(repository: Repository, inside: None, runs: DagRuns) -> None:
    """As `standard` has them, on the one node of the test cluster."""
    clear(runs)
    revision = ""
    for system in TWICE:
        path = ROOT / "argocd" / "envs" / "standard" / "values" / f"{system}.yaml"
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        revision = repository.values(system, values)
    settled(revision, *TWICE)


def budgets() -> dict[str, tuple[int, int]]:
    """Of each disruption budget: pods that are healthy, and how many have to be."""
    return {each["metadata"]["name"]: (each["status"]["currentHealthy"],
                                       each["status"]["desiredHealthy"])
            for each in cluster.objects("poddisruptionbudget", SERVERS)}  # fmt: skip


def test_of_two_pods_one_stays(twice: None) -> None:
    before = budgets()
    assert before and all(healthy == 2 for healthy, _ in before.values())
    node = cluster.objects("node")[0]["metadata"]["name"]
    words = ["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force",
             f"--pod-selector={SELECTOR}", f"--timeout={DRAIN_S}s"]  # fmt: skip
    draining = subprocess.Popen([find("kubectl"), *words], stderr=subprocess.PIPE, text=True)
    least = dict(before)
    try:
        while draining.poll() is None:
            for name, (healthy, _) in budgets().items():
                least[name] = min(least[name], (healthy, 0))
            time.sleep(1)
        assert draining.returncode != 0  # for ever: no other node takes the second pods
        assert draining.stderr is not None
        assert "disruption budget" in draining.stderr.read()
    finally:
        answer("kubectl", "uncordon", node)
    assert {healthy for healthy, _ in least.values()} == {1}, least


def test_all_come_back_once_the_node_may_take_pods_again(
    twice: None, repository: Repository
) -> None:
    settled(repository.back(), *TWICE)
    assert not cluster.objects("pod", JOBS)
