"""A file's draft: what table it holds, its columns, its key, as an ODCS 3.1 document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import PurePath
from typing import Any, BinaryIO

import pyarrow as pa
import yaml

from casparian.contracts.draft.columns import (
    Drafted,
    draft_column,
    looks_like_id,
    names_of,
    units_beside,
)
from casparian.contracts.draft.measure import Column
from casparian.contracts.model import DOMAINS, ContractError
from casparian.contracts.verdict import NUMBER
from casparian.reading import any_table
from casparian.reading.any_table import Found
from casparian.reading.base import Note, Source, UnreadableFile
from casparian.reading.block import Block
from casparian.reading.cells import clean, is_units_row
from casparian.reading.header import Words
from casparian.reading.text import Ragged

LIKE_ROWS = 200
MOST_KNOWN = 12  # columns that a file is known by
KEY_ROWS = 100_000  # records that keys of several columns are looked for in
PHYSICAL = {"number": "double", "integer": "bigint"}
STEM = re.compile(r"[\d_\-. ]+$")


@dataclass
class Draft:
    """What was found. records, damaged: counts. key: column names. notes: for a person."""

    found: Found
    table: str
    domain: str
    source: str
    columns: list[Drafted]
    records: int
    damaged: int
    sampled: bool
    key: tuple[str, ...] = ()
    key_evidence: str = ""
    notes: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """As ODCS 3.1."""
        about = {
            "purpose": f"Drafted from {self.source} ({self.found.how}).",
            "usage": "Correct names, units and limits, then land files with it.",
            "limitations": "Each column's evidence says what it rests on.",
        }
        return {
            "apiVersion": "v3.1.0", "kind": "DataContract", "id": f"casparian.{self.table}",
            "name": self.table.replace("_", " ").capitalize(), "version": "0.1.0",
            "status": "draft", "domain": self.domain, "description": about,
            "schema": [self._schema()],
        }  # fmt: skip

    def _schema(self) -> dict[str, Any]:
        custom: dict[str, Any] = {"carrier": self.found.carrier, "files": _pattern(self.source)}
        custom["known_by"] = self._known_by()
        if self.found.record:
            custom["record"] = self.found.record
        if self.key_evidence:
            custom["key_evidence"] = self.key_evidence
        return {
            "name": self.table,
            "physicalName": f"silver_{self.domain}.{self.table}",
            "physicalType": "table",
            "description": f"One row per record of {self.source}.",
            "customProperties": _custom(custom),
            "properties": [self._property(column) for column in self.columns],
        }

    def _known_by(self) -> list[str]:
        """Columns that a file must have to be read as one of these: those of every record, as far
        as the file's beginning names them."""
        named = [c for c in self.columns if c.header in self.found.columns]
        return [c.name for c in named if c.required][:MOST_KNOWN] or [c.name for c in named]

    def _property(self, column: Drafted) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "name": column.name,
            "logicalType": column.kind,
            "physicalType": PHYSICAL.get(column.kind, column.kind),
        }
        if column.required:
            entry["required"] = True
        if column.name in self.key:
            entry |= {"primaryKey": True, "primaryKeyPosition": self.key.index(column.name) + 1}
        limits = {"minimum": column.minimum, "maximum": column.maximum}
        if kept := {name: limit for name, limit in limits.items() if limit is not None}:
            entry["logicalTypeOptions"] = kept
        custom: dict[str, Any] = {"header": column.header, "unit": column.unit, "day": column.day}
        custom |= {"confidence": column.confidence, "evidence": "; ".join(column.evidence)}
        entry["customProperties"] = _custom(custom)
        if column.allowed:
            check = {"type": "library", "metric": "invalidValues", "mustBe": 0}
            entry["quality"] = [check | {"arguments": {"validValues": list(column.allowed)}}]
        return entry

    def yaml(self) -> str:
        """The document as it is written to a file."""
        head = (
            f"# Drafted from {self.source}: {self.records:,} records"
            f"{' (a sample)' if self.sampled else ''}, {self.found.how}.\n"
            "# Each column says its evidence. Correct it, and give it a version 1.0.0.\n"
        )
        text = yaml.safe_dump(
            self.document(),
            sort_keys=False,
            allow_unicode=True,
            width=110,
            default_flow_style=False,
        )
        return head + text


def _custom(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"property": key, "value": value} for key, value in values.items() if value is not None]


def _pattern(source: str) -> str:
    """`torque_2025-10-28.csv` → `torque*.csv`: names of the files to come."""
    path = PurePath(source)
    stem = STEM.sub("", path.name.removesuffix(path.suffix))
    return f"{stem}*{path.suffix}" if stem else f"*{path.suffix}"


def table_name(source: str) -> str:
    """A table's name from a file's."""
    stem = PurePath(source).name.partition(".")[0]
    name = re.sub(r"[^a-z0-9]+", "_", STEM.sub("", stem).lower()).strip("_")
    return name if name[:1].isalpha() else f"table_{name}".rstrip("_")


def draft(
    source: Source,
    *,
    table: str | None = None,
    domain: str = "equipment",
    sample: int | None = None,
) -> Draft:
    """The draft of one file, read once in bounded memory.

    sample: look at so many records only. Raises UnreadableFile where the file holds no table, and
    ContractError for a name that no table can have.
    """
    name = table or table_name(source.name)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ContractError(f"'{name}' is no table name: use small letters, digits and _.")
    if domain not in DOMAINS:
        raise ContractError(f"'{domain}' is no domain: take one of {', '.join(DOMAINS)}.")
    with source.open() as stream:
        found = any_table.find(stream, source.name)
        reading = _Reading(found)
        cut = reading.read(stream, sample)
    if not reading.records:
        raise UnreadableFile(f"{source.name} has a header and no record: nothing to draft from.")
    notes = [*reading.notes]
    made = _addressable(reading.columns(), notes)
    key, evidence = _key(made, reading.head())
    if found.carrier == "csv" and _header_is_record(made, reading.head().slice(0, LIKE_ROWS)):
        notes.append("The header looks like one more record: perhaps the file has no header.")
    _join_days(made, notes)
    return Draft(
        found, name, domain, PurePath(source.name).name, made, reading.records, reading.damaged,
        cut, key, evidence, notes,
    )  # fmt: skip


class _Reading:
    """One pass over the file: facts a column, in the order in which columns appear."""

    def __init__(self, found: Found):
        self.found = found
        self.facts: dict[str, Column] = {}
        self.units: dict[str, str] = {}
        self.records = self.damaged = 0
        self.notes: dict[str, None] = {}
        self._kept: list[pa.RecordBatch] = []
        self._kept_rows = 0
        self._table: int | None = None

    def read(self, stream: BinaryIO, sample: int | None) -> bool:
        """Measure; whether it stopped at the sample. A file that ends early is measured so far."""
        try:
            for part in any_table.blocks(
                stream, self.found.carrier, self.found.words, self.found.record
            ):
                if isinstance(part, Ragged):
                    self.damaged += 1
                elif isinstance(part, Note):
                    self.notes[part.sentence] = None
                else:
                    self._add(part)
                if sample is not None and self.records >= sample:
                    return True
        except UnreadableFile as error:
            if not self.records:
                raise
            self.notes[str(error)] = None
        return False

    def _add(self, block: Block) -> None:
        columns = {
            name: clean(column)
            for name, column in zip(block.columns.schema.names, block.columns.columns, strict=True)
        }
        if block.table != self._table:
            self._table = block.table
            columns = self._without_units(columns)
        count = len(next(iter(columns.values()))) if columns else 0
        for name, column in columns.items():
            facts = self.facts.setdefault(name, Column(name, records=self.records))
            facts.add(column, block.comma)
        for name, facts in self.facts.items():
            if name not in columns:
                facts.records += count
        self.records += count
        if self._kept_rows < KEY_ROWS and count:
            self._kept.append(pa.record_batch(columns))
            self._kept_rows += count

    def _without_units(self, columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
        """The columns without a first row that states units."""
        numbers = [name for name, column in columns.items() if _is_numeric(column[1:50])]
        if not numbers or not is_units_row(columns, numbers):
            return columns
        row = {name: column[0].as_py() for name, column in columns.items()}
        self.units |= {name: text.strip("[]() ") for name, text in row.items() if text}
        return {name: column[1:] for name, column in columns.items()}

    def columns(self) -> list[Drafted]:
        for facts in self.facts.values():
            facts.finish()
        ordered = self.found.carrier in ("csv", "excel")  # others have the order of their records
        order = {header: place for place, header in enumerate(self.found.columns) if ordered}
        every = sorted(self.facts.values(), key=lambda f: order.get(f.header, len(order)))
        names = names_of(facts.header for facts in every)
        made = [
            draft_column(facts, name, self.units.get(facts.header))
            for facts, name in zip(every, names, strict=True)
        ]
        units_beside(made)
        return made

    def head(self) -> pa.Table:
        """The first records, for keys of several columns."""
        return pa.concat_tables(
            [pa.Table.from_batches([b]) for b in self._kept], promote_options="default"
        )


def _addressable(columns: list[Drafted], notes: list[str]) -> list[Drafted]:
    """The columns that a reader finds by their header; others stay in `_extra` of bronze."""
    headers = tuple(column.header for column in columns)
    for place, column in enumerate(columns, 1):
        if not _finds(columns, headers, column):
            column.name = f"{column.name}_at_{place}"  # its name alone may mean another column
    lost = [column for column in columns if not _finds(columns, headers, column)]
    if lost:
        named = ", ".join(repr(column.header) for column in lost)
        notes.append(f"No other word than its place tells these columns: {named}; left out.")
    return [column for column in columns if column not in lost]


def _finds(columns: list[Drafted], headers: tuple[str, ...], column: Drafted) -> bool:
    found = Words({c.name: (c.header,) for c in columns}).fields(headers)
    place = found.get(column.name)
    return place is not None and headers[place] == column.header


def _is_numeric(column: pa.Array) -> bool:
    values = column.drop_null()
    return bool(len(values)) and bool(
        pa.compute.all(pa.compute.match_substring_regex(values, NUMBER)).as_py()
    )


def _key(columns: list[Drafted], head: pa.Table) -> tuple[tuple[str, ...], str]:
    """The columns that tell records apart, and what that rests on.

    One column if it may; else two or three, in the first records. An instant alone is a key only
    where no column tells series apart: another file may have two records of one instant.
    """
    whole = [c for c in columns if c.required and c.facts.filled > 1]
    single = [c for c in whole if c.facts.unique and c.kind in ("string", "integer")]
    if single:
        best = min(single, key=lambda c: not looks_like_id(c.name))
        part = "all" if best.facts.compared >= best.facts.filled else "the first"
        return (best.name,), f"{part} {best.facts.compared:,} values of {best.header} are distinct"
    times = [c for c in whole if c.kind == "timestamp"]
    for group in _groups(times, [c for c in whole if _names_something(c)][:8]):
        rows = head.select([c.header for c in group])
        if rows.group_by(rows.column_names).aggregate([]).num_rows == head.num_rows:
            names = " and ".join(c.header for c in group)
            told = "together are" if len(group) > 1 else "is"
            return tuple(c.name for c in group), (
                f"{names} {told} distinct in the first {head.num_rows:,} records"
            )
    return (), "no column and no pair of columns tells all records apart: none is a key"


def _names_something(column: Drafted) -> bool:
    """Text that comes again and again, or an identifier."""
    again = column.facts.distinct is not None or not column.facts.unique
    return looks_like_id(column.name) or (column.kind == "string" and again)


def _groups(times: list[Drafted], others: list[Drafted]) -> Iterator[tuple[Drafted, ...]]:
    """Groups of columns that may be a key, the likeliest first."""
    others = sorted(others, key=lambda c: not looks_like_id(c.name))
    ids = [c for c in others if looks_like_id(c.name)]
    yield from (pair for pair in combinations(others, 2) if pair[0] in ids and not times)
    for count in (1, 2):
        for time in times[:3]:
            yield from ((time, *group) for group in combinations(others, count))
    yield from ((time,) for time in times)
    for count in (2, 3):
        yield from combinations(others, count)


def _header_is_record(columns: list[Drafted], head: pa.Table) -> bool:
    """Whether every heading is written as the values below it are."""
    for column in columns:
        values = head[column.header].drop_null().to_pylist()
        if values and _form(column.header) not in {_form(value) for value in values}:
            return False
    return any(map(str.isdecimal, "".join(column.header for column in columns)))


def _form(text: str) -> str:
    """`TI-101.PV` as `A-9.A`: letters and digits as they follow each other."""
    return re.sub(r"[0-9]+", "9", re.sub(r"[^\W\d_]+", "A", text))


def _join_days(columns: list[Drafted], notes: list[str]) -> None:
    """A column of times of day beside one of days is an instant with it."""
    clocks = [c for c in columns if c.facts.filled and c.facts.clocks == c.facts.filled]
    days = [c for c in columns if c.kind == "date" or (c.kind == "timestamp" and _midnights(c))]
    if len(clocks) == 1 and len(days) == 1:
        clock, day = clocks[0], days[0]
        clock.kind, clock.day, clock.confidence, clock.allowed = "timestamp", day.name, 0.9, ()
        clock.evidence[0] = (
            f"{clock.facts.filled:,} times of day, with the day of column '{day.header}'"
        )
        notes.append(f"{clock.name} is an instant: the day of {day.name} with its time.")


def _midnights(column: Drafted) -> bool:
    whole = 86_400_000_000
    first, last = column.facts.first, column.facts.last
    return first is not None and last is not None and first % whole == 0 and last % whole == 0
