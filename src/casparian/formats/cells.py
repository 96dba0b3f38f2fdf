"""Cells of a table as its fields want them: blanks as null, decimal points, rows of units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

# what databases and spreadsheets write for nothing
NOTHING = pa.array(
    ["", "NULL", "null", "(null)", "<null>", "\\N", "#N/A", "#N/V", "N/A", "n/a", "NaN", "nan",
     "None", "#NULL!", "#REF!", "#DIV/0!", "#VALUE!"]
)  # fmt: skip
_DECIMAL_COMMA = r"^[-+]?[0-9]+,[0-9]+([eE][-+]?[0-9]+)?$"
_GROUPED_COMMA = r"^[-+]?[0-9]{1,3}([.  '][0-9]{3})+,[0-9]+$"  # 1.234,5


def clean(text: pa.Array) -> pa.Array:
    """Without spaces around, null where nothing is said."""
    if text.null_count == len(text):
        return text
    bare = pc.utf8_trim_whitespace(text)
    nothing = pc.is_in(bare, NOTHING)
    if not pc.any(nothing).as_py():
        return bare
    return pc.if_else(nothing, pa.scalar(None, pa.string()), bare)


def with_point(text: pa.Array) -> pa.Array:
    """Numbers with a decimal comma, as `1,5` and `1.234,5`, with a point; all else as it is."""
    if not pc.any(pc.match_substring(text, ",")).as_py():
        return text
    grouped = pc.match_substring_regex(text, _GROUPED_COMMA)
    if pc.any(grouped).as_py():
        text = pc.if_else(grouped, pc.replace_substring_regex(text, r"[.  ']", ""), text)
    comma = pc.match_substring_regex(text, _DECIMAL_COMMA)
    return pc.if_else(comma, pc.replace_substring(text, ",", "."), text)


def is_units_row(columns: Mapping[str, pa.Array], numbers: Iterable[str]) -> bool:
    """Whether the first record is none but says units: words alone, also where numbers belong."""
    first = {field: column[0].as_py() for field, column in columns.items() if len(column)}
    filled = [text for text in first.values() if text]
    return any(first.get(field) for field in numbers) and all(map(_is_word, filled))


def _is_word(text: str) -> bool:
    """Digits may only be a power in a short unit, as in m3/h."""
    bare = text.strip(" []()")
    if not bare or bare[0].isdigit() or bare[0] in "+.,<>≤≥~":
        return False
    return len(bare) < (6 if any(map(str.isdigit, bare)) else 20)
