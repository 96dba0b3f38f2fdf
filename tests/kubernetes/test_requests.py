"""What an environment asks a cluster for."""

from __future__ import annotations

import pytest

from deploy.cluster import cores, gibibytes, requested
from deploy.systems import systems, workloads
from tests.kubernetes.manifests import all_rendered, rendered


def test_local_fits_a_laptop() -> None:
    """The servers and all jobs that may run beside them: at most 4 CPU and 12 GiB."""
    found = all_rendered("local")
    cpu, gib = requested(workloads(found))
    (quota,) = (each["spec"]["hard"] for each in found if each["kind"] == "ResourceQuota")
    print(f"servers {cpu:.2f} CPU, {gib:.1f} GiB")
    assert cpu <= 1.0
    assert gib <= 7.0
    assert cpu + cores(quota["requests.cpu"]) <= 4
    assert gib + gibibytes(quota["requests.memory"]) <= 12


@pytest.mark.parametrize("environment", ["standard", "ha"])
def test_what_is_twice_may_lose_one(environment: str) -> None:
    """A budget for all that runs twice, and none for what runs once: it would forbid a drain."""
    for system in systems(environment):
        found = rendered(environment, system)
        budgets = {
            frozenset(each["spec"]["selector"]["matchLabels"].items())
            for each in found
            if each["kind"] == "PodDisruptionBudget"
        }
        scaled = {
            each["spec"]["scaleTargetRef"]["name"]
            for each in found
            if each["kind"] == "HorizontalPodAutoscaler"
        }
        for owner in (each for each in workloads(found) if each["kind"] != "Job"):
            several = owner["spec"].get("replicas", 1) > 1 or owner["metadata"]["name"] in scaled
            labels = owner["spec"]["selector"]["matchLabels"].items()
            assert (frozenset(labels) in budgets) == several, owner["metadata"]["name"]


@pytest.mark.parametrize("environment", ["standard", "ha"])
def test_servers_without_a_volume_are_there_twice(environment: str) -> None:
    alone = {"trino", "spark-history"}  # a second would know half of the queries; a page of history
    for system in systems(environment):
        for owner in workloads(rendered(environment, system)):
            if owner["kind"] == "Deployment" and owner["metadata"]["name"] not in alone:
                assert owner["spec"].get("replicas", 2) > 1, owner["metadata"]["name"]
