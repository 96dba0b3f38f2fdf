"""PI DataLink: what Excel saved as CSV, with the cells around the data and errors among values.

Source: PI DataLink User Guide: sampled, compressed and calculated data; error texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from casparian.formats.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.formats.delimited import normalise
from casparian.formats.peek import Peek
from casparian.formats.pi.sheet import PI_WORDS, Layout, cells, find, is_time
from casparian.formats.pi.tables import COLUMNS, VALUES, damage, value_record
from casparian.formats.pi.values import NUMBER, written
from casparian.formats.pi.webid import name_of
from casparian.formats.records import Record, batches
from casparian.formats.text import (
    HEAD_BYTES,
    LONGEST_RECORD,
    decode_head,
    detect_encoding,
    utf8_chunks,
)

_PI_ERROR = re.compile(r"\[-\d{5}\] |Tag not found|PI Point not found|Pt Created|PI DataLink", re.I)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?\Z")
_LINE = re.compile(r"\r\n|\n|\r")
_QUALITY = frozenset(["quality", "status", "opcquality", "confidence", "good"])


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
        own = [word for word in layout.words if normalise(word) in PI_WORDS] if layout else []
        if layout and len(own) > 1 and "time" in layout.place:
            return Sniff(0.97, f"columns {', '.join(own)} beside time and value")
        error = _PI_ERROR.search("\n".join(lines))
        quality = layout and any(normalise(word) in _QUALITY for word in layout.words)
        if error and not quality:
            return Sniff(0.96, f"the text '{error[0].strip()}'")
        if layout and own and "tag" in layout.place:
            return Sniff(0.955, f"columns {', '.join(layout.words[:5])}")
        if (
            layout
            and layout.preamble
            and any(tag for _, _, tag in layout.values)
            and len(lines) > 3
        ):
            return Sniff(0.6, "a tag above a table of times and values")
        return NO

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
                _errors(lines) if layout is None else _Sheet(source, layout).records(_lines(text))
            )
            yield from batches(found, COLUMNS, source.timezone)


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


class _Sheet:
    """One pass over one sheet."""

    def __init__(self, source: Source, layout: Layout):
        self.layout, self.stem = layout, source.stem
        self.notes: dict[str, None] = {}

    def records(self, lines: Iterator[str]) -> Iterator[Record | Damage | Note]:
        for number, line in enumerate(lines):
            if number < self.layout.first:
                continue
            row = cells(line, self.layout.delimiter) if len(line) < LONGEST_RECORD else []
            if any(row) or (line.strip() and not row):
                yield from self._row(row, line)
        yield from (Note(sentence) for sentence in self.notes)

    def _row(self, row: list[str], line: str) -> Iterator[Record | Damage]:
        time = self._cell(row, "time")
        if time is None or not (is_time(time) or _is_serial(time)):
            yield damage(line, "no time stands in this line")
            return
        filled = [each for each in self.layout.values if each[0] < len(row) and row[each[0]]]
        for place, kind, tag in filled or self.layout.values[:1]:
            yield self._record(row, time, place, kind, tag)

    def _record(self, row: list[str], time: str, place: int, kind: str, tag: str) -> Record:
        name = tag or self._cell(row, "tag") or self._nameless()
        path = name if name.startswith("\\\\") else None
        server = self._cell(row, "server") or self.layout.server
        if path is None and server and name:
            path = f"\\\\{server.strip(chr(92))}\\{name}"
        stream = {
            "tag_name": name_of(name) if name.startswith("\\\\") else name or None,
            "path": path,
            "units": self._cell(row, "units") or self.layout.units.get(place),
        }
        value = row[place] if place < len(row) else ""
        if self.layout.delimiter != "," and _DECIMAL_COMMA.match(value):
            point = value.replace(",", ".")
        else:
            point = value
        flags = {name: self._cell(row, name) for name in ("good", "questionable", "substituted")}
        found = written(point or None, *flags.values())
        said = {name.capitalize(): text for name, text in flags.items()}
        shown = {"Timestamp": time, "Value": value, **said, "Annotated": self._annotated(row)}
        return value_record(stream, kind, shown, found, self._others(row))

    def _others(self, row: list[str]) -> dict[str, str | None]:
        """Cells of columns that say nothing of a value, by their header."""
        words = self.layout.words if self.layout.values[0][2] in ("", *self.layout.words) else ()
        known = {*self.layout.place.values(), *(place for place, _, _ in self.layout.values)}
        return {
            words[place]: cell or None
            for place, cell in enumerate(row[: len(words)])
            if place not in known and words[place]
        }

    def _annotated(self, row: list[str]) -> str | None:
        text = self._cell(row, "annotated")
        return None if text is None else str(text.lower() not in ("false", "0", "no", "-")).lower()

    def _cell(self, row: list[str], name: str) -> str | None:
        place = self.layout.place.get(name, len(row))
        return (row[place] or None) if place < len(row) else None

    def _nameless(self) -> str:
        if "tag" in self.layout.place:
            return ""
        self.notes[f"No tag is named in the file: its name stands for the tag ({self.stem})."] = (
            None
        )
        return self.stem


def _is_serial(text: str) -> bool:
    """A day of Excel's calendar, of these decades."""
    return bool(NUMBER.match(text)) and 20_000 < float(text) < 80_000
