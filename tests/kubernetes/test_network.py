"""Who may call whom: namespaces refuse what no chart lists; every server lists its callers."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.systems import environments, systems, workloads
from tests.kubernetes.manifests import Object, all_rendered, rendered

ENVIRONMENTS = pytest.mark.parametrize("environment", environments())


@ENVIRONMENTS
def test_every_namespace_refuses_what_is_not_listed(environment: str) -> None:
    found = all_rendered(environment)
    used = {each["metadata"]["namespace"] for each in workloads(found)} | {"casparian-jobs"}
    policies = [each for each in found if each["kind"] == "NetworkPolicy"]
    denied = {
        each["metadata"]["namespace"]
        for each in policies
        if each["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    }
    assert used <= denied
    labels = {
        each["metadata"]["name"]: each["metadata"]["labels"]
        for each in found
        if each["kind"] == "Namespace"
    }
    assert used <= labels.keys()
    for name in used:
        assert labels[name]["pod-security.kubernetes.io/enforce"] == "restricted"


@ENVIRONMENTS
def test_every_workload_of_ours_says_who_may_call_it(environment: str) -> None:
    for system in systems(environment):
        if system.namespace != "casparian":
            continue
        found = rendered(environment, system)
        for owner in workloads(found):
            assert _policies(found, owner), f"{owner['metadata']['name']} has no policy"


@ENVIRONMENTS
def test_callers_are_there(environment: str) -> None:
    """A caller that does not exist is a name that somebody misspelled."""
    found = all_rendered(environment)
    known = {each["spec"]["template"]["metadata"]["labels"].get("app.kubernetes.io/name")
             for each in workloads(found)} | {"object-store", "postgres"}  # fmt: skip
    for policy in found:
        if policy["kind"] != "NetworkPolicy":
            continue
        for rule in policy["spec"].get("ingress", []):
            for caller in rule.get("from", []):
                labels = caller.get("podSelector", {}).get("matchLabels", {})
                name = labels.get("app.kubernetes.io/name")
                assert name is None or name in known, f"{policy['metadata']['name']}: {name}"


@pytest.mark.parametrize(
    ("called", "caller", "port"),
    [
        ("object-store", "trino", 7070),
        ("object-store", "hive-metastore", 7070),
        ("object-store", "spark-history", 7070),
        ("object-store", "airflow", 7070),
        ("postgres", "hive-metastore", 5432),
        ("postgres", "airflow", 5432),
        ("postgres", "trino", 5432),
        ("hive-metastore", "trino", 9083),
        ("trino", "trino", 8080),
    ],
)
def test_the_road_is_open(called: str, caller: str, port: int) -> None:
    assert port in _open(called, lambda rule: _system(rule) == caller)


@pytest.mark.parametrize(
    ("called", "port"), [("object-store", 7070), ("hive-metastore", 9083), ("trino", 8080)]
)
def test_jobs_reach_what_they_need(called: str, port: int) -> None:
    assert port in _open(called, lambda rule: _namespace(rule) == "casparian-jobs")


@pytest.mark.parametrize("called", ["postgres", "airflow"])
def test_jobs_reach_nothing_else(called: str) -> None:
    assert not _open(called, lambda rule: _namespace(rule) == "casparian-jobs")


def _open(called: str, which: Any) -> set[int]:
    """Ports of a system that a caller reaches in the local environment."""
    system = next(each for each in systems("local") if each.system == called)
    rules = [
        rule
        for each in rendered("local", system)
        if each["kind"] == "NetworkPolicy"
        for rule in each["spec"].get("ingress", [])
    ]
    return {
        port["port"] for rule in rules for caller in rule["from"] if which(caller)
        for port in rule["ports"]
    }  # fmt: skip


def _system(caller: Object) -> str | None:
    name: str | None = (
        caller.get("podSelector", {}).get("matchLabels", {}).get("app.kubernetes.io/name")
    )
    return name


def _namespace(caller: Object) -> str | None:
    labels = caller.get("namespaceSelector", {}).get("matchLabels", {})
    name: str | None = labels.get("kubernetes.io/metadata.name")
    return name


def _policies(found: list[Object], owner: Object) -> list[Object]:
    labels = owner["spec"]["template"]["metadata"]["labels"].items()
    return [
        each for each in found
        if each["kind"] == "NetworkPolicy"
        and each["spec"]["podSelector"].get("matchLabels", {"": ""}).items() <= labels
    ]  # fmt: skip
