"""Historian readings in workbooks, one reading a row or one tag a column, on any of the sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from casparian.formats.historian.long import roles
from casparian.formats.historian.values import REQUIRED, readings
from casparian.formats.historian.wide import TAGS, VALUES, side_by_side
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.numbered import Numbered
from casparian.reading.peek import Peek
from casparian.reading.sheet_text import sheet_texts, top_text
from casparian.reading.text import HEAD_BYTES, Table, read_table_head
from casparian.reading.wide_plan import plan

SUREST = 0.8  # of tags side by side: a report of measured parts looks alike
_DEFAULT = re.compile(
    r"(?:sheet|tabelle|feuil|hoja|foglio|blatt|data|daten)\s*\d*\Z", re.IGNORECASE
)


class HistorianSheets:
    """Workbooks to `historian_values`, units to `historian_tags`."""

    name, version, contract = "historian_sheets", "1.0.0", "historian"
    tables = (VALUES, TAGS)
    summary = "historian export in a workbook, one reading a row or one tag a column"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        judged = (_judged(sheet.name, top_text(sheet)) for sheet in peek.sheets)
        return max(judged, key=lambda sniff: sniff.confidence, default=NO)

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every reading of every sheet; sheets without any are named in a note.

        Raises UnreadableFile where no sheet has readings, or as the workbook does.
        """
        empty, found, numbered = [], False, Numbered()
        with source.open() as stream:
            for name, text in sheet_texts(stream):
                stem = source.stem if _DEFAULT.match(name) else name
                if not _judged(name, text.read(HEAD_BYTES)).confidence:
                    empty.append(name)
                    continue
                found = True
                text.seek(0)
                yield from numbered.behind(_readings(text, source.timezone, stem))
        if not found:
            raise UnreadableFile(f"No sheet has readings of tags: {', '.join(empty[:20])}.")
        if empty:
            yield Note(f"No readings on the sheets {', '.join(empty[:20])}.")


def _judged(name: str, head: bytes) -> Sniff:
    try:
        table = read_table_head(head)
    except UnreadableFile:
        return NO
    if _is_long(table):
        return Sniff(0.9 if "quality" in roles(table) else 0.85, f"sheet {name}: time, tag, value")
    found = plan(table, name)
    if found is None or not found.sure:
        return NO
    sure = min(round(found.sure, 3), SUREST)
    return Sniff(sure, f"sheet {name}: a column of times and {len(found.pens)} of tags")


def _is_long(table: Table) -> bool:
    return roles(table).keys() >= REQUIRED


def _readings(text: BinaryIO, timezone: str | None, stem: str) -> Iterator[Batch | Damage | Note]:
    long = _is_long(read_table_head(text.read(HEAD_BYTES)))
    text.seek(0)
    yield from readings(text, timezone) if long else side_by_side(text, timezone, stem)


HISTORIAN_SHEETS = HistorianSheets()
