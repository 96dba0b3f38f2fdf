"""Alarms that annunciate in vain: chattering, fleeting and stale ones.

All are told of each occurrence, (n,). Of hidden alarms and those without a raise only staleness is
told, for nobody was disturbed by them.
"""

from __future__ import annotations

import numpy as np

from casparian.kpi.alarms.limits import CHATTER_COUNT, CHATTER_US, FLEETING_US, STALE_US
from casparian.kpi.alarms.records import NONE, Alarms, BoolArray


def chattering(alarms: Alarms, times: int = CHATTER_COUNT, width_us: int = CHATTER_US) -> BoolArray:
    """Whether it is one of `times` or more raises of the same alarm in less than the width.

    The window is half open: three raises at 0, 30 and 60 s are not within a minute.
    """
    if times < 2:
        raise ValueError("an alarm that comes once does not chatter")
    rows = np.flatnonzero(alarms.annunciated)
    order = np.lexsort((alarms.raised[rows], alarms.position[rows], alarms.name[rows]))
    rows = rows[order]
    found = np.zeros(len(alarms), dtype=np.bool_)
    ahead = times - 1
    if len(rows) <= ahead:
        return found
    first, last = rows[:-ahead], rows[ahead:]
    close = alarms.raised[last] - alarms.raised[first] < width_us
    close &= (alarms.name[last] == alarms.name[first]) & (
        alarms.position[last] == alarms.position[first]
    )
    for step in range(times):
        found[rows[step : len(rows) - ahead + step][close]] = True
    return found


def fleeting(
    alarms: Alarms, within_us: int = FLEETING_US, chatters: BoolArray | None = None
) -> BoolArray:
    """Whether it cleared in less than that and does not chatter; without a clear it is not.

    chatters: what `chattering` said, where it is known already.
    """
    restless = chattering(alarms) if chatters is None else chatters
    short = alarms.annunciated & (alarms.cleared != NONE)
    lasted = np.where(short, alarms.cleared, 0) - np.where(short, alarms.raised, 0)
    return np.asarray(short & (lasted < within_us) & ~restless, dtype=np.bool_)


def stale(alarms: Alarms, at: int, longer_us: int = STALE_US) -> BoolArray:
    """Whether it stands at that instant, and has stood for longer; a raise that is missing is no
    reason to call it so. Hidden alarms are left out: shelving is the remedy."""
    known = (alarms.raised != NONE) & ~alarms.hidden
    stands = known & (np.where(known, alarms.raised, at) <= at) & (alarms.ended(_NEVER) > at)
    return np.asarray(stands & (at - np.where(known, alarms.raised, at) > longer_us))


_NEVER = int(np.iinfo(np.int64).max)
