"""The documents in a file: mostly one, many where an agent's long poll was written down.

An agent streams documents as parts of one multipart answer: a boundary line, header lines, a blank
line, the document. Such a dump, or documents simply put one behind the other, is read as one
archive; a document that ends early is followed by the next all the same.

Source: MTConnect Standard Part 1.0 (`interval`, multipart answers); RFC 2046, section 5.1.
"""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from typing import BinaryIO

from casparian.formats.mtconnect.archive import CHUNK, MOST_GAP, TAG, Archive, Junk


class Document:
    """One document as a stream that ends where the document does. `head`: its first bytes."""

    def __init__(self, archive: Archive, whole: bool):
        self._archive, self._whole = archive, whole
        self.head = archive.peek(MOST_GAP)

    def read(self, size: int = CHUNK) -> bytes:
        """The next bytes, at most `size` of them; none at the end."""
        return self._archive.take(size if size > 0 else CHUNK, self._whole)


def documents(stream: BinaryIO) -> Iterator[Document | Junk]:
    """The documents of a file in order, each to be read before the next is asked for.

    A file that holds no MTConnect root is one document, so that its reader can say what it is.
    """
    archive = Archive(stream)
    head = archive.peek(MOST_GAP)
    if head[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) or b"\0" in head[:4] or not TAG.search(head):
        yield Document(archive, whole=True)
        return
    if not head.removeprefix(BOM_UTF8).lstrip().startswith(b"<"):
        yield from archive.skip()
    else:
        archive.strip()
    while archive.more():
        document = Document(archive, whole=False)
        yield document
        while document.read():
            pass
        yield from archive.skip()
