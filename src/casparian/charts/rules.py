"""What the rules of control charts mean, in few words, and which of them a chart is held against.

western-electric, nelson, both        whole sets
WE1,WE4,N3                            rules by their names
none                                  limits and zones without any rule
"""

from __future__ import annotations

from casparian.kpi import spc
from casparian.kpi.intervals import IntArray

SETS = {
    "western-electric": (spc.WESTERN_ELECTRIC,),
    "nelson": (spc.NELSON,),
    "both": (spc.WESTERN_ELECTRIC, spc.NELSON),
    "none": (),
}
EVERY = {rule.name: rule for rules in spc.RULE_SETS.values() for rule in rules.rules}
CHART_RULES = {name: rule.says for name, rule in EVERY.items()}
CHART_RULES[spc.RANGE_RULE] = "1 range beyond its limits"
LIMIT_RULE = "beyond"  # of charts that have one rule only: EWMA and CUSUM


def chosen(names: str) -> tuple[spc.RuleSet, ...]:
    """The rule sets of this name, or rules by their names with commas between.

    Raises ValueError for a name that means none.
    """
    if names in SETS:
        return SETS[names]
    wanted = [name.strip().upper() for name in names.split(",")]
    for name in wanted:
        if name not in EVERY:
            raise ValueError(
                f"no rules are called '{name}': {', '.join(SETS)}, or some of {', '.join(EVERY)}"
            )
    return (spc.RuleSet(names, tuple(EVERY[name] for name in EVERY if name in wanted)),)


def broken_rules(points: spc.ControlPoints, rules: str) -> dict[str, IntArray]:
    """Places of the values that complete a run against each of these rules."""
    found: dict[str, IntArray] = {}
    for one in chosen(rules):
        found.update(points.violations(one))
    return {rule: places for rule, places in found.items() if len(places)}
