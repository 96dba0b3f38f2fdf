"""PI DataLink: what Excel saved as CSV, with the cells around the data and errors among values.

Source: PI DataLink User Guide: sampled, compressed and calculated data; error texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casparian.formats.pi import words
from casparian.formats.pi.rows import SheetRows
from casparian.formats.pi.sheet import Layout, find
from casparian.formats.pi.tables import COLUMNS, VALUES, damage
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.header import normalise
from casparian.reading.peek import Peek
from casparian.reading.records import Record, batches
from casparian.reading.text import (
    HEAD_BYTES,
    LONGEST_RECORD,
    decode_head,
    detect_encoding,
    utf8_chunks,
)

_PI_ERROR = re.compile(r"\[-\d{5}\] |Tag not found|PI Point not found|Pt Created|PI DataLink", re.I)
_LINE = re.compile(r"\r\n|\n|\r")


class DataLink:
    """A sheet of PI DataLink saved as CSV to `pi_values`."""

    name, version, contract = "pi_datalink", "1.0.0", "pi"
    tables = (VALUES,)
    summary = "PI DataLink CSV: sampled, compressed and calculated data, errors among the values"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """By PI's own columns, its error texts, or a tag named above a table of times."""
        if peek.root or peek.json_paths or not peek.text or "\0" in peek.text[:100]:
            return NO
        lines = _LINE.split(peek.text)[:80]
        layout = find(lines)
        own = [word for word in layout.words if normalise(word) in words.OWN] if layout else []
        if layout and len(own) > 1 and "time" in layout.place:
            return Sniff(0.97, f"columns {', '.join(own)} beside time and value")
        error = _PI_ERROR.search("\n".join(lines))
        quality = layout and any(normalise(word) in words.QUALITIES for word in layout.words)
        if error and not quality:
            return Sniff(0.96, f"the text '{error[0].strip()}'")
        if layout and own and "tag" in layout.place:
            return Sniff(0.955, f"columns {', '.join(layout.words[:5])}")
        return _by_tag(layout) if layout else NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every cell of a value. A line without a time is damage, with what stands there.

        Raises UnreadableFile where no line holds a time and a value, nor an error of PI.
        """
        with source.open() as stream:
            head = stream.read(HEAD_BYTES)
            lines = _LINE.split(decode_head(head))
            if not decode_head(head).strip():
                raise UnreadableFile("The file is empty.")
            layout = find(lines)
            text = utf8_chunks(stream, detect_encoding(head), 1 << 20)
            found = (
                _errors(lines)
                if layout is None
                else SheetRows(source, layout).records(_lines(text))
            )
            yield from batches(found, COLUMNS, source.timezone)


def _by_tag(layout: Layout) -> Sniff:
    """A tag that stands alone above times and values, as no table has it."""
    heads = words.VALUES | words.TIMES | set(words.KINDS)
    named = {tag for _, _, tag in layout.values if tag and tag not in layout.words}
    tags = {tag for tag in named if normalise(tag) not in heads}
    if any(tag.startswith("\\\\") for tag in tags):
        return Sniff(0.9, "the path of a tag above times and values")
    narrow = len(layout.values) == 1 and layout.preamble
    if not tags or not narrow or (not layout.words and layout.width > 2):
        return NO
    return Sniff(0.65 if layout.words else 0.55, "a tag above its times and values")


def _errors(lines: list[str]) -> Iterator[Record | Damage | Note]:
    """A sheet on which DataLink left nothing but errors."""
    errors = [line for line in lines if _PI_ERROR.search(line)]
    if not errors:
        raise UnreadableFile("No line holds a time and a value beside it.")
    for line in errors:
        yield damage(line, "PI DataLink reports an error instead of data")


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """Lines of UTF-8 text; one that never ends is cut where a record can be no longer."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode("utf-8", "replace").strip("\r\ufeff") for line in whole)
        if len(rest) > LONGEST_RECORD:
            yield rest.decode("utf-8", "replace")
            rest = b""
    if rest.strip():
        yield rest.decode("utf-8", "replace").strip("\r\ufeff")
