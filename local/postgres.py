"""PostgreSQL: the metastore's and Airflow's database, and a plant's ERP for federation."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.downloads import StackError, program
from local.server import Server, write_private

SENTENCE = "PostgreSQL was not found: install it (Debian: postgresql, macOS: brew postgresql@15)."
FOLDERS = (*sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True),)
DATABASES = ("metastore", "airflow", "erp")
OWNER = "casparian"
SETTINGS = {
    "listen_addresses": "127.0.0.1", "password_encryption": "scram-sha-256", "max_connections": 100,
    "shared_buffers": "64MB", "logging_collector": "off", "timezone": "UTC", "log_timezone": "UTC",
}  # fmt: skip


class Postgres(Server):
    """One cluster with a database for each user of it; passwords by SCRAM, also on loopback."""

    name = "postgres"
    end_signal = signal.SIGINT  # at SIGTERM it waits until every client has gone

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.home / "data"

    def install(self) -> None:
        _program("postgres")

    def user(self) -> str | None:
        """PostgreSQL refuses to run as root: Debian's user for it, or nobody."""
        return _other_user() if os.geteuid() == 0 else None

    def command(self, stack: Mapping[str, Server]) -> list[str]:
        if not (self.data / "PG_VERSION").exists():
            self._make()
        settings = SETTINGS | {"port": self.port(), "unix_socket_directories": str(self.data)}
        words = [f"--{name}={value}" for name, value in settings.items()]
        return [_program("postgres"), "-D", str(self.data), *words]

    def environment(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith("PG")}

    def ready(self) -> bool:
        asked = [_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port())]
        return subprocess.run(asked, check=False).returncode == 0

    def after_start(self) -> None:
        there = self.ask("SELECT datname FROM pg_database").split()
        for name in DATABASES:
            if name not in there:
                self.ask(f"CREATE DATABASE {name}")

    def ask(self, sql: str, database: str = "postgres", file: Path | None = None) -> str:
        """What psql answers, unadorned. file: SQL to run instead. Raises StackError."""
        what = ["-f", str(file)] if file else ["-c", sql]
        command = [
            _program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
            "-p", str(self.port()), "-U", OWNER, "-d", database, *what,
        ]  # fmt: skip
        environment = self.environment() | {"PGPASSWORD": self.secret("password")}
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return done.stdout

    def url(self, database: str, scheme: str = "postgresql") -> str:
        """Address of a database, without user and password."""
        return f"{scheme}://127.0.0.1:{self.port()}/{database}"

    def _make(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        given = self.home / "given.secret"  # as its user may read it, for the moment
        write_private(given, self.secret("password"))
        self._give(self.home, self.data, given)
        command = [
            _program("initdb"), "-D", str(self.data), "-U", OWNER, "-E", "UTF8", "--locale=C",
            "--auth=scram-sha-256", f"--pwfile={given}", "--no-sync",
        ]  # fmt: skip
        user = self.user()
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=self.data, user=user,
            group=user, extra_groups=[] if user else None,
        )  # fmt: skip
        given.unlink()
        if done.returncode:
            shutil.rmtree(self.data)
            raise StackError(f"PostgreSQL could not make its cluster: {done.stderr.strip()}")

    def _give(self, *paths: Path) -> None:
        """To PostgreSQL's user, who must reach his data through the folders above."""
        user = self.user()
        if user is not None:
            for path in paths:
                shutil.chown(path, user, user)


def _other_user() -> str:
    import pwd

    names = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _program(name: str) -> str:
    return program(name, SENTENCE, FOLDERS)
