import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.downtime import durations, pareto

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
