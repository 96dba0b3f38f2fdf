"""Servers and a Spark session that know Delta and Iceberg, for `bench.table_formats`.

The stack's own S3, PostgreSQL, metastore and Trino, in a folder of their own that is deleted again.
Trino has a catalog ``ice`` beside ``lake``, the store notes each request, and Spark knows the
Iceberg tables of the same metastore as the catalog ``ice``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from local.downloads import maven_jars
from local.metastore import Metastore
from local.object_store import VersityGw
from local.server import Server
from local.stack import HOME, Stack
from local.trino import Trino
from spark_jobs.session import SETTINGS, spark_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LAKE = "s3a://lake/formats"
SHARED = ("hive.metastore.uri", "fs.", "s3.")  # what Trino's catalogs of both formats say alike
EXTENSIONS = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"


class CountedStore(VersityGw):
    """The stack's S3 store with a line a request in a file."""

    @property
    def requests_log(self) -> Path:
        return self.home / "requests.log"

    def command(self, stack: Mapping[str, Server]) -> list[str]:
        program, *words = super().command(stack)
        return [program, "--access-log", str(self.requests_log), *words]

    def requests(self) -> int:
        """How many it has answered."""
        with self.requests_log.open("rb") as file:
            return sum(1 for _ in file)


class BothFormats(Trino):
    """Trino with a catalog of Iceberg tables beside the lake's."""

    def _write_settings(self, stack: Mapping[str, Server]) -> None:
        super()._write_settings(stack)
        catalogs = self.home / "etc" / "catalog"
        lake = (catalogs / "lake.properties").read_text(encoding="utf-8")
        shared = [line for line in lake.splitlines() if line.startswith(SHARED)]
        own = ["connector.name=iceberg", "iceberg.catalog.type=hive_metastore", *shared]
        (catalogs / "ice.properties").write_text("\n".join(own), encoding="utf-8")


@contextmanager
def servers() -> Iterator[Stack]:
    """A stack with both formats and without Airflow; its data goes with it."""
    stack = Stack(HOME.with_name(f"{HOME.name}-formats"))
    stack.down(print)  # what a killed run left
    shutil.rmtree(stack.home, ignore_errors=True)
    kept = {name: stack.servers[name] for name in ("postgres", "metastore")}
    stack.servers = {"s3": CountedStore(stack.home), **kept, "trino": BothFormats(stack.home)}
    try:
        stack.up(print)
        yield stack
    finally:
        stack.down(print)
        shutil.rmtree(stack.home, ignore_errors=True)


@contextmanager
def session(stack: Stack) -> Iterator[SparkSession]:
    """A session with the settings of the jobs, and Iceberg's beside them."""
    jars = Path(tempfile.mkdtemp(prefix="casparian-jars-"))
    for jar in [*maven_jars("s3a"), *maven_jars("iceberg")]:
        (jars / jar.name).symlink_to(jar)
    os.environ.update(stack.environment() | {"CASPARIAN_SPARK_JARS": str(jars)})
    found = spark_session("formats", LAKE, settings=_settings(stack), many_rows=True)
    try:
        yield found
    finally:
        found.stop()
        shutil.rmtree(jars)


def _settings(stack: Stack) -> dict[str, str]:
    metastore = stack.servers["metastore"]
    assert isinstance(metastore, Metastore)
    ice = "spark.sql.catalog.ice"
    return {
        "spark.driver.memory": "3g",
        "spark.sql.extensions": f"{SETTINGS['spark.sql.extensions']},{EXTENSIONS}",
        "spark.databricks.delta.retentionDurationCheck.enabled": "false",
        # VACUUM lists folders in so many tasks; left as it is, ten thousand.
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
        ice: "org.apache.iceberg.spark.SparkCatalog",
        f"{ice}.type": "hive",
        f"{ice}.uri": metastore.uri,
        f"{ice}.warehouse": f"{LAKE}/ice",
        # Left on, Spark sees what others commit up to half a minute late.
        f"{ice}.cache-enabled": "false",
    }
