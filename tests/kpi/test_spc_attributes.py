"""Charts of counts against published ones, and what plants produce."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi import spc
from tests.kpi.published_charts import (
    CIRCUIT,
    COMPUTERS,
    DYED_CLOTH,
    NIST_WAFERS,
    ORANGE_JUICE,
    PURCHASE_ORDERS,
)

PUBLISHED = {
    "orange juice": ("p", ORANGE_JUICE, 50, 0.2313333, 0.05242755, 0.4102391, [14, 22]),
    "circuit": ("c", CIRCUIT, 1, 19.84615, 6.481447, 33.21086, [5, 19]),
    "wafers of NIST": ("c", NIST_WAFERS, 1, 16.0, 4.0, 28.0, [23]),
    "computers": ("u", COMPUTERS, 5, 1.93, 0.06613305, 3.793867, []),
}


@pytest.mark.parametrize(
    ("kind", "counts", "sizes", "center", "lcl", "ucl", "beyond"), PUBLISHED.values(), ids=PUBLISHED
)
def test_as_published(
    kind: spc.CountKind,
    counts: np.ndarray,
    sizes: float,
    center: float,
    lcl: float,
    ucl: float,
    beyond: list[int],
) -> None:
    limits = spc.attribute_limits(kind, counts, sizes)
    points = spc.attribute_points(counts, sizes, limits)
    # printed with seven digits
    assert float(f"{limits.center[0]:.7g}") == center
    assert (float(f"{points.lcl[0]:.7g}"), float(f"{points.ucl[0]:.7g}")) == (lcl, ucl)
    assert points.violations()["WE1"].tolist() == beyond


def test_purchase_orders_have_limits_by_their_own_size() -> None:
    counts, sizes = PURCHASE_ORDERS
    limits = spc.attribute_limits("p", counts, sizes)
    points = spc.attribute_points(counts, sizes, limits)
    assert round(limits.center[0], 3) == 0.096
    assert (round(points.ucl[0], 3), round(points.lcl[0], 3)) == (0.184, 0.007)
    assert points.violations()["WE1"].tolist() == [10]
    assert points.lcl[1] == 0.0


def test_dyed_cloth() -> None:
    counts, sizes = DYED_CLOTH
    limits = spc.attribute_limits("u", counts, sizes)
    points = spc.attribute_points(counts, sizes, limits)
    assert round(limits.center[0], 2) == 1.42
    assert (round(points.lcl[0], 2), round(points.ucl[0], 2)) == (0.29, 2.56)


def test_np_is_p_in_items() -> None:
    counts, sizes = PURCHASE_ORDERS
    p, np_ = (
        spc.attribute_points(counts, sizes, spc.attribute_limits(kind, counts, sizes))
        for kind in ("p", "np")
    )
    np.testing.assert_allclose(np_.ucl, p.ucl * sizes)
    np.testing.assert_allclose(np_.value, counts)
    assert np_.violations()["WE1"].tolist() == [10]


def test_laney_by_hand() -> None:
    counts, sizes = np.array([500, 540, 470, 520]), np.array([10_000, 10_500, 9_800, 10_200])
    limits = spc.attribute_limits("laney_p", counts, sizes)
    share = counts.sum() / sizes.sum()
    sigma = np.sqrt(share * (1 - share) / sizes)
    z = (counts / sizes - share) / sigma
    factor = np.abs(np.diff(z)).mean() / (2 / np.sqrt(np.pi))
    points = spc.attribute_points(counts, sizes, limits)
    np.testing.assert_allclose(points.ucl, share + 3 * sigma * factor)
    assert limits.inflation[0] == pytest.approx(factor)


def test_many_charts_at_once() -> None:
    key = np.repeat(["a", "b"], 30)
    counts = np.concatenate([ORANGE_JUICE, ORANGE_JUICE[::-1]])
    limits = spc.attribute_limits("p", counts, 50, baseline=20, chart=key)
    points = spc.attribute_points(counts, 50, limits, chart=key)
    one = spc.attribute_limits("p", ORANGE_JUICE, 50, baseline=20)
    assert limits.center[0] == one.center[0]
    assert (points.center[:30] == one.center[0]).all()


def test_frozen_limits_and_missing_counts() -> None:
    counts = [3.0, np.nan, 0.0, 2.0]
    limits = spc.attribute_limits("p", counts, [50, 50, 0, 50])
    assert (limits.baseline[0], limits.center[0]) == (2, 0.05)
    points = spc.attribute_points(counts, [50, 50, 0, 50], limits)
    assert np.isnan(points.value).tolist() == [False, True, True, False]
    with pytest.raises(ValueError, match="read-only"):
        limits.counted[0] = 1.0


@pytest.mark.parametrize(
    ("kind", "counts", "sizes", "sentence"),
    [
        ("p", [5], [4], "more are defective"),
        ("c", [-1], [1], "not negative"),
        ("c", [1, 2], [1, 2], "take a u chart"),
        ("q", [1], [1], "no chart is called"),
        ("p", [], [], "no point in phase I"),
        ("p", [np.nan], [5], "no point in phase I"),
    ],
)
def test_what_cannot_be_charted_is_refused(
    kind: spc.CountKind, counts: list[float], sizes: list[float], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        spc.attribute_limits(kind, counts, sizes)


@given(st.integers(0, 50), st.integers(1, 40))
@pytest.mark.parametrize("kind", ["p", "np", "c", "u"])
def test_constant_counts_break_no_rule_but_nelsons_seventh(
    kind: spc.CountKind, count: int, points: int
) -> None:
    counts = [count] * points
    found = spc.attribute_points(counts, 50, spc.attribute_limits(kind, counts, 50))
    for rules in spc.RULE_SETS.values():
        broken = {name for name, at in found.violations(rules).items() if len(at)}
        # a constant count is less than counting alone would spread: that is what N7 says
        assert broken <= {"N7"}
    assert (found.lcl >= 0).all()


def test_no_limit_is_beyond_what_a_share_or_a_count_can_be() -> None:
    for kind in ("p", "laney_p"):
        found = spc.attribute_points([4, 5, 3], 5, spc.attribute_limits(kind, [4, 5, 3], 5))  # type: ignore[arg-type]
        assert found.ucl.tolist() == [1.0] * 3
    rare = spc.attribute_points([0, 1, 0], 5, spc.attribute_limits("u", [0, 1, 0], 5))
    assert rare.lcl.tolist() == [0.0] * 3
