"""What one span of a file must know of the spans before it, and of how they go on behind it.

Spans of a big file are judged side by side, and every record meets the verdict that it would meet
if the file were read whole: each span is surveyed first, the surveys are put together in file
order, and each span is then judged with what the others hand it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from casparian.contracts.readings import ClockOrder, OfflineZero, Run, micros
from casparian.contracts.tags import Tags
from casparian.contracts.verdict import Verdict
from casparian.kpi.timeseries.offline import lasts, stretches

Tag = str | None


@dataclass
class Zeros:
    """A run of exact zeros of one tag within a span: microseconds of its first reading, and the
    lowest and highest of all."""

    first: int
    low: int
    high: int

    def extend(self, times: np.ndarray) -> None:
        self.low = min(self.low, int(times.min()))
        self.high = max(self.high, int(times.max()))


@dataclass
class Ends:
    """A tag's zeros at both ends of a span. lead: the run that it begins with, None where it begins
    with another value. closed: another value came. trail: the run after the last of those."""

    lead: Zeros | None = None
    closed: bool = False
    trail: Zeros | None = None

    def zeros(self, times: np.ndarray) -> None:
        run = self.trail if self.closed else self.lead
        if run is None:
            first = int(times[0])
            run = Zeros(first, first, first)
            if self.closed:
                self.trail = run
            else:
                self.lead = run
        run.extend(times)

    def other(self) -> None:
        self.closed, self.trail = True, None


@dataclass
class Survey:
    """What one span of a file is to the others.

    records: read in it, damage included. nights: local days (since 1970) with times that occur
        twice. sign, unordered: see ClockOrder. times_of: lowest and highest time of each tag's
        readings that broke no rule. ends: zeros of the tags that cannot rest at zero.
    """

    records: int = 0
    nights: frozenset[int] = frozenset()
    sign: int = 0
    unordered: bool = False
    times_of: dict[Tag, tuple[int, int]] = field(default_factory=dict)
    ends: dict[Tag, Ends] = field(default_factory=dict)


@dataclass
class Carry:
    """What a span is judged with.

    latest: each tag's latest time in the file's direction. open: tags in a run of zeros when the
    span begins: its first time, and whether it is offline. goes_on: tags whose run of zeros goes on
    behind the span, and whether it is offline.
    """

    records: int = 0
    sign: int = 0
    unordered: bool = False
    latest: dict[Tag, int] = field(default_factory=dict)
    open: dict[Tag, tuple[int, bool]] = field(default_factory=dict)
    goes_on: dict[Tag, bool] = field(default_factory=dict)

    def order(self, tags: Tags) -> ClockOrder:
        """The judge of clocks as it stands when the span begins."""
        order = ClockOrder()
        order.sign, order.unordered = self.sign, self.unordered
        for name, time in self.latest.items():
            code = tags.code(name)
            order.grow(code + 1)
            order.latest[code] = time
        return order

    def offline(self, tags: Tags) -> OfflineZero:
        """The judge of zeros as it stands when the span begins."""
        judge = OfflineZero(tags)
        for name, (first, offline) in self.open.items():
            judge.open[tags.code(name)] = Run(first, offline=offline)
        judge.goes_on = {tags.code(name): offline for name, offline in self.goes_on.items()}
        return judge


class Surveyor:
    """Looks at the readings of one span, verdict by verdict."""

    def __init__(self, tags: Tags):
        self.tags = tags
        self.order = ClockOrder()
        self.low, self.high = _none(np.iinfo(np.int64).max), _none(np.iinfo(np.int64).min)
        self.ends: dict[int, Ends] = {}

    def look(self, verdict: Verdict) -> None:
        """Take in a batch as the contract's own rules have left it."""
        self._times(verdict)
        self._zeros(verdict)
        if not self.order.sign and not self.order.unordered:
            self.order.late(verdict)

    def survey(self, records: int, nights: frozenset[int]) -> Survey:
        name = self.tags.name
        times = {
            name(code): (int(self.low[code]), int(self.high[code]))
            for code in np.flatnonzero(self.low <= self.high).tolist()
        }
        ends = {name(code): found for code, found in self.ends.items()}
        return Survey(records, nights, self.order.sign, self.order.unordered, times, ends)

    def _times(self, verdict: Verdict) -> None:
        places = np.flatnonzero(verdict.codes <= 0)
        size = len(self.tags)
        if size > len(self.low):
            self.low = np.concatenate([self.low, _none(np.iinfo(np.int64).max, size)])[:size]
            self.high = np.concatenate([self.high, _none(np.iinfo(np.int64).min, size)])[:size]
        codes, times = verdict.tag_codes[places], micros(verdict)[places]
        np.minimum.at(self.low, codes, times)
        np.maximum.at(self.high, codes, times)

    def _zeros(self, verdict: Verdict) -> None:
        zero_is_none = ~self.tags.fact(3).astype(bool)
        part = verdict.valid & zero_is_none[verdict.tag_codes]
        zero = part & (verdict.fields["value"].to_numpy(zero_copy_only=False) == 0)
        found, times = stretches(verdict.tag_codes, zero, part, zero_is_none), micros(verdict)
        for code, start, stop, run in zip(
            *(each.tolist() for each in (found.tag, found.start, found.stop, found.zero)),
            strict=True,
        ):
            ends = self.ends.setdefault(code, Ends())
            if run:
                ends.zeros(times[found.rows[start:stop]])
            else:
                ends.other()


def _none(value: int, size: int = 0) -> np.ndarray:
    return np.full(size, value, dtype=np.int64)


def hand_on(surveys: Sequence[Survey]) -> list[Carry]:
    """What each span is judged with, from the surveys of all spans in file order.

    The direction of time must be known after the first span; see `can_be_cut`.
    """
    carries = list(_in_order(surveys))
    for name in {name for survey in surveys for name in survey.ends}:
        for run in _runs(name, surveys):
            run.tell(name, carries)
    return carries


def can_be_cut(surveys: Sequence[Survey]) -> bool:
    """Whether these spans can be judged side by side: where there are readings, the first span must
    tell the direction of time."""
    return bool(surveys[0].sign) or not any(survey.times_of for survey in surveys)


def one_night(surveys: Sequence[Survey]) -> list[tuple[int, int]]:
    """Which spans must be one, as (first, last) in order: those that share a night in which times
    occur twice, and all between them, since only the order of records tells these times apart."""
    groups = [(span, span) for span in range(len(surveys))]
    for night in {night for survey in surveys for night in survey.nights}:
        touched = [span for span, survey in enumerate(surveys) if night in survey.nights]
        low, high = touched[0], touched[-1]
        inside = [group for group in groups if group[1] >= low and group[0] <= high]
        groups = [group for group in groups if group not in inside]
        groups.append((inside[0][0], inside[-1][1]))
        groups.sort()
    return groups


def _in_order(surveys: Sequence[Survey]) -> Iterator[Carry]:
    sign, unordered = surveys[0].sign, surveys[0].unordered
    before = Carry()
    for survey in surveys:
        yield before
        latest = dict(before.latest)
        for name, (low, high) in survey.times_of.items():
            edge = -low if sign < 0 else high
            latest[name] = max(edge, latest.get(name, edge))
        before = Carry(before.records + survey.records, sign, unordered, latest)


@dataclass
class _LongRun:
    """A run of zeros over one or more spans. `spans` are those it touches, in order."""

    first: int
    spans: list[int]
    offline: bool = False

    def add(self, span: int, zeros: Zeros) -> None:
        self.spans.append(span)
        self.offline |= lasts(np.array([zeros.low, zeros.high]), self.first)

    def tell(self, name: Tag, carries: list[Carry]) -> None:
        """Every span from the first to the last one meets the run at an end of its own."""
        for span in range(self.spans[0], self.spans[-1] + 1):
            if span > self.spans[0]:
                carries[span].open[name] = (self.first, self.offline)
            if span < self.spans[-1]:
                carries[span].goes_on[name] = self.offline


def _runs(name: Tag, surveys: Sequence[Survey]) -> Iterator[_LongRun]:
    """The tag's runs that touch an end of a span. A run that another value closes at the very
    beginning of a span touches that span, too: it must be closed there."""
    run: _LongRun | None = None
    for span, survey in enumerate(surveys):
        ends = survey.ends.get(name)
        if ends is None:
            continue
        if ends.lead:
            run = run or _LongRun(ends.lead.first, [])
            run.add(span, ends.lead)
        if ends.closed:
            if run:
                yield run
            run = None
            if ends.trail:
                run = _LongRun(ends.trail.first, [])
                run.add(span, ends.trail)
    if run:
        yield run
