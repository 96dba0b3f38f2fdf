import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from casparian.kpi.spc import (
    XbarRLimits,
    complete_subgroups,
    western_electric,
    xbar_and_range,
    xbar_r_limits,
    xbar_r_violations,
)
from tests.kpi.piston_rings import PISTON_RINGS

matrices = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 40), st.integers(2, 8)),
    elements=st.integers(-1000, 1000).map(lambda i: i / 8),
)


def test_piston_rings_as_published() -> None:
    limits = xbar_r_limits(PISTON_RINGS, baseline=25)
    assert round(limits.center, 5) == 74.00118
    assert (round(limits.xbar_lcl, 5), round(limits.xbar_ucl, 5)) == (73.98805, 74.0143)
    assert round(limits.range_center, 5) == 0.02276
    assert limits.range_lcl == 0.0
    # published sigma 0.009785039 and R limit 0.04812533 come from d2 rounded to 2.326
    assert round(limits.range_center / 2.326, 9) == 0.009785039
    assert limits.sigma == pytest.approx(0.009785039, rel=5e-5)
    assert limits.range_ucl == pytest.approx(0.04812533, rel=5e-5)
    assert all(len(found) == 0 for found in xbar_r_violations(PISTON_RINGS, limits).values())


def test_baseline_is_frozen() -> None:
    shifted = np.vstack([PISTON_RINGS, PISTON_RINGS + 1.0])
    assert xbar_r_limits(shifted, 25) == xbar_r_limits(PISTON_RINGS, 25)


def test_fewer_subgroups_than_the_baseline_are_counted() -> None:
    assert xbar_r_limits(PISTON_RINGS[:7], baseline=20).baseline_subgroups == 7


VECTORS = {
    "one beyond 3 sigma": ([0, 3.1, 0, -3.1], {"WE1": [1, 3]}),
    "exactly at the limit is not beyond": ([0, 3.0, 0], {}),
    "2 of 3 beyond 2 sigma": ([0, 2.1, 0.5, 2.1, 0], {"WE2": [3]}),
    "every point that ends such a run": ([0, 2.1, 2.1, 0, 0], {"WE2": [2, 3]}),
    "2 of 3 on different sides": ([0, 2.1, -2.1, 0], {}),
    "4 of 5 beyond 1 sigma": ([-0.5, 1.1, 1.1, -0.2, 1.1, 1.1, -0.5], {"WE3": [5]}),
    "4 of 5 on different sides": ([-0.5, 1.1, 1.1, -1.1, 1.1, -0.5], {}),
    "8 in a row": ([-0.1] + [0.1] * 9 + [-0.1], {"WE4": [8, 9]}),
    "7 in a row": ([-0.1] + [0.1] * 7 + [-0.1], {}),
    "a point on the centre line ends the row": ([0.1] * 4 + [0.0] + [0.1] * 7, {}),
    "8 in a row below": ([-0.1] * 8, {"WE4": [7]}),
    "a run that starts with the chart": ([2.1, 2.1], {"WE2": [1]}),
    "no points": ([], {}),
}


@pytest.mark.parametrize(("points", "expected"), VECTORS.values(), ids=VECTORS.keys())
def test_western_electric_on_hand_made_vectors(
    points: list[float], expected: dict[str, list[int]]
) -> None:
    found = western_electric(np.array(points), center=0.0, sigma=1.0)
    assert {rule: at.tolist() for rule, at in found.items() if len(at)} == expected


def test_range_rule() -> None:
    limits = xbar_r_limits(PISTON_RINGS, 25)
    wild = PISTON_RINGS.copy()
    wild[9] += np.array([-0.03, 0.0, 0.0, 0.0, 0.03])
    assert xbar_r_violations(wild, limits)["R1"].tolist() == [9]


def test_incomplete_subgroups_are_left_out() -> None:
    values = np.array([1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0])
    labels = np.array([3, 3, 1, 1, 2, 2, 9])
    found, matrix = complete_subgroups(values, labels, size=2)
    assert found.tolist() == [2, 3]
    assert matrix.tolist() == [[5.0, 6.0], [1.0, 2.0]]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.array([[1.0, np.nan]]), "missing measurement"),
        (np.empty((0, 5)), "no complete subgroup"),
        (np.array([[1.0]]), "at least 2 values"),
        (np.array([1.0]), "at least 2 values"),
    ],
)
def test_what_cannot_be_charted_is_refused(values: np.ndarray, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        xbar_r_limits(values)


@given(matrices, st.integers(-64, 64), st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_limits_shift_and_scale_with_the_data(
    values: np.ndarray, shift: float, scale: float
) -> None:
    limits, moved = xbar_r_limits(values), xbar_r_limits(values * scale + shift)
    for name in ("center", "xbar_ucl", "xbar_lcl"):
        assert getattr(moved, name) == pytest.approx(
            getattr(limits, name) * scale + shift, rel=1e-9, abs=1e-9
        )
    for name in ("sigma", "range_center", "range_ucl", "range_lcl"):
        assert getattr(moved, name) == pytest.approx(getattr(limits, name) * scale, rel=1e-9)


@given(matrices, st.randoms(use_true_random=False))
def test_order_within_a_subgroup_does_not_matter(values: np.ndarray, random: object) -> None:
    shuffled = values.copy()
    for row in shuffled:
        random.shuffle(row)  # type: ignore[attr-defined]
    one, other = xbar_r_limits(values), xbar_r_limits(shuffled)
    assert one.range_ucl == pytest.approx(other.range_ucl)
    assert one.center == pytest.approx(other.center)


@given(st.floats(-1e6, 1e6), st.integers(1, 60), st.integers(2, 9))
def test_constant_data_has_limits_at_the_constant_and_no_violation(
    constant: float, count: int, size: int
) -> None:
    values = np.full((count, size), constant)
    limits = xbar_r_limits(values)
    assert limits.xbar_ucl == limits.center == limits.xbar_lcl == constant
    assert limits.range_ucl == limits.sigma == 0.0
    assert not any(len(found) for found in xbar_r_violations(values, limits).values())


@settings(max_examples=20)
@given(matrices)
def test_means_and_ranges(values: np.ndarray) -> None:
    mean, spread = xbar_and_range(values)
    np.testing.assert_allclose(mean, values.mean(axis=1), atol=1e-9)
    np.testing.assert_array_equal(spread, values.max(axis=1) - values.min(axis=1))


def test_a_hundred_thousand_subgroups_take_no_python_loop() -> None:
    values = np.random.default_rng(3).normal(10.0, 0.1, (100_000, 5))
    started = time.process_time()
    limits: XbarRLimits = xbar_r_limits(values, 1000)
    found = xbar_r_violations(values, limits)
    assert time.process_time() - started < 1.0
    assert 0.001 < len(found["WE1"]) / len(values) < 0.01
