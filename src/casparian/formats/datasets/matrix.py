"""Files of nothing but numbers with blanks between: no header, no times, a meaning by position."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from casparian.reading.base import Damage, Source, UnreadableFile
from casparian.reading.text import (
    HEAD_BYTES,
    LONGEST_RECORD,
    SHOWN_BYTES,
    detect_encoding,
    utf8_chunks,
)

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?\Z|nan\Z", re.IGNORECASE)


def numbers_of(line: str) -> list[str]:
    """The numbers of a line; none for a line with anything else."""
    cells = line.split()
    return cells if all(map(_NUMBER.match, cells)) else []


def lines(source: Source) -> Iterator[str]:
    """Lines that are not blank, cut off where they are longer than a record may be.

    Raises UnreadableFile for an empty or binary file.
    """
    with source.open() as stream:
        encoding = detect_encoding(stream.read(HEAD_BYTES))
        rest, some = b"", False
        for chunk in utf8_chunks(stream, encoding, 1 << 18):
            if b"\n" not in chunk and b"\r" not in chunk:
                rest = (rest + chunk)[: LONGEST_RECORD + 1]
                continue
            *whole, rest = re.split(rb"\r\n|\n|\r(?!\Z)", rest + chunk)
            for line in whole:
                if line.strip():
                    some = True
                    yield line.decode(errors="replace")
        if rest.strip():
            some = True
            yield rest.decode(errors="replace")
        if not some:
            raise UnreadableFile("The file is empty.")


def widths(texts: Iterator[str], count: int) -> list[int]:
    """How many numbers the first lines have, 0 for a line that is no row of numbers."""
    return [len(numbers_of(line)) for line in islice(texts, count)]


def damaged(table: str, line: str, wanted: int) -> Damage:
    """A line that is no row of that many numbers."""
    found = len(line.split())
    detail = (
        f"{found} numbers where a row has {wanted}" if numbers_of(line) else "not a row of numbers"
    )
    return Damage(table, 0, "damaged_record", line[:SHOWN_BYTES], detail)
