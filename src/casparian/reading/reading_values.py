"""What stands in a value column: numbers in their country's marks, states, and why there is none.

A state is a word where a number could stand. States of the historian itself (`Bad Input`,
`I/O Timeout`, PI's system digital set) say that there is no value: quality Bad. All other words
(`RUN`, `Open`) are states of the process and values of their own. What begins with no letter and
is no number is left as it is, and is judged as not a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.cells import with_sign

_LAST_BELOW_LETTERS = ord("9")
_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?\Z")
_SPACES = "'’\u00a0\u202f "  # between thousands, in one country or another
_GROUP = f"[.{_SPACES}]"
_GROUPED = re.compile(rf"[-+]?\d{{1,3}}(?:{_GROUP}\d{{3}})+,\d+\Z")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+\Z")
_POINT_GROUPED = re.compile(rf"[-+]?\d{{1,3}}(?:[,{_SPACES}]\d{{3}})+\.\d+\Z")
_NUMERIC = rf"^[-+0-9.,{_SPACES}]*([eE][-+]?\d+)?\s*$"
_OPENING, _MINUS = ord("("), ord("-")
_ERROR = re.compile(r"\[-\d+\]|#[A-Z]")  # PI DataLink's and Excel's own words
_NO_STATE = frozenset(("nan", "na", "n/a", "inf", "infinity", "-inf", "-infinity"))
_NOTHING = frozenset(("null", "none", "<null>", "(null)", "\\n"))
# names of PI's system digital states (193 to 320) that stand for the lack of a value, and the
# words of other historians for the same, letters alone
_SYSTEM = frozenset(
    """
    accessdenied arcoffline arcofflne attnotfound bad baddata badinput badoutput badquality badtotal
    badvalue biffail blanktag calccrash calcfailed calcoff calcoverflow calctimeout cannotconvert
    coercionfailed commerror commfail commfailure communicationerror configure configerror
    dataerror dcsfailed devicefailure equipfail errorinvalue filtercrash inoutofrange inpoutrange
    insufficientdata intfshut invaliddata invalidfloat iotimeout isusawnodata nodata nogooddata
    nogooddataforcalculation nolabdata noresult nosample notconnect notconnected notavailable
    notrigger novalue outofserv outofservice outputfailed overrange pointerror pointcreated
    ptcreated rangeerror resourceerror sampbad scanoff scantimeout sensorfailure setbad settobad
    shutdown snapnotfound tagnotfound typemismatch underrange unitdown datenfehler keinedaten
    keinwert pasdedonnees sindatos
    """.split()  # noqa: SIM905
)
# also words of the process: a quality of Good beside them makes them that
_EITHER = frozenset(
    "disconnected doubtful error failed offline stale timeout trace unavailable unknown".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Marks:
    """How a column writes its numbers. comma: the decimal sign is a comma. grouped: there are
    signs between thousands."""

    comma: bool = False
    grouped: bool = False


def marks_of(samples: Iterable[str], delimiter: str = ";") -> Marks:
    """From sample values. `1,234` alone is a decimal comma, unless commas part the columns."""
    texts = [text.strip(" ()-") for text in samples if text]
    if any(map(_POINT_GROUPED.match, texts)):
        return Marks(False, True)
    commas = [text for text in texts if _COMMA.match(text)]
    thousands = bool(commas) and delimiter == "," and all(map(_THOUSANDS.match, commas))
    grouped = any(map(_GROUPED.match, texts))
    return Marks(bool(commas or grouped) and not thousands, grouped or thousands)


@dataclass(frozen=True)
class Values:
    """numbers: text to be cast, null where there is none. states: coded text, null where there is
    none; None where there is none at all. bad: bool[n], states of the historian; None for none.
    either: bool[n], states of the historian unless the reading is said to be Good."""

    numbers: pa.Array
    states: pa.DictionaryArray | None = None
    bad: np.ndarray | None = None
    either: np.ndarray | None = None


def read_values(text: pa.Array, marks: Marks) -> Values:
    """Numbers with a decimal point, and states apart from them."""
    text = with_sign(text) if _may_be_behind(text) else text
    if not has_words(text):
        return Values(_with_point(text, marks))
    numeric = pc.match_substring_regex(text, _NUMERIC)
    numeric = numeric.fill_null(True)
    if pc.all(numeric, min_count=0).as_py():
        return Values(_with_point(text, marks))
    words = pc.if_else(numeric, pa.scalar(None, text.type), text).dictionary_encode()
    meant = [_meaning(word) for word in words.dictionary.to_pylist()]
    kinds = np.array([*(kind for kind, _ in meant), "number"])
    own = kinds[words.indices.fill_null(len(meant)).to_numpy()]
    numbers = pc.if_else(pa.array(own == "number"), text, pa.scalar(None, text.type))
    shown = pa.array([name for _, name in meant], pa.string()).dictionary_encode()
    states = pa.DictionaryArray.from_arrays(shown.indices.take(words.indices), shown.dictionary)
    return Values(_with_point(numbers, marks), states, own == "system", own == "either")


def _may_be_behind(text: pa.Array) -> bool:
    """Whether a minus may be written as brackets or behind a number: at little cost."""
    letters = _bytes(text)
    behind = (letters == _MINUS).any() and pc.any(pc.ends_with(text, "-"), min_count=0).as_py()
    return bool(behind or (letters == _OPENING).any())


def has_words(text: pa.Array) -> bool:
    """Whether any letter stands in a text column: by its bytes, all at a stroke."""
    letters = _bytes(text)
    return bool(len(letters) and letters.max() > _LAST_BELOW_LETTERS)


def _bytes(text: pa.Array) -> np.ndarray:
    """uint8: all that stands in a text column, end to end."""
    _, offsets, data = text.buffers()
    if data is None or not len(text):
        return np.empty(0, dtype=np.uint8)
    ends = np.frombuffer(offsets, dtype=np.int32)[text.offset : text.offset + len(text) + 1]
    letters: np.ndarray = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]]
    return letters


@lru_cache(maxsize=4096)
def _meaning(text: str) -> tuple[str, str | None]:
    """(number, None) for what is to be judged as a number, (nothing, None), and with its name
    system, either or state."""
    bare = text.strip()
    word = bare.casefold()
    if word in _NOTHING:
        return "nothing", None
    if _ERROR.match(bare):
        return "system", bare
    if word in _NO_STATE or not bare[:1].isalpha():
        return "number", None
    if is_system_state(bare):
        return "system", bare
    return ("either" if _letters(bare) in _EITHER else "state"), bare


def is_system_state(text: str) -> bool:
    """Whether a state says that there is no value, as `I/O Timeout` does."""
    return _letters(text) in _SYSTEM


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text.casefold())


def _with_point(text: pa.Array, marks: Marks) -> pa.Array:
    if marks.grouped or (
        marks.comma and pc.any(pc.match_substring(text, "."), min_count=0).as_py()
    ):
        text = _ungrouped(text, marks.comma)
    return pc.replace_substring(text, ",", ".") if marks.comma else text


def _ungrouped(text: pa.Array, comma: bool) -> pa.Array:
    """Without the signs between thousands, where they stand right."""
    sign, rest = (_GROUP, r"(,\d+)?") if comma else (f"[,{_SPACES}]", r"(\.\d+)?")
    right = pc.match_substring_regex(text, rf"^\s*[-+]?[1-9]\d{{0,2}}({sign}\d{{3}})+{rest}\s*$")
    return pc.if_else(right, pc.replace_substring_regex(text, sign, ""), text)
