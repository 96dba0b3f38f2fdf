"""What plants write into numbers: huge, tiny, infinite, missing, without spread, at the limit."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from casparian.kpi import msa, spc, yields
from casparian.kpi.capability import between_within, capability
from casparian.kpi.capability.boxcox import boxcox
from casparian.kpi.capability.many import many
from casparian.kpi.capability.nonnormal import by_percentiles
from tests.kpi.piston_rings import PISTON_RINGS

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("base", [0.0, 1e6, -1e12, 1e15])
def test_far_from_zero_no_digit_is_lost(base: float) -> None:
    """Whole numbers beside 1e15 are exact, and so is what follows from them."""
    rows = np.arange(60.0).reshape(20, 3) % 7
    near, far = spc.xbar_s(rows), spc.xbar_s(rows + base)
    assert far.sigma == near.sigma and far.spread.tolist() == near.spread.tolist()
    assert [at.tolist() for at in far.points.violations().values()] == [
        at.tolist() for at in near.points.violations().values()
    ]
    one, other = capability(rows, -3, 20), capability(rows + base, base - 3, base + 20)
    assert (other.cp, other.pp) == (one.cp, one.pp)
    means = 1e-13 + abs(base) * np.finfo(float).eps  # what a mean this far out can hold
    assert (other.ppk, other.cpk) == pytest.approx((one.ppk, one.cpk), abs=means)
    apart = between_within(rows + base, base - 3, base + 20).sigma
    assert apart == pytest.approx(between_within(rows, -3, 20).sigma, abs=means)
    grid = rows[:12].reshape(6, 2, 3)
    assert msa.anova(grid + base).study.ev == pytest.approx(msa.anova(grid).study.ev, rel=1e-13)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.uint64])
def test_counts_of_narrow_types_do_not_overflow(kind: type) -> None:
    most = int(np.iinfo(kind).max)
    counts, sizes = np.array([most // 2] * 40, dtype=kind), np.array([most - 1] * 40, dtype=kind)
    assert spc.p(counts, sizes).center == pytest.approx((most // 2) / (most - 1))
    assert spc.c(counts).center == float(most // 2)
    assert yields.defect_rates(counts, sizes, np.ones(40)).dpu[0] == pytest.approx(
        (most // 2) / (most - 1)
    )


def test_subgroups_of_one_value_have_no_limits_and_say_so() -> None:
    chart = spc.xbar_r([[1.0], [2.0], [3.0]])
    assert np.isnan(chart.sigma) and np.isnan(chart.ucl).all()
    assert chart.limits.missing == ("no subgroup of two or more values in phase I",)
    assert not any(len(at) for at in chart.points.violations().values())
    alone = capability([5.0], 0, 10)
    assert (alone.cp, alone.pp, alone.missing) == (None, None, ("one value has no spread",))


def test_nothing_but_missing_values() -> None:
    with pytest.raises(ValueError, match="no values to chart"):
        spc.xbar_r([[NAN, NAN], [NAN, NAN]])
    with pytest.raises(ValueError, match="no values to chart"):
        spc.i_mr([NAN])
    none = capability([NAN, NAN], 0, 10)
    assert (none.n, none.left_out, none.cpk, none.missing) == (0, 2, None, ("no values",))


@pytest.mark.parametrize("infinite", [INF, -INF])
def test_an_infinite_value_is_refused_by_all(infinite: float) -> None:
    values = [1.0, 2.0, infinite, 4.0]
    for judge in (
        lambda: spc.i_mr(values),
        lambda: spc.xbar_r([values, values]),
        lambda: spc.ewma(values, target=2.0, sigma=1.0),
        lambda: spc.cusum(values, target=2.0, sigma=1.0),
        lambda: capability(values, 0, 9),
        lambda: between_within([values[:2], values[2:]], 0, 9),
        lambda: many(np.array([[values[:2], values[2:]]]), 0, 9),
        lambda: msa.anova(np.array(values).reshape(2, 1, 2)),
        lambda: msa.unbalanced(["1", "1", "2", "2"], ["A"] * 4, values),
    ):
        with pytest.raises(ValueError, match=r"infinite|missing"):
            judge()


def test_an_infinite_limit_is_an_open_side() -> None:
    open_below = capability(PISTON_RINGS, -INF, 74.05)
    assert open_below.cp is None and open_below.cpk == capability(PISTON_RINGS, None, 74.05).cpk
    assert open_below.missing == ("no lower specification limit",)
    assert capability(PISTON_RINGS, -INF, INF).cpk is None
    cube = many(PISTON_RINGS[np.newaxis], -INF, 74.05)
    assert np.isnan(cube.within.both[0]) and cube.within.nearest[0] == pytest.approx(
        open_below.cpk, rel=1e-12
    )
    for lsl, usl in ((INF, None), (None, -INF), (INF, INF)):
        with pytest.raises(ValueError, match=r"conforms|above the lower"):
            capability(PISTON_RINGS, lsl, usl)
    with pytest.raises(ValueError, match="infinite target"):
        capability(PISTON_RINGS, 73.95, 74.05, target=INF)


def test_a_mean_beyond_the_limit_has_an_index_below_zero() -> None:
    out = capability([10.0, 11.0, 12.0, 10.0, 11.0], 0, 5)
    assert (out.ppk or 0) < -1 and (out.z_overall or 0) < -5
    assert out.ppm_observed.total == 1e6 and out.ppm_overall.total == pytest.approx(1e6)
    assert out.intervals["ppk"][0] < (out.ppk or 0) < out.intervals["ppk"][1]


def test_one_limit_that_is_the_target() -> None:
    """With a target on the only limit Cpm has no width to speak of, and Cpk looks at that side."""
    found = capability([1.0, 2.0, 3.0, 4.0], None, 5.0, target=5.0)
    assert (found.cpm, found.cp) == (None, None)
    assert found.ppk == pytest.approx((5 - 2.5) / 3 / np.std([1, 2, 3, 4], ddof=1))
    on = capability([4.0, 5.0, 6.0, 5.0], None, 5.0)
    assert on.ppk == 0.0 and on.ppm_observed.total == 250_000.0


def test_without_spread_there_is_no_index_and_no_rule_breaks() -> None:
    same = np.full((10, 4), 0.1)
    for chart in (spc.xbar_r(same), spc.xbar_s(same), spc.i_mr(same.ravel())):
        assert chart.sigma == 0.0
        assert not any(len(at) for at in chart.points.violations(spc.NELSON).values())
    found = capability(same, 0, 1)
    assert (found.cp, found.ppk, found.cpm) == (None, None, None)
    assert found.missing == ("no spread within subgroups", "no spread of the values")
    assert boxcox(same, None, 1)[1].value is None
    assert by_percentiles(same.ravel(), None, 1, distribution="weibull").ppk is None
    assert msa.anova(np.full((3, 2, 2), 5.0)).study.ndc is None


def test_a_sample_of_nothing_has_no_limit_of_its_own() -> None:
    chart = spc.p([0, 2, 3], [0, 10, 20])
    assert np.isnan(chart.ucl[0]) and not np.isnan(chart.ucl[1:]).any()
    assert chart.center == pytest.approx(5 / 30)
    for counts, sizes, why in (([11], [10], "more are"), ([-1], [10], "not negative")):
        with pytest.raises(ValueError, match=why):
            spc.p(counts, sizes)
    with pytest.raises(ValueError, match="not negative"):
        spc.c([-1, 3])
    assert spc.p([0, 0], [10, 10]).ucl.tolist() == [0.0, 0.0]
    assert spc.p([10, 10], [10, 10]).lcl.tolist() == [1.0, 1.0]


def test_a_million_subgroups() -> None:
    values = np.random.default_rng(1).normal(size=(1_000_000, 5))
    started = time.process_time()
    chart = spc.xbar_r(values)
    broken = chart.points.violations()
    assert time.process_time() - started < 12.0
    assert chart.sigma == pytest.approx(1.0, rel=1e-3)
    beyond = math.erfc(3 / math.sqrt(2)) * 1e6
    assert len(broken["WE1"]) == pytest.approx(beyond, rel=0.1)
