"""From a journal's changes of state to occurrences.

An occurrence begins with each ACTIVE of its series and takes the first ACK and CLEAR up to the next
one. Changes before the first ACTIVE of a series are an occurrence whose raise nobody
exported: it has no raise, is in no rate, and stands from the start of what is looked at. A series
that is raised again without a CLEAR has an occurrence without one (see Alarms.ended). At one
instant ACTIVE comes before ACK and ACK before CLEAR.

SHELVED, SUPPRESSED and DISABLED hide an alarm until UNSHELVED, UNSUPPRESSED or ENABLED: what is
raised between them is hidden. EVENT is no alarm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.alarms.records import NONE, BoolArray
from casparian.kpi.intervals import IntArray

RANKS = {"ACTIVE": 0, "ACK": 1, "CLEAR": 2}
HIDES = frozenset({"SHELVED", "SUPPRESSED", "DISABLED"})
SHOWS = frozenset({"UNSHELVED", "UNSUPPRESSED", "ENABLED"})
_HIDE, _SHOW, _EVENT = 3, 4, 5


@dataclass(frozen=True)
class Occurrences:
    """(k,) occurrences in order of series and time.

    change: index of the change that each begins with. raised, acked, cleared: int64 [us], NONE
    where missing. hidden: whether the alarm was hidden when it was raised.
    """

    change: IntArray
    raised: IntArray
    acked: IntArray
    cleared: IntArray
    hidden: BoolArray


def occurrences_of(
    series: ArrayLike, state: ArrayLike, at: IntArray,
    alarm: ArrayLike | None = None, shelved: ArrayLike | None = None,
) -> Occurrences:  # fmt: skip
    """Pair the changes of each series; all (n,), state as the contract of alarms names them.

    series: what the changes of one occurrence share, an id of the journal or the alarm itself.
    alarm: which alarm is hidden and shown, the series if left out. shelved: whether the journal
    says so at the change itself.
    """
    code = np.unique(np.asarray(series), return_inverse=True)[1].astype(np.int64)
    kind = _kinds(np.asarray(state, dtype=np.str_))
    which = code if alarm is None else np.unique(np.asarray(alarm), return_inverse=True)[1]
    hidden = _hidden(which.astype(np.int64), kind, at)
    if shelved is not None:
        hidden |= np.asarray(shelved, dtype=np.bool_)
    order = np.lexsort((kind, at, code))
    order = order[kind[order] < _HIDE]
    code, kind, when = code[order], kind[order], at[order]
    fresh = np.ones(len(code), dtype=np.bool_)
    fresh[1:] = (code[1:] != code[:-1]) | (kind[1:] == RANKS["ACTIVE"])
    member = np.cumsum(fresh) - 1
    count = int(fresh.sum())
    raised, acked, cleared = (_first(member, kind == r, when, count) for r in RANKS.values())
    return Occurrences(
        order[fresh], raised, acked, cleared, hidden[order][fresh] & (raised != NONE)
    )


def _kinds(state: NDArray[np.str_]) -> IntArray:
    names, place = np.unique(state, return_inverse=True)
    known = [
        RANKS.get(str(name), _HIDE if name in HIDES else _SHOW if name in SHOWS else _EVENT)
        for name in names
    ]
    return np.array(known, dtype=np.int64)[place]


def _hidden(alarm: IntArray, kind: IntArray, at: IntArray) -> BoolArray:
    """Whether the last hiding or showing of its alarm, up to each change, hides it. At one instant
    these come before the other changes."""
    told = (kind == _HIDE) | (kind == _SHOW)
    order = np.lexsort((~told, at, alarm))
    told, sorted_alarm = told[order], alarm[order]
    first = np.ones(len(alarm), dtype=np.bool_)
    first[1:] = sorted_alarm[1:] != sorted_alarm[:-1]
    last = np.maximum.accumulate(np.where(told | first, np.arange(len(alarm)), 0))
    found = np.zeros(len(alarm), dtype=np.bool_)
    found[order] = kind[order][last] == _HIDE
    return found


def _first(member: IntArray, wanted: BoolArray, when: IntArray, count: int) -> IntArray:
    """First instant of a kind in each occurrence; NONE where there is none."""
    found = np.full(count, NONE, dtype=np.int64)
    rows = np.flatnonzero(wanted)[::-1]
    found[member[rows]] = when[rows]
    return found
