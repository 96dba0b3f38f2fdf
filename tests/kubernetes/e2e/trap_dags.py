"""One job that meets a trap of SparkKubernetesOperator's, run by `airflow dags test` in the
cluster's own scheduler: which trap is said in TRAP. The job is a program of Python's own.

Runs there, not here: it knows what lies beside the DAGs, and prints a line a try, `TRIED {…}`.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timedelta
from typing import Any

sys.path.insert(0, "/opt/airflow/dags")

from airflow.sdk import DAG
from submit_kubernetes import SparkJob, _application, _image

ENDLESS = "local:///usr/lib/python3.11/http/server.py"
SHORT = "local:///usr/lib/python3.11/this.py"


def application(trap: str) -> dict[str, Any]:
    """What is submitted."""
    made = _application("trap", _image(), [])
    spec = made["template_spec"]["spec"]
    spec["mainApplicationFile"] = SHORT if trap == "lost" else ENDLESS
    if trap == "pending":
        spec["driver"]["template"]["spec"]["nodeSelector"] = {"casparian.io/none": "such"}
    if trap == "image":
        spec["image"] = "ghcr.io/casparian/none:000000000000"
    return made


class Lost(SparkJob):
    """Whose first try dies as soon as the job is submitted."""

    def get_or_create_spark_crd(self, launcher: Any, context: Any) -> Any:
        if context["ti"].try_number > 1:
            driver = super().get_or_create_spark_crd(launcher, context)
            told(uid=launcher.spark_obj_spec["metadata"]["uid"])
            return driver
        found = launcher.custom_obj_api.create_namespaced_custom_object(
            group="sparkoperator.k8s.io", version="v1beta2", namespace=self.namespace,
            plural="sparkapplications", body=launcher.body,
        )  # fmt: skip
        told(uid=found["metadata"]["uid"])
        raise RuntimeError("the scheduler is gone")


def told(**what: Any) -> None:
    print("TRIED", json.dumps(what), flush=True)


def failed(context: Any) -> None:
    told(error=str(context.get("exception")))


TRAP = os.environ["TRAP"]
with DAG("traps", schedule=None, start_date=datetime(2025, 1, 1)):
    (Lost if TRAP == "lost" else SparkJob)(
        task_id=TRAP, namespace=os.environ["CASPARIAN_NAMESPACE"], random_name_suffix=False,
        startup_timeout_seconds=20 if TRAP == "pending" else 300, on_failure_callback=failed,
        execution_timeout=timedelta(seconds=60 if TRAP == "endless" else 600),
        retries=1 if TRAP == "lost" else 0, retry_delay=timedelta(seconds=1),
        do_xcom_push=False, **application(TRAP),
    )  # fmt: skip
