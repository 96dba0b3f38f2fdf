"""All figures of each operator position over a period, as one report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casparian.kpi.alarms.floods import Floods, flood_seconds, floods
from casparian.kpi.alarms.nuisance import chattering, fleeting, stale
from casparian.kpi.alarms.rates import Rates, rates
from casparian.kpi.alarms.records import NONE, Alarms, BoolArray
from casparian.kpi.alarms.standing import Standing, standing
from casparian.kpi.intervals import MICROSECONDS, FloatArray, IntArray


@dataclass(frozen=True)
class Performance:
    """Per position, (p,) in the order of `positions`.

    flood_count, flood_alarms, flood_peak: floods that begin in the period, whole; flood_s [s] and
    flood_ratio: of the period. chattering, fleeting, nuisance (either): annunciated alarms of the
    period. stale: standing at its end for more than a day. hidden: raised while shelved or
    suppressed. without_raise: acknowledged or cleared in the period, raise not in the journal.
    acknowledged, ack_mean_s, ack_most_s: those acknowledged in the period, NaN if none.
    """

    positions: tuple[str, ...]
    rates: Rates
    flood_count: IntArray
    flood_alarms: IntArray
    flood_peak: IntArray
    flood_s: FloatArray
    flood_ratio: FloatArray
    chattering: IntArray
    fleeting: IntArray
    nuisance: IntArray
    stale: IntArray
    standing: Standing
    hidden: IntArray
    without_raise: IntArray
    acknowledged: IntArray
    ack_mean_s: FloatArray
    ack_most_s: FloatArray


def performance(alarms: Alarms, start: int, end: int) -> Performance:
    """Figures over [start, end) [us]. `alarms` may hold more: floods, chattering and standing
    alarms take what lies before the period into account."""
    count = _Counter(alarms, start, end)
    found = floods(alarms)
    begun = _begun(found, start, end)
    lasting = flood_seconds(found, len(alarms.positions), start, end)
    restless = chattering(alarms)
    short = fleeting(alarms, chatters=restless)
    waited, mean, most = _acknowledged(alarms, count)
    return Performance(
        positions=alarms.positions,
        rates=rates(alarms, start, end),
        flood_count=_sum(begun.position, np.ones(len(begun)), alarms),
        flood_alarms=_sum(begun.position, begun.alarms, alarms),
        flood_peak=_most(begun.position, begun.peak, alarms).astype(np.int64),
        flood_s=lasting,
        flood_ratio=lasting / ((end - start) / MICROSECONDS),
        chattering=count.of(restless),
        fleeting=count.of(short),
        nuisance=count.of(restless | short),
        stale=_sum(alarms.position, stale(alarms, end), alarms),
        standing=standing(alarms, start, end),
        hidden=count.at_raise(alarms.hidden),
        without_raise=count.without_raise(),
        acknowledged=waited,
        ack_mean_s=mean,
        ack_most_s=most,
    )


class _Counter:
    """Counts rows of the period by position."""

    def __init__(self, alarms: Alarms, start: int, end: int) -> None:
        self.alarms, self.start, self.end = alarms, start, end
        self.raised = self.within(alarms.raised)
        self.inside = self.raised & ~alarms.hidden

    def within(self, instants: IntArray) -> BoolArray:
        inside = (instants != NONE) & (instants >= self.start) & (instants < self.end)
        return np.asarray(inside, dtype=np.bool_)

    def of(self, rows: BoolArray) -> IntArray:
        return _sum(self.alarms.position, rows & self.inside, self.alarms)

    def at_raise(self, rows: BoolArray) -> IntArray:
        return _sum(self.alarms.position, rows & self.raised, self.alarms)

    def without_raise(self) -> IntArray:
        first = np.where(self.alarms.cleared != NONE, self.alarms.cleared, self.alarms.acked)
        rows = (self.alarms.raised == NONE) & self.within(first)
        return _sum(self.alarms.position, rows, self.alarms)


def _acknowledged(alarms: Alarms, count: _Counter) -> tuple[IntArray, FloatArray, FloatArray]:
    noted = count.within(alarms.acked) & alarms.annunciated & (alarms.acked >= alarms.raised)
    waited = (alarms.acked[noted] - alarms.raised[noted]) / MICROSECONDS
    position = alarms.position[noted]
    number = _sum(alarms.position, noted, alarms)
    total = np.bincount(position, weights=waited, minlength=len(alarms.positions))
    mean = np.divide(total, number, out=np.full(len(number), np.nan), where=number > 0)
    most = np.where(number > 0, _most(position, waited, alarms), np.nan)
    return number, mean, most


def _begun(found: Floods, start: int, end: int) -> Floods:
    mine = (found.start >= start) & (found.start < end)
    return Floods(
        found.position[mine], found.start[mine], found.end[mine],
        found.alarms[mine], found.peak[mine],
    )  # fmt: skip


def _sum(position: IntArray, amount: BoolArray | FloatArray | IntArray, alarms: Alarms) -> IntArray:
    found = np.bincount(position, weights=amount, minlength=len(alarms.positions))
    return found.astype(np.int64)


def _most(position: IntArray, amount: FloatArray | IntArray, alarms: Alarms) -> FloatArray:
    found = np.zeros(len(alarms.positions))
    np.maximum.at(found, position, amount)
    return found
