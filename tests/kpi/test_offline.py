import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.timeseries import offline_zero

MINUTE = 60_000_000

readings = st.lists(
    st.tuples(
        st.integers(0, 3),  # tag
        st.integers(-2, 12),  # minutes since the reading before, clocks may go back
        st.sampled_from([0.0, -0.0, 1.5, np.nan]),
        st.booleans(),
    ),
    max_size=80,
)


def detect(rows: list[tuple[int, int, float, bool]], min_seconds: float = 600.0) -> list[bool]:
    tag = np.array([r[0] for r in rows], dtype=np.int64)
    when = np.cumsum([r[1] for r in rows], dtype=np.int64) * MINUTE
    value = np.array([r[2] for r in rows], dtype=np.float64)
    candidate = np.array([r[3] for r in rows], dtype=np.bool_)
    return offline_zero(tag, when, value, candidate, min_seconds).tolist()


def read_aloud(rows: list[tuple[int, int, float, bool]]) -> list[bool]:
    """The rule, one reading after another."""
    marked = [False] * len(rows)
    when = np.cumsum([r[1] for r in rows], dtype=np.int64)
    for tag in range(4):
        run: list[int] = []
        for at in [*(i for i, r in enumerate(rows) if r[0] == tag), None]:
            if at is not None and not rows[at][3]:
                continue
            if at is not None and rows[at][2] == 0:
                run.append(at)
                continue
            if run and max(abs(when[member] - when[run[0]]) for member in run) >= 10:
                for member in run:
                    marked[member] = True
            run = []
    return marked


def test_ten_minutes_count_and_a_second_less_does_not() -> None:
    tag, value, yes = np.zeros(2, dtype=np.int64), np.zeros(2), np.ones(2, dtype=np.bool_)
    exactly = np.array([0, 10 * MINUTE])
    assert offline_zero(tag, exactly, value, yes).all()
    assert not offline_zero(tag, exactly - np.array([0, 1]), value, yes).any()


def test_a_clock_that_goes_back_does_not_end_a_run_that_has_lasted() -> None:
    assert detect([(0, 0, 0.0, True), (0, 12, 0.0, True), (0, -8, 0.0, True)]) == [True] * 3


def test_one_zero_is_no_run() -> None:
    assert detect([(0, 0, 0.0, True), (0, 20, 1.0, True), (0, 20, 0.0, True)]) == [False] * 3


def test_a_candidate_that_is_not_zero_ends_the_run() -> None:
    zeros = [(0, 6, 0.0, True)] * 2
    for other in ((0, 0, 1.0, True), (0, 0, np.nan, True)):
        assert not any(detect([*zeros, other, *zeros]))
    assert all(detect([*zeros, *zeros]))


def test_a_reading_that_takes_no_part_neither_ends_a_run_nor_joins_it() -> None:
    zeros = [(0, 6, 0.0, True)] * 2
    for other in ((0, 0, np.nan, False), (0, 0, 1.0, False), (0, 0, 0.0, False)):
        assert detect([*zeros, other, *zeros]) == [True, True, False, True, True]


def test_readings_of_other_tags_do_not_end_the_run() -> None:
    rows = [(0, 0, 0.0, True), (1, 5, 9.0, True), (0, 5, 0.0, True), (1, 0, 0.0, True)]
    assert detect(rows) == [True, False, True, False]


def test_nothing_to_look_at() -> None:
    assert detect([]) == []
    assert detect([(0, 0, 1.0, True)]) == [False]


def test_misuse_is_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        offline_zero(
            np.zeros(2, np.int64), np.zeros(1, np.int64), np.zeros(1), np.ones(1, np.bool_)
        )
    with pytest.raises(ValueError, match="0 or more"):
        offline_zero(np.array([-1]), np.zeros(1, np.int64), np.zeros(1), np.ones(1, dtype=np.bool_))


@given(readings)
def test_equals_a_slow_reading_of_the_rule(rows: list[tuple[int, int, float, bool]]) -> None:
    assert detect(rows) == read_aloud(rows)


def test_two_million_readings_of_300_tags() -> None:
    count = 2_000_000
    tag = np.arange(count, dtype=np.int32) % 300
    value = np.random.default_rng(1).normal(50, 1, count)
    value[(tag == 17) & (np.arange(count) > 1_000_000)] = 0.0
    value[::1000] = 0.0
    started = time.process_time()
    marked = offline_zero(
        tag, np.arange(count) * 1_000_000 // 5, value, np.ones(count, dtype=np.bool_)
    )
    assert time.process_time() - started < 1.0
    assert marked.sum() == ((tag == 17) & (np.arange(count) > 1_000_000)).sum()
