"""What was refused and why: counts and rows of the quarantine tables."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from casparian.lake.ledger import Ledger
from casparian.lake.query import Query
from casparian.lake.store import Lake

SUFFIX = "_quarantine"


@dataclass(frozen=True)
class Choice:
    """Which quarantined records are meant; None means all.

    table: a table's name or any of its addresses. file: pattern of source paths, or the start of a
    hash. reason: reason or rule, in part or whole. tag: of the ledger.
    """

    table: str | None = None
    file: str | None = None
    reason: str | None = None
    tag: str | None = None

    def where(self, lake: Lake) -> str:
        """The choice as SQL over one quarantine table."""
        parts = ["true"]
        if self.file:
            pattern = text(self.file.replace("\\", "/"))
            starts = (
                f"starts_with(_source_hash, {text(self.file)})" if len(self.file) >= 6 else "false"
            )
            parts.append(f"(_source_path GLOB {pattern} OR {starts})")
        if self.reason:
            wanted = text(self.reason.lower())
            parts.append(f"(contains(lower(reason), {wanted}) OR lower(rule) = {wanted})")
        if self.tag:
            hashes = ", ".join(text(row["source_hash"]) for row in Ledger(lake).rows(self.tag))
            parts.append(f"_source_hash IN ({hashes})" if hashes else "false")
        return " AND ".join(parts)

    def addresses(self, lake: Lake) -> list[str]:
        """The quarantine tables that are meant."""
        every = [a for a in lake.addresses() if a.startswith("ops_") and a.endswith(SUFFIX)]
        if not self.table:
            return every
        bare = self.table.rpartition(".")[2].removesuffix(SUFFIX)
        return [address for address in every if fnmatch.fnmatch(name_of(address), bare)]


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def name_of(address: str) -> str:
    """`ops_equipment.historian_values_quarantine` → `historian_values`."""
    return address.partition(".")[2].removesuffix(SUFFIX)


def counts(lake: Lake, choice: Choice) -> list[dict[str, Any]]:
    """Records by table, rule, reason and file, the many first."""
    where = choice.where(lake)
    found: list[dict[str, Any]] = []
    with Query(lake) as ask:
        for address in choice.addresses(lake):
            rows = ask(
                f'SELECT {text(name_of(address))} AS "table", rule, reason, '
                "_source_path AS source_path, _source_hash AS source_hash, count(*) AS records "
                f"FROM {address} WHERE {where} GROUP BY ALL"
            )
            found += rows.to_pylist()
    return sorted(
        found, key=lambda row: (-row["records"], row["table"], row["reason"], row["source_path"])
    )


def rows(lake: Lake, choice: Choice, limit: int) -> Iterator[tuple[str, pa.Table]]:
    """(table, its quarantined rows in the order of files and records), at most `limit` in all."""
    where, left = choice.where(lake), limit
    with Query(lake) as ask:
        for address in choice.addresses(lake):
            if limit and left <= 0:
                return
            most = f"LIMIT {left}" if limit else ""
            found = ask(
                f"SELECT * FROM {address} WHERE {where} ORDER BY _source_path, _source_row {most}"
            )
            left -= found.num_rows
            if found.num_rows:
                yield name_of(address), found


def offline(lake: Lake, choice: Choice) -> list[dict[str, Any]]:
    """Offline sensors: tag, file, first and last time as written, records."""
    with Query(lake) as ask:
        if "ops_equipment.historian_values_quarantine" not in choice.addresses(lake):
            return []
        return ask(  # type: ignore[no-any-return]
            "SELECT tag_name, _source_path AS source_path, "
            'arg_min("timestamp", _source_row) AS first, '
            'arg_max("timestamp", _source_row) AS last, '
            "count(*) AS records FROM ops_equipment.historian_values_quarantine "
            f"WHERE rule = 'sensor_offline' AND {choice.where(lake)} GROUP BY ALL ORDER BY 2, 1"
        ).to_pylist()
