"""Statistical process control: control charts, their limits, and the rules that points break.

The way in to all of it: `from casparian.kpi import spc`.

shewhart: one X-bar and R chart of complete subgroups, a matrix.
subgroups: means, ranges and s of subgroups of any size, in many charts.
variables: X-bar and R, X-bar and S, individuals and moving range, with limits a point.
attributes: p, np, c, u and Laney's p' and u'.
weighted: EWMA and tabular CUSUM.
phase: which points are behind the limits. points: points with their limits.
rules: Western Electric 1 to 4 and Nelson 1 to 8 as data; runs: who breaks them, along a line.
"""

from casparian.kpi.spc.attributes import (
    AttributeLimits,
    CountKind,
    attribute_limits,
    attribute_points,
)
from casparian.kpi.spc.phase import BASELINE, in_phase_1
from casparian.kpi.spc.points import ControlPoints
from casparian.kpi.spc.rules import NELSON, RULE_SETS, WESTERN_ELECTRIC, Rule, RuleSet
from casparian.kpi.spc.runs import members, violations, western_electric, zones
from casparian.kpi.spc.shewhart import (
    RANGE_RULE,
    XbarRLimits,
    xbar_and_range,
    xbar_r_limits,
    xbar_r_violations,
)
from casparian.kpi.spc.subgroups import (
    Subgroups,
    complete_subgroups,
    individuals,
    moving_ranges,
    subgroups_in_rows,
    subgroups_of,
)
from casparian.kpi.spc.variables import (
    ChartKind,
    VariablesLimits,
    chart_of_size,
    control_points,
    variables_limits,
)
from casparian.kpi.spc.weighted import Cusum, Ewma, cusum, ewma

__all__ = [
    "BASELINE",
    "NELSON",
    "RANGE_RULE",
    "RULE_SETS",
    "WESTERN_ELECTRIC",
    "AttributeLimits",
    "ChartKind",
    "ControlPoints",
    "CountKind",
    "Cusum",
    "Ewma",
    "Rule",
    "RuleSet",
    "Subgroups",
    "VariablesLimits",
    "XbarRLimits",
    "attribute_limits",
    "attribute_points",
    "chart_of_size",
    "complete_subgroups",
    "control_points",
    "cusum",
    "ewma",
    "in_phase_1",
    "individuals",
    "members",
    "moving_ranges",
    "subgroups_in_rows",
    "subgroups_of",
    "variables_limits",
    "violations",
    "western_electric",
    "xbar_and_range",
    "xbar_r_limits",
    "xbar_r_violations",
    "zones",
]
