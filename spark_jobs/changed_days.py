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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from deltalake.exceptions import DeltaError

from casparian.lake.store import Lake
from spark_jobs.day_columns import Days, days_that_differ, last_day

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

PROPERTY = "casparian.built_from"
STRATEGY = "replace_days"
BUILD_DAYS = "build_days"
ABSENT = -1  # the version of a table that is not there
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Mart:
    """A mart of days.

    sources: address → how its rows tell their days, None where they do not. marts: addresses of the
    marts of days that it is made from.
    """

    address: str
    sources: Mapping[str, Days | None]
    marts: frozenset[str]
    fingerprint: str


@dataclass(frozen=True)
class Changed:
    """days: numbered from 1970, None for everything. versions: of the sources, before the build."""

    days: frozenset[int] | None
    why: str
    versions: Mapping[str, int] = field(default_factory=dict)

    def runs(self) -> list[tuple[str, str]] | None:
        """First and last day of each run of days, as ISO dates: the variable ``build_days``."""
        if self.days is None:
            return None
        starts = sorted(day for day in self.days if day - 1 not in self.days)
        ends = sorted(day for day in self.days if day + 1 not in self.days)
        return [(_iso(first), _iso(last)) for first, last in zip(starts, ends, strict=True)]

    def sentence(self) -> str:
        """What is made anew, and why."""
        runs = self.runs()
        if runs is None:
            return f"everything: {self.why}"
        if not runs:
            return "no day: nothing has changed"
        few = ", ".join(a if a == b else f"{a} to {b}" for a, b in runs[:5])
        return f"{len(self.days or ())} days: {few}{', …' if len(runs) > 5 else ''}"


def _iso(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()


def marts_of(manifest: Manifest, variables: Mapping[str, Any]) -> list[Mart]:
    """The project's marts of days, with the sources and the SQL behind them."""
    ours = {
        node.unique_id: f"{node.schema}.{node.name}"
        for node in manifest.nodes.values()
        if node.config.get("incremental_strategy") == STRATEGY
    }
    found = []
    for unique_id, address in ours.items():
        behind = _behind(manifest, unique_id)
        marts = frozenset(ours[one] for one in behind if one in ours) - {address}
        mark = _fingerprint(manifest, behind, variables)
        found.append(Mart(address, _sources(manifest, behind), marts, mark))
    return found


def _sources(manifest: Manifest, behind: Iterable[str]) -> dict[str, Days | None]:
    sources = [manifest.sources[one] for one in behind if one in manifest.sources]
    return {f"{s.schema}.{s.name}": Days.of(s.meta.get("days")) for s in sources}


def _behind(manifest: Manifest, unique_id: str) -> list[str]:
    """A node, all that it is made from, and their macros, in an order of their own."""
    seen, waiting = set(), [unique_id]
    while waiting:
        if (one := waiting.pop()) in seen:
            continue
        seen.add(one)
        node = manifest.nodes.get(one) or manifest.macros.get(one)
        if node is not None:
            waiting += node.depends_on.macros
            waiting += getattr(node.depends_on, "nodes", [])
    return sorted(seen)


def _fingerprint(manifest: Manifest, behind: Iterable[str], variables: Mapping[str, Any]) -> str:
    mark = sha256(json.dumps(variables, sort_keys=True).encode())
    for one in behind:
        if (node := manifest.nodes.get(one)) is not None:
            mark.update(f"{one} {node.checksum.checksum}\n".encode())
        elif one in manifest.macros and one.split(".")[1] == manifest.metadata.project_name:
            mark.update(f"{one} {manifest.macros[one].macro_sql}\n".encode())
    return mark.hexdigest()


def find(lake: Lake, marts: Iterable[Mart]) -> Changed:
    """What has changed since the marts were built."""
    chosen = list(marts)
    sources = {address: days for mart in chosen for address, days in mart.sources.items()}
    now = {address: _version(lake, address) for address in sources}
    built = {mart.address: _built_from(lake, mart.address) for mart in chosen}
    days: set[int] = set()
    for mart in chosen:
        said = built[mart.address]
        if said is None:
            return Changed(None, f"{mart.address} is new", now)
        if said["fingerprint"] != mart.fingerprint:
            return Changed(None, f"{mart.address} is defined otherwise", now)
    for before in _distinct(said["versions"] for said in built.values() if said):
        for address in before:
            spec = sources[address]
            if spec is None and before[address] != now[address]:
                return Changed(None, f"{address} has changed", now)
            try:
                days |= _days(lake, address, before, now, spec) if spec else set()
            except (DeltaError, OSError):
                return Changed(None, f"an earlier version of {address} is no longer there", now)
    return Changed(frozenset(days), "", now)


def _distinct(versions: Iterable[dict[str, int]]) -> list[dict[str, int]]:
    return [dict(one) for one in {tuple(sorted(found.items())) for found in versions}]


def _days(
    lake: Lake, address: str, before: Mapping[str, int], now: Mapping[str, int], spec: Days
) -> set[int]:
    """Days in which a source differs, and those by which what is open in it has grown."""
    ends = [_front(lake, versions, spec) for versions in (before, now)]
    days: set[int] = set()
    if ends[0] is not None and ends[1] is not None and ends[0] < ends[1]:
        days.update(spec.around(ends[0], ends[1]))
    if before[address] != now[address]:
        days |= days_that_differ(lake, address, before[address], now[address], spec, _latest(ends))
    return days


def _front(lake: Lake, versions: Mapping[str, int], spec: Days) -> int | None:
    """The last day that an open row of a source reaches."""
    return _latest(
        last_day(lake, table, versions.get(table, ABSENT), column)
        for table, column in spec.open_until
    )


def _latest(days: Iterable[int | None]) -> int | None:
    """The latest of days of which some are not known."""
    return max((day for day in days if day is not None), default=None)


def remember(lake: Lake, marts: Iterable[Mart], done: set[str], changed: Changed) -> None:
    """Note in each mart of `done` what it has been built from, if the marts behind it are done too.

    Lost, a note costs a build of everything.
    """
    for mart in marts:
        if not done >= {mart.address, *mart.marts}:
            continue
        table = lake.delta(mart.address)
        versions = {address: changed.versions[address] for address in sorted(mart.sources)}
        said = {"fingerprint": mart.fingerprint, "versions": versions}
        if table is not None and said != _built_from(lake, mart.address):
            table.alter.set_table_properties(
                {PROPERTY: json.dumps(said)}, raise_if_not_exists=False
            )


def _built_from(lake: Lake, address: str) -> dict[str, Any] | None:
    table = lake.delta(address)
    said = None if table is None else table.metadata().configuration.get(PROPERTY)
    return None if said is None else dict(json.loads(said))


def _version(lake: Lake, address: str) -> int:
    table = lake.delta(address)
    return ABSENT if table is None else table.version()
