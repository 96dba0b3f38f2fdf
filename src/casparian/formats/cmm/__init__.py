"""CMM reports in Excel: one row a measured feature, on any number of sheets.

Fills spc_measurements and derives spc_parts. The header row is hunted for on each sheet, below
lines like `Part number | P-100`; sheets without one (covers, charts) hold no measurements.
"""

from __future__ import annotations

from collections.abc import Iterator

import python_calamine as calamine

from casparian.formats.base import NO, Batch, Sniff, Source, UnreadableFile
from casparian.formats.cmm.layout import Table, field_of, is_units_row, read_header, read_preamble
from casparian.formats.cmm.rows import MEASUREMENTS, PARTS, Measurements, Record, make_record
from casparian.formats.peek import Peek
from casparian.formats.spc import Identity
from casparian.formats.workbook import Row, cell_text, open_sheet, open_workbook, sheet_rows

BATCH_ROWS = 8192


class CmmWorkbook:
    """The CMM workbook format."""

    name = "cmm"
    version = "2.0.0"
    contract = "spc"
    tables = (MEASUREMENTS, PARTS)
    summary = "CMM measurements in Excel (.xlsx, .xls), one row a feature, many sheets"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """By a header row with a feature and an actual value on any sheet."""
        for sheet in peek.sheets:
            for row in sheet.rows:
                if header := read_header([cell or "" for cell in row]):
                    known = len(header.columns)
                    sure = min(0.95, 0.6 + 0.05 * known)
                    return Sniff(
                        sure, f"sheet {sheet.name} has columns {', '.join(header.columns)}"
                    )
        return NO

    def read(self, source: Source) -> Iterator[Batch]:
        """Every measurement row of every sheet, then the parts.

        Raises UnreadableFile for what is no workbook, a bomb, or without any measurement table.
        """
        measurements = Measurements(source.timezone, Identity(source.stem))
        found = False
        with source.open() as stream:
            workbook = open_workbook(stream)
            for name in workbook.sheet_names:
                for records in _batches(_sheet_records(open_sheet(workbook, name))):
                    found = True
                    if records:
                        yield measurements.batch(records)
        if not found:
            raise UnreadableFile(
                "No sheet has a header row with a feature and an actual value "
                f"(sheets: {', '.join(workbook.sheet_names)})."
            )
        yield from measurements.parts()


def _sheet_records(sheet: calamine.CalamineSheet) -> Iterator[Record | None]:
    """The records of a sheet, after a None for each header found."""
    given: dict[str, str] = {}
    table: Table | None = None
    fresh = False
    for row in sheet_rows(sheet):
        if all(cell == "" for cell in row):
            continue
        if table is not None and _has_actual(row, table):
            fresh = False
            yield make_record(sheet.name, row, table)
        elif header := read_header(row):
            table, fresh = header, True
            table.given = dict(given)
            yield None
        elif table is None or _is_preamble(row, table):
            given |= read_preamble(row)
            if table is not None:
                table.given = dict(given)
        elif fresh and is_units_row(row, table):
            table.units, fresh = str(row[table.columns["actual"]]).strip() or table.units, False
        else:
            fresh = False
            yield make_record(sheet.name, row, table)


def _has_actual(row: Row, table: Table) -> bool:
    """Whether the row is a measurement for sure: headers, units and preambles have text there."""
    return not isinstance(row[table.columns["actual"]], str)


def _is_preamble(row: Row, table: Table) -> bool:
    """A line such as `Part number | P-200` between two blocks of a table."""
    first = next((text for text in map(cell_text, row) if text), None)
    return row[table.columns["actual"]] == "" and field_of(first) is not None


def _batches(records: Iterator[Record | None]) -> Iterator[list[Record]]:
    """Lists of up to BATCH_ROWS records; an empty one tells of a table that may have no rows."""
    held: list[Record] = []
    for record in records:
        if record is None:
            yield []
            continue
        held.append(record)
        if len(held) == BATCH_ROWS:
            yield held
            held = []
    yield from [held] if held else []


FORMAT = CmmWorkbook()
