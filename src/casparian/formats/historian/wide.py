"""Wide historian exports: a time and one column a tag, some with a quality column each.

One record is one reading; see `reading.melt`. What the header says of units becomes rows of
`historian_tags`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from casparian.formats.historian.long import roles
from casparian.formats.historian.values import REQUIRED
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.text import HEAD_BYTES, Table, TextReader, read_table_head, without_first
from casparian.reading.wide_plan import MOST_COLUMNS, plan
from casparian.reading.wide_reading import WideReading, tag_rows

LONGEST_HEAD = 4 << 20
VALUES, TAGS = "historian_values", "historian_tags"


class HistorianWide:
    """Wide CSV to `historian_values`, units to `historian_tags`."""

    name, version, contract = "historian_wide", "1.0.0", "historian"
    tables = (VALUES, TAGS)
    summary = "historian export, one tag a column, with units and quality columns"
    stage = 1
    splittable = True

    def sniff(self, peek: Peek) -> Sniff:
        table = peek.table or _beyond(peek)
        if table is None or roles(table).keys() >= REQUIRED:
            return NO
        found = plan(table)
        if found is None or not found.sure:
            return NO
        tags = ", ".join(pen.tag for pen in found.pens[:3])
        return Sniff(
            round(found.sure, 3), f"a column of times and {len(found.pens)} of tags: {tags}"
        )

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every cell. Raises UnreadableFile for a file without times or tags."""
        with source.open() as stream:
            yield from side_by_side(stream, source.timezone, source.stem)


def side_by_side(
    stream: BinaryIO, timezone: str | None, stem: str
) -> Iterator[Batch | Damage | Note]:
    """The readings of a text that has a column a tag. Raises UnreadableFile as `read`."""
    head = stream.read(LONGEST_HEAD)
    table = read_table_head(head, LONGEST_HEAD - 1)
    if len(table.columns) > MOST_COLUMNS:
        raise UnreadableFile(
            f"The header has {len(table.columns):,} columns; {MOST_COLUMNS:,} are the most."
        )
    found = plan(table, stem)
    if found is None:
        raise UnreadableFile(
            f"No column of times beside columns of values: {', '.join(table.columns[:20])}."
        )
    table = without_first(table, head, found.lead_in) if found.lead_in else table
    del head
    reading = WideReading(VALUES, found, table, timezone)
    yield from reading.said()
    names = tuple(map(str, range(len(table.columns))))
    for part in TextReader(stream, table, names):
        yield from reading.part(part)
    yield from tag_rows(TAGS, found, reading.assets or ("",))
    yield from reading.last()


def _beyond(peek: Peek) -> Table | None:
    """The table of a file whose header is longer than what formats are shown of a file."""
    if peek.open is None or len(peek.head) < HEAD_BYTES or b"\n" in peek.head[: HEAD_BYTES // 2]:
        return None
    try:
        with peek.open() as stream:
            return read_table_head(stream.read(LONGEST_HEAD), LONGEST_HEAD - 1)
    except (UnreadableFile, OSError):
        return None


HISTORIAN_WIDE = HistorianWide()
