"""What alarms ask of operators: priorities, acknowledgement, and who cries most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casparian.kpi.alarms.limits import PRIORITY_RATIOS, TOP
from casparian.kpi.alarms.records import NO_PRIORITY, NONE, Alarms
from casparian.kpi.intervals import MICROSECONDS, FloatArray, IntArray


@dataclass(frozen=True)
class Priorities:
    """(k,) priorities, the most urgent first.

    share_ratio: of the annunciated alarms that have one of them. recommended: of ISA-18.2, NaN
    where it recommends nothing for so many priorities. not_given: alarms with another or none.
    """

    priority: IntArray
    alarms: IntArray
    share_ratio: FloatArray
    recommended: FloatArray
    not_given: int


def priority_mix(alarms: Alarms, priorities: Sequence[int] = (1, 2, 3)) -> Priorities:
    """Distribution over the priorities that the plant uses, the most urgent first.

    Shares are NaN where no alarm has one of them.
    """
    told = alarms.priority[alarms.annunciated]
    used = np.array(priorities, dtype=np.int64)
    if len(set(priorities)) != len(used) or (used <= NO_PRIORITY).any():
        raise ValueError("priorities are counted from 1, each once")
    found = np.array([(told == rank).sum() for rank in used], dtype=np.int64)
    total = int(found.sum())
    share = found / total if total else np.full(len(used), np.nan)
    wanted = PRIORITY_RATIOS.get(len(used), (float("nan"),) * len(used))
    return Priorities(used, found, share, np.array(wanted), len(told) - total)


@dataclass(frozen=True)
class Acknowledgement:
    """Of annunciated alarms: how many have a note of an operator, and how long it took [s].

    Where none was taken note of the seconds are NaN.
    """

    acknowledged: int
    unacknowledged: int
    mean_s: float
    median_s: float
    most_s: float


def acknowledgement(alarms: Alarms) -> Acknowledgement:
    """From raise to acknowledgement; one before the raise is of an earlier occurrence and no
    acknowledgement. It may come after the clear."""
    shown = alarms.annunciated
    noted = shown & (alarms.acked != NONE) & (alarms.acked >= alarms.raised)
    waited = (alarms.acked[noted] - alarms.raised[noted]) / MICROSECONDS
    count, rest = int(noted.sum()), int(shown.sum() - noted.sum())
    if not count:
        return Acknowledgement(0, rest, np.nan, np.nan, np.nan)
    return Acknowledgement(
        count, rest, float(waited.mean()), float(np.median(waited)), float(waited.max())
    )


@dataclass(frozen=True)
class BadActors:
    """(k,) alarms that annunciate most, ties by name; shares are of all annunciated alarms."""

    name: tuple[str, ...]
    alarms: IntArray
    share_ratio: FloatArray
    cumulative_ratio: FloatArray


def bad_actors(alarms: Alarms, most: int = TOP) -> BadActors:
    """The most frequent alarms, `most` of them at most; none where nothing was annunciated."""
    number = np.bincount(alarms.name[alarms.annunciated], minlength=len(alarms.names))
    order = np.argsort(-number, kind="stable")[:most]  # names are in order already
    order = order[number[order] > 0]
    top = number[order].astype(np.int64)
    total = max(int(number.sum()), 1)
    names = tuple(alarms.names[i] for i in order)
    return BadActors(names, top, top / total, np.cumsum(top) / total)
