"""The Kubernetes form of `submit`: a SparkApplication for a job, a pod for the library.

Read only where `CASPARIAN_SUBMIT=kubernetes`, for the client costs a second to load.

- `CASPARIAN_IMAGE`: image with jobs and library. No default: the deployment says it, here nowhere.
- `CASPARIAN_NAMESPACE`: where pods run. Default `casparian-jobs`.
- `CASPARIAN_SPARK_OVERLAY`: a YAML file that is laid over the SparkApplication's `spec`: an
  environment's sizes, where Spark's events go. Default: none.

A missing image raises `ValueError`. What jobs need to know is in the namespace's ConfigMap
`casparian-settings`, the store's keys in its Secret `casparian-s3`: a DAG names both and knows
neither.

A retry goes on with what still runs. Pods are found by their labels (the operators' default); an
application whose driver is not there yet by its name, which is the same in every try of a task.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.operators.spark_kubernetes import SparkKubernetesOperator
from airflow.sdk.exceptions import AirflowException
from kubernetes.client import ApiException, CustomObjectsApi

MANIFEST = Path(__file__).with_name("spark_application.yaml")
JOBS = "/opt/casparian/spark_jobs"  # where the image holds them
STARTS_S = 600  # a pod that waits longer, for room or for its image, fails the task
ENDED = ("FAILED", "SUBMISSION_FAILED", "COMPLETED")
GONE_S = 120.0  # in which an application that was deleted is gone

POD_RESOURCES = {
    "requests": {"cpu": "250m", "memory": "512Mi"},
    "limits": {"cpu": "1", "memory": "1Gi"},
}
SIDECAR_RESOURCES = {
    "requests": {"cpu": "1m", "memory": "10Mi"},
    "limits": {"cpu": "100m", "memory": "64Mi"},
}


class ReadingPod(KubernetesPodOperator):
    """A pod whose result file is turned into the task's result by `output`."""

    def __init__(self, *, output: Callable[[Any], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.output_processor = output

    def extract_xcom(self, *args: Any, **kwargs: Any) -> Any:
        return self.output_processor(super().extract_xcom(*args, **kwargs))

    def build_pod_request_obj(self, context: Any = None) -> Any:
        """The container beside it, which hands the result over, is of the same image and may no
        more than the other: the default is an image of Docker Hub's, without a limit."""
        pod = super().build_pod_request_obj(context)
        own, *others = pod.spec.containers
        for other in others:
            other.image = own.image
            other.image_pull_policy = own.image_pull_policy
            other.security_context = own.security_context
            other.resources = SIDECAR_RESOURCES
        return pod


class SparkJob(SparkKubernetesOperator):
    """A SparkApplication of one task, of which there is one, however often the task is tried."""

    def create_job_name(self) -> str:
        """The same in every try: `build-marts-0123456789`."""
        return f"{self.task_id.replace('_', '-')}-{self.run}"

    def execute(self, context: Any) -> Any:
        told = context["ti"]
        self.run = self.of_run(told.dag_id, told.task_id, context["run_id"], told.map_index)
        return super().execute(context)

    def get_or_create_spark_crd(self, launcher: Any, context: Any) -> Any:
        """The driver's pod. A job that does not start is taken back, for it would start later,
        beside the next try; the error says what Kubernetes warned of."""
        try:
            return super().get_or_create_spark_crd(launcher, context)
        except AirflowException as error:
            launcher.delete_spark_job(self.name)
            raise AirflowException(f"{error} {self._warning()}".strip()) from error

    def _warning(self) -> str:
        """The last one about the driver's pod; empty where there was none."""
        about = f"involvedObject.name={self.name}-driver,type=Warning"
        found = self.client.list_namespaced_event(self.namespace, field_selector=about).items
        said = sorted(found, key=lambda each: str(each.last_timestamp or each.event_time))
        return f"Kubernetes: {said[-1].message}" if said else ""

    @staticmethod
    def of_run(*names: object) -> str:
        """What tells this task of this run from all others."""
        return hashlib.sha256("|".join(map(str, names)).encode()).hexdigest()[:10]

    @cached_property
    def custom_obj_api(self) -> Any:
        return Attaching()


class Attaching(CustomObjectsApi):
    """Makes an object, or takes the one of that name that is still at work."""

    def create_namespaced_custom_object(self, **named: Any) -> Any:
        """What the API server answers; an object of the name that has ended is made anew."""
        place = {name: value for name, value in named.items() if name != "body"}
        place["name"] = named["body"]["metadata"]["name"]
        until = time.monotonic() + GONE_S
        while True:
            try:
                return super().create_namespaced_custom_object(**named)
            except ApiException as error:
                if error.status != 409 or time.monotonic() > until:
                    raise
            found = self._of(place)
            if found is not None and not _over(found):
                return found
            time.sleep(1)

    def _of(self, place: Mapping[str, Any]) -> Any:
        """The object; one that has ended is told to go first. None where it has gone."""
        try:
            found = self.get_namespaced_custom_object(**place)
            if _over(found) and "deletionTimestamp" not in found["metadata"]:
                self.delete_namespaced_custom_object(**place)
        except ApiException as error:
            if error.status != 404:
                raise
            return None
        return found


def _over(application: Mapping[str, Any]) -> bool:
    state = application.get("status", {}).get("applicationState", {}).get("state", "")
    return state in ENDED or "deletionTimestamp" in application["metadata"]


def form(job: str, task_id: str, output: Callable[[Any], Any] | None) -> Any:
    """Operator, its settings, and what turns arguments into the operator's command."""
    image = _image()
    settings = {
        "namespace": os.environ.get("CASPARIAN_NAMESPACE", "casparian-jobs"),
        "name": task_id.replace("_", "-"),
        "startup_timeout_seconds": STARTS_S,
    }
    if job != "casparian" and output is None:
        named = settings | {"random_name_suffix": False}
        return SparkJob, named, lambda args: _application(job, image, args)
    pod = settings | _pod(image)
    program = [job] if job == "casparian" else ["python", "-m", f"spark_jobs.{job}"]
    if output is None:
        return KubernetesPodOperator, pod, lambda args: {"cmds": [*program, *args]}
    return ReadingPod, {**pod, "output": output}, lambda args: {"cmds": _to_result(program, args)}


def _image() -> str:
    image = os.environ.get("CASPARIAN_IMAGE")
    if not image:
        raise ValueError("CASPARIAN_IMAGE is not set: name the image that holds the jobs.")
    return image


def _pod(image: str) -> dict[str, Any]:
    """A pod of the library, of the same make as a driver's."""
    spec = _manifest()["spec"]["driver"]["template"]["spec"]
    spec["containers"][0]["name"] = "base"
    return {
        "image": image,
        "automount_service_account_token": False,  # it asks nothing of Kubernetes
        "container_resources": POD_RESOURCES,
        "pod_template_dict": {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": spec},
    }


def _to_result(program: Sequence[str], args: Sequence[str]) -> list[str]:
    """The command, with the last line that it prints laid where Airflow looks for a result."""
    run = f"{shlex.join([*program, *args])} > /tmp/told; ended=$?; cat /tmp/told"
    return ["sh", "-c", f"{run}; tail -n 1 /tmp/told > /airflow/xcom/return.json; exit $ended"]


def _application(job: str, image: str, args: Sequence[str]) -> dict[str, Any]:
    """The SparkApplication of `job`: the manifest beside this file, filled in."""
    manifest = _manifest()
    manifest["metadata"]["name"] = job.replace("_", "-")
    manifest["spec"]["image"] = image
    manifest["spec"]["mainApplicationFile"] = f"local://{JOBS}/{job}.py"
    manifest["spec"]["arguments"] = list(args)
    return {"template_spec": manifest}


def _manifest() -> dict[str, Any]:
    """The manifest, with the environment's overlay on its `spec`."""
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    if overlay := os.environ.get("CASPARIAN_SPARK_OVERLAY"):
        said = yaml.safe_load(Path(overlay).read_text(encoding="utf-8"))
        manifest["spec"] = _laid_over(manifest["spec"], said)
    return manifest  # type: ignore[no-any-return]


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both, key by key; where both have a value that is no mapping, the one above."""
    both = {name: _laid_over(below[name], value)
            if isinstance(value, dict) and isinstance(below.get(name), dict) else value
            for name, value in above.items()}  # fmt: skip
    return {**below, **both}
