"""Readings of the lake as series in time: which tags there are, and their values in a span.

Any silver table serves that has an instant, a tag and a number: historian readings, samples of
machines, values of OPC nodes.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads

from casparian.contracts.model import TableContract, load_all
from casparian.kpi.intervals import FloatArray, IntArray
from casparian.kpi.timeseries import BoolArray, rhythm
from casparian.lake import rollup
from casparian.lake.process import TAG_ALIASES, TAG_LIST
from casparian.lake.query import UnknownTableError, unknown_table
from casparian.lake.store import Lake, LakeError

TAGS = ("tag_name", "node_id", "data_item_id", "sensor_id", "web_id", "meter_id")
VALUES = ("value", "numeric_value", "energy_kwh")
UNITS = {"us": 1, "ms": 10**3, "s": 10**6, "min": 6 * 10**7, "h": 36 * 10**8, "d": 864 * 10**8}
UNITS |= {"m": UNITS["min"], "w": 7 * UNITS["d"]}
AT_ONCE = 1_500_000  # readings held at once
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*")


@dataclass(frozen=True)
class Shape:
    """Which columns of a table make a series. quality: None where every value counts as good."""

    address: str
    time: str
    tag: str
    value: str
    quality: str | None


@dataclass(frozen=True)
class Readings:
    """Readings of several tags by tag and time. names: tag names by code."""

    names: list[str]
    tags: IntArray
    at: IntArray
    value: FloatArray
    good: BoolArray

    def of(self, code: int) -> tuple[IntArray, FloatArray, BoolArray]:
        """(instants [us], values, good) of one tag."""
        low, high = np.searchsorted(self.tags, [code, code + 1])
        return self.at[low:high], self.value[low:high], self.good[low:high]


def microseconds(text: str) -> int:
    """`15min`, `90 s`, `1.5h`, `1d` as microseconds. Raises ValueError with one sentence."""
    found = _DURATION.fullmatch(text.lower())
    unit = UNITS.get(found[2]) if found else None
    length = round(float(found[1]) * unit) if found and unit else 0
    if length <= 0:
        raise ValueError(f"'{text}' is no length of time: write it like 30s, 15min, 1h or 1d.")
    return length


def words_of(length: float) -> str:
    """Microseconds in the largest unit that is whole: `15min`."""
    for unit in ("d", "h", "min", "s", "ms"):
        if length >= UNITS[unit] and length % UNITS[unit] == 0:
            return f"{int(length // UNITS[unit])}{unit}"
    return f"{length / UNITS['s']:.3g}s" if length >= UNITS["ms"] else f"{length:g}us"


def shape_of(lake: Lake, table: str = "historian_values") -> Shape:
    """The series that a silver table holds, by its name or address.

    Raises UnknownTableError for a table that the lake lacks, LakeError for one without series.
    """
    name = table.rpartition(".")[2]
    contracts = (c for each in load_all().values() for c in each.tables.values())
    contract = next((c for c in contracts if table in (c.silver, c.name)), None)
    address = contract.silver if contract else table
    if "." not in address or lake.delta(address) is None:
        raise UnknownTableError(unknown_table(lake, address))
    found = _shape(contract) if contract else None
    if found is None:
        raise LakeError(f"{name} holds no series: it needs a time, a tag and a number.")
    return found


def _shape(contract: TableContract) -> Shape | None:
    kinds = {column.name: column.type for column in contract.columns}
    times = [name for name, kind in kinds.items() if pa.types.is_timestamp(kind)]
    times.sort(key=lambda name: (name != "timestamp", name not in contract.primary_key))
    tag = next((name for name in TAGS if name in kinds), None)
    value = next((n for n in VALUES if n in kinds and pa.types.is_floating(kinds[n])), None)
    if not times or tag is None or value is None:
        return None
    quality = "quality" if "quality" in kinds else None
    return Shape(contract.silver, times[0], tag, value, quality)


def names(lake: Lake, shape: Shape, patterns: Sequence[str] = ()) -> list[str]:
    """Tags with readings, sorted; those that fit one of the patterns (`TI-*`, or an alias)."""
    rolled = shape.address == rollup.VALUES and lake.delta(rollup.DAILY) is not None
    data = lake.dataset(rollup.DAILY if rolled else shape.address)
    found: set[str] = set()
    for batch in [] if data is None else data.to_batches(columns=[shape.tag]):
        found.update(pc.unique(batch[shape.tag]).to_pylist())
    found.discard(None)  # type: ignore[arg-type]
    if not patterns:
        return sorted(found)
    aliases = alias_map(lake)
    return [
        name
        for name in sorted(found)
        if any(
            name == p or fnmatch.fnmatchcase(name, p) or aliases.get(name) == p for p in patterns
        )
    ]


def groups(
    lake: Lake, shape: Shape, tags: Sequence[str], most: int = AT_ONCE
) -> Iterator[list[str]]:
    """The tags in groups of about `most` readings, where the roll-ups know how many they have."""
    counts: dict[str, int] = {}
    if shape.address == rollup.VALUES and (days := lake.dataset(rollup.DAILY)) is not None:
        near = pc.field("tag_name").isin(list(tags))
        table = days.to_table(columns=["tag_name", "reading_count"], filter=near)
        table = table.group_by("tag_name").aggregate([("reading_count", "sum")])
        columns = (table[name].to_pylist() for name in ("tag_name", "reading_count_sum"))
        counts = dict(zip(*columns, strict=True))
    group: list[str] = []
    size = 0
    for tag in tags:
        if group and size + counts.get(tag, 0) > most:
            yield group
            group, size = [], 0
        group.append(tag)
        size += counts.get(tag, 0)
    if group:
        yield group


def alias_map(lake: Lake) -> dict[str, str]:
    """Tag → alias, of the tag list and the alias map, which wins."""
    found: dict[str, str] = {}
    for address in (TAG_LIST, TAG_ALIASES):
        table = lake.read(address, ["tag_name", "tag_alias"])
        if table is not None:
            rows = zip(table["tag_name"].to_pylist(), table["tag_alias"].to_pylist(), strict=True)
            found |= {name: alias for name, alias in rows if alias}
    return found


def facts(lake: Lake) -> dict[str, tuple[str | None, float | None]]:
    """Tag → (unit, interval [us]) as the tag list states them."""
    table = lake.read(TAG_LIST, ["tag_name", "units", "interval_s"])
    if table is None:
        return {}
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return {name: (unit, None if s is None else s * UNITS["s"]) for name, unit, s in rows}


def instant(micros: int) -> datetime:
    """An instant for people and for Arrow."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))


def read(
    lake: Lake,
    shape: Shape,
    tags: Sequence[str] | None = None,
    start: int | None = None,
    end: int | None = None,
) -> Readings:
    """Readings with an instant, start inclusive, end exclusive [us]; of all tags for None.

    A value that is no number (a state) is NaN.
    """
    if lake.delta(shape.address) is None:
        raise UnknownTableError(unknown_table(lake, shape.address))
    codes: dict[str, int] = {}
    parts = [_arrays(b, shape, codes) for b in scan(lake, shape, _near(shape, tags, start, end))]
    empty = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, bool))
    tag, at, value, good = (np.concatenate(each) for each in zip(empty, *parts, strict=True))
    order = sorted(codes)
    rank = np.empty(len(order), dtype=np.int64)
    rank[[codes[name] for name in order]] = np.arange(len(order))
    tag = rank[tag] if len(order) else tag
    places = np.lexsort((at, tag))
    return Readings(order, tag[places], at[places], value[places], good[places])


def _arrays(
    batch: pa.RecordBatch, shape: Shape, codes: dict[str, int]
) -> tuple[IntArray, IntArray, FloatArray, BoolArray]:
    """Codes of tags (new ones are added), instants, values, good: rows that have tag and time."""
    batch = batch.filter(pc.and_(batch[shape.time].is_valid(), batch[shape.tag].is_valid()))
    coded = batch[shape.tag].cast(pa.string()).dictionary_encode()
    own = [codes.setdefault(name, len(codes)) for name in coded.dictionary.to_pylist()]
    tag = np.array(own, dtype=np.int64)[coded.indices.to_numpy()]
    at = batch[shape.time].cast(pa.int64()).to_numpy()
    value = batch[shape.value].cast(pa.float64()).fill_null(np.nan).to_numpy()
    good = np.ones(len(at), dtype=bool)
    if shape.quality:
        said = pc.equal(batch[shape.quality].cast(pa.string()), "Good").fill_null(False)
        good = said.to_numpy(zero_copy_only=False)
    return tag, at, value, good


def _columns(shape: Shape) -> list[str]:
    columns = [shape.time, shape.tag, shape.value]
    return [*columns, shape.quality] if shape.quality else columns


def _near(
    shape: Shape, tags: Sequence[str] | None, start: int | None, end: int | None
) -> pc.Expression:
    near = pc.scalar(True)
    if tags is not None:
        near &= pc.field(shape.tag).isin(list(tags))
    if start is not None:
        near &= pc.field(shape.time) >= instant(start)
    if end is not None:
        near &= pc.field(shape.time) < instant(end)
    return near


def scan(
    lake: Lake, shape: Shape, near: pc.Expression, more: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Rows of the table batch by batch."""
    data = lake.dataset(shape.address)
    if data is not None:
        form = pads.ParquetFragmentScanOptions(pre_buffer=False, use_buffered_stream=True)
        yield from data.to_batches(
            columns=[*_columns(shape), *more], filter=near, fragment_scan_options=form,
            batch_size=1 << 17, batch_readahead=1, fragment_readahead=1, use_threads=False,
            memory_pool=pa.system_memory_pool(),  # gives memory back at once
        )  # fmt: skip


def longest_of(at: IntArray, stated: float | None, asked: float | None) -> float:
    """How long a value of this tag may stand for what nobody read: as asked, or its own rhythm."""
    return asked if asked is not None else rhythm(at, stated).longest
