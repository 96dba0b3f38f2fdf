import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.downtime import (
    NOT_GIVEN,
    durations,
    micro_stops,
    moved,
    pareto,
    pareto_of_each,
    pareto_of_level,
    planned_split,
    reason_tree,
    repairs,
    unshared_seconds,
)
from casparian.kpi.intervals import Intervals

stops = st.lists(
    st.tuples(st.sampled_from(["jam", "setup", "no parts"]), st.integers(0, 9999)), max_size=40
)


def test_ties_are_ordered_by_name() -> None:
    assert pareto(["b", "a"], [5.0, 5.0]).reason == ("a", "b")


def test_rows_that_already_count_events() -> None:
    found = pareto(["a", "b", "a"], [5.0, 1.0, 2.0], events=[3, 1, 4])
    assert found.events.tolist() == [7, 1]


def test_no_stops_at_all() -> None:
    found = pareto([], [])
    assert found.reason == ()
    assert len(found.cumulative_ratio) == 0


def test_reasons_without_time_have_no_share() -> None:
    assert pareto(["a"], [0.0]).share_ratio.tolist() == [0.0]


@pytest.mark.parametrize("lost", [-1.0, np.nan])
def test_impossible_durations_are_refused(lost: float) -> None:
    with pytest.raises(ValueError, match="zero or more"):
        pareto(["a"], [lost])


def test_a_stop_that_is_still_open_counts_until_now() -> None:
    start, end = np.array([0, 10_000_000]), np.array([5_000_000, 0])
    assert durations(start, end, [False, True], until=70_000_000).tolist() == [5.0, 60.0]


@given(stops)
def test_nothing_is_lost_and_shares_fall(rows: list[tuple[str, int]]) -> None:
    found = pareto([r[0] for r in rows], [r[1] for r in rows])
    assert found.seconds.sum() == sum(r[1] for r in rows)
    assert found.events.sum() == len(rows)
    assert (np.diff(found.seconds) <= 0).all()
    if found.seconds.sum() > 0:
        assert found.cumulative_ratio[-1] == 1.0


def test_a_pareto_by_events_has_their_shares() -> None:
    found = pareto(["a", "b", "b"], [60.0, 1.0, 2.0], by="events")
    assert found.reason == ("b", "a")
    assert found.share_ratio.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert found.seconds.tolist() == [3.0, 60.0]


def test_a_reason_that_is_not_given_stays_in_the_sum() -> None:
    found = pareto([None, "", " ", float("nan"), "jam"], [1.0, 1.0, 1.0, 1.0, 2.0])
    assert dict(zip(found.reason, found.seconds.tolist(), strict=True)) == {
        NOT_GIVEN: 4.0,
        "jam": 2.0,
    }


def test_a_pareto_of_each_shift() -> None:
    found = pareto_of_each(["Early", "Late", "Early"], ["jam", "jam", "setup"], [1.0, 5.0, 2.0])
    assert list(found) == ["Early", "Late"]
    assert found["Early"].reason == ("setup", "jam")
    assert found["Late"].share_ratio.tolist() == [1.0]


def test_the_tree_rolls_up_and_keeps_what_is_not_told() -> None:
    tree = reason_tree(
        ["A > x > 1", "A > x", ("A", "", "3"), "B", "  ", None], [1.0, 2.0, 4.0, 8.0, 16.0, 0.0]
    )
    sums = dict(zip(tree.path, tree.seconds.tolist(), strict=True))
    assert sums["A",] == 7.0
    assert sums["A", "x"] == 3.0
    assert sums["A", "x", "1"] == 1.0
    assert sums["A", NOT_GIVEN, "3"] == 4.0
    assert tree.path[0] == (NOT_GIVEN,)
    place = tree.path.index(("A", "x"))
    assert tree.parent_ratio[place] == pytest.approx(3 / 7)
    assert tree.share_ratio[place] == pytest.approx(3 / 31)
    assert tree.events[tree.path.index(("A",))] == 3


def test_an_empty_tree_and_one_without_time() -> None:
    assert reason_tree([], []).path == ()
    assert reason_tree(["A > x"], [0.0]).parent_ratio.tolist() == [0.0, 0.0]


def test_a_level_below_what_is_told_is_not_given() -> None:
    found = pareto_of_level(["A > x > 1", "A > x > 2", "B"], [1.0, 2.0, 5.0], level=2)
    assert found.reason == ("B > not given", "A > x")
    with pytest.raises(ValueError, match="from 1"):
        pareto_of_level(["A"], [1.0], level=0)


@given(stops)
def test_every_level_of_a_tree_adds_up(rows: list[tuple[str, int]]) -> None:
    paths = [f"{r[0]} > {r[1] % 3}" for r in rows]
    tree = reason_tree(paths, [r[1] for r in rows])
    for level in (1, 2):
        mine = [i for i, path in enumerate(tree.path) if len(path) == level]
        assert tree.seconds[mine].sum() == sum(r[1] for r in rows)
        assert tree.events[mine].sum() == len(rows)


def seconds_of(rows: list[tuple[int, int]], machine: list[str]) -> list[float]:
    start = [r[0] * 1_000_000 for r in rows]
    end = [r[1] * 1_000_000 for r in rows]
    return list(unshared_seconds(Intervals.of(start, end, machine)))


def test_overlapping_stops_count_once_and_the_earlier_one_has_the_time() -> None:
    rows = [(200, 400), (100, 300), (250, 350), (250, 350), (400, 500)]
    assert seconds_of(rows, ["M1", "M1", "M1", "M2", "M1"]) == [100.0, 200.0, 0.0, 100.0, 100.0]
    assert seconds_of([], []) == []
    assert seconds_of([(5, 9), (5, 7)], ["M", "M"]) == [4.0, 0.0]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20), st.sampled_from("ab"))))
def test_unshared_seconds_add_up_to_the_time_in_which_machines_stood(
    rows: list[tuple[int, int, str]],
) -> None:
    spans = [(start, start + length) for start, length, _ in rows]
    machine = [r[2] for r in rows]
    stood = {
        (who, second)
        for (a, b), who in zip(spans, machine, strict=True)
        for second in range(a, b)
    }  # fmt: skip
    assert sum(seconds_of(spans, machine)) == len(stood)


def test_micro_stops_are_shorter_than_the_limit() -> None:
    assert micro_stops([0.0, 299.9, 300.0]).tolist() == [True, True, False]
    assert micro_stops([10.0], limit_s=5.0).tolist() == [False]


def test_what_the_log_does_not_say_is_neither_planned_nor_unplanned() -> None:
    found = planned_split([1.0, 2.0, 4.0, 8.0], [True, False, None, True])
    assert (found.planned_s, found.unplanned_s, found.not_given_s) == (9.0, 2.0, 4.0)
    assert (found.planned, found.unplanned, found.not_given) == (2, 1, 1)
    with pytest.raises(ValueError, match="same length"):
        planned_split([1.0], [])


def test_open_failures_are_not_repaired_but_are_failures() -> None:
    found = repairs(
        ["M1", "M1", "M2", "M4"],
        [100.0, 900.0, 50.0, 10.0],
        [False, True, True, False],
        {"M1": 1000.0, "M2": 500.0, "M3": 7.0},
    )
    assert found.machine == ("M1", "M2", "M3", "M4")
    assert found.mttr_s.tolist() == pytest.approx([100.0, np.nan, np.nan, 10.0], nan_ok=True)
    assert found.mtbf_s.tolist() == pytest.approx([500.0, 500.0, np.nan, np.nan], nan_ok=True)
    assert found.missing == ("", "no failure is repaired", "no failure", "no operating time")


def test_no_machine_at_all() -> None:
    assert repairs([], [], [], {}).machine == ()


HOURS = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]


def test_how_far_a_tag_moved() -> None:
    found = moved([13.0, 5.0], [4, 4], [0] * 9 + [1] * 9, HOURS * 2)
    assert found.usual.tolist() == [5.0, 5.0]
    assert found.spread.tolist() == pytest.approx([4.0 / 1.3489795] * 2)
    assert found.z.tolist() == pytest.approx([8.0 / (4.0 / 1.3489795), 0.0])
    assert found.rank.tolist() == [1, 2]


def test_quartiles_are_those_of_numpy() -> None:
    values = np.random.default_rng(3).normal(size=101)
    found = moved([0.0], [9], [0] * 101, values)
    low, mid, high = np.quantile(values, [0.25, 0.5, 0.75])
    assert found.usual[0] == pytest.approx(mid)
    assert found.spread[0] == pytest.approx((high - low) / 1.3489795003921634)


def test_why_a_tag_has_no_z() -> None:
    tags = [0] * 9 + [1] * 3 + [2] * 9
    found = moved([1.0, 1.0, 1.0, np.nan], [2, 5, 5, 0], tags, HOURS + [1.0] * 3 + [7.0] * 9)
    assert np.isnan(found.z).all()
    assert found.rank.tolist() == [0, 0, 0, 0]
    assert found.missing == (
        "fewer than 3 readings before the stop",
        "fewer than 8 hours of usual running",
        "usual running does not vary",
        "fewer than 3 readings before the stop",
    )


def test_no_tag_moved() -> None:
    assert len(moved([], [], [], []).z) == 0
