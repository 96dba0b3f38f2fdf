"""Exports that arrive in the cluster's bucket, runs of DAGs, and the pods that do their work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from casparian.lake.bucket import client
from casparian.lake.store import path_of
from deploy import cluster
from deploy.programs import answer
from deploy.secrets import JOBS, SERVERS
from local.dag_runs import DagRuns, Run
from local.emptied import delete, forget_tables

INBOX, LAKE = "s3://landing/plant", "s3://lake/plant"
DAGS = ("ingest_exports", "build_marts")
LIMIT_S = 1800.0


def clear(runs: DagRuns) -> None:
    """No DAG works or begins, and no job is left."""
    runs.stop(*DAGS)
    for kind in ("sparkapplication.sparkoperator.k8s.io", "pod"):
        answer("kubectl", "-n", JOBS, "delete", kind, "--all", "--wait")


def empty(runs: DagRuns) -> None:
    """As after `make up`: no export, no lake, no table."""
    clear(runs)
    forget_tables(LAKE)
    for bucket in ("landing", "lake"):
        delete(client(), bucket, "")


def put(exports: Path, chosen: Callable[[Path], bool] = lambda path: True) -> None:
    """The exports of which it is so, as a plant's job would lay them into the bucket."""
    bucket, _, prefix = path_of(INBOX).partition("/")
    for path in files(exports):
        if chosen(path):
            key = f"{prefix}/{path.relative_to(exports).as_posix()}"
            client().put_object(Bucket=bucket, Key=key, Body=path.read_bytes())


def files(folder: Path) -> Iterable[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file())


def states(runs: DagRuns, run: Run) -> str:
    return "; ".join(f"{each.name} {each.state} ({each.attempt})" for each in runs.tasks(run))


def well(runs: DagRuns, run: Run) -> None:
    """Waits for a run to end, as it should."""
    assert runs.wait(run, limit_s=LIMIT_S) == "success", states(runs, run)


def attempts(runs: DagRuns, run: Run, task: str) -> set[int]:
    """How often its tasks of that name were tried, mapped ones each."""
    found = (each for each in runs.tasks(run) if each.name.partition("[")[0] == task)
    return {each.attempt for each in found}


def working(role: str) -> list[str]:
    """Pods of Spark jobs that run now: `driver` or `executor`."""
    return [
        each["metadata"]["name"]
        for each in cluster.objects("pod", JOBS)
        if each["metadata"]["labels"].get("spark-role") == role
        and each["status"].get("phase") == "Running"
        and "deletionTimestamp" not in each["metadata"]
    ]


def scheduler() -> str:
    """Airflow's; not one that only waits for its last tasks."""
    (found,) = (
        each["metadata"]["name"]
        for each in cluster.objects("pod", SERVERS)
        if each["metadata"]["name"].startswith("airflow-scheduler")
        and "deletionTimestamp" not in each["metadata"]
    )
    return str(found)


def kill(pod: str, namespace: str = JOBS) -> None:
    """Without a word to it, as a node that fails does."""
    answer("kubectl", "-n", namespace, "delete", "pod", pod, "--grace-period=0", "--force")
