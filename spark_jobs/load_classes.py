"""Starts Spark once, lets it do a little of what the jobs do, and keeps the classes that it loaded.

``python -m spark_jobs.load_classes ARCHIVE`` is what ``spark_jobs.jars`` runs at installation.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from spark_jobs import session

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

STATEMENTS = (
    "CREATE OR REPLACE TABLE gold_quality.a USING delta AS SELECT id, id % 3 AS g FROM range(9)",
    "CREATE OR REPLACE TABLE gold_quality.a USING delta AS SELECT id, id % 3 AS g FROM range(9)",
    "INSERT INTO gold_quality.a SELECT 10, 1",
    "CREATE OR REPLACE VIEW b AS SELECT g, collect_list(array(cast(id AS string))) AS l, "
    "cast(sum(cast(id AS decimal(38, 18))) AS double) AS s FROM gold_quality.a GROUP BY g",
    "SELECT *, max(id) OVER (PARTITION BY a.g ORDER BY id) AS m FROM gold_quality.a AS a "
    "LEFT JOIN b ON a.g = b.g AND a.id > b.s UNION ALL SELECT 1, 1, 1, NULL, 1.0, 1",
    "SHOW TABLE EXTENDED IN gold_quality LIKE '*'",
    "DESCRIBE EXTENDED gold_quality.a",
)


def unchanged(batches: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    """What a Python worker does with its batches here: nothing."""
    yield from batches


def exercise(spark: SparkSession) -> None:
    """Reads and writes Delta, joins, sorts, sums, and sends rows through a Python worker."""
    for statement in STATEMENTS:
        spark.sql(statement).collect()
    spark.range(3).mapInArrow(unchanged, "id bigint").collect()


def main(archive: str) -> int:
    """Runs Spark and waits until Java has written the archive."""
    session.JAVA_OPTIONS += f' -Xlog:disable -XX:ArchiveClassesAtExit="{archive}"'
    with tempfile.TemporaryDirectory() as lake:
        spark = session.spark_session("load_classes", lake)
        exercise(spark)
        gateway = spark.sparkContext._gateway
        spark.stop()
        return _end(gateway)


def _end(gateway: Any) -> int:
    """Ends Java, which a stopped session leaves running; its exit status."""
    gateway.proc.stdin.close()
    return int(gateway.proc.wait(timeout=120))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
