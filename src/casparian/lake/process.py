"""The laptop engine: land every waiting file of a tag, group by group, in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from casparian.contracts.model import TableContract, load
from casparian.contracts.tags import Tags
from casparian.formats import all_formats
from casparian.lake.commit import commit
from casparian.lake.landed import Export, Landed
from casparian.lake.landing import Landing
from casparian.lake.ledger import DONE, WAITING, Ledger
from casparian.lake.originals import Originals, originals_of
from casparian.lake.scan import kept
from casparian.lake.store import Lake, LakeError, Overtaken
from casparian.reading.base import Format

GROUP_FILES, GROUP_BYTES = 500, 1 << 30
ATTEMPTS = 8  # at a group of files, while other writers change its tables
TAG_LIST, TAG_ALIASES = "silver_equipment.historian_tags", "silver_equipment.tag_aliases"


@dataclass(frozen=True)
class Progress:
    """Told to whoever watches: `event` is file, rows or commit."""

    event: str
    count: int = 0
    total: int = 0
    name: str = ""


Watch = Callable[[Progress], None]


def waiting(lake: Lake, tag: str | None) -> list[dict[str, Any]]:
    """Ledger rows of files that are still to be landed, by path."""
    return Ledger(lake).rows(tag, WAITING)


def groups(
    rows: Sequence[dict[str, Any]],
    formats: dict[str, Format],
    most_bytes: int = GROUP_BYTES,
    most_files: int = GROUP_FILES,
) -> Iterator[list[dict[str, Any]]]:
    """Rows in groups that are committed together: reference data first, then by path."""
    order = sorted(rows, key=lambda r: (formats[r["format"]].stage, r["source_path"]))
    group: list[dict[str, Any]] = []
    size = 0
    for row in order:
        stage = formats[row["format"]].stage
        full = len(group) >= most_files or size + row["size_bytes"] > most_bytes
        if group and (full or stage != formats[group[0]["format"]].stage):
            yield group
            group, size = [], 0
        group.append(row)
        size += row["size_bytes"]
    if group:
        yield group


def export(row: dict[str, Any], beside: dict[str, str] | None = None) -> Export:
    """What landing needs to know of a ledger row: the file where it was found, or its original.

    beside: see `Export`.
    """
    landing = row.get("landing")
    path = Originals(landing, "").path(row["source_hash"]) if landing else row["full_path"]
    return Export(
        path, row["source_path"], row["source_hash"], row["format"], row["size_bytes"],
        row["modified_ns"], row["timezone"], kept=bool(landing), beside=beside or {},
    )  # fmt: skip


def exports(lake: Lake, rows: Sequence[dict[str, Any]], formats: dict[str, Format]) -> list[Export]:
    """The same of many rows; originals of formats that look at files beside theirs know of them."""
    looking = [row for row in rows if _looks_beside(formats[row["format"]]) and row.get("landing")]
    near = Originals.beside(Ledger(lake).rows(), looking) if looking else {}
    return [export(row, near.get(row["source_hash"])) for row in rows]


def _looks_beside(parser: Format) -> bool:
    return bool(getattr(parser, "looks_beside", False))


def tags_of(lake: Lake) -> Tags:
    """What the lake's tag lists say, the newest row of a tag winning."""
    tags, aliases = lake.read(TAG_LIST), lake.read(TAG_ALIASES)
    return Tags.from_tables(None if tags is None else tags.sort_by("_ingested_at"), aliases)


def contracts_of(
    formats: Iterable[Format], folders: Sequence[Path] = ()
) -> dict[str, TableContract]:
    """The table contracts of these formats by silver address."""
    every = [load(name, *folders) for name in sorted({each.contract for each in formats})]
    return {table.silver: table for contract in every for table in contract.tables.values()}


Lander = Callable[[list[dict[str, Any]], datetime], Landed]


def process(
    lake: Lake,
    tag: str | None = None,
    *,
    formats: dict[str, Format] | None = None,
    contracts: tuple[Path, ...] = (),
    schemas: str | None = None,
    watch: Watch = lambda progress: None,
) -> list[dict[str, Any]]:
    """Land what waits and close the books; the ledger rows written.

    Safe to run again at any time.
    """
    known = formats or all_formats()
    rows = [row for row in waiting(lake, tag) if row["format"] in known]
    return land_here(lake, rows, known, contracts, watch, schemas)


def process_reference(lake: Lake, tag: str | None = None) -> list[dict[str, Any]]:
    """Land only what other files need to be judged: tag lists, alias maps, calendars."""
    known = all_formats()
    rows = [
        row
        for row in waiting(lake, tag)
        if row["format"] in known and known[row["format"]].stage == 0
    ]
    return land_here(lake, rows, known, (), lambda progress: None)


def land_here(
    lake: Lake,
    rows: list[dict[str, Any]],
    known: dict[str, Format],
    contracts: tuple[Path, ...],
    watch: Watch,
    schemas: str | None = None,
) -> list[dict[str, Any]]:
    """Land these ledger rows, of formats that are `known`, in this process; the rows written."""
    started = 0

    def seen(progress: Progress) -> None:
        nonlocal started
        if progress.event == "file":
            started += 1
            progress = replace(progress, count=started, total=len(rows))
        watch(progress)

    def land(group: list[dict[str, Any]], at: datetime) -> Landed:
        return land_group(lake, group, known, at, contracts, seen, schemas)

    return land_rows(lake, rows, known, land, "laptop", contracts)


def land_group(
    lake: Lake,
    group: list[dict[str, Any]],
    formats: dict[str, Format],
    at: datetime,
    contracts: tuple[Path, ...] = (),
    watch: Watch = lambda progress: None,
    schemas: str | None = None,
) -> Landed:
    """Read, judge and write files that are committed together; nothing is committed here."""
    landing = Landing(
        lake,
        formats,
        tags_of(lake),
        at,
        contracts=contracts,
        schemas=schemas,
        on_rows=lambda n: watch(Progress("rows", n)),
    )
    try:
        for place, each in enumerate(exports(lake, group, formats), 1):
            watch(Progress("file", place, len(group), each.name))
            landing.add(each)
        watch(Progress("commit", len(group)))
        return landing.finish()
    except LakeError:
        landing.discard()
        raise


def land_rows(
    lake: Lake,
    rows: Sequence[dict[str, Any]],
    formats: dict[str, Format],
    land: Lander,
    engine: str,
    contracts: tuple[Path, ...] = (),
) -> list[dict[str, Any]]:
    """Land ledger rows group by group with the engine's own `land`; the rows with closed books."""
    at = datetime.now(UTC)
    written: list[dict[str, Any]] = []
    for group in groups(with_originals(lake, rows), formats):
        own = contracts_of([formats[row["format"]] for row in group], contracts)
        written += until_settled(lake, group, lambda rows: land(rows, at), own, engine, at)
    return written


def with_originals(lake: Lake, rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """The rows; of a lake that keeps originals, those without one get theirs now.

    A file that cannot be kept is left as it is: landing says why in its books.
    """
    loose = [row for row in rows if not row.get("landing")]
    originals = originals_of(lake) if loose else None
    if originals is None:
        return rows
    done, _ = kept(originals, loose)
    originals.found(done, Ledger(lake).written())
    by_hash = {row["source_hash"]: row for row in done}
    return [by_hash.get(row["source_hash"], row) for row in rows]


def until_settled(
    lake: Lake,
    group: list[dict[str, Any]],
    land: Callable[[list[dict[str, Any]]], Landed],
    contracts: dict[str, TableContract],
    engine: str,
    at: datetime,
) -> list[dict[str, Any]]:
    """Land the group, again where others were faster; raises LakeError when that never ends."""
    for _ in range(ATTEMPTS):
        by_hash = {row["source_hash"]: row for row in group}
        try:
            return commit(lake, land(group), contracts, by_hash, engine, at)
        except Overtaken:
            done = Ledger(lake).status(list(by_hash))
            group = [row for row in group if done.get(row["source_hash"]) not in DONE]
    raise LakeError("Other writers keep changing the tables of these files: run again later.")
