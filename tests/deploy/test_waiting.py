"""What `make up` says of a cluster's objects: one sentence a cause. The objects are as Kubernetes
1.35 gave them, shortened."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.cluster import gibibytes, of_pod
from deploy.waiting import Waiting, waiting
from local.downloads import StackError

META = {"name": "trino-0", "namespace": "casparian", "uid": "1"}


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": META, "spec": {}, "status": {"phase": "Pending"} | status}


def state(name: str, image: str = "x/trino:1", **waits: Any) -> dict[str, Any]:
    return {"name": name, "image": image, "restartCount": 3, "state": {"waiting": waits}}


def test_an_image_that_cannot_be_pulled_does_not_mend_itself() -> None:
    found = pod(containerStatuses=[state("trino", reason="ImagePullBackOff", message="not found")])
    (said,) = waiting([found], [], [], [])
    assert said == Waiting(
        "pod casparian/trino-0", "image x/trino:1 cannot be pulled: not found", stuck=True
    )


def test_a_container_that_ends_again_and_again_is_said_with_its_exit_code() -> None:
    crashed = state("trino", reason="CrashLoopBackOff", message="back-off 5m0s")
    crashed["lastState"] = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    (said,) = waiting([pod(containerStatuses=[crashed])], [], [], [])
    assert said.why == "trino ended 3 times (exit code 137, OOMKilled): see its log"
    assert said.stuck


def test_no_room_is_said_as_the_scheduler_says_it() -> None:
    placed = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes: Insufficient cpu."}
    (said,) = waiting([pod(conditions=[placed])], [], [], [])
    assert said.why == "no node takes it: 0/1 nodes: Insufficient cpu."


def test_what_is_ready_or_done_waits_for_nothing() -> None:
    ready = pod(phase="Running", conditions=[{"type": "Ready", "status": "True"}])
    assert waiting([ready, pod(phase="Succeeded")], [], [], []) == []


def test_a_volume_without_a_storage_class_says_what_to_do() -> None:
    claim = {"metadata": META, "spec": {}, "status": {"phase": "Pending"}}
    (said,) = waiting([], [claim], [], [])
    assert said.what == "volume casparian/trino-0"
    assert "mark one as default" in said.why


def test_a_volume_is_explained_by_its_newest_event() -> None:
    claim = {
        "metadata": META, "spec": {"storageClassName": "fast"}, "status": {"phase": "Pending"},
    }  # fmt: skip
    events = [
        {"involvedObject": {"uid": uid}, "lastTimestamp": when, "message": text}
        for uid, when, text in (("1", "2026-01-01T00:00:02Z", "no quota"),
                                ("1", "2026-01-01T00:00:01Z", "older"),
                                ("2", "2026-01-01T00:00:03Z", "another's"))
    ]  # fmt: skip
    (said,) = waiting([], [claim], events, [])
    assert said.why == "storage class fast has not made it yet: no quota"
    events[0]["message"] = "waiting for first consumer to be created before binding"
    assert waiting([], [claim], events, []) == []


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"sync": {"status": "OutOfSync"}, "health": {"status": "Missing"}},
         "it is OutOfSync and Missing"),
        ({"conditions": [{"type": "ComparisonError", "message": "chart\nnot found"}]},
         "chart not found"),
        ({"operationState": {"phase": "Failed", "message": "one or more objects failed"}},
         "its last sync failed: one or more objects failed"),
    ],
)  # fmt: skip
def test_an_application_says_why_it_is_not_there(status: dict[str, Any], why: str) -> None:
    (said,) = waiting([], [], [], [{"metadata": META, "status": status}])
    assert (said.what, said.why) == ("application trino-0", why)


def test_what_a_pod_asks_for() -> None:
    def asks(cpu: str, memory: str) -> dict[str, Any]:
        return {"resources": {"requests": {"cpu": cpu, "memory": memory}}}

    spec = {"containers": [asks("250m", "512Mi"), asks("1", "1Gi")],
            "initContainers": [asks("100m", "2Gi")]}  # fmt: skip
    assert of_pod(spec) == (1.25, 2.0)
    assert of_pod({"containers": [{"resources": {}}, {}]}) == (0, 0)
    assert gibibytes("1048576Ki") == gibibytes(2**30) == 1
    with pytest.raises(StackError, match="no quantity"):
        gibibytes("much")
