"""Whether a row is the header of a table, and of which kind.

A header alone does not tell: the rows below say which columns hold numbers, and rows of limits
above or below say whether columns are characteristics.
"""

from __future__ import annotations

from collections.abc import Iterable

from casparian.formats.cmm.labels import learn_spec, spec_of
from casparian.formats.cmm.tables import (
    FEATURES,
    ID,
    LIMITS,
    LONG,
    PARTS,
    SERIES,
    SUMMARY,
    WORTH,
    Table,
    is_number,
    text_at,
)
from casparian.formats.cmm.words import FIELDS, field_of, ordinal_of, unit_of
from casparian.reading.workbook import Row, cell_text

_AGREED = {"usl": "maximum", "lsl": "minimum"}  # Max and Min where limits stand elsewhere


def find_table(row: Row, ahead: list[Row], above: list[Row], given: dict[str, str]) -> Table | None:
    """The table whose header this row is, else None.

    ahead: the rows below. above: rows of limits that were met since the last table.
    """
    columns, stated, others = _headings(row)
    if not columns and not stated:
        return None
    if "element" in columns and not {"feature", "name"} & columns.keys():
        columns["name"] = columns.pop("element")
    name = columns.pop("name", None)
    if name is not None and "feature" not in columns and {"actual", "nominal"} <= columns.keys():
        columns["feature"] = name
    elif name is not None:
        others[cell_text(row[name]) or ""] = name
    if "count" in columns:  # No: of the characteristic where the rows are those, else of the part
        columns.setdefault("characteristic_id" if "feature" in columns else "sample",
                           columns.pop("count"))  # fmt: skip
    table = Table(SERIES, columns, stated, {}, {}, dict(given))
    free = {place: name for name, place in others.items()}
    counted = {place: name for place, name in free.items() if _has_values(place, ahead)}
    table.others = {name: place for place, name in free.items() if place not in counted}
    table.days = [text for each in ahead if (text := text_at(each, columns.get("measured_at", -1)))]
    for cell_place in columns.values():
        table.units = table.units or _actual_unit(row, columns, cell_place)
    return _decide(table, counted, ahead, above)


def _decide(
    table: Table, counted: dict[int, str], ahead: list[Row], above: list[Row]
) -> Table | None:
    """Which kind the header is, with the columns of values that it has."""
    columns = table.columns
    specs = [each for each in (*above, *ahead) if spec_of(each)]
    if "feature" in columns and "actual" in columns:
        table.kind = LONG
        table.others |= {name: place for place, name in counted.items()}
        return table
    enough = 1 if any(name in columns for name in ID) else 2
    if len(counted) >= enough and _tells_parts(columns) and _limits_in(specs, counted):
        table.kind, table.values = PARTS, counted
        for each in above:
            learn_spec(table, each)
        return table
    if "feature" in columns and counted:
        table.kind, table.values = FEATURES, counted
        return table if len(counted) > 1 or any(n in columns for n in LIMITS) else None
    if "feature" in columns and table.stated:
        table.kind = SUMMARY
        return table
    return _series(table, counted)


def _series(table: Table, counted: dict[int, str]) -> Table | None:
    """A sheet of one characteristic: something that counts samples, and their values."""
    columns, given = table.columns, table.given
    if not any(name in columns for name in ID):
        return None
    known = any(name in given or name in columns for name in ("feature", *LIMITS))
    table.others |= table.stated  # of a subgroup: its mean, its range
    stated, table.stated = table.stated, {}
    if "actual" in columns:
        table.values = {columns.pop("actual"): "actual"}
        table.others |= {name: place for place, name in counted.items()}
        return table if known or any(name in columns for name in ID[:3]) else None
    table.values = {place: name for place, name in counted.items() if ordinal_of(name) is not None}
    named = all(not name.strip().isdecimal() for name in table.values.values())
    counts = named and any(name in columns for name in ("subgroup", "sample"))
    return table if len(table.values) > 1 and (known or stated or counts) else None


def _tells_parts(columns: dict[str, int]) -> bool:
    """Whether a column tells the parts of a PARTS table apart."""
    return any(name in columns for name in ("feature", *ID))


def _limits_in(specs: Iterable[Row], counted: dict[int, str]) -> bool:
    """Whether some row states limits for the columns of values."""
    for row in specs:
        name, label = spec_of(row) or ("", 0)
        if name in LIMITS and any(
            p != label and p < len(row) and is_number(row[p]) for p in counted
        ):
            return True
    return False


def _headings(row: Row) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Columns by field, statistics by name, all else by heading. The first of a field counts."""
    columns: dict[str, int] = {}
    stated: dict[str, int] = {}
    others: dict[str, int] = {}
    words = [(place, text) for place, cell in enumerate(row) if (text := cell_text(cell))]
    limited = _limits_stand_apart(words)
    for place, text in words:
        name = field_of(text) if isinstance(row[place], str) else None
        if name in _AGREED and limited and text.strip().lower().startswith(("max", "min")):
            name = _AGREED[name]
        if name in WORTH and name not in stated:
            stated[name] = place
        elif name in (*FIELDS, "axis", "element", "count", "name") and name not in columns:
            columns[name] = place
        else:
            others.setdefault(text, place)
    return columns, stated, others


def _limits_stand_apart(words: list[tuple[int, str]]) -> bool:
    """Max and Min are statistics where the header has limits or a mean under other words."""
    named = {field_of(t) for _, t in words if not t.strip().lower().startswith(("max", "min"))}
    return bool(named & {"usl", "lsl", "tol", "tol_plus", "tol_minus", "mean", "sigma"})


def _has_values(place: int, ahead: list[Row]) -> bool:
    """Whether the cells below are numbers: those that are filled, and at least one."""
    cells = [row[place] for row in ahead if place < len(row) and cell_text(row[place]) is not None]
    numbers = sum(map(is_number, cells))
    return numbers > 0 and 2 * numbers >= len(cells)


def _actual_unit(row: Row, columns: dict[str, int], place: int) -> str | None:
    text = text_at(row, place)
    return unit_of(text) if text and columns.get("actual") == place else None
