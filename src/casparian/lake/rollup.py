"""Hourly and daily roll-ups of historian readings, kept by merging pieces.

A piece is (tag, hour, count, extremes, sum, first, last) of the readings of one file. Pieces add
up in any order, so a late file only touches its own hours. Text states are counted and have no
values. Hours and days are UTC; the plant's calendar comes with the marts.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HOURLY = "silver_equipment.historian_hourly"
DAILY = "silver_equipment.historian_daily"
VALUES = "silver_equipment.historian_values"
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
_AGGREGATES = [
    ("reading_count", "sum"),
    ("value_min", "min"),
    ("value_max", "max"),
    ("value_sum", "sum"),
    ("first_at", "min"),
    ("last_at", "max"),
    ("uncertain_count", "sum"),
]
PIECE = pa.schema(
    [
        ("tag_name", pa.string()),
        ("tag_alias", pa.string()),
        ("hour_start", pa.timestamp("us", tz="UTC")),
        ("reading_count", pa.int64()),
        ("value_min", pa.float64()),
        ("value_max", pa.float64()),
        ("value_mean", pa.float64()),
        ("value_sum", pa.float64()),
        ("first_at", pa.timestamp("us", tz="UTC")),
        ("first_value", pa.float64()),
        ("last_at", pa.timestamp("us", tz="UTC")),
        ("last_value", pa.float64()),
        ("uncertain_count", pa.int64()),
    ]
)


class Hourly:
    """Rolls up one file's valid readings as they pass."""

    def __init__(self, source_hash: str):
        self.source_hash = source_hash
        self.pieces: list[pa.Table] = []
        self.held = 0

    def add(self, fields: pa.RecordBatch) -> None:
        """fields: silver readings (tag_name, tag_alias, timestamp, value, quality)."""
        piece = pieces_of(fields)
        self.pieces.append(piece)
        self.held += piece.num_rows
        if self.held > 500_000:
            self.pieces = [combine(pa.concat_tables(self.pieces))]
            self.held = self.pieces[0].num_rows

    def table(self) -> pa.Table | None:
        """The file's pieces with `_source_hash`, or None where it has no reading."""
        if not self.pieces:
            return None
        whole = combine(pa.concat_tables(self.pieces))
        source = pa.repeat(pa.scalar(self.source_hash), whole.num_rows)
        return whole.append_column("_source_hash", source)


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
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
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
        "hour_start": grouped["hour"].cast(pa.timestamp("us", tz="UTC")),
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
    """One row a tag and `start` from pieces that may share them."""
    keys = ["tag_name", start]
    pieces = pieces.sort_by(
        [("tag_name", "ascending"), (start, "ascending"), ("first_at", "ascending")]
    )
    grouped = pieces.group_by(keys, use_threads=False).aggregate(
        [*_AGGREGATES, ("tag_alias", "first"), ("first_value", "first")]
    )
    last = pieces.sort_by(
        [("tag_name", "ascending"), (start, "ascending"), ("last_at", "ascending")]
    )
    ends = last.group_by(keys, use_threads=False).aggregate([("last_value", "last")])
    joined = grouped.join(ends, keys=keys, use_threads=False).sort_by(
        [(key, "ascending") for key in keys]
    )
    names = {f"{name}_{how}": name for name, how in _AGGREGATES}
    names |= {
        "tag_alias_first": "tag_alias",
        "first_value_first": "first_value",
        "last_value_last": "last_value",
    }
    joined = joined.rename_columns([names.get(name, name) for name in joined.column_names])
    mean = pc.divide(joined["value_sum"], joined["reading_count"])
    schema = _schema(start)
    return joined.append_column("value_mean", mean).select(schema.names).cast(schema)


def daily(hourly: pa.Table) -> pa.Table:
    """Days from hours: one row a tag and UTC day."""
    days = _floor(hourly["hour_start"], DAY_US).cast(pa.timestamp("us")).cast(pa.date32())
    place = hourly.column_names.index("hour_start")
    return combine(hourly.set_column(place, "_date", days), "_date")


def _schema(start: str) -> pa.Schema:
    return pa.schema(
        [
            pa.field("_date", pa.date32()) if f.name == "hour_start" and start == "_date" else f
            for f in PIECE
        ]
    )


def month_of(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """`YYYY-MM` of UTC instants or days; without the zone, whose rules not every system has."""
    naive = column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column
    return pc.strftime(naive, format="%Y-%m")


def _floor(stamps: pa.Array | pa.ChunkedArray, unit: int) -> pa.Array:
    micros = stamps.cast(pa.int64()).to_numpy()
    return pa.array(np.floor_divide(micros, unit) * unit)


def _rising(stamps: pa.ChunkedArray) -> bool:
    micros = stamps.cast(pa.int64()).to_numpy()
    return bool((micros[1:] >= micros[:-1]).all())
