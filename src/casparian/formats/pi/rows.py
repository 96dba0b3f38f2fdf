"""The data lines of a PI DataLink sheet: a record a cell that holds a value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from casparian.formats.pi.sheet import Layout, cells, is_time
from casparian.formats.pi.tables import damage, unnamed, value_record
from casparian.formats.pi.values import NUMBER, written
from casparian.formats.pi.webid import name_of
from casparian.reading.base import Damage, Note, Source
from casparian.reading.records import Record
from casparian.reading.text import LONGEST_RECORD

_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?\Z")


class SheetRows:
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
        own = self.layout.values[0][2] in ("", *self.layout.words)
        heads = self.layout.words if own else ()
        known = {*self.layout.place.values(), *(place for place, _, _ in self.layout.values)}
        return {
            heads[place]: cell or None
            for place, cell in enumerate(row[: len(heads)])
            if place not in known and heads[place]
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
        self.notes[unnamed(self.stem)] = None
        return self.stem


def _is_serial(text: str) -> bool:
    """A day of Excel's calendar, of these decades."""
    return bool(NUMBER.match(text)) and 20_000 < float(text) < 80_000
