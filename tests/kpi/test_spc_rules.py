"""Runs of points: one hand-made vector a rule, and every rule against a slow reading of it."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.spc import (
    NELSON,
    RULE_SETS,
    WESTERN_ELECTRIC,
    Rule,
    RuleSet,
    members,
    violations,
    zones,
)

UP_DOWN = [0.3, -0.3] * 7
VECTORS: dict[str, tuple[RuleSet, str, list[float], list[int], list[int]]] = {
    "WE1": (WESTERN_ELECTRIC, "WE1", [0, 3.1, 0, -3.1, 3.0], [1, 3], [1, 3]),
    "WE2": (WESTERN_ELECTRIC, "WE2", [0, 2.1, 0.5, 2.1, 0, -2.1], [3], [1, 3]),
    "WE3": (WESTERN_ELECTRIC, "WE3", [0, -1.1, -1.1, 0.5, -1.1, -1.1, 0], [5], [1, 2, 4, 5]),
    "8 of WE": (WESTERN_ELECTRIC, "WE4", [-0.1] + [0.1] * 8 + [-0.1], [8], [*range(1, 9)]),
    "7 is not 8": (WESTERN_ELECTRIC, "WE4", [-0.1] + [0.1] * 7 + [-0.1], [], []),
    "N1": (NELSON, "N1", [0, -3.1, 3.0, 3.1], [1, 3], [1, 3]),
    "9 of Nelson": (NELSON, "N2", [-0.1] + [0.1] * 9 + [-0.1], [9], [*range(1, 10)]),
    "8 is not 9": (NELSON, "N2", [-0.1] + [0.1] * 8 + [-0.1], [], []),
    "N2 on two sides": (NELSON, "N2", [0.1] * 8 + [-0.1] * 8, [], []),
    "N3 up": (NELSON, "N3", [0, -0.5, -0.4, -0.1, 0.1, 0.2, 0.6, 0.5], [6], [*range(1, 7)]),
    "N3 down": (NELSON, "N3", [0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0], [5, 6], [*range(7)]),
    "N3 five points": (NELSON, "N3", [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.6], [], []),
    "N4": (NELSON, "N4", [0.3, *UP_DOWN, -0.5], [14], [*range(1, 15)]),
    "N4 thirteen": (NELSON, "N4", UP_DOWN[:13], [], []),
    "N4 a level step": (NELSON, "N4", [*UP_DOWN[:7], UP_DOWN[6], *UP_DOWN[7:13]], [], []),
    "N5": (NELSON, "N5", [0, 2.1, 0.5, 2.1, 0, -2.1], [3], [1, 3]),
    "N6": (NELSON, "N6", [0, 1.1, 1.1, -0.5, 1.1, 1.1, 0], [5], [1, 2, 4, 5]),
    "N7": (NELSON, "N7", [1.0] + [0.9, -0.9, 0.0] * 5 + [1.1], [15], [*range(1, 16)]),
    "N7 fourteen": (NELSON, "N7", [0.5, -0.5] * 7 + [1.0], [], []),
    "N8": (NELSON, "N8", [0, 1.1, -1.1, 1.2, 1.3, 1.1, -1.5, 2.5, 1.1, 1.0], [8], [*range(1, 9)]),
    "N8 seven": (NELSON, "N8", [0, 1.1, -1.1, 1.2, 1.3, 1.1, -1.5, 2.5, 0.9], [], []),
    "N8 on one side is N6's": (NELSON, "N8", [1.1] * 9, [], []),
}


@pytest.mark.parametrize(("rules", "name", "points", "last", "run"), VECTORS.values(), ids=VECTORS)
def test_a_hand_made_vector(
    rules: RuleSet, name: str, points: list[float], last: list[int], run: list[int]
) -> None:
    assert violations(points, 0.0, 1.0, rules)[name].tolist() == last
    assert members(points, 0.0, 1.0, rules)[name].tolist() == run


def test_the_sets_are_two_and_named() -> None:
    assert WESTERN_ELECTRIC.names == ("WE1", "WE2", "WE3", "WE4")
    assert NELSON.names == tuple(f"N{n}" for n in range(1, 9))
    assert RULE_SETS == {"western_electric": WESTERN_ELECTRIC, "nelson": NELSON}


def _follows(rule: Rule, run: list[float]) -> bool:
    """The rule read aloud on one run of points, at most as long as the rule's."""
    steps = [b - a for a, b in pairwise(run)]
    whole = len(run) == rule.length
    if rule.pattern == "trend":
        return whole and (all(s > 0 for s in steps) or all(s < 0 for s in steps))
    if rule.pattern == "alternating":
        return whole and all(a * b < 0 for a, b in pairwise(steps))
    if rule.pattern == "inside":
        return whole and all(abs(p) < rule.reach for p in run)
    above, below = sum(p > rule.reach for p in run), sum(p < -rule.reach for p in run)
    if rule.pattern == "both_sides":
        return above + below == rule.length and above > 0 and below > 0
    return above >= rule.needed or below >= rule.needed


def _by_hand(points: list[float], rule: Rule) -> list[int]:
    return [
        last
        for last in range(len(points))
        if _follows(rule, points[max(0, last - rule.length + 1) : last + 1])
    ]


values = st.sampled_from([-3.5, -2.5, -1.5, -1.2, -0.5, 0.0, 0.5, 1.2, 1.5, 2.5, 3.5])


@given(st.lists(values, max_size=60) | st.lists(st.floats(-0.99, 0.99), max_size=40))
def test_rules_equal_a_slow_reading_of_them(points: list[float]) -> None:
    for rules in RULE_SETS.values():
        found = violations(np.array(points), 0.0, 1.0, rules)
        for rule in rules.rules:
            assert found[rule.name].tolist() == _by_hand(points, rule), rule


@given(st.lists(st.tuples(st.sampled_from("abc"), values), max_size=80))
def test_a_run_never_crosses_from_one_chart_to_the_next(rows: list[tuple[str, float]]) -> None:
    keys, points = np.array([k for k, _ in rows], dtype="U1"), np.array([p for _, p in rows])
    for rules in RULE_SETS.values():
        together = violations(points, 0.0, 1.0, rules, keys)
        runs = members(points, 0.0, 1.0, rules, keys)
        for name in rules.names:
            alone = [
                np.flatnonzero(keys == key)[found(points[keys == key], 0.0, 1.0, rules)[name]]
                for found in (violations, members)
                for key in "abc"
            ]
            assert together[name].tolist() == sorted(np.concatenate(alone[:3]).tolist())
            assert runs[name].tolist() == sorted(np.concatenate(alone[3:]).tolist())


def test_points_are_judged_by_their_own_sigma() -> None:
    found = violations([2.0, 2.0, 2.0], 0.0, np.array([1.0, 0.5, 0.6]))
    assert found["WE1"].tolist() == [1, 2]


def test_a_missing_point_breaks_no_rule_and_ends_a_row() -> None:
    points = [0.1] * 4 + [np.nan] + [0.1] * 4
    assert violations(points, 0.0, 1.0)["WE4"].tolist() == []
    assert violations([np.nan] * 20, 0.0, 1.0, NELSON)["N7"].tolist() == []
    assert violations([2.5, np.nan, 2.5], 0.0, 1.0)["WE2"].tolist() == [2]


@pytest.mark.parametrize("rules", RULE_SETS.values(), ids=RULE_SETS)
def test_what_plants_produce(rules: RuleSet) -> None:
    for points in ([], [5.0], [5.0] * 40):
        assert not any(len(at) for at in violations(points, 5.0, 0.0, rules).values())


def test_zones() -> None:
    points = [0.5, -1.5, 2.5, 3.5, 1.0, np.nan]
    assert zones(points, 0.0, 1.0).tolist() == [0, 1, 2, 3, 0, -1]
    assert zones([1.0], 0.0, 0.0).tolist() == [-1]


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="key of its chart"):
        violations([1.0, 2.0], 0.0, 1.0, chart=["a"])
    with pytest.raises(ValueError, match="one array"):
        violations([[1.0]], 0.0, 1.0)


def test_a_hundred_thousand_points_take_no_python_loop() -> None:
    points = np.random.default_rng(1).normal(size=100_000)
    chart = np.repeat(np.arange(1000), 100)
    started = time.process_time()
    for rules in RULE_SETS.values():
        violations(points, 0.0, 1.0, rules, chart)
        members(points, 0.0, 1.0, rules, chart)
    assert time.process_time() - started < 1.0


ON_THE_NEXT_CHART: dict[str, tuple[list[float], list[float]]] = {
    # what stands on chart a would complete the run that chart b begins
    "N2": ([0.1] * 5, [0.1] * 8),
    "N3": ([-0.9], [-0.5, -0.4, -0.3, -0.2, -0.1]),
    "N4": ([-0.3], [*UP_DOWN[:13]]),
    "N5": ([2.1], [2.1, 0.0]),
    "N6": ([1.1, 1.1], [1.1, 1.1, 0.0]),
    "N7": ([0.5] * 3, [0.5, -0.5] * 7),
    "N8": ([-1.5], [1.5] * 7),
}


@pytest.mark.parametrize("name", ON_THE_NEXT_CHART)
def test_a_run_that_would_need_the_chart_before(name: str) -> None:
    before, points = ON_THE_NEXT_CHART[name]
    line, keys = [*before, *points], ["a"] * len(before) + ["b"] * len(points)
    assert violations(line, 0.0, 1.0, NELSON)[name].tolist() == [
        at for at in _by_hand(line, _rule(name)) if at >= len(before)
    ]
    assert len(violations(line, 0.0, 1.0, NELSON)[name])
    for found in (violations, members):
        assert found(line, 0.0, 1.0, NELSON, keys)[name].tolist() == []


def _rule(name: str) -> Rule:
    return next(rule for rule in NELSON.rules if rule.name == name)


AT_THE_EDGE: dict[str, tuple[str, list[float], list[int]]] = {
    # on a line is not beyond it, and not inside it either
    "N1 on 3 sigma": ("N1", [3.0, -3.0], []),
    "N5 on 2 sigma": ("N5", [2.0, 2.1, 2.0], []),
    "N6 on 1 sigma": ("N6", [1.1, 1.1, 1.0, 1.1, 1.0], []),
    "N7 on 1 sigma": ("N7", [0.5] * 7 + [1.0] + [0.5] * 14, []),
    "N8 on 1 sigma": ("N8", [1.5, -1.5] * 3 + [1.0] + [1.5, -1.5] * 3, []),
    "N1 just beyond": ("N1", [3.001, -2.999], [0]),
    "N5 just beyond": ("N5", [2.001, 2.001, 1.999], [1, 2]),
    "N6 just beyond": ("N6", [1.001] * 4 + [0.999], [3, 4]),
    "N7 just inside": ("N7", [0.999] * 15, [14]),
    "N8 just outside": ("N8", [1.001, -1.001] * 4, [7]),
    "N2 just off the centre": ("N2", [0.001] * 9, [8]),
    "N2 on the centre": ("N2", [0.5] * 8 + [0.0] + [0.5] * 8, []),
    "N2 and again": ("N2", [0.5] * 10 + [-0.5] * 9, [8, 9, 18]),
    "N3 a tie on the way": ("N3", [0.1, 0.2, 0.3, 0.3, 0.4, 0.5, 0.6], []),
    "N3 a tie before": ("N3", [0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [6]),
    "N3 up, a tie, down": ("N3", [1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1], [5, 6, 12, 13]),
    "N4 a turn missing": ("N4", [*UP_DOWN[:8], 0.5, 0.6, *UP_DOWN[:6]], []),
    "N4 of fourteen and fifteen": (
        "N4", [1, 3, 2, 4, 3, 5, 4, 6, 5, 7, 6, 8, 7, 9, 8], [13, 14],
    ),
    "N7 sixteen": ("N7", [0.3] * 16 + [1.2], [14, 15]),
    "N8 none on the other side": ("N8", [1.2] * 8 + [-1.2], [8]),
    "N5 on two sides": ("N5", [0, 2.3, 0.4, 2.2, -2.4, -0.2, -2.5], [3, 6]),
    # a missing point takes its place: it ends a row, it may be the odd one of three or of five
    "N2 with a gap": ("N2", [0.5] * 8 + [np.nan] + [0.5] * 8, []),
    "N3 with a gap": ("N3", [1, 2, 3, np.nan, 4, 5, 6], []),
    "N4 with a gap": ("N4", [*UP_DOWN[:7], np.nan, *UP_DOWN[7:]], []),
    "N7 with a gap": ("N7", [0.5] * 14 + [np.nan] + [0.5] * 14, []),
    "N8 with a gap": ("N8", [1.5, -1.5] * 3 + [np.nan] + [1.5, -1.5] * 3, []),
    "N6 with a gap": ("N6", [1.1, 1.1, np.nan, 1.1, 1.1], [4]),
    "N5 with two gaps": ("N5", [2.1, np.nan, np.nan, 2.1], []),
    "N1 of nothing": ("N1", [np.nan, np.inf, -np.inf], [1, 2]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "points", "last"), AT_THE_EDGE.values(), ids=AT_THE_EDGE)
def test_a_rule_at_its_edge(name: str, points: list[float], last: list[int]) -> None:
    assert violations(points, 0.0, 1.0, NELSON)[name].tolist() == last
    turned = violations([-p for p in points], 0.0, 1.0, NELSON)[name]
    assert turned.tolist() == last  # above and below are alike
    moved = violations([10 + 4 * p for p in points], 10.0, 4.0, NELSON)[name]
    assert moved.tolist() == last


def test_the_rules_of_qcc_when_they_overlap() -> None:
    """qcc waits for three and for five points; here two of the first two are two of three."""
    points = [2.5] * 7 + [3.2]
    found = violations(points, 0.0, 1.0)
    assert {name: at.tolist() for name, at in found.items()} == {
        "WE1": [7], "WE2": [*range(1, 8)], "WE3": [*range(3, 8)], "WE4": [7],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "line", "points"), [("WE1", 3, 1), ("WE2", 2, 2), ("WE3", 1, 4), ("WE4", 0, 8)]
)
def test_western_electric_at_its_lines(name: str, line: float, points: int) -> None:
    assert violations([line + 0.001] * points, 0.0, 1.0)[name].tolist() == [points - 1]
    assert violations([line] * 20, 0.0, 1.0)[name].tolist() == []
    assert violations([-line - 0.001] * points, 0.0, 1.0)[name].tolist() == [points - 1]
