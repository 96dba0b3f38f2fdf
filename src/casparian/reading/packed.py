"""Exports that lie packed: `x.csv.gz`, and the files in a zip archive, as `runs.zip!/a/b.xml`.

Nothing is unpacked to disk. A packed stream can be sought; going back reads it anew.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import pyarrow.fs as pafs

from casparian.reading.errors import UnreadableFile

MEMBER = "!/"  # between an archive's path and the path in it
GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK\x03\x04"
MOST_MEMBERS = 200_000
PIECE = 1 << 18
AHEAD = 4 << 20
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError,
    ValueError,  # Arrow's word for a seek before the beginning: a zip shorter than its own end
)  # fmt: skip
_OTHERS = ("[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF")  # Office, OpenDocument, Java
_OPEN: dict[tuple[object, ...], zipfile.ZipFile] = {}  # the last archive: its list is long to read


@dataclass(frozen=True)
class Facts:
    """Size in bytes (of an archive's member: unpacked) and time of change of file or archive."""

    size: int
    modified_ns: int


def facts(path: str, filesystem: pafs.FileSystem | None = None) -> Facts:
    """What tells whether a file has changed. Raises OSError where there is none."""
    filesystem = filesystem or pafs.LocalFileSystem()
    info = filesystem.get_file_info(path)
    outer, mark, member = path.partition(MEMBER)
    if info.type != pafs.FileType.NotFound or not mark:
        return Facts(_there(info).size, info.mtime_ns)
    archive = _archive(filesystem, outer)
    return Facts(_entry(archive, outer, member).file_size, _there_at(filesystem, outer).mtime_ns)


def _there_at(filesystem: pafs.FileSystem, path: str) -> Any:
    return _there(filesystem.get_file_info(path))


def _there(info: Any) -> Any:
    if info.type == pafs.FileType.NotFound:
        raise FileNotFoundError(2, "no such file", info.path)
    return info


def open_packed(filesystem: pafs.FileSystem, path: str) -> BinaryIO:
    """A seekable binary file of the unpacked bytes.

    Raises OSError, also for an archive that cannot be read. Reading raises UnreadableFile where
    the packed data is damaged.
    """
    stream = open_bytes(filesystem, path)
    magic = stream.read(2)
    stream.seek(0)
    if magic != GZIP_MAGIC:
        return stream
    return cast("BinaryIO", _Reading(gzip.GzipFile(fileobj=stream), stream))


def open_bytes(filesystem: pafs.FileSystem, path: str) -> BinaryIO:
    """The same of the bytes as they lie: a .gz stays packed, a member of an archive does not."""
    outer, mark, member = path.partition(MEMBER)
    if not mark or filesystem.get_file_info(path).type != pafs.FileType.NotFound:
        return _ahead(filesystem, filesystem.open_input_file(path))
    archive = _archive(filesystem, outer)
    entry = _entry(archive, outer, member)
    try:
        return cast("BinaryIO", _Reading(cast("zipfile.ZipExtFile", archive.open(entry))))
    except _BROKEN as error:
        raise OSError(f"the archive {outer} is damaged: {error}") from error


def _ahead(filesystem: pafs.FileSystem, stream: Any) -> BinaryIO:
    """The file, read in big pieces where each read is a request to a store."""
    if filesystem.type_name == "local":
        return cast("BinaryIO", stream)
    return cast("BinaryIO", io.BufferedReader(stream, AHEAD))


def sha256(path: str, filesystem: pafs.FileSystem | None = None) -> str:
    """Of a file as `open_bytes` gives it, on this machine if nothing else is said, in hexadecimal.

    Raises as `open_packed`.
    """
    if filesystem is None and (MEMBER not in path or Path(path).exists()):
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    digest = hashlib.sha256()
    with open_bytes(filesystem or pafs.LocalFileSystem(), path) as packed:
        while chunk := packed.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def members(path: str, filesystem: pafs.FileSystem | None = None) -> list[str]:
    """Paths of the files in a zip archive, as `open_packed` takes them.

    Empty for what is no archive of files: workbooks and other documents that are zips inside.
    Raises OSError for a damaged archive, one with a password or of too many files.
    """
    filesystem = filesystem or pafs.LocalFileSystem()
    with filesystem.open_input_file(path) as stream:
        if stream.read(4) != ZIP_MAGIC:
            return []
    entries = [
        entry
        for entry in _archive(filesystem, path).infolist()
        if not entry.is_dir() and not _hidden(entry.filename)
    ]
    if any(entry.filename in _OTHERS for entry in entries):
        return []
    if len(entries) > MOST_MEMBERS:
        raise OSError(f"the archive holds more than {MOST_MEMBERS:,} files")
    if any(entry.flag_bits & 1 for entry in entries):
        raise OSError("the archive is protected by a password")
    return [f"{path}{MEMBER}{entry.filename}" for entry in entries]


def _hidden(name: str) -> bool:
    parts = name.split("/")
    return any(part.startswith((".", "~$")) for part in parts) or parts[0] == "__MACOSX"


def _archive(filesystem: pafs.FileSystem, path: str) -> zipfile.ZipFile:
    """The opened archive; the last one is kept open as long as it does not change."""
    info = _there_at(filesystem, path)
    key = (os.getpid(), filesystem.type_name, path, info.size, info.mtime_ns)
    if key not in _OPEN:
        _OPEN.clear()  # members that are being read keep what they need open
        try:
            _OPEN[key] = zipfile.ZipFile(cast("IO[bytes]", filesystem.open_input_file(path)))
        except _BROKEN as error:
            raise OSError(f"the archive is damaged: {error}") from error
    return _OPEN[key]


def _entry(archive: zipfile.ZipFile, path: str, member: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(member)
    except KeyError as error:
        raise FileNotFoundError(2, f"no such file in the archive {path}", member) from error


class _Reading(io.RawIOBase):
    """A packed stream whose damage is the file's; closing it closes the stream beneath."""

    def __init__(self, inner: zipfile.ZipExtFile | gzip.GzipFile, beneath: BinaryIO | None = None):
        self._inner, self._beneath = inner, beneath
        self._damage = ""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; what stands before damage comes first, the damage with the next."""
        if self._damage:
            raise UnreadableFile(self._damage)
        pieces: list[bytes] = []
        wanted = size if size >= 0 else sys.maxsize
        try:
            while wanted and (piece := self._inner.read1(min(wanted, PIECE))):
                pieces.append(piece)
                wanted -= len(piece)
        except (*_BROKEN, zlib.error, gzip.BadGzipFile) as error:
            self._damage = f"The packed data ends early or is damaged: {error}."
            if not pieces:
                raise UnreadableFile(self._damage) from error
        return b"".join(pieces)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        try:
            return self._inner.seek(offset, whence)
        except (*_BROKEN, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadableFile(f"The packed data ends early or is damaged: {error}.") from error

    def tell(self) -> int:
        return self._inner.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._inner.close()
        if self._beneath:
            self._beneath.close()
        super().close()
