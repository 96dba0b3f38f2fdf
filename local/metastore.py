"""The Hive metastore on PostgreSQL: what Spark and Trino call the tables, and where they lie."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from local import loopback
from local.downloads import maven_jars, maven_tree
from local.java import SMALL, java
from local.object_store import KEY, REGION, ObjectStore
from local.postgres import OWNER, Postgres
from local.private import write_private
from local.server import Server

DATABASE = "metastore"
SCHEMA = "scripts/metastore/upgrade/postgres/hive-schema-{version}.postgres.sql"
FROM_SPARK = (
    "hadoop-client-api", "hadoop-client-runtime", "httpclient", "httpcore", "slf4j-api",
    "jcl-over-slf4j", "log4j-api", "log4j-core", "log4j-1.2-api", "log4j-slf4j2-impl",
    "commons-cli", "commons-collections", "commons-codec",
)  # fmt: skip
MAIN = "org.apache.hadoop.hive.metastore.HiveMetaStore"


class Metastore(Server):
    """Hive's standalone metastore, 3.1: both Spark's and Trino's clients speak with it."""

    name = "metastore"
    needs = ("postgres", "s3")

    def install(self) -> None:
        maven_tree(self.name)
        maven_jars("postgres-jdbc")
        maven_jars("s3a")
        loopback.java_option(class_path(), _java())

    @property
    def uri(self) -> str:
        """Its address for Thrift clients."""
        return f"thrift://127.0.0.1:{self.port()}"

    def command(self, stack: Mapping[str, Server]) -> list[str]:
        database, store = stack["postgres"], stack["s3"]
        assert isinstance(database, Postgres)
        assert isinstance(store, ObjectStore)
        self._schema(database)
        settings = _settings(database) | self._encrypted()
        write_private(self.home / "metastore-site.xml", _site(settings))
        write_private(self.home / "core-site.xml", _site(_s3a(store)))
        jars = class_path()
        path = os.pathsep.join([str(self.home), *map(str, jars)])
        options = ["-Xmx256m", *SMALL, "-Dmetastore.root.logger=INFO,console"]
        options += [loopback.java_option(jars, _java())]
        options += [self.tls.java_option()] if self.tls else []
        return [str(_java()), *options, "-cp", path, MAIN, "-p", str(self.port())]

    def ready(self) -> bool:
        """Whether it takes a connection: it listens only once its tables were read."""
        with socket.socket() as asked:
            asked.settimeout(1)
            return asked.connect_ex(("127.0.0.1", self.port())) == 0

    def _encrypted(self) -> dict[str, str]:
        if self.tls is None:
            return {}
        password = self.secret("keystore")
        path = self.tls.identity(self.home).key_store(self.home / "server.p12", password)
        return {
            "metastore.use.SSL": "true",
            "metastore.keystore.path": str(path),
            "metastore.keystore.password": password,
        }

    def _schema(self, database: Postgres) -> None:
        """Its tables, by Hive's own script: left to make them itself it deadlocks."""
        if database.ask("SELECT to_regclass('\"VERSION\"')", DATABASE).strip():
            return
        database.ask("", DATABASE, schema_script())


def _java() -> Path:
    return java(17, 23, "The Hive metastore", "JAVA_HOME")


def schema_script() -> Path:
    """Hive's own, for PostgreSQL, of the version that is pinned."""
    home = maven_tree(Metastore.name)
    version = home.name.split("-")[3].rsplit(".", 1)[0] + ".0"
    return home / SCHEMA.format(version=version)


def class_path() -> list[Path]:
    """The metastore's own jars, then Hadoop's as pyspark brings them, then S3A and the driver.

    Its own logging is older than Hadoop's and would hide it.
    """
    import pyspark

    spark = Path(pyspark.__file__).parent / "jars"
    own = sorted((maven_tree(Metastore.name) / "lib").glob("*.jar"))
    own = [jar for jar in own if not jar.name.startswith("log4j")]
    hadoop = [jar for name in FROM_SPARK for jar in sorted(spark.glob(f"{name}-[0-9]*.jar"))]
    return [*own, *hadoop, *maven_jars("s3a"), *maven_jars("postgres-jdbc")]


def _settings(database: Postgres) -> dict[str, str]:
    return {
        "metastore.warehouse.dir": "s3a://lake/",
        "metastore.thrift.uris": "",
        # The default names a class that only the whole of Hive has.
        "metastore.task.threads.always": "org.apache.hadoop.hive.metastore.events.EventCleanerTask",
        "metastore.expression.proxy":
            "org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy",
        "hive.async.log.enabled": "false",
        "metastore.try.direct.sql": "true",
        "javax.jdo.option.ConnectionDriverName": "org.postgresql.Driver",
        "javax.jdo.option.ConnectionURL": "jdbc:" + database.url(DATABASE),
        "javax.jdo.option.ConnectionUserName": OWNER,
        "javax.jdo.option.ConnectionPassword": database.secret("password"),
    }  # fmt: skip


def _s3a(store: ObjectStore) -> dict[str, str]:
    return {
        # Trino and the laptop engine say s3://, Spark s3a://.
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "fs.s3a.endpoint": store.endpoint,
        "fs.s3a.endpoint.region": REGION,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.access.key": KEY,
        "fs.s3a.secret.key": store.secret("key"),
        "fs.s3a.connection.ssl.enabled": str(store.tls is not None).lower(),
    }


def _site(settings: Mapping[str, str]) -> str:
    rows = (
        f"<property><name>{name}</name><value>{escape(value)}</value></property>"
        for name, value in settings.items()
    )
    return "<configuration>" + "".join(rows) + "</configuration>"
