"""Airflow on PostgreSQL, LocalExecutor: API server, scheduler and DAG processor, a process each.

Not ``airflow standalone``, whose processes outlive it when it is killed and which prints passwords.
Settings and secrets lie in ``airflow/airflow.cfg``, which only the starter reads, and in no
environment, for tasks inherit that. Tasks are processes of the scheduler's session and end with it;
their environment is what jobs on the stack need.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import io
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from local import clients
from local.dag_runs import DagRuns
from local.downloads import StackError
from local.postgres import OWNER, Postgres
from local.private import write_private
from local.server import TICK_S, Server
from tools.java import SENTENCE, find

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv" / "airflow" / "bin" / "python"
DATABASE = "airflow"
USER = "casparian"
ALIVE_S = 20  # a scheduler whose heart has not beaten for so long is dead, and its tasks run anew

LAKE, LANDING, TAG = "s3://lake/plant", "s3://landing/plant", "plant"
# A run is asked for, and not due every hour as on a platform. A server that was killed is back
# within a minute: retries go on for five.
DAGS = {
    "CASPARIAN_LAKE": LAKE,
    "CASPARIAN_LANDING": LANDING,
    "CASPARIAN_TAG": TAG,
    "CASPARIAN_SCHEDULE": "",
    "CASPARIAN_RETRIES": "5",
    "CASPARIAN_RETRY_DELAY": "10",
    "CASPARIAN_DBT_TARGET": "trino",
    "SPARK_LOCAL_IP": "127.0.0.1",
}


class Component(Server):
    """A process of Airflow's. words: its command. part: its name in the report of health."""

    words: ClassVar[tuple[str, ...]]
    part: ClassVar[str]
    ports: ClassVar[tuple[str, ...]] = ()
    needs = ("postgres", "airflow")

    def install(self) -> None:
        if not PYTHON.exists():
            raise StackError("Airflow is not installed: run make install.")

    def command(self, stack: Mapping[str, Server]) -> list[str]:
        self._jobs = _jobs(self._api, stack)
        return [str(PYTHON), "-m", "airflow", *self.words]

    def environment(self) -> dict[str, str]:
        return _environment(self._api.home) | self._jobs

    def start(self, stack: Mapping[str, Server]) -> bool:
        """Start it, anew too where its database was: it gives up then, but not before its last task
        has ended, and plans nothing meanwhile."""
        process, database = self.process, stack["postgres"].process
        since = database.began if database else 0.0
        if process and process.began < since and not self._beats_after(since):
            self.stop()
        return super().start(stack)

    def ready(self) -> bool:
        """Whether its heart beats: its own, not that of one before it."""
        process = self.process
        return process is not None and self._beat() >= process.began

    def _beats_after(self, instant: float) -> bool:
        """Whether its heart beats after an instant (epoch s); waits for it as long as it may."""
        until = time.monotonic() + ALIVE_S
        while self.process is not None and time.monotonic() < until:
            if self._beat() >= instant:
                return True
            time.sleep(TICK_S)
        return False

    def _beat(self) -> float:
        """The last beat of a heart that is alive (epoch s); 0 where there is none."""
        said = self._api.health().get(self.part, {})
        beat = said.get(f"latest_{self.part}_heartbeat")
        if beat is None or said["status"] != "healthy":
            return 0.0
        return datetime.fromisoformat(beat).timestamp()

    @property
    def _api(self) -> Airflow:
        return Airflow(self.home.parent)


class Scheduler(Component):
    """Decides which task is due and runs it, in a process of its own."""

    name = "airflow-scheduler"
    words = ("scheduler", "--skip-serve-logs")  # they are read where they lie
    part = "scheduler"


class DagProcessor(Component):
    """Reads the repository's DAGs."""

    name = "airflow-dags"
    words = ("dag-processor",)
    part = "dag_processor"


class Airflow(Server):
    """The API server with the user interface; its folder is AIRFLOW_HOME of all."""

    name = "airflow"
    needs = ("postgres",)
    install = Component.install

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port()}"

    @property
    def plant(self) -> Path:
        """A plant's folder, whose `exports` the DAGs look into."""
        return self.home.parent / "plant"

    def command(self, stack: Mapping[str, Server]) -> list[str]:
        (self.plant / "exports").mkdir(parents=True, exist_ok=True)
        database = stack["postgres"]
        assert isinstance(database, Postgres)
        write_private(self.home / "airflow.cfg", _config(self._settings(database)))
        write_private(self.home / "passwords.json", json.dumps({USER: self.secret("password")}))
        self._migrate(database)
        return [str(PYTHON), "-m", "airflow", "api-server"]

    def environment(self) -> dict[str, str]:
        return _environment(self.home)

    def ready(self) -> bool:
        return bool(self.health().get("metadatabase", {}).get("status") == "healthy")

    def health(self) -> dict[str, Any]:
        """What it says of all parts of Airflow; nothing where it does not answer."""
        asked = f"{self.url}/api/v2/monitor/health"
        try:
            with urllib.request.urlopen(asked, timeout=5, context=self._trust) as answer:
                return dict(json.load(answer))
        except (urllib.error.URLError, OSError, ValueError):
            return {}

    def runs(self) -> DagRuns:
        """Its API for runs of DAGs, as the one user that it has."""
        return DagRuns(self.url, USER, self.secret("password"), trust=self._trust)

    @property
    def _trust(self) -> ssl.SSLContext | None:
        return self.tls.context() if self.tls else None

    def _migrate(self, database: Postgres) -> None:
        """Its tables, as this version wants them; at once where they are so already."""
        wanted = hashlib.sha256((ROOT / "requirements" / "airflow.txt").read_bytes()).hexdigest()
        done, note = _revision(database), self.home / "migrated"
        if done and note.exists() and note.read_text() == f"{wanted} {done}":
            return
        command = [str(PYTHON), "-m", "airflow", "db", "migrate"]
        with self.log.open("ab") as log:
            failed = subprocess.run(
                command, env=self.environment(), stdout=log, stderr=log, check=False
            ).returncode
        if failed:
            raise StackError(f"Airflow could not make its tables: see {self.log}.")
        note.write_text(f"{wanted} {_revision(database)}")

    def _settings(self, database: Postgres) -> dict[str, dict[str, str]]:
        """By section of its configuration file."""
        port = database.url(DATABASE).partition("://")[2]
        address = f"postgresql+psycopg://{OWNER}:{database.secret('password')}@{port}"
        return {
            "core": {
                "dags_folder": str(ROOT / "dags"),
                "load_examples": "False",
                "executor": "LocalExecutor",
                "parallelism": "4",
                "fernet_key": _fernet(self.secret("fernet")),
                "execution_api_server_url": f"{self.url}/execution/",
                "simple_auth_manager_users": f"{USER}:admin",
                "simple_auth_manager_passwords_file": str(self.home / "passwords.json"),
            },
            "database": {"sql_alchemy_conn": address, "sql_alchemy_conn_async": address},
            "api": {
                "host": "127.0.0.1",
                "port": str(self.port()),
                "base_url": self.url,
                "workers": "1",
                "secret_key": self.secret("session"),
                **self._encrypted(),
            },
            "api_auth": {"jwt_secret": hashlib.sha512(self.secret("jwt").encode()).hexdigest()},
            "logging": {"base_log_folder": str(self.home / "logs")},
            "scheduler": {
                "scheduler_health_check_threshold": str(ALIVE_S),
                "orphaned_tasks_check_interval": str(ALIVE_S),
                "task_instance_heartbeat_timeout": "60",
            },
            "dag_processor": {"parsing_processes": "1"},
            # At its first task the API server is busy for long on a small machine.
            "workers": {"execution_api_timeout": "30"},
            "usage_data_collection": {"enabled": "False"},
        }

    def _encrypted(self) -> dict[str, str]:
        """Also whom its tasks trust, which ask the same server: the stack's authority alone."""
        if self.tls is None:
            return {}
        identity = self.tls.identity(self.home)
        return {
            "ssl_cert": str(identity.certificate),
            "ssl_key": str(identity.key),
            "ssl_ca_file": str(self.tls.certificate),
            "client_use_public_certs": "False",
        }


COMPONENTS = tuple(each.name for each in (Airflow, Scheduler, DagProcessor))


def _jobs(api: Airflow, stack: Mapping[str, Server]) -> dict[str, str]:
    """What DAGs and jobs read of their environment."""
    java = find()
    if java is None:
        raise StackError(SENTENCE)
    places = {
        "JAVA_HOME": str(java),
        "CASPARIAN_PYTHON": sys.executable,
        "CASPARIAN_EXPORTS": str(api.plant / "exports"),
        "CASPARIAN_STATE": str(api.home / "dbt"),
    }
    return DAGS | places | clients.settings(stack)


def _environment(home: Path) -> dict[str, str]:
    """Of any process of Airflow's: no word about another Airflow or another Python."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PYTHON", "PG"))}
    return kept | {"AIRFLOW_HOME": str(home), "NO_COLOR": "1"}


def _config(sections: Mapping[str, Mapping[str, str]]) -> str:
    parser = configparser.RawConfigParser()
    for name, settings in sections.items():
        parser[name] = {key: value.replace("%", "%%") for key, value in settings.items()}
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def _fernet(secret: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).decode()


def _revision(database: Postgres) -> str:
    """Of the tables that are there; empty where there are none."""
    if not database.ask("SELECT to_regclass('alembic_version')", DATABASE).strip():
        return ""
    return database.ask("SELECT version_num FROM alembic_version", DATABASE).strip()
