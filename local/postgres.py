"""PostgreSQL: the metastore's and Airflow's database, and a plant's ERP for federation."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.downloads import StackError, program
from local.private import write_private
from local.server import Server

SENTENCE = "PostgreSQL was not found: install it (Debian: postgresql, macOS: brew postgresql@15)."
FOLDERS = (*sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True),)
DATABASES = ("metastore", "airflow", "erp")
OWNER = "casparian"
READER = "reader"  # of the ERP, for Trino: may select there and nothing else
SETTINGS = {
    "listen_addresses": "127.0.0.1", "password_encryption": "scram-sha-256", "max_connections": 100,
    "shared_buffers": "64MB", "logging_collector": "off", "timezone": "UTC", "log_timezone": "UTC",
}  # fmt: skip
# Who comes in, and how; pg_hba.conf. The socket is for whoever may enter the cluster's folder.
ACCESS = """\
{kind} all all 127.0.0.1/32 scram-sha-256
"""
# A statement that fails goes to the log, but not one that holds a password.
READS = """
SET log_min_error_statement = panic;
SELECT 'CREATE ROLE {name} LOGIN' WHERE NOT EXISTS (
  SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
ALTER ROLE {name} PASSWORD '{password}';
REVOKE CREATE ON SCHEMA public FROM public;
GRANT USAGE ON SCHEMA public TO {name};
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {name};
"""


class Postgres(Server):
    """One cluster with a database for each user of it; passwords by SCRAM, also on loopback."""

    name = "postgres"
    end_signal = signal.SIGINT  # at SIGTERM it waits until every client has gone

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.home / "data"

    def install(self) -> None:
        closed, user = self._closed(), self.user()
        if closed is not None:
            raise StackError(
                f"PostgreSQL runs as the user {user}, who cannot pass {closed}: allow it (chmod o+x"
                f" {closed}) or name another place in CASPARIAN_STACK_HOME."
            )
        _program("postgres")

    def user(self) -> str | None:
        """PostgreSQL refuses to run as root: Debian's user for it, or nobody."""
        return _other_user() if os.geteuid() == 0 else None

    def command(self, stack: Mapping[str, Server]) -> list[str]:
        if not (self.data / "PG_VERSION").exists():
            self._make()
        own = {"port": self.port(), "unix_socket_directories": str(self.data)}
        settings = SETTINGS | own | self._encrypted()
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
        self.ask(READS.format(name=READER, password=self.secret("reader")), "erp")

    def ask(self, sql: str, database: str = "postgres", file: Path | None = None) -> str:
        """What psql answers, unadorned. file: SQL to run instead. Raises StackError."""
        command = [
            _program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
            "-p", str(self.port()), "-U", OWNER, "-d", database, "-f", str(file or "-"),
        ]  # fmt: skip
        environment = self.environment() | self._client()
        done = subprocess.run(
            command, env=environment, check=False, capture_output=True, text=True, input=sql
        )
        if done.returncode:
            raise StackError(f"PostgreSQL refused: {done.stderr.strip()}")
        return done.stdout

    def url(self, database: str, scheme: str = "postgresql") -> str:
        """Address of a database for libpq and for JDBC, without user and password."""
        trust = f"?sslmode=verify-full&sslrootcert={self.tls.certificate}" if self.tls else ""
        return f"{scheme}://127.0.0.1:{self.port()}/{database}{trust}"

    def _client(self) -> dict[str, str]:
        """What psql is told."""
        trust = self.tls.clients() if self.tls else {}
        return trust | {"PGPASSWORD": self.secret("password")}

    def _encrypted(self) -> dict[str, str]:
        """Settings of TLS; with it, an unencrypted connection finds no line that lets it in."""
        kind = "hostssl" if self.tls else "host"
        write_private(self.data / "pg_hba.conf", ACCESS.format(kind=kind))
        given = [self.data / "pg_hba.conf"]
        if self.tls is not None:
            identity = self.tls.identity(self.data)
            given += [identity.certificate, identity.key]
        self._give(*given)
        return {"ssl": "on" if self.tls else "off"}

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

    def _closed(self) -> Path | None:
        """The first folder on the way to its own that its user cannot pass; None without one."""
        user = self.user()
        above = [path for path in reversed(self.home.resolve().parents) if path.is_dir()]
        return next((path for path in above if user and not _passes(path, user)), None)

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


def _passes(folder: Path, user: str) -> bool:
    """Whether a user may go through a folder, by its mode alone."""
    import pwd

    found, who = folder.stat(), pwd.getpwnam(user)
    if found.st_uid == who.pw_uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid in os.getgrouplist(user, who.pw_gid):
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def _program(name: str) -> str:
    return program(name, SENTENCE, FOLDERS)
