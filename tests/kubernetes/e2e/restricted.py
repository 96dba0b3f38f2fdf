"""A pod of the tests' own, of the image that the jobs have and no freer than they are."""

from __future__ import annotations

from deploy import cluster
from deploy.secrets import SERVERS


def pod_of(name: str, namespace: str, command: list[str]) -> cluster.Object:
    """One that runs a command, once."""
    settings = cluster.one("configmap", "airflow-settings", SERVERS)
    assert settings is not None
    container = {
        "name": name, "image": settings["data"]["CASPARIAN_IMAGE"], "command": command,
        "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                            "capabilities": {"drop": ["ALL"]}},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"},
                      "limits": {"cpu": "1", "memory": "512Mi"}},
    }  # fmt: skip
    seccomp = {"type": "RuntimeDefault"}
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [container], "restartPolicy": "Never",
                 "automountServiceAccountToken": False,
                 "securityContext": {"runAsNonRoot": True, "runAsUser": 185,
                                     "seccompProfile": seccomp}},
    }  # fmt: skip
