"""What a Kubernetes cluster is asked and told, through kubectl, as KUBECONFIG names it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from deploy.programs import answer
from local.downloads import StackError

Object = dict[str, Any]
NAME_ONE = "name a cluster in KUBECONFIG (kind, k3s or your own) and see that it runs"
UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 10**3, "M": 10**6, "G": 10**9}
QUICK = "--request-timeout=20s"


class NoClusterError(StackError):
    """No cluster answers. why: what kubectl says."""

    def __init__(self, why: str):
        super().__init__(f"{why}: {NAME_ONE}.")
        self.why = why


def version() -> Object:
    """Of the cluster. Raises StackError with what to do where none answers."""
    try:
        found = answer("kubectl", "version", "--output", "json", QUICK)
    except StackError as error:
        raise NoClusterError(str(error).partition(": ")[2] or str(error)) from error
    return dict(json.loads(found)["serverVersion"])


def objects(kind: str, namespace: str | None = None) -> list[Object]:
    """All of a kind, of one namespace or of all; none where the cluster does not know the kind."""
    place = ["--namespace", namespace] if namespace else ["--all-namespaces"]
    try:
        found = answer("kubectl", "get", kind, *place, "--output", "json", QUICK)
    except StackError as error:
        if "doesn't have a resource type" in str(error):
            return []
        raise
    return list(json.loads(found)["items"])


def one(kind: str, name: str, namespace: str | None = None) -> Object | None:
    """An object; None where there is none of that name."""
    place = ["--namespace", namespace] if namespace else []
    words = ("get", kind, name, *place, "--ignore-not-found", "--output", "json", QUICK)
    try:
        found = answer("kubectl", *words)
    except StackError as error:
        if "doesn't have a resource type" in str(error):
            return None
        raise
    return json.loads(found) if found else None


def apply(manifests: str) -> None:
    """Server-side, as `make up` is the one that says so. What secrets hold is in no argument."""
    words = ("apply", "--server-side", "--force-conflicts", "--field-manager", "casparian-up")
    answer("kubectl", *words, "--filename", "-", given=manifests)


def is_ours(of: Object) -> bool:
    """Whether an object is marked as a part of the lakehouse."""
    return (of["metadata"].get("labels") or {}).get("app.kubernetes.io/part-of") == "casparian"


def memory_in_use(namespaces: Sequence[str]) -> float | None:
    """GiB that all containers of some namespaces use now; None where no metrics server says so."""
    try:
        found = answer("kubectl", "get", "--raw", "/apis/metrics.k8s.io/v1beta1/pods", QUICK)
    except StackError:
        return None
    pods = [e for e in json.loads(found)["items"] if e["metadata"]["namespace"] in namespaces]
    used = [gibibytes(each["usage"]["memory"]) for pod in pods for each in pod["containers"]]
    return sum(used) if used else None


def cores(text: str | int) -> float:
    """A quantity of CPU in cores: `250m`, `2`."""
    text = str(text)
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


def gibibytes(text: str | int) -> float:
    """A quantity of memory in GiB: `512Mi`, `1Gi`, `100000`."""
    found = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text))
    if found is None or found[2] not in {*UNITS, ""}:
        raise StackError(f"'{text}' is no quantity of memory.")
    return float(found[1]) * UNITS.get(found[2], 1) / 2**30


def requested(workloads: Sequence[Object]) -> tuple[float, float]:
    """Cores and GiB that all pods of these ask for."""
    pods = [(each["spec"].get("replicas", 1), each["spec"]["template"]["spec"])
            for each in workloads]  # fmt: skip
    asked = [(count, *of_pod(spec)) for count, spec in pods]
    return sum(n * c for n, c, _ in asked), sum(n * m for n, _, m in asked)


def of_pod(spec: Object) -> tuple[float, float]:
    """Cores and GiB that a pod asks for, as the scheduler counts: its containers together, or the
    greatest of those that prepare."""
    both = [(cores, "cpu"), (gibibytes, "memory")]
    return tuple(  # type: ignore[return-value]
        max(
            [sum(count(_asked(each).get(name, 0)) for each in spec["containers"])]
            + [count(_asked(each).get(name, 0)) for each in spec.get("initContainers", [])]
        )
        for count, name in both
    )


def _asked(container: Object) -> Object:
    return (container.get("resources") or {}).get("requests") or {}
