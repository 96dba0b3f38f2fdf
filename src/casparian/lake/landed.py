"""What landing a group of files leaves behind: books, parts and roll-up pieces, not yet committed.

Plain values, so that a Spark task can hand them to its driver.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from casparian.contracts.carry import Carry
from casparian.lake.store import Part, plain
from casparian.reading.span import Span

LINEAGE = pa.schema(
    [
        ("_source_hash", pa.string()),
        ("_source_path", pa.string()),
        ("_source_row", pa.int64()),
        ("_parser", pa.string()),
        ("_parser_version", pa.string()),
        ("_contract_version", pa.string()),
        ("_ingested_at", pa.timestamp("us", tz="UTC")),
    ]
)


VERDICT = ("rule", "reason", "detail")


def beside_verdict(names: list[str]) -> list[str]:
    """Names of raw columns in quarantine: a log's own `reason` becomes `raw_reason` there."""
    return [f"raw_{name}" if name.lower() in VERDICT else name for name in names]


@dataclass(frozen=True)
class Export:
    """One file to land: where it lies and what the scan found out about it.

    span, carry: the range of a big file that is landed by itself, and what it is judged with.
    kept: whether `path` is an original, which cannot change. beside: paths of the files that lay
    beside it, by their names.
    """

    path: str
    name: str
    source_hash: str
    format: str
    size: int
    modified_ns: int
    timezone: str | None = None
    span: Span | None = None
    carry: Carry = field(default_factory=Carry)
    kept: bool = False
    beside: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Books:
    """The account of one file: read = valid + quarantined + duplicate, and where the rows went.

    status: landed, rejected (no record could be read; the file itself is the one record),
        failed (could not be opened or changed meanwhile; nothing was kept, it is tried again).
    """

    export: Export
    parser_version: str
    contract_version: str
    status: str = "landed"
    read: int = 0
    valid: int = 0
    quarantined: int = 0
    duplicate: int = 0
    tables: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        return self.read == self.valid + self.quarantined + self.duplicate


@dataclass
class Landed:
    """The outcome of one group of files.

    hourly: roll-up pieces, a row a source, tag and hour. unordered: sources whose readings are in
    no order of time. replaced: rows of the lake (source hash, row) by address that newer reference
    data takes over.
    """

    books: list[Books] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    schemas: dict[str, pa.Schema] = field(default_factory=dict)
    hourly: pa.Table | None = None
    unordered: set[str] = field(default_factory=set)
    replaced: dict[str, set[tuple[str, int]]] = field(default_factory=dict)

    def widen(self, address: str, schema: pa.Schema) -> None:
        """Note that rows of this shape go to the address."""
        flat = pa.schema([plain(item) for item in schema])
        known = self.schemas.get(address)
        self.schemas[address] = flat if known is None else pa.unify_schemas([known, flat])

    def merged(self, other: Landed) -> Landed:
        """Both outcomes as one."""
        pieces = [table for table in (self.hourly, other.hourly) if table is not None]
        both = Landed(
            self.books + other.books,
            self.parts + other.parts,
            dict(self.schemas),
            pa.concat_tables(pieces) if pieces else None,
            self.unordered | other.unordered,
        )
        for address, schema in other.schemas.items():
            both.widen(address, schema)
        return both
