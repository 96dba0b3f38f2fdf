"""Long historian CSV: time, tag, value and (mostly) quality, one reading a line.

Covers PI, AVEVA, Canary, IP.21 and Proficy exports of that shape: `,` `;` tab or `|`, decimal
comma, ISO and local dates, any encoding that `reading.text` knows. Wide exports (one tag a column)
are another format.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from casparian.formats.historian.long import LongReading, roles
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.header import normalise
from casparian.reading.peek import Peek
from casparian.reading.text import (
    HEAD_BYTES,
    Ragged,
    Table,
    TextReader,
    read_table_head,
    without_first,
)
from casparian.reading.times import guess_note

REQUIRED = {"timestamp", "tag_name", "value"}
# what historians write beside a reading of its tag
ABOUT = frozenset(
    ("unit", "units", "uom", "engunits", "engineeringunits", "einheit", "unite", "unidad",
     "description", "descriptor", "beschreibung", "bezeichnung")
)  # fmt: skip


class HistorianCsv:
    """Long CSV to `historian_values`."""

    name, version, contract = "historian_csv", "1.1.0", "historian"
    tables = ("historian_values",)
    summary = "historian export, one reading a line: time, tag, value, quality"
    stage = 1
    splittable = True

    def sniff(self, peek: Peek) -> Sniff:
        table = peek.table
        if table is None:
            return NO
        found = roles(table)
        if not found.keys() >= REQUIRED:
            return NO
        others = sum(bool(name) and normalise(name) not in ABOUT for name in table.columns)
        others -= len(found)
        confidence = max(0.3, (0.95 if "quality" in found else 0.85) - 0.1 * others)
        named = ", ".join(table.columns[place] for place in found.values())
        return Sniff(confidence, f"columns {named}")

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every line. Raises UnreadableFile for a file without time, tag or value column."""
        with source.open() as stream:
            yield from readings(stream, source.timezone)


def readings(stream: BinaryIO, timezone: str | None) -> Iterator[Batch | Damage | Note]:
    """The readings of a text that has one a line. Raises UnreadableFile as `read`."""
    head = stream.read(HEAD_BYTES)
    table = _without_units(read_table_head(head), head)
    if missing := REQUIRED - roles(table).keys():
        wanted = " and ".join(sorted(missing))
        raise UnreadableFile(f"No column for {wanted} among: {', '.join(table.columns)}.")
    reading = LongReading(table, timezone)
    if reading.clock.layout.guessed:
        yield Note(guess_note(reading.clock.layout.order))
    for part in TextReader(stream, table, reading.names, coded=reading.coded):
        if isinstance(part, Ragged):
            yield Damage("historian_values", part.row, "damaged_record", part.text, part.detail)
        else:
            yield reading.batch(*part)


def _without_units(table: Table, head: bytes) -> Table:
    """Without a row of units or dashes under the header, which is no record."""
    found = roles(table)
    if not found.keys() >= REQUIRED or not table.sample:
        return table
    first = table.sample[0]
    if len(first) != len(table.columns):
        return table
    time, tag, value = (first[found[field]] for field in ("timestamp", "tag_name", "value"))
    dashes = all(set(cell) <= {"-", "=", " "} for cell in first)
    words = not time and not tag and value and not any(c.isdecimal() for c in value)
    return without_first(table, head, 1) if dashes or words else table


HISTORIAN_CSV = HistorianCsv()
