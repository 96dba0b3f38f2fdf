"""Files that have just arrived: noted in the ledger and landed, without reading all of either.

A scan compares a folder with the whole ledger; whoever watches a folder knows which files are new
and asks the ledger about these alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats import all_formats
from casparian.lake.ledger import WAITING
from casparian.lake.process import Watch, land_here
from casparian.lake.scan import Scan, enter, find
from casparian.lake.store import LEDGER, Lake
from casparian.reading.errors import UnreadableFile
from casparian.reading.packed import members, sha256


@dataclass
class Arrived:
    """What became of the files. landed: ledger rows written, each with its books. known: rows of
    bytes that the lake has already. unknown: rows of files that no format reads. problems: path
    and why, of files that could not be read; they may be given again."""

    landed: list[dict[str, Any]] = field(default_factory=list)
    known: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def land_arrivals(
    lake: Lake,
    root: Path,
    files: Sequence[Path],
    tag: str,
    *,
    timezone: str | None = None,
    contracts: tuple[Path, ...] = (),
    watch: Watch = lambda progress: None,
) -> Arrived:
    """Land these files below `root`; safe to run again at any time.

    Raises LakeError where there is no `root` or the lake cannot be written.
    """
    readable, arrived = _hashed(files, root)
    known = _known(lake, readable)
    found = find(known, root, tag, timezone=timezone, only=list(readable))
    enter(lake, found, known)
    arrived.problems += found.problems
    formats = all_formats()
    waits = [row for row in _each_once(found) if row["status"] in WAITING]
    arrived.known = [row for row in found.rows if row["status"] not in (*WAITING, "unknown")]
    arrived.unknown = [row for row in found.rows if row["status"] == "unknown"]
    ready = [row for row in waits if row["format"] in formats]
    if ready:
        arrived.landed = land_here(lake, ready, formats, contracts, watch)
    return arrived


def _each_once(found: Scan) -> list[dict[str, Any]]:
    return list({row["source_hash"]: row for row in found.rows}.values())


def _hashed(files: Sequence[Path], root: Path) -> tuple[dict[Path, dict[str, str]], Arrived]:
    """Full path and hash of each file (of an archive: of its members); what cannot be read is a
    problem."""
    readable: dict[Path, dict[str, str]] = {}
    arrived = Arrived()
    for path in files:
        full = path.absolute().as_posix()
        try:
            readable[path] = {part: sha256(part) for part in members(full) or [full]}
        except (OSError, UnreadableFile) as error:
            name = path.relative_to(root) if path.is_relative_to(root) else path
            words = getattr(error, "strerror", None) or str(error).rstrip(".")
            arrived.problems.append((name.as_posix(), words.lower()))
    return readable, arrived


def _known(lake: Lake, files: dict[Path, dict[str, str]]) -> dict[str, dict[str, Any]]:
    """Ledger rows of these bytes or these paths, by source hash."""
    ledger = lake.dataset(LEDGER)
    if ledger is None or not files:
        return {}
    every = {path: source for parts in files.values() for path, source in parts.items()}
    hashes, paths = (pa.array(sorted(set(each)), pa.string()) for each in (every.values(), every))
    return {
        row["source_hash"]: row
        for batch in ledger.to_batches()  # filtered here: a lake's own texts are of several types
        for row in batch.filter(
            pc.or_(
                pc.is_in(batch["source_hash"].cast(pa.string()), hashes),
                pc.is_in(batch["full_path"].cast(pa.string()), paths),
            )
        ).to_pylist()
    }


@dataclass(frozen=True)
class Noted:
    """What the ledger says of a file: its path, size, time of change and status, and where else
    the same bytes were found."""

    path: str
    size: int
    modified_ns: int
    status: str
    others: tuple[str, ...] = ()


def noted_below(lake: Lake, folder: Path) -> Iterator[Noted]:
    """The files below a folder that the ledger knows."""
    ledger = lake.dataset(LEDGER)
    below = folder.absolute().as_posix().rstrip("/") + "/"
    columns = ["full_path", "size_bytes", "modified_ns", "status", "other_paths"]
    for batch in [] if ledger is None else ledger.to_batches(columns=columns):
        mine = batch.filter(pc.starts_with(batch["full_path"].cast(pa.string()), below))
        for path, size, modified_ns, status, others in zip(
            *(mine[name].to_pylist() for name in columns), strict=True
        ):
            yield Noted(path, size, modified_ns, status, tuple(json.loads(others or "[]")))


def landed_below(lake: Lake, folder: Path) -> set[str]:
    """Full paths of the files below the folder that have landed; a format may come for others."""
    waits = (*WAITING, "unknown")
    landed = (each for each in noted_below(lake, folder) if each.status not in waits)
    return {path for each in landed for path in (each.path, *each.others)}
