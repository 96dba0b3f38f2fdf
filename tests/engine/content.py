"""What a lake holds, in a form in which two lakes can be compared."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from casparian.contracts.model import load_all
from casparian.lake.ledger import Ledger
from casparian.lake.store import LEDGER, Lake

BOOKS = ("records_read", "records_valid", "records_quarantined", "records_duplicate")
DERIVED = {  # tables that also hold rows made from records that are counted elsewhere
    "alarms", "mtc_devices", "mtc_data_items", "spc_capability", "spc_characteristics",
    "spc_control_limits", "spc_parts",
}  # fmt: skip
SUMS = {"value_sum", "value_mean"}
OF_THE_RUN = ("_ingested_at",)  # says when, not what
LEDGER_CONTENT = (
    "source_hash", "source_path", "format", "status", "size_bytes", "timezone", "tables", "reasons",
    "parser", "parser_version", "contract_version", *BOOKS,
)  # fmt: skip


def tables(lake: Lake) -> dict[str, pa.Table]:
    """Every table but the ledger: its rows, sorted."""
    return {address: rows(lake, address) for address in lake.addresses() if address != LEDGER}


def rows(lake: Lake, address: str) -> pa.Table:
    """Sorted by all columns, so that equal contents are equal tables.

    Sums are rounded: their last bits tell in which order the addends came.
    """
    table = lake.read(address)
    assert table is not None
    for name in SUMS & set(table.column_names):
        place = table.column_names.index(name)
        table = table.set_column(place, name, pc.round(table[name], 6))
    kept = sorted(name for name in table.column_names if name not in OF_THE_RUN)
    return table.select(kept).sort_by([(name, "ascending") for name in kept]).combine_chunks()


def ledger(lake: Lake) -> list[dict[str, Any]]:
    """The ledger without the times of the run and without folders."""
    return [{name: row[name] for name in LEDGER_CONTENT} for row in Ledger(lake).rows()]


def versions(lake: Lake) -> dict[str, int]:
    """Each table's Delta version."""
    found = {address: lake.delta(address) for address in lake.addresses()}
    return {address: table.version() for address, table in found.items() if table is not None}


def books(lake: Lake) -> dict[str, tuple[int, ...]]:
    """read, valid, quarantined, duplicate by path."""
    return {
        row["source_path"]: tuple(row[name] for name in BOOKS)
        for row in Ledger(lake).rows(status=("landed", "rejected"))
    }


def check_books(lake: Lake) -> None:
    """Every landed file: the ledger adds up and equals the rows that are really in the tables."""
    counts = {layer: _by_hash(lake, f"{layer}_") for layer in ("bronze", "ops")}
    silver = {
        address: _hashes(lake, address)
        for address in lake.addresses()
        if address.startswith("silver_")
    }
    replaced = {
        table.silver
        for contract in load_all().values()
        for table in contract.tables.values()
        if table.newest_wins
    }
    landed = [row for row in Ledger(lake).rows() if row["status"] in ("landed", "rejected")]
    assert landed
    for row in landed:
        read, valid, quarantined, duplicate = (row[name] for name in BOOKS)
        where = row["source_path"], json.loads(row["reasons"])
        assert read == valid + quarantined + duplicate, where
        assert counts["bronze"][row["source_hash"]] == read, where
        said = {a: n for a, n in json.loads(row["tables"]).items() if a.startswith("silver_")}
        assert sum(said.values()) == valid, where
        for address, count in said.items():
            there = silver[address][row["source_hash"]]
            derived = address.rpartition(".")[2] in DERIVED
            least = 0 if address in replaced else count  # a later file's rows took their place
            assert least <= there and (derived or there <= count), (*where, address)
        assert counts["ops"][row["source_hash"]] == quarantined, where
        assert sum(n for *_, n in json.loads(row["reasons"])) == quarantined, where
    known = {row["source_hash"] for row in landed}
    for layer in counts.values():
        assert set(layer) <= known, "rows of a file that is not landed"


def _by_hash(lake: Lake, prefix: str) -> Counter[str]:
    """Rows by source hash over the tables of a layer that hold records."""
    found: Counter[str] = Counter()
    for address in lake.addresses():
        if address.startswith(prefix):
            found.update(_hashes(lake, address))
    return found


def _hashes(lake: Lake, address: str) -> Counter[str]:
    """A table's rows by source hash; none of a roll-up."""
    table = lake.read(address)
    if table is None or "_source_hash" not in table.column_names:
        return Counter()
    counted = pc.value_counts(table["_source_hash"].combine_chunks()).to_pylist()
    return Counter({entry["values"]: entry["counts"] for entry in counted})


def check_keys(lake: Lake, keys: dict[str, tuple[str, ...]]) -> None:
    """No primary key stands twice in any silver table."""
    for address, key in keys.items():
        table = lake.read(address, key)
        if table is not None and key:
            groups = table.group_by(list(key)).aggregate([([], "count_all")])
            twice = groups.filter(pc.greater(groups["count_all"], 1))
            assert not twice.num_rows, (address, twice.slice(0, 3).to_pylist())


def write_lines(path: Path, *lines: str, end: str = "\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def column(lake: Lake, address: str, name: str) -> list[Any]:
    table = lake.read(address, [name])
    return [] if table is None else pa.chunked_array(table[name]).to_pylist()
