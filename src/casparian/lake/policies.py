"""How each table of a lake is to be kept: by the contract that speaks of it, else by default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from casparian.contracts.model import TableContract, load_all
from casparian.contracts.upkeep import MOST_Z_ORDER, Upkeep
from casparian.lake.own import kept_contracts
from casparian.lake.store import Lake

DEFAULT = Upkeep()


def policies(lake: Lake, contracts: Sequence[Path] = ()) -> dict[str, Upkeep]:
    """Address → upkeep, of every table that a contract speaks of.

    Quarantine goes by the contract's `retention`; Z-order is of silver, the table that is asked.
    """
    found = load_all(*contracts, *kept_contracts(lake))
    return {
        address: kept
        for contract in found.values()
        for table in contract.tables.values()
        for address, kept in _tables(table)
    }


def _timeless(table: TableContract) -> tuple[str, ...]:
    """The key of a table in which rows that are near in time need not have keys that are near."""
    key = table.primary_key[:MOST_Z_ORDER]
    timed = any(pa.types.is_temporal(table.schema.field(name).type) for name in table.primary_key)
    return () if timed or len(key) < 2 else key


def _tables(table: TableContract) -> Iterator[tuple[str, Upkeep]]:
    own = table.upkeep
    yield table.silver, replace(own, quarantine_days=None, key=_timeless(table))
    yield table.bronze, replace(own, quarantine_days=None, z_order=())
    yield table.quarantine, replace(own, z_order=())
