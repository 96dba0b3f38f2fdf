"""Readings as series in time: gaps, values between readings, and roll-ups by windows.

All instants and durations are int64 [us], instants since 1970 UTC; values are float64 in the unit
of their tag. A missing value is NaN, and a reading of NaN says that from then on the value is
unknown: nothing is held or drawn across it. Readings stand in the order of time (`roll_up` also
takes many tags, in any order).

A value holds from its reading to the next one (a step, as a historian draws a stored value). Where
the next is further away than `longest`, or there is none, it does not hold at all: a gap is a gap
and is not filled. So what is said of an instant depends on no reading further away than `longest`.

rhythm: how often a tag is read, and the gaps. interpolation: values between readings.
calendar: edges of windows. windows: roll-ups. offline, flat, spikes: what sensors do that is not
the process. Each names its source.

>>> import numpy as np
>>> minute = 60_000_000
>>> at = np.array([0, 1, 2, 3, 4, 5, 9, 10]) * minute
>>> value = np.array([1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 5.0])
>>> usual = rhythm(at)
>>> int(usual.interval / minute), int(usual.longest / minute)
(1, 3)
>>> gaps(at, usual.longest)  # between 5 and 9 minutes
array([5])
>>> found, kind = interpolate(at, value, at[:2] + minute // 2, "linear", usual.longest)
>>> found, [KINDS[k] for k in kind]
(array([1., 1.]), ['linear', 'linear'])
>>> rolled = roll_up(np.zeros(8, int), at, value, value < 5, edges(0, 12 * minute, 6 * minute))
>>> rolled.count, rolled.mean, rolled.first, rolled.last
(array([6, 2]), array([2., 4.]), array([1., 3.]), array([3., 5.]))
>>> rolled.time_mean  # 3 holds through the gap, for nothing forbids it here; 5 has no end
array([2., 3.])
"""

from casparian.kpi.timeseries.calendar import DAY, edges, local_edges
from casparian.kpi.timeseries.flat import flat_line
from casparian.kpi.timeseries.interpolation import KINDS, LINEAR, MEASURED, NONE, STEP, interpolate
from casparian.kpi.timeseries.offline import offline_zero
from casparian.kpi.timeseries.rhythm import FACTOR, Rhythm, gaps, rhythm
from casparian.kpi.timeseries.spikes import spikes
from casparian.kpi.timeseries.windows import BoolArray, Windows, roll_up

__all__ = [
    "DAY", "FACTOR", "KINDS", "LINEAR", "MEASURED", "NONE", "STEP", "BoolArray", "Rhythm",
    "Windows", "edges", "flat_line", "gaps", "interpolate", "local_edges", "offline_zero",
    "rhythm", "roll_up", "spikes",
]  # fmt: skip
