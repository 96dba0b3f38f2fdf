"""JSON of any size, value by value: documents, arrays in documents, JSON lines.

Source: RFC 8259; JSON lines and JSON sequences (RFC 7464) are documents that follow one another.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import ijson

from casparian.reading.errors import UnreadableFile
from casparian.reading.json_text import INCOMPLETE, LARGEST, MOST_DEPTH, JsonText
from casparian.reading.text import HEAD_BYTES, detect_encoding, utf8_chunks

WHOLE = 1 << 20  # characters up to which a value at a `large` path comes whole
PARTS = object()  # instead of a value at a `large` path: it opens here and comes in parts
_BARE = re.compile(rb"(?<=[\s:,\[])(NaN|-?Infinity)(?=\s*[,\]}])")  # no JSON, but written
_SCALARS = frozenset(("string", "number", "boolean", "null", "double", "integer"))


@dataclass(frozen=True)
class Broken:
    """A line among JSON lines that is no JSON: its text, and what is wrong with it."""

    text: str
    reason: str


def items(
    stream: BinaryIO, *wanted: str, large: Collection[str] = (), lines: bool = False
) -> Iterator[tuple[str, Any]]:
    """(path, value) of every value at one of the paths, whole, in the order of the file.

    wanted: paths as ijson writes them: "" a document, "item" an element of a top-level array,
        "Items.item" of the array Items. Values within a wanted value are part of it. Numbers are
        int or float; NaN and Infinity without quotes are floats.
    large: paths whose values come whole while they are small (WHOLE) and so in any order of their
        keys; a greater one comes as PARTS, and then what is wanted within it.
    lines: a line among JSON lines that is no JSON comes as Broken at the path "".
    Raises UnreadableFile for damaged JSON and for a wanted value that is too large.
    """
    return _Walk(stream, frozenset(wanted), frozenset(large), lines).documents()


class _Walk:
    """One pass through one file."""

    def __init__(
        self, stream: BinaryIO, wanted: frozenset[str], large: frozenset[str], lines: bool
    ):
        self.stream, self.wanted, self.large, self.lines = stream, wanted, large, lines
        self.whole = dict.fromkeys(wanted, LARGEST) | dict.fromkeys(large, WHOLE)
        self.above = {up for path in wanted | large for up in _prefixes(path)}

    def documents(self) -> Iterator[tuple[str, Any]]:
        try:
            self.text = JsonText(self.stream)
            while self.text.next():
                yield from self._document()
        except ValueError as error:  # also what does not decode
            raise _damaged(error) from error

    def _document(self) -> Iterator[tuple[str, Any]]:
        try:
            yield from self._value("", 0)
        except ValueError as error:
            line = self.text.skip_line() if self.lines else None
            if line is None:
                raise
            yield "", Broken(line, _words(error))

    def _value(self, path: str | None, depth: int) -> Iterator[tuple[str, Any]]:
        """The value here. path: None where nothing within it is wanted."""
        if path is not None and path in self.whole:
            value = self.text.value(self.whole[path])
            if value is not INCOMPLETE:
                yield path, value
                return
            yield path, self._too_large(path)
        elif path not in self.above:
            path = None
            if self.text.value(1 << 16) is not INCOMPLETE:
                return
        yield from self._parts(path, depth + 1)

    def _parts(self, path: str | None, depth: int) -> Iterator[tuple[str, Any]]:
        if depth > MOST_DEPTH:
            raise UnreadableFile(f"The JSON is nested deeper than {MOST_DEPTH} levels.")
        opened = self.text.next()
        if opened not in ("{", "["):
            if self.text.value(LARGEST) is INCOMPLETE:
                raise UnreadableFile(f"One JSON text is longer than {LARGEST >> 20} MB.")
            return
        self.text.at += 1
        closing = "}" if opened == "{" else "]"
        if self.text.next() == closing:
            self.text.at += 1
            return
        inner = _under(path, "item")
        most = self.whole.get(inner, 0) if inner and opened == "[" else 0
        while True:
            if opened == "{":
                inner = _under(path, self._key())
            value = self.text.value(most) if most else INCOMPLETE
            if value is not INCOMPLETE:  # the bulk of a file goes this way
                yield inner, value  # type: ignore[misc]
            else:
                yield from self._value(inner, depth)
            after = self.text.next()
            if after not in (",", closing) or not after:
                raise ValueError(f"'{after}' where , or {closing} belongs" if after else "it ends")
            self.text.at += 1
            if after == closing:
                return
            self.text.next()

    def _too_large(self, path: str) -> object:
        if path not in self.large:
            raise UnreadableFile(f"One JSON value holds more than {LARGEST >> 20} MB of text.")
        return PARTS

    def _key(self) -> str:
        key = self.text.value(LARGEST) if self.text.next() == '"' else None
        if not isinstance(key, str) or self.text.next() != ":":
            raise ValueError("no name and colon where a member of an object belongs")
        self.text.at += 1
        self.text.next()
        return key


def _under(path: str | None, name: str) -> str | None:
    return None if path is None else f"{path}.{name}" if path else name


def _prefixes(path: str) -> Iterator[str]:
    """The path and all that lie above it, up to the document."""
    while path:
        yield path
        path = path.rpartition(".")[0]
    yield ""


def _damaged(error: Exception) -> UnreadableFile:
    return UnreadableFile(f"The JSON ends early or is damaged: {_words(error)}.")


def _words(error: Exception) -> str:
    text = error.args[0] if error.args else error
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return text.strip().split("\n")[0].rstrip(".: ")


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
        raise _damaged(error) from error


def paths(head: bytes) -> frozenset[str]:
    """The paths to scalar values and empty containers in the beginning of a JSON text."""
    found: set[str] = set()
    head = _BARE.sub(rb'"\1"', head)
    try:
        # in small pieces, so that one stops where it gets deep: each level costs its whole path
        pieces = ijson.parse(io.BytesIO(head), multiple_values=True, buf_size=1024)
        for path, event, _ in pieces:
            if event in _SCALARS:
                found.add(path)
            if path.count(".") > MOST_DEPTH:
                break
    except (ijson.JSONError, UnicodeDecodeError, ValueError):
        pass  # the head ends somewhere in the middle
    return frozenset(found)
