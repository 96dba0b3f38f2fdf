"""Which days a build of the marts must make anew.

A mart whose strategy is ``replace_days`` (``dbt/macros/incremental.sql``) keeps, as a property of
its Delta table, the version of each source that it was built from and the fingerprint of the SQL
behind it. ``find`` compares these with what is there now: of the files that came and went it reads
the columns that tell a row's days, and gives the days in which the two differ. So what counts is
what was committed, not when somebody's clock says that it landed; rows that were replaced or taken
out count as well, and a compaction, which changes no row, changes no day. The cost is that of the
files that differ.

Everything is made anew (``days`` is None) where a mart is new, where the SQL, a macro, a variable
or a seed behind it has changed, where a source that tells no days has changed, or where the
versions are no longer known.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from deltalake.exceptions import DeltaError

from casparian.lake.store import Lake
from spark_jobs.day_columns import (
    Days,
    HeldRows,
    bytes_of_days,
    days_that_differ,
    last_day,
    open_days,
    tells_of_new,
)
from spark_jobs.held_alarms import Alarms
from spark_jobs.held_rows import Held, runs
from spark_jobs.table_versions import ABSENT, Versions

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PROPERTY = "casparian.built_from"
STRATEGY = "replace_days"
BUILD_DAYS, REACHING, UNTESTED = "build_days", "reaching", "untested"
READ_AROUND = 2  # days on either side that near_days reads as well
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Mart:
    """A mart of days.

    sources: address → how its rows tell their days, None where they do not. marts: addresses of the
    marts of days that it is made from. models: names of the models and addresses of the sources
    that are read for it, itself among them, but not what lies behind another mart of days. after:
    so many days after a changed one look back on it. always: a day that is made anew with any.
    between: whether all days from an alarm's raise to its clear are concerned by either.
    """

    address: str
    sources: Mapping[str, Days | None]
    marts: frozenset[str]
    fingerprint: str
    models: frozenset[str] = frozenset()
    after: int = 0
    always: int | None = None
    between: bool = False

    @property
    def name(self) -> str:
        return self.address.rpartition(".")[2]

    def widened(self, days: set[int]) -> set[int]:
        """The days to make anew where these have changed."""
        found = {day + more for day in days for more in range(self.after + 1)}
        return found | ({self.always} if found and self.always is not None else set())


@dataclass(frozen=True)
class Changed:
    """days: of a mart, numbered from 1970, None for everything; why it is everything."""

    days: frozenset[int] | None
    why: str = ""

    def runs(self) -> list[tuple[str, str]] | None:
        """First and last day of each run of days, as ISO dates."""
        return None if self.days is None else _iso_runs(self.days)

    def sentence(self) -> str:
        """What is made anew, and why."""
        runs = self.runs()
        if runs is None:
            return f"everything: {self.why}"
        if not runs:
            return "no day: nothing has changed"
        few = ", ".join(a if a == b else f"{a} to {b}" for a, b in runs[:5])
        return f"{len(self.days or ())} days: {few}{', …' if len(runs) > 5 else ''}"


@dataclass(frozen=True)
class Plan:
    """What a build makes anew.

    marts: address → days. versions: of the sources, before the build. read: name of a model or
    address of a source → the days that are read for it; what is not named is read as a whole.
    reaching: address of a source → instants of its rows of other days that reach into these.
    untested: names of marts that were last built without their tests. bytes: of the sources' files
    that hold what is read, about; whole: of all their files.
    """

    marts: Mapping[str, Changed]
    versions: Mapping[str, int]
    read: Mapping[str, frozenset[int]] = field(default_factory=dict)
    reaching: Mapping[str, list[str]] = field(default_factory=dict)
    untested: frozenset[str] = frozenset()
    bytes: int = 0
    whole: int = 0

    def variables(self) -> dict[str, Any]:
        """For dbt: what ``dbt/macros/incremental.sql`` asks for."""
        days = {name: _iso_runs(found) for name, found in sorted(self.read.items())}
        untested = sorted(self.untested)
        return {BUILD_DAYS: days, REACHING: dict(self.reaching), UNTESTED: untested}

    def sentences(self) -> list[str]:
        """What is made anew, the marts of the same days in one sentence."""
        said: dict[str, list[str]] = {}
        for address, changed in self.marts.items():
            said.setdefault(changed.sentence(), []).append(address.rpartition(".")[2])
        return [f"{sentence} ({', '.join(names)})" for sentence, names in said.items()]


def _iso_runs(days: Collection[int]) -> list[tuple[str, str]]:
    return [(_iso(first), _iso(last)) for first, last in runs(days)]


def _iso(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()


def _iso_instant(microseconds: int) -> str:
    midnight = datetime(1970, 1, 1, tzinfo=UTC)
    return (midnight + timedelta(microseconds=microseconds)).strftime("%Y-%m-%d %H:%M:%S.%f")


def marts_of(
    manifest: Manifest, variables: Mapping[str, Any], strategy: str = STRATEGY
) -> list[Mart]:
    """The project's marts of days, or of another strategy, with what is behind them."""
    ours = {
        node.unique_id: f"{node.schema}.{node.name}"
        for node in manifest.nodes.values()
        if node.config.get("incremental_strategy") == strategy
    }
    found = []
    for unique_id, address in ours.items():
        behind = _behind(manifest, unique_id)
        marts = frozenset(ours[one] for one in behind if one in ours) - {address}
        near = [one for one in _behind(manifest, unique_id, ours) if one not in ours]
        config = manifest.nodes[unique_id].config
        mart = Mart(
            address,
            _sources(manifest, behind),
            marts,
            _fingerprint(manifest, unique_id, behind, variables),
            frozenset(_names(manifest, [unique_id, *near])),
            config.get("days_after", 0),
            config.get("always_day"),
            config.get("days_between", False),
        )
        found.append(mart)
    return found


def _names(manifest: Manifest, ids: Iterable[str]) -> Iterator[str]:
    """Names of models, addresses of sources."""
    for one in ids:
        if (source := manifest.sources.get(one)) is not None:
            yield f"{source.schema}.{source.name}"
        elif (node := manifest.nodes.get(one)) is not None:
            yield node.name


def _sources(manifest: Manifest, behind: Iterable[str]) -> dict[str, Days | None]:
    sources = [manifest.sources[one] for one in behind if one in manifest.sources]
    return {f"{s.schema}.{s.name}": Days.of(s.meta.get("days")) for s in sources}


def _behind(manifest: Manifest, unique_id: str, ends: Collection[str] = ()) -> list[str]:
    """A node, all that it is made from, and their macros, in an order of their own.

    ends: nodes behind which it does not look, itself excepted.
    """
    seen, waiting = set(), [unique_id]
    while waiting:
        if (one := waiting.pop()) in seen:
            continue
        seen.add(one)
        if one in ends and one != unique_id:
            continue
        node = manifest.nodes.get(one) or manifest.macros.get(one)
        if node is not None:
            waiting += node.depends_on.macros
            waiting += getattr(node.depends_on, "nodes", [])
    return sorted(seen)


def _fingerprint(
    manifest: Manifest, unique_id: str, behind: Iterable[str], variables: Mapping[str, Any]
) -> str:
    """Of the SQL behind a mart and of its tests: a new one is to see the old days as well."""
    mark = sha256(json.dumps(variables, sort_keys=True).encode())
    for test in sorted(manifest.child_map.get(unique_id, ())):
        mark.update(f"{test}\n".encode() if test.startswith("test.") else b"")
    for one in behind:
        if (node := manifest.nodes.get(one)) is not None:
            mark.update(f"{one} {node.checksum.checksum}\n".encode())
        elif one in manifest.macros and one.split(".")[1] == manifest.metadata.project_name:
            mark.update(f"{one} {manifest.macros[one].macro_sql}\n".encode())
    return mark.hexdigest()


def read_whole(manifest: Manifest, chosen: Collection[str]) -> set[str]:
    """Sources behind those of the models chosen by name that are marts, but not of days."""
    marts = {
        one: node.config.get("incremental_strategy") == STRATEGY
        for one, node in manifest.nodes.items()
        if one.startswith("model.") and node.schema.startswith("gold_")
    }
    ours = {one for one, of_days in marts.items() if of_days}
    others = [one for one in marts if one not in ours and manifest.nodes[one].name in chosen]
    sources = {one for other in others for one in _behind(manifest, other, ours)}
    return {f"{s.schema}.{s.name}" for one, s in manifest.sources.items() if one in sources}


def find(lake: Lake, marts: Iterable[Mart], whole: Collection[str] = ()) -> Plan:
    """What has changed since the marts were built; whole: sources that others read as a whole."""
    chosen = list(marts)
    search = _Search(lake, chosen, whole)
    changed = {mart.address: search.changed(mart) for mart in chosen}
    return search.plan(chosen, changed)


def everything(plan: Plan, why: str) -> Plan:
    """The plan of a build of all days."""
    marts = {address: Changed(None, why) for address in plan.marts}
    return Plan(marts, plan.versions, bytes=plan.whole, whole=plan.whole)


class _Search:
    """What the sources of one build are now, and how they differ from what they were."""

    def __init__(self, lake: Lake, marts: Sequence[Mart], whole: Collection[str] = ()) -> None:
        self.versions = Versions(lake)
        self.rows = HeldRows(self.versions)
        self.specs = specs = {a: spec for mart in marts for a, spec in mart.sources.items()}
        self.whole = whole
        self.built = {mart.address: built_from(lake, mart.address) for mart in marts}
        self.now = {address: self.versions.now(address) for address in specs}
        self._found: dict[tuple[Any, ...], set[int] | None] = {}
        self._new: dict[tuple[str, int], bool] = {}

    def changed(self, mart: Mart) -> Changed:
        """The days of a mart that must be made anew."""
        said = self.built[mart.address]
        if said is None:
            return Changed(None, "new")
        if said["fingerprint"] != mart.fingerprint:
            return Changed(None, "defined otherwise")
        days: set[int] = set()
        for address, version in said["versions"].items():
            spec = self.specs[address]
            if spec is None and version != self.now[address]:
                return Changed(None, f"{address} has changed")
            try:
                found = self._days(mart, address, said["versions"]) if spec else set()
            except (DeltaError, OSError):
                return Changed(None, f"an earlier version of {address} is no longer there")
            if found is None or self._names_new(mart, address, version):
                return Changed(None, f"{address} tells of something new")
            days |= found
        return Changed(frozenset(mart.widened(self._of_intervals(mart, days))))

    def _names_new(self, mart: Mart, address: str, before: int) -> bool:
        spec = self.specs[address]
        if spec is None or spec.names is None or spec.names[1] not in mart.models:
            return False
        if (address, before) not in self._new:
            now = self.now[address]
            self._new[address, before] = tells_of_new(self.versions, address, before, now, spec)
        return self._new[address, before]

    def _days(self, mart: Mart, address: str, before: Mapping[str, int]) -> set[int] | None:
        """Days in which a source differs, and those by which what is open in it has grown."""
        spec = self.specs[address]
        assert spec is not None
        tables = (address, *(table for table, _ in spec.open_until))
        key = (mart.between, *((table, before.get(table, ABSENT)) for table in tables))
        if key not in self._found:
            self._found[key] = self._differing(address, before, spec, mart.between)
        return self._found[key]

    def _differing(
        self, address: str, before: Mapping[str, int], spec: Days, between: bool
    ) -> set[int] | None:
        tables, then, now = self.versions, before[address], self.now[address]
        ends = [_front(tables, versions, spec) for versions in (before, self.now)]
        days: set[int] = set()
        if ends[0] is not None and ends[1] is not None and ends[0] != ends[1]:
            days = open_days(tables, address, then, spec) & open_days(tables, address, now, spec)
            days.update(spec.around(min(ends[0], ends[1]), max(ends[0], ends[1])) if days else ())
        if then == now:
            return days
        found = days_that_differ(self.rows, address, then, now, spec, _latest(ends), between)
        return None if found is None else days | found

    def held(self, address: str) -> Held | Alarms | None:
        """The rows of a source that hold until the next one, None where none do."""
        spec = self.specs[address]
        if spec is None or not (spec.holds or spec.stands) or self.now[address] < 0:
            return None
        return self.rows.of(address, self.now[address], spec)

    def _of_intervals(self, mart: Mart, days: set[int]) -> set[int]:
        """With all days of each interval that a changed day lies in: it is judged as a whole."""
        found = set(days)
        for address in mart.sources if days else ():
            held = self.held(address)
            if isinstance(held, Held) and not held.lasting:
                found |= held.days_touching(days)
        return found

    def plan(self, marts: Sequence[Mart], changed: Mapping[str, Changed]) -> Plan:
        """Which days each model and each source is read for."""
        names = set().union(*(mart.models for mart in marts))
        read: dict[str, frozenset[int]] = {}
        for name in names:
            wanted = [changed[mart.address].days for mart in marts if name in mart.models]
            if None not in wanted:
                read[name] = frozenset().union(*(days for days in wanted if days is not None))
        reaching: dict[str, list[str]] = {}
        for address in sorted(names & self.specs.keys() & read.keys()):
            held = self.held(address) if read[address] else None
            if isinstance(held, Held) and not held.lasting:
                read[address] |= held.days_touching(read[address])
            elif held is not None:
                instants = held.reaching(read[address], READ_AROUND)
                reaching[address] = [_iso_instant(instant) for instant in instants]
        untested = (
            address for address, said in self.built.items() if not (said or {}).get("tested")
        )
        names = {address.rpartition(".")[2] for address in untested}
        sizes = self._bytes(read), self._bytes({})
        return Plan(changed, self.now, read, reaching, frozenset(names), *sizes)

    def _bytes(self, read: Mapping[str, frozenset[int]]) -> int:
        """Of the files of all sources, of those that are read by day only the files of these."""
        total = 0
        for address in {*self.specs, *self.whole}:
            spec, days = self.specs.get(address), read.get(address)
            if address in self.whole or spec is None:
                days = None
            total += bytes_of_days(self.versions, address, spec, days)
        return total


def _front(tables: Versions, versions: Mapping[str, int], spec: Days) -> int | None:
    """The last day that an open row of a source reaches."""
    return _latest(
        last_day(tables, table, versions.get(table, ABSENT), column)
        for table, column in spec.open_until
    )


def _latest(days: Iterable[int | None]) -> int | None:
    """The latest of days of which some are not known."""
    return max((day for day in days if day is not None), default=None)


def remember(
    lake: Lake, marts: Iterable[Mart], done: set[str], plan: Plan, tested: bool = True
) -> None:
    """Note in each mart of `done` what it has been built from, if the marts behind it are done too.

    tested: with its tests; if not, those of the next build see every day. Lost, a note costs a
    build of everything.
    """
    for mart in marts:
        if not done >= {mart.address, *mart.marts}:
            continue
        table = lake.delta(mart.address)
        versions = {address: plan.versions[address] for address in sorted(mart.sources)}
        said = {"fingerprint": mart.fingerprint, "versions": versions, "tested": tested}
        if table is not None and said != built_from(lake, mart.address):
            table.alter.set_table_properties(
                {PROPERTY: json.dumps(said)}, raise_if_not_exists=False
            )


def built_from(lake: Lake, address: str) -> dict[str, Any] | None:
    """What a mart's note says: fingerprint, versions and whether it was tested; None without."""
    table = lake.delta(address)
    said = None if table is None else table.metadata().configuration.get(PROPERTY)
    return None if said is None else dict(json.loads(said))
