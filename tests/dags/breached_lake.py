"""A lake with a breach of a contract and a warning, and its repair; run by the jobs' own Python.

    python tests/dags/breached_lake.py breach|repair|marts|told LAKE

`marts` writes one mart as its model describes it; `told` prints the results that the lake keeps, as
JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from casparian.contracts.model import load
from casparian.lake.landed import LINEAGE
from casparian.lake.models import Models
from casparian.lake.store import Lake

START = datetime(2025, 10, 25, tzinfo=UTC)
HASH = "b" * 64
READINGS = [
    {"timestamp": START + timedelta(minutes=place), "tag_name": "TT-1", "quality": quality}
    for place, quality in enumerate(("Good", "Good", "Bad", "Good"))
]
NAMES = {"machine_id": "M1", "line_id": "L1", "product_id": "P1", "order_id": "O1"}
COUNTS = [NAMES | {"total_count": 3.0, "good_count": 4.0}]


def breach(lake: Lake) -> None:
    """Rows past the contract: a reading of bad quality, more good parts than parts."""
    _put(lake, "historian", "historian_values", [row | {"value": 1.0} for row in READINGS])
    interval = {"interval_start": START, "interval_end": START}
    _put(lake, "production", "production_counts", [row | interval for row in COUNTS])


def _put(lake: Lake, contract: str, table: str, rows: list[dict[str, Any]]) -> None:
    about = load(contract).tables[table]
    lineage = {"_source_hash": HASH, "_source_path": "bad.csv", "_ingested_at": START}
    full = [row | lineage | {"_source_row": place} for place, row in enumerate(rows, 1)]
    data = pa.Table.from_pylist(full, pa.schema([*about.schema, *LINEAGE]))
    write_deltalake(lake.table_uri(about.silver), data)


def repair(lake: Lake) -> None:
    DeltaTable(lake.table_uri("silver_equipment.historian_values")).delete("quality = 'Bad'")


def marts(lake: Lake) -> None:
    model = Models.find().document("dim_date")
    assert model is not None
    row = {column["name"]: [1] for column in model["columns"]}
    write_deltalake(lake.table_uri("gold_production.dim_date"), pa.table(row), mode="overwrite")


def told(lake: Lake) -> None:
    names = ["run_id", "address", "expectation", "severity", "success", "examples"]
    table = lake.read("ops.expectations", names)
    print(json.dumps(table.to_pylist() if table else []))


if __name__ == "__main__":
    {"breach": breach, "repair": repair, "marts": marts, "told": told}[sys.argv[1]](
        Lake.at(sys.argv[2])
    )
