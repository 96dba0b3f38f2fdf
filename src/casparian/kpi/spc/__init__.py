"""Statistical process control: control charts, their limits, and the rules that points break.

The way in to all of it: `from casparian.kpi import spc`.

charts: one chart in one call: xbar_r, xbar_s, i_mr, p, np_, c, u, laney_p, laney_u.
shewhart: one X-bar and R chart of complete subgroups, a matrix.
subgroups: means, ranges and s of subgroups of any size, in many charts.
sigma: the estimators of sigma, by name; successive: one of them.
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
from casparian.kpi.spc.charts import (
    Chart,
    c,
    i_mr,
    laney_p,
    laney_u,
    np_,
    p,
    u,
    xbar_r,
    xbar_s,
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
from casparian.kpi.spc.sigma import METHODS, Method, sigma_of
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
    "METHODS",
    "NELSON",
    "RANGE_RULE",
    "RULE_SETS",
    "WESTERN_ELECTRIC",
    "AttributeLimits",
    "Chart",
    "ChartKind",
    "ControlPoints",
    "CountKind",
    "Cusum",
    "Ewma",
    "Method",
    "Rule",
    "RuleSet",
    "Subgroups",
    "VariablesLimits",
    "XbarRLimits",
    "attribute_limits",
    "attribute_points",
    "c",
    "chart_of_size",
    "complete_subgroups",
    "control_points",
    "cusum",
    "ewma",
    "i_mr",
    "in_phase_1",
    "individuals",
    "laney_p",
    "laney_u",
    "members",
    "moving_ranges",
    "np_",
    "p",
    "sigma_of",
    "subgroups_in_rows",
    "subgroups_of",
    "u",
    "variables_limits",
    "violations",
    "western_electric",
    "xbar_and_range",
    "xbar_r",
    "xbar_r_limits",
    "xbar_r_violations",
    "xbar_s",
    "zones",
]
