"""Which days a change of an alarm concerns, and which changes from outside reach into days.

An alarm stands from its raise to its clear, or else until it is raised again, or else for ever; a
change says something of the day of the raise, and of all the days from then on on which it stands
otherwise. What has no raise stands from the first day. As casparian.kpi.alarms and the models
int_alarm_occurrences and int_alarms have it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spark_jobs.held_rows import DAY_US, FOREVER, Whole, codes, days_between, microseconds, windows

COLUMNS = ("alarm_id", "state", "timestamp", "tag_name", "condition", "area", "paired_by")
STATES = {"ACTIVE": 0, "ACK": 1, "CLEAR": 2}
RAISE, ACK, CLEAR, OTHER = 0, 1, 2, 3
SIGHT = ("SHELVED", "SUPPRESSED", "DISABLED", "UNSHELVED", "UNSUPPRESSED", "ENABLED")
NONE = -1
Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Alarms:
    """The changes of a journal, in order of series and time.

    at: instants, microseconds from 1970. state: RAISE, ACK, CLEAR, or OTHER for what hides an alarm
    or shows it again. series: number of what is paired. alarm: number of tag and condition. area:
    number of the area, of the alarm where it has none. changed: which rows are.
    """

    at: Whole
    state: Whole
    series: Whole
    alarm: Whole
    area: Whole
    changed: Flags
    lasting: bool = True

    @classmethod
    def of(cls, table: pa.Table, changed: Flags) -> Alarms:
        """Of a table with COLUMNS; events are left out."""
        kept = np.asarray(pc.is_in(table["state"], value_set=pa.array([*STATES, *SIGHT])))
        table, changed = table.filter(pa.array(kept)), changed[kept]
        at = microseconds(table["timestamp"])
        state = np.full(len(at), OTHER, dtype=np.int64)
        for name, number in STATES.items():
            state[np.asarray(pc.equal(table["state"], name))] = number
        alarm = codes(table, ("tag_name", "condition"))
        by_order = np.asarray(pc.fill_null(pc.equal(table["paired_by"], "order"), False))
        series = np.where(by_order, -1 - alarm, codes(table, ("alarm_id",)))
        area = np.where(table["area"].is_valid(), codes(table, ("area",)), -1 - alarm)
        order = np.lexsort((state, at, series, state == OTHER))
        at, state, series, alarm, area = (v[order] for v in (at, state, series, alarm, area))
        return cls(at, state, series, alarm, area, changed[order])

    @cached_property
    def occurrence(self) -> Whole:
        """Number of the occurrence of each row; what hides or shows has one for itself."""
        begins = np.append(True, self.series[1:] != self.series[:-1])[: len(self.at)]
        found: Whole = np.cumsum(begins | (self.state == RAISE) | (self.state == OTHER)) - 1
        return found

    @cached_property
    def instants(self) -> Whole:
        """The instants at which anything changed."""
        return np.unique(self.at)

    @cached_property
    def moment(self) -> Whole:
        """The number of each row's instant."""
        return np.searchsorted(self.instants, self.at).astype(np.int64)

    @cached_property
    def raised(self) -> Rows:
        """The row that raised each occurrence, NONE where it is not there."""
        found = np.full(int(self.occurrence.max(initial=-1)) + 1, NONE, dtype=np.intp)
        raises = np.flatnonzero(self.state == RAISE)
        found[self.occurrence[raises]] = raises
        return found

    @cached_property
    def cleared(self) -> Flags:
        """Whether each occurrence is cleared."""
        found = np.zeros(len(self.raised), dtype=bool)
        found[self.occurrence[self.state == CLEAR]] = True
        return found

    @cached_property
    def kind(self) -> Whole:
        """Number of the alarm and area of each row."""
        areas = self.area - self.area.min(initial=0)
        return np.asarray(areas * (self.alarm.max(initial=0) + 1) + self.alarm)

    @cached_property
    def span(self) -> tuple[Whole, Whole]:
        """First and last instant of each occurrence; what is not raised has begun before all."""
        first = np.where(self.raised == NONE, 0, self.at[self.raised])
        last = np.zeros(len(first), dtype=np.int64)
        np.maximum.at(last, self.occurrence, self.at)
        again = np.where(self.raised == NONE, NONE, self._next(self.raised, self.state == RAISE))
        other = np.zeros(len(first), dtype=bool)
        other[self.occurrence[self.state == OTHER]] = True
        until = np.where(again == NONE, FOREVER, self.at[again])
        return np.where(other, last, first), np.where(
            self.cleared | other, last, np.maximum(until, last)
        )

    def new_kinds(self) -> bool:
        """A new alarm concerns no days before its own."""
        return False

    def moved_days(self, between: bool) -> set[int]:
        """The days that the changed rows concern; between: also those from raise to clear.

        The days on which an occurrence was raised that has a change more or less, and those on
        which something stands otherwise: until the alarm is raised again. They begin with the
        change before it, for until then the journal went.
        """
        hit = np.flatnonzero(self.changed)
        if not len(hit):
            return set()
        own = self.raised[self.occurrence[hit]]
        behind = self.raised[np.maximum(self.occurrence[hit] - 1, 0)]
        behind = np.where(self.series[behind] == self.series[hit], behind, NONE)
        known = self.instants
        since = known[np.maximum(np.searchsorted(known, self.at[hit]) - 1, 0)]
        since = np.where((own == NONE) & (self.state[hit] != OTHER), known[0], since)
        again = self._next(hit, self.state == RAISE)
        until = np.where((again == NONE) | (self.state[hit] == OTHER), known[-1], self.at[again])
        until = np.where((self.state[hit] == ACK) & (own != NONE), self.at[hit], until)
        found = days_between(since, np.maximum(until, since))
        for raises in (own, behind):
            there = raises != NONE
            began = self.at[raises[there]]
            found |= days_between(began, self.at[hit][there] if between else began)
        return found

    def reaching(self, days: Collection[int], margin: int) -> list[int]:
        """Instants of changes outside of these days, so many wider, that tell what stands on them.

        With the first of each area and the last of all, between which there are days at all.
        """
        if not len(self.at):
            return []
        spans = [(a - margin * DAY_US, b + margin * DAY_US) for a, b in windows(days)]
        first, last = self.span
        stands = np.any([(first < b) & (last >= a) for a, b in spans], axis=0)
        inside = np.any([(self.at >= a) & (self.at < b) for a, b in spans], axis=0)
        wanted = stands[self.occurrence] | inside
        in_time = np.argsort(self.at, kind="stable")
        wanted[in_time[np.unique(self.area[in_time], return_index=True)[1]]] = True
        wanted[in_time[-1]] = True
        raises = np.flatnonzero(wanted & (self.state == RAISE))
        for more in (self._next(raises, self.state == RAISE), self._hidden_by(raises)):
            wanted[more[more != NONE]] = True
        before = None
        while before is None or not np.array_equal(before, wanted):
            before = wanted.copy()
            # who changed at an instant that is read is read as well: it must be whole, and end
            wanted |= _alike(self.moment, wanted & ~inside)
            wanted |= _alike(self.occurrence, wanted)
            for start, _ in spans:
                wanted[self._raised_before(start, wanted)] = True
        return sorted(set(self.at[wanted & ~inside].tolist()))

    def _raised_before(self, instant: int, wanted: Flags) -> Rows:
        """The last raises before an instant of the alarms that would stand at it without them."""
        open_ = wanted & (self.state == RAISE) & ~self.cleared[self.occurrence]
        rows = np.flatnonzero(open_ & (self.at < instant))
        raises = (self.state == RAISE) & (self.at < instant)
        last = self._beside(rows, raises, self.kind, np.full(len(rows), instant), -1)
        found: Rows = last[last != NONE]
        return found

    def _next(self, rows: Rows, among: Flags) -> Rows:
        """The next row of each one's alarm and area among these, NONE where there is none."""
        return self._beside(rows, among, self.kind, self.at[rows], 0)

    def _hidden_by(self, rows: Rows) -> Rows:
        """What hid or showed the alarms of these rows last."""
        return self._beside(rows, self.state == OTHER, self.alarm, self.at[rows], -1)

    def _beside(self, rows: Rows, among: Flags, kind: Whole, at: Whole, step: int) -> Rows:
        """Among these of each one's kind the first row after an instant (0), or the last (-1)."""
        near = np.flatnonzero(among)
        instants = self.instants
        place = kind[near] * (len(instants) + 1) + self.moment[near] + 1
        order = np.argsort(place, kind="stable")
        near, place = near[order], place[order]
        if not len(near):
            return np.full(len(rows), NONE, dtype=np.intp)
        sought = kind[rows] * (len(instants) + 1) + np.searchsorted(instants, at, side="right")
        found = np.searchsorted(place, sought, side="right") + step
        there = (found >= 0) & (found < len(near))
        candidates = near[np.clip(found, 0, len(near) - 1)]
        there &= kind[candidates] == kind[rows]
        return np.where(there, candidates, NONE)


def _alike(group: Whole, chosen: Flags) -> Flags:
    """The rows whose group has a chosen one."""
    found = np.zeros(int(group.max(initial=-1)) + 1, dtype=bool)
    found[group[chosen]] = True
    return np.asarray(found[group])
