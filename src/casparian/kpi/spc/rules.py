"""The rule sets of control charts as data: Western Electric 1 to 4 and Nelson 1 to 8.

    WE1  1 point beyond 3 sigma               WE2  2 of 3 beyond 2 sigma on one side
    WE3  4 of 5 beyond 1 sigma on one side    WE4  8 in a row on one side

    N1  1 point beyond 3 sigma                N2  9 in a row on one side
    N3  6 in a row, all rising or all falling N4  14 in a row, up and down in turn
    N5  2 of 3 beyond 2 sigma on one side     N6  4 of 5 beyond 1 sigma on one side
    N7  15 in a row inside 1 sigma            N8  8 in a row outside 1 sigma, on both sides

Sources: Western Electric, Statistical Quality Control Handbook (1956), pages 25 to 28;
L. S. Nelson, The Shewhart Control Chart: Tests for Special Causes, Journal of Quality Technology
16 (1984).
Western Electric's run on one side has 8 points, Nelson's has 9. N8 asks for points on both sides:
a run on one side alone is N6's. How they are read, and what a missing point means: `runs`.

>>> WESTERN_ELECTRIC.names
('WE1', 'WE2', 'WE3', 'WE4')
>>> [rule.length for rules in (WESTERN_ELECTRIC, NELSON) for rule in rules.rules if rule.reach == 0]
[8, 9, 6, 14]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Pattern = Literal["one_side", "inside", "both_sides", "trend", "alternating"]


@dataclass(frozen=True)
class Rule:
    """`needed` of `length` points in a row follow the pattern.

    reach: the line that the pattern is about, in sigmas of a point. says: the rule in words.
    """

    name: str
    pattern: Pattern
    needed: int
    length: int
    reach: float
    says: str


@dataclass(frozen=True)
class RuleSet:
    """Rules that are used together, under their name."""

    name: str
    rules: tuple[Rule, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its rules, in their order."""
        return tuple(rule.name for rule in self.rules)


WESTERN_ELECTRIC = RuleSet(
    "western_electric",
    (
        Rule("WE1", "one_side", 1, 1, 3.0, "1 point beyond 3 sigma"),
        Rule("WE2", "one_side", 2, 3, 2.0, "2 of 3 points beyond 2 sigma on one side"),
        Rule("WE3", "one_side", 4, 5, 1.0, "4 of 5 points beyond 1 sigma on one side"),
        Rule("WE4", "one_side", 8, 8, 0.0, "8 points in a row on one side"),
    ),
)
NELSON = RuleSet(
    "nelson",
    (
        Rule("N1", "one_side", 1, 1, 3.0, "1 point beyond 3 sigma"),
        Rule("N2", "one_side", 9, 9, 0.0, "9 points in a row on one side"),
        Rule("N3", "trend", 6, 6, 0.0, "6 points in a row, all rising or all falling"),
        Rule("N4", "alternating", 14, 14, 0.0, "14 points in a row, up and down in turn"),
        Rule("N5", "one_side", 2, 3, 2.0, "2 of 3 points beyond 2 sigma on one side"),
        Rule("N6", "one_side", 4, 5, 1.0, "4 of 5 points beyond 1 sigma on one side"),
        Rule("N7", "inside", 15, 15, 1.0, "15 points in a row inside 1 sigma"),
        Rule("N8", "both_sides", 8, 8, 1.0, "8 points in a row outside 1 sigma, on both sides"),
    ),
)
RULE_SETS = {rules.name: rules for rules in (WESTERN_ELECTRIC, NELSON)}


def rule_set(rules: RuleSet | str) -> RuleSet:
    """A set of rules, given as it is or by its name."""
    if isinstance(rules, RuleSet):
        return rules
    if rules not in RULE_SETS:
        raise ValueError(f"no rules are called {rules!r}: {', '.join(RULE_SETS)}")
    return RULE_SETS[rules]
