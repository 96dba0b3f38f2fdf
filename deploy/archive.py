"""A bundle as a file: a tar, compressed, written and read as a stream of bounded memory.

Its last member lists the SHA-256 of all others. A reader checks them all before it uses any.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from local.downloads import StackError

SUMS = "SHA256SUMS"
CHUNK = 1 << 20
Member = tuple[str, IO[bytes]]


class Writer:
    """Adds members, and the list of their sums at the end."""

    def __init__(self, tar: tarfile.TarFile):
        self._tar, self._sums = tar, dict[str, str]()

    def text(self, name: str, text: str) -> None:
        """A small file."""
        self._add(name, io.BytesIO(text.encode()), len(text.encode()))

    def file(self, name: str, path: Path) -> int:
        """A file of any size; its bytes are returned."""
        size = path.stat().st_size
        with path.open("rb") as file:
            self._add(name, file, size)
        return size

    def close(self) -> None:
        """The list of sums, in the format of sha256sum."""
        lines = "".join(f"{digest}  {name}\n" for name, digest in self._sums.items())
        self._add(SUMS, io.BytesIO(lines.encode()), len(lines.encode()))

    def _add(self, name: str, file: IO[bytes], size: int) -> None:
        member, hashed = tarfile.TarInfo(name), _Hashed(file)
        member.size = size
        self._tar.addfile(member, hashed)
        self._sums[name] = hashed.digest()


class _Hashed:
    """What is read of a file is hashed on its way."""

    def __init__(self, file: IO[bytes]):
        self._file, self._whole = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(size)
        self._whole.update(found)
        return found

    def digest(self) -> str:
        return self._whole.hexdigest()


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """A bundle to be written, under its name only once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with (
            pa.OSFile(str(part), "wb") as raw,
            pa.CompressedOutputStream(raw, "zstd") as packed,
            tarfile.open(fileobj=packed, mode="w|", bufsize=CHUNK) as tar,
        ):
            writer = Writer(tar)
            yield writer
            writer.close()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def members(path: Path) -> Iterator[Member]:
    """The members in their order, each to be read before the next."""
    with (
        pa.OSFile(str(path), "rb") as raw,
        pa.CompressedInputStream(raw, "zstd") as packed,
        tarfile.open(fileobj=packed, mode="r|", bufsize=CHUNK) as tar,
    ):
        for member in tar:
            file = tar.extractfile(member)
            if file is not None:
                yield member.name, file


def checked(path: Path) -> list[str]:
    """The names of all members, each with the bytes that its sum says. Raises StackError."""
    try:
        found, sums = _read(path)
    except FileNotFoundError:
        raise StackError(f"There is no file {path}.") from None
    except (OSError, EOFError, tarfile.TarError) as error:
        raise StackError(f"{path} is no whole bundle: {error}. Copy it again.") from error
    wrong = sorted(name for name in {*found, *sums} if found.get(name) != sums.get(name))
    if wrong or not sums:
        raise StackError(f"{path} is damaged: {', '.join(wrong) or SUMS}. Copy it again.")
    return list(found)


def _read(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The members' sums, as they are and as the bundle lists them."""
    found, sums = dict[str, str](), dict[str, str]()
    for name, file in members(path):
        if name == SUMS:
            lines = file.read().decode().splitlines()
            sums = {each: digest for digest, _, each in (line.partition("  ") for line in lines)}
        else:
            found[name] = _digest(file)
    return found, sums


def copied(file: IO[bytes], path: Path) -> Path:
    """A member as a file of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        _each(file, out.write)
    return path


def _digest(file: IO[bytes]) -> str:
    whole = hashlib.sha256()
    _each(file, whole.update)
    return whole.hexdigest()


def _each(file: IO[bytes], take: Callable[[bytes], Any]) -> None:
    while chunk := file.read(CHUNK):
        take(chunk)
