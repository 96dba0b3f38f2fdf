"""Downtime: where the time went, how often machines fail, and what moved before a stop.

pareto    reasons by time lost or by events, largest first (J. M. Juran, Quality Control Handbook:
          the vital few), with share and cumulative share; of each line or shift; of a reason
          tree at any level.
stops     durations, overlaps that count once, micro-stops, planned against unplanned.
repairs   MTTR and MTBF of each machine (IEC 60050-192: mean time to restoration 192-07-23, mean
          operating time between failures 192-05-13).
cause     how far a reading of the time before a stop lies from the machine's usual running.

Units: instants int64 [us], durations float64 [s], ratios 0 to 1, z-scores without unit.
Missing: a stop that is still open ends at the instant until which it counts; a reason that is not
given stays in the sums under NOT_GIVEN; planned is True, False or None, and None is counted by
itself. What cannot be told (MTBF without a failure) is NaN, with the reason in `missing`.
Errors: ValueError for a negative or missing duration, which a contract must have stopped, and
where arrays differ in length.

>>> stops = pareto(["jam", "setup", "jam", "no parts"], [60.0, 300.0, 90.0, 50.0])
>>> stops.reason
('setup', 'jam', 'no parts')
>>> stops.seconds, stops.events
(array([300., 150.,  50.]), array([1, 2, 1]))
>>> stops.share_ratio, stops.cumulative_ratio
(array([0.6, 0.3, 0.1]), array([0.6, 0.9, 1. ]))
>>> why = ["Mechanical > Gearbox > Bearing", "Mechanical > Belt", None]
>>> tree = reason_tree(why, [60.0, 20.0, 20.0])
>>> [(" > ".join(path), float(share)) for path, share in zip(tree.path, tree.share_ratio)]
... # doctest: +NORMALIZE_WHITESPACE
[('Mechanical', 0.8), ('Mechanical > Gearbox', 0.6), ('Mechanical > Gearbox > Bearing', 0.6),
 ('Mechanical > Belt', 0.2), ('not given', 0.2)]
>>> hour = 3600.0
>>> told = repairs(["M1", "M1"], [hour, 3 * hour], [False, False], {"M1": 96 * hour, "M2": hour})
>>> told.mttr_s / hour, told.mtbf_s / hour, told.missing
(array([ 2., nan]), array([48., nan]), ('', 'no failure'))
"""

from casparian.kpi.downtime.cause import Movement, moved
from casparian.kpi.downtime.pareto import NOT_GIVEN, Pareto, pareto, pareto_of_each
from casparian.kpi.downtime.repairs import Repairs, repairs
from casparian.kpi.downtime.stops import (
    MICRO_STOP_S,
    Planned,
    durations,
    micro_stops,
    planned_split,
    unshared_seconds,
)
from casparian.kpi.downtime.tree import ReasonTree, pareto_of_level, reason_tree

__all__ = [
    "MICRO_STOP_S",
    "NOT_GIVEN",
    "Movement",
    "Pareto",
    "Planned",
    "ReasonTree",
    "Repairs",
    "durations",
    "micro_stops",
    "moved",
    "pareto",
    "pareto_of_each",
    "pareto_of_level",
    "planned_split",
    "reason_tree",
    "repairs",
    "unshared_seconds",
]
