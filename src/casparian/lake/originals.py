"""Originals: every export's bytes, kept unchanged under their SHA-256, and a lake's chronicle.

They lie in a folder or a bucket of their own, the landing:

    sha256/<ab>/<hash>              the bytes; written once, whole or not at all
    chronicle/<lake>/<entry>.gz     what the lake learned, in order: files found, files landed

The chronicle has each file's name, size, time of change and tag, also of a second copy of bytes
that are there already. From both together a lake can be built anew (`lake.rebuild`). An entry is
one object; nothing is listed or read when one is added. Entries are made in turns at the lake, and
their names tell these turns by how often the ledger had been written: clocks may be stepped, and
those of two machines differ.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, unquote

import pyarrow.fs as pafs

from casparian.lake.bucket import SINGLE_BYTES, Bucket
from casparian.lake.store import Lake, LakeError, filesystem_of, is_bucket, path_of, unwritten
from casparian.reading.errors import UnreadableFile
from casparian.reading.packed import MEMBER, open_bytes

SETTING = (
    ".casparian.landing"  # in the lake: where its originals are, and its name in the chronicle
)
ENTRY_FILES = 5_000  # in one entry of the chronicle
AT_ONCE = 8  # files on their way at once
TIMES = ("found_at", "landed_at")
FOUND = (
    "source_hash", "source_path", "full_path", "tag", "format", "confidence", "why", "size_bytes",
    "modified_ns", "timezone", "status", "other_paths", "found_at",
)  # fmt: skip


class OtherBytes(OSError):
    """A file is not what it was when it was hashed."""


@dataclass(frozen=True)
class Entry:
    """One entry of a chronicle. event: found (rows of the ledger, without their books) or landed
    (hashes of files that were committed together at `at`)."""

    event: str
    at: datetime
    rows: tuple[dict[str, Any], ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Originals:
    """The landing at `uri`.

    lake: the name of the lake's chronicle in it. since: when the lake began to keep its originals
    there; one that is built anew has a new ledger.
    """

    uri: str
    lake: str
    since: str = ""

    def path(self, source_hash: str) -> str:
        """Where the bytes of this hash lie, as `Source` takes it."""
        return f"{self.uri}/{_key(source_hash)}"

    @classmethod
    def of(cls, landing: str, lake: str) -> Originals:
        """Those of the lake that is called so (`s3://lake/demo`)."""
        return cls(_whole(landing), quote(lake, safe=""))

    @staticmethod
    def beside(
        rows: Sequence[dict[str, Any]], of: Sequence[dict[str, Any]]
    ) -> dict[str, dict[str, str]]:
        """By source hash: the originals of what lay in the folder (or archive) of each of these
        files, by their paths below what was scanned. rows: of the ledger."""
        lay: dict[tuple[str, str], dict[str, str]] = {}
        for row in rows:
            if row.get("landing"):
                place = Originals(row["landing"], "").path(row["source_hash"])
                lay.setdefault(_folder(row), {})[row["source_path"]] = path_of(place)
        return {row["source_hash"]: lay.get(_folder(row), {}) for row in of}

    def keep(self, row: dict[str, Any], path: str | None = None) -> None:
        """Keep the bytes of a file (at its own path if no other is given); at once where they are.

        Raises OtherBytes where they have another hash by now, OSError where they cannot be kept.
        """
        source, size = row["source_hash"], row["size_bytes"]
        try:
            lies = path or row["full_path"]
            with open_bytes(filesystem_of(lies), path_of(lies)) as stream:
                _store(self.uri).add(_key(source), _Hashed(stream, source), size)
        except UnreadableFile as error:
            raise OSError(str(error)) from error

    def keep_all(self, rows: Sequence[dict[str, Any]]) -> dict[str, OSError]:
        """Keep the bytes of many files; why not, by hash, of those that could not be."""

        def kept(row: dict[str, Any]) -> OSError | None:
            try:
                self.keep(row)
            except OSError as error:
                return error
            return None

        with ThreadPoolExecutor(AT_ONCE if is_bucket(self.uri) else 1) as pool:
            outcomes = zip(rows, pool.map(kept, rows), strict=True)
            return {row["source_hash"]: error for row, error in outcomes if error}

    def found(self, rows: Sequence[dict[str, Any]], turn: int) -> None:
        """Note files as the ledger is going to have them. turn: `Ledger.written`."""
        at = datetime.now(UTC)
        for start in range(0, len(rows), ENTRY_FILES):
            some = rows[start : start + ENTRY_FILES]
            self._note("found", at, turn, [{name: row[name] for name in FOUND} for row in some])

    def landed(self, sources: Sequence[str], at: datetime, turn: int) -> None:
        """Note files that were committed together, before the ledger says so."""
        if sources:
            self._note("landed", at, turn, [{"source_hash": source} for source in sources])

    def _note(self, event: str, at: datetime, turn: int, rows: Iterable[dict[str, Any]]) -> None:
        lines = [{"event": event, "at": at}, *rows]
        text = "".join(json.dumps(line, default=_text, ensure_ascii=False) + "\n" for line in lines)
        name = f"{self.since}-{turn:010d}-{_moment()}-{uuid.uuid4().hex[:8]}.gz"
        key = f"chronicle/{self.lake}/{name}"
        content = gzip.compress(text.encode(), 6, mtime=0)
        try:
            _store(self.uri).put(key, content)
        except OSError as error:
            raise unwritten(error, "The landing") from error

    def chronicle(self) -> Iterator[Entry]:
        """The entries in the order in which they were made."""
        for path in _listed(self.uri, f"chronicle/{self.lake}"):
            with filesystem_of(self.uri).open_input_stream(path, compression="gzip") as stream:
                yield _entry(stream.read().decode().splitlines())


def originals_of(lake: Lake) -> Originals | None:
    """Where the lake keeps its originals; None where it was never told to."""
    text = _store(lake.uri).get(SETTING)
    if text is None:
        return None
    said = json.loads(text)
    return Originals(said["landing"], said["lake"], said["since"])


def keep_in(lake: Lake, landing: str) -> Originals:
    """Let the lake keep its originals there from now on.

    Raises LakeError where it keeps them elsewhere already.
    """
    chosen = Originals.of(landing, lake.uri)
    if originals_of(lake) is None:
        said = {"landing": chosen.uri, "lake": chosen.lake, "since": _moment()}
        _tell(lake, said)
    before = originals_of(lake) or chosen
    if before.uri != chosen.uri:
        raise LakeError(f"This lake keeps its exports in {before.uri}, so not in {chosen.uri}.")
    return before


def _tell(lake: Lake, said: dict[str, str]) -> None:
    try:
        _store(lake.uri).put(SETTING, json.dumps(said).encode())
    except OSError as error:
        raise unwritten(error) from error


def chronicles(landing: str) -> list[str]:
    """The lakes that have a chronicle in the landing, by name."""
    return sorted(unquote(path.rsplit("/", 1)[1]) for path in _listed(_whole(landing), "chronicle"))


def _moment() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def _folder(row: dict[str, Any]) -> tuple[str, str]:
    """Where a file lay: its tag, and its folder or all of its archive."""
    archive, mark, _ = row["source_path"].partition(MEMBER)
    return row["tag"], archive if mark else row["source_path"].rpartition("/")[0]


def _whole(landing: str) -> str:
    return landing.rstrip("/") if is_bucket(landing) else Path(landing).absolute().as_posix()


def _key(source_hash: str) -> str:
    return f"sha256/{source_hash[:2]}/{source_hash}"


def _listed(uri: str, below: str) -> list[str]:
    selector = pafs.FileSelector(f"{path_of(uri)}/{below}", allow_not_found=True)
    return sorted(info.path for info in filesystem_of(uri).get_file_info(selector))


def _entry(lines: Sequence[str]) -> Entry:
    head, *rows = (json.loads(line, object_hook=_timed) for line in lines)
    at = datetime.fromisoformat(head["at"])
    if head["event"] == "found":
        return Entry("found", at, tuple(rows))
    return Entry("landed", at, sources=tuple(row["source_hash"] for row in rows))


def _timed(row: dict[str, Any]) -> dict[str, Any]:
    for name in TIMES:
        if row.get(name):
            row[name] = datetime.fromisoformat(row[name])
    return row


def _text(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


class _Hashed:
    """A stream that knows whether what was read to its end is what it is to be."""

    def __init__(self, stream: BinaryIO, source_hash: str):
        self._stream, self._hash, self._digest = stream, source_hash, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        piece = self._stream.read(size)
        self._digest.update(piece)
        return bytes(piece)

    def check(self) -> None:
        """Raises OtherBytes."""
        if self._digest.hexdigest() != self._hash:
            raise OtherBytes("the file changed while it was kept")


def _store(uri: str) -> _Bucket | _Folder:
    return _Bucket(Bucket(uri)) if is_bucket(uri) else _Folder(Path(uri))


@dataclass(frozen=True)
class _Bucket:
    bucket: Bucket

    def add(self, key: str, stream: _Hashed, size: int) -> None:
        """Send the stream, in parts if it is big; it is there when all of it was right."""
        if size <= SINGLE_BYTES:
            content = stream.read(size + 1)
            stream.check()
            self.bucket.put(key, content)
        elif not self.bucket.has(key):
            with self.bucket.upload(key, stream) as upload:
                upload.send()
                stream.check()
                upload.finish()

    def put(self, key: str, content: bytes) -> None:
        self.bucket.put(key, content)

    def get(self, key: str) -> bytes | None:
        found = self.bucket.get(key)
        return found[0] if found else None


@dataclass(frozen=True)
class _Folder:
    root: Path

    def add(self, key: str, stream: _Hashed, size: int) -> None:
        """Copy the stream to a file that is given its name when all of it was right."""
        if not (self.root / key).exists():
            with self._new(key) as scratch:
                while piece := stream.read(1 << 20):
                    scratch.write(piece)
                stream.check()
                scratch.keep()

    def put(self, key: str, content: bytes) -> None:
        with self._new(key) as scratch:
            scratch.write(content)
            scratch.keep()

    def get(self, key: str) -> bytes | None:
        path = self.root / key
        return path.read_bytes() if path.exists() else None

    def _new(self, key: str) -> _Scratch:
        return _Scratch(self.root / key)


class _Scratch:
    """A file under a passing name; `keep` gives it its own, where there is none of it yet."""

    def __init__(self, path: Path):
        self._path = path
        self._passing = path.with_name(f".{uuid.uuid4().hex}")

    def __enter__(self) -> _Scratch:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._passing.open("xb")
        self.write = self._file.write
        return self

    def __exit__(self, *ended: object) -> None:
        self._file.close()
        self._passing.unlink(missing_ok=True)

    def keep(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._passing.chmod(0o444)
        try:
            os.link(self._passing, self._path)
        except FileExistsError:
            pass  # another run kept the same bytes meanwhile
