"""The Kubernetes form of `submit`: a SparkApplication for a job, a pod for the library.

Read only where `CASPARIAN_SUBMIT=kubernetes`, for the client costs a second to load.

- `CASPARIAN_IMAGE`: image with jobs and library. No default: the deployment says it, here nowhere.
- `CASPARIAN_NAMESPACE`: where pods run. Default `casparian`.

A missing image raises `ValueError`. Secrets are none of a DAG's business: the service account and
the deployment's own references bring them. A retry finds a pod that still runs by its labels and
goes on with it (the operators' default).
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.operators.spark_kubernetes import SparkKubernetesOperator

MANIFEST = Path(__file__).with_name("spark_application.yaml")
JOBS = "/opt/casparian/spark_jobs"  # where the image holds them

# What a namespace under the `restricted` pod security standard lets in.
POD_SECURITY = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
CONTAINER_SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
POD_RESOURCES = {
    "requests": {"cpu": "250m", "memory": "512Mi"},
    "limits": {"cpu": "1", "memory": "1Gi"},
}


class ReadingPod(KubernetesPodOperator):
    """A pod whose result file is turned into the task's result by `output`."""

    def __init__(self, *, output: Callable[[Any], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.output_processor = output

    def extract_xcom(self, *args: Any, **kwargs: Any) -> Any:
        return self.output_processor(super().extract_xcom(*args, **kwargs))


def form(job: str, task_id: str, output: Callable[[Any], Any] | None) -> Any:
    """Operator, its settings, and what turns arguments into the operator's command."""
    image = _image()
    settings = {
        "namespace": os.environ.get("CASPARIAN_NAMESPACE", "casparian"),
        "name": task_id.replace("_", "-"),
    }
    if job != "casparian" and output is None:
        return SparkKubernetesOperator, settings, lambda args: _application(job, image, args)
    pod = settings | {
        "image": image,
        "security_context": POD_SECURITY,
        "container_security_context": CONTAINER_SECURITY,
        "container_resources": POD_RESOURCES,
    }
    program = [job] if job == "casparian" else ["python", "-m", f"spark_jobs.{job}"]
    if output is None:
        return KubernetesPodOperator, pod, lambda args: {"cmds": [*program, *args]}
    return ReadingPod, {**pod, "output": output}, lambda args: {"cmds": _to_result(program, args)}


def _image() -> str:
    image = os.environ.get("CASPARIAN_IMAGE")
    if not image:
        raise ValueError("CASPARIAN_IMAGE is not set: name the image that holds the jobs.")
    return image


def _to_result(program: Sequence[str], args: Sequence[str]) -> list[str]:
    """The command with what it prints laid where Airflow looks for a pod's result."""
    return ["sh", "-c", f"{shlex.join([*program, *args])} > /airflow/xcom/return.json"]


def _application(job: str, image: str, args: Sequence[str]) -> dict[str, Any]:
    """The SparkApplication of `job`: the manifest beside this file, filled in."""
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    manifest["metadata"]["name"] = job.replace("_", "-")
    manifest["spec"]["image"] = image
    manifest["spec"]["mainApplicationFile"] = f"local://{JOBS}/{job}.py"
    manifest["spec"]["arguments"] = list(args)
    return {"template_spec": manifest}
