"""Rendered manifests as the tests ask them: each environment and system is rendered once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest

from deploy.programs import find
from deploy.systems import ROOT, System, environments, missing, objects, render, systems
from local.downloads import StackError

Object = dict[str, Any]
WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "Job"}
CLUSTER_KINDS = {
    "Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition",
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
}  # fmt: skip
CASES = [
    pytest.param(environment, system, id=f"{environment}-{system.system}")
    for environment in environments()
    for system in systems(environment)
]


class Container(NamedTuple):
    """A container of a workload. spec: its own words. pod: those of its pod."""

    owner: str
    spec: Object
    pod: Object


def need(program: str) -> str:
    """The program's path; the test is skipped where it is missing."""
    try:
        return find(program)
    except StackError as error:
        pytest.skip(str(error))


def rendered(environment: str, system: System) -> list[Object]:
    """A system's objects; the test is skipped where they cannot be rendered here."""
    need("helm")
    for name in missing(ROOT / "charts" / system.system):
        pytest.skip(f"{system.system} needs {name}: make charts-pull fetches it")
    return _rendered(environment, system)


@cache
def _rendered(environment: str, system: System) -> list[Object]:
    found = objects(render(environment, system))
    for each in found:  # some charts leave the namespace to whoever applies them
        if each["kind"] not in CLUSTER_KINDS:
            each["metadata"].setdefault("namespace", system.namespace)
    return found


def all_rendered(environment: str) -> list[Object]:
    """The objects of a whole environment."""
    return [each for system in systems(environment) for each in rendered(environment, system)]


def workloads(found: list[Object]) -> list[Object]:
    """What makes pods."""
    return [each for each in found if each["kind"] in WORKLOADS]


def containers(found: list[Object]) -> Iterator[Container]:
    """All containers, also those that prepare."""
    for owner in workloads(found):
        pod = owner["spec"]["template"]["spec"]
        for spec in [*pod.get("initContainers", []), *pod["containers"]]:
            yield Container(f"{owner['metadata']['name']}/{spec['name']}", spec, pod)


def cpu(text: str | int) -> float:
    """Cores."""
    text = str(text)
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def memory(text: str) -> float:
    """GiB."""
    number, unit = re.fullmatch(r"([0-9.]+)([KMGT]i)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"Ki": 2**-20, "Mi": 2**-10, "Gi": 1, "Ti": 1024}[unit]


def requested(found: list[Object]) -> tuple[float, float]:
    """Cores and GiB that all pods ask for, as the scheduler counts them."""
    cores = gib = 0.0
    for owner in workloads(found):
        pod = owner["spec"]["template"]["spec"]
        asked = [each["resources"]["requests"] for each in pod["containers"]]
        before = [each["resources"]["requests"] for each in pod.get("initContainers", [])]
        pods = owner["spec"].get("replicas", 1)
        cores += pods * max(sum(cpu(r["cpu"]) for r in asked), *(cpu(r["cpu"]) for r in before), 0)
        gib += pods * max(
            sum(memory(r["memory"]) for r in asked), *(memory(r["memory"]) for r in before), 0
        )
    return cores, gib
