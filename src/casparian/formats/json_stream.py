"""JSON of any size, value by value: documents, arrays in documents, JSON lines.

Source: RFC 8259; JSON lines are documents that follow one another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import ijson

from casparian.formats.base import UnreadableFile
from casparian.formats.text import HEAD_BYTES, detect_encoding, utf8_chunks

MOST_EVENTS = 1_000_000  # of one value: a larger one is no record but a file of its own
MOST_DEPTH = 200
_VALUES = ("string", "number", "boolean", "null", "double", "integer")
_SCALARS = frozenset(_VALUES)


class _Utf8:
    """What ijson reads from: the file's text as UTF-8, a chunk a call."""

    def __init__(self, stream: BinaryIO, size: int = 1 << 16):
        encoding = detect_encoding(stream.read(HEAD_BYTES))
        self._chunks = utf8_chunks(stream, encoding, size)

    def read(self, size: int = -1) -> bytes:
        """The next chunk; ijson asks for nothing at first, to see the type."""
        if size == 0:
            return b""
        return next((chunk for chunk in self._chunks if chunk), b"")


def events(stream: BinaryIO) -> Iterator[tuple[str, str, Any]]:
    """(path, event, value) as ijson's `parse` gives them, over all documents of the file.

    Raises UnreadableFile where the text stops being JSON; what came before has been given.
    """
    depth = 0
    try:
        for path, event, value in ijson.parse(_Utf8(stream), multiple_values=True, use_float=True):
            depth += event.startswith("start_") - event.startswith("end_")
            if depth > MOST_DEPTH:
                raise UnreadableFile(f"The JSON is nested deeper than {MOST_DEPTH} levels.")
            yield path, event, value
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        raise UnreadableFile(f"The JSON ends early or is damaged: {_words(error)}.") from error


def _words(error: Exception) -> str:
    text = error.args[0] if error.args else error
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return text.strip().split("\n")[0].rstrip(".: ")


def items(stream: BinaryIO, *wanted: str) -> Iterator[tuple[str, Any]]:
    """(path, value) of every value at one of the paths, whole, in the order of the file.

    wanted: paths as ijson writes them: "" a document, "item" an element of a top-level array,
        "Items.item" of the array Items. Values within a wanted value are part of it. Numbers are
        int or float. Raises UnreadableFile for damaged JSON and for a value that is too large.
    """
    at: str | None = None
    builder = None
    count = level = 0
    for path, event, value in events(stream):
        if builder is None:
            if path not in wanted or event.startswith("end_") or event == "map_key":
                continue
            at, builder, count, level = path, ijson.ObjectBuilder(), 0, 0
        count += 1
        if count > MOST_EVENTS:
            raise UnreadableFile(f"One JSON value holds more than {MOST_EVENTS:,} parts.")
        builder.event(event, value)
        level += event.startswith("start_") - event.startswith("end_")
        if level == 0 and event != "map_key":
            yield at or "", builder.value
            builder = None


def paths(head: bytes) -> frozenset[str]:
    """The paths to scalar values and empty containers in the beginning of a JSON text."""
    found: set[str] = set()
    try:
        for path, event, _ in ijson.parse(head, multiple_values=True):
            if event in _SCALARS:
                found.add(path)
    except (ijson.JSONError, UnicodeDecodeError, ValueError):
        pass  # the head ends somewhere in the middle
    return frozenset(found)
