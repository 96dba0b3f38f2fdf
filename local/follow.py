"""``python -m local.follow ingest_exports build_marts``: run DAGs and show how they fare.

The first one is asked for through Airflow's REST API, each next one is expected of an asset. A line
when a task starts and one when it ends, and in between what its job says in words. Exit 0 when
every run succeeded, else 1 and the last words of the task that failed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

from local.airflow import Airflow
from local.dag_runs import DagRuns, Run, TaskState, now
from local.downloads import StackError
from local.stack import HOME
from tools.job_words import NOISE, TAIL

WORDS_S = 3.0  # between two looks at what a task says
WAITING = ("waits", "scheduled", "queued")
Print = Callable[[str], None]


class Follower:
    """Tells what happens to the tasks of a run. say: gets a line."""

    def __init__(self, runs: DagRuns, run: Run, say: Print):
        self.runs, self.run, self.say = runs, run, say
        self._told: dict[str, tuple[str, int]] = {}
        self._said: dict[tuple[str, int], int] = {}
        self._looked = 0.0

    def look(self, tasks: list[TaskState]) -> None:
        """Tell what is new."""
        for task in tasks:
            known = self._told.get(task.name)
            if known == (task.state, task.attempt) or task.state in WAITING:
                continue
            self._told[task.name] = task.state, task.attempt
            if task.state == "running":
                again = f", attempt {task.attempt}" if task.attempt > 1 else ""
                self.say(f"  {task.name}{again} …")
            else:
                self._words(task)
                self.say(f"  {task.name}: {_ended(task)}")
        if time.monotonic() - self._looked > WORDS_S:
            self._looked = time.monotonic()
            for task in tasks:
                if task.state == "running":
                    self._words(task)

    def last_words(self, tasks: list[TaskState]) -> None:
        """What those tasks said at their end that failed."""
        for task in tasks:
            if task.state == "failed":
                self.say(f"{task.name} failed. Its last words:")
                for line in self.runs.words(self.run, task)[-TAIL:]:
                    self.say(f"    {line}")

    def _words(self, task: TaskState) -> None:
        """What a job has said since the last look, no JSON and none of Spark's own lines."""
        said = self.runs.words(self.run, task)
        first = self._said.get((task.name, task.attempt), 0)
        self._said[task.name, task.attempt] = len(said)
        for line in said[first:]:
            if not NOISE.match(line):
                self.say(f"    {line}")


def _ended(task: TaskState) -> str:
    seconds = "" if task.seconds is None else f"{task.seconds:.1f} s"
    return seconds if task.state == "success" else f"{task.state.replace('_', ' ')} {seconds}"


def follow(runs: DagRuns, dags: Sequence[str], say: Print) -> bool:
    """Run DAGs one after the other; whether all succeeded."""
    for dag_id in dags:
        runs.switch_on(dag_id)
    since = now()
    for number, dag_id in enumerate(dags):
        began = time.monotonic()
        run = runs.caused(dag_id, since) if number else runs.start(dag_id)
        follower = Follower(runs, run, say)
        state = runs.wait(run, follower.look)
        say(f"  DAG {dag_id}: {state}, {time.monotonic() - began:.1f} s")
        if state != "success":
            follower.last_words(runs.tasks(run))
            return False
    return True


def main() -> None:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m local.follow", description=__doc__)
    parser.add_argument("dags", nargs="+", help="DAG ids, in the order in which they run")
    given = parser.parse_args()
    try:
        done = follow(Airflow(HOME).runs(), given.dags, lambda line: print(line, flush=True))
    except StackError as error:
        sys.exit(f"make stack: {error}")
    sys.exit(0 if done else 1)


if __name__ == "__main__":
    main()
