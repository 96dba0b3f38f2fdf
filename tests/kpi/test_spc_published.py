"""Charts as R's qcc prints them (its quick tour and its tests), and sigma by each of its methods.

Where qcc takes d2 from a table of three decimals (1.128, 2.326, …) ours is computed: the two differ
in the fourth digit, and `TABLE` says so.
"""

import numpy as np
import pytest

from casparian.kpi import spc
from casparian.kpi.factors import c4_of
from casparian.kpi.spc.sigma import OF_INDIVIDUALS
from casparian.kpi.spc.successive import c4_successive
from tests.kpi.piston_rings import PISTON_RINGS
from tests.kpi.published_charts import (
    ANTIFREEZE,
    CIRCUIT,
    FIR,
    LATER_CIRCUIT,
    LATER_ORANGE_JUICE,
    LATER_RINGS,
    NIST_FLOW_RATE,
    ORANGE_JUICE,
    VISCOSITY,
)

TABLE = 5e-4
RAGGED = [[2, 4, 6, 8], [1, 5], [3, 6, 9]]
# values that qcc's help takes out of the piston rings, by their number
TAKEN_OUT = np.array([9, 10, 30, 35, 45, 64, 65, 74, 75, 85, 99, 100]) - 1


def printed(values: np.ndarray | float, digits: int = 7) -> list[float]:
    """As R prints a number: with so many digits."""
    return [float(f"{v:.{digits}g}") for v in np.atleast_1d(values)]


@pytest.mark.parametrize(
    ("method", "sigma"),
    [
        ("range_unweighted", 3.334735),
        ("range", 3.226929),
        ("s_unweighted", 3.244180),
        ("s", 3.113833),
        ("pooled_unbiased", 2.886142),
    ],
)
def test_sigma_of_unequal_subgroups_by_the_methods_of_qcc(method: spc.Method, sigma: float) -> None:
    groups = spc.subgroups_in_rows(RAGGED)
    assert printed(spc.sigma_of(groups, method)) == [sigma]
    kind = spc.xbar_r if method.startswith("range") else spc.xbar_s
    assert kind(RAGGED, method=method).limits.method == method
    assert kind(RAGGED).center == pytest.approx(44 / 9)


def test_sigma_of_individuals_by_the_methods_of_qcc() -> None:
    assert spc.i_mr(ANTIFREEZE).sigma == pytest.approx(0.179393, rel=TABLE)
    assert printed(spc.i_mr(ANTIFREEZE, method="total_unbiased").sigma, 6) == [0.221679]
    by_median = spc.i_mr([1, 3, 2, 6, 4], method="median_moving_range")  # ranges 2, 1, 4, 2
    assert by_median.sigma == pytest.approx(2 / (np.sqrt(2) * 0.6744897501960817), rel=1e-9)
    even = spc.i_mr([0, 1, 4, 9], method="median_moving_range")  # ranges 1, 3, 5
    assert even.sigma == pytest.approx(3 / 0.9538725524, rel=1e-9)
    two = spc.i_mr([0, 1, 4], method="median_moving_range")  # between 1 and 3
    assert two.sigma == pytest.approx(2 / 0.9538725524, rel=1e-9)


def test_the_spread_of_all_values_is_that_of_the_values_in_subgroups_too() -> None:
    every = np.concatenate(RAGGED)
    found = spc.sigma_of(spc.subgroups_in_rows(RAGGED), "total_unbiased")[0]
    assert found == pytest.approx(every.std(ddof=1) / c4_of(9), rel=1e-12)


def test_sigma_by_successive_differences() -> None:
    """qcc's tests: 1 and 3 have sigma sqrt(pi); of 1, 3, 2, 6, 4 the mean square is 25 / 8."""
    assert spc.i_mr([1, 3], method="mssd").sigma == pytest.approx(np.sqrt(np.pi), rel=1e-10)
    five = spc.i_mr([1, 3, 2, 6, 4], method="mssd").sigma
    assert five == pytest.approx(np.sqrt(25 / 8) / c4_successive(5), rel=1e-12)
    # Minitab's table of approximations
    table = {2: 0.79785, 3: 0.87153, 4: 0.905763, 5: 0.925222, 10: 0.962793}
    for n, printed_there in table.items():
        assert c4_successive(n) == pytest.approx(printed_there, abs=0.0017)
    random = np.random.default_rng(2).normal(size=(200_000, 6))
    root = np.sqrt((np.diff(random, axis=1) ** 2).sum(axis=1) / 10).mean()
    assert c4_successive(6) == pytest.approx(root, abs=0.002)
    assert c4_successive(1000) == pytest.approx(c4_successive(1001), abs=1e-6)
    with pytest.raises(ValueError, match="at least 2"):
        c4_successive(1)


@pytest.mark.parametrize("method", spc.METHODS)
def test_many_charts_have_the_sigma_that_each_has_alone(method: spc.Method) -> None:
    random = np.random.default_rng(4)
    key, values = random.integers(0, 4, 200), random.normal(0, 1, 200)
    label = np.arange(200) if method in OF_INDIVIDUALS else random.integers(0, 15, 200)
    single = method in OF_INDIVIDUALS
    groups = spc.individuals(values, key) if single else spc.subgroups_of(values, label, key)
    names, code = np.unique(groups.chart, return_inverse=True)
    together = spc.sigma_of(groups, method, code, len(names) + 1)
    assert np.isnan(together[-1])  # a chart without a value
    for at, name in enumerate(names):
        mine = key == name
        alone = (
            spc.individuals(values[mine]) if single else spc.subgroups_of(values[mine], label[mine])
        )
        assert together[at] == pytest.approx(float(spc.sigma_of(alone, method)[0]), rel=1e-12)


@pytest.mark.parametrize("method", spc.METHODS)
def test_every_method_is_right_in_the_mean_and_finds_no_sigma_in_constants(
    method: spc.Method,
) -> None:
    random = np.random.default_rng(8)
    if method in OF_INDIVIDUALS:
        groups, same = spc.individuals(random.normal(9, 2, 60_000)), spc.individuals([0.1] * 9)
    else:
        rows = [random.normal(9, 2, n) for n in random.integers(2, 9, 12_000)]
        groups, same = spc.subgroups_in_rows(rows), spc.subgroups_in_rows([[0.1] * 3] * 5)
    assert spc.sigma_of(groups, method)[0] == pytest.approx(2.0, rel=0.015)
    assert spc.sigma_of(same, method)[0] == 0.0


def test_piston_rings_of_unequal_size() -> None:
    flat = np.delete(PISTON_RINGS.ravel(), TAKEN_OUT)
    label = np.delete(np.repeat(np.arange(25), 5), TAKEN_OUT)
    chart = spc.xbar_r(flat, label, method="range_unweighted")
    assert np.unique(chart.points.size, return_counts=True)[1].tolist() == [4, 4, 17]
    assert round(chart.center, 5) == 74.00075
    assert chart.sigma == pytest.approx(0.009856701, rel=TABLE)
    assert chart.lcl[:2].round(5).tolist() == pytest.approx([73.98753, 73.98368], abs=1.1e-5)
    assert chart.ucl[:2].round(5).tolist() == pytest.approx([74.01398, 74.01782], abs=1.1e-5)
    # qcc's R chart has one centre for all sizes, 0.02230088, and prints 0.04785198 and 0.04857007;
    # a range of three is smaller than one of five, so here the centre is d2 sigma of the size
    ours, three = chart.spread_center[:2]
    assert 0.02230088 + (chart.spread_ucl[0] - ours) == pytest.approx(0.04785198, rel=TABLE)
    assert 0.02230088 + (chart.spread_ucl[1] - three) == pytest.approx(0.04857007, rel=TABLE)
    assert (ours, three) == pytest.approx((2.326 * 0.0098567, 1.693 * 0.0098567), rel=TABLE)


def test_piston_rings_by_s_and_in_phase_2() -> None:
    by_s = spc.xbar_s(PISTON_RINGS)
    assert printed(by_s.sigma) == [0.009829977]
    assert printed(by_s.spread_center[0]) == [0.009240037]
    assert printed(by_s.spread_ucl[0]) == [0.01930242]
    later = spc.xbar_r(PISTON_RINGS).judge(LATER_RINGS)
    assert [printed(f(later.value), 7)[0] for f in (np.min, np.mean, np.max)] == [
        73.9922, 74.00765, 74.0234,
    ]  # fmt: skip
    assert later.violations()["WE1"].tolist() == [11, 12, 13]  # samples 37 to 39
    assert later.limits.baseline.tolist() == [25]


def test_viscosity_by_moving_range_and_by_s() -> None:
    chart = spc.i_mr(VISCOSITY)
    assert chart.sigma == pytest.approx(0.4261651, rel=TABLE)
    assert (chart.lcl[0], chart.ucl[0]) == pytest.approx((32.24484, 34.80183), abs=5e-4)
    by_s = spc.i_mr(VISCOSITY, method="total_unbiased")
    assert printed([by_s.center, by_s.sigma, by_s.lcl[0], by_s.ucl[0]]) == [
        33.52333, 0.3415928, 32.49855, 34.54811,
    ]  # fmt: skip


def test_counts_as_qcc_prints_them() -> None:
    by_np = spc.np_(ORANGE_JUICE, 50)
    assert printed([by_np.lcl[0], by_np.ucl[0], by_np.points.center[0]]) == [
        2.621377, 20.51196, 11.56667,
    ]  # fmt: skip
    kept = np.delete(ORANGE_JUICE, [14, 22])
    revised = spc.p(kept, 50)
    assert printed([revised.center, revised.lcl[0], revised.ucl[0]]) == [
        0.215, 0.04070284, 0.3892972,
    ]  # fmt: skip
    assert printed(revised.judge(LATER_ORANGE_JUICE, 50).value.mean()) == [0.1108333]
    later = spc.p(LATER_ORANGE_JUICE, 50)
    assert printed([later.lcl[0], later.ucl[0]]) == [0.0, 0.2440207]
    boards = np.delete(CIRCUIT, [5, 19])
    c, u = spc.c(boards), spc.u(boards, 100)
    assert printed([c.center, c.lcl[0], c.ucl[0]]) == [19.66667, 6.362532, 32.9708]
    assert printed([u.center, u.lcl[0], u.ucl[0]]) == [0.1966667, 0.06362532, 0.329708]
    assert c.judge(LATER_CIRCUIT).violations()["WE1"].tolist() == []


def test_points_with_a_cause_kept_out_by_a_mask_give_the_same_limits() -> None:
    out = np.isin(np.arange(30), [14, 22])
    masked = spc.attribute_limits("p", ORANGE_JUICE, 50, exclude=out)
    assert masked.center[0] == spc.p(np.delete(ORANGE_JUICE, [14, 22]), 50).center


def test_ewma_of_piston_rings() -> None:
    limits = spc.xbar_r(PISTON_RINGS)
    error = limits.sigma / np.sqrt(5)
    found = spc.ewma(limits.value, limits.center, error, weight=0.2)
    assert found.lcl[[0, 1, 24]].round(5).tolist() == [73.99855, 73.99781, 73.9968]
    assert found.ucl[[0, 1, 24]].round(5).tolist() == [74.0038, 74.00454, 74.00555]
    means = np.concatenate([limits.value, limits.judge(LATER_RINGS).value])
    wide = spc.ewma(means, limits.center, error, weight=0.2, width=2.7)
    assert wide.lcl[[0, 1, 39]].round(5).tolist() == [73.99881, 73.99815, 73.99724]
    assert wide.ucl[[0, 1, 39]].round(5).tolist() == [74.00354, 74.0042, 74.00511]
    small = spc.ewma([11, 13, 12], 10, 2, weight=0.5, width=2)
    assert small.value.tolist() == [10.5, 11.75, 11.875]
    assert small.ucl == pytest.approx(10 + 2 * np.sqrt([1, 1.25, 1.3125]), rel=1e-12)


def test_cusum_is_strict_and_sums_means_by_their_own_error() -> None:
    found = spc.cusum([1.5, 0.5, 0.6, -1.5, -0.5, -0.8], 0.0, 1.0, k=0.5, h=1.0)
    assert found.upper.round(12).tolist() == [1.0, 1.0, 1.1, 0.0, 0.0, 0.0]
    assert found.lower.round(12).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.3]
    assert {k: v.tolist() for k, v in found.violations().items()} == {"upper": [2], "lower": [5]}
    sizes = np.array([3, 3, 2, 3])
    means = spc.cusum(np.array([0.0, 0.0, 4.0, 6.0]) / (2 / np.sqrt(sizes)), 0.0, 1.0)
    assert printed(means.upper[2:], 12) == [2.32842712475, 7.02457954745]


def test_cusum_with_a_head_start() -> None:
    """Montgomery, fast initial response: target 100, K 3, H 12, both sums start at 6."""
    found = spc.cusum(FIR, 100.0, 3.0, k=1.0, h=4.0, head_start=2.0)
    assert found.upper.tolist() == [5, 0, 1, 0, 0, 2, 0, 0, 2, 0]
    assert found.lower.tolist() == [1, 1, 0, 4, 1, 0, 1, 0, 0, 0]
    shifted = spc.cusum(FIR + 5.0, 100.0, 3.0, k=1.0, h=4.0, head_start=2.0)
    assert shifted.upper[:3].tolist() == [10, 9, 15]
    assert shifted.violations()["upper"][0] == 2
    without = spc.cusum(FIR + 5.0, 100.0, 3.0, k=1.0, h=4.0)
    assert without.violations()["upper"][0] > 2
    for wrong in (-1.0, 4.0):
        with pytest.raises(ValueError, match="head start"):
            spc.cusum(FIR, 100.0, 3.0, h=4.0, head_start=wrong)


def test_given_values() -> None:
    """ISO 7870-2, control against given values: 10 and 2 with subgroups of 2, 4 and 8."""
    rows = [[9, 11], [9, 11, 9, 11], [9, 11] * 4]
    chart = spc.xbar_r(rows, center=10, sigma=2)
    assert chart.lcl.round(6).tolist() == [5.757359, 7.0, 7.87868]
    assert chart.ucl.round(5).tolist() == [14.24264, 13.0, 12.12132]
    assert (chart.limits.method, chart.limits.missing) == ("given", ("",))
    assert spc.i_mr([5.0], center=5.0, sigma=1.0).ucl.tolist() == [8.0]
    with pytest.raises(ValueError, match="not below 0"):
        spc.xbar_r(rows, sigma=-1.0)


def test_figures_with_the_factors_of_a_table() -> None:
    """To the printed digits where qcc, NIST and Montgomery took d2 with three decimals."""
    rings = spc.xbar_r(PISTON_RINGS, tables=True)
    assert printed(rings.sigma) == [0.009785039]
    assert rings.spread_center[0] == pytest.approx(0.02276, rel=1e-12)
    assert (round(rings.lcl[0], 5), round(rings.ucl[0], 5)) == (73.98805, 74.0143)
    viscosity = spc.i_mr(VISCOSITY, tables=True)
    assert printed([viscosity.sigma, viscosity.lcl[0], viscosity.ucl[0]]) == [
        0.4261651, 32.24484, 34.80183,
    ]  # fmt: skip
    flow = spc.i_mr(NIST_FLOW_RATE, tables=True)
    assert (round(flow.ucl[0], 4), round(flow.lcl[0], 4)) == (55.8041, 45.8159)
    flat = np.delete(PISTON_RINGS.ravel(), TAKEN_OUT)
    label = np.delete(np.repeat(np.arange(25), 5), TAKEN_OUT)
    unequal = spc.xbar_r(flat, label, method="range_unweighted", tables=True)
    assert printed(unequal.sigma) == [0.009856701]
    assert unequal.lcl[:2].round(5).tolist() == [73.98753, 73.98368]
    assert unequal.ucl[:2].round(5).tolist() == [74.01398, 74.01782]
    wafers = spc.xbar_s(PISTON_RINGS, tables=True)
    assert wafers.sigma == pytest.approx(0.009240037 / 0.94, rel=1e-7)
    later = rings.judge(LATER_RINGS)
    assert later.spread_ucl[0] == pytest.approx((2.326 + 3 * 0.864) * rings.sigma, rel=1e-12)
