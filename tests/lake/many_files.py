"""A table of many small files, and what its rows are, to compare before and after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from casparian.lake.settle import write_parts
from casparian.lake.store import Lake

VALUES = "silver_equipment.historian_values"
START = datetime(2025, 10, 1, tzinfo=UTC)
SCHEMA = pa.schema(
    [
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("tag_name", pa.string()),
        ("value", pa.float64()),
        ("value_text", pa.string()),
        ("_source_hash", pa.string()),
        ("_source_row", pa.int64()),
        ("_ingested_at", pa.timestamp("us", tz="UTC")),
    ]
)
COUNTED = ("timestamp", "tag_name", "value", "_source_row", "_source_hash")


def readings(file: int, rows: int = 200, tags: int = 40) -> pa.Table:
    """One file's: an hour of readings of all tags in turn, with gaps, NaN and texts among them."""
    source = f"{file:064x}"
    found = [
        {
            "timestamp": START + timedelta(hours=file, seconds=18 * row),
            "tag_name": f"HAM-MC1.TI-{row % tags:03d}.PV",
            "value": float("nan") if row % 50 == 7 else None if row % 50 == 9 else row / 7,
            "value_text": "Open" if row % 50 == 9 else None,
            "_source_hash": source,
            "_source_row": row + 1,
            "_ingested_at": START + timedelta(days=30, seconds=file),
        }
        for row in range(rows)
    ]
    return pa.Table.from_pylist(found, SCHEMA)


def commit_each(lake: Lake, tables: Iterable[pa.Table], address: str = VALUES) -> None:
    """One commit a table, as landings make them."""
    for table in tables:
        source = table["_source_hash"][0].as_py()
        lake.commit(address, table.schema, write_parts(lake, address, table, COUNTED), [source])


def rows_of(lake: Lake, address: str = VALUES) -> list[str]:
    """The rows as sorted text; NaN is equal to itself there."""
    table = lake.read(address)
    return [] if table is None else sorted(str(row) for row in table.to_pylist())


def files_touched(lake: Lake, address: str = VALUES, **wanted: tuple[Any, Any]) -> int:
    """Files whose least and greatest values do not rule out a column between two values."""
    table = lake.delta(address)
    assert table is not None
    files = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return sum(all(_may_hold(file, name, *ends) for name, ends in wanted.items()) for file in files)


def _may_hold(file: dict[str, Any], name: str, low: Any, high: Any) -> bool:
    return bool(file[f"min.{name}"] <= high and file[f"max.{name}"] >= low)
