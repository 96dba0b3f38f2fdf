"""Rows of a long table told as columns: in a big study nearly all of them are alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.gage.tables import Table, Texts
from casparian.reading.bulk import ROWS, plain_times, same
from casparian.reading.records import BATCH_CHARACTERS, Columns
from casparian.reading.spc import plain

Column = tuple[str | None, ...]
Made = tuple[pa.RecordBatch, pa.RecordBatch]


@dataclass
class Run:
    """Rows of one long table that follow one another, blank cells as None.

    given: what the table's unit and the lines above say of all of them.
    """

    table: Table
    given: Texts
    rows: list[list[str | None]] = field(default_factory=list)
    characters: int = 0

    def add(self, row: list[str | None], filled: list[str]) -> None:
        self.rows.append(row)
        self.characters += sum(map(len, filled))

    @property
    def full(self) -> bool:
        return len(self.rows) >= ROWS or self.characters > BATCH_CHARACTERS

    def records(self) -> Iterator[Texts]:
        """Row by row."""
        for row in self.rows:
            for texts in self.table.records([text or "" for text in row]):
                yield self.given | {name: text for name, text in texts.items() if text is not None}

    def columns(self) -> dict[str, Column]:
        """Field by field, in the order of `records`."""
        cells, count = list(zip_longest(*self.rows)), len(self.rows)
        found: dict[str, Column] = {name: (text,) * count for name, text in self.given.items()}
        for name, place in self.table.columns.items():
            own = cells[place] if place < len(cells) else (None,) * count
            found[name] = _or_else(own, self.given.get(name))
        return found


def batch_of(
    texts: dict[str, Column], columns: Columns, defaults: dict[str, str | None],
    tolerance: Callable[[str | None, str | None, str | None], str | None],
) -> Made | None:  # fmt: skip
    """Bronze and silver of a run's columns; None where one row needs a look of its own.

    defaults: study, characteristic, appraiser and sheet where a row names none. tolerance: of the
    texts of tolerance, usl and lsl. A row is plain that numbers its trial, whose values are
    numbers and whose time ends in Z.
    """
    none = (None,) * len(texts["part"])
    numbers = {name: _plain(texts.get(name, none)) for name in ("value", "reference", "usl", "lsl")}
    if None in texts.get("trial", none) or not _numbers(numbers["value"], numbers["reference"]):
        return None
    try:
        times = plain_times(texts.get("measured_at", none))
    except pa.ArrowInvalid:
        return None
    limits = (texts.get(name, none) for name in ("tolerance", "usl", "lsl"))
    made: dict[str, Column] = {
        name: _or_else(texts.get(name, none), defaults.get(name)) for name in columns.fields
    }
    made |= {name: numbers[name] for name in ("value", "usl", "lsl")}
    made["reference_value"] = numbers["reference"]
    made["tolerance"] = tuple(map(tolerance, *limits))
    raw = {name: same(list(texts.get(name, none))) for name in columns.raw}
    raw["sheet"] = pa.repeat(pa.scalar(defaults["sheet"], pa.string()), len(none))
    raw["_extra"] = pa.array(_extra(texts, columns), pa.string())
    fields = {name: same(list(column)) for name, column in made.items()}
    return pa.record_batch(raw), pa.record_batch(fields | {"measured_at": times})


def _or_else(column: Column, known: str | None) -> Column:
    if known is None or None not in column:
        return column
    return tuple(known if text is None else text for text in column)


def _plain(column: Column) -> Column:
    return tuple(map(plain, column))


def _numbers(*columns: Column) -> bool:
    """Whether all that is written is a number: no rating, nothing to refuse."""
    try:
        for column in columns:
            pc.cast(pa.array(column, pa.string()), pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _extra(texts: dict[str, Column], columns: Columns) -> Iterable[str | None]:
    """What bronze has no column for, as JSON; made once where rows say the same."""
    names = [name for name in texts if name not in columns.raw and not name.startswith("_")]
    known: dict[Column, str | None] = {}

    def written(row: Column) -> str | None:
        if row not in known:
            filled = {n: text for n, text in zip(names, row, strict=True) if text is not None}
            known[row] = json.dumps(filled, ensure_ascii=False) if filled else None
        return known[row]

    rows = zip(*(texts[name] for name in names), strict=True)
    return list(map(written, rows)) if names else [None] * len(texts["part"])
