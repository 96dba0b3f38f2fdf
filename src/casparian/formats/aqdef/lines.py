"""Lines of the Q-DAS ASCII transfer format: K-fields, and value lines in the compact notation.

`K2101/3 12.5` is field 2101 of characteristic 3; `/0` means all of them, no index the first.
`K0014/3/2 A7` is of its second value, wherever in the file it stands.
A compact line holds the values of all characteristics, 0x0F between them and 0x14 between the
fields of one. Source: Q-DAS ASCII transfer format, AQDEF 9 to 13.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from casparian.reading.text import HEAD_BYTES, detect_encoding, utf8_chunks

BETWEEN_CHARACTERISTICS, BETWEEN_FIELDS = "\x0f", "\x14"
LONGEST_LINE = 8 << 20  # bytes: ten thousand characteristics with all their fields
CHUNK = 1 << 20
_ENDS = re.compile(rb"[\r\n]+")
_FIELD = re.compile(
    r"\s*[Kk](\d{4})(?:\s*/\s*(\d{1,9}))?(?:\s*/\s*(\d{1,9}))?(?:[ \t=]+(.*))?\Z", re.S
)
_NUMBER = re.compile(r"\s*[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?\s*\Z")


@dataclass(frozen=True)
class Field:
    """One K-field. index: what it belongs to, 0 for all. text: without the spaces around it.

    place: the number of the value that it names among those of the characteristic, 0 for all.
    """

    key: str  # as K2101
    index: int
    text: str
    place: int | None = None


@dataclass(frozen=True)
class Values:
    """One compact line: the fields of each characteristic, in order."""

    portions: list[list[str]]


@dataclass(frozen=True)
class Stray:
    """A line that is neither; `text` is the beginning of it."""

    text: str
    detail: str


Line = Field | Values | Stray


def parse(line: str) -> Line:
    """What a line is. A single number alone is the value of the only characteristic."""
    if found := _FIELD.match(line):
        index, place = (int(each) if each else None for each in found.group(2, 3))
        index = 1 if index is None else index
        return Field(f"K{found[1]}", index, (found[4] or "").strip(), place)
    if BETWEEN_FIELDS in line or BETWEEN_CHARACTERISTICS in line or _NUMBER.match(line):
        portions = line.split(BETWEEN_CHARACTERISTICS)
        return Values([[f.strip() for f in each.split(BETWEEN_FIELDS)] for each in portions])
    return Stray(line, "neither a K-field nor a line of values")


def lines(stream: BinaryIO) -> Iterator[Line]:
    """Every line that is not blank, in any encoding. One over LONGEST_LINE bytes is stray.

    Raises UnreadableFile for binary data and as the stream does.
    """
    head = stream.read(HEAD_BYTES)
    encoding = detect_encoding(head)
    rest, skipping = b"", False
    for chunk in utf8_chunks(stream, encoding, CHUNK):
        *whole, rest = _ENDS.split(rest + chunk)
        for line in whole:
            if not skipping and line.strip(b" \t\x1a\0"):
                yield parse(_decode(line))
            skipping = False
        if len(rest) > LONGEST_LINE:
            if not skipping:
                yield Stray(_decode(rest[:2000]), f"a line of more than {LONGEST_LINE >> 20} MiB")
            rest, skipping = b"", True
    if not skipping and rest.strip(b" \t\x1a\0"):
        yield parse(_decode(rest))


def _decode(line: bytes) -> str:
    """UTF-8 or, as older systems write, Windows-1252."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")
