"""Rendered manifests as the tests ask them: each environment and system is rendered once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest

from deploy.programs import ROOT, find
from deploy.systems import (
    BEFORE,
    System,
    environments,
    missing,
    objects,
    render,
    systems,
    workloads,
)
from local.downloads import StackError

Object = dict[str, Any]
CLUSTER_KINDS = {
    "Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition",
    "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "GatewayClass",
    "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
}  # fmt: skip
CASES = [
    pytest.param(environment, system, id=f"{environment}-{system.system}")
    for environment in environments()
    for system in (*BEFORE, *systems(environment))
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


def containers(found: list[Object]) -> Iterator[Container]:
    """All containers, also those that prepare."""
    for owner in workloads(found):
        pod = owner["spec"]["template"]["spec"]
        for spec in [*pod.get("initContainers", []), *pod["containers"]]:
            yield Container(f"{owner['metadata']['name']}/{spec['name']}", spec, pod)
