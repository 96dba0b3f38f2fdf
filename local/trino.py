"""Trino: SQL over the lake, PostgreSQL, and the tables that Trino makes up for checks (tpch)."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from local.downloads import maven_tree
from local.java import java
from local.metastore import Metastore
from local.object_store import KEY, REGION, ObjectStore
from local.postgres import OWNER, Postgres
from local.server import Server

HEAP = "1g"
PLUGINS = frozenset({
    "delta-lake", "hive", "iceberg", "postgresql", "tpch", "memory", "jmx", "exchange-filesystem",
    "password-authenticators", "resource-group-managers", "session-property-managers",
    "http-event-listener", "geospatial", "ml", "functions-python", "teradata-functions",
})  # fmt: skip


class Trino(Server):
    """One node that coordinates and works. Catalogs: lake (Delta), postgres, tpch."""

    name = "trino"
    needs = ("s3", "postgres", "metastore")
    wait_s = 180.0

    def install(self) -> None:
        maven_tree(self.name, PLUGINS.__contains__)
        _java()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port()}"

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
        ]  # fmt: skip
        return [str(_java()), *options, "-cp", path, "io.trino.server.TrinoServer"]

    def environment(self) -> dict[str, str]:
        return os.environ | self._secrets

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/v1/info", timeout=2) as answer:
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
            "TRINO_POSTGRES_PASSWORD": database.secret("password"),
        }
        etc = self.home / "etc"
        (etc / "catalog").mkdir(parents=True, exist_ok=True)
        _write(etc / "config.properties", _server(self.port()))
        _write(etc / "log.properties", {"io.trino": "INFO"})
        _write(etc / "catalog" / "lake.properties", _lake(store, metastore))
        _write(etc / "catalog" / "postgres.properties", _postgres(database))
        _write(etc / "catalog" / "tpch.properties", {"connector.name": "tpch"})


def _server(port: int) -> dict[str, str]:
    return {
        "coordinator": "true",
        "node-scheduler.include-coordinator": "true",
        "http-server.http.port": str(port),
        "node.internal-address": "127.0.0.1",
        "node.bind-ip": "127.0.0.1",
        "discovery.uri": f"http://127.0.0.1:{port}",
        "query.max-memory-per-node": "400MB",
        "memory.heap-headroom-per-node": "200MB",
        "catalog.management": "static",
    }


def _lake(store: ObjectStore, metastore: Metastore) -> dict[str, str]:
    return {
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
        "connection-user": OWNER,
        "connection-password": "${ENV:TRINO_POSTGRES_PASSWORD}",
    }


def _write(path: Path, settings: Mapping[str, str]) -> None:
    text = "".join(f"{name}={value}\n" for name, value in settings.items())
    path.write_text(text, encoding="utf-8")


def _java() -> Path:
    return java(24, 99, "Trino", "TRINO_JAVA_HOME")
