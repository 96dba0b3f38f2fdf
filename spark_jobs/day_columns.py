"""The days of a source's rows, and those in which two versions of it differ.

Rows are known by their source: a file's rows of one span of days, how many they are, the sum of
their row numbers and when they landed. Where that is the same in both versions so are the rows, for
silver is written once a file and day. Only files that are in one version and not in the other are
read, in batches, and of these only the columns needed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spark_jobs.held_alarms import COLUMNS, Alarms
from spark_jobs.held_rows import Held, Holds, runs
from spark_jobs.table_versions import Versions

DAY_US = 86_400_000_000
NULL = np.iinfo(np.int64).min
UNDATED = 0
LOOKED_BACK = 20  # days, about what the widest look back of SQL is
LINEAGE = ("_source_hash", "_source_row", "_ingested_at")
BY = ["_source_hash", "first", "last"]
SUMS = ["rows", "numbers", "landed"]
Group = tuple[Any, ...]
Sources = frozenset[str]


@dataclass(frozen=True)
class Days:
    """Columns (a date or an instant) that tell the days a row concerns.

    start, end: columns; a row whose end is null is open, until the latest of the instants in
    open_until (table, column). margin: days on either side that are made anew with them. holds: how
    a row concerns days until the next one of its kind; stands: whether it is a change of an alarm.
    names: (column, model, table, column of it): a value that the table does not have is new to all
    days of what reads the model. A row without a start is of day 0.
    """

    start: str
    end: str
    open_until: tuple[tuple[str, str], ...]
    margin: int
    holds: Holds | None = None
    stands: bool = False
    names: tuple[str, str, str, str] | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any] | None) -> Days | None:
        """From the ``days`` of a source in sources.yml; None where it says nothing."""
        if said is None:
            return None
        start = said["start"]
        places = tuple(map(_place, said.get("open_until", ())))
        holds = Holds.of(said.get("holds"))
        margin, stands = said.get("margin", 1), said.get("stands", False)
        names = said.get("names")
        known = names and (names["column"], names["for"], *_place(names["known_in"]))
        return cls(start, said.get("end", start), places, margin, holds, stands, known)

    def around(self, first: int, last: int) -> range:
        return range(first - self.margin, last + self.margin + 1)


def _place(text: str) -> tuple[str, str]:
    """Table and column of ``<schema>.<table>.<column>``."""
    table, _, column = text.rpartition(".")
    return table, column


def tells_of_new(versions: Versions, address: str, before: int, now: int, spec: Days) -> bool:
    """Whether rows that have come name something that nobody knew."""
    if spec.names is None or before == now:
        return False
    column, _, known_in, known = spec.names
    come = versions.files(address, now) - versions.files(address, before)
    table = versions.data(address, now, sorted(come)).to_table(columns=[column])
    there = versions.lake.read(known_in, [known])
    named = set(pc.unique(table[column]).to_pylist())
    return there is None or not named <= set(there[known].to_pylist())


def days_that_differ(
    held: HeldRows,
    address: str,
    before: int,
    now: int,
    spec: Days,
    front: int | None = None,
    between: bool = False,
) -> set[int] | None:
    """Days, numbered from 1970, whose rows are not the same in two versions of a table.

    before, now: versions, below zero where there was no table. front: the last day that an open
    row reaches. between: with the days from an alarm's raise to its clear. None where no day can be
    told from another: a new kind of what lasts. Raises DeltaError or OSError where a version or its
    files are no longer there.
    """
    versions = held.versions
    old, new = (versions.files(address, version) for version in (before, now))
    gone = _groups(versions, address, before, sorted(old - new), spec)
    come = _groups(versions, address, now, sorted(new - old), spec)
    found: set[int] = set()
    for _, first, last, *_ in gone ^ come:
        if first == NULL:
            found.add(UNDATED)
            continue
        end = max(first, first if front is None else front) if last == NULL else last
        found.update(spec.around(first, end))
    for version, only, groups in ((before, old - new, gone - come), (now, new - old, come - gone)):
        if not groups or not (spec.holds or spec.stands):
            continue
        rows = held.of(address, version, spec, only, frozenset(group[0] for group in groups))
        if rows.new_kinds():
            return None
        found |= rows.moved_days(between) if isinstance(rows, Alarms) else rows.moved_days()
    return found


class HeldRows:
    """The rows of a version of a source that hold until another one says otherwise.

    Kept, for they are read as a whole.
    """

    def __init__(self, versions: Versions) -> None:
        self.versions = versions
        self._known: dict[tuple[str, int], tuple[Sources, Sources, Held | Alarms]] = {}

    def of(
        self,
        address: str,
        version: int,
        spec: Days,
        only: Sources = frozenset(),
        sources: Sources = frozenset(),
    ) -> Held | Alarms:
        """Changed are those of `sources` in the files `only`; whoever names none asks for no such.

        Raises DeltaError or OSError where the version or its files are no longer there.
        """
        known = self._known.get((address, version))
        if known is None or (only and known[:2] != (only, sources)):
            rows = _held_rows(self.versions, address, version, spec, only, sources)
            known = self._known[address, version] = only, sources, rows
        return known[2]


def _held_rows(
    versions: Versions, address: str, version: int, spec: Days, only: Sources, sources: Sources
) -> Held | Alarms:
    columns = spec.holds.columns(spec.start) if spec.holds else list(COLUMNS)
    rest = sorted(versions.files(address, version) - only)
    parts = [
        versions.data(address, version, paths).to_table(columns=[*columns, "_source_hash"][:width])
        for paths, width in ((rest, len(columns)), (sorted(only), len(columns) + 1))
    ]
    changed = [np.zeros(parts[0].num_rows, dtype=bool), _among(parts[1]["_source_hash"], sources)]
    both = pa.concat_tables([parts[0], parts[1].select(columns)])
    dated = both.column(spec.start).is_valid()
    flags = np.concatenate(changed)[np.asarray(dated)]
    both = both.filter(dated)
    return Held.of(both, flags, spec.start, spec.holds) if spec.holds else Alarms.of(both, flags)


def _among(values: pa.ChunkedArray, wanted: Collection[str]) -> NDArray[np.bool_]:
    return np.asarray(pc.is_in(values, value_set=pa.array(sorted(wanted), pa.string())))


def open_days(versions: Versions, address: str, version: int, spec: Days) -> set[int]:
    """The days on which the open rows of a version begin."""
    if version < 0 or spec.start == spec.end:
        return set()
    actions = versions.actions(address, version)
    name = f"null_count.{spec.end}"
    if name in actions.column_names:
        actions = actions.filter(pc.fill_null(pc.not_equal(actions[name], 0), True))
    files = versions.data(address, version, actions["path"].to_pylist())
    starts = files.to_table(columns=[spec.start], filter=pc.field(spec.end).is_null())[spec.start]
    return {day for chunk in starts.chunks for day in _days(chunk, chunk.type).tolist()} - {NULL}


def bytes_of_days(
    versions: Versions, address: str, spec: Days | None, days: Collection[int] | None
) -> int:
    """Size of the files of a source that hold rows of these days, or of LOOKED_BACK days before.

    Of all its files where no days are given; of a file whose days nobody knows as well.
    """
    if (now := versions.now(address)) < 0:
        return 0
    files = versions.actions(address, now)
    sizes, low = np.asarray(files["size_bytes"]), spec and f"min.{spec.start}"
    if spec is None or days is None or low not in files.column_names:
        return int(sizes.sum())
    high = f"max.{spec.end}" if f"max.{spec.end}" in files.column_names else low
    first, last = (_days(files[name].combine_chunks(), files[name].type) for name in (low, high))
    last = np.where(last == NULL, np.iinfo(np.int64).max, last)
    spans = [(a - LOOKED_BACK, b + spec.margin) for a, b in runs(days)]
    near = np.any([(first <= b) & (last >= a) for a, b in spans] or [sizes < 0], axis=0)
    return int(sizes[near].sum())


def last_day(versions: Versions, address: str, version: int, column: str) -> int | None:
    """The last day of a table, by the statistics of its files where they tell, None without one."""
    if version < 0:
        return None
    files = versions.actions(address, version)
    if not files.num_rows:
        return None
    name = f"max.{column}"
    if name in files.column_names and not files[name].null_count:
        values = files[name]
    else:
        values = versions.data(address, version).to_table(columns=[column])[column]
    last = int(_days(pa.array([pc.max(values).as_py()], values.type), values.type)[0])
    return None if last == NULL else last


def _groups(
    versions: Versions, address: str, version: int, paths: Sequence[str], spec: Days
) -> set[Group]:
    """(source, first day, last day, rows, sum of row numbers, landed) of these files' rows."""
    if not paths:
        return set()
    data = versions.data(address, version, paths)
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
