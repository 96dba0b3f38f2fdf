"""Reads all that an agent holds with Spark, once, into Parquet:
`python -m tests.spark_jobs.stream_agent URL FOLDER RUN...`, a run being TABLE[,OPTION=VALUE]..."""

from __future__ import annotations

import sys
from typing import Any

from pyspark.errors import StreamingQueryException

from spark_jobs.session import spark_session
from spark_jobs.sources import register


def main(url: str, folder: str, *runs: str) -> None:
    """Prints why a run failed, and goes on with the next."""
    spark = spark_session("stream_agent", f"{folder}/lake")
    register(spark)
    for run in runs:
        table, *options = run.split(",")
        reader = spark.readStream.format("mtconnect").option("url", url).option("table", table)
        for option in options:
            reader = reader.option(*option.split("=", 1))
        read(reader.load(), folder, table)
    spark.stop()


def read(rows: Any, folder: str, table: str) -> None:
    """All that there is, into FOLDER/TABLE."""
    state = f"{folder}/state/{table}"
    writer = rows.writeStream.format("parquet").option("checkpointLocation", state)
    query = writer.start(f"{folder}/{table}")
    try:
        query.processAllAvailable()
    except StreamingQueryException as error:
        print(f"failed: {error}")
    finally:
        query.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
