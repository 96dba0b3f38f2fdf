"""Scanning: which exports lie in a folder, what they are, and which of them the lake knows."""

from __future__ import annotations

import fnmatch
import json
import os
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from casparian.formats import HEAD_BYTES, Peek, sniff
from casparian.lake.ledger import DONE, SCHEMA, WAITING, Ledger
from casparian.lake.originals import Originals, keep_in, originals_of
from casparian.lake.store import Lake, LakeError
from casparian.reading.base import Source, UnreadableFile
from casparian.reading.packed import Facts, facts, members, sha256
from casparian.reading.times import zone

REPLACED = "replaced"  # other content took the file's place before it was landed
SETTINGS = "casparian.toml"  # lies at the root of an export folder and says what its files do not


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
    def of(cls, root: Path, override: str | None) -> Settings:
        """Read `casparian.toml` of the folder, or of the nearest one above it, if there is one.

        Raises LakeError if it cannot be used.
        """
        root = root.absolute()
        places = (root, *root.parents)
        home = next((place for place in places if (place / SETTINGS).is_file()), None)
        path = (home or root) / SETTINGS
        try:
            text = path.read_text("utf-8") if home else ""
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
        below = root.relative_to(home).as_posix() + "/" if home and home != root else ""
        return cls(zones, override, below)

    def timezone(self, name: str) -> str | None:
        """The zone of times without offset in this file; None where nobody said."""
        if self.override:
            return self.override
        path = self.below + name
        return next((tz for pattern, tz in self.zones if fnmatch.fnmatch(path, pattern)), None)


def scan(
    lake: Lake,
    root: Path,
    tag: str,
    *,
    timezone: str | None = None,
    landing: str | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, name: None,
) -> Scan:
    """Find, hash and sniff the exports below `root`; note the new ones in the ledger under `tag`.

    landing: folder or bucket that is to keep the lake's originals from now on; where the lake has
    one, new files are kept there. Raises LakeError where there is no such folder or file.
    """
    if landing:
        keep_in(lake, landing)
    known = Ledger(lake).known()
    found = find(known, root, tag, timezone=timezone, progress=progress)
    enter(lake, found, known)
    return found


def enter(lake: Lake, found: Scan, known: dict[str, dict[str, Any]]) -> None:
    """Write to the ledger what a scan changes, after originals are kept; a file that cannot be kept
    becomes a problem and stays unknown to the ledger.

    known: the ledger's rows by source hash as the scan had them.
    """
    originals = originals_of(lake)
    if originals and found.changed:
        found.changed, lost = kept(originals, found.changed)
        found.rows = [row for row in found.rows if row["source_hash"] not in lost]
        found.fresh -= lost.keys()
        found.problems += [(row["source_path"], _words(error)) for row, error in lost.values()]
    with lake.alone():
        now = Ledger(lake).of([row["source_hash"] for row in found.changed])
        rows = [
            _with(now[row["source_hash"]], row) if _unlike(now, known, row) else row
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
    return source in now and now[source] != known.get(source)


def _with(now: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """What both know of a file: where it lies; what has landed stays so."""
    stays = now if now["status"] in DONE else row
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
    root: Path,
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
    if not root.exists():
        raise LakeError(f"There is nothing at '{root}': check the path.")
    base = root if root.is_dir() else root.parent
    found = Scan()
    looker = _Looker(known, tag, Settings.of(base, timezone), base)
    files = _walk(root, found) if only is None else (path.as_posix() for path in only)
    every = _members(files, looker, found)
    paths = [(path, row) for path, row in every if fits(looker.name(path))]
    for count, (path, landed) in enumerate(paths, 1):
        progress(count, len(paths), path.rpartition("/")[2])
        try:
            row, fresh = (landed, False) if landed else looker.look(path)
        except (OSError, UnreadableFile) as error:
            found.problems.append((looker.name(path), _words(error)))
            continue
        found.rows.append(row)
        if fresh:
            found.fresh.add(row["source_hash"])
    found.changed = list(looker.changed.values())
    return found


def _words(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return (os.strerror(number) if number else str(error).rstrip(".")).lower()


def _members(
    files: Iterable[str], looker: _Looker, found: Scan
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """The files in their order, those of archives one by one; what has landed, with its row, is not
    opened.

    An archive that cannot be opened is a file like any other: the ledger says that it is unknown.
    """
    for path in files:
        if row := looker.landed(path):
            yield path, row
            continue
        is_file = Path(path).is_file()
        if not is_file and Path(path).exists():  # a dangling link is told when it is opened
            found.problems.append((looker.name(path), "not a regular file"))
            continue
        inside: list[str] = []
        try:
            inside = members(path) if is_file else []
        except OSError as error:
            found.problems.append((looker.name(path), _words(error)))
            if error.errno is not None:  # nothing of it can be read, not even its bytes
                continue
        yield from ((name, None) for name in inside or [path])


def _walk(root: Path, found: Scan) -> Iterator[str]:
    """Files in a stable order; hidden ones and the settings are no exports. Paths are texts here: a
    hundred thousand known files feel each object."""
    if root.is_file():
        yield root.as_posix()
        return

    def refused(error: OSError) -> None:
        name = Path(error.filename or root).as_posix()
        found.problems.append((name.removeprefix(_above(root)), _words(error)))

    for folder, folders, names in os.walk(root, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_delta_log")))
        above = _above(Path(folder))
        for name in sorted(names):
            if not name.startswith((".", "~$")) and name != SETTINGS:
                yield above + name


def _above(folder: Path) -> str:
    """What paths begin with in a folder; nothing in the one that we are in."""
    text = folder.as_posix()
    return "" if text == "." else text.rstrip("/") + "/"


def _there(path: str) -> bool:
    try:
        facts(path)
    except OSError:
        return False
    return True


class _Looker:
    """Compares each file with what the ledger knows."""

    def __init__(self, known: dict[str, dict[str, Any]], tag: str, settings: Settings, base: Path):
        self.known = dict(known)
        self.tag, self.settings = tag, settings
        self.above, self.here = _above(base), _above(Path.cwd())
        self.by_path: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.known.values():
            self.by_path[row["full_path"]].append(row)
        self.changed: dict[str, dict[str, Any]] = {}

    def name(self, path: str) -> str:
        """The path below the folder that is scanned."""
        return path.removeprefix(self.above)

    def landed(self, path: str) -> dict[str, Any] | None:
        """The row of a file of this path, size and time of change that has landed; opens nothing,
        and asks the system once: most files of a long history are such."""
        before = self.by_path.get(self._full(path))
        if not before:
            return None
        try:
            stat = os.stat(path)  # noqa: PTH116 - a Path a file costs more than the question
        except OSError:
            return None
        now = stat.st_size, stat.st_mtime_ns
        for row in before:
            if (row["size_bytes"], row["modified_ns"]) == now and row["status"] in DONE:
                return row
        return None

    def _full(self, path: str) -> str:
        return path if os.path.isabs(path) else self.here + path  # noqa: PTH117 - as above

    def look(self, path: str) -> tuple[dict[str, Any], bool]:
        """The ledger row of the file, and whether it was unknown until now."""
        stat, full = facts(path), self._full(path)
        before = self.by_path[full]
        for row in before:
            known = row["size_bytes"], row["modified_ns"]
            if known == (stat.size, stat.modified_ns) and row["status"] != REPLACED:
                return self._same(row), False
        source = sha256(full)
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
        name = self.name(path)
        return {
            "source_path": name,
            "full_path": full,
            "tag": self.tag,
            "modified_ns": stat.modified_ns,
            "timezone": self.settings.timezone(name),
        }

    def _sniffed(self, path: str, row: dict[str, Any]) -> dict[str, Any]:
        source = Source(path, row["source_path"])
        with source.open() as stream:
            head = stream.read(HEAD_BYTES)
        chosen, sure = sniff(Peek(row["source_path"], head, source.open))
        found = {
            "format": chosen.name if chosen else None,
            "confidence": sure.confidence,
            "why": sure.why,
        }
        return row | found | {"status": "new" if chosen else "unknown"}
