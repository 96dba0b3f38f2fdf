"""How a DAG runs a job: one function, two forms.

A DAG file names jobs; it never knows how they are started. `submit` turns a job and its
arguments into an operator: a process on this machine (`CASPARIAN_SUBMIT=local`, the default), or
a SparkApplication or a pod on Kubernetes (`CASPARIAN_SUBMIT=kubernetes`, see
`submit_kubernetes.py`).

Environment, read when the DAGs are parsed:

- `CASPARIAN_EXPORTS`, `CASPARIAN_LAKE`, `CASPARIAN_TAG`: what to read, where to write, under which
  tag. Folders or `s3://` addresses. Defaults: `exports` and `lake` in the repository, `exports`.
- `CASPARIAN_PYTHON`: the Python that holds the jobs. Default: `.venv/core` of the repository.
- `CASPARIAN_SCHEDULE`: when new exports are looked for. Default `@hourly`; empty: when asked.
- `CASPARIAN_RETRIES`: how often a failed task is tried again. Default 3.
- `CASPARIAN_RETRY_DELAY`: seconds before the first retry, each next one waits twice as long.
  Default 60.

An unknown form raises `ValueError`, which Airflow shows as an import error.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import Asset

ROOT = Path(__file__).resolve().parents[1]

EXPORTS = os.environ.get("CASPARIAN_EXPORTS", str(ROOT / "exports"))
LAKE = os.environ.get("CASPARIAN_LAKE", str(ROOT / "lake"))
TAG = os.environ.get("CASPARIAN_TAG", "exports")
SCHEDULE = os.environ.get("CASPARIAN_SCHEDULE", "@hourly") or None

SILVER = Asset("casparian://silver")
GOLD = Asset("casparian://gold")

RETRIES: dict[str, Any] = {
    "retries": int(os.environ.get("CASPARIAN_RETRIES", "3")),
    "retry_delay": timedelta(seconds=int(os.environ.get("CASPARIAN_RETRY_DELAY", "60"))),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
    "execution_timeout": timedelta(hours=2),
}


def submit(
    job: str,
    args: Sequence[str],
    *,
    task_id: str,
    each: Any = None,
    output: Callable[[Any], Any] | None = None,
    **operator: Any,
) -> Any:
    """One task that runs `job` with `args`.

    job: `casparian` for the command line of the library, else the name of a module in
        `spark_jobs`.
    each: result of an earlier task, a list of texts; makes one task an item, with the item as
        the last argument.
    output: turns the JSON that the job prints as its last line into the task's result.
    operator: what every operator takes (outlets, trigger_rule, …).
    """
    kind, fixed, command = _form()(job, task_id, output)
    settings = {"task_id": task_id, "do_xcom_push": output is not None, **fixed, **operator}
    if each is None:
        return kind(**settings, **command(args))
    return kind.partial(**settings).expand_kwargs(each.map(lambda item: command([*args, item])))


def _form() -> Callable[..., Any]:
    name = os.environ.get("CASPARIAN_SUBMIT", "local")
    if name == "local":
        return _local
    if name == "kubernetes":
        from submit_kubernetes import form

        return form  # type: ignore[no-any-return]
    raise ValueError(f"CASPARIAN_SUBMIT is '{name}': use 'local' or 'kubernetes'.")


def _local(job: str, task_id: str, output: Callable[[Any], Any] | None) -> Any:
    """A process of the jobs' own Python, in the repository's root."""
    python = Path(os.environ.get("CASPARIAN_PYTHON", ROOT / ".venv" / "core" / "bin" / "python"))
    library = [str(python.parent / "casparian")]
    program = library if job == "casparian" else [str(python), "-m", f"spark_jobs.{job}"]
    settings: dict[str, Any] = {"cwd": str(ROOT)}
    if output is not None:
        settings["output_processor"] = lambda line: output(json.loads(line))
    return BashOperator, settings, lambda args: {"bash_command": shlex.join([*program, *args])}
