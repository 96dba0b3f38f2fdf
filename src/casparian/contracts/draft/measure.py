"""What the values of a column are, told block by block in bounded memory."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.contracts.verdict import FALSE, NUMBER, TRUE
from casparian.reading.cells import plain_numbers
from casparian.reading.times import UTC_US, Clock, Layout, detect_layout

MOST_DISTINCT = 200  # values counted by name
MOST_HASHED = 2_000_000  # values compared with each other
EXAMPLES = 3
LOOKED = 2000  # values, to see how they are written
LARGE = ("ms", "us", "ns", "filetime", "ticks")  # units in which today is a large number
_INTEGER = r"^\s*[-+]?[0-9]{1,18}\s*$"
_CODE = r"^\s*[-+]?0[0-9]+\s*$"  # 00471 is an article, 0.5 and 0 are numbers
_DAY = r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"
_CLOCK = r"^\s*[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?\s*([AaPp][Mm])?\s*$"
_OFFSET = r"(Z|[+-][0-9]{2}:?[0-9]{2}|UTC|GMT)\s*$"
TIME_WORD = re.compile(
    r"time|date|stamp|epoch|zeit|datum|uhr|heure|horodat|beginn?|start|end\b|ende|debut|fin\b|"
    r"(_|\b)(at|ts|t)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Weighted:
    """Values with how often each occurs; None where each stands for itself."""

    texts: pa.Array
    weights: np.ndarray | None
    total: int

    @classmethod
    def of(cls, values: pa.Array, repeats: bool) -> _Weighted:
        if not repeats:
            return cls(values, None, len(values))
        coded = values.dictionary_encode()
        weights = np.bincount(coded.indices.to_numpy(), minlength=len(coded.dictionary))
        return cls(coded.dictionary, weights, len(values))

    def count(self, mask: pa.Array) -> int:
        """How many values the mask marks."""
        if self.weights is None:
            return int(pc.sum(mask).as_py() or 0)
        marked = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
        return int(self.weights[marked].sum())

    def match(self, pattern: str) -> int:
        """How many values have the form."""
        return self.count(pc.match_substring_regex(self.texts, pattern))


def _all_numbers(texts: pa.Array) -> np.ndarray | None:
    """The values as float64 where all are numbers; None where any is not, or needs a look."""
    try:
        numbers: np.ndarray = texts.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return numbers if np.isfinite(numbers).all() else None


def _all_differ(hashes: np.ndarray) -> bool:
    """Whether no hash comes twice; sorts them."""
    hashes.sort()
    return not (hashes[1:] == hashes[:-1]).any()


def _all_integers(texts: pa.Array) -> bool:
    try:
        texts.cast(pa.int64())
    except pa.ArrowInvalid:
        return False
    return True


@dataclass
class Column:
    """One column's values so far. Counts are of values that are there.

    low, high: extremes of the numbers; first, last: of the times, as instants [us]. comma: numbers
    that are written with a decimal comma. strangers: examples of what is no number or time.
    """

    header: str
    records: int = 0
    filled: int = 0
    integers: int = 0
    numbers: int = 0
    comma: int = 0
    codes: int = 0
    booleans: int = 0
    days: int = 0
    clocks: int = 0
    times: int = 0
    offsets: int = 0
    low: float = np.inf
    high: float = -np.inf
    first: int | None = None
    last: int | None = None
    layout: Layout | None = None
    distinct: Counter[str] | None = field(default_factory=Counter)
    unique: bool = True
    strangers: dict[str, None] = field(default_factory=dict)
    _hashes: list[np.ndarray] = field(default_factory=list)
    _hashed: int = 0

    def add(self, text: pa.Array, comma: bool) -> None:
        """More values, cleaned. comma: whether a comma may be the decimal sign there."""
        self.records += len(text)
        values = text.drop_null()
        if not len(values):
            return
        before, self.filled = self.filled, self.filled + len(values)
        coded = values.slice(0, LOOKED).dictionary_encode()
        repeats = len(coded.dictionary) * 2 < len(coded)
        own = _Weighted.of(values, repeats)
        numeric = self._numbers(own, comma)
        self._times(own, before, numeric)
        if not numeric:
            self.booleans += own.count(
                pc.is_in(pc.utf8_lower(own.texts), pa.array([*TRUE, *FALSE]))
            )
        self._compare(values, own)

    def _numbers(self, own: _Weighted, comma: bool) -> bool:
        """Count numbers; whether all are."""
        if (numbers := _all_numbers(own.texts)) is not None:
            self.numbers += own.total
            self.integers += own.total if _all_integers(own.texts) else own.match(_INTEGER)
            self.codes += own.match(_CODE)
            self.low, self.high = min(self.low, numbers.min()), max(self.high, numbers.max())
            return True
        pointed = plain_numbers(own.texts, comma)
        self.comma += own.count(pc.not_equal(pointed, own.texts)) if comma else 0
        self.integers += own.count(pc.match_substring_regex(pointed, _INTEGER))
        self.codes += own.count(pc.match_substring_regex(pointed, _CODE))
        matched = pc.match_substring_regex(pointed, NUMBER)
        found = pointed.filter(matched)
        self.numbers += own.count(matched)
        if len(found):
            numbers = pc.utf8_trim_whitespace(found).cast(pa.float64()).to_numpy()
            self.low, self.high = min(self.low, numbers.min()), max(self.high, numbers.max())
        if len(found) < len(own.texts) and len(self.strangers) < EXAMPLES:
            for text in own.texts.filter(pc.invert(matched)).slice(0, EXAMPLES).to_pylist():
                self.strangers.setdefault(text[:40], None)
        return len(found) == len(own.texts)

    def _times(self, own: _Weighted, before: int, numeric: bool) -> None:
        """before: values of earlier blocks. numeric: these are all plain numbers."""
        if not numeric:
            self.days += own.match(_DAY)
            self.clocks += own.match(_CLOCK)
        if self.layout is None:
            self.layout = detect_layout(own.texts.slice(0, LOOKED).to_pylist())
        number = self.layout.number
        if numeric and (number is None or not self._may_count(number)):
            return
        if self.times * 2 < before:
            return  # most of what came before was no time
        stamps = Clock(None, self.layout).utc(own.texts)
        self.times += own.count(stamps.is_valid())
        self.offsets += 0 if numeric else own.match(_OFFSET)
        known = stamps.drop_null().cast(UTC_US).cast(pa.int64())
        if len(known):
            low, high = pc.min_max(known).as_py().values()
            self.first = low if self.first is None else min(self.first, low)
            self.last = high if self.last is None else max(self.last, high)

    def _may_count(self, number: str) -> bool:
        """Numbers are times if their header says so, or if they are too large for much else."""
        return number in LARGE or TIME_WORD.search(self.header) is not None

    def _compare(self, values: pa.Array, own: _Weighted) -> None:
        """Count distinct values while they are few; compare all while none came twice."""
        if self.distinct is not None:
            if len(own.texts) + len(self.distinct) > 2 * MOST_DISTINCT and own.weights is not None:
                self.distinct = None
            else:
                self._distinguish(own)
        if self.unique and self._hashed < MOST_HASHED:
            hashes = np.array([*map(hash, values.to_pylist())], dtype=np.int64)
            self._hashed += len(values)
            self._hashes.append(hashes)
            self.unique = _all_differ(hashes)
            if self.unique and len(self._hashes) > 64:
                self._merge()

    def _distinguish(self, own: _Weighted) -> None:
        counted = self.distinct or Counter()
        if own.weights is None:
            pairs = pc.value_counts(own.texts)
            texts, counts = (pairs.field(i).to_pylist() for i in (0, 1))
        else:
            texts, counts = own.texts.to_pylist(), own.weights.tolist()
        if len(texts) + len(counted) > 2 * MOST_DISTINCT:
            self.distinct = None
            return
        counted.update(dict(zip(texts, counts, strict=True)))
        self.distinct = counted if len(counted) <= MOST_DISTINCT else None

    def _merge(self) -> None:
        merged = np.concatenate(self._hashes)
        self.unique = _all_differ(merged)
        self._hashes = [merged] if self.unique else []

    def finish(self) -> None:
        """Compare what has not been compared yet; give memory back."""
        if self.unique and len(self._hashes) > 1:
            self._merge()
        self._hashes = []

    @property
    def compared(self) -> int:
        """How many values were compared with each other."""
        return self._hashed

    @property
    def empty(self) -> int:
        return self.records - self.filled
