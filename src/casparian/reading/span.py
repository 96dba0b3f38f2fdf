"""A range of a delimited file's records, read as if it were a file with the same header.

Big files are shared out so. The range is cut where the reader of the whole file cuts its blocks,
and is given in the same chunks, so that every record is read as it would be there.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO

from casparian.reading.text import BLOCK_BYTES


@dataclass(frozen=True)
class Span:
    """Byte offsets in the file: records from `start` to before `stop`.

    header: where the first record of the file begins. origin: length of the byte order mark.
    """

    header: int
    start: int
    stop: int
    origin: int = 0


class SpanStream(io.RawIOBase):
    """The file's header and the records of one span.

    What is read before the first seek is the beginning of the whole file: formats learn from it how
    the file is written, and that must not depend on the span.
    """

    def __init__(self, whole: BinaryIO, span: Span):
        self._whole, self._span = whole, span
        self._place: int | None = None  # in the file as it is shown, once it was sought

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if whence != 0:
            raise io.UnsupportedOperation("a span is sought from its beginning")
        self._place = offset
        return offset

    def read(self, size: int = -1, /) -> bytes:
        if self._place is None:
            return self._whole.read(size)
        at, stop = self._there(self._place)
        self._whole.seek(at)
        found = self._whole.read(stop - at if size < 0 else min(size, stop - at))
        self._place += len(found)
        return found

    def _there(self, place: int) -> tuple[int, int]:
        """Offset in the whole file, and the end of what may be read from it at once."""
        span = self._span
        if place < span.header:
            return place, span.header
        at = place - span.header + span.start
        chunk = (at - span.origin) // BLOCK_BYTES + 1
        return at, max(at, min(span.stop, span.origin + chunk * BLOCK_BYTES))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._whole.close()
        super().close()
