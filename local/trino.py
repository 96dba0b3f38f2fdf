"""Trino: SQL over the lake, PostgreSQL, and the tables that Trino makes up for checks (tpch).

Whom it lets do what is in `local.access`. With TLS every user has a password. Without, there are no
passwords, so there is one user alone, the service user of jobs and dbt, and it may do all that an
admin may; Trino refuses every other name.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import access
from local.downloads import maven_tree
from local.java import java
from local.metastore import Metastore
from local.object_store import KEY, REGION, ObjectStore
from local.postgres import READER, Postgres
from local.private import write_private
from local.server import Server

HEAP = "1536m"  # a year of a plant is built in it; 1g was too little for its readings
PLUGINS = frozenset({
    "delta-lake", "hive", "iceberg", "postgresql", "tpch", "memory", "jmx", "exchange-filesystem",
    "password-authenticators", "resource-group-managers", "session-property-managers",
    "http-event-listener", "geospatial", "ml", "functions-python", "teradata-functions",
})  # fmt: skip


class Trino(Server):
    """One node that coordinates and works. Catalogs: lake (Delta), postgres, tpch."""

    name = "trino"
    needs = ("s3", "postgres", "metastore")
    wait_s = 400.0  # 20 s of its own on two free cores; a busy machine gave it a tenth of one

    def install(self) -> None:
        maven_tree(self.name, PLUGINS.__contains__)
        trino_java()

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://127.0.0.1:{self.port()}"

    @property
    def scheme(self) -> str:
        """https or http."""
        return "https" if self.tls else "http"

    def client(self, user: str = access.SERVICE) -> dict[str, Any]:
        """What `trino.dbapi.connect` takes to be that user."""
        from requests import Session
        from trino.auth import BasicAuthentication

        found: dict[str, Any] = {"host": "127.0.0.1", "port": self.port(), "user": user}
        if self.tls is None:
            return found
        session = Session()
        session.verify = str(self.tls.certificate)
        session.trust_env = False  # else REQUESTS_CA_BUNDLE says whom it trusts
        return found | {
            "http_scheme": self.scheme, "auth": BasicAuthentication(user, self.password(user)),
            "http_session": session,
        }  # fmt: skip

    def password(self, user: str) -> str:
        """A user's password."""
        return self.secret(f"user-{user}")

    def command(self, stack: Mapping[str, Server]) -> list[str]:
        self._write_settings(stack)
        tree = maven_tree(self.name)
        path = os.pathsep.join(map(str, sorted((tree / "lib").glob("*.jar"))))
        options = [
            "-server", f"-Xmx{HEAP}", "-XX:+ExitOnOutOfMemoryError",
            "-XX:ReservedCodeCacheSize=256M", "-XX:PerMethodRecompilationCutoff=10000",
            "-XX:PerBytecodeRecompilationCutoff=10000", "-Djdk.attach.allowAttachSelf=true",
            "-Djdk.nio.maxCachedBufferSize=2000000", "-Dfile.encoding=UTF-8",
            "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow", "-Duser.timezone=UTC",
            f"-Dconfig={self.home / 'etc' / 'config.properties'}",
            f"-Dlog.levels-file={self.home / 'etc' / 'log.properties'}",
            f"-Dcatalog.config-dir={self.home / 'etc' / 'catalog'}",
            f"-Dplugin.dir={tree / 'plugin'}", f"-Dnode.data-dir={self.home / 'data'}",
            "-Dnode.environment=stack", "-Dnode.id=one",
            *([self.tls.java_option()] if self.tls else []),
        ]  # fmt: skip
        return [str(trino_java()), *options, "-cp", path, "io.trino.server.TrinoServer"]

    def environment(self) -> dict[str, str]:
        return os.environ | self._secrets

    def ready(self) -> bool:
        try:
            trust = self.tls.context() if self.tls else None
            with urllib.request.urlopen(f"{self.url}/v1/info", timeout=2, context=trust) as answer:
                return b'"starting":false' in answer.read()
        except (urllib.error.URLError, OSError):
            return False

    def _write_settings(self, stack: Mapping[str, Server]) -> None:
        store, database, metastore = stack["s3"], stack["postgres"], stack["metastore"]
        assert isinstance(store, ObjectStore)
        assert isinstance(database, Postgres)
        assert isinstance(metastore, Metastore)
        self._secrets = {
            "TRINO_S3_SECRET": store.secret("key"),
            "TRINO_POSTGRES_PASSWORD": database.secret("reader"),
            "TRINO_SHARED_SECRET": self.secret("shared"),
        }
        etc = self.home / "etc"
        (etc / "catalog").mkdir(parents=True, exist_ok=True)
        _write(etc / "config.properties", _server() | self._door(etc))
        _write(etc / "log.properties", {"io.trino": "INFO"})
        _write(etc / "catalog" / "lake.properties", _lake(store, metastore) | _own_rules(etc))
        _write(etc / "catalog" / "postgres.properties", _postgres(database))
        _write(etc / "catalog" / "tpch.properties", {"connector.name": "tpch"})
        _write_access(etc, alone=self.tls is None)

    def _door(self, etc: Path) -> dict[str, str]:
        """How it is reached, and how it knows who asks."""
        if self.tls is None:
            return {
                "http-server.http.port": str(self.port()),
                "discovery.uri": self.url,
                "http-server.authentication.insecure.user-mapping.pattern": f"({access.SERVICE})",
                "web-ui.enabled": "false",
            }
        users = [user for users in access.USERS.values() for user in users]
        known = access.passwords({user: self.password(user) for user in users})
        write_private(etc / "passwords", known)
        named = {"password-authenticator.name": "file", "file.password-file": etc / "passwords"}
        _write(etc / "password-authenticator.properties", named)
        return {
            "http-server.http.enabled": "false",
            "http-server.https.enabled": "true",
            "http-server.https.port": str(self.port()),
            "http-server.https.keystore.path":
                str(self.tls.identity(self.home).pem(self.home / "server.pem")),
            "http-server.authentication.type": "PASSWORD",
            "internal-communication.https.required": "true",
            "internal-communication.https.truststore.path": str(self.tls.certificate),
            "discovery.uri": self.url,
        }  # fmt: skip


def _server() -> dict[str, str]:
    return {
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "node.internal-address": "127.0.0.1",
        "node.bind-ip": "127.0.0.1",
        "internal-communication.shared-secret": "${ENV:TRINO_SHARED_SECRET}",
        "query.max-memory-per-node": "800MB",
        "memory.heap-headroom-per-node": "200MB",
        "catalog.management": "static",
    }


def _lake(store: ObjectStore, metastore: Metastore) -> dict[str, str]:
    encrypted = {
        "hive.metastore.thrift.client.ssl.enabled": "true",
        "hive.metastore.thrift.client.ssl.trust-certificate": str(metastore.tls.certificate),
    } if metastore.tls else {}  # fmt: skip
    return encrypted | {
        "connector.name": "delta_lake",
        "hive.metastore": "thrift",
        "hive.metastore.uri": metastore.uri,
        "fs.native-s3.enabled": "true",
        "fs.hadoop.enabled": "false",
        "s3.endpoint": store.endpoint,
        "s3.region": REGION,
        "s3.path-style-access": "true",
        "s3.aws-access-key": KEY,
        "s3.aws-secret-key": "${ENV:TRINO_S3_SECRET}",
        "delta.enable-non-concurrent-writes": "true",
        "delta.unique-table-location": "false",
        "delta.register-table-procedure.enabled": "true",
    }


def _postgres(database: Postgres) -> dict[str, str]:
    return {
        "connector.name": "postgresql",
        "connection-url": "jdbc:" + database.url("erp"),
        "connection-user": READER,
        "connection-password": "${ENV:TRINO_POSTGRES_PASSWORD}",
    }


def _write_access(etc: Path, alone: bool) -> None:
    """The files of `local.access`, and those that name them."""
    _write_json(etc / "rules.json", access.system_rules())
    _write_json(etc / "lake-rules.json", access.catalog_rules("lake"))
    _write_json(etc / "queues.json", access.queues())
    (etc / "groups").write_text(access.groups(alone), encoding="utf-8")
    _write(
        etc / "access-control.properties",
        {"access-control.name": "file", "security.config-file": etc / "rules.json"},
    )
    _write(
        etc / "group-provider.properties",
        {"group-provider.name": "file", "file.group-file": etc / "groups"},
    )
    _write(etc / "resource-groups.properties",
           {"resource-groups.configuration-manager": "file",
            "resource-groups.config-file": etc / "queues.json"})  # fmt: skip


def _own_rules(etc: Path) -> dict[str, str]:
    """A catalog's procedures ask the catalog, not Trino, what a user may do."""
    return {"delta.security": "file", "security.config-file": str(etc / "lake-rules.json")}


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _write(path: Path, settings: Mapping[str, object]) -> None:
    text = "".join(f"{name}={value}\n" for name, value in settings.items())
    path.write_text(text, encoding="utf-8")


def trino_java() -> Path:
    return java(24, 99, "Trino", "TRINO_JAVA_HOME")
