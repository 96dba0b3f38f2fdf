"""A file of documents one behind the other, cut where each ends or the next begins.

Source: MTConnect Standard Part 1.0 (document structure); RFC 2046, section 5.1.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1 << 20
_TAIL = 256  # bytes kept back: a tag may go on in the next chunk
MOST_GAP = 1 << 16
_NAME = b"MTConnect"
TAG = re.compile(
    rb"<(/?)(?:[\w.-]{1,60}:)?MTConnect(?:Streams|Devices|Assets|Error)(?=[\s/>])[^<>]*>?"
)
_UNSEEN = re.compile(rb"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_LINE = re.compile(rb"--.*|[\w-]{1,80}:.*|HTTP/\d.*|[0-9A-Fa-f]{1,8}|\s*", re.DOTALL)


@dataclass(frozen=True)
class Junk:
    """Text between or behind documents that belongs to none, at most some kilobytes of it."""

    text: str


class Archive:
    """A file read front to back, with what lies ahead in view."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._ahead = b""
        self._begin()

    def _begin(self) -> None:
        """A document begins at what lies ahead."""
        self._seen = 0  # how far the bytes ahead have been searched
        self._end: int | None = None  # where the document ends in them
        self._floor = 0  # the end of its root's start tag in them: no other begins before
        self._rooted = False

    def _fill(self, size: int) -> None:
        while len(self._ahead) < size and (chunk := self._stream.read(CHUNK)):
            self._ahead += chunk

    def peek(self, size: int) -> bytes:
        """The next bytes, which stay where they are."""
        self._fill(size)
        return self._ahead[:size]

    def more(self) -> bool:
        """Whether anything is left."""
        return bool(self.peek(1))

    def strip(self) -> None:
        """Drop white space in front of the XML declaration, which only hand-made dumps have."""
        bare = self._ahead.removeprefix(BOM_UTF8)
        if bare[:1].isspace():
            self._ahead = bare.lstrip()

    def take(self, size: int, whole: bool) -> bytes:
        """The next bytes of the document; none where it has ended."""
        self._fill(size + _TAIL)
        if not whole and self._end is None:
            self._look()
        if self._end is not None:
            stop = min(size, self._end)
        else:
            ended = len(self._ahead) < size + _TAIL
            stop = min(size, len(self._ahead)) if ended else size
        taken, self._ahead = self._ahead[:stop], self._ahead[stop:]
        self._seen, self._floor = max(self._seen - stop, 0), max(self._floor - stop, 0)
        if self._end is not None:
            self._end -= stop
        return taken

    def _look(self) -> None:
        """Find where the document ends: behind its end tag, or in front of another's beginning."""
        at = self._ahead.find(_NAME, self._seen)
        seen = max(len(self._ahead) - _TAIL, self._seen)
        while at >= 0 and self._end is None:
            after = at + len(_NAME)
            tag = TAG.match(self._ahead, max(self._ahead.rfind(b"<", max(at - 70, 0), at), 0))
            if tag and tag.end() > at:
                self._meet(tag)
                after = tag.end()
                seen = max(seen, after if tag[0].endswith(b">") else tag.start() + 1)
            at = self._ahead.find(_NAME, after)
        self._seen = seen

    def _meet(self, tag: re.Match[bytes]) -> None:
        """A root's start or end tag: the document's own, or that of the next one."""
        whole = tag[0].endswith(b">")
        if tag[1] or (not self._rooted and tag[0].endswith(b"/>")):
            self._end = tag.end() if whole else None
        elif self._rooted:
            self._end = _beginning(self._ahead, tag.start(), self._floor)
        elif not tag[1]:
            self._floor = tag.end()
        self._rooted = True

    def skip(self) -> Iterator[Junk]:
        """Go to the next document; what stands before it and is no part of a dump is junk."""
        self._begin()
        gap = b""
        self._fill(MOST_GAP)
        while not (tag := TAG.search(self._ahead)) and len(self._ahead) >= MOST_GAP:
            gap = (gap + self._ahead)[:MOST_GAP]
            self._ahead = self._ahead[-_TAIL:]
            self._fill(MOST_GAP)
        stop = _beginning(self._ahead, tag.start(), 0) if tag else len(self._ahead)
        gap = (gap + self._ahead[:stop])[:MOST_GAP]
        self._ahead = self._ahead[stop:]
        if not _is_dump(gap):
            yield Junk(gap[:2000].decode("utf-8", "replace").strip())


def _beginning(data: bytes, root: int, floor: int) -> int:
    """Where the document of this root element begins: at its XML declaration, if it has one."""
    after = max(root - 4096, data.rfind(b"</", 0, root), floor, 0)
    declared = data.find(b"<?xml", after, root)
    return declared if declared >= 0 else root


def _is_dump(gap: bytes) -> bool:
    """Whether the bytes are what stands between the parts of a multipart answer, or nothing."""
    lines = _UNSEEN.sub(b"", gap).replace(b"\r", b"\n").split(b"\n")
    return all(_LINE.fullmatch(line) for line in lines)
