"""Charts of measured values: published answers, unequal sizes, phase I, what plants produce."""

import dataclasses
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casparian.kpi import spc
from casparian.kpi.factors import chart_factors, sizes_factors
from tests.kpi.piston_rings import PISTON_RINGS
from tests.kpi.published_charts import FLOW_WIDTH, NIST_FLOW_RATE, VISCOSITY


def chart(
    rows: list[list[float]] | np.ndarray, kind: spc.ChartKind = "xbar_r", baseline: int = 100
) -> tuple[spc.VariablesLimits, spc.ControlPoints]:
    """Limits of all rows and their points."""
    subgroups = spc.subgroups_in_rows(list(rows))
    limits = spc.variables_limits(subgroups, kind, baseline)
    return limits, spc.control_points(subgroups, limits)


def individuals(values: np.ndarray) -> tuple[spc.VariablesLimits, spc.ControlPoints]:
    found = spc.individuals(values)
    limits = spc.variables_limits(found, "i_mr", len(values))
    return limits, spc.control_points(found, limits)


def test_piston_rings_by_the_range() -> None:
    limits, points = chart(PISTON_RINGS)
    assert round(limits.center[0], 5) == 74.00118
    assert (round(points.lcl[0], 5), round(points.ucl[0], 5)) == (73.98805, 74.0143)
    assert round(points.spread_center[0], 5) == 0.02276
    # published with d2 = 2.326 and a d3 of qcc's own: test_reference_numbers
    assert points.spread_ucl[0] == pytest.approx(0.04812533, rel=5e-5)
    assert points.spread_lcl[0] == 0.0


def test_piston_rings_by_the_standard_deviation() -> None:
    limits, points = chart(PISTON_RINGS, "xbar_s")
    assert round(points.spread_center[0], 9) == 0.009240037
    assert round(points.spread_ucl[0], 8) == 0.01930242
    assert limits.sigma[0] == pytest.approx(0.009240037 / 0.9400, rel=5e-5)
    assert points.spread_lcl[0] == 0.0


def test_flow_width_of_the_hard_bake() -> None:
    limits, points = chart(FLOW_WIDTH)
    assert round(limits.center[0], 4) == 1.5056
    assert round(points.spread_center[0], 5) == 0.32521
    # published with A2 = 0.577 and D4 = 2.114
    assert points.ucl[0] == pytest.approx(1.69325, abs=1e-4)
    assert points.lcl[0] == pytest.approx(1.31795, abs=1e-4)
    assert points.spread_ucl[0] == pytest.approx(0.68749, abs=2e-4)
    assert not any(len(at) for at in points.violations().values())


def test_viscosity_of_the_aircraft_primer() -> None:
    limits, points = individuals(VISCOSITY)
    assert round(limits.center[0], 2) == 33.52
    assert round(points.spread_center[0], 2) == 0.48
    assert (round(points.ucl[0], 1), round(points.lcl[0], 1)) == (34.8, 32.2)
    assert round(points.spread_ucl[0], 2) == 1.57
    assert np.isnan(points.spread[0])


def test_flow_rate_of_nist() -> None:
    limits, points = individuals(NIST_FLOW_RATE)
    assert round(limits.center[0], 2) == 50.81
    assert round(points.spread_center[0], 4) == 1.8778
    # published with d2 = 1.128
    assert points.ucl[0] == pytest.approx(55.8041, rel=5e-5)
    assert points.lcl[0] == pytest.approx(45.8159, rel=5e-5)


def test_a_matrix_and_its_rows_are_one_chart() -> None:
    limits, points = chart(PISTON_RINGS, baseline=20)
    known = spc.xbar_r_limits(PISTON_RINGS, 20)
    assert limits.sigma[0] == pytest.approx(known.sigma, rel=1e-12)
    assert points.ucl[0] == pytest.approx(known.xbar_ucl, rel=1e-14)
    assert points.spread_ucl[0] == pytest.approx(known.range_ucl, rel=1e-12)


UNEQUAL = [[9.0, 11.0], [10.0, 12.0, 8.0], [7.0, 10.0, 13.0, 10.0, 10.0], [10.0], [12.0, 9.0]]


@pytest.mark.parametrize("kind", ["xbar_r", "xbar_s"])
def test_unequal_subgroups_by_hand(kind: spc.ChartKind) -> None:
    limits, points = chart(UNEQUAL, kind)
    total = weights = 0.0
    for row in UNEQUAL:
        if len(row) > 1:
            f = chart_factors(len(row))
            if kind == "xbar_r":
                unit, spread, error = f.d2, max(row) - min(row), f.d3
            else:
                unit, spread, error = f.c4, np.std(row, ddof=1), math.sqrt(1 - f.c4**2)
            weights += (unit / error) ** 2
            total += (unit / error) ** 2 * spread / unit
    sigma = total / weights
    assert limits.sigma[0] == pytest.approx(sigma, rel=1e-12)
    assert limits.center[0] == pytest.approx(np.mean([v for row in UNEQUAL for v in row]))
    assert limits.subgroup_size[0] == 5
    for at, row in enumerate(UNEQUAL):
        assert points.ucl[at] == pytest.approx(limits.center[0] + 3 * sigma / math.sqrt(len(row)))
        assert np.isnan(points.spread_ucl[at]) == (len(row) == 1)


def test_the_weighted_estimators_find_the_true_sigma() -> None:
    random = np.random.default_rng(11)
    rows = [random.normal(5.0, 2.0, n) for n in random.integers(2, 9, 20_000)]
    for kind in ("xbar_r", "xbar_s"):
        limits = spc.variables_limits(spc.subgroups_in_rows(rows), kind, len(rows))
        assert limits.sigma[0] == pytest.approx(2.0, rel=0.01)


def test_limits_are_frozen_for_phase_2() -> None:
    later = np.vstack([PISTON_RINGS, PISTON_RINGS + 1.0])
    subgroups = spc.subgroups_in_rows(list(later))
    limits = spc.variables_limits(subgroups, "xbar_r", 25)
    assert limits.center[0] == chart(PISTON_RINGS)[0].center[0]
    assert spc.control_points(subgroups, limits).violations()["WE1"].tolist() == [*range(25, 50)]
    with pytest.raises(ValueError, match="read-only"):
        limits.center[0] = 0.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.sigma = limits.center  # type: ignore[misc]


def test_points_with_a_known_cause_are_kept_out_and_not_replaced() -> None:
    rows = [[9.0, 11.0], [99.0, 101.0], [10.0, 12.0], [50.0, 60.0]]
    subgroups = spc.subgroups_in_rows(rows)
    cause = np.array([False, True, False, False])
    limits = spc.variables_limits(subgroups, "xbar_r", 3, exclude=cause)
    assert (limits.baseline[0], limits.center[0]) == (2, 10.5)
    chosen = spc.variables_limits(subgroups, "xbar_r", np.array([True, False, True, False]))
    assert (chosen.center, chosen.sigma) == (limits.center, limits.sigma)


def test_many_charts_at_once_are_each_as_if_alone() -> None:
    random = np.random.default_rng(2)
    key = np.repeat(np.array(["a", "b", "c"]), 300)
    label, values = np.tile(np.repeat(np.arange(60), 5), 3), random.normal(0, 1, 900)
    values[::17] = np.nan
    mixed = random.permutation(900)
    together = spc.subgroups_of(values[mixed], label[mixed], key[mixed])
    limits = spc.variables_limits(together, "xbar_r")
    points = spc.control_points(together, limits)
    for at, name in enumerate("abc"):
        mine = spc.subgroups_of(values[key == name], label[key == name])
        alone = spc.variables_limits(mine, "xbar_r")
        assert limits.sigma[at] == pytest.approx(alone.sigma[0], rel=1e-12)
        one = spc.control_points(mine, alone)
        here = np.flatnonzero(points.chart == name)
        np.testing.assert_allclose(points.ucl[here], one.ucl, rtol=1e-12)
        for rules in spc.RULE_SETS.values():
            every, own = points.violations(rules), one.violations(rules)
            for rule in rules.names:
                assert np.intersect1d(every[rule], here).tolist() == here[own[rule]].tolist()


def test_what_charts_cannot_be_made_of() -> None:
    single = spc.subgroups_in_rows([[1.0], [2.0]])
    limits = spc.variables_limits(single, "xbar_r")
    assert np.isnan(limits.sigma[0])
    assert limits.missing == ("no subgroup of two or more values in phase I",)
    assert not any(
        len(at) for at in spc.control_points(single, limits).violations(spc.NELSON).values()
    )
    with pytest.raises(ValueError, match="no point in phase I"):
        spc.variables_limits(single, "xbar_r", np.array([False, False]))
    with pytest.raises(ValueError, match="no chart is called"):
        spc.variables_limits(single, "median")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least one point"):
        spc.variables_limits(single, "i_mr", 0)
    with pytest.raises(ValueError, match="one entry a point"):
        spc.variables_limits(single, "i_mr", np.array([True]))
    other = spc.subgroups_of([1.0, 2.0], [1, 1], ["z", "z"])
    with pytest.raises(ValueError, match="no limits"):
        spc.control_points(other, spc.variables_limits(spc.individuals([1.0], ["y"]), "i_mr"))
    with pytest.raises(ValueError, match="needs its subgroup"):
        spc.subgroups_of([1.0], [1, 2])


def test_no_measurement_is_no_chart() -> None:
    nothing = spc.subgroups_of([np.nan], [1])
    limits = spc.variables_limits(nothing, "xbar_r")
    assert len(nothing) == len(limits) == len(spc.control_points(nothing, limits).value) == 0


def test_one_individual_has_a_centre_and_no_limits() -> None:
    limits, points = individuals(np.array([4.0]))
    assert limits.center[0] == points.value[0] == 4.0
    assert np.isnan(points.ucl[0])
    assert points.zone.tolist() == [-1]


def test_policy_of_the_chart() -> None:
    assert [spc.chart_of_size(n) for n in (1, 2, 10, 11)] == ["i_mr", "xbar_r", "xbar_r", "xbar_s"]
    with pytest.raises(ValueError, match="at least one"):
        spc.chart_of_size(0)


def test_factors_of_sizes() -> None:
    found = sizes_factors(np.array([5, 1, 2]))
    assert found.c4[[0, 2]].tolist() == [chart_factors(5).c4, chart_factors(2).c4]
    assert np.isnan([found.d2[1], found.d3[1], found.c4[1]]).all()


rows_of = st.lists(
    st.lists(st.integers(-800, 800).map(lambda i: i / 8), min_size=1, max_size=7),
    min_size=1,
    max_size=30,
).filter(lambda rows: any(len(row) > 1 for row in rows))


@settings(max_examples=60)
@given(rows_of, st.integers(-64, 64), st.sampled_from([0.25, 0.5, 2.0, 8.0]))
@pytest.mark.parametrize("kind", ["xbar_r", "xbar_s"])
def test_limits_shift_and_scale_with_the_data(
    kind: spc.ChartKind, rows: list[list[float]], shift: float, scale: float
) -> None:
    limits, points = chart(rows, kind)
    moved, other = chart([[v * scale + shift for v in row] for row in rows], kind)
    assert moved.sigma[0] == pytest.approx(limits.sigma[0] * scale, rel=1e-9)
    np.testing.assert_allclose(other.ucl, points.ucl * scale + shift, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(other.spread_ucl, points.spread_ucl * scale, rtol=1e-9, atol=1e-12)


@given(rows_of, st.randoms(use_true_random=False))
def test_order_within_a_subgroup_does_not_matter(rows: list[list[float]], random: object) -> None:
    shuffled = [list(row) for row in rows]
    for row in shuffled:
        random.shuffle(row)  # type: ignore[attr-defined]
    one, other = chart(rows)[1], chart(shuffled)[1]
    np.testing.assert_allclose(one.ucl, other.ucl, rtol=1e-12)
    np.testing.assert_allclose(one.spread, other.spread, rtol=1e-12)


@given(st.floats(-1e6, 1e6), st.lists(st.integers(2, 12), min_size=1, max_size=40))
@pytest.mark.parametrize("kind", ["xbar_r", "xbar_s"])
def test_constant_data_has_limits_at_the_constant_and_no_violation(
    kind: spc.ChartKind, constant: float, sizes: list[int]
) -> None:
    limits, points = chart([[constant] * n for n in sizes], kind)
    assert limits.sigma[0] == 0.0
    assert (points.ucl == constant).all()
    assert (points.lcl == constant).all()
    for rules in spc.RULE_SETS.values():
        assert not any(len(at) for at in points.violations(rules).values())
    assert not len(points.spread_violations())


def test_a_million_measurements_in_ten_thousand_subgroups() -> None:
    values = np.random.default_rng(3).normal(10.0, 0.1, 1_000_000)
    label = np.repeat(np.arange(10_000), 100)
    started = time.process_time()
    subgroups = spc.subgroups_of(values, label)
    points = spc.control_points(subgroups, spc.variables_limits(subgroups, "xbar_s"))
    found = [points.violations(rules) for rules in spc.RULE_SETS.values()]
    assert time.process_time() - started < 2.0
    assert len(found) == 2


def test_factors_far_beyond_the_tables() -> None:
    """D. C. Montgomery's c4 = 4 (n - 1) / (4 n - 3) for large n; d2 by an independent integral."""
    from scipy import integrate, stats

    for n in (25, 60, 100):
        found = chart_factors(n)
        assert found.c4 == pytest.approx(4 * (n - 1) / (4 * n - 3), abs=1e-4)
        x = np.linspace(-9, 9, 20_001)
        outside = 1 - stats.norm.cdf(x) ** n - stats.norm.sf(x) ** n
        assert found.d2 == pytest.approx(integrate.trapezoid(outside, x), rel=1e-9)
