"""Gage studies, crossed, in workbooks and CSV: long tables and forms of several layouts.

Fills msa_measurements: one row a part, appraiser and trial.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from casparian.formats.gage.runs import Run
from casparian.formats.gage.study import COLUMNS, TABLE, Sheet, Study
from casparian.formats.gage.tables import LONG, Table
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.bulk import Bulk, batches_of
from casparian.reading.grid import grid_rows, head_rows
from casparian.reading.peek import Peek
from casparian.reading.records import Record
from casparian.reading.workbook import (
    OLE_MAGIC,
    ZIP_MAGIC,
    Row,
    open_sheet,
    open_workbook,
    sheet_rows,
)

_FEW = 50  # rows that are not worth the making of columns
_GENERIC = ("sheet", "tabelle", "feuil", "hoja", "foglio", "data", "daten", "table")


class GageStudy:
    """The gage study format."""

    name = "gage"
    version = "1.0.0"
    contract = "msa"
    tables = (TABLE,)
    summary = "Gage studies (MSA), crossed, in Excel and CSV: long tables and AIAG's data sheet"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """By a header of parts, appraisers and trials on any sheet."""
        for name, rows in _heads(peek):
            sheet = Sheet(iter(rows))
            for _ in sheet.records():
                table = sheet.table
                if table is None:
                    break
                sure = _confidence(table)
                return Sniff(sure, f"{name}: parts by appraisers and trials ({table.kind})")
        return NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every measurement of every sheet.

        Raises UnreadableFile for what is no table or workbook, a bomb, or without any study.
        """
        yield from batches_of(_records(source), {TABLE: COLUMNS}, source.timezone)


def _confidence(table: Table) -> float:
    if table.kind != LONG:
        return 0.9
    both = "appraiser" in table.columns and "trial" in table.columns
    return 0.95 if both else 0.75 if "trial" in table.columns else 0.45


def _heads(peek: Peek) -> Iterator[tuple[str, Iterable[Row]]]:
    for sheet in peek.sheets:
        yield f"sheet {sheet.name}", ([cell or "" for cell in row] for row in sheet.rows)
    if not peek.sheets and peek.text and not peek.root and not peek.json_paths:
        yield "the file", head_rows(peek.text)


def _records(source: Source) -> Iterator[Record | Bulk | Damage | Note]:
    with source.open() as stream:
        packed = stream.read(8).startswith((ZIP_MAGIC, OLE_MAGIC))
        stream.seek(0)
        if not packed:
            yield from _sheets(source.stem, [("", grid_rows(stream, TABLE))])
            return
        workbook = open_workbook(stream)
        names = workbook.sheet_names
        rows = ((name, sheet_rows(open_sheet(workbook, name))) for name in names)
        yield from _sheets(source.stem, rows)


def _sheets(
    stem: str, sheets: Iterable[tuple[str, Iterable[Row | Damage]]]
) -> Iterator[Record | Bulk | Damage | Note]:
    empty: list[str] = []
    found = False
    for name, rows in sheets:
        sheet = Sheet(iter(rows))
        study = Study(stem if name.lower().startswith(_GENERIC) or not name else f"{stem}/{name}")
        for each in sheet.records():
            if isinstance(each, Damage):
                yield each
            elif isinstance(each, Run):
                yield from _of_run(study, name, each)
            else:
                yield study.record(name, each)
        found = found or sheet.tables > 0
        empty += [] if sheet.tables else [name]
    if not found:
        raise UnreadableFile("No sheet has a table of parts, appraisers and trials.")
    if empty:
        yield Note(f"No gage study on the sheets {', '.join(empty[:20])}.")


def _of_run(study: Study, sheet: str, run: Run) -> Iterator[Record | Bulk]:
    def records() -> Iterator[Record]:
        return (study.record(sheet, texts) for texts in run.records())

    if len(run.rows) < _FEW:
        yield from records()
    else:
        yield Bulk(TABLE, len(run.rows), lambda: study.columns(sheet, run), records)


FORMAT = GageStudy()
