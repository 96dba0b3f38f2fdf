"""What the lake holds: tables with their sizes, and columns with what the contracts say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from casparian.contracts.model import Column, TableContract, load_all
from casparian.lake.own import kept_contracts
from casparian.lake.query import UnknownTableError, unknown_table
from casparian.lake.store import LEDGER, Lake

LINEAGE_WORDS = {
    "_source_hash": "SHA-256 of the file's bytes.",
    "_source_path": "Path of the file below the scanned folder.",
    "_source_row": "Number of the record in the file, from 1.",
    "_parser": "Format that read it.",
    "_parser_version": "Version of that format.",
    "_contract_version": "Version of the contract that judged it.",
    "_ingested_at": "When it was landed.",
    "_source_rows": "The records behind the row: '<source hash>#<record>' or '#<first>-<last>'.",
    "_raw": "Text of a record that could not be split.",
    "_extra": "Columns of the file that the table does not have, as JSON.",
    "rule": "Rule that the record broke.",
    "reason": "The same in words.",
    "detail": "What exactly was found.",
}


def tables(lake: Lake) -> list[dict[str, Any]]:
    """Every table: address, rows, files, size_bytes, last commit. Numbers come from Delta's log."""
    return [_table(lake, address) for address in lake.addresses()]


def _table(lake: Lake, address: str) -> dict[str, Any]:
    delta = lake.delta(address)
    if delta is None:
        raise UnknownTableError(unknown_table(lake, address))
    actions = pa.table(delta.get_add_actions(flatten=True))
    counted = actions["num_records"].to_pylist()
    newest = next(iter(delta.history(1)), {})
    at = newest.get("timestamp")
    return {
        "address": address,
        "rows": None if None in counted else sum(counted),
        "files": actions.num_rows,
        "size_bytes": sum(actions["size_bytes"].to_pylist()),
        "version": delta.version(),
        "last_commit": datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) else None,
    }


def columns(lake: Lake, address: str, contracts: Sequence[Path] = ()) -> dict[str, Any]:
    """The table's numbers, its description, and its columns: name, type, key, unit, description.

    Raises UnknownTableError with the nearest names.
    """
    delta = lake.delta(address)
    if delta is None:
        raise UnknownTableError(unknown_table(lake, address))
    contract = contract_of(address, (*contracts, *kept_contracts(lake)))
    known = {column.name: column for column in contract.columns} if contract else {}
    keys = contract.primary_key if contract and address == contract.silver else ()
    schema = pa.schema(delta.schema().to_arrow())
    found = [_column(field, known.get(field.name), field.name in keys, address) for field in schema]
    about = (
        {"contract_version": contract.version, "description": contract.description}
        if contract
        else {}
    )
    return _table(lake, address) | about | {"columns": found}


def contract_of(address: str, contracts: Sequence[Path] = ()) -> TableContract | None:
    """The contract that speaks of the table, be it bronze, silver or quarantine."""
    for contract in load_all(*contracts).values():
        for table in contract.tables.values():
            if address in (table.bronze, table.silver, table.quarantine):
                return table
    return None


def _column(field: pa.Field, known: Column | None, key: bool, address: str) -> dict[str, Any]:
    raw = not address.startswith(("silver", "gold")) and address != LEDGER
    words = known.description if known else LINEAGE_WORDS.get(field.name, "")
    return {
        "name": field.name,
        "type": type_words(field.type),
        "key": key,
        "unit": known.unit if known else None,
        "limits": _limits(known) if known and not raw else None,
        "description": f"As read: {words}" if raw and known and words else words,
    }


def _limits(column: Column) -> str | None:
    low, high = column.minimum, column.maximum
    if low is None and high is None:
        return json.dumps(column.allowed, ensure_ascii=False)[1:-1].replace('"', "") or None
    ends = ("" if limit is None else f"{limit:g}" for limit in (low, high))
    return " … ".join(ends).strip()


def type_words(kind: pa.DataType) -> str:
    """`timestamp`, `double`, `text`: without Arrow's units and zones."""
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"list of {type_words(kind.value_type)}"
    return "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else str(kind)
