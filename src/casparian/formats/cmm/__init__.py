"""SPC and CMM reports, in workbooks of any number of sheets and in CSV.

Fills spc_measurements, and spc_capability and spc_control_limits from what the report states;
derives spc_parts and spc_characteristics. Headers are hunted for on each sheet, below lines like
`Part number | P-100`; sheets without measurements are named in a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from casparian.formats.cmm.rows import RAW, STATED_RAW, Report
from casparian.formats.cmm.sheet import Sheet
from casparian.formats.cmm.symbols import symbol_texts
from casparian.formats.cmm.tables import FEATURES, LIMITS, LONG, PARTS, SUMMARY, Table
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.grid import grid_rows, head_rows
from casparian.reading.peek import Peek
from casparian.reading.records import Record, batches
from casparian.reading.spc import (
    CAPABILITY,
    CHARACTERISTICS,
    CONTROL_LIMITS,
    MEASUREMENTS,
    columns,
)
from casparian.reading.spc import (
    PARTS as SPC_PARTS,
)
from casparian.reading.workbook import (
    OLE_MAGIC,
    ZIP_MAGIC,
    Row,
    open_sheet,
    open_workbook,
    sheet_rows,
)

COLUMNS = columns(
    {MEASUREMENTS: RAW, CAPABILITY: STATED_RAW, CONTROL_LIMITS: STATED_RAW, CHARACTERISTICS: (),
     SPC_PARTS: ()}
)  # fmt: skip
_FOREIGN = re.compile(  # columns of gage studies and historians
    r"\b(?:appraiser|trials?|replicate|repetition|wiederholung|wdh|essai|répétition|ensayo|"
    r"tag|tag ?name)\b",
    re.IGNORECASE,
)


class CmmReport:
    """The SPC and CMM report format."""

    name = "cmm"
    version = "2.0.0"
    contract = "spc"
    tables = (MEASUREMENTS, CAPABILITY, CONTROL_LIMITS, CHARACTERISTICS, SPC_PARTS)
    summary = "SPC and CMM reports in Excel and CSV: a row a feature, a part or a characteristic"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """By a header of measurements on any sheet, and how much of it is known."""
        best = NO
        for name, rows in _heads(peek):
            sheet = Sheet.of(rows)
            for found in sheet.read():
                confidence = _confidence(found.table)
                if confidence > best.confidence:
                    known = ", ".join(found.table.columns)
                    best = Sniff(confidence, f"{name}: a table of measurements with {known}")
                break
        return best

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every measurement of every sheet, then characteristics and parts.

        Raises UnreadableFile for what is no table or workbook, a bomb, or without any measurement.
        """
        yield from batches(_records(source), COLUMNS, source.timezone)


def _heads(peek: Peek) -> Iterator[tuple[str, Iterable[Row]]]:
    for sheet in peek.sheets:
        yield f"sheet {sheet.name}", ([cell or "" for cell in row] for row in sheet.rows)
    if not peek.sheets and peek.text and not peek.root and not peek.json_paths:
        yield "the file", head_rows(peek.text)


def _confidence(table: Table) -> float:
    """A table without limits, nominals or parts may be anybody's: generic formats come first."""
    headings = (*table.others, *table.values.values())
    if any(_FOREIGN.search(heading.replace("_", " ")) for heading in headings):
        return 0.0
    known = len(table.columns) + len(table.stated)
    named = sum(
        name in table.columns or name in table.given
        for name in ("nominal", "usl", "lsl", "tol", "tol_plus", "tol_minus", "serial")
    )
    if table.kind in (LONG, SUMMARY):
        return min(0.95, 0.6 + 0.05 * known) if named or table.stated else 0.45
    if table.kind == PARTS:
        return 0.85
    if table.kind == FEATURES:
        return min(0.95, 0.7 + 0.05 * known)
    above = any(name in table.given for name in ("feature", *LIMITS))
    if above:
        return min(0.95, 0.7 + 0.05 * known)
    if len(table.values) < 2:
        return 0.35
    return 0.9 if "subgroup" in table.columns else 0.5


def _records(source: Source) -> Iterator[Record | Damage | Note]:
    with source.open() as stream:
        packed = stream.read(8).startswith((ZIP_MAGIC, OLE_MAGIC))
        stream.seek(0)
        report = Report(source.stem, source.timezone, symbol_texts(stream) if packed else {})
        stream.seek(0)
        if packed:
            yield from _workbook(report, source)
        else:
            yield from _sheets(report, [(source.stem, grid_rows(stream, MEASUREMENTS))])
    yield from report.days.notes()
    yield from report.derived()


def _workbook(report: Report, source: Source) -> Iterator[Record | Damage | Note]:
    with source.open() as stream:
        workbook = open_workbook(stream)
        sheets = ((name, sheet_rows(open_sheet(workbook, name))) for name in workbook.sheet_names)
        yield from _sheets(report, sheets)


def _sheets(
    report: Report, sheets: Iterable[tuple[str, Iterable[Row | Damage]]]
) -> Iterator[Record | Damage | Note]:
    """The records of each sheet; a note of those that hold no measurement."""
    empty, found = [], False
    for name, rows in sheets:
        damage: list[Damage] = []
        sheet = Sheet.of(_cells(rows, damage))
        for each in sheet.read():
            yield from damage
            damage.clear()
            report.days.learn(name, each.table.days)
            each.table.days = []
            yield from (report.measurement(name, texts) for texts in each.measurements)
            if each.stated:
                yield from report.stated(name, each.feature, each.stated)
        yield from damage
        found = found or sheet.tables > 0
        empty += [] if sheet.tables else [name]
    if not found:
        raise UnreadableFile(
            "No sheet has a header row with a feature and its values "
            f"(sheets: {', '.join(empty[:20])})."
        )
    if empty:
        yield Note(f"No measurements on the sheets {', '.join(empty[:20])}.")


def _cells(rows: Iterable[Row | Damage], damage: list[Damage]) -> Iterator[Row]:
    """The rows that are none damaged; those that are go to `damage`."""
    for row in rows:
        if isinstance(row, Damage):
            damage.append(row)
        else:
            yield row


FORMAT = CmmReport()
