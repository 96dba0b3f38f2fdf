"""One sheet of a gage study: the lines above its tables, its measurements as records."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, pairwise

from casparian.formats.gage import words
from casparian.formats.gage.headings import find_table
from casparian.formats.gage.runs import Made, Run, batch_of
from casparian.formats.gage.tables import LONG, Table, Texts
from casparian.reading.base import Damage
from casparian.reading.records import Columns, Record
from casparian.reading.spc import number, plain, said
from casparian.reading.workbook import Row, cell_text

TABLE = "msa_measurements"
FIELDS = (
    *("study_id", "characteristic", "part", "appraiser", "trial", "value", "rating"),
    *("reference_value", "reference_rating", "tolerance", "usl", "lsl", "units", "gage"),
    *("measured_at", "study_date", "part_number", "comment"),
)
RAW = (
    *("sheet", "part", "appraiser", "trial", "value", "rating", "reference", "characteristic"),
    *("measured_at", "units"),
)
COLUMNS = Columns(RAW, FIELDS, ("measured_at",))
MEASURED, ALONE = "measurement", "1"  # the characteristic and the appraiser that nobody names
AHEAD = 200  # rows below a header that tell what its columns hold
MOST_COUNTED = 500_000  # pairs of part and appraiser whose trials are counted


@dataclass
class Sheet:
    """One sheet being read: lines above the tables, then the tables."""

    rows: Iterator[Row | Damage]
    given: dict[str, str] = field(default_factory=dict)
    table: Table | None = None
    tables: int = 0
    appraiser: str | None = None
    _ahead: deque[Row | Damage] = field(default_factory=deque)
    _before: Row = field(default_factory=list)

    def records(self) -> Iterator[Texts | Run | Damage]:
        """The measurements, with what the lines above say; those of long tables as runs."""
        run: Run | None = None
        while (row := self._next()) is not None:
            if isinstance(row, Damage):
                yield from (each for each in (run, row) if each)
                run = None
                continue
            texts = list(map(cell_text, row))
            filled = [text for text in texts if text is not None]
            if not filled:
                continue
            self._before, before = row, self._before
            if self.table is not None and self.table.kind == LONG and not _heads(filled):
                run = run or Run(self.table, self._given(self.table))
                run.add(texts, filled)
                if run.full:
                    yield run
                    run = None
                continue
            if run:
                yield run
                run = None
            yield from self._row(row, filled, before)
        if run:
            yield run

    def _next(self) -> Row | Damage | None:
        if self._ahead:
            return self._ahead.popleft()
        return next(self.rows, None)

    def _row(self, row: Row, filled: list[str], before: Row) -> Iterator[Texts]:
        if self.table is None or _heads(filled):
            self._ahead.extend(islice(self.rows, AHEAD - len(self._ahead)))
            ahead = [each for each in self._ahead if not isinstance(each, Damage)]
            if (table := find_table(row, ahead, before)) is not None:
                self.table, self.tables = table, self.tables + 1
                table.appraiser = self.appraiser
                return
        if self.table is None or self.table.names_appraiser(row):
            self._learn(filled)
            return
        for texts in self.table.records(row):
            known: Texts = {name: text for name, text in texts.items() if text is not None}
            yield self._given(self.table) | known

    def _given(self, table: Table) -> Texts:
        return {"units": table.units, "appraiser": self.appraiser, **self.given}

    def _learn(self, filled: list[str]) -> None:
        if len(filled) == 1 and (named := words.appraiser_of(filled[0])):
            self.appraiser = named
        for word, text in pairwise(filled):
            name = words.field_of(word)
            if name == "appraiser" and words.field_of(text) is None:
                self.appraiser = text
            elif name and words.field_of(text) is None:
                self.given.setdefault("part_number" if name == "part" else name, text)


def _heads(filled: list[str]) -> bool:
    """Whether a row may be the header of a table."""
    return len(filled) > 2 and any(map(words.field_of, filled))


@dataclass
class Study:
    """One sheet's study: names what the table does not, counts trials that are not numbered."""

    name: str
    _trials: dict[tuple[str | None, ...], int] = field(default_factory=dict)

    def record(self, sheet: str, texts: Texts) -> Record:
        """One measurement. A word that is a verdict is a rating, all else a value."""
        appraiser = texts.get("appraiser") or ALONE
        trial = texts.get("trial") or self._next(texts, appraiser)
        value, reference = texts.get("value"), texts.get("reference")
        decided = said(value) is not None and number(value) is None
        judged = said(reference) is not None and number(reference) is None
        fields: dict[str, str | None] = {
            "study_id": texts.get("study_id") or self.name, "part": texts.get("part"),
            "characteristic": texts.get("characteristic") or MEASURED,
            "appraiser": appraiser, "trial": trial,
            "value": None if decided else plain(value),
            "rating": value if decided else texts.get("rating"),
            "reference_value": None if judged else plain(reference),
            "reference_rating": reference if judged else None,
            "tolerance": _tolerance(*map(texts.get, ("tolerance", "usl", "lsl"))),
            "usl": plain(texts.get("usl")), "lsl": plain(texts.get("lsl")),
        }  # fmt: skip
        same = ("units", "gage", "measured_at", "study_date", "part_number", "comment")
        fields |= {name: texts.get(name) for name in same}
        raw = {name: texts.get(name) for name in texts if not name.startswith("_")}
        return Record(TABLE, raw | {"sheet": sheet or None}, fields)

    def columns(self, sheet: str, run: Run) -> Made | None:
        """Bronze and silver of many rows; None where they are to be read one by one."""
        defaults: Texts = {"study_id": self.name, "characteristic": MEASURED, "appraiser": ALONE}
        return batch_of(run.columns(), COLUMNS, defaults | {"sheet": sheet or None}, _tolerance)

    def _next(self, texts: Texts, appraiser: str) -> str:
        key: tuple[str | None, ...] = (texts.get("characteristic"), texts.get("part"), appraiser)
        if key not in self._trials and len(self._trials) >= MOST_COUNTED:
            key = ()
        self._trials[key] = self._trials.get(key, 0) + 1
        return str(self._trials[key])


@lru_cache(maxsize=4096)
def _tolerance(written: str | None, usl: str | None, lsl: str | None) -> str | None:
    """The width as written, ± doubled; else between the limits."""
    if written is not None:
        half = written.strip().startswith(("±", "+/-"))
        width = number(written.strip().lstrip("±+/- "))
        return str(width * 2) if half and width is not None else plain(written)
    upper, lower = number(usl), number(lsl)
    return None if upper is None or lower is None else str(upper - lower)
