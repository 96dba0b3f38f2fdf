"""What an engineer would write by hand: DuckDB splits a historian CSV and rolls it up to Parquet.

No hash, no bronze, no row numbers, no reasons, no ledger, no Delta: the least that could be called
the same work.
"""

from __future__ import annotations

import sys

import duckdb

SOURCE, TARGET = sys.argv[1:3]
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
connection.execute(
    f"""CREATE TEMP TABLE readings AS
    SELECT CAST(timestamp AS TIMESTAMP) AS timestamp, tag_name,
        TRY_CAST(value AS DOUBLE) AS value, quality
    FROM read_csv('{SOURCE}', header = true,
        columns = {{timestamp: VARCHAR, tag_name: VARCHAR, value: VARCHAR, quality: VARCHAR}})"""
)
GOOD = "value IS NOT NULL AND value BETWEEN -40 AND 150 AND quality <> 'Bad'"
connection.execute(f"COPY (FROM readings WHERE {GOOD}) TO '{TARGET}/valid.parquet'")
connection.execute(
    f"COPY (FROM readings WHERE NOT coalesce({GOOD}, false)) TO '{TARGET}/rejected.parquet'"
)
for name, unit in (("hourly", "hour"), ("daily", "day")):
    connection.execute(
        f"""COPY (SELECT tag_name, date_trunc('{unit}', timestamp) AS start,
            count(*) AS reading_count, min(value) AS value_min, max(value) AS value_max,
            avg(value) AS value_mean, arg_min(value, timestamp) AS first_value,
            arg_max(value, timestamp) AS last_value
        FROM readings WHERE {GOOD} GROUP BY ALL) TO '{TARGET}/{name}.parquet'"""
    )
