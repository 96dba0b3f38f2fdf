"""What lies in a folder that others write to, and which of it is finished.

Nothing but names, sizes and times is looked at, again and again: this serves shares without file
events too. A file is finished when its size and time have not changed for a while, it is not
empty, has no name of a passing file, and can be opened.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from casparian.lake.exports_folder import SETTINGS

PASSING = re.compile(
    r"^(\.|~\$)|~$|\.(tmp|temp|part|partial|crdownload|opdownload|download|filepart|swp|swx|lock"
    r"|lck|inprogress|writing|uploading)$",
    re.IGNORECASE,
)
NO_EXPORTS = {SETTINGS, "thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Stamp:
    """Size in bytes and time of change in nanoseconds: other ones, other content."""

    size: int
    modified_ns: int


@dataclass
class Look:
    """One look: every file that may be an export, and what could not be looked at, and why."""

    files: dict[str, Stamp] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)


def look(root: Path, leave: Path | None = None) -> Look:
    """The files below a folder (or the one file), by full path. leave: a folder that is no part.

    Raises OSError where the folder itself cannot be read.
    """
    found = Look()
    top = root.absolute().as_posix()
    if root.is_file():
        found.files[top] = _stamp(root.stat())
        return found
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                folders += _sort_out(list(entries), found, leave)
        except OSError as error:
            if folder == top:
                raise
            found.problems.append((folder, _words(error)))
    return found


def _sort_out(entries: list[os.DirEntry[str]], found: Look, leave: Path | None) -> Iterator[str]:
    """Notes the files; the folders to go on with."""
    for entry in entries:
        path = entry.path.replace(os.sep, "/")
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith((".", "_delta_log")) and Path(path) != leave:
                yield path
        elif not PASSING.search(entry.name) and entry.name.lower() not in NO_EXPORTS:
            try:
                told = entry.stat()
            except OSError as error:
                found.problems.append((path, _words(error)))
                continue
            if stat.S_ISREG(told.st_mode):
                found.files[path] = _stamp(told)


def _stamp(told: os.stat_result) -> Stamp:
    return Stamp(told.st_size, told.st_mtime_ns)


def _words(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else str(error)


@dataclass
class Waiting:
    """A file that is not landed. since: when it was first seen so. why: it is not taken yet."""

    stamp: Stamp
    since: float
    why: str = "settling"
    not_before: float = 0.0


@dataclass
class Folder:
    """Remembers what it has seen. settle: seconds that a file must stay as it is. now: a clock.

    done: files that are landed, as they were then; a size below zero stands for any.
    """

    settle: float
    now: Callable[[], float]
    done: dict[str, Stamp] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)

    def see(self, found: Look) -> list[str]:
        """Take in a look; the paths that have gone before they were finished."""
        now = self.now()
        for path, stamp in found.files.items():
            if _same(self.done.get(path), stamp):
                self.waiting.pop(path, None)
                continue
            before = self.waiting.get(path)
            if before is None or before.stamp != stamp:
                self.waiting[path] = Waiting(stamp, now)
        gone = [path for path in self.waiting if path not in found.files]
        for path in gone:
            del self.waiting[path]
        if found.files:  # an empty folder may be a share that is not mounted
            self.done = {path: at for path, at in self.done.items() if path in found.files}
        return gone

    def finished(self) -> dict[str, Stamp]:
        """Files that may be taken now."""
        now = self.now()
        ready = {}
        for path, each in sorted(self.waiting.items()):
            if now - each.since < self.settle or now < each.not_before:
                continue
            each.why = why_not(path, each.stamp)
            if not each.why:
                ready[path] = each.stamp
        return ready

    def taken(self, path: str, stamp: Stamp) -> None:
        """The file has landed as it was then."""
        self.done[path] = stamp
        self.waiting.pop(path, None)

    def see_again(self, path: str, stamp: Stamp) -> None:
        """The file was taken and could not be landed."""
        self.waiting[path] = Waiting(stamp, self.now() - self.settle)

    def put_off(self, path: str, why: str, seconds: float) -> None:
        """Not now: try the file again later."""
        if path in self.waiting:
            self.waiting[path].why, self.waiting[path].not_before = why, self.now() + seconds


def _same(known: Stamp | None, stamp: Stamp) -> bool:
    if known is None or known.modified_ns != stamp.modified_ns:
        return False
    return known.size < 0 or known.size == stamp.size


def why_not(path: str, stamp: Stamp) -> str:
    """Why the file cannot be taken; "" if it can. A folder's list may be older than its files."""
    if not stamp.size:
        return "empty"
    try:
        if _stamp(os.stat(path)) != stamp:  # noqa: PTH116
            return "settling"
        with open(path, "rb") as file:
            file.read(1)
    except OSError as error:
        return _words(error)
    return ""
