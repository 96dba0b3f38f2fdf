"""What a Spark user would write by hand: read.csv with a schema, written as Delta.

No check, no bronze, no lineage.
"""

from __future__ import annotations

import sys

from spark_jobs.session import spark_session

source, target = sys.argv[1:3]
spark = spark_session("peer", target)
schema = "timestamp timestamp, tag_name string, value double, quality string"
spark.read.csv(source, schema=schema, header=True).write.format("delta").save(f"{target}/values")
spark.stop()
