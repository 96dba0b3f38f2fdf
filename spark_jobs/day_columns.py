"""The days of a source's rows, and those in which two versions of it differ.

Rows are known by their source: a file's rows of one span of days, how many they are, the sum of
their row numbers and when they landed. Where that is the same in both versions so are the rows, for
silver is written once a file and day. Only files that are in one version and not in the other are
read, in batches, and of these only the columns needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from numpy.typing import NDArray

from casparian.lake.store import Lake

DAY_US = 86_400_000_000
NULL = np.iinfo(np.int64).min
LINEAGE = ("_source_hash", "_source_row", "_ingested_at")
BY = ["_source_hash", "first", "last"]
SUMS = ["rows", "numbers", "landed"]
Group = tuple[Any, ...]


@dataclass(frozen=True)
class Days:
    """Columns (a date or an instant) that tell the days a row concerns.

    start, end: columns; a row whose end is null is open, until the latest of the instants in
    open_until (table, column). margin: days on either side that are made anew with them.
    """

    start: str
    end: str
    open_until: tuple[tuple[str, str], ...]
    margin: int

    @classmethod
    def of(cls, said: Mapping[str, Any] | None) -> Days | None:
        """From the ``days`` of a source in sources.yml; None where it says nothing."""
        if said is None:
            return None
        start = said["start"]
        until = (place.rpartition(".") for place in said.get("open_until", ()))
        places = tuple((table, column) for table, _, column in until)
        return cls(start, said.get("end", start), places, said.get("margin", 1))

    def around(self, first: int, last: int) -> range:
        return range(first - self.margin, last + self.margin + 1)


def days_that_differ(
    lake: Lake, address: str, before: int, now: int, spec: Days, front: int | None
) -> set[int]:
    """Days, numbered from 1970, whose rows are not the same in two versions of a table.

    before, now: versions, below zero where there was no table. front: the last day that an open row
    reaches. Raises DeltaError or OSError where a version or its files are no longer there.
    """
    old, new = (_files(lake, address, version) for version in (before, now))
    gone = _groups(lake, address, before, sorted(old - new), spec)
    come = _groups(lake, address, now, sorted(new - old), spec)
    found: set[int] = set()
    for _, first, last, *_ in gone ^ come:
        if first != NULL:
            end = max(first, first if front is None else front) if last == NULL else last
            found.update(spec.around(first, end))
    return found


def last_day(lake: Lake, address: str, version: int, column: str) -> int | None:
    """The last day of a table, by the statistics of its files where they tell, None without one."""
    if version < 0:
        return None
    table = _at(lake, address, version)
    files = pa.table(table.get_add_actions(flatten=True))
    if not files.num_rows:
        return None
    name = f"max.{column}"
    if name in files.column_names and not files[name].null_count:
        values = files[name]
    else:
        values = lake.files_of(address, table).to_table(columns=[column])[column]
    last = int(_days(pa.array([pc.max(values).as_py()], values.type), values.type)[0])
    return None if last == NULL else last


def _at(lake: Lake, address: str, version: int) -> DeltaTable:
    uri = lake.table_uri(address)
    return DeltaTable(uri, version=version, storage_options=lake.options or None)


def _files(lake: Lake, address: str, version: int) -> set[str]:
    if version < 0:
        return set()
    return set(_at(lake, address, version).get_add_actions()["path"].to_pylist())


def _groups(lake: Lake, address: str, version: int, paths: Sequence[str], spec: Days) -> set[Group]:
    """(source, first day, last day, rows, sum of row numbers, landed) of these files' rows."""
    if not paths:
        return set()
    data = lake.files_of(address, _at(lake, address, version), paths)
    columns = list(dict.fromkeys((spec.start, spec.end, *LINEAGE)))
    batches = data.scanner(columns=columns, use_threads=False).to_batches()
    return _rows(_added([_summed(batch, spec) for batch in batches if batch.num_rows]))


def _summed(batch: pa.RecordBatch, spec: Days) -> pa.Table:
    table = pa.table(
        {
            "_source_hash": batch["_source_hash"],
            "first": _days(batch[spec.start], batch[spec.start].type),
            "last": _days(batch[spec.end], batch[spec.end].type),
            "rows": np.ones(batch.num_rows, dtype=np.int64),
            "numbers": batch["_source_row"],
            "landed": batch["_ingested_at"],
        }
    )
    return _added([table])


def _added(tables: list[pa.Table]) -> pa.Table:
    if not tables:
        return pa.table({name: [] for name in (*BY, *SUMS)})
    how = list(zip(SUMS, ("sum", "sum", "max"), strict=True))
    found = pa.concat_tables(tables).group_by(BY, use_threads=False).aggregate(how)
    return found.select([*BY, *(f"{name}_{by}" for name, by in how)]).rename_columns([*BY, *SUMS])


def _rows(table: pa.Table) -> set[Group]:
    return set(zip(*(table[name].to_pylist() for name in (*BY, *SUMS)), strict=True))


def _days(values: pa.Array, kind: pa.DataType) -> NDArray[np.int64]:
    """Days numbered from 1970, UTC, of dates or instants; NULL where there is none."""
    if pa.types.is_date(kind):
        numbers, day = values.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()), 1
    else:
        numbers, day = values.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()), DAY_US
    empty = pc.is_null(numbers).to_numpy(zero_copy_only=False)
    whole = pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False) // day
    return np.where(empty, NULL, whole)
