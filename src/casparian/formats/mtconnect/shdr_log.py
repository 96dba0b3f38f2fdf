"""The lines of an adapter's log: what each is, and of which device it speaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from casparian.formats.mtconnect.shdr import split
from casparian.reading.text import HEAD_BYTES, detect_encoding, utf8_chunks

LONGEST = 16 << 20  # bytes of a line, or of an asset over many lines
CHUNK = 1 << 20
_COMMAND = re.compile(r"\*\s*([\w.-]+)\s*:?\s*(.*)", re.DOTALL)


@dataclass
class Line:
    """A line with observations. at: its timestamp, duration: what stood behind `@` in it."""

    text: str
    at: str | None
    duration: str | None
    fields: list[str]


@dataclass
class Asset:
    """What was said of an asset. verb: ASSET, UPDATE_ASSET, REMOVE_ASSET or REMOVE_ALL_ASSETS."""

    text: str
    at: str | None
    verb: str
    fields: list[str]


@dataclass
class Odd:
    """A line that is none of these."""

    text: str
    reason: str


@dataclass
class Log:
    """Reads a log. Counts what holds no observation; `device`, `uuid` as commands set them."""

    lines: int = 0
    blank: int = 0
    commands: int = 0
    of_assets: int = 0
    said: dict[str, str] = field(default_factory=dict)

    def read(self, stream: BinaryIO) -> Iterator[Line | Asset | Odd]:
        """What the lines hold, in order."""
        waiting: tuple[str, list[str], str] | None = None  # end mark, lines, first line
        size = 0
        for text in _texts(stream):
            self.lines += 1
            if isinstance(text, Odd):
                yield text
            elif waiting is not None:
                self.of_assets += 1
                size += len(text)
                if text.strip() == waiting[0]:
                    yield _asset(waiting[2], "\n".join(waiting[1]))
                    waiting = None
                elif size > LONGEST:
                    yield Odd(waiting[2], f"an asset over {LONGEST >> 20} MiB")
                    waiting = None
                else:
                    waiting[1].append(text)
            elif mark := _multiline(text):
                waiting, size = (mark, [], text), 0
            else:
                yield from self._line(text)
        if waiting is not None:
            yield Odd(waiting[2], "the file ends within an asset")

    def _line(self, text: str) -> Iterator[Line | Asset | Odd]:
        bare = text.strip()
        if not bare:
            self.blank += 1
        elif bare.startswith("*"):
            self.commands += 1
            if command := _COMMAND.fullmatch(bare):
                self.said[command[1].lower()] = command[2].strip()
        elif "|@" in bare and _verb(bare):
            yield _asset(bare, "")
        elif "|" in bare:
            yield _observing(text)
        else:
            yield Odd(text, "no timestamp|key|value")


def _observing(text: str) -> Line:
    stamp, *fields = split(text)
    at, _, duration = stamp.strip().partition("@")
    return Line(text, at.strip() or None, duration.strip() or None, fields)


def _verb(text: str) -> str | None:
    """The verb of an asset line, None for other lines."""
    part = text.partition("|")[2].partition("|")[0].strip()
    marked = len(part) > 2 and part.startswith("@") and part.endswith("@")
    return part[1:-1] if marked else None


def _multiline(text: str) -> str | None:
    """The line that ends an asset over many lines, None for other lines."""
    mark = text.rpartition("|")[2].strip()
    return mark if mark.startswith("--multiline--") and _verb(text) else None


def _asset(text: str, content: str) -> Asset:
    stamp, verb, *fields = text.split("|")
    if content:
        fields[-1:] = [content]
    elif len(fields) > 2 and verb.strip() == "@ASSET@":
        fields = [*fields[:2], "|".join(fields[2:])]
    at = stamp.strip().partition("@")[0] or None
    return Asset(text, at, verb.strip().strip("@"), fields)


def _texts(stream: BinaryIO) -> Iterator[str | Odd]:
    """The lines without their ends; one that is too long is odd."""
    encoding = detect_encoding(stream.read(HEAD_BYTES))
    rest, skipping = b"", False
    for chunk in utf8_chunks(stream, encoding, CHUNK):
        *whole, rest = (rest + chunk).split(b"\n")
        if skipping and whole:
            whole, skipping = whole[1:], False
        yield from map(_decoded, whole)
        if skipping or len(rest) > LONGEST:
            if not skipping:
                yield Odd(_decoded(rest[:2000]), f"a line over {LONGEST >> 20} MiB")
            rest, skipping = b"", True
    if rest and not skipping:
        yield _decoded(rest)


def _decoded(line: bytes) -> str:
    try:
        return line.rstrip(b"\r").decode()
    except UnicodeDecodeError:
        return line.rstrip(b"\r").decode("cp1252", "replace")
