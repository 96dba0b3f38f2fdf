"""Where the measurements stand on a sheet, and how each kind of table gives them.

LONG      a row a measured feature: columns for feature and actual value.
FEATURES  a row a characteristic, a column a part or sample; group rows name the part's feature.
PARTS     a row a part, a column a characteristic; rows of limits above or below the header.
SERIES    a sheet a characteristic: a row a sample, one value or a subgroup of values x1, x2, ...
SUMMARY   a row a characteristic with its capability or control limits alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from casparian.formats.cmm.words import (
    CONTROL,
    STATED,
    ordinal_of,
    unit_of,
)
from casparian.reading.spc import feature_name, number
from casparian.reading.workbook import Cell, Row, cell_text

LONG, FEATURES, PARTS, SERIES, SUMMARY = "long", "features", "parts", "series", "summary"
LIMITS = ("nominal", "usl", "lsl", "tol", "tol_plus", "tol_minus")
ID = ("serial", "sample", "subgroup", "measured_at", "part_number", "lot")
_SIDES = tuple(f"{name}{tail}" for name in CONTROL for tail in ("", "_r", "_s", "_mr"))
WORTH = frozenset((*STATED, *_SIDES))

OTHER = "+"  # before the heading of a column that is no field
Texts = dict[str, str | None]


@dataclass
class Table:
    """One table of a sheet.

    columns: field to column number. values: columns of measured values with their headings. spec:
    for PARTS, nominal and limits by column. given: what the lines above say. days: times of the
    first rows, to tell day from month.
    """

    kind: str
    columns: dict[str, int]
    stated: dict[str, int]
    values: dict[int, str]
    others: dict[str, int]
    given: dict[str, str] = field(default_factory=dict)
    spec: dict[int, dict[str, str]] = field(default_factory=dict)
    totals: dict[int, dict[str, str]] = field(default_factory=dict)
    units: str | None = None
    group: str | None = None
    days: list[str] = field(default_factory=list)
    count: int = 0

    def records(self, row: Row) -> Iterator[Texts]:
        """The measurements of one row of the table, each with the texts of its fields."""
        common: Texts = dict(self.given)
        common |= {name: text_at(row, place) for name, place in self.columns.items()}
        common["units"] = common.get("units") or self.units
        if self.kind in (LONG, SUMMARY):
            yield common | _others(row, self.others)
        elif self.kind == FEATURES:
            yield from self._of_feature(row, common)
        elif self.kind == PARTS:
            yield from self._of_part(row, common)
        else:
            yield from self._of_sample(row, common)

    def stated_by(self, row: Row) -> dict[str, str]:
        """Capability and control limits that the row states."""
        found = {name: text_at(row, place) for name, place in self.stated.items()}
        return {name: text for name, text in found.items() if text is not None}

    def in_all(self) -> Iterator[tuple[Texts, dict[str, str]]]:
        """Statistics stated for a whole table: (the characteristic, what is stated of it)."""
        if self.kind == SERIES and (own := {n: t for n, t in self.given.items() if n in WORTH}):
            yield dict(self.given), own
        for place, own in self.totals.items():
            named: Texts = {"feature": _bare(self.values[place]), "units": self.units}
            yield {**self.given, **named, **self.spec.get(place, {})}, own

    def is_group(self, row: Row) -> bool:
        """A row that names the feature which the rows below it measure."""
        if self.kind != FEATURES:
            return False
        filled = [i for i, cell in enumerate(row) if cell_text(cell) is not None]
        return filled == [self.columns.get("feature")]

    def _of_feature(self, row: Row, common: Texts) -> Iterator[Texts]:
        common["feature"] = feature_name(self.group, common.get("feature"))
        common |= _others(row, self.others)
        for sample, (place, heading) in enumerate(self.values.items(), 1):
            if (text := text_at(row, place)) is not None:
                yield common | _labelled(heading, sample) | {"actual": text}

    def _of_part(self, row: Row, common: Texts) -> Iterator[Texts]:
        self.count += 1
        if "feature" in self.columns:  # the column of labels, where parts follow the limits
            common |= _labelled(common.pop("feature") or str(self.count), self.count)
        common.setdefault("sample", str(self.count))
        common |= _others(row, self.others)
        for place, heading in self.values.items():
            if (text := text_at(row, place)) is not None:
                limits: Texts = {"units": unit_of(heading) or common["units"]}
                limits.update(self.spec.get(place, {}))
                yield common | limits | {"feature": _bare(heading), "actual": text}

    def _of_sample(self, row: Row, common: Texts) -> Iterator[Texts]:
        self.count += 1
        common.setdefault("sample", str(self.count) if len(self.values) < 2 else None)
        if "subgroup" not in common and len(self.values) > 1:
            common["subgroup"] = common.get("sample") or str(self.count)
        common |= _others(row, self.others)
        for place in self.values:
            if (text := text_at(row, place)) is not None:
                yield common | {"actual": text}


def text_at(row: Row, place: int) -> str | None:
    return cell_text(row[place]) if 0 <= place < len(row) else None


def is_number(cell: Cell) -> bool:
    """Whether a cell holds a number, also as text."""
    if isinstance(cell, str):
        return number(cell.strip()) is not None if cell.strip() else False
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _others(row: Row, others: dict[str, int]) -> Texts:
    """Columns that nobody knows, marked by OTHER."""
    return {OTHER + name: text for name, at in others.items() if (text := text_at(row, at))}


def _labelled(heading: str, sample: int) -> Texts:
    """Serial number and order of a part, told from its heading."""
    counted = ordinal_of(heading)
    if counted is not None:
        return {"sample": str(counted)}
    return {"sample": str(sample), "serial": heading}


def _bare(heading: str) -> str:
    """A heading without the unit in brackets behind it."""
    unit = unit_of(heading)
    return heading[: heading.rfind(unit) - 1].strip() or heading if unit else heading
