"""Flat lines and spikes: hand-made series, odd input, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.timeseries import flat_line, spikes

MINUTE = 60_000_000
NO_TAG = np.zeros(0, dtype=np.int64)


def minutes(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.int64) * MINUTE


def flat(value: list[float], tags: list[int] | None = None, **settings: float) -> list[int]:
    own = np.zeros(len(value), int) if tags is None else np.array(tags)
    marked = flat_line(own, minutes(len(value)), np.array(value), **settings)
    return np.flatnonzero(marked).tolist()


def test_a_stuck_sensor_is_flat_from_its_first_reading_to_its_last() -> None:
    value = [1.0, 2.0, 2.0, 2.0, 2.0, 3.0]
    assert flat(value, min_seconds=180, min_count=4) == [1, 2, 3, 4]
    assert flat(value, min_seconds=181, min_count=4) == []
    assert flat(value, min_seconds=180, min_count=5) == []


def test_a_run_is_of_one_tag_and_ends_at_a_missing_value() -> None:
    assert flat([5.0] * 6, [0, 0, 0, 1, 1, 1], min_seconds=180, min_count=2) == []
    assert flat([5.0, 5.0, np.nan, 5.0, 5.0], min_seconds=120, min_count=2) == []
    assert flat([np.nan] * 5, min_seconds=120, min_count=2) == []


def test_tolerance_bounds_the_step_and_the_run() -> None:
    noise = [5.0, 5.1, 5.0, 5.1, 5.0]
    assert flat(noise, min_seconds=240, min_count=5, tolerance=0.11) == [0, 1, 2, 3, 4]
    creeping = [5.0, 5.1, 5.2, 5.3, 5.4]
    assert flat(creeping, min_seconds=240, min_count=5, tolerance=0.11) == []


def test_settings_by_tag_and_readings_in_any_order() -> None:
    tags, at = np.array([1, 0, 1, 0, 1, 0]), np.array([2, 2, 1, 1, 0, 0]) * MINUTE
    value = np.array([7.0, 8.0, 7.0, 8.0, 7.0, 8.0])
    seconds = np.array([120.0, 600.0])
    marked = flat_line(tags, at, value, min_seconds=seconds, min_count=3)
    assert marked.tolist() == [False, True, False, True, False, True]


def spiked(value: list[float], **settings: float) -> list[int]:
    own = np.array(value)
    return np.flatnonzero(
        spikes(np.zeros(len(own), int), minutes(len(own)), own, **settings)
    ).tolist()


def test_a_spike_is_one_and_a_step_is_none() -> None:
    level = [10.0, 10.1, 9.9, 10.0, 10.2, 9.8, 10.1]
    assert spiked([*level, 55.0, *level]) == [7]
    assert spiked([*level, *(v + 50 for v in level), *(v + 50 for v in level)]) == []
    assert spiked([55.0, *level, *level]) == [0]
    assert spiked([*level, *level, -40.0]) == [14]


def test_what_comes_again_and_again_is_no_spike() -> None:
    pulses = [0.0, 0.0, 0.0, 0.0, 6.0] * 20
    assert spiked(pulses) == []
    assert spiked([*pulses, *[0.0] * 9, 90.0, *pulses]) == [109]


def test_out_of_a_constant_and_within_the_last_digit() -> None:
    assert spiked([4.0] * 8 + [4.5] + [4.0] * 8) == [8]
    assert spiked([4.0] * 8 + [4.5] + [4.0] * 8, resolution=0.5) == []
    assert spiked([4.0] * 20) == []


def test_too_few_readings_missing_ones_and_none() -> None:
    assert spiked([1.0, 99.0, 1.0]) == []
    assert spiked([np.nan] * 30) == []
    level = [10.0, 10.1, 9.9, np.nan, 10.2, 9.8, 10.1]
    assert spiked([*level, 55.0, *level]) == [7]
    assert spikes(NO_TAG, NO_TAG, np.zeros(0)).tolist() == []
    assert flat_line(NO_TAG, NO_TAG, np.zeros(0)).tolist() == []


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        spikes(NO_TAG, minutes(1), np.zeros(1))
    with pytest.raises(ValueError, match="differ in length"):
        flat_line(NO_TAG, minutes(1), np.zeros(1))
    with pytest.raises(ValueError, match="half is 1 or more"):
        spikes(NO_TAG, NO_TAG, np.zeros(0), half=0)


series = st.lists(
    st.tuples(st.integers(0, 2), st.integers(-40, 40) | st.sampled_from([400, -400])),
    min_size=1,
    max_size=60,
)


@given(series, st.randoms(use_true_random=False), st.integers(-1000, 1000), st.integers(1, 8))
def test_order_zero_and_unit_do_not_matter(
    rows: list[tuple[int, int]], random: np.random.Generator, shift: int, scale: int
) -> None:
    """Whole numbers and powers of two, so that arithmetic is exact."""
    tags = np.array([tag for tag, _ in rows])
    value, at = np.array([float(v) for _, v in rows]), minutes(len(rows))
    mixed = list(range(len(rows)))
    random.shuffle(mixed)
    other = (value * 2.0**scale + shift)[mixed]
    assert (spikes(tags, at, value)[mixed] == spikes(tags[mixed], at[mixed], other)).all()
    settings = {"min_seconds": 120.0, "min_count": 3}
    first = flat_line(tags, at, value, **settings)[mixed]
    assert (first == flat_line(tags[mixed], at[mixed], other, **settings)).all()


@given(series)
def test_tags_are_looked_at_one_by_one(rows: list[tuple[int, int]]) -> None:
    tags = np.array([tag for tag, _ in rows])
    value, at = np.array([float(v) for _, v in rows]), minutes(len(rows))
    together = spikes(tags, at, value)
    for tag in range(3):
        own = tags == tag
        alone = spikes(np.zeros(int(own.sum()), int), at[own], value[own])
        assert (together[own] == alone).all()
