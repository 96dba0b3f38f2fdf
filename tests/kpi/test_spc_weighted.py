"""EWMA and CUSUM against published ones and against loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi import spc
from tests.kpi.published_charts import MONTGOMERY_30, NIST_CUSUM, NIST_EWMA, NIST_EWMA_VALUES


def test_cusum_of_montgomery() -> None:
    found = spc.cusum(MONTGOMERY_30, 10.0, 1.0, k=0.5, h=5.0)
    assert found.violations()["upper"].tolist() == [28, 29]
    assert found.violations()["lower"].tolist() == []
    assert found.upper[27:].round(2).tolist() == [4.47, 5.28, 5.3]
    assert found.lower[:3].round(2).tolist() == [0.05, 1.56, 1.77]
    # the sum of point 29 began after point 22: the shift lies there
    assert found.upper_run[28] == 7


def test_cusum_of_nist() -> None:
    found = spc.cusum(NIST_CUSUM, 325.0, 1.0, k=0.3175, h=4.1959)
    assert found.upper[12:14].round(2).tolist() == [3.01, 4.94]
    assert found.violations()["upper"][0] == 13


def test_ewma_of_montgomery() -> None:
    found = spc.ewma(MONTGOMERY_30, 10.0, 1.0, weight=0.1, width=2.7)
    assert found.value[[0, 1, 28, 29]].round(4).tolist() == [9.945, 9.7495, 10.6468, 10.6341]
    assert (round(found.ucl[0], 2), round(found.ucl[-1], 2)) == (10.27, 10.62)
    assert found.violations().tolist() == [28, 29]


def test_ewma_of_nist() -> None:
    found = spc.ewma(NIST_EWMA, 50.0, 2.0539, weight=0.3)
    assert found.value.round(2).tolist() == NIST_EWMA_VALUES.tolist()
    assert (round(found.lcl[-1], 3), round(found.ucl[-1], 3)) == (47.412, 52.588)
    assert not len(found.violations())


def slow_ewma(values: list[float], weight: float) -> list[float]:
    found, last = [], 0.0
    for value in values:
        last = weight * value + (1 - weight) * last
        found.append(last)
    return found


def slow_cusum(values: list[float], k: float) -> list[tuple[float, int]]:
    found, last, run = [], 0.0, 0
    for value in values:
        last = max(0.0, last + value - k)
        run = run + 1 if last > 0 else 0
        found.append((last, run))
    return found


rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(-64, 64).map(lambda i: i / 16)), max_size=100
)


@given(rows, st.sampled_from([0.05, 0.2, 0.75, 1.0]))
def test_all_charts_at_once_equal_a_loop_over_each(
    rows: list[tuple[str, float]], weight: float
) -> None:
    key, values = np.array([k for k, _ in rows], dtype="U1"), np.array([v for _, v in rows])
    smooth = spc.ewma(values, 0.0, 1.0, weight, chart=key)
    sums = spc.cusum(values, 0.0, 1.0, chart=key)
    for name in "abc":
        mine = key == name
        own = values[mine].tolist()
        np.testing.assert_allclose(smooth.value[mine], slow_ewma(own, weight), atol=1e-12)
        up, down = slow_cusum(own, 0.5), slow_cusum([-v for v in own], 0.5)
        np.testing.assert_allclose(sums.upper[mine], [v for v, _ in up], atol=1e-12)
        np.testing.assert_allclose(sums.lower[mine], [v for v, _ in down], atol=1e-12)
        assert sums.upper_run[mine].tolist() == [run for _, run in up]
        assert sums.lower_run[mine].tolist() == [run for _, run in down]


def test_what_plants_produce() -> None:
    assert len(spc.ewma([], 0.0, 1.0).value) == len(spc.cusum([], 0.0, 1.0).upper) == 0
    assert spc.cusum([5.0] * 9, 5.0, 0.0).violations()["upper"].tolist() == []
    assert spc.ewma([5.0] * 9, 5.0, 0.0).violations().tolist() == []
    for charted in (spc.ewma, spc.cusum):
        with pytest.raises(ValueError, match="without a missing or infinite one"):
            charted([1.0, np.nan], 0.0, 1.0)
        with pytest.raises(ValueError, match="key of its chart"):
            charted([1.0], 0.0, 1.0, chart=["a", "b"])
    with pytest.raises(ValueError, match="between 0 and 1"):
        spc.ewma([1.0], 0.0, 1.0, weight=0.0)
