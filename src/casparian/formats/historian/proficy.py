"""Files of Proficy Historian's File collector: sections `[Tags]` and `[Data]`, comments with `*`.

Source: Proficy Historian, CSV File Format of the File collector.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from casparian.formats.historian.tags import TAG_LIST
from casparian.formats.historian.values import readings
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.numbered import Numbered, Part
from casparian.reading.peek import Peek
from casparian.reading.text import (
    HEAD_BYTES,
    LONGEST_RECORD,
    SHOWN_BYTES,
    detect_encoding,
    utf8_chunks,
)

VALUES, TAGS = "historian_values", "historian_tags"
IN_MEMORY, MOST_SECTIONS = 8 << 20, 1000
_SECTION = re.compile(rb"\s*\[\s*(tags|data|messages|alarms)\s*\][\s,]*", re.IGNORECASE)


class ProficyFile:
    """`[Data]` to `historian_values`, `[Tags]` to `historian_tags`."""

    name, version, contract = "proficy_file", "1.0.0", "historian"
    tables = (VALUES, TAGS)
    summary = "Proficy Historian File collector: sections [Tags] and [Data], comments with *"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        lines = (line.strip() for line in peek.text.splitlines()[:60])
        first = next((line for line in lines if line and not line.startswith("*")), "")
        found = _SECTION.fullmatch(first.encode())
        return Sniff(0.97, f"section {first.strip(' ,')}") if found else NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Readings and tags. Lines of other sections are damage: nothing reads them.

        Raises UnreadableFile for an empty file or one without a section, and where there are more
        than anybody writes.
        """
        numbered, count = Numbered(), 0
        with source.open() as stream:
            for section, text in _sections(stream):
                count += 1
                if count > MOST_SECTIONS:
                    raise UnreadableFile(f"More than {MOST_SECTIONS:,} sections.")
                yield from numbered.behind(_read(section, text, source.timezone))
        if not count:
            raise UnreadableFile("No line names a section, as [Data] does.")


def _read(section: str, text: BinaryIO, timezone: str | None) -> Iterator[Part]:
    if section not in ("data", "tags"):
        yield from _unread(section, text)
        return
    try:
        parts = readings(text, timezone) if section == "data" else TAG_LIST.parts(text, timezone)
        yield from parts
    except UnreadableFile as error:  # of this section; the others may be sound
        text.seek(0)
        shown = text.read(SHOWN_BYTES).decode("utf-8", "replace")
        table = VALUES if section == "data" else TAGS
        yield Damage(table, 1, "damaged_record", shown, f"[{section}]: {error}")


def _unread(section: str, text: BinaryIO) -> Iterator[Damage]:
    rows = (line for line in text if line.strip())
    next(rows, None)  # its header
    for row, line in enumerate(rows, 1):
        shown = line[:SHOWN_BYTES].decode("utf-8", "replace").rstrip("\r\n")
        yield Damage(VALUES, row, "damaged_record", shown, f"a line of [{section}], not read")


def _sections(stream: BinaryIO) -> Iterator[tuple[str, BinaryIO]]:
    """Name and text of each section, without comments; to be read before the next is asked for."""
    encoding = detect_encoding(stream.read(HEAD_BYTES))
    lines = _lines(utf8_chunks(stream, encoding))
    name = next((each for line in lines if (each := _named(line))), None)
    while name:
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as text:
            after = None
            for line in lines:
                if after := _named(line):
                    break
                if not line.lstrip().startswith(b"*"):
                    text.write(line)
            text.seek(0)
            yield name, cast("BinaryIO", text)
        name = after


def _named(line: bytes) -> str | None:
    found = _SECTION.fullmatch(line)
    return found[1].decode().lower() if found else None


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Lines with their ends; one without an end is cut where a record can be no longer."""
    rest = b""
    for chunk in chunks:
        whole = (rest + chunk).splitlines(keepends=True)
        rest = whole.pop() if whole and not whole[-1].endswith(b"\n") else b""
        yield from whole
        if len(rest) > LONGEST_RECORD:
            yield rest
            rest = b""
    if rest:
        yield rest


PROFICY_FILE = ProficyFile()
