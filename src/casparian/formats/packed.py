"""Exports that lie packed: `x.csv.gz`, and the files in a zip archive, as `runs.zip!/a/b.xml`.

Nothing is unpacked to disk. A packed stream can be sought; going back reads it anew.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

import pyarrow.fs as pafs

MEMBER = "!/"  # between an archive's path and the path in it
GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK\x03\x04"
MOST_MEMBERS = 200_000
BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Member:
    """A file in an archive: its path there, and its unpacked size in bytes and CRC-32 as said."""

    name: str
    size: int
    crc: int


def open_packed(filesystem: pafs.FileSystem, path: str) -> BinaryIO:
    """A seekable binary file of the unpacked bytes.

    Raises OSError, also for an archive or a member that cannot be read.
    """
    outer, mark, member = path.partition(MEMBER)
    if not mark or filesystem.get_file_info(path).type == pafs.FileType.File:
        return _unzipped(filesystem.open_input_file(path))
    try:
        archive = zipfile.ZipFile(cast("io.BufferedIOBase", filesystem.open_input_file(outer)))
        return _unzipped(cast("BinaryIO", _Reading(archive.open(member), archive)))
    except KeyError as error:
        raise OSError(f"{outer} holds no {member}") from error
    except BROKEN as error:
        raise OSError(f"the archive {outer} is damaged: {error}") from error


def _unzipped(stream: BinaryIO) -> BinaryIO:
    magic = stream.read(2)
    stream.seek(0)
    if magic != GZIP_MAGIC:
        return stream
    return cast("BinaryIO", _Reading(gzip.GzipFile(fileobj=stream), stream))


class _Reading(io.RawIOBase):
    """A stream whose damage is an OSError, as everywhere else, and which closes what it opened."""

    def __init__(self, inner: IO[bytes] | gzip.GzipFile, outer: BinaryIO | zipfile.ZipFile):
        self._inner, self._outer = inner, outer

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._inner.read(size)
        except (*BROKEN, OSError, zlib.error) as error:
            raise OSError(f"the packed data is damaged: {error}") from error

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._inner.seek(offset, whence)

    def tell(self) -> int:
        return self._inner.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._inner.close()
        self._outer.close()
        super().close()


def members(stream: BinaryIO) -> Iterator[Member]:
    """The files of a zip archive in its order, folders left out.

    Raises OSError for a damaged archive, one with a password, or one of too many files.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except BROKEN as error:
        raise OSError(f"the archive is damaged: {error}") from error
    if len(entries) > MOST_MEMBERS:
        raise OSError(f"the archive holds more than {MOST_MEMBERS:,} files")
    if any(entry.flag_bits & 1 for entry in entries):
        raise OSError("the archive is protected by a password")
    for entry in entries:
        yield Member(entry.filename, entry.file_size, entry.CRC)
