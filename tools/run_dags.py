"""Run DAGs to their end in one process, without a server: what `make demo` does with Airflow.

    .venv/airflow/bin/python tools/run_dags.py ingest_exports build_marts \
        --exports DIR --lake DIR --tag TAG --home DIR

Airflow's own state (SQLite) and the whole log lie below `--home`; the screen gets a line a task,
and what a job says in words (no JSON, none of Spark's own lines). `--prepare` only makes the empty
database, so that a later run need not. Ends with 0 when every run succeeded, else with 1 and the
last words of the task that failed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

from job_words import NOISE, TAIL

ROOT = Path(__file__).resolve().parents[1]
DAGS = ROOT / "dags"
FROM_JOB = re.compile(r"\[\w+ *\] (?P<text>.*?) *\[airflow\.task\.hooks\S*SubprocessHook\]")
TASK = re.compile(
    r"\[DAG TEST\] (?P<what>starting|end task) task_id=(?P<task>\S+) map_index=(?P<index>-?\d+)"
)
RUN = "[RUN] "
SILENCE_S = 10


def main() -> int:
    options = _options()
    blank = options.blank / "airflow.db"
    if not blank.exists():
        _migrate(options.blank)
    if options.prepare:
        return 0
    options.home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(blank, options.home / "airflow.db")
    _configure(options.home)
    os.environ["CASPARIAN_EXPORTS"] = _absolute(options.exports)
    os.environ["CASPARIAN_LAKE"] = _absolute(options.lake)
    os.environ["CASPARIAN_TAG"] = options.tag
    os.environ.setdefault("CASPARIAN_RETRIES", "0")  # someone is waiting: fail at once
    return run(options.dags, options.home / "dags.log")


def run(dag_ids: list[str], log: Path) -> int:
    """Run the DAGs one after the other; 0 when all succeeded."""
    screen = _keep_screen(log)
    stop = threading.Event()
    follower = threading.Thread(target=_follow, args=(log, screen, stop))
    follower.start()
    try:
        failed = _run_all(dag_ids, screen)
    finally:
        stop.set()
        follower.join()
        os.dup2(screen.fileno(), 2)  # a traceback of ours is for the screen
    if failed:
        _last_words(log, failed, screen)
    screen.flush()
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run DAGs to their end, without a server.")
    parser.add_argument("dags", nargs="*", help="DAG ids, in this order")
    parser.add_argument("--exports", default=str(ROOT / "exports"))
    parser.add_argument("--lake", default=str(ROOT / "lake"))
    parser.add_argument("--tag", default="exports")
    parser.add_argument("--home", type=Path, default=ROOT / ".local" / "airflow" / "run")
    parser.add_argument("--blank", type=Path, default=ROOT / ".local" / "airflow" / "blank")
    parser.add_argument("--prepare", action="store_true", help="only make the empty database")
    options = parser.parse_args()
    options.home, options.blank = options.home.resolve(), options.blank.resolve()
    return options


def _absolute(place: str) -> str:
    """Jobs run in another folder than the caller. An address such as s3:// stays."""
    return place if "://" in place else str(Path(place).resolve())


def _configure(home: Path) -> None:
    """Airflow without examples, telemetry or anything outside `home`."""
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__UNIT_TEST_MODE="False",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home / 'airflow.db'}",
        AIRFLOW__LOGGING__BASE_LOG_FOLDER=str(home / "logs"),
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
        NO_COLOR="1",
    )


def _migrate(blank: Path) -> None:
    """An empty database, whole or not at all."""
    unfinished = blank.with_name("unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.rmtree(blank, ignore_errors=True)
    unfinished.mkdir(parents=True)
    environment = dict(os.environ)
    _configure(unfinished)
    airflow = [sys.executable, "-m", "airflow", "db", "migrate"]
    done = subprocess.run(
        airflow, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    os.environ.clear()
    os.environ.update(environment)
    if done.returncode:
        sys.exit(f"{done.stdout[-2000:]}\nAirflow could not make its database in {unfinished}.")
    unfinished.rename(blank)


def _keep_screen(log: Path) -> TextIO:
    """Send all that Airflow says to `log`; what is returned still writes to the screen."""
    sys.stdout.flush()
    screen = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8", errors="replace")
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    return screen


def _run_all(dag_ids: list[str], screen: TextIO) -> str:
    """The id of the first DAG that failed, or nothing."""
    from airflow.dag_processing.dagbag import BundleDagBag

    bag = BundleDagBag(dag_folder=str(DAGS), bundle_path=DAGS, bundle_name="dags-folder")
    if bag.import_errors:
        print(*bag.import_errors.values(), sep="\n", file=screen)
        return next(iter(bag.import_errors))
    for dag_id in dag_ids:
        started = time.monotonic()
        state = bag.dags[dag_id].test().state
        print(f"{RUN}{dag_id}: {state}, {time.monotonic() - started:.1f} s", flush=True)
        if state != "success":
            return dag_id
    return ""


def _follow(log: Path, screen: TextIO, stop: threading.Event) -> None:
    """Tell the screen about tasks and their progress as the log grows."""
    teller = Teller(screen)
    line = ""
    with log.open(encoding="utf-8", errors="replace") as file:
        while True:
            last_look = stop.is_set()
            while part := file.readline():
                line += part
                if line.endswith("\n"):
                    teller.hear(line)
                    line = ""
            if last_look:
                return
            teller.breathe()
            stop.wait(0.2)


class Teller:
    """Turns the log's lines into the screen's: fewer, shorter, and never long silence."""

    def __init__(self, screen: TextIO) -> None:
        self.screen = screen
        self.started: dict[str, float] = {}
        self.last_word = time.monotonic()

    def hear(self, line: str) -> None:
        task = TASK.search(line)
        if task and task["what"] == "starting":
            self.started[_name(task)] = time.monotonic()
            self.say(f"  {_name(task)} …")
        elif task:
            started = self.started.pop(_name(task))
            self.say(f"  {_name(task)}: {time.monotonic() - started:.1f} s")
        elif line.startswith(RUN):
            self.say(f"  DAG {line.removeprefix(RUN).rstrip()}")
        elif (said := FROM_JOB.search(line)) and not NOISE.match(said["text"]):
            self.say(f"    {said['text']}")

    def breathe(self) -> None:
        """A sign of life where a task has been silent for a while."""
        if self.started and time.monotonic() - self.last_word > SILENCE_S:
            name, started = next(reversed(self.started.items()))
            self.say(f"    {name} works, {time.monotonic() - started:.0f} s so far")

    def say(self, words: str) -> None:
        print(words, file=self.screen)
        self.last_word = time.monotonic()


def _name(task: re.Match[str]) -> str:
    return task["task"] if task["index"] == "-1" else f"{task['task']}[{task['index']}]"


def _last_words(log: Path, failed: str, screen: TextIO) -> None:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    said = [match["text"] for line in lines if (match := FROM_JOB.search(line))]
    last_command = max((i for i, text in enumerate(said) if text.startswith("Running ")), default=0)
    said = said[last_command:]
    print(*said[-TAIL:], sep="\n", file=screen)
    print(f"The DAG {failed} failed. The whole log: {log}", file=screen)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # Airflow's in-process server takes seconds to say goodbye
