"""Formats and agents as Spark data sources. `register(spark)` makes them known by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def register(spark: SparkSession) -> None:
    """`spark.readStream.format("mtconnect")` and whatever else lies here."""
    from spark_jobs.sources.mtconnect import MTConnectSource

    spark.dataSource.register(MTConnectSource)
