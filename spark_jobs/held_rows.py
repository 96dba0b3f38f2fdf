"""Rows that hold until the next one of their kind: a counter's stand, a machine's state.

Such a row concerns days on which nothing was written. Of a source that says so (``holds`` in
sources.yml) the columns that name and order its rows are read as a whole, and no others: what a
changed row moves, and which rows from outside reach into the days of a build, is found here, so
that SQL reads those days and no history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Whole = NDArray[np.int64]
DAY_US = 86_400_000_000
FOREVER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Holds:
    """How the rows of a source follow each other.

    by: columns whose values have a row after the other, the widest (a device) first. order: columns
    that order them, time where there are none. told: only rows that have one of these. lasting: the
    last row holds on; else it holds for nothing until there is a next one.
    """

    by: tuple[str, ...]
    order: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    lasting: bool = False

    @classmethod
    def of(cls, said: Mapping[str, Any] | None) -> Holds | None:
        """From ``days.holds`` of a source in sources.yml; None where it says nothing."""
        if said is None:
            return None
        lists = {name: tuple(said.get(name, ())) for name in ("by", "order", "told")}
        return cls(**lists, lasting=said.get("lasting", False))

    def columns(self, start: str) -> list[str]:
        """The columns that tell how a source's rows follow each other."""
        return list(dict.fromkeys((*self.by, *self.order, *self.told, start)))


@dataclass(frozen=True)
class Held:
    """Rows of a source, of one kind after the other; instants are microseconds from 1970.

    at: when it was said. start: since when it holds, never before what was said earlier in the
    order. teller: index of the row whose instant `start` is. end: until when it holds, FOREVER for
    the last one where that lasts. before: the instant before of anything of the widest kind.
    """

    key: Whole
    at: Whole
    start: Whole
    teller: Whole
    end: Whole
    before: Whole
    changed: NDArray[np.bool_]
    lasting: bool

    @classmethod
    def of(cls, table: pa.Table, changed: NDArray[np.bool_], at: str, holds: Holds) -> Held:
        """Of a table with the columns of `holds` and `at`; changed: which of its rows are."""
        if holds.told:
            kept = np.any([_valid(table[name]) for name in holds.told], axis=0)
            table, changed = table.filter(pa.array(kept)), changed[kept]
        said = microseconds(table[at])
        key, wide = codes(table, holds.by), codes(table, holds.by[:1])
        orders = [np.asarray(table[name]) for name in reversed(holds.order)] or [said]
        place = np.lexsort((*orders, key))
        key, said, wide = key[place], said[place], wide[place]
        start, teller = _monotone(key, said)
        before = _before(wide, said)
        end = _ends(key, start, holds.lasting)
        return cls(key, said, start, teller, end, before, changed[place], holds.lasting)

    def new_kinds(self) -> bool:
        """Whether there is a kind of what lasts of which every row is a changed one."""
        return self.lasting and len(np.unique(self.key[~self.changed])) < len(np.unique(self.key))

    def moved_days(self) -> set[int]:
        """The days that the changed rows concern.

        From that of the row before it, which ended with it, to that of the next one, until which it
        held. Before a row what lasts says what it said, save where it had ended with all that was
        known.
        """
        same = np.concatenate(([False], self.key[1:] == self.key[:-1]))
        previous = np.where(same, np.roll(self.start, 1), self.start)
        first = np.minimum(self.before, self.start) if self.lasting else previous
        last = np.minimum(self.until(), self.at.max(initial=0))
        return days_between(first[self.changed], np.maximum(first, last)[self.changed])

    def until(self) -> Whole:
        """When the first later row of a kind holds; a row that was overtaken holds for nothing."""
        n = len(self.key)
        if not n:
            return self.end
        fresh = np.concatenate(
            ((self.key[1:] != self.key[:-1]) | (np.diff(self.start) > 0), [True])
        )
        following = np.where(fresh, np.arange(n), n)
        return self.end[np.minimum.accumulate(following[::-1])[::-1]]

    def touching(self, spans: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
        """Which rows hold at some instant of the spans [first, end)."""
        found = np.zeros(len(self.key), dtype=bool)
        for first, end in spans:
            found |= (self.start < end) & (self.end >= first)
        return found

    def days_touching(self, days: Collection[int]) -> set[int]:
        """The days of all that holds on one of these days."""
        found = self.touching(windows(days)) & (self.end != FOREVER)
        return days_between(self.start[found], self.end[found])

    def reaching(self, days: Collection[int], margin: int) -> list[int]:
        """Instants of rows outside of these days, so many wider, that tell what holds on them.

        Of what lasts that is also the last row of each kind, which tells what there is.
        """
        spans = [(a - margin * DAY_US, b + margin * DAY_US) for a, b in windows(days)]
        found = self.touching(spans)
        same = self.key[1:] == self.key[:-1]
        found[1:] |= found[:-1] & same
        if self.lasting:
            found |= self.end == FOREVER
        wanted = np.union1d(np.flatnonzero(found), self.teller[found])
        outside = ~np.any([(self.at >= a) & (self.at < b) for a, b in spans], axis=0)
        return sorted(set(self.at[wanted[outside[wanted]]].tolist()))


def windows(days: Collection[int]) -> list[tuple[int, int]]:
    """Runs of days as spans of instants [first, end)."""
    return [(first * DAY_US, (last + 1) * DAY_US) for first, last in runs(days)]


def runs(days: Collection[int]) -> list[tuple[int, int]]:
    """First and last of each run of days."""
    known = set(days)
    starts = sorted(day for day in known if day - 1 not in known)
    ends = sorted(day for day in known if day + 1 not in known)
    return list(zip(starts, ends, strict=True))


def days_between(first: Whole, last: Whole) -> set[int]:
    """All days from those of the first instants to those of the last."""
    pairs = np.unique(np.stack((first // DAY_US, last // DAY_US)), axis=1).T.tolist()
    return {day for start, end in pairs for day in range(start, end + 1)}


def _valid(values: pa.ChunkedArray) -> NDArray[np.bool_]:
    return np.asarray(pc.is_valid(values))


def microseconds(values: pa.ChunkedArray) -> Whole:
    return np.asarray(values.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()))


def codes(table: pa.Table, names: Sequence[str]) -> Whole:
    """A number for each combination of values; nulls are a value."""
    code = np.zeros(table.num_rows, dtype=np.int64)
    for name in names:
        known = pc.dictionary_encode(table[name].combine_chunks(), null_encoding="encode")
        known = known.combine_chunks() if isinstance(known, pa.ChunkedArray) else known
        code = code * (len(known.dictionary) + 1) + np.asarray(known.indices)
        code = np.unique(code, return_inverse=True)[1].astype(np.int64)
    return code


def _monotone(key: Whole, at: Whole) -> tuple[Whole, Whole]:
    """The latest instant so far of each row's kind, and the row that told it."""
    if not len(at):
        return at, at
    instants, rank = np.unique(at, return_inverse=True)
    ahead = rank + key * len(instants)
    highest = np.maximum.accumulate(ahead)
    told = np.where(ahead == highest, np.arange(len(at)), 0)
    return instants[highest - key * len(instants)], np.maximum.accumulate(told)


def _before(wide: Whole, at: Whole) -> Whole:
    """The instant before each row's of its widest kind, its own where there is none."""
    place = np.lexsort((at, wide))
    found = at.copy()
    same = wide[place][1:] == wide[place][:-1]
    found[place[1:][same]] = at[place[:-1][same]]
    return found


def _ends(key: Whole, start: Whole, lasting: bool) -> Whole:
    if not len(key):
        return start
    last = np.concatenate((key[1:] != key[:-1], [True]))
    return np.where(last, FOREVER if lasting else start, np.roll(start, -1))
