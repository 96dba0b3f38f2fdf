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
LONGEST_TIME = 80  # characters
_TIME_OF_DAY = (
    r"^\s*[0-9]{1,2}(:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?|\.[0-9]{2}\.[0-9]{2})\s*([AaPp][Mm])?\s*$"
)
_DECIMAL_COMMA = r"^[-+]?[0-9]+,[0-9]+([eE][-+]?[0-9]+)?$"
_GROUPED_COMMA = r"^[-+]?[0-9]{1,3}([.\x{a0}\x{202f} '][0-9]{3})+,[0-9]+$"  # 1.234,5
_COMMA_GROUPED = r"^[-+]?[0-9]{1,3}(,[0-9]{3})+([.][0-9]+)?$"  # 1,234.5
_BEHIND = (
    r"^\s*(?:\(\s*([0-9.,'’\x{a0}\x{202f} ]*[0-9])\s*\)|([0-9][0-9.,'’\x{a0}\x{202f} ]*)-)\s*$"
)
_THOUSANDS = r"^[-+]?[0-9]{1,3}([.][0-9]{3})+$"
_DECIMAL_POINT = r"^[-+]?[0-9]*[.]([0-9]{1,2}|[0-9]{4,})([eE][-+]?[0-9]+)?$"


def clean(text: pa.Array) -> pa.Array:
    """Without spaces around, null where nothing is said."""
    if text.null_count == len(text):
        return text
    bare = pc.utf8_trim_whitespace(text)
    nothing = pc.is_in(bare, NOTHING)
    if not pc.any(nothing).as_py():
        return bare
    return pc.if_else(nothing, pa.scalar(None, pa.string()), bare)


def plain_numbers(text: pa.Array, comma: bool, grouped: bool = False) -> pa.Array:
    """Numbers as a computer writes them; what is none, as it is.

    comma: the decimal sign may be a comma; else commas stand between thousands. grouped: see
    `with_point`.
    """
    text = with_sign(text)
    if comma:
        return with_point(text, grouped)
    parted = pc.fill_null(pc.match_substring_regex(text, _COMMA_GROUPED), False)
    if not pc.any(parted).as_py():
        return text
    return pc.if_else(parted, pc.replace_substring(text, ",", ""), text)


def with_sign(text: pa.Array) -> pa.Array:
    """Numbers in brackets, or with their minus behind, as accountants and SAP write what is below
    zero, with the minus before them."""
    return pc.replace_substring_regex(text, _BEHIND, r"-\1\2")


def with_point(text: pa.Array, grouped: bool = False) -> pa.Array:
    """Numbers with a decimal comma, as `1,5` and `1.234,5`, with a point; all else as it is.

    grouped: whether points part thousands in this file, so that `1.250` is more than a thousand.
    """
    if grouped:
        thousands = pc.match_substring_regex(text, _THOUSANDS)
        text = pc.if_else(thousands, pc.replace_substring(text, ".", ""), text)
    if not pc.any(pc.match_substring(text, ",")).as_py():
        return text
    parted = pc.match_substring_regex(text, _GROUPED_COMMA)
    if pc.any(parted).as_py():
        text = pc.if_else(
            parted, pc.replace_substring_regex(text, r"[.\x{a0}\x{202f} ']", ""), text
        )
    comma = pc.match_substring_regex(text, _DECIMAL_COMMA)
    return pc.if_else(comma, pc.replace_substring(text, ",", "."), text)


def groups_by_point(columns: Iterable[pa.Array]) -> bool:
    """Whether these numbers have decimal commas, and points only where thousands are parted."""
    commas = False
    for text in columns:
        if pc.any(pc.match_substring_regex(text, _DECIMAL_POINT)).as_py():
            return False
        for pattern in (_DECIMAL_COMMA, _GROUPED_COMMA):
            commas |= bool(pc.any(pc.match_substring_regex(text, pattern)).as_py())
    return commas


def as_times(text: pa.Array) -> pa.Array:
    """Null for what is too long to be a time: patterns take their time over thousands of blanks."""
    if text.null_count == len(text):
        return text
    short = pc.less_equal(pc.utf8_length(text), LONGEST_TIME)
    if pc.all(short).as_py():
        return text
    return pc.if_else(short, text, pa.scalar(None, pa.string()))


def with_day(time: pa.Array, day: pa.Array) -> tuple[pa.Array, pa.Array]:
    """`06:30` beside `25.10.2025` as one time, all else as it is; and where that was so."""
    alone = pc.fill_null(pc.match_substring_regex(time, _TIME_OF_DAY), False)
    if not pc.any(alone).as_py() or day.null_count == len(day):
        return time, pa.array([False] * len(time), pa.bool_())
    date = pc.replace_substring_regex(day, r"[ T]0?0:00(:00(\.0+)?)?$", "")
    joined = pc.binary_join_element_wise(date, time, " ")
    dated = pc.and_(alone, joined.is_valid())
    return pc.if_else(dated, joined, time), dated


def is_units_row(columns: Mapping[str, pa.Array], numbers: Iterable[str]) -> bool:
    """Whether the first record is none but says units: words alone, also where numbers belong."""
    first = {field: column[0].as_py() for field, column in columns.items() if len(column)}
    filled = [text for text in first.values() if text]
    return any(first.get(field) for field in numbers) and all(map(_is_word, filled))


def _is_word(text: str) -> bool:
    """Digits may only be a power in a short unit, as in m3/h."""
    bare = text.strip(" []()")
    if not bare or bare[0].isdecimal() or bare[0] in "+.,<>≤≥~":
        return False
    return len(bare) < (6 if any(map(str.isdecimal, bare)) else 20)
