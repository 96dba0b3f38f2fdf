"""What is waiting for what, and why, in sentences: from what the cluster says of itself.

Pure functions on lists of objects as `deploy.cluster` gives them, so that a test needs no cluster.
A volume that is not there explains a pod that is not scheduled, and a pod an application: the
cause is told once, with the name of what waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Object = dict[str, Any]
IMAGE = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName")
LONGEST = 160  # characters of what Kubernetes says


@dataclass(frozen=True)
class Waiting:
    """what: an object, as `pod casparian/trino-0`. why: a sentence. stuck: nothing will change by
    itself, so that somebody has to do something. of: the system that waits, where it is known."""

    what: str
    why: str
    stuck: bool = False
    of: str = field(default="", compare=False)


def waiting(
    pods: Sequence[Object],
    claims: Sequence[Object],
    events: Sequence[Object],
    applications: Sequence[Object],
) -> list[Waiting]:
    """Everything that is not ready, causes first."""
    found = [(claim, _claim(claim, events)) for claim in claims]
    found += [(pod, _pod(pod)) for pod in pods]
    found += [(each, _application(each)) for each in applications]
    return [replace(said, of=_system(each)) for each, several in found for said in several]


def _system(of: Object) -> str:
    """The system that an object belongs to, by its labels; an application has its name."""
    if of.get("kind") == "Application":
        return str(of["metadata"]["name"])
    labels = of["metadata"].get("labels") or {}
    names = ("app.kubernetes.io/instance", "app.kubernetes.io/name")
    return next((labels[name] for name in names if name in labels), "")


def _claim(claim: Object, events: Sequence[Object]) -> Iterator[Waiting]:
    if claim["status"].get("phase") == "Bound":
        return
    name = _name("volume", claim)
    said = _last(claim, events)
    if "waiting for first consumer" in said.lower():
        return  # it is made when its pod is placed: the pod tells
    storage = claim["spec"].get("storageClassName")
    if not storage:
        yield Waiting(name, "the cluster has no default storage class: mark one as default", True)
    else:
        yield Waiting(name, f"storage class {storage} has not made it yet: {said or 'no word'}")


def _pod(pod: Object) -> Iterator[Waiting]:
    status = pod["status"]
    if status.get("phase") == "Succeeded" or _is_ready(status):
        return
    name = _name("pod", pod)
    told = list(_containers(status))
    if told:
        yield from (Waiting(name, why, stuck) for why, stuck in told)
    elif (placed := _condition(status, "PodScheduled")) and placed["status"] == "False":
        yield Waiting(name, f"no node takes it: {_short(placed.get('message', ''))}")
    elif "deletionTimestamp" in pod["metadata"]:
        yield Waiting(name, "it is ending")
    elif status.get("phase") == "Running":
        yield Waiting(name, "it runs and is not ready yet")
    else:
        yield Waiting(name, f"it is {status.get('phase', 'unknown').lower()}")


def _containers(status: Object) -> Iterator[tuple[str, bool]]:
    """Why containers do not run, and whether that stays so."""
    every = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    for each in every:
        state = each.get("state", {}).get("waiting", {})
        reason, said = state.get("reason", ""), _short(state.get("message", ""))
        if reason in IMAGE:
            yield f"image {each['image']} cannot be pulled: {said or reason}", True
        elif reason == "CrashLoopBackOff":
            ended = each.get("lastState", {}).get("terminated", {})
            why = f"exit code {ended.get('exitCode', '?')}, {ended.get('reason', 'no reason')}"
            yield f"{each['name']} ended {each['restartCount']} times ({why}): see its log", True
        elif reason == "CreateContainerConfigError":
            yield f"{each['name']} lacks something it is to be given: {said}", True
        elif reason not in ("", "ContainerCreating", "PodInitializing"):
            yield f"{each['name']}: {reason} {said}".strip(), False


def _application(application: Object) -> Iterator[Waiting]:
    status = application.get("status", {})
    sync = status.get("sync", {}).get("status", "Unknown")
    health = status.get("health", {}).get("status", "Unknown")
    if (sync, health) == ("Synced", "Healthy"):
        return
    name = f"application {application['metadata']['name']}"
    wrong = [_short(each["message"]) for each in status.get("conditions", [])
             if each["type"].endswith("Error")]  # fmt: skip
    operation = status.get("operationState", {})
    if wrong:
        yield Waiting(name, wrong[0])
    elif operation.get("phase") in ("Failed", "Error"):
        yield Waiting(name, f"its last sync failed: {_short(operation.get('message', ''))}")
    else:
        yield Waiting(name, f"it is {sync} and {health}")


def _is_ready(status: Object) -> bool:
    found = _condition(status, "Ready")
    return found is not None and found["status"] == "True"


def _condition(status: Object, kind: str) -> Object | None:
    return next((each for each in status.get("conditions", []) if each["type"] == kind), None)


def _last(of: Object, events: Sequence[Object]) -> str:
    """What the newest event says of an object."""
    own = [each for each in events if each["involvedObject"].get("uid") == of["metadata"]["uid"]]
    own.sort(key=lambda each: each.get("lastTimestamp") or each.get("eventTime") or "")
    return _short(own[-1]["message"]) if own else ""


def _name(kind: str, of: Object) -> str:
    return f"{kind} {of['metadata']['namespace']}/{of['metadata']['name']}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
