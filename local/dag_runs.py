"""Runs of DAGs, asked for and followed through Airflow's REST API."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from local.downloads import StackError

TICK_S = 1.0
ENDED = ("success", "failed")
FROM_JOB = "SubprocessHook"  # the logger of what a command prints


@dataclass(frozen=True)
class Run:
    """A run of a DAG, by Airflow's own name for it."""

    dag_id: str
    run_id: str

    @property
    def path(self) -> str:
        """Where the API has it."""
        return f"/api/v2/dags/{self.dag_id}/dagRuns/{urllib.parse.quote(self.run_id)}"


@dataclass(frozen=True)
class TaskState:
    """What a task of a run is doing. attempt: 1 for the first. seconds: None before its end."""

    name: str
    state: str
    attempt: int
    seconds: float | None


Look = Callable[[list[TaskState]], None]


class DagRuns:
    """The API of an Airflow whose users log in with a password.

    patience_s: how long it may not answer, while a server behind it is started anew. trust: whose
    certificate it must show, where it is not one that this machine knows. Raises StackError with
    one sentence for what the API refuses or never answers.
    """

    def __init__(
        self, url: str, user: str, password: str, patience_s: float = 120.0,
        trust: ssl.SSLContext | None = None,
    ):  # fmt: skip
        self.url, self.patience_s, self.trust = url, patience_s, trust
        self._login = {"username": user, "password": password}

    def start(self, dag_id: str) -> Run:
        """Ask for a run now; the DAG must be known and is switched on."""
        self.switch_on(dag_id)
        answer = self._ask("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None})
        return Run(dag_id, answer["dag_run_id"])

    def switch_on(self, dag_id: str) -> None:
        """Let it run, as soon as Airflow has read its file: a DAG that is switched off only waits.

        Runs that an asset or a schedule asks for begin with this too.
        """
        until = time.monotonic() + self.patience_s
        while dag_id not in {dag["dag_id"] for dag in self._ask("GET", "/api/v2/dags")["dags"]}:
            if time.monotonic() > until:
                raise StackError(f"Airflow does not know the DAG {dag_id}.")
            time.sleep(TICK_S)
        self._ask("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})

    def stop(self, *dag_ids: str) -> None:
        """Switch DAGs off and end what they do: their runs fail, their tasks are told to go."""
        for dag_id in dag_ids:
            self._ask("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": True})
            for run in self.active(dag_id, "running", "queued"):
                self._ask("PATCH", run.path, {"state": "failed"})

    def active(self, dag_id: str, *states: str) -> list[Run]:
        """The runs of a DAG that are in one of some states."""
        query = urllib.parse.urlencode([("state", state) for state in states])
        found = self._ask("GET", f"/api/v2/dags/{dag_id}/dagRuns?{query}")["dag_runs"]
        return [Run(dag_id, each["dag_run_id"]) for each in found]

    def caused(self, dag_id: str, since: datetime) -> Run:
        """The first run of a DAG after an instant, for which an asset has asked; waits for it."""
        query = urllib.parse.urlencode({"run_after_gte": since.isoformat(), "order_by": "id"})
        until = time.monotonic() + self.patience_s
        while True:
            runs = self._ask("GET", f"/api/v2/dags/{dag_id}/dagRuns?{query}")["dag_runs"]
            if runs:
                return Run(dag_id, runs[0]["dag_run_id"])
            if time.monotonic() > until:
                raise StackError(f"Nothing has started {dag_id} since {since:%H:%M:%S}.")
            time.sleep(TICK_S)

    def state(self, run: Run) -> str:
        """``queued``, ``running``, ``success`` or ``failed``."""
        return str(self._ask("GET", run.path)["state"])

    def tasks(self, run: Run) -> list[TaskState]:
        """Its tasks in the order in which they started, one an item of a mapped one."""
        found = self._ask("GET", f"{run.path}/taskInstances?order_by=start_date")
        return [_task(each) for each in found["task_instances"]]

    def wait(self, run: Run, look: Look = lambda tasks: None, limit_s: float = 3600.0) -> str:
        """Until a run has ended; its state. look: gets its tasks, again and again."""
        until = time.monotonic() + limit_s
        while True:
            state = self.state(run)
            look(self.tasks(run))
            if state in ENDED:
                return state
            if time.monotonic() > until:
                raise StackError(f"{run.dag_id} still runs after {limit_s:.0f} s.")
            time.sleep(TICK_S)

    def words(self, run: Run, task: TaskState) -> list[str]:
        """What a task's job has said so far in its present attempt, line by line."""
        name, _, index = task.name.partition("[")
        place = f"{run.path}/taskInstances/{name}/logs/{task.attempt}"
        query = f"?map_index={index[:-1] or -1}&full_content=true"
        log = self._ask("GET", place + query)["content"]
        said = [line["event"] for line in log if FROM_JOB in line.get("logger", "")]
        begin = said.index("Output:") + 1 if "Output:" in said else len(said)
        return [line for line in said[begin:] if not line.startswith("Command exited")]

    @cached_property
    def _token(self) -> str:
        return str(self._answer("POST", "/auth/token", self._login, {})["access_token"])

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer, asked for again while the server is away or in need of another."""
        until = time.monotonic() + self.patience_s
        while True:
            try:
                return self._answer(method, path, body, {"Authorization": f"Bearer {self._token}"})
            except urllib.error.HTTPError as error:
                said = error.read().decode(errors="replace")
                if error.code < 500:
                    raise StackError(f"Airflow refuses {method} {path}: {said[:300]}") from error
            except (urllib.error.URLError, OSError) as error:
                said = str(error)
            if time.monotonic() > until:
                raise StackError(f"Airflow at {self.url} does not answer: {said[:300]}")
            time.sleep(TICK_S)

    def _answer(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        data = None if body is None else json.dumps(body).encode()
        kinds = {"Content-Type": "application/json", "Accept": "application/json"}
        asked = urllib.request.Request(
            self.url + path, data=data, method=method, headers=headers | kinds
        )
        with urllib.request.urlopen(asked, timeout=30, context=self.trust) as answer:
            return json.load(answer)


def now() -> datetime:
    """This instant, as `caused` takes it."""
    return datetime.now(UTC)


def _task(found: dict[str, Any]) -> TaskState:
    index = found["map_index"]
    name = found["task_id"] if index < 0 else f"{found['task_id']}[{index}]"
    return TaskState(name, found["state"] or "waits", found["try_number"], found["duration"])
