"""What an environment is made of and who calls whom, read out of its rendered manifests.

A call is what a NetworkPolicy allows: everything else is refused, so that this is all there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from deploy.programs import ROOT
from deploy.systems import (
    System,
    addresses,
    missing,
    objects,
    render,
    systems,
    workloads,
)

Object = dict[str, Any]
API, OUTSIDE = "Kubernetes API", "outside"  # no pods
API_PORTS = {443, 6443}
NAME, SPACE = "app.kubernetes.io/name", "kubernetes.io/metadata.name"
Calls = dict[tuple[str, str], set[int]]  # ports by caller and called


@dataclass(frozen=True)
class Box:
    """A system, or what is called or calls besides. parts: its workloads, with how many of each.
    volumes: their sizes. place: its namespace, or its address where that is another's."""

    name: str
    layer: str
    place: str
    parts: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()


@cache
def rendered(environment: str) -> tuple[tuple[System, tuple[Object, ...]], ...]:
    """The objects of each system whose chart is here."""
    here = [each for each in systems(environment) if not missing(ROOT / "charts" / each.system)]
    return tuple((each, tuple(objects(render(environment, each, tags=False)))) for each in here)


def boxes(environment: str) -> list[Box]:
    """Systems by layers, the last layer first, then what is not in a layer."""
    own = [_box(system, list(found)) for system, found in rendered(environment)]
    layers = list(dict.fromkeys(each.layer for each in own))
    own.sort(key=lambda box: -layers.index(box.layer))
    far = [Box(n, "elsewhere", at) for n, at in sorted(addresses(environment).items())]
    return [*_around(environment, {box.name for box in own}), *own, *far]


def _around(environment: str, known: set[str]) -> Iterator[Box]:
    """Who calls or is called besides: what has no pods, namespaces of others, and of jobs."""
    named = {name for pair in calls(environment) for name in pair}
    for name, place in {OUTSIDE: "the API server, people", API: "of the cluster"}.items():
        if name in named:
            yield Box(name, "outside", place)
    own = _made(environment)
    for name in sorted(named - {API, OUTSIDE} - known, key=lambda name: (name in own, name)):
        if name in own:
            yield Box(name, "jobs", "pods that come and go")
        else:
            yield Box(name, "outside", "a namespace")


def _box(system: System, found: list[Object]) -> Box:
    parts = workloads(found)
    scaled = {each["spec"]["scaleTargetRef"]["name"]: each["spec"] for each in found
              if each["kind"] == "HorizontalPodAutoscaler"}  # fmt: skip
    said = [_part(system.system, each, scaled) for each in parts if each["kind"] != "Job"]
    spaces = [each["metadata"]["name"] for each in found if each["kind"] == "Namespace"]
    return Box(system.system, system.layer, system.namespace, (*said, *_spaces(spaces)),
               tuple(_volumes(parts)))  # fmt: skip


def _part(system: str, owner: Object, scaled: dict[str, Object]) -> str:
    name = owner["metadata"]["name"]
    short = name.removeprefix(system).lstrip("-") or "server"
    if name in scaled:
        return f"{short} ×{scaled[name]['minReplicas']}–{scaled[name]['maxReplicas']}"
    count = owner["spec"].get("replicas", 1)
    return short if count == 1 else f"{short} ×{count}"


def _spaces(names: list[str]) -> list[str]:
    return [f"{len(names)} namespaces that refuse what is not drawn"] if names else []


def _volumes(parts: Iterable[Object]) -> Iterator[str]:
    for owner in parts:
        for claim in owner["spec"].get("volumeClaimTemplates", []):
            yield claim["spec"]["resources"]["requests"]["storage"]


@cache
def _made(environment: str) -> frozenset[str]:
    every = (each for _, found in rendered(environment) for each in found)
    return frozenset(each["metadata"]["name"] for each in every if each["kind"] == "Namespace")


@cache
def calls(environment: str) -> Calls:
    """Ports by who calls whom; what calls itself is left out."""
    allowed: Calls = defaultdict(set)
    for _, found in rendered(environment):
        for policy in (each for each in found if each["kind"] == "NetworkPolicy"):
            for called in _chosen(environment, policy):
                for caller, ports in _callers(environment, policy):
                    allowed[caller, called] |= ports
                if _asks_the_api(policy):
                    allowed[called, API] |= {min(API_PORTS)}
    return {pair: ports for pair, ports in allowed.items() if pair[0] != pair[1] and ports}


def _chosen(environment: str, policy: Object) -> list[str]:
    """The systems whose pods a policy is about."""
    labels = policy["spec"]["podSelector"].get("matchLabels", {})
    return (
        [labels[NAME]] if NAME in labels else _within(environment, policy["metadata"]["namespace"])
    )


def _within(environment: str, namespace: str) -> list[str]:
    """The systems with pods in a namespace; where there is none, the namespace itself."""
    found = [s.system for s, objects_ in rendered(environment)
             if s.namespace == namespace and workloads(list(objects_))]  # fmt: skip
    return found or [namespace]


def _callers(environment: str, policy: Object) -> Iterator[tuple[str, set[int]]]:
    for rule in policy["spec"].get("ingress") or []:
        ports = {each["port"] for each in rule.get("ports", [])}
        for caller in rule.get("from", [None]):
            for name in _names(environment, caller, policy["metadata"]["namespace"]):
                yield name, ports


def _names(environment: str, caller: Object | None, own: str) -> list[str]:
    if caller is None:
        return [OUTSIDE]
    pods = caller.get("podSelector", {}).get("matchLabels", {})
    if NAME in pods:
        return [pods[NAME]]
    spaces = caller.get("namespaceSelector", {}).get("matchLabels", {})
    return _within(environment, spaces.get(SPACE, own))


def _asks_the_api(policy: Object) -> bool:
    rules = policy["spec"].get("egress") or []
    return any(
        "to" not in each and {p["port"] for p in each["ports"]} == API_PORTS for each in rules
    )
