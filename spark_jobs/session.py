"""A Spark session over one lake, the same for every job.

``spark_session("job", lake)`` gives Spark with Delta, in UTC, quiet, and small enough for a laptop
with two cores; a cluster says its master to spark-submit or in ``SPARK_MASTER``, and its sizes in
its own settings. The jars come from ``spark_jobs.jars``, so no network is needed to start.

The catalog lives in memory: the lake's folders are the truth, and a table's address
``<layer>_<domain>.<table>`` is the Delta folder ``LAKE/<layer>/<domain>/<table>``. ``register``
tells the catalog of them. On a platform the catalog is a Hive metastore, which other engines read
too, and the lake lies on S3 (``s3://bucket``): the environment names both.

======================== ===========================================================
``CASPARIAN_METASTORE``   the metastore's address (``thrift://host:port``)
``AWS_ENDPOINT_URL``      of an S3 store that is not Amazon's; ``AWS_REGION`` and the
                          keys as every client of S3 reads them
``CASPARIAN_SPARK_JARS``  folder of further jars, such as those of S3A
``CASPARIAN_TRUST_STORE`` Java's file of whom to trust, where the store and the metastore
                          have certificates of an authority of their own
======================== ===========================================================
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from spark_jobs import log_store
from spark_jobs.jars import JarsMissingError, class_archive_option, delta_jars

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DOMAINS = ("production", "quality", "equipment", "materials")
LOGGING = Path(__file__).with_name("log4j2.properties").as_uri()
LAYERS = ("silver", "gold")

# What every job means by Spark, wherever it runs.
SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.showConsoleProgress": "false",
    **log_store.SETTINGS,
}

# What makes it quick on one machine; a cluster has its own in spark-defaults or in the application.
# Measured on two cores. Without these a small Delta query spends its time on 200 tasks and on
# compiling hot code twice; with the first compiler alone the usual 48 MiB for its code run full
# after half a minute, and everything is interpreted from then on. Java begins with little room for
# classes and for what lives shortly, and stops hundreds of times until it has found enough.
ONE_COMPILER = "-XX:TieredStopAtLevel=1"
JAVA_OPTIONS = (
    f"{ONE_COMPILER} -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC "
    "-XX:MetaspaceSize=256m -XX:NewSize=320m -Duser.timezone=UTC"
)
# Loops over some hundred millions of rows earn back the second compiler; ten millions do not, and
# what runs less often never does.
TWO_COMPILERS = (
    "-XX:Tier4InvocationThreshold=60000 -XX:Tier4MinInvocationThreshold=20000 "
    "-XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=500000"
)
ON_ONE_MACHINE = {
    "spark.sql.shuffle.partitions": "2",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.ui.enabled": "false",
    "spark.driver.extraJavaOptions": JAVA_OPTIONS,
    "spark.driver.memory": os.environ.get("SPARK_DRIVER_MEMORY", "1g"),
}


class NoJavaError(RuntimeError):
    """Spark could not start for want of a Java; one sentence."""


def spark_session(
    app_name: str,
    lake: str,
    *,
    tables: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    many_rows: bool = False,
) -> SparkSession:
    """Starts (or takes) the process's session and registers ``tables`` of the lake.

    lake      folder or URI of the lake
    tables    address → columns as DDL (``a STRING, b DOUBLE``), see ``register``
    settings  of this job on one machine, where they differ from ``ON_ONE_MACHINE``
    many_rows whether it goes through hundreds of millions of rows
    Raises ``spark_jobs.jars.JarsMissingError`` when the jars of Delta, or of S3A where the lake is
    on S3, are not there, ``NoJavaError`` when there is no Java that Spark runs on.
    """
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if _on_one_machine():
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        if lake.startswith(("s3://", "s3a://")):
            _check_s3a()
    builder = SparkSession.builder.appName(app_name)
    if master := _master():
        builder = builder.master(master)
    for name, value in {**_settings(settings or {}, many_rows), **_services()}.items():
        builder = builder.config(name, value)
    session = _started(builder)
    session.sparkContext.setLogLevel("ERROR")
    register(session, lake, tables or {})
    return session


def _settings(of_job: Mapping[str, str], many_rows: bool = False) -> dict[str, str]:
    quick = {**ON_ONE_MACHINE, **of_job} if _on_one_machine() else {}
    return {**SETTINGS, **quick, **_places(many_rows)}


def _master() -> str | None:
    """None where spark-submit started this process, and has said it."""
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    return os.environ.get("SPARK_MASTER") or (None if submitted else "local[2]")


def _on_one_machine() -> bool:
    return (_master() or "").startswith("local")


def _started(builder: SparkSession.Builder) -> SparkSession:
    from pyspark.errors import PySparkRuntimeError

    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        if error.getCondition() != "JAVA_GATEWAY_EXITED":
            raise
        raise NoJavaError(
            "Spark did not start: it needs Java 17 or newer, on the PATH or in JAVA_HOME."
        ) from error


def _scratch() -> str:
    """A folder for what SQL makes on the way, gone with the process."""
    folder = tempfile.mkdtemp(prefix="casparian-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder).as_uri()


def _places(many_rows: bool) -> dict[str, str]:
    """Settings that name files: jars, and a warehouse for what must not land in the lake.

    On one machine the jars are on Java's own class path, so that classes may come from the archive
    of ``spark_jobs.jars``; a cluster is sent those that its Spark has not among its own.
    """
    jars = [*delta_jars(), *_further_jars()]
    places = {"spark.sql.warehouse.dir": _scratch()}
    if _on_one_machine():
        places["spark.driver.extraClassPath"] = os.pathsep.join(map(str, jars))
        java = JAVA_OPTIONS.replace(ONE_COMPILER, TWO_COMPILERS) if many_rows else JAVA_OPTIONS
        options = (java, f'-Dlog4j2.configurationFile="{LOGGING}"', class_archive_option())
        places["spark.driver.extraJavaOptions"] = " ".join([*options, *_trust()])
    else:
        own = {jar.name for jar in _own_jars()}
        places["spark.jars"] = ",".join(jar.as_uri() for jar in jars if jar.name not in own)
    return places


def _further_jars() -> list[Path]:
    jars = _given_jars()
    return [*jars, log_store.jar([*delta_jars(), *jars])] if _has_s3a(jars) else jars


def _given_jars() -> list[Path]:
    folder = os.environ.get("CASPARIAN_SPARK_JARS")
    return sorted(Path(folder).glob("*.jar")) if folder else []


def _has_s3a(jars: Iterable[Path]) -> bool:
    return any(jar.name.startswith("hadoop-aws-") for jar in jars)


def _own_jars() -> list[Path]:
    """Of the Spark that runs here."""
    import pyspark

    home = Path(os.environ.get("SPARK_HOME") or Path(pyspark.__file__).parent)
    return list((home / "jars").glob("*.jar"))


def _check_s3a() -> None:
    if not _has_s3a([*_own_jars(), *_given_jars()]):
        raise JarsMissingError(
            "Spark reads S3 through S3A and no hadoop-aws jar was found: name the folder of its"
            " jars in CASPARIAN_SPARK_JARS, as `make stack` does."
        )


def _services() -> dict[str, str]:
    """Settings of the metastore and S3 store that the environment names; its keys stay there."""
    settings = {}
    metastore, endpoint = (os.environ.get(n) for n in ("CASPARIAN_METASTORE", "AWS_ENDPOINT_URL"))
    if metastore:
        settings["spark.sql.catalogImplementation"] = "hive"
        hive = "spark.hadoop.hive.metastore"
        settings[f"{hive}.uris"] = metastore
        if trust := os.environ.get("CASPARIAN_TRUST_STORE"):
            settings |= {f"{hive}.use.SSL": "true", f"{hive}.truststore.path": trust}
    if endpoint:
        s3a = "spark.hadoop.fs.s3a"
        # the places of tables that Trino made begin with s3://
        settings["spark.hadoop.fs.s3.impl"] = "org.apache.hadoop.fs.s3a.S3AFileSystem"
        settings[f"{s3a}.endpoint"] = endpoint
        settings[f"{s3a}.endpoint.region"] = os.environ.get("AWS_REGION", "us-east-1")
        settings[f"{s3a}.path.style.access"] = "true"
        # 507 of a full disk is no passing fault; S3's client itself repeats 500, 502, 503 and 504
        settings[f"{s3a}.retry.http.5xx.errors"] = "false"
        settings[f"{s3a}.connection.ssl.enabled"] = str(endpoint.startswith("https")).lower()
    return settings


def _trust() -> list[str]:
    store = os.environ.get("CASPARIAN_TRUST_STORE")
    return [f'-Djavax.net.ssl.trustStore="{store}"'] if store else []


def table_path(lake: str, address: str) -> str:
    """Folder or URI of a table: ``silver_equipment.alarms`` → ``LAKE/silver/equipment/alarms``."""
    schema, table = address.split(".")
    return f"{schema_path(lake, schema)}/{table}"


def schema_path(lake: str, schema: str) -> str:
    """Folder or URI of a schema's tables: ``silver_equipment`` → ``LAKE/silver/equipment``."""
    return "/".join((_root(lake), *schema.split("_", 1)))


def _root(lake: str) -> str:
    """The lake as Spark reads it; a local path absolute, with ``/`` and without percent signs."""
    if "://" in lake:
        return lake.rstrip("/").replace("s3://", "s3a://", 1)
    return Path(lake).resolve().as_posix()


def register(session: SparkSession, lake: str, tables: Mapping[str, str]) -> None:
    """Makes tables known by their address.

    A Delta folder becomes an external table. One that is not there yet becomes an empty view with
    the columns given, so that a question about a table in which nothing has landed has the answer
    "no rows" and not an error; with no columns given it is left out.
    """
    for schema in schemas():
        session.sql(f"CREATE DATABASE IF NOT EXISTS {schema}{_location(lake, schema)}")
    for address, columns in tables.items():
        path = table_path(lake, address)
        if is_table(path):
            session.sql(
                f"CREATE TABLE IF NOT EXISTS {address} USING delta LOCATION {_quoted(path)}"
            )
        elif columns:
            session.sql(f"CREATE VIEW IF NOT EXISTS {address} AS {_no_rows(columns)}")


def schemas() -> Iterable[str]:
    """The schemas whose tables SQL reads and writes."""
    return tuple(f"{layer}_{domain}" for layer in LAYERS for domain in DOMAINS)


def is_table(path: str) -> bool:
    """Whether a Delta table lies at a path or URI."""
    from deltalake import DeltaTable

    return bool(DeltaTable.is_deltatable(path))


def _location(lake: str, schema: str) -> str:
    """New gold tables go into the lake; silver ones are only read, so need no folder.

    A metastore's schemas all have one: other engines may write where Spark does not.
    """
    if not schema.startswith("gold_") and not os.environ.get("CASPARIAN_METASTORE"):
        return ""
    return f" LOCATION {_quoted(schema_path(lake, schema))}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _no_rows(columns: str) -> str:
    """A query with these columns and no rows."""
    casts = []
    for column in columns.split(","):
        name, kind = column.split()
        casts.append(f"CAST(NULL AS {kind}) AS {name}")
    return f"SELECT {', '.join(casts)} WHERE FALSE"
