"""How Delta and Iceberg are spoken by Spark and by Trino."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psutil

from bench.formats.stack import LAKE, CountedStore
from local.stack import Stack
from local.trino import Trino

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TARGET = 8 << 20  # bytes of a file after compaction
SETTINGS = {
    "spark.databricks.delta.optimize.maxFileSize": str(TARGET),
    "spark.databricks.delta.optimize.minFileSize": str(TARGET),
}


@dataclass(frozen=True)
class Format:
    """A format's own words.

    on_spark, on_trino: a table's address, `{}` its name. folder: of its tables in the lake. using:
    of a new table. compact, expire, live (files and bytes): statements for Spark, with `{table}`
    for the address, `{short}` for it without the catalog, `{now}` for this instant.
    """

    name: str
    on_spark: str
    on_trino: str
    folder: str
    database: str
    using: str
    compact: str
    expire: str
    live: str

    def spark(self, sql: str, table: str) -> str:
        """A statement with the address of a table on Spark."""
        address = self.on_spark.format(table)
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return sql.format(table=address, short=address.split(".", 1)[1], now=now)

    def trino(self, sql: str, table: str) -> str:
        """The same for Trino."""
        return sql.format(table=self.on_trino.format(table))


DELTA = Format(
    name="Delta",
    on_spark="spark_catalog.formats_delta.{}",
    on_trino="lake.formats_delta.{}",
    folder="delta",
    database=f"CREATE DATABASE formats_delta LOCATION '{LAKE}/delta'",
    using="USING delta TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')",
    compact="OPTIMIZE {table} ZORDER BY (tag_name, reading_at)",
    expire="VACUUM {table} RETAIN 0 HOURS",
    live="DESCRIBE DETAIL {table}",
)
ICEBERG = Format(
    name="Iceberg",
    on_spark="ice.formats_ice.{}",
    on_trino="ice.formats_ice.{}",
    folder="ice",
    database=f"CREATE DATABASE ice.formats_ice LOCATION '{LAKE}/ice'",
    using=(
        "USING iceberg TBLPROPERTIES ('format-version' = '2', 'write.delete.mode' ="
        " 'merge-on-read', 'write.merge.mode' = 'merge-on-read', 'write.update.mode' ="
        " 'merge-on-read', 'write.parquet.compression-codec' = 'snappy')"
    ),
    compact=(
        "CALL ice.system.rewrite_data_files(table => '{short}', strategy => 'sort', sort_order =>"
        " 'zorder(tag_name, reading_at)', options => map('rewrite-all', 'true',"
        f" 'target-file-size-bytes', '{TARGET}', 'remove-dangling-deletes', 'true'))"
    ),
    expire=(
        "CALL ice.system.expire_snapshots(table => '{short}', older_than => TIMESTAMP '{now}',"
        " retain_last => 1)"
    ),
    live=(
        "SELECT count(*) AS numFiles, sum(file_size_in_bytes) AS sizeInBytes FROM {table}.files"
        " WHERE content = 0"
    ),
)
FORMATS = (DELTA, ICEBERG)


@dataclass(frozen=True)
class Engines:
    """Spark and Trino on one stack, asked about tables of either format."""

    stack: Stack
    session: SparkSession

    def prepare(self) -> None:
        """A schema for each format."""
        for name, value in SETTINGS.items():
            self.session.conf.set(name, value)
        for kind in FORMATS:
            self.session.sql(kind.database)

    def spark(self, kind: Format, table: str, sql: str) -> list[Any]:
        """Rows of a statement on Spark."""
        return self.session.sql(kind.spark(sql, table)).collect()

    def trino(self, kind: Format, table: str, sql: str) -> tuple[list[Any], dict[str, Any]]:
        """Rows of a statement on Trino, and what it says of its work."""
        from trino.dbapi import connect

        server = self.stack.servers["trino"]
        assert isinstance(server, Trino)
        cursor = connect(**server.client()).cursor()  # type: ignore[no-untyped-call]
        rows = cursor.execute(kind.trino(sql, table)).fetchall()
        return rows, cursor.stats

    @property
    def store(self) -> CountedStore:
        found = self.stack.servers["s3"]
        assert isinstance(found, CountedStore)
        return found

    def objects(self, kind: Format, table: str) -> list[int]:
        """Bytes of each object below a table."""
        prefix = f"formats/{kind.folder}/{table}/"
        asked = self.store.client().get_paginator("list_objects_v2")
        pages = asked.paginate(Bucket="lake", Prefix=prefix)
        return [each["Size"] for page in pages for each in page.get("Contents", ())]

    def spark_cpu(self, work: Callable[[], object]) -> float:
        """Processor seconds of Spark's Java while it does this."""
        gateway: Any = self.session.sparkContext._gateway
        java = psutil.Process(gateway.proc.pid)
        before = sum(java.cpu_times()[:2])
        work()
        return float(sum(java.cpu_times()[:2]) - before)
