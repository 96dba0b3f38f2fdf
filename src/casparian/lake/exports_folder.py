"""Where exports lie, as a scan sees it: a folder of this machine, or a place in an S3 bucket.

Both give the same: the paths in a stable order, as texts (a hundred thousand known files feel each
object), size and time of change of each, and the bytes by Arrow's file system.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.fs as pafs

from casparian.lake.store import LakeError, filesystem_of, is_bucket, path_of
from casparian.reading.base import UnreadableFile
from casparian.reading.packed import Facts, facts, members, sha256

SETTINGS = "casparian.toml"  # lies at the root of an export folder and says what its files do not
Problem = Callable[[str, str], None]  # a path below the folder, and what is wrong with it


def exports_folder(root: str | Path) -> Folder | Prefix:
    """The one or the other. Raises LakeError where there is nothing."""
    return Prefix(str(root)) if is_bucket(str(root)) else Folder(Path(root))


class Folder:
    """A folder of this machine, or one file in it."""

    filesystem: pafs.FileSystem

    def __init__(self, root: Path):
        if not root.exists():
            raise LakeError(f"There is nothing at '{root}': check the path.")
        self.filesystem = filesystem_of("")
        self.root, self.base = root, root if root.is_dir() else root.parent
        self.above, self._here = _above(self.base), _above(Path.cwd())

    def name(self, path: str) -> str:
        """The path below the folder."""
        return path.removeprefix(self.above)

    def full(self, path: str) -> str:
        """What a ledger calls it."""
        return path if os.path.isabs(path) else self._here + path  # noqa: PTH117 - no Path a file

    def here(self, path: str) -> str:
        """The path as `filesystem` takes it."""
        return path

    def files(self, problem: Problem) -> Iterator[str]:
        """Hidden ones and the settings are no exports; a folder that refuses is a problem."""
        if self.root.is_file():
            yield self.root.as_posix()
            return

        def refused(error: OSError) -> None:
            problem(self.name(Path(error.filename or self.root).as_posix()), words(error))

        for folder, folders, names in os.walk(self.root, onerror=refused):
            folders[:] = sorted(name for name in folders if not _hidden(name))
            above = _above(Path(folder))
            for name in sorted(names):
                if is_export(name):
                    yield above + name

    def stat(self, path: str) -> tuple[int, int] | None:
        """Size in bytes and time of change in ns; None where there is none."""
        try:
            found = os.stat(path)  # noqa: PTH116 - as above
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns

    def facts(self, path: str) -> Facts:
        """The same also of a member of an archive. Raises OSError."""
        return facts(path)

    def sha256(self, path: str) -> str:
        """Of its bytes. Raises OSError, UnreadableFile."""
        return sha256(path)

    def members(self, path: str) -> list[str]:
        """Of an archive; empty for what is none. Raises OSError, also for what is no file."""
        is_file = Path(path).is_file()
        if not is_file and Path(path).exists():  # a dangling link is told when it is opened
            raise UnreadableFile("not a regular file")
        return members(path) if is_file else []

    def settings(self) -> tuple[str, str, str]:
        """Text of the settings of the folder, or of the nearest one above it; how people find them,
        and the folder as seen from theirs, with a `/` behind it. Empty where there are none."""
        root = self.base.absolute()
        home = next(
            (place for place in (root, *root.parents) if (place / SETTINGS).is_file()), None
        )
        if home is None:
            return "", "", ""
        below = root.relative_to(home).as_posix() + "/" if home != root else ""
        return (home / SETTINGS).read_text("utf-8"), str(home / SETTINGS), below


class Prefix:
    """What lies below a place in a bucket (`s3://landing/plant`). It is listed once, by a thousand
    names a request; no object is asked about by itself."""

    def __init__(self, root: str):
        self.above = root.rstrip("/") + "/"
        self.filesystem = filesystem_of(root)
        selector = pafs.FileSelector(path_of(self.above).rstrip("/"), recursive=True)
        try:
            every = self.filesystem.get_file_info(selector)
        except OSError as error:
            raise LakeError(f"'{root}' cannot be listed: {words(error)}.") from error
        found = {f"s3://{each.path}": each for each in every if each.type == pafs.FileType.File}
        self._found: dict[str, Any] = dict(sorted(found.items()))
        if not found:
            raise LakeError(f"There is nothing at '{root}': check bucket and prefix.")

    def name(self, path: str) -> str:
        """The path below the prefix."""
        return path.removeprefix(self.above)

    def full(self, path: str) -> str:
        """What a ledger calls it."""
        return path

    def here(self, path: str) -> str:
        """The path as `filesystem` takes it."""
        return path_of(path)

    def files(self, problem: Problem) -> Iterator[str]:
        """The same objects as files of a folder would be."""
        for path in self._found:
            *folders, name = self.name(path).split("/")
            if is_export(name) and not any(map(_hidden, folders)):
                yield path

    def stat(self, path: str) -> tuple[int, int] | None:
        """Size in bytes and time of change in ns, as they were listed."""
        found = self._found.get(path)
        return None if found is None else (found.size, found.mtime_ns)

    def facts(self, path: str) -> Facts:
        """The same also of a member of an archive. Raises OSError."""
        found = self.stat(path)
        return Facts(*found) if found else facts(self.here(path), self.filesystem)

    def sha256(self, path: str) -> str:
        """Of its bytes. Raises OSError, UnreadableFile."""
        return sha256(self.here(path), self.filesystem)

    def members(self, path: str) -> list[str]:
        """Of an archive; empty for what is none. Raises OSError."""
        return [f"s3://{each}" for each in members(self.here(path), self.filesystem)]

    def settings(self) -> tuple[str, str, str]:
        """Text of the settings at the prefix, and where they are; empty where there are none."""
        path = self.above + SETTINGS
        if path not in self._found:
            return "", "", ""
        with self.filesystem.open_input_stream(self.here(path)) as stream:
            return stream.read().decode("utf-8"), path, ""


def is_export(name: str) -> bool:
    """Whether a file of this name may be one: not hidden, no office program's lock, no settings."""
    return not name.startswith((".", "~$")) and name != SETTINGS


def words(error: Exception) -> str:
    """An error for people, without a number and a path."""
    number = getattr(error, "errno", None)
    return (os.strerror(number) if number else str(error).rstrip(".")).lower()


def _hidden(folder: str) -> bool:
    return folder.startswith((".", "_delta_log"))


def _above(folder: Path) -> str:
    """What paths begin with in a folder; nothing in the one that we are in."""
    text = folder.as_posix()
    return "" if text == "." else text.rstrip("/") + "/"
