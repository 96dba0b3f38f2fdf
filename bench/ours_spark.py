"""The same with the Spark job: scan, plan, land."""

from __future__ import annotations

import sys
from pathlib import Path

from casparian.lake.scan import scan
from casparian.lake.store import Lake
from spark_jobs.ingest_exports import land, plan

if __name__ == "__main__":
    lake = Lake.at(sys.argv[2])
    scan(lake, Path(sys.argv[1]), "bench")
    rows = [row for batch in plan(lake, "bench") for row in land(lake, "bench", batch["batch"])]
    print(sum(row["records_read"] for row in rows), "records")
    sys.exit(any(row["status"] != "landed" for row in rows))
