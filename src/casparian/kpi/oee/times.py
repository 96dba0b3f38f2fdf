"""Where the time of a machine went: the times of a work unit of ISO 22400-2.

    reference time = PBT + planned stops            here: the length of the shift
    PBT  = AUBT + ADOT    planned busy time  = actual unit busy time + actual unit down time
    AUBT = AUPT + ADET    busy time          = actual unit processing time + delay time
    AUPT = APT + AUST     processing time    = actual production time + actual unit setup time

A stop belongs to AUST (setup), ADET (delay: it broke, it was stopped for a little) or ADOT (down:
the machine could have run and had nothing to run on) by the category of its reason, see
`STOP_CATEGORIES` (dbt/seeds/stop_categories.csv); one that is not in it is a delay of no big loss.

Of stops that overlap the one that began first has the time. Units: seconds. Missing: a stop needs
an end (the caller decides where an open one ends). Errors: ValueError where lengths differ or an
element is none of the three.

A shift of 8 h with half an hour of break, 30 min of setup, 20 min of breakdown and 10 min without
material:

>>> import numpy as np
>>> from casparian.kpi.intervals import Intervals
>>> minute = 60_000_000
>>> shift = Intervals.of([0], [480 * minute], ["M1"])
>>> pause = Intervals.of([240 * minute], [270 * minute], ["M1"])
>>> stops = Intervals.of([0, 100 * minute, 300 * minute], [30 * minute, 120 * minute, 310 * minute],
...                      ["M1"] * 3)
>>> times = work_times(shift, pause, stops, ["AUST", "ADET", "ADOT"])
>>> [float(t[0] / 60) for t in (times.pbt_s, times.aubt_s, times.aupt_s, times.apt_s)]
[450.0, 440.0, 420.0, 390.0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casparian.kpi.intervals import FloatArray, Intervals, covered_seconds
from casparian.kpi.oee.seeds import seed

SETUP, DELAY, DOWN = "AUST", "ADET", "ADOT"


@dataclass(frozen=True)
class StopKind:
    """What a category of reasons means. element: AUST, ADET or ADOT. loss: one of `big_losses`.

    failure: whether it counts for MTBF and MTTR.
    """

    element: str
    loss: str
    failure: bool = False


OTHER = StopKind(DELAY, "other_stop")
STOP_CATEGORIES = {
    row["category"]: StopKind(row["time_element"], row["loss"], row["is_failure"] == "true")
    for row in seed("stop_categories")
}


def stop_kind(category: str | None) -> StopKind:
    """What a category means; one that is not known, or none, is a delay of no big loss."""
    return STOP_CATEGORIES.get(category or "", OTHER)


@dataclass(frozen=True)
class WorkTimes:
    """Times of n units of time [s], (n,) each. NaN is unknown and spreads through sums."""

    reference_s: FloatArray
    planned_stop_s: FloatArray
    setup_s: FloatArray
    delay_s: FloatArray
    down_s: FloatArray

    @property
    def pbt_s(self) -> FloatArray:
        """Planned busy time."""
        return np.asarray(self.reference_s - self.planned_stop_s)

    @property
    def aubt_s(self) -> FloatArray:
        """Actual unit busy time."""
        return np.asarray(self.pbt_s - self.down_s)

    @property
    def aupt_s(self) -> FloatArray:
        """Actual unit processing time."""
        return np.asarray(self.aubt_s - self.delay_s)

    @property
    def apt_s(self) -> FloatArray:
        """Actual production time."""
        return np.asarray(self.aupt_s - self.setup_s)


def work_times(
    shifts: Intervals, planned_stops: Intervals, stops: Intervals, element: Sequence[str]
) -> WorkTimes:
    """Times of each shift. element: (k,) AUST, ADET or ADOT of each stop."""
    kinds = np.asarray(element, dtype=np.str_)
    if len(kinds) != len(stops):
        raise ValueError("stops and elements must have the same length")
    if not set(kinds.tolist()) <= {SETUP, DELAY, DOWN}:
        raise ValueError("the element of a stop is AUST, ADET or ADOT")
    own = without_overlap(stops)
    planned = covered_seconds(shifts, planned_stops)
    of = {
        k: busy_seconds(shifts, planned_stops, _of(own, kinds == k)) for k in (SETUP, DELAY, DOWN)
    }
    window = np.maximum(shifts.end - shifts.start, 0) / 1e6
    return WorkTimes(window, planned, of[SETUP], of[DELAY], of[DOWN])


def busy_seconds(shifts: Intervals, planned_stops: Intervals, stops: Intervals) -> FloatArray:
    """Seconds of each shift that stops cover outside of planned stops, (n,)."""
    either = covered_seconds(shifts, planned_stops.together(stops))
    return np.asarray(either - covered_seconds(shifts, planned_stops), dtype=np.float64)


def _of(stops: Intervals, chosen: np.ndarray) -> Intervals:
    return Intervals(stops.start[chosen], stops.end[chosen], stops.group[chosen])


def without_overlap(stops: Intervals) -> Intervals:
    """The same stops, each without the time in which an earlier one of its group was on.

    Of stops that start together the shorter is the earlier. What is left may be empty.
    """
    if not len(stops):
        return stops
    label = np.unique(stops.group, return_inverse=True)[1]
    order = np.lexsort((stops.end, stops.start, label))
    start, end = stops.start[order].copy(), stops.end[order]
    first = np.flatnonzero(np.diff(label[order], prepend=-1))
    for low, high in zip(first, [*first[1:], len(order)], strict=True):
        before = np.maximum.accumulate(end[low:high])[:-1]
        start[low + 1 : high] = np.maximum(start[low + 1 : high], before)
    left = np.empty_like(start)
    left[order] = np.minimum(start, end)
    return Intervals(left, stops.end, stops.group)
