"""Hourly and daily roll-ups of historian readings, kept by merging pieces.

A piece is (tag, hour, count, extremes, sum, first, last) of the readings of one file. Pieces add
up in any order, so a late file only touches its own hours. Text states are counted and have no
values. Hours and days are UTC; the plant's calendar comes with the marts.

A sparse history has nearly as many hours as readings: pieces are kept, added up and committed by
month, so that memory holds them once, whatever span of time a file covers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HOURLY = "silver_equipment.historian_hourly"
DAILY = "silver_equipment.historian_daily"
VALUES = "silver_equipment.historian_values"
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
_UTC = pa.timestamp("us", tz="UTC")
_KEPT = pa.system_memory_pool()  # pieces stay: among what batches leave they would hold pages
_FEW = 20_000  # pieces of a month that are worth no adding up
PIECE = pa.schema(
    [
        ("tag_name", pa.string()),
        ("tag_alias", pa.string()),
        ("hour_start", _UTC),
        ("reading_count", pa.int64()),
        ("value_min", pa.float64()),
        ("value_max", pa.float64()),
        ("value_mean", pa.float64()),
        ("value_sum", pa.float64()),
        ("first_at", _UTC),
        ("first_value", pa.float64()),
        ("last_at", _UTC),
        ("last_value", pa.float64()),
        ("uncertain_count", pa.int64()),
    ]
)


DAYS = pa.schema([pa.field("_date", pa.date32()) if f.name == "hour_start" else f for f in PIECE])
# what a file's pieces are: its hash is the same in all of them, and is written once
SOURCED = PIECE.append(pa.field("_source_hash", pa.dictionary(pa.int32(), pa.string())))


class Hourly:
    """Rolls up one file's valid readings as they pass."""

    def __init__(self, source_hash: str):
        self.source_hash = source_hash
        self._months: dict[str, _Month] = {}

    def add(self, fields: pa.RecordBatch) -> None:
        """fields: silver readings (tag_name, tag_alias, timestamp, value, quality)."""
        for month, piece in by_month(pieces_of(fields)):
            self._months.setdefault(month, _Month()).add(piece)

    def table(self) -> pa.Table | None:
        """The file's pieces with `_source_hash`, by month, or None where it has no reading."""
        if not self._months:
            return None
        whole = pa.concat_tables(self._months[month].whole() for month in sorted(self._months))
        place = pa.array(np.zeros(whole.num_rows, dtype=np.int32))
        source = pa.DictionaryArray.from_arrays(place, pa.array([self.source_hash]))
        return whole.append_column(SOURCED.field("_source_hash"), source)


@dataclass
class _Month:
    """Pieces of one month, added up whenever they have doubled."""

    pieces: list[pa.Table] = field(default_factory=list)
    held: int = 0
    most: int = _FEW

    def add(self, piece: pa.Table) -> None:
        self.pieces.append(piece)
        self.held += piece.num_rows
        if self.held > self.most:
            self.most = 2 * self.whole().num_rows + _FEW

    def whole(self) -> pa.Table:
        if len(self.pieces) > 1:
            self.pieces = [combine(pa.concat_tables(self.pieces))]
            self.held = self.pieces[0].num_rows
        return self.pieces[0]


def by_month(pieces: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Pieces by the month of their hour, in order."""
    month = _months(pieces["hour_start"])
    for each in _distinct(month):
        yield str(each), pc.filter(pieces, pa.array(month == each), memory_pool=_KEPT)


def pieces_of(fields: pa.RecordBatch | pa.Table) -> pa.Table:
    """Pieces of readings in any order."""
    tags, alias = _coded(fields["tag_name"]), _coded(fields["tag_alias"])
    stamps = fields["timestamp"]
    table = pa.table(
        {
            "tag": tags.indices,
            "hour": _floor(stamps, HOUR_US),
            "value": fields["value"],
            "at": stamps,
            "uncertain": pc.cast(_is_uncertain(fields["quality"]), pa.int64()),
        }
    )
    if not _rising(table["at"]):
        table = table.sort_by("at")
    grouped = table.group_by(["tag", "hour"], use_threads=False).aggregate(
        [
            ("at", "count"), ("value", "min"), ("value", "max"), ("value", "sum"),
            ("value", "first"), ("value", "last"), ("at", "first"), ("at", "last"),
            ("uncertain", "sum"),
        ]
    )  # fmt: skip
    return _named(grouped, tags.dictionary, _alias_of(tags, alias))


def _coded(column: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    whole = _whole(column) if isinstance(column, pa.ChunkedArray) else column
    return (
        whole if pa.types.is_dictionary(whole.type) else whole.cast(pa.string()).dictionary_encode()
    )


def _is_uncertain(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    coded = _coded(column)
    return pc.equal(coded.dictionary, "Uncertain").take(coded.indices)


def _alias_of(tags: pa.DictionaryArray, alias: pa.DictionaryArray) -> pa.Array:
    """The alias of each entry of the tags' dictionary, null where it has none."""
    found = np.full(len(tags.dictionary), -1, dtype=np.int64)
    found[tags.indices.to_numpy()] = alias.indices.fill_null(-1).to_numpy()
    return alias.dictionary.take(pa.array(found, mask=found < 0)).cast(pa.string())


def _named(grouped: pa.Table, tags: pa.Array, alias: pa.Array) -> pa.Table:
    columns = {
        "tag_name": tags.take(grouped["tag"].combine_chunks()),
        "tag_alias": alias.take(grouped["tag"].combine_chunks()),
        "hour_start": grouped["hour"].cast(_UTC),
        "reading_count": grouped["at_count"],
        "value_min": grouped["value_min"],
        "value_max": grouped["value_max"],
        "value_mean": pc.divide(grouped["value_sum"], grouped["at_count"]),
        "value_sum": grouped["value_sum"],
        "first_at": grouped["at_first"],
        "first_value": grouped["value_first"],
        "last_at": grouped["at_last"],
        "last_value": grouped["value_last"],
        "uncertain_count": grouped["uncertain_sum"],
    }
    return pa.table(columns).cast(PIECE)


def combine(pieces: pa.Table, start: str = "hour_start") -> pa.Table:
    """One row a tag and `start` from pieces that may share them, by tag and `start`."""
    schema = DAYS if start == "_date" else PIECE
    if not pieces.num_rows:
        return schema.empty_table()
    groups = _Groups.of(pieces, start)
    of = {name: _micros(pieces[name]) for name in ("first_at", "last_at")}
    columns = {
        "tag_name": groups.tags.dictionary.take(
            pa.array(groups.key(groups.tags.indices.to_numpy()))
        ),
        "tag_alias": groups.first(_coded(pieces["tag_alias"])).cast(pa.string()),
        start: pa.array(groups.key(groups.starts)).cast(_plain(schema.field(start).type)),
        "first_value": groups.first(_whole(pieces["first_value"])),
        "last_value": groups.last(_whole(pieces["last_value"]), of["last_at"]),
        "first_at": pa.array(groups.of_all(of["first_at"], np.minimum)),
        "last_at": pa.array(groups.of_all(of["last_at"], np.maximum)),
    }
    for name in ("reading_count", "uncertain_count"):
        columns[name] = pa.array(groups.of_all(pieces[name].to_numpy(), np.add))
    for name, how in (("value_min", np.fmin), ("value_max", np.fmax), ("value_sum", np.add)):
        columns[name] = groups.of_known(pieces[name], how)
    columns["value_mean"] = pc.divide(columns["value_sum"], columns["reading_count"])
    made = [columns[f.name].cast(f.type) for f in schema]
    return pa.Table.from_arrays(made, schema=schema)


@dataclass(frozen=True)
class _Groups:
    """Pieces of the same tag and start. order: of all pieces, by tag, start and first reading.
    edges: where in this order each group begins."""

    tags: pa.DictionaryArray
    starts: np.ndarray
    order: np.ndarray
    edges: np.ndarray

    @classmethod
    def of(cls, pieces: pa.Table, start: str) -> _Groups:
        tags = _coded(pieces["tag_name"])
        rank = np.empty(len(tags.dictionary), dtype=np.int32)
        rank[pc.sort_indices(tags.dictionary).to_numpy()] = np.arange(len(rank), dtype=np.int32)
        tag = rank[tags.indices.to_numpy()]
        starts = _micros(pieces[start])
        order = np.lexsort((_micros(pieces["first_at"]), starts, tag))
        change = (np.diff(tag[order]) != 0) | (np.diff(starts[order]) != 0)
        return cls(tags, starts, order, np.flatnonzero(np.append(True, change)))

    def key(self, column: np.ndarray) -> np.ndarray:
        """What all pieces of a group have in common, one a group."""
        found: np.ndarray = column[self.order[self.edges]]
        return found

    def of_all(self, values: np.ndarray, how: np.ufunc) -> np.ndarray:
        found: np.ndarray = how.reduceat(values[self.order], self.edges)
        return found

    def of_known(self, column: pa.ChunkedArray, how: np.ufunc) -> pa.Array:
        """Of the values that are there; null where a group has none."""
        known = column.is_valid().to_numpy()
        values = column.fill_null(0.0 if how is np.add else np.nan).to_numpy()
        none = ~self.of_all(known, np.logical_or)
        return pa.array(self.of_all(values, how), mask=none)

    def first(self, column: pa.Array) -> pa.Array:
        """The first that is there, by the time of the first reading."""
        known = column.is_valid().to_numpy(zero_copy_only=False)[self.order]
        place = np.where(known, np.arange(len(known)), len(known))
        at = np.minimum.reduceat(place, self.edges)
        none = at == len(known)
        return column.take(pa.array(self.order[np.where(none, 0, at)], mask=none))

    def last(self, column: pa.Array, last_at: np.ndarray) -> pa.Array:
        """The last that is there, by the time of the last reading."""
        group = np.zeros(len(self.order), dtype=np.int64)
        group[self.edges[1:]] = 1
        by = self.order[np.lexsort((last_at[self.order], np.cumsum(group)))]
        known = column.is_valid().to_numpy(zero_copy_only=False)[by]
        at = np.maximum.reduceat(np.where(known, np.arange(len(known)), -1), self.edges)
        return column.take(pa.array(by[np.maximum(at, 0)], mask=at < 0))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return found.chunk(0) if isinstance(found, pa.ChunkedArray) else found


def _micros(column: pa.ChunkedArray) -> np.ndarray:
    """Instants or days as whole numbers."""
    found: np.ndarray = column.cast(_plain(column.type)).to_numpy()
    return found


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.int32() if pa.types.is_date32(kind) else pa.int64()


def daily(hourly: pa.Table) -> pa.Table:
    """Days from hours: one row a tag and UTC day."""
    days = _floor(hourly["hour_start"], DAY_US).cast(pa.timestamp("us")).cast(pa.date32())
    place = hourly.column_names.index("hour_start")
    return combine(hourly.set_column(place, "_date", days), "_date")


def month_of(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`YYYY-MM` of UTC instants or days; without the zone, whose rules not every system has."""
    months = _months(column)
    found = _distinct(months)
    place = np.searchsorted(found, months).astype(np.int32)
    return pa.array(found.astype(str), pa.string()).take(pa.array(place))


def _months(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """datetime64[M] of UTC instants or days."""
    naive = column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column
    found: np.ndarray = naive.to_numpy(zero_copy_only=False).astype("datetime64[M]")
    return found


def _distinct(months: np.ndarray) -> np.ndarray:
    """Which months there are, rising; in one pass, as neighbours mostly share theirs."""
    change = np.append(True, months[1:] != months[:-1])[: len(months)]
    return np.unique(months[change])


def _floor(stamps: pa.Array | pa.ChunkedArray, unit: int) -> pa.Array:
    micros = stamps.cast(pa.int64()).to_numpy()
    return pa.array(np.floor_divide(micros, unit) * unit)


def _rising(stamps: pa.ChunkedArray) -> bool:
    micros = stamps.cast(pa.int64()).to_numpy()
    return bool((micros[1:] >= micros[:-1]).all())
