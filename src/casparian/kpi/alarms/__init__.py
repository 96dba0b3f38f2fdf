"""Performance of an alarm system by ISA-18.2, IEC 62682 and EEMUA 191.

rates        alarms in 10 minutes, an hour, a day: average, peak, share of time in each band
floods       more than 10 alarms in 10 minutes until fewer than 5 are left
chattering   the same alarm three times or more in less than a minute
fleeting     cleared in less than a minute without chattering
stale        active for more than 24 hours; standing: active at an instant, or over time
priorities   share of each priority against 5 / 15 / 80 %
actors       the ten most frequent alarms; acknowledgement: seconds until an operator took note
performance  all of it for each operator position, over a period

The limits are data (limits.py, with their sources), and every function takes others.

Units: instants int64 [us] UTC, durations [s], ratios 0 to 1. Windows are half open.
Missing: an alarm without a raise (its ACK or CLEAR came first in the journal) is in no rate, flood
or chatter, and stands until its clear; without a clear it stands until the same alarm is raised
again, else it is still open; without a priority it counts everywhere and is told apart in the
priority mix; without an operator position it belongs to the position "not given". An alarm that
was shelved, suppressed or disabled when it was raised was shown to nobody: it is counted as hidden,
and nowhere else. One that is shelved while it stands goes on standing until its clear.
Errors: ValueError for an empty period, columns of unequal length, a priority below 1.

>>> minute = 60_000_000
>>> jam = [10 * minute + second * 1_000_000 for second in (0, 20, 40)]
>>> found = alarms_of(
...     raised=[*jam, *(k * minute for k in range(20, 28))],
...     cleared=[at + 5_000_000 for at in jam] + [None] * 8,
...     name=["LAH-1"] * 3 + [f"TI-{k}" for k in range(8)],
... )
>>> report = performance(found, 0, 60 * minute)
>>> report.rates.alarms, report.rates.peak_10_minutes, report.flood_count
(array([11]), array([8]), array([0]))
>>> report.chattering, report.fleeting, report.standing.at_end
(array([3]), array([0]), array([8]))
>>> bad_actors(found, 1)
BadActors(name=('LAH-1',), alarms=array([3]), share_ratio=array([0.27272727]), \
cumulative_ratio=array([0.27272727]))
>>> report.rates.band_ratio.round(2)  # acceptable, manageable, over-demanding, unacceptable
array([[0.67, 0.  , 0.33, 0.  ]])
"""

from casparian.kpi.alarms.changes import Occurrences, occurrences_of
from casparian.kpi.alarms.floods import Floods, flood_seconds, floods
from casparian.kpi.alarms.nuisance import chattering, fleeting, stale
from casparian.kpi.alarms.operators import (
    Acknowledgement,
    BadActors,
    Priorities,
    acknowledgement,
    bad_actors,
    priority_mix,
)
from casparian.kpi.alarms.performance import Performance, performance
from casparian.kpi.alarms.rates import Rates, band_of, counts, rates
from casparian.kpi.alarms.records import (
    NO_PRIORITY,
    NONE,
    Alarms,
    alarms_of,
    alarms_of_rows,
)
from casparian.kpi.alarms.standing import Standing, standing, standing_at

__all__ = [
    "NONE",
    "NO_PRIORITY",
    "Acknowledgement",
    "Alarms",
    "BadActors",
    "Floods",
    "Occurrences",
    "Performance",
    "Priorities",
    "Rates",
    "Standing",
    "acknowledgement",
    "alarms_of",
    "alarms_of_rows",
    "bad_actors",
    "band_of",
    "chattering",
    "counts",
    "fleeting",
    "flood_seconds",
    "floods",
    "occurrences_of",
    "performance",
    "priority_mix",
    "rates",
    "stale",
    "standing",
    "standing_at",
]
