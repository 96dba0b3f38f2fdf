"""Verdicts on historian readings that need the tag list, or the readings around them.

After the contract's own rules come the limits a tag, then two checks over the file in its order:

* an offline sensor: a tag that cannot rest at zero reads exactly 0 for ten minutes or longer;
* a clock that went back: a reading not later than its tag's latest one. An exact copy of an
  earlier reading is a duplicate, anything else is quarantined.

Both hold back the few readings they cannot decide yet, so memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.contracts.model import Column, TableContract
from casparian.contracts.tags import Tags
from casparian.contracts.verdict import Judge, Verdict, above, below, cast, given, mask
from casparian.kpi.timeseries.offline import lasts, stretches
from casparian.reading.base import Batch

HELD = -1  # code of a record whose verdict is still open
DUPLICATE = -2  # code of a record that is an exact copy of an earlier one


class ReadingsJudge(Judge):
    """The contract of `historian_values` with the tag list's limits."""

    def __init__(self, contract: TableContract, tags: Tags):
        super().__init__(contract)
        self.tags = tags

    def judge(self, batch: Batch) -> Verdict:
        batch = _coded(batch)
        codes = self.tags.codes(batch.fields["tag_name"])
        self._tag_codes, self._text_tags = codes, self.tags.fact(4).astype(bool)
        verdict = super().judge(batch)
        verdict.tag_codes = codes
        return verdict

    def _typed(self, batch: Batch) -> tuple[Verdict, dict[str, np.ndarray]]:
        value, unread = cast(batch.fields["value"], pa.float64())
        text = _states(batch)
        if self._text_tags.any():
            state = pa.array(self._text_tags[self._tag_codes])
            written = pc.coalesce(batch.fields["value"], text.cast(pa.string()))
            text = pc.if_else(state, written, text.cast(pa.string())).dictionary_encode()
            value = pc.if_else(state, pa.scalar(None, pa.float64()), value)
            unread = None if unread is None else unread & ~self._text_tags[self._tag_codes]
        known = {
            "value": value,
            "value_text": text,
            "tag_alias": self.tags.alias(batch.fields["tag_name"]),
        }
        arrays = [known.get(c.name, given(batch.fields, c.name)) for c in self.contract.columns]
        fields = pa.RecordBatch.from_arrays(arrays, names=self.contract.schema.names)
        broken = {} if unread is None else {"value": unread}
        self._unread_times(batch, fields, broken)
        return Verdict(batch, fields, np.zeros(len(batch.rows), dtype=np.int32)), broken

    def _check(self, verdict: Verdict, column: Column, broken: np.ndarray | None) -> None:
        read = verdict.batch.fields["value"]
        if column.name == "value" and read.null_count:
            missing = pc.and_(read.is_null(), verdict.fields["value_text"].is_null())
            verdict.blame("missing", "Missing value", mask(missing))
        super()._check(verdict, column, broken)

    def _check_limits(self, verdict: Verdict, column: Column) -> None:
        super()._check_limits(verdict, column)
        if column.name != "value":
            return
        value = verdict.fields["value"].to_numpy(zero_copy_only=False)
        low, high = self.tags.fact(1).astype(float), self.tags.fact(2).astype(float)
        # only what is outside the narrowest limits can be outside its own
        for suspects, limits, worded, rule in (
            (np.flatnonzero(value < low.max()), low, below, "below_min"),
            (np.flatnonzero(value > high.min()), high, above, "above_max"),
        ):
            limit = limits[self._tag_codes[suspects]]
            out = value[suspects] < limit if worded is below else value[suspects] > limit
            for bound in np.unique(limit[out]):
                broken = np.zeros(len(value), dtype=bool)
                broken[suspects[out & (limit == bound)]] = True
                verdict.blame(rule, worded(float(bound)), broken)


def _coded(batch: Batch) -> Batch:
    """The batch with its tags as a dictionary, as formats of many readings give them anyway."""
    place = batch.fields.schema.get_field_index("tag_name")
    tags = batch.fields["tag_name"]
    if pa.types.is_dictionary(tags.type):
        return batch
    return replace(
        batch, fields=batch.fields.set_column(place, "tag_name", tags.dictionary_encode())
    )


def _states(batch: Batch) -> pa.DictionaryArray:
    """The states that the format told apart from numbers, coded; null where it told none."""
    if "value_text" in batch.fields.schema.names:
        text = batch.fields["value_text"]
        return text if pa.types.is_dictionary(text.type) else text.dictionary_encode()
    count = len(batch.rows)
    return pa.DictionaryArray.from_arrays(pa.nulls(count, pa.int32()), pa.array([], pa.string()))


@dataclass
class Run:
    """A run of exact zeros of one tag that may still go on. Once offline it stays so."""

    first: int
    held: list[Verdict] = field(default_factory=list)
    offline: bool = False

    def extend(self, times: np.ndarray) -> None:
        self.offline |= lasts(times, self.first)


class OfflineZero:
    """Finds runs of exact zero, `kpi.timeseries.offline`, batch after batch of one file."""

    rule = ("sensor_offline", "Sensor offline")

    def __init__(self, tags: Tags):
        self.tags = tags
        self.open: dict[int, Run] = {}
        self.goes_on: dict[int, bool] = {}  # of a span: runs that its end does not close

    def check(self, verdict: Verdict) -> Iterator[Verdict]:
        """Mark offline readings and hold back open runs; gives earlier ones, decided now."""
        value = verdict.fields["value"].to_numpy(zero_copy_only=False)
        zero = verdict.valid & (value == 0)
        if zero.any():
            zero &= ~self.tags.fact(3).astype(bool)[verdict.tag_codes]
        if not self.open and not zero.any():
            return
        open_too = np.zeros(len(self.tags), dtype=bool)
        open_too[list(self.open)] = True
        found = stretches(verdict.tag_codes, zero, verdict.valid, open_too)
        times = micros(verdict)
        for code, start, stop, run in zip(
            *(each.tolist() for each in (found.tag, found.start, found.stop, found.zero)),
            strict=True,
        ):
            if run:
                yield from self._extend(verdict, code, found.rows[start:stop], times)
            elif code in self.open:
                yield from self._close(code)

    def _extend(
        self, verdict: Verdict, code: int, own: np.ndarray, times: np.ndarray
    ) -> Iterator[Verdict]:
        run = self.open.setdefault(code, Run(int(times[own[0]])))
        run.extend(times[own])
        mine = np.zeros(len(verdict.codes), dtype=bool)
        mine[own] = True
        if run.offline:
            verdict.blame(*self.rule, mine)
            yield from self._decide(run)
        else:
            verdict.codes[mine] = HELD
            run.held.append(verdict.take(own))

    def _close(self, code: int) -> Iterator[Verdict]:
        yield from self._decide(self.open.pop(code))

    def _decide(self, run: Run) -> Iterator[Verdict]:
        for held in run.held:
            held.codes[:] = 0
            if run.offline:
                held.blame(*self.rule, np.ones(len(held.codes), dtype=bool))
            yield held
        run.held = []

    def finish(self) -> Iterator[Verdict]:
        """The runs still open at the end of the file."""
        for code in list(self.open):
            self.open[code].offline |= self.goes_on.get(code, False)
            yield from self._close(code)


class ClockOrder:
    """Finds readings that are not later than the latest one of their tag, in file order.

    A file that lists newest first is judged in that direction; one without any order is not
    judged here (its keys are still compared when it is settled with the lake).
    """

    rule = ("clock_back", "Clock went back")

    def __init__(self) -> None:
        self.latest = np.zeros(0, dtype=np.int64)
        self.sign = 0  # 1 oldest first, -1 newest first, 0 not known yet
        self.unordered = False

    def late(self, verdict: Verdict) -> np.ndarray:
        """bool[n]: the valid or held readings that are behind their tag."""
        places = np.flatnonzero(verdict.codes <= 0)
        if self.unordered or not len(places):
            return np.zeros(len(verdict.codes), dtype=bool)
        times = micros(verdict)[places]
        codes = verdict.tag_codes[places]
        self.grow(int(codes.max()) + 1)
        if not self.sign and not self._learn(codes, times):
            return np.zeros(len(verdict.codes), dtype=bool)
        behind = self._behind(codes, times * (self.sign or 1))
        result = np.zeros(len(verdict.codes), dtype=bool)
        result[places[behind]] = True
        return result

    def grow(self, size: int) -> None:
        if size > len(self.latest):
            more = np.full(size - len(self.latest), np.iinfo(np.int64).min)
            self.latest = np.concatenate([self.latest, more])

    def _learn(self, codes: np.ndarray, times: np.ndarray) -> bool:
        """Which direction the file takes, as far as these readings tell; False: it has none."""
        order = np.argsort(codes, kind="stable")
        steps = np.diff(times[order])[np.diff(codes[order]) == 0]
        if not len(steps):
            return True
        up, down = float(np.mean(steps > 0)), float(np.mean(steps < 0))
        self.sign = -1 if down > 0.8 else 1
        if self.sign < 0:  # the latest so far, as they look in that direction
            known = self.latest > np.iinfo(np.int64).min
            self.latest[known] = -self.latest[known]
        self.unordered = min(up, down) > 0.2
        return not self.unordered

    def _behind(self, codes: np.ndarray, times: np.ndarray) -> np.ndarray:
        step = np.diff(times)
        sorted_pairs = bool(np.all((step > 0) | ((step == 0) & (np.diff(codes) > 0))))
        behind: np.ndarray = times <= self.latest[codes]
        if not sorted_pairs:
            behind |= _behind_within(codes, times)
        ahead = ~behind
        self._advance(codes[ahead], times[ahead], sorted_pairs)
        return behind

    def _advance(self, codes: np.ndarray, times: np.ndarray, in_order: bool) -> None:
        if in_order:
            self.latest[codes] = times  # of equal places the last one stays
        else:
            np.maximum.at(self.latest, codes, times)


def micros(verdict: Verdict) -> np.ndarray:
    """int64[n]: microseconds since 1970, 0 where there is no time."""
    return verdict.fields["timestamp"].cast(pa.int64()).fill_null(0).to_numpy()  # type: ignore[no-any-return]


def _behind_within(codes: np.ndarray, times: np.ndarray) -> np.ndarray:
    """bool[n]: not later than an earlier reading of the same tag in these arrays."""
    order = np.argsort(codes.astype(np.uint16) if codes.max() < 65536 else codes, kind="stable")
    own, when = codes[order], times[order]
    group = np.concatenate([[0], np.cumsum(np.diff(own) != 0)])
    low, span = int(when.min()), int(when.max()) - int(when.min()) + 1
    if int(group[-1] + 1) * span > 2**62:  # centuries apart: their places will do
        _, when = np.unique(when, return_inverse=True)
        low, span = 0, len(when)
    lifted = (when - low) + group * span
    top = np.maximum.accumulate(lifted)
    behind = np.zeros(len(codes), dtype=bool)
    behind[order[1:]] = (lifted[1:] <= top[:-1]) & (group[1:] == group[:-1])
    return behind
