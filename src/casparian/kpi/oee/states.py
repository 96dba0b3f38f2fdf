"""What the machine itself says: planned busy time by its states.

A state of the MTConnect event Execution (ANSI/MTC1.4, Part 2) is active, idle or unavailable, by
`EXECUTION_STATES` (dbt/seeds/execution_states.csv); one that is not in it is unavailable. Planned
busy time in no state at all was not observed. The four add up to PBT. Availability by states is
active / PBT: time that nobody observed is not taken for production.

>>> import numpy as np
>>> from casparian.kpi.intervals import Intervals
>>> hour = 3_600_000_000
>>> shift = Intervals.of([0], [8 * hour], ["M1"])
>>> pause = Intervals.of([3 * hour], [4 * hour], ["M1"])
>>> said = Intervals.of([0, 5 * hour], [5 * hour, 6 * hour], ["M1", "M1"])
>>> found = state_times(shift, pause, said, ["ACTIVE", "FEED_HOLD"])
>>> [float(s[0] / 3600) for s in (found.active_s, found.idle_s, found.unobserved_s)]
[4.0, 1.0, 2.0]
>>> float(found.availability[0])
0.5714285714285714
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from casparian.kpi.intervals import FloatArray, Intervals
from casparian.kpi.oee.elements import planned_busy_seconds, ratio
from casparian.kpi.oee.seeds import seed
from casparian.kpi.oee.times import busy_seconds

ACTIVE, IDLE, UNAVAILABLE = "active", "idle", "unavailable"
EXECUTION_STATES = {row["execution"]: row["state"] for row in seed("execution_states")}


@dataclass(frozen=True)
class StateTimes:
    """Planned busy time of n shifts by state [s], (n,) each; availability NaN where PBT is zero."""

    pbt_s: FloatArray
    active_s: FloatArray
    idle_s: FloatArray
    unavailable_s: FloatArray
    unobserved_s: FloatArray
    availability: FloatArray


def state_times(
    shifts: Intervals,
    planned_stops: Intervals,
    held: Intervals,
    execution: Sequence[str | None],
    states: Mapping[str, str] = EXECUTION_STATES,
) -> StateTimes:
    """held: when each state held, without overlap in a group. execution: (k,) its value.

    Raises ValueError where lengths differ.
    """
    if len(held) != len(execution):
        raise ValueError("intervals and their states must have the same length")
    means = np.array([states.get(value or "", UNAVAILABLE) for value in execution], dtype=np.str_)

    def seconds(state: str) -> FloatArray:
        own = means == state
        chosen = Intervals(held.start[own], held.end[own], held.group[own])
        return busy_seconds(shifts, planned_stops, chosen)

    pbt = planned_busy_seconds(shifts, planned_stops)
    active, idle, unavailable = (seconds(state) for state in (ACTIVE, IDLE, UNAVAILABLE))
    unseen = np.asarray(pbt - active - idle - unavailable)
    return StateTimes(pbt, active, idle, unavailable, unseen, ratio(active, pbt))
