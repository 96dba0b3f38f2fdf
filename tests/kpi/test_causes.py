"""What moved with a feature: values while a part was made, the change, and the ranking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from casparian.kpi.causes import change_point, find_causes
from casparian.kpi.process_values import while_made

S = 1_000_000
numbers = st.integers(-1000, 1000).map(lambda i: i / 8)


def test_figures_are_those_of_scipy() -> None:
    rng = np.random.default_rng(1)
    feature = np.concatenate([rng.normal(0, 1, 60), rng.normal(1.5, 1, 40)])
    x = 20 + 0.5 * feature + rng.standard_normal(100)
    (found,) = find_causes(feature, x[:, np.newaxis], ["x"])
    expected = stats.pearsonr(feature, x)
    assert (found.correlation, found.p) == pytest.approx(tuple(expected))
    split = change_point(feature)
    assert split is not None and abs(split - 60) < 6
    welch = stats.ttest_ind(x[split:], x[:split], equal_var=False)
    assert found.difference_p == pytest.approx(welch.pvalue)
    assert found.difference == pytest.approx(x[split:].mean() - x[:split].mean())


def test_the_one_that_moved_is_first_among_many() -> None:
    rng = np.random.default_rng(2)
    feature = np.concatenate([rng.normal(0, 1, 140), rng.normal(1.5, 1, 60)])
    process = rng.standard_normal((200, 40))
    process[140:, 17] += 5.0
    found = find_causes(feature, process, [f"T{i:02d}" for i in range(40)])
    assert found[0].name == "T17" and (found[0].p_adjusted or 1) < 1e-6
    assert (found[0].difference or 0) == pytest.approx(5.0, abs=0.8)
    assert all((c.p_adjusted or 0) > 0.01 for c in found[1:])


def test_a_high_r_of_few_parts_does_not_stand_above_a_good_one_of_many() -> None:
    rng = np.random.default_rng(3)
    feature = rng.standard_normal(200)
    few = np.full(200, np.nan)
    few[:10] = feature[:10] + 0.6 * rng.standard_normal(10)
    many = feature + rng.standard_normal(200)
    found = find_causes(feature, np.stack([few, many], axis=1), ["few", "many"])
    assert [c.name for c in found] == ["many", "few"]
    assert abs(found[1].correlation or 0) > abs(found[0].correlation or 0)


def test_what_has_no_correlation_says_why() -> None:
    feature = np.arange(20.0)
    constant, few = np.full(20, 0.1), np.full(20, np.nan)
    few[:4] = 1.0
    process = np.stack([constant, few, feature], axis=1)
    found = {c.name: c for c in find_causes(feature, process, ["constant", "few", "same"])}
    assert found["constant"].missing == "constant" and found["constant"].correlation is None
    assert found["few"].missing == "fewer than 10 parts" and found["few"].n == 4
    assert found["same"].correlation == 1.0 and found["same"].p == 0.0
    (flat,) = find_causes(np.ones(20), feature[:, np.newaxis], ["x"])
    assert flat.missing == "constant" and change_point(np.ones(20)) is None
    assert find_causes(np.array([]), np.empty((0, 1)), ["x"])[0].n == 0
    with pytest.raises(ValueError, match="for each part"):
        find_causes(feature, process, ["constant"])


@given(hnp.arrays(np.float64, st.integers(12, 40), elements=numbers), st.integers(1, 9), numbers)
@settings(max_examples=60)
def test_shift_and_scale(feature: np.ndarray, scale: int, shift: float) -> None:
    x = np.cumsum(feature[::-1])[:, np.newaxis]
    one = find_causes(feature, x, ["x"])[0]
    other = find_causes(feature * scale + shift, -x * scale + shift, ["x"])[0]
    if one.correlation is None:
        assert other.correlation is None
        return
    assert other.correlation == pytest.approx(-one.correlation, abs=1e-9)


def test_a_reading_holds_until_the_next_and_no_longer_than_an_hour() -> None:
    at = np.array([0, 100, 10_000]) * S
    value = np.array([1.0, 3.0, 9.0])
    start = np.array([50, 150, 5000, 100, 9000, 200]) * S
    end = np.array([150, 250, 6000, 100, 11_000, 100]) * S
    good = np.array([True, False, True])
    found = while_made(at, value, start, end, good)
    assert found.readings.tolist() == [2, 1, 0, 0, 1, 0]
    assert found.mean[:2].tolist() == [2.0, 3.0] and np.isnan(found.mean[2])
    assert found.good_ratio[:2].tolist() == [0.5, 0.0]
    assert found.covered_ratio[4] == 0.5 and found.last[4] == 9.0
    assert (found.least[0], found.largest[0], found.last[0]) == (1.0, 3.0, 3.0)
    none = while_made(at[:0], value[:0], start, end)
    assert none.readings.tolist() == [0] * 6 and np.isnan(none.mean).all()
    with pytest.raises(ValueError, match="order of time"):
        while_made(at[::-1], value, start, end)
    with pytest.raises(ValueError, match="each reading"):
        while_made(at, value[:1], start, end)


@given(
    st.lists(st.integers(0, 8000), min_size=1, max_size=30, unique=True),
    st.lists(st.tuples(st.integers(0, 8000), st.integers(1, 4000)), min_size=1, max_size=8),
)
@settings(max_examples=80)
def test_means_are_those_of_a_plain_loop(instants: list[int], times: list[tuple[int, int]]) -> None:
    at = sorted(instants)
    value = [float((7 * i) % 11) for i in range(len(at))]
    start, end = [a for a, _ in times], [a + n for a, n in times]
    found = while_made(np.array(at) * S, np.array(value), np.array(start) * S, np.array(end) * S)
    for i, (a, b) in enumerate(zip(start, end, strict=True)):
        pieces = []
        for k, begin in enumerate(at):
            until = min(begin + 3600, at[k + 1] if k + 1 < len(at) else 10**9)
            if min(until, b) > max(begin, a):
                pieces.append((min(until, b) - max(begin, a), value[k]))
        assert found.readings[i] == len(pieces)
        if pieces:
            mean = sum(n * v for n, v in pieces) / sum(n for n, _ in pieces)
            assert found.mean[i] == pytest.approx(mean)
            assert found.last[i] == pieces[-1][1]
