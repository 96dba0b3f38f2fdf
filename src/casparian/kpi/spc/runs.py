"""Runs of points that break a rule, in many charts at once and with no loop over points.

Which rules there are is data (`rules`). A rule is broken at the last point of a run, at every
point that ends such a run.
Beyond, outside and inside are strict: a point on a line is neither, one on the centre line is on
no side, two equal neighbours neither rise nor fall. A run may start with the chart (two points
beyond 2 sigma break WE2 with no third before them) and never goes from one chart to the next.
Points are judged against lines of their own where sigma is given a point (unequal subgroups).
Source: as for the rules.
Units: none; points, centre and sigma share one. Missing: a NaN point breaks no rule; it takes a
place in a run, so that it ends every run of points in a row. Where sigma is 0 nothing is inside.
Errors: ValueError where shapes do not fit.

>>> import numpy as np
>>> from casparian.kpi.spc.rules import NELSON
>>> points = np.array([0.2] * 9 + [-3.5])
>>> {name: at.tolist() for name, at in violations(points, 0.0, 1.0).items() if len(at)}
{'WE1': [9], 'WE4': [7, 8]}
>>> {name: at.tolist() for name, at in violations(points, 0.0, 1.0, NELSON).items() if len(at)}
{'N1': [9], 'N2': [8]}
>>> members(points, 0.0, 1.0, NELSON)["N2"].tolist()
[0, 1, 2, 3, 4, 5, 6, 7, 8]
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.factors import FloatArray
from casparian.kpi.spc.line import BoolArray, IntArray, Line
from casparian.kpi.spc.rules import WESTERN_ELECTRIC, Rule, RuleSet, rule_set

# points at the start of a run that have no step, no turn before them
_LEAD = {"trend": 1, "alternating": 2}


def violations(
    points: ArrayLike,
    center: ArrayLike,
    sigma: ArrayLike,
    rules: RuleSet | str = WESTERN_ELECTRIC,
    chart: ArrayLike | None = None,
) -> dict[str, IntArray]:
    """Indices of the last point of each run that breaks a rule, rising, a rule each.

    points: (k,) in order of time within their chart. center, sigma: centre line and standard
    deviation of a point (for X-bar that of a mean), one number or (k,). rules: a set or its name.
    chart: (k,) which chart a point is on, in any order; None where all are on one.
    """
    return _each(points, center, sigma, rules, chart, _broken)


def members(
    points: ArrayLike,
    center: ArrayLike,
    sigma: ArrayLike,
    rules: RuleSet | str = WESTERN_ELECTRIC,
    chart: ArrayLike | None = None,
) -> dict[str, IntArray]:
    """Indices of all points that make the runs up, arguments as for `violations`.

    Of 2 of 3 points beyond a line the third is no member.
    """
    return _each(points, center, sigma, rules, chart, _members)


def zones(points: ArrayLike, center: ArrayLike, sigma: ArrayLike) -> IntArray:
    """How many of the lines at 1, 2 and 3 sigma each point is beyond, (k,): 0 is zone C, 1 B, 2 A.

    -1 for a NaN point and where sigma is not over 0: there are no zones.
    """
    line = Line.of(points, center, sigma, None)[0]
    beyond = sum(
        (line.above(reach) | line.below(reach)).astype(np.int64) for reach in (1.0, 2.0, 3.0)
    )
    return np.where(np.isnan(line.points) | ~(line.sigma > 0), -1, beyond)


def western_electric(points: FloatArray, center: float, sigma: float) -> dict[str, IntArray]:
    """`violations` by the rules of Western Electric on one chart."""
    return violations(points, center, sigma, WESTERN_ELECTRIC)


def _each(
    points: ArrayLike,
    center: ArrayLike,
    sigma: ArrayLike,
    rules: RuleSet | str,
    chart: ArrayLike | None,
    read: Callable[[Rule, Line], BoolArray],
) -> dict[str, IntArray]:
    line, order = Line.of(points, center, sigma, chart)
    found = {rule.name: np.flatnonzero(read(rule, line)) for rule in rule_set(rules).rules}
    return found if order is None else {name: np.sort(order[at]) for name, at in found.items()}


def _following(rule: Rule, line: Line) -> tuple[BoolArray, ...]:
    """Which points follow the pattern of a rule, a side each."""
    if rule.pattern == "one_side":
        return line.above(rule.reach), line.below(rule.reach)
    if rule.pattern == "inside":
        return (line.above(-rule.reach) & line.below(-rule.reach),)
    if rule.pattern == "both_sides":
        return (line.above(rule.reach) | line.below(rule.reach),)
    steps = line.steps()
    if rule.pattern == "trend":
        return steps > 0, steps < 0
    return (np.concatenate([[False], steps[1:] * steps[:-1] < 0])[: len(steps)],)


def _completes(rule: Rule, line: Line, follows: BoolArray) -> BoolArray:
    """Whether each point completes a run of those that follow."""
    lead = _LEAD.get(rule.pattern, 0)
    done = line.count(follows, rule.length - lead) >= rule.needed - lead
    if rule.pattern == "both_sides":
        above = line.count(line.above(rule.reach), rule.length)
        done &= (above > 0) & (above < rule.length)
    return done


def _broken(rule: Rule, line: Line) -> BoolArray:
    sides = [_completes(rule, line, follows) for follows in _following(rule, line)]
    return np.asarray(np.logical_or.reduce(sides), dtype=np.bool_)


def _members(rule: Rule, line: Line) -> BoolArray:
    sides = [
        _covered(line, _completes(rule, line, follows), rule.length)
        & (follows | (rule.pattern in _LEAD))
        for follows in _following(rule, line)
    ]
    return np.asarray(np.logical_or.reduce(sides), dtype=np.bool_)


def _covered(line: Line, last: BoolArray, length: int) -> BoolArray:
    """Whether each point lies in a window of `length` points that ends at one of `last`."""
    at = np.flatnonzero(last)
    edges = np.zeros(len(last) + 1, dtype=np.int64)
    np.add.at(edges, line.window(length)[at], 1)
    np.subtract.at(edges, at + 1, 1)
    return np.asarray(np.cumsum(edges[:-1]) > 0)
