"""From which point on a build of the marts must make each control chart anew.

The limits of a chart are frozen after phase I, and no rule looks back further than 16 points: a
point depends on what lies before it by little. So of a chart only its end is made anew, from the
first point that has changed (``dbt/macros/spc_tails.sql``); the whole chart where that lies in
phase I. ``fct_spc_points`` notes what it was built from as a mart of days does
(``spark_jobs.changed_days``). ``find`` compares the version of the measurements then with the one
now: of the files that came and went it reads what names a point, and of the mart where these points
lie. So late rows, corrections and rows that were taken out count as well as new ones.

Everything is made anew where the mart is new, where the SQL or a factor behind it has changed,
where the version is no longer known, and where more than ``MOST`` characteristics have changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake.exceptions import DeltaError
from numpy.typing import NDArray

from casparian.lake.store import Lake
from spark_jobs.changed_days import Mart, Plan, built_from, remember
from spark_jobs.table_versions import Versions

STRATEGY = "replace_tails"
POINTS, LIMITS = "gold_quality.fct_spc_points", "gold_quality.spc_control_limits"
MEASUREMENTS = "silver_quality.spc_measurements"
TAILS, SINCE = "spc_tails", "spc_since"
MOST = 2000
CHARACTERISTIC = ["source_format", "part_number", "feature", "machine_id"]
BY = [*CHARACTERISTIC, "subgroup", "day", "_source_hash"]
SUMS = {"rows": "sum", "numbers": "sum", "landed": "max", "first": "min"}
READ = [*CHARACTERISTIC, "subgroup", "measured_at", "_source_hash", "_source_row", "_ingested_at"]
INDIVIDUALS = "i_mr"
DAY_US = 86_400_000_000
NEVER = np.iinfo(np.int64).max  # the instant of what has none: after all others
ROUNDING = timedelta(seconds=1)  # engines keep instants to the millisecond at worst
Characteristic = tuple[str, ...]


@dataclass(frozen=True)
class Tail:
    """The end of a chart.

    chart: empty for all charts of the characteristic as a whole. first_position: of its first
    point. first_subgroup: the number from which its subgroups are. since: the microsecond [1970]
    from which its individuals are. before: value of the point before it.
    """

    characteristic: Characteristic
    chart: str = ""
    first_position: int = 1
    first_subgroup: int = 0
    since: int = 0
    before: float = 0.0

    def literals(self) -> list[str | int]:
        """As ``spc_tail_rows`` takes it."""
        until = min(self.since, _microseconds(datetime(9999, 1, 1, tzinfo=UTC)))
        told = self.first_position, self.first_subgroup, _iso(until), repr(self.before)
        return [*self.characteristic, self.chart, *told]


@dataclass(frozen=True)
class Tails:
    """What a build makes anew of the control charts.

    tails: None for everything; why it is everything. version: of the measurements, before the
    build. since: the earliest measurement behind these points, microseconds from 1970.
    """

    tails: tuple[Tail, ...] | None
    version: int
    why: str = ""
    since: int = NEVER

    def variables(self) -> dict[str, Any]:
        """For dbt: what ``dbt/macros/spc_tails.sql`` asks for."""
        if self.tails is None:
            return {}
        since = _instant(0 if self.since == NEVER else self.since) - ROUNDING
        return {TAILS: [tail.literals() for tail in self.tails], SINCE: _text(since)}

    def sentence(self) -> str:
        """What is made anew, and why."""
        if self.tails is None:
            return f"everything: {self.why}"
        whole = sum(not tail.chart for tail in self.tails)
        if not self.tails:
            return "no chart: nothing has changed"
        return f"the ends of {len(self.tails) - whole} charts, {whole} as a whole"


@dataclass
class _Change:
    """Of a characteristic, the first subgroup and the first instant that have changed."""

    subgroup: int | None = None
    instant: int | None = None

    def add(self, subgroup: int | None, day: int | None) -> None:
        if subgroup is not None:
            self.subgroup = subgroup if self.subgroup is None else min(self.subgroup, subgroup)
            return
        instant = NEVER if day is None else day * DAY_US
        self.instant = instant if self.instant is None else min(self.instant, instant)


def find(lake: Lake, charts: Sequence[Mart], baseline: int) -> Tails:
    """What has changed since the charts were built.

    charts: the marts of control charts that are to be built; baseline: points of phase I.
    """
    points = next((mart for mart in charts if mart.address == POINTS), None)
    versions = Versions(lake)
    now = versions.now(MEASUREMENTS)
    if points is None or not any(mart.address == LIMITS for mart in charts):
        return Tails(None, now, "not all of it is asked for")
    said = built_from(lake, POINTS)
    if said is None or lake.delta(LIMITS) is None:
        return Tails(None, now, "new")
    if said["fingerprint"] != points.fingerprint:
        return Tails(None, now, "defined otherwise")
    before = said["versions"][MEASUREMENTS]
    try:
        changes, since = _changes(versions, before, now)
    except (DeltaError, OSError):
        return Tails(None, now, f"an earlier version of {MEASUREMENTS} is no longer there")
    if len(changes) > MOST:
        return Tails(None, now, f"{len(changes)} characteristics have changed")
    return _tails(lake, changes, since, now, baseline)


def everything(tails: Tails, why: str) -> Tails:
    """A build of all points."""
    return Tails(None, tails.version, why)


def note(lake: Lake, charts: Sequence[Mart], done: set[str], tails: Tails, tested: bool) -> None:
    """Note in the mart of points what it has been built from, if its limits are done too."""
    for mart in charts:
        if mart.address == POINTS:
            built = replace(mart, marts=frozenset({LIMITS}))
            remember(lake, [built], done, Plan({}, {MEASUREMENTS: tails.version}), tested)


def _changes(
    versions: Versions, before: int, now: int
) -> tuple[dict[Characteristic, _Change], int]:
    """What differs between two versions of the measurements, and its earliest instant.

    Rows are known by their source: how many a file has of a subgroup, or of the individuals of a
    day, the sum of their row numbers and when they landed. So a compaction changes nothing.
    """
    if before == now:
        return {}, NEVER
    old, new = (versions.files(MEASUREMENTS, version) for version in (before, now))
    gone = _groups(versions, before, sorted(old - new))
    come = _groups(versions, now, sorted(new - old))
    changes: dict[Characteristic, _Change] = {}
    since = NEVER
    for group in gone ^ come:
        changes.setdefault(group[:4], _Change()).add(group[4], group[5])
        since = min(since, NEVER if group[-1] is None else group[-1])
    return changes, since


def _groups(versions: Versions, version: int, paths: Sequence[str]) -> set[tuple[Any, ...]]:
    if not paths:
        return set()
    data = versions.data(MEASUREMENTS, version, paths)
    batches = data.scanner(columns=READ, use_threads=False).to_batches()
    parts = [_summed(_named(batch)) for batch in batches if batch.num_rows]
    if not parts:
        return set()
    whole = _summed(pa.concat_tables(parts))
    return set(zip(*(column.to_pylist() for column in whole.columns), strict=True))


def _named(batch: pa.RecordBatch) -> pa.Table:
    """Rows with the columns of BY and SUMS; those of a subgroup have no day."""
    instants = batch["measured_at"].cast(pa.int64())
    alone = pc.is_null(batch["subgroup"])
    days = np.asarray(pc.fill_null(instants, 0)) // DAY_US
    timed = pc.and_(alone, pc.is_valid(instants))
    named = {
        **{name: batch[name] for name in CHARACTERISTIC[:3]},
        "machine_id": pc.fill_null(batch["machine_id"], ""),
        "subgroup": batch["subgroup"],
        "day": pc.if_else(timed, pa.array(days), pa.scalar(None, pa.int64())),
        "_source_hash": batch["_source_hash"],
        "rows": np.ones(batch.num_rows, dtype=np.int64),
        "numbers": batch["_source_row"],
        "landed": batch["_ingested_at"].cast(pa.int64()),
        "first": instants,
    }
    return pa.table(named)


def _summed(table: pa.Table) -> pa.Table:
    found = table.group_by(BY, use_threads=False).aggregate(list(SUMS.items()))
    names = [*BY, *(f"{name}_{how}" for name, how in SUMS.items())]
    return found.select(names).rename_columns([*BY, *SUMS])


def _tails(
    lake: Lake, changes: Mapping[Characteristic, _Change], since: int, now: int, baseline: int
) -> Tails:
    found = []
    charts = _charts(lake, changes)
    for one, change in changes.items():
        if None in one:
            continue  # such a measurement is of no chart
        stored = charts.get(one, {})
        tails, first = _tails_of(one, change, stored, baseline)
        found += tails
        since = min(since, first)
    return Tails(tuple(sorted(found, key=lambda t: (t.characteristic, t.chart))), now, since=since)


@dataclass(frozen=True)
class _Stored:
    """A chart as the mart has it, in order of position.

    subgroups: numbers, below zero where there is none. instants: microseconds, NEVER where not
    known. values: of the points.
    """

    subgroups: NDArray[np.int64]
    instants: NDArray[np.int64]
    values: NDArray[np.float64]

    def tail(self, one: Characteristic, chart: str, change: _Change) -> Tail:
        """From the first point that a change may concern."""
        if chart == INDIVIDUALS:
            assert change.instant is not None
            kept, told = int((self.instants < change.instant).sum()), {"since": change.instant}
        else:
            assert change.subgroup is not None
            kept = int((self.subgroups < change.subgroup).sum())
            told = {"first_subgroup": change.subgroup}
        before = float(self.values[kept - 1]) if kept else 0.0
        return Tail(one, chart, kept + 1, before=before, **told)

    def since(self, position: int) -> int:
        return int(self.instants[position - 1 :].min(initial=NEVER))


def _tails_of(
    one: Characteristic, change: _Change, stored: Mapping[str, _Stored], baseline: int
) -> tuple[list[Tail], int]:
    """The ends of a characteristic's charts, or all of it; the earliest instant of their points."""
    kinds = {INDIVIDUALS} if change.instant is not None else set()
    if change.subgroup is not None:
        kinds |= stored.keys() - {INDIVIDUALS} or {"none yet"}
    alone = stored.get(INDIVIDUALS)
    mixed = alone is not None and bool((alone.subgroups >= 0).any())
    if mixed or not kinds <= stored.keys():
        return _whole(one, stored)
    tails = [stored[chart].tail(one, chart, change) for chart in sorted(kinds)]
    if any(tail.first_position <= baseline for tail in tails):
        return _whole(one, stored)
    return tails, min(stored[tail.chart].since(tail.first_position) for tail in tails)


def _whole(one: Characteristic, stored: Mapping[str, _Stored]) -> tuple[list[Tail], int]:
    return [Tail(one)], min((chart.since(1) for chart in stored.values()), default=NEVER)


def _charts(
    lake: Lake, changes: Mapping[Characteristic, _Change]
) -> dict[Characteristic, dict[str, _Stored]]:
    """The charts of these characteristics as the mart has them."""
    data = lake.dataset(POINTS)
    assert data is not None
    wanted = pa.table(dict(zip(CHARACTERISTIC, _columns(changes), strict=True)))
    names = [*CHARACTERISTIC, "chart", "position", "subgroup", "measured_at", "xbar"]
    of_features = pc.field("feature").isin(pc.unique(wanted["feature"]))
    points = data.to_table(columns=names, filter=of_features)
    points = points.join(wanted, keys=CHARACTERISTIC, join_type="left semi")
    points = points.sort_by(
        [(name, "ascending") for name in (*CHARACTERISTIC, "chart", "position")]
    )
    found: dict[Characteristic, dict[str, _Stored]] = {}
    for key, rows in _runs(points.select([*CHARACTERISTIC, "chart"])):
        found.setdefault(key[:4], {})[key[4]] = _stored(points.slice(*rows))
    return found


def _columns(changes: Mapping[Characteristic, _Change]) -> list[pa.Array]:
    kept = [one for one in changes if None not in one]
    return [pa.array([one[at] for one in kept], pa.string()) for at in range(len(CHARACTERISTIC))]


def _runs(keys: pa.Table) -> Iterator[tuple[tuple[str, ...], tuple[int, int]]]:
    """Each distinct row of a sorted table, with where its rows begin and how many they are."""
    counts = keys.group_by(keys.column_names, use_threads=False).aggregate([([], "count_all")])
    at = 0
    for *key, count in zip(*(column.to_pylist() for column in counts.columns), strict=True):
        yield tuple(key), (at, count)
        at += count


def _stored(points: pa.Table) -> _Stored:
    instants = points["measured_at"].cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    return _Stored(
        np.asarray(pc.fill_null(points["subgroup"], -1)),
        np.asarray(pc.fill_null(instants, NEVER)),
        np.asarray(points["xbar"]),
    )


def _microseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _instant(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def _iso(microseconds: int) -> str:
    return _text(_instant(microseconds))


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f")
