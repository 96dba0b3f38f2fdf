"""Results of a laboratory as numbers where they are, with what stands before or instead of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.header import normalise
from casparian.reading.table import Fields

COLUMNS = (
    "sample_id", "test", "replicate", "batch_id", "product_id", "sampled_at", "analysed_at",
    "result", "qualifier", "reported_limit", "result_text", "units", "lower_limit", "upper_limit",
    "status", "method", "instrument", "analyst", "sample_point", "comment",
)  # fmt: skip
_IS_NUMBER = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
_NUMBER = r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?"
_QUALIFIED = re.compile(rf"(<=|>=|=<|=>|<|>|≤|≥|~|≈)\s*({_NUMBER})?.*")
_SIGNS = {"≤": "<=", "≥": ">=", "=<": "<=", "=>": ">=", "≈": "~"}
_NOT_FOUND = frozenset(
    ("nd", "notdetected", "nn", "nichtnachweisbar", "nachweisbarkeitsgrenze", "bdl", "belowlod",
     "belowloq", "unternachweisgrenze", "bld", "nondetect", "nondétecté", "nodetectado")
)  # fmt: skip
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|–|\.\.+|to|bis|à|a)\s*({_NUMBER}).*", re.I)
_UPPER = re.compile(rf"(?:<=?|≤|max(?:imum)?\.?|nmt|höchstens|not more than)\s*({_NUMBER}).*", re.I)
_LOWER = re.compile(
    rf"(?:>=?|≥|min(?:imum)?\.?|nlt|mindestens|not less than)\s*({_NUMBER}).*", re.I
)
Split = tuple[str | None, str | None]


class Results:
    """One file's results."""

    def __init__(self) -> None:
        self.qualified = self.words = 0
        self.sampled = self.analysed = False

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The columns of `lims_results`."""
        columns = {name: found[name] for name in COLUMNS if name in found}
        columns["sampled_at"] = self._sampled(found)
        columns |= self._results(found)
        columns |= _limits(found)
        columns["replicate"] = pc.fill_null(found["replicate"], "1")
        if found["units"].null_count == len(found["units"]) and "result" in units:
            columns["units"] = pa.array([units["result"]] * len(found["units"]), pa.string())
        return {name: columns[name] for name in COLUMNS}

    def _sampled(self, found: Fields) -> pa.Array:
        """When the sample was taken; when it was analysed where the file never says it."""
        at, later = found["sampled_at"], found["analysed_at"]
        self.sampled |= at.null_count < len(at)
        if self.sampled:
            return at
        self.analysed |= later.null_count < len(later)
        return later

    def _results(self, found: Fields) -> Fields:
        text, sign = found["result"], found["qualifier"]
        number = pc.fill_null(pc.match_substring_regex(text, _IS_NUMBER), False)
        plain = pc.and_(number, sign.is_null())
        parts: list[Split] = [(None, None)] * len(text)
        for place in pc.indices_nonzero(pc.and_(text.is_valid(), pc.invert(plain))).to_pylist():
            parts[place] = self._split(text[place].as_py(), sign[place].as_py())
        qualifiers = pa.array([each[0] for each in parts], pa.string())
        limits = pa.array([each[1] for each in parts], pa.string())
        nothing = pa.scalar(None, pa.string())
        below = pc.if_else(pc.equal(qualifiers, "<"), found["detection_limit"], nothing)
        return {
            "result": pc.if_else(pc.and_(number, qualifiers.is_null()), text, nothing),
            "qualifier": qualifiers,
            "reported_limit": pc.coalesce(limits, below),
            "result_text": text,
        }

    def _split(self, text: str, sign: str | None) -> Split:
        """Qualifier and limit: of `<0.05`, of `<` in a column beside 0.05, of `not detected`."""
        own = sign.strip() if sign else ""
        found = _QUALIFIED.fullmatch(own + text if _QUALIFIED.fullmatch(own) else text)
        if found:
            self.qualified += 1
            limit = found[2].replace(",", ".") if found[2] else None
            return _SIGNS.get(found[1], found[1]), limit
        if normalise(text) in _NOT_FOUND:
            self.qualified += 1
            return "<", None
        self.words += not re.match(_IS_NUMBER, text)
        return None, None

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        if self.analysed and not self.sampled:
            yield "No time of sampling is given: sampled_at is the time of the analysis."
        if self.qualified:
            word = "result lies" if self.qualified == 1 else "results lie"
            yield (
                f"{self.qualified} {word} beyond a limit of the method (as <0.05): result is null, "
                "qualifier and reported_limit say so."
            )
        if self.words:
            word = (
                "result is no number and stays"
                if self.words == 1
                else ("results are no numbers and stay")
            )
            yield f"{self.words} {word} as result_text."


def _limits(found: Fields) -> Fields:
    """Limits from a specification such as `6.5 - 7.5` or `max. 10` where there are none."""
    spec = found["specification"]
    if spec.null_count == len(spec):
        return {}
    coded = spec.dictionary_encode()
    pairs = [_bounds(text) for text in coded.dictionary.to_pylist()]
    lower = pa.array([pair[0] for pair in pairs], pa.string()).take(coded.indices)
    upper = pa.array([pair[1] for pair in pairs], pa.string()).take(coded.indices)
    return {
        "lower_limit": pc.coalesce(found["lower_limit"], lower),
        "upper_limit": pc.coalesce(found["upper_limit"], upper),
    }


def _bounds(text: str) -> Split:
    bare = text.strip()
    if found := _RANGE.fullmatch(bare):
        return found[1].replace(",", "."), found[2].replace(",", ".")
    if found := _UPPER.fullmatch(bare):
        return None, found[1].replace(",", ".")
    if found := _LOWER.fullmatch(bare):
        return found[1].replace(",", "."), None
    return None, None
