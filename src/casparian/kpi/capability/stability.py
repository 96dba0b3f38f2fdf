"""Whether the process was stable: the rules that the control chart of the same values breaks.

The limits come from all of the values: a study is its own phase I. Western Electric's rules on
means (or single values), R1 for a range, s or moving range beyond its limits.
A capability of a process that is not stable describes the past and promises nothing (ISO 22514-2).
Units: none. Missing: None where there is no spread to draw limits with.

>>> from casparian.kpi.spc import subgroups_in_rows
>>> broken_rules(subgroups_in_rows([[9.0, 11.0]] * 9 + [[19.0, 21.0]]), "range")
('WE1', 'WE4')
"""

from __future__ import annotations

from casparian.kpi import spc
from casparian.kpi.spc.sigma import OF_INDIVIDUALS, Method


def broken_rules(groups: spc.Subgroups, method: Method) -> tuple[str, ...] | None:
    """Rules that the chart of these subgroups breaks; the chart is that of the method of sigma."""
    if not len(groups):
        return None
    limits = spc.variables_limits(groups, _kind_of(method), len(groups), method=method)
    if limits.missing[0]:
        return None
    points = spc.control_points(groups, limits)
    beyond = (spc.RANGE_RULE,) if len(points.spread_violations()) else ()
    return (*(rule for rule, at in points.violations().items() if len(at)), *beyond)


def _kind_of(method: Method) -> spc.ChartKind:
    if method in OF_INDIVIDUALS:
        return "i_mr"
    return "xbar_r" if method.startswith("range") else "xbar_s"
