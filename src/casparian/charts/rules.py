"""What the rules of control charts mean, in few words."""

from __future__ import annotations

from casparian.kpi import spc
from casparian.kpi.intervals import IntArray

SETS = {
    "western-electric": (spc.WESTERN_ELECTRIC,),
    "nelson": (spc.NELSON,),
    "both": (spc.WESTERN_ELECTRIC, spc.NELSON),
}
CHART_RULES = {rule.name: rule.says for rules in spc.RULE_SETS.values() for rule in rules.rules}
CHART_RULES[spc.RANGE_RULE] = "1 range beyond its limits"
LIMIT_RULE = "beyond"  # of charts that have one rule only: EWMA and CUSUM


def chosen(name: str) -> tuple[spc.RuleSet, ...]:
    """The rule sets of this name. Raises ValueError for a name that means none."""
    if name not in SETS:
        raise ValueError(f"no rules are called '{name}': {', '.join(SETS)}")
    return SETS[name]


def broken_rules(points: spc.ControlPoints, rules: str) -> dict[str, IntArray]:
    """Places of the values that complete a run against each of these rules."""
    found: dict[str, IntArray] = {}
    for one in chosen(rules):
        found.update(points.violations(one))
    return {rule: places for rule, places in found.items() if len(places)}
