"""Small historian exports, and everything that a lake holds as plain values to compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from casparian.lake.ledger import Ledger
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import LEDGER, Lake

HEADER = "Timestamp,Tag,Value,Quality\n"
TAGS = "tag_name,description,units,range_low,range_high,zero_allowed,data_type,interval_s\n"


def write_tags(folder: Path, high: float, name: str = "tags.csv") -> None:
    """A tag list with TI-1 (limits -40 and `high`) and PI-2 (that cannot rest at zero)."""
    rows = f"TI-1,Bath,degC,-40,{high:g},true,float,60\nPI-2,Main,bar,0,10,false,float,60\n"
    (folder / name).write_text(TAGS + rows, "utf-8")


def write_readings(folder: Path, name: str, hour: int, values: list[str]) -> None:
    """One reading of TI-1 a minute from 2025-10-28 at this hour; 'Bad' is a Bad reading of 1."""
    lines = [
        f"2025-10-28T{hour:02d}:{minute:02d}:00Z,TI-1,"
        + ("1,Bad" if value == "Bad" else f"{value},Good")
        for minute, value in enumerate(values)
    ]
    (folder / name).write_text(HEADER + "\n".join(lines) + "\n", "utf-8")


def land(lake: Lake, folder: Path) -> list[dict[str, Any]]:
    scan(lake, folder, "test")
    return process(lake, "test")


def content(lake: Lake, *, but: tuple[str, ...] = ("_ingested_at",)) -> dict[str, list[str]]:
    """Every table's rows as sorted text, without columns that differ from run to run."""
    found = {}
    for address in lake.addresses():
        table = lake.read(address)
        if table is None or address == LEDGER:
            continue
        kept = [name for name in sorted(table.column_names) if name not in but]
        found[address] = sorted(str(row) for row in table.select(kept).to_pylist())
    return found


COUNTS = ("records_read", "records_valid", "records_quarantined", "records_duplicate")


def books(lake: Lake) -> dict[str, tuple[Any, ...]]:
    """Path → status, counts, tables and reasons, of files with records."""
    return {
        row["source_path"]: (
            row["status"],
            *(row[n] for n in COUNTS),
            row["tables"],
            row["reasons"],
        )
        for row in Ledger(lake).rows()
    }
