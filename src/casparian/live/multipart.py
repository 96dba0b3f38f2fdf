"""Parts of a `multipart/x-mixed-replace` answer, one by one, in bounded memory.

Source: RFC 2046 section 5.1; MTConnect Standard Part 1.0 (streaming: `interval`), whose parts
carry a Content-length. Parts without one are read up to the next boundary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.message import Message
from typing import BinaryIO, Protocol

BLOCK = 1 << 16
LONGEST_LINE, MOST_LINES = 8192, 64


class BrokenOff(Exception):
    """The stream ended within a part, or is no multipart. Carries the reason."""


class Stream(Protocol):
    """What is needed of an HTTP response."""

    def readline(self, limit: int = -1, /) -> bytes: ...
    def read(self, amount: int, /) -> bytes: ...


def boundary_of(content_type: str) -> str | None:
    """The boundary that a Content-Type names; None where it is no multipart."""
    header = Message()
    header["content-type"] = content_type
    if header.get_content_maintype() != "multipart":
        return None
    found = header.get_param("boundary")
    return str(found).removeprefix("--") if found else None


def parts(stream: Stream, boundary: str, begin: Callable[[], BinaryIO]) -> Iterator[BinaryIO]:
    """Each part, written to the file of `begin()`, as soon as it is whole.

    Ends where the stream ends between two parts. Raises BrokenOff where it ends within one.
    """
    marker = f"--{boundary}".encode("latin-1", "replace")
    line = _to_marker(stream, marker)
    while line and not line.startswith(marker + b"--"):
        length = _length(stream)
        sink = begin()
        if length is None:
            line = _copy_to_marker(stream, sink, marker)
        else:
            _copy(stream, sink, length)
        yield sink
        if length is not None:
            line = _to_marker(stream, marker)


def _line(stream: Stream) -> bytes:
    line = stream.readline(LONGEST_LINE)
    if len(line) >= LONGEST_LINE:
        raise BrokenOff("a header line without end")
    return line


def _to_marker(stream: Stream, marker: bytes) -> bytes:
    """The next boundary line; empty at the end of the stream."""
    for _ in range(MOST_LINES):
        line = _line(stream)
        if not line or line.startswith(marker):
            return line
        if line.strip():
            raise BrokenOff("text where a boundary should stand")
    raise BrokenOff("no boundary")


def _length(stream: Stream) -> int | None:
    """What the part's headers say of its length."""
    length = None
    for _ in range(MOST_LINES):
        line = _line(stream)
        if not line:
            raise BrokenOff("the stream ended in a part's headers")
        if not line.strip():
            return length
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            if not value.strip().isdigit():
                raise BrokenOff("a part of no length")
            length = int(value)
    raise BrokenOff("headers without end")


def _copy(stream: Stream, sink: BinaryIO, length: int) -> None:
    while length:
        block = stream.read(min(length, BLOCK))
        if not block:
            raise BrokenOff("the stream ended within a document")
        sink.write(block)
        length -= len(block)


def _copy_to_marker(stream: Stream, sink: BinaryIO, marker: bytes) -> bytes:
    """Copy up to the next boundary line; the line break in front of it belongs to it."""
    held = b""
    begins_line = True
    while line := stream.readline(BLOCK):
        if begins_line and line.startswith(marker):
            return line
        begins_line = line.endswith(b"\n")
        sink.write(held)
        kept = line.rstrip(b"\r\n") if begins_line else line
        sink.write(kept)
        held = line[len(kept) :]
    raise BrokenOff("the stream ended within a document")
