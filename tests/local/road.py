"""Runs of DAGs on the tests' servers: exports that arrive, tasks that work, servers that die."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from local.airflow import Airflow
from local.dag_runs import DagRuns, Run, TaskState
from local.stack import Stack

PATIENCE_S = 600.0
Done = Callable[[], bool]


def arrive(airflow: Airflow, exports: Path) -> None:
    """A plant's exports lie where the DAGs look for them."""
    shutil.rmtree(airflow.plant, ignore_errors=True)
    shutil.copytree(exports, airflow.plant / "exports")


def last_words(runs: DagRuns, run: Run) -> str:
    failed = [task for task in runs.tasks(run) if task.state == "failed"]
    return "\n".join(line for task in failed for line in runs.words(run, task)[-20:])


def task_of(runs: DagRuns, run: Run, name: str) -> TaskState:
    waits = TaskState(name, "waits", 0, None)
    return next((task for task in runs.tasks(run) if task.name == name), waits)


def said(runs: DagRuns, run: Run, name: str) -> str:
    return "\n".join(runs.words(run, task_of(runs, run, name)))


def until(happened: Done, what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(0.2)


def running(runs: DagRuns, run: Run, name: str) -> None:
    """Waits until a task works in its first attempt."""

    until(lambda: _works(task_of(runs, run, name)), f"{name} of {run.dag_id}")


def _works(task: TaskState) -> bool:
    return (task.state, task.attempt) == ("running", 1)


def kill(stack: Stack, name: str) -> None:
    """As the machine kills a process that takes too much memory, and what is started anew then."""
    found = stack.servers[name].process
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)
    until(lambda: not found.runs(), f"the end of {name}")
    stack.up(print)
