"""JSON documents in a multipart answer that was written down: the lines between them are left out.

Source: RFC 2046, section 5.1. No line of JSON begins with `--` or with a bare word and a colon.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO, cast

CHUNK = 1 << 20
_BETWEEN = re.compile(
    rb"^(?:--[^\r\n]*|[A-Za-z][\w-]{0,60}:[ \t]*[^\r\n{\[]*|HTTP/\d[^\r\n]*)\r?$", re.MULTILINE
)
_BEGINS = re.compile(rb"\s*(?:--|HTTP/\d|[A-Za-z][\w-]{0,60}:)")


def without_parts(stream: BinaryIO) -> BinaryIO:
    """The stream, or where it begins as a multipart answer one of its JSON alone."""
    head = stream.read(256)
    stream.seek(0)
    return cast("BinaryIO", _Json(stream)) if _BEGINS.match(head) else stream


def bare(head: bytes) -> bytes:
    """The beginning of a file without the lines of a multipart answer."""
    return _BETWEEN.sub(b"", head) if _BEGINS.match(head) else head


class _Json(io.RawIOBase):
    """Reads ahead to the end of a line, so that each line is seen whole or passed as it is."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._rest = b""
        self._within = False  # what comes next goes on with a line
        self._ready = b""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Back to the beginning alone; the text is read anew."""
        self._stream.seek(0)
        self._rest, self._within, self._ready = b"", False, b""
        if offset:
            self.read(offset)
        return offset

    def read(self, size: int = -1, /) -> bytes:
        if not self._ready:
            self._ready = self._next()
        if size < 0:
            size = len(self._ready)
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def _next(self) -> bytes:
        while chunk := self._stream.read(CHUNK):
            data = self._rest + chunk
            cut = data.rfind(b"\n") + 1
            if not cut and len(data) < CHUNK:
                self._rest = data
                continue
            whole, self._rest = (data[:cut], data[cut:]) if cut else (data, b"")
            if found := self._filtered(whole):
                self._within = not cut
                return found
            self._within = not cut
        data, self._rest = self._rest, b""
        return self._filtered(data)

    def _filtered(self, data: bytes) -> bytes:
        """The data without lines between parts; its first line may have begun before."""
        first = data.find(b"\n") + 1 if self._within else 0
        if self._within and not first:
            return data
        return data[:first] + _BETWEEN.sub(b"", data[first:])
