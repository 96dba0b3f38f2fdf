"""Reads one sheet, or one CSV file, row by row: lines above tables, headers, units, records."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from casparian.formats.cmm.headers import find_table
from casparian.formats.cmm.labels import learn_spec, learn_statistic, spec_of
from casparian.formats.cmm.tables import (
    FEATURES,
    LONG,
    SUMMARY,
    Table,
    Texts,
    is_number,
)
from casparian.formats.cmm.words import NUMBERS, field_of
from casparian.reading.workbook import Row, cell_text

AHEAD = 30  # rows below a header that tell what its columns hold
MOST_ABOVE = 20  # rows of limits above a header


@dataclass
class Found:
    """One row's outcome: measurements, and what the row states of capability."""

    table: Table
    measurements: list[Texts]
    stated: dict[str, str]
    feature: Texts


@dataclass
class Sheet:
    """One sheet being read. `tables` counts the headers found."""

    rows: Iterator[Row]
    given: dict[str, str] = field(default_factory=dict)
    table: Table | None = None
    tables: int = 0
    _ahead: deque[Row] = field(default_factory=deque)
    _above: list[Row] = field(default_factory=list)
    _fresh: bool = False

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Sheet:
        return cls(iter(rows))

    def read(self) -> Iterator[Found]:
        """Every row that holds measurements or statistics."""
        while (row := self._next()) is not None:
            if any(cell_text(cell) is not None for cell in row):
                yield from self._row(row)
        yield from self._end()

    def _end(self) -> Iterator[Found]:
        """What is stated of the characteristics of the table that ends here."""
        if self.table is not None:
            for feature, stated in self.table.in_all():
                yield Found(self.table, [], stated, feature)

    def _next(self) -> Row | None:
        if self._ahead:
            return self._ahead.popleft()
        return next(islice(self.rows, 1), None)

    def _below(self) -> list[Row]:
        self._ahead.extend(islice(self.rows, AHEAD - len(self._ahead)))
        return list(self._ahead)

    def _row(self, row: Row) -> Iterator[Found]:
        table = self.table
        if table is not None and _holds_values(row, table):
            self._fresh = False
            if not (learn_spec(table, row) or learn_statistic(table, row)):
                yield self._found(row, table)
            return
        if _could_be_header(row) and (begun := self._header(row)) is not None:
            yield from self._end()
            self.table, self._fresh, self._above = begun, True, []
            self.tables += 1
            return
        if table is None or _is_preamble(row, table):
            self._preamble(row)
        elif table.is_group(row) and table.kind == FEATURES:
            table.group = cell_text(row[table.columns["feature"]])
        elif learn_spec(table, row) or (self._fresh and self._units(row, table)):
            pass
        elif _is_record(row, table):
            self._fresh = False
            yield self._found(row, table)

    def _header(self, row: Row) -> Table | None:
        return find_table(row, self._below(), self._above, self.given)

    def _found(self, row: Row, table: Table) -> Found:
        measurements = [] if table.kind == SUMMARY else list(table.records(row))
        stated = table.stated_by(row)
        feature = _named(row, table, measurements) if stated else {}
        return Found(table, measurements, stated, feature)

    def _preamble(self, row: Row) -> None:
        self.given |= read_preamble(row)
        if spec_of(row) and sum(is_number(cell) for cell in row) > 1:
            self._above = [*self._above, row][-MOST_ABOVE:]
        if self.table is not None:
            self.table.given = dict(self.given)

    def _units(self, row: Row, table: Table) -> bool:
        """The row under a header that says units: text where numbers belong."""
        self._fresh = False
        places = [table.columns[name] for name in NUMBERS if name in table.columns]
        places += list(table.values)
        cells = [row[place] for place in places if place < len(row)]
        texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
        if not texts or any(letter.isdecimal() for text in texts for letter in text):
            return False
        actual = table.columns.get("actual", next(iter(table.values), 0))
        table.units = (cell_text(row[actual]) if actual < len(row) else None) or table.units
        for place in table.values:
            if place < len(row) and (text := cell_text(row[place])):
                table.spec.setdefault(place, {})["units"] = text
        return True


def _holds_values(row: Row, table: Table) -> bool:
    """Whether the row is a record for sure: headers, units and preambles have text there."""
    if table.kind == LONG:
        place = table.columns["actual"]
        return place < len(row) and is_number(row[place])
    if table.kind == SUMMARY:
        return any(place < len(row) and is_number(row[place]) for place in table.stated.values())
    return any(place < len(row) and is_number(row[place]) for place in table.values)


def _is_record(row: Row, table: Table) -> bool:
    """A row without numbers where they belong: still a record, unless it is a remark as `END`."""
    if table.kind == SUMMARY:
        return bool(table.stated_by(row))
    filled = [place for place, cell in enumerate(row) if cell_text(cell) is not None]
    return table.kind == LONG and (len(filled) > 1 or table.columns["feature"] in filled)


def _named(row: Row, table: Table, measurements: list[Texts]) -> Texts:
    """The characteristic that a row's statistics are of."""
    return dict(measurements[0]) if measurements else next(table.records(row), {})


def _could_be_header(row: Row) -> bool:
    """At least two texts, one of them a known word: most rows are told at once."""
    known = 0
    texts = 0
    for cell in row:
        if isinstance(cell, str) and cell.strip():
            texts += 1
            known += field_of(cell.strip()) is not None
    return texts > 1 and known > 0


def _is_preamble(row: Row, table: Table) -> bool:
    """A line such as `Part number | P-200` between two blocks of a table."""
    texts = [text for text in map(cell_text, row) if text]
    blank = "actual" not in table.columns or (
        table.columns["actual"] >= len(row) or cell_text(row[table.columns["actual"]]) is None
    )
    return blank and field_of(texts[0]) is not None and len(texts) > 1


def read_preamble(row: Row) -> dict[str, str]:
    """Pairs of a known word and the next filled cell; also `Part number: P-100` in one cell."""
    filled = [text for text in map(cell_text, row) if text is not None]
    pairs: dict[str, str] = {}
    place = 0
    while place < len(filled):
        name = field_of(filled[place])
        word, colon, rest = filled[place].partition(":")
        if name and place + 1 < len(filled):
            pairs[name] = filled[place + 1]
            place += 1
        elif colon and rest.strip() and (within := field_of(word)):
            pairs[within] = rest.strip()
        place += 1
    return pairs
