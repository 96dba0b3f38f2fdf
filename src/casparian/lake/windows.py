"""Roll-ups of historian readings that the lake keeps, in windows of any length.

`silver_equipment.historian_<window>` has a row a tag and window. `ops.rollups` remembers how each
was made and which readings of which file are in it, so that bringing it up to date computes only
the windows that new or late readings touch. A window is always computed whole, from silver: doing
it again changes nothing. What takes readings away (a file that was replaced) makes it anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake.transaction import RemoveAction

from casparian.kpi.intervals import IntArray
from casparian.kpi.timeseries import DAY, Windows, edges, local_edges, roll_up
from casparian.lake import rollup, series
from casparian.lake.ledger import Ledger
from casparian.lake.settle import write_parts
from casparian.lake.store import Lake, LakeError, Part

MADE = "ops.rollups"
AT_ONCE = 1_500_000  # readings rolled up in one pass
_TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("tag_name", pa.string()),
        ("tag_alias", pa.string()),
        ("window_start", _TIME),
        ("window_end", _TIME),
        ("reading_count", pa.int64()),
        ("value_min", pa.float64()),
        ("value_max", pa.float64()),
        ("value_mean", pa.float64()),
        ("value_time_mean", pa.float64()),
        ("value_std", pa.float64()),
        ("first_value", pa.float64()),
        ("last_value", pa.float64()),
        ("good_ratio", pa.float64()),
        ("covered_ratio", pa.float64()),
        ("good_time_ratio", pa.float64()),
    ]
)
MADE_SCHEMA = pa.schema(
    [
        ("address", pa.string()),
        ("length_us", pa.int64()),
        ("max_gap_us", pa.int64()),
        ("timezone", pa.string()),
        ("day_start_us", pa.int64()),
        ("source_hash", pa.string()),
        ("readings", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Grid:
    """How windows lie. length, max_gap (how long a value may hold), day_start: [us].

    zone: an IANA name, by whose calendar days begin (at day_start); None aligns to UTC's epoch.
    """

    length: int
    max_gap: int
    zone: str | None = None
    day_start: int = 0

    @property
    def address(self) -> str:
        return f"silver_equipment.historian_{series.words_of(self.length)}"

    def bounds(self, start: int, end: int) -> IntArray:
        """Edges of the windows that cover this span."""
        if self.zone is None:
            return edges(start, end, self.length, self.day_start)
        shift = timedelta(microseconds=self.day_start)
        return local_edges(start, end, self.length, self.zone, shift)


@dataclass(frozen=True)
class Made:
    """What bringing a roll-up up to date did: files new to it, windows computed, rows now."""

    address: str
    files: int
    windows: int
    rows: int
    anew: bool


def made(lake: Lake) -> dict[str, tuple[Grid, dict[str, int]]]:
    """Roll-ups of the lake: address → how it is made, and readings a source hash."""
    found: dict[str, tuple[Grid, dict[str, int]]] = {}
    table = lake.read(MADE)
    for row in [] if table is None else table.to_pylist():
        grid = Grid(row["length_us"], row["max_gap_us"], row["timezone"], row["day_start_us"])
        found.setdefault(row["address"], (grid, {}))[1][row["source_hash"]] = row["readings"]
    return found


def refresh(
    lake: Lake, grid: Grid, *, anew: bool = False, watch: Callable[[int], None] = lambda rows: None
) -> Made:
    """Make the roll-up, or bring it up to date. watch: told of windows as they are computed.

    Raises LakeError where it was made in another way, or the lake has no readings.
    """
    before = made(lake).get(grid.address)
    if before and replace(before[0]) != grid and not anew:
        raise LakeError(
            f"{grid.address} was made with a longest gap of {series.words_of(before[0].max_gap)} "
            f"and days of {before[0].zone or 'UTC'}: ask for the same, or give --rebuild."
        )
    shape = series.shape_of(lake)
    now = _readings_by_file(lake)
    old = before[1] if before and not anew and lake.delta(grid.address) is not None else {}
    anew = not old or any(now.get(source, 0) < count for source, count in old.items())
    fresh = {source for source, count in now.items() if anew or old.get(source, 0) < count}
    if not fresh and not (anew and old):
        return Made(grid.address, 0, 0, _rows(lake, grid.address), False)
    touched = None if anew else _touched(lake, shape, grid, fresh)
    count = _write(lake, shape, grid, touched, watch)
    _remember(lake, grid, now)
    return Made(grid.address, len(fresh), count, _rows(lake, grid.address), anew)


def _rows(lake: Lake, address: str) -> int:
    table = lake.delta(address)
    return 0 if table is None else sum(table.get_add_actions()["num_records"].to_pylist())


def _readings_by_file(lake: Lake) -> dict[str, int]:
    """Valid readings of each landed file, by its hash."""
    counts = {
        row["source_hash"]: json.loads(row["tables"]).get(rollup.VALUES, 0)
        for row in Ledger(lake).rows(None, ("landed",))
        if row["tables"]
    }
    return {source: count for source, count in counts.items() if count}


@dataclass(frozen=True)
class _Touched:
    """Spans of time (rising, apart from each other) with the tags that changed in them."""

    starts: IntArray
    ends: IntArray
    tags: list[str]
    keys: pa.Table  # tag_name, window_start


def _touched(lake: Lake, shape: series.Shape, grid: Grid, fresh: set[str]) -> _Touched:
    """Windows that these files' readings may change: those within `max_gap` of each."""
    near = pc.field("_source_hash").isin(sorted(fresh))
    pairs = [
        pa.table({"tag_name": batch[shape.tag].cast(pa.string()), "at": batch[shape.time]})
        for batch in series.scan(lake, shape, near, ["_source_hash"])
        if batch.num_rows
    ]
    table = pa.concat_tables(pairs)
    at = table["at"].cast(pa.int64()).to_numpy()
    bounds = grid.bounds(int(at.min()) - grid.max_gap, int(at.max()) + grid.max_gap + 1)
    first = np.searchsorted(bounds, at - grid.max_gap, side="right") - 1
    last = np.searchsorted(bounds, at + grid.max_gap, side="right") - 1
    spread = pa.table({"tag_name": table["tag_name"], "first": first, "last": last})
    spread = spread.group_by(["tag_name", "first", "last"]).aggregate([])
    low, high = spread["first"].to_numpy(), spread["last"].to_numpy()
    number = high - low + 1
    row = np.repeat(np.arange(len(low)), number)
    window = low[row] + np.arange(len(row)) - (np.cumsum(number) - number)[row]
    keys = pa.table(
        {
            "tag_name": spread["tag_name"].take(pa.array(row)),
            "window_start": pa.array(bounds[window]).cast(_TIME),
        }
    )
    keys = keys.group_by(keys.column_names).aggregate([])
    places = np.unique(window)
    breaks = np.flatnonzero(np.diff(places) > 1) + 1
    firsts, lasts = np.append(0, breaks), np.append(breaks, len(places)) - 1
    return _Touched(
        bounds[places[firsts]], bounds[places[lasts] + 1],
        pc.unique(keys["tag_name"]).to_pylist(), keys,
    )  # fmt: skip


def _write(
    lake: Lake,
    shape: series.Shape,
    grid: Grid,
    touched: _Touched | None,
    watch: Callable[[int], None],
) -> int:
    """Compute and commit; how many windows."""
    parts: list[Part] = []
    aliases, count = series.alias_map(lake), 0
    for start, end in _spans(lake, grid, touched):
        found = _computed(lake, shape, grid, start, end, touched, aliases)
        count += found.num_rows
        watch(found.num_rows)
        parts += _by_month(lake, grid.address, found)
    with lake.alone():
        kept, removes = _kept(lake, grid.address, touched)
        lake.commit(grid.address, SCHEMA, parts + kept, removes=removes)
    return count


def _spans(lake: Lake, grid: Grid, touched: _Touched | None) -> Iterator[tuple[int, int]]:
    """Spans of whole windows with about AT_ONCE readings, after the days' own counts."""
    days = lake.read(rollup.DAILY, ["_date", "reading_count"])
    if days is None or not days.num_rows:
        return
    by_day = days.group_by("_date").aggregate([("reading_count", "sum")]).sort_by("_date")
    start = by_day["_date"].cast(pa.int32()).to_numpy().astype(np.int64) * DAY
    count = by_day["reading_count_sum"].to_numpy()
    bounds = grid.bounds(int(start[0]), int(start[-1]) + DAY)
    per_window = np.interp(bounds, *_cumulated(start, count))
    marks = [0]
    while marks[-1] < len(bounds) - 1:
        upto = int(np.searchsorted(per_window, per_window[marks[-1]] + AT_ONCE, side="right")) - 1
        marks.append(min(max(upto, marks[-1] + 1), len(bounds) - 1))
    for low, high in zip(bounds[marks[:-1]], bounds[marks[1:]], strict=True):
        if touched is None:
            yield int(low), int(high)
            continue
        for begin, finish in zip(touched.starts, touched.ends, strict=True):
            if begin < high and finish > low:
                yield max(int(begin), int(low)), min(int(finish), int(high))


def _cumulated(start: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Readings up to each instant at which a day begins or ends."""
    at = np.stack([start, start + DAY], axis=1).ravel()
    total = np.cumsum(count)
    return at, np.stack([total - count, total], axis=1).ravel()


def _computed(
    lake: Lake, shape: series.Shape, grid: Grid, start: int, end: int,
    touched: _Touched | None, aliases: dict[str, str],
) -> pa.Table:  # fmt: skip
    """Rows of the windows from start to end, of those that were touched."""
    tags = touched.tags if touched else None
    found = series.read(lake, shape, tags, start - grid.max_gap, end + grid.max_gap)
    bounds = grid.bounds(start, end)
    rolled = roll_up(found.tags, found.at, found.value, found.good, bounds, float(grid.max_gap))
    rows = table_of(rolled, found.names, aliases)
    if touched is None:
        return rows
    keys = ["tag_name", "window_start"]
    return rows.join(touched.keys, keys=keys, join_type="left semi").select(SCHEMA.names)


def table_of(rolled: Windows, names: list[str], aliases: dict[str, str]) -> pa.Table:
    """Windows as a table of SCHEMA; null for what is NaN."""
    code = pa.array(rolled.tag)
    columns = {
        "tag_name": pa.array(names, pa.string()).take(code),
        "tag_alias": pa.array([aliases.get(name) for name in names], pa.string()).take(code),
        "window_start": pa.array(rolled.start).cast(_TIME),
        "window_end": pa.array(rolled.end).cast(_TIME),
        "reading_count": pa.array(rolled.count),
    }
    fields = {
        "value_min": "min", "value_max": "max", "value_mean": "mean", "value_std": "std",
        "value_time_mean": "time_mean", "first_value": "first", "last_value": "last",
        "good_ratio": "good_ratio", "covered_ratio": "covered_ratio",
        "good_time_ratio": "good_time_ratio",
    }  # fmt: skip
    for name, field in fields.items():
        columns[name] = pa.array(getattr(rolled, field), from_pandas=True)
    return pa.table(columns).select(SCHEMA.names).cast(SCHEMA)


def _by_month(lake: Lake, address: str, rows: pa.Table) -> list[Part]:
    """One part a month, so that late readings rewrite no more than their months."""
    month = rollup.month_of(rows["window_start"])
    parts: list[Part] = []
    for name in pc.unique(month).to_pylist():
        own = rows.filter(pc.equal(month, name)).combine_chunks()
        parts += write_parts(lake, address, own, ["window_start", "tag_name"])
    return parts


def _kept(
    lake: Lake, address: str, touched: _Touched | None
) -> tuple[list[Part], list[RemoveAction]]:
    """Rows of the touched months' files that stay, and the actions that remove those files."""
    table = lake.delta(address)
    if table is None:
        return [], []
    actions = pa.table(table.get_add_actions(flatten=True))
    if touched is not None:
        months = pc.unique(rollup.month_of(touched.keys["window_start"]))
        mine = pc.is_in(rollup.month_of(actions["min.window_start"]), months)
        actions = actions.filter(mine)
    paths = actions["path"].to_pylist()
    now = int(datetime.now(UTC).timestamp() * 1000)
    removes = [RemoveAction(path, True, now) for path in paths]
    if touched is None or not paths:
        return [], removes
    rows = lake.files_of(address, table, paths).to_table()
    keys = ["tag_name", "window_start"]
    rest = rows.join(touched.keys, keys=keys, join_type="left anti").select(SCHEMA.names)
    return _by_month(lake, address, rest.cast(SCHEMA)), removes


def _remember(lake: Lake, grid: Grid, sources: dict[str, int]) -> None:
    """Write down how the roll-up is made and what is in it."""
    with lake.alone():
        table, address = lake.delta(MADE), grid.address
        rows: list[dict[str, Any]] = [
            {
                "address": address, "length_us": grid.length, "max_gap_us": grid.max_gap,
                "timezone": grid.zone, "day_start_us": grid.day_start,
                "source_hash": source, "readings": count,
            }
            for source, count in sources.items()
        ]  # fmt: skip
        removes: list[RemoveAction] = []
        if table is not None:
            before = lake.files_of(MADE, table).to_table().to_pylist()
            rows += [row for row in before if row["address"] != address]
            now = int(datetime.now(UTC).timestamp() * 1000)
            paths = table.get_add_actions()["path"].to_pylist()
            removes = [RemoveAction(path, True, now) for path in paths]
        parts = write_parts(lake, MADE, pa.Table.from_pylist(rows, MADE_SCHEMA), ["address"])
        lake.commit(MADE, MADE_SCHEMA, parts, removes=removes)
