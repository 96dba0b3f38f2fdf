"""Scanning: which exports lie in a folder, what they are, and which of them the lake knows."""

from __future__ import annotations

import fnmatch
import json
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from casparian.formats import HEAD_BYTES, Peek, sniff
from casparian.lake.exports_folder import Folder, Prefix, Problem, exports_folder, words
from casparian.lake.ledger import DONE, SCHEMA, WAITING, Ledger
from casparian.lake.originals import Originals, keep_in, originals_of
from casparian.lake.store import Lake, LakeError, filesystem_of, is_bucket, path_of
from casparian.reading.base import Source, UnreadableFile
from casparian.reading.packed import Facts, facts
from casparian.reading.times import zone

# what a scan asks of the rows of files that the lake knows
ASKED = (
    "source_hash", "source_path", "full_path", "tag", "format", "confidence", "why", "size_bytes",
    "modified_ns", "timezone", "status", "other_paths", "landing",
)  # fmt: skip
REPLACED = "replaced"  # other content took the file's place before it was landed


@dataclass
class Scan:
    """What a scan found. rows: ledger rows of every file; fresh: hashes of the new ones; changed:
    rows that the ledger does not have so; problems: files that could not be opened, and why."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    changed: list[dict[str, Any]] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Settings:
    """Time zones by path pattern, first match wins; `timezone` of the command line wins over all.

    below: the scanned folder as seen from the one that holds the settings, with a `/` behind it.
    """

    zones: tuple[tuple[str, str], ...] = ()
    override: str | None = None
    below: str = ""

    @classmethod
    def of(cls, folder: Folder | Prefix, override: str | None) -> Settings:
        """What `casparian.toml` says. Raises LakeError if it cannot be used."""
        text, path, below = folder.settings()
        try:
            sources = tomllib.loads(text).get("source", [])
            zones = tuple((entry["path"], entry["timezone"]) for entry in sources)
            for name in [*(name for _, name in zones), override]:
                zone(name)
        except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise LakeError(
                f"{path} cannot be used: each [[source]] needs path and timezone ({error})."
            ) from error
        except UnreadableFile as error:
            raise LakeError(str(error)) from error
        return cls(zones, override, below)

    def timezone(self, name: str) -> str | None:
        """The zone of times without offset in this file; None where nobody said."""
        if self.override:
            return self.override
        path = self.below + name
        return next((tz for pattern, tz in self.zones if fnmatch.fnmatch(path, pattern)), None)


def scan(
    lake: Lake,
    root: Path | str,
    tag: str,
    *,
    timezone: str | None = None,
    landing: str | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Scan:
    """Find, hash and sniff the exports below `root`, a folder or a place in a bucket; note the new
    ones in the ledger under `tag`.

    landing: folder or bucket that is to keep the lake's originals from now on; where the lake has
    one, new files are kept there. What lies in a bucket may be overwritten there at any time, so it
    is taken only into a lake that keeps originals. Raises LakeError where it does not, and where
    there is no such folder or file.
    """
    if landing:
        keep_in(lake, landing)
    if is_bucket(str(root)) and originals_of(lake) is None:
        raise LakeError("Exports in a bucket can change there: say where the lake keeps theirs"
                        " (--landing s3://landing).")  # fmt: skip
    known = Ledger(lake).known(ASKED)
    found = find(known, root, tag, timezone=timezone, progress=progress)
    enter(lake, found, known)
    return found


def enter(lake: Lake, found: Scan, known: dict[str, dict[str, Any]]) -> None:
    """Write to the ledger what a scan changes, after originals are kept; a file that cannot be kept
    becomes a problem and stays unknown to the ledger.

    known: the ledger's rows by source hash as the scan had them, or as much of them as it asks.
    """
    originals = originals_of(lake)
    if originals and found.changed:
        found.changed, lost = kept(originals, found.changed)
        found.rows = [row for row in found.rows if row["source_hash"] not in lost]
        found.fresh -= lost.keys()
        found.problems += [(row["source_path"], words(error)) for row, error in lost.values()]
    with lake.alone():
        now = Ledger(lake).of([row["source_hash"] for row in found.changed])
        rows = [
            _with(now[row["source_hash"]], row)
            if _unlike(now, known, row)
            else now.get(row["source_hash"], {}) | row
            for row in found.changed
        ]
        if originals and rows:
            originals.found(rows, Ledger(lake).written())
        Ledger(lake).write(rows)


def _unlike(
    now: dict[str, dict[str, Any]], known: dict[str, dict[str, Any]], row: dict[str, Any]
) -> bool:
    """Whether another run has written the file's row since the scan read the ledger."""
    source = row["source_hash"]
    if source not in now or source not in known:
        return source in now
    return any(now[source][name] != value for name, value in known[source].items())


def _with(now: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """What both know of a file: where it lies; what has landed stays so."""
    stays = now if now["status"] in DONE else now | row
    paths = {row["full_path"], now["full_path"]}
    paths |= {path for each in (row, now) for path in json.loads(each["other_paths"] or "[]")}
    others = sorted(paths - {stays["full_path"]})
    return stays | {"other_paths": json.dumps(others, ensure_ascii=False)}


def kept(
    originals: Originals, rows: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, tuple[dict[str, Any], OSError]]]:
    """The ledger rows, each with its original kept, and by hash those whose bytes could not be."""
    loose = [row for row in rows if not row.get("landing") and row["status"] != REPLACED]
    errors = originals.keep_all(loose)
    lost = {row["source_hash"]: (row, errors[row["source_hash"]]) for row in loose
            if row["source_hash"] in errors}  # fmt: skip
    now = {row["source_hash"] for row in loose} - lost.keys()
    return [
        row | {"landing": originals.uri} if row["source_hash"] in now else row
        for row in rows
        if row["source_hash"] not in lost
    ], lost


def find(
    known: dict[str, dict[str, Any]],
    root: Path | str,
    tag: str,
    *,
    timezone: str | None = None,
    fits: Callable[[str], bool] = lambda name: True,
    only: Iterable[Path] | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Scan:
    """The same against ledger rows by source hash; writes nothing.

    fits: which paths below `root` are wanted. only: these files, without looking for others.
    """
    folder, found = exports_folder(root), Scan()
    looker = _Looker(known, tag, Settings.of(folder, timezone), folder)

    def problem(name: str, why: str) -> None:
        found.problems.append((name, why))

    files = folder.files(problem) if only is None else (path.as_posix() for path in only)
    every = _members(files, looker, problem)
    paths = [(path, row) for path, row in every if fits(folder.name(path))]
    for count, (path, landed) in enumerate(paths, 1):
        progress(count, len(paths), path.rpartition("/")[2])
        try:
            row, fresh = (landed, False) if landed else looker.look(path)
        except (OSError, UnreadableFile) as error:
            problem(folder.name(path), words(error))
            continue
        found.rows.append(row)
        if fresh:
            found.fresh.add(row["source_hash"])
    found.changed = list(looker.changed.values())
    return found


def _members(
    files: Iterable[str], looker: _Looker, problem: Problem
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The files in their order, those of archives one by one; what has landed, with its row, is not
    opened.

    An archive that cannot be opened is a file like any other: the ledger says that it is unknown.
    """
    folder = looker.folder
    for path in files:
        if row := looker.landed(path):
            yield path, row
            continue
        inside: list[str] = []
        try:
            inside = folder.members(path)
        except UnreadableFile as error:
            problem(folder.name(path), words(error))
            continue
        except OSError as error:
            problem(folder.name(path), words(error))
            if error.errno is not None:  # nothing of it can be read, not even its bytes
                continue
        yield from ((name, None) for name in inside or [path])


def _there(path: str) -> bool:
    """Whether a file lies where the ledger last saw it, in this folder or in another."""
    try:
        facts(path_of(path), filesystem_of(path))
    except OSError:
        return False
    return True


class _Looker:
    """Compares each file with what the ledger knows."""

    def __init__(
        self,
        known: dict[str, dict[str, Any]],
        tag: str,
        settings: Settings,
        folder: Folder | Prefix,
    ):
        self.known = dict(known)
        self.tag, self.settings, self.folder = tag, settings, folder
        self.by_path: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.known.values():
            self.by_path[row["full_path"]].append(row)
        self.changed: dict[str, dict[str, Any]] = {}

    def landed(self, path: str) -> dict[str, Any] | None:
        """The row of a file of this path, size and time of change that has landed; opens nothing,
        and asks the system once: most files of a long history are such."""
        before = self.by_path.get(self.folder.full(path))
        now = self.folder.stat(path) if before else None
        for row in before or ():
            if (row["size_bytes"], row["modified_ns"]) == now and row["status"] in DONE:
                return row
        return None

    def look(self, path: str) -> tuple[dict[str, Any], bool]:
        """The ledger row of the file, and whether it was unknown until now."""
        stat, full = self.folder.facts(path), self.folder.full(path)
        before = self.by_path[full]
        for row in before:
            known = row["size_bytes"], row["modified_ns"]
            if known == (stat.size, stat.modified_ns) and row["status"] != REPLACED:
                return self._same(row), False
        source = self.folder.sha256(path)
        for old in [
            row for row in before if row["status"] in WAITING and row["source_hash"] != source
        ]:
            self._keep(old | {"status": REPLACED})
        if source in self.known:
            return self._again(self.known[source], full, path, stat), False
        row = self._new(path, full, stat, source)
        self._keep(row)
        return row, True

    def _keep(self, row: dict[str, Any]) -> None:
        source = row["source_hash"]
        self.changed[source] = self.known[source] = row
        others = [old for old in self.by_path[row["full_path"]] if old["source_hash"] != source]
        self.by_path[row["full_path"]] = [*others, row]

    def _same(self, row: dict[str, Any]) -> dict[str, Any]:
        """A known file; one that nobody could read before may be known to a format by now."""
        if row["status"] == "unknown":
            fresh = self._sniffed(row["full_path"], row)
            if fresh["status"] != "unknown":
                self._keep(fresh)
                return fresh
        return row

    def _again(self, row: dict[str, Any], full: str, path: str, stat: Facts) -> dict[str, Any]:
        """The same bytes under another name, touched, or back where other content took over."""
        moved = row["status"] in WAITING and not _there(row["full_path"])
        if moved or row["status"] == REPLACED:
            row = self._sniffed(path, row | self._place(path, full, stat))
            self._keep(row)
            return row
        others = set(json.loads(row["other_paths"] or "[]"))
        if full != row["full_path"] and full not in others:
            row = row | {"other_paths": json.dumps(sorted(others | {full}), ensure_ascii=False)}
            self._keep(row)
        elif full == row["full_path"]:
            row = row | {"modified_ns": stat.modified_ns}
            self._keep(row)
        return row

    def _new(self, path: str, full: str, stat: Facts, source: str) -> dict[str, Any]:
        row = (
            dict.fromkeys(SCHEMA.names)
            | self._place(path, full, stat)
            | {
                "source_hash": source,
                "size_bytes": stat.size,
                "records_read": 0,
                "records_valid": 0,
                "records_quarantined": 0,
                "records_duplicate": 0,
                "notes": "[]",
                "other_paths": "[]",
                "found_at": datetime.now(UTC),
            }
        )
        return self._sniffed(path, row)

    def _place(self, path: str, full: str, stat: Facts) -> dict[str, Any]:
        """What a row says of where its file lies."""
        name = self.folder.name(path)
        return {
            "source_path": name,
            "full_path": full,
            "tag": self.tag,
            "modified_ns": stat.modified_ns,
            "timezone": self.settings.timezone(name),
        }

    def _sniffed(self, path: str, row: dict[str, Any]) -> dict[str, Any]:
        place, filesystem = self.folder.here(path), self.folder.filesystem
        source = Source(place, row["source_path"], filesystem=filesystem)
        with source.open() as stream:
            head = stream.read(HEAD_BYTES)
        chosen, sure = sniff(Peek(row["source_path"], head, source.open))
        found = {
            "format": chosen.name if chosen else None,
            "confidence": sure.confidence,
            "why": sure.why,
        }
        return row | found | {"status": "new" if chosen else "unknown"}
