"""One chart in one call: what is taken, what is the same as the long way, what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian import kpi
from casparian.kpi import spc
from casparian.kpi.spc.sigma import OF_INDIVIDUALS
from tests.kpi.piston_rings import PISTON_RINGS
from tests.kpi.published_charts import ORANGE_JUICE, PURCHASE_ORDERS

LABELS = np.repeat(np.arange(25), 5)


def test_every_subject_is_found_from_the_package() -> None:
    assert kpi.spc.xbar_r is spc.xbar_r
    assert kpi.capability.capability([1.0, 2.0, 3.0], 0, 4).n == 3
    assert set(dir(kpi)) >= {"spc", "capability", "msa", "oee", "alarms", "yields"}
    for name in dir(kpi):
        assert getattr(kpi, name).__doc__
    with pytest.raises(AttributeError, match="no 'scp'"):
        _ = kpi.scp


@pytest.mark.parametrize(
    "data",
    [PISTON_RINGS, PISTON_RINGS.tolist(), tuple(PISTON_RINGS), pd.DataFrame(PISTON_RINGS)],
    ids=["array", "lists", "rows", "frame"],
)
def test_rows_are_taken_in_any_form(data: object) -> None:
    chart, known = spc.xbar_r(data), spc.xbar_r_limits(PISTON_RINGS, 25)  # type: ignore[arg-type]
    assert chart.center == pytest.approx(known.center, rel=1e-15)
    assert chart.ucl[0] == pytest.approx(known.xbar_ucl, rel=1e-15)
    assert chart.spread_ucl[0] == pytest.approx(known.range_ucl)
    assert chart.spread_lcl[0] == 0.0
    assert chart.spread.tolist() == np.ptp(PISTON_RINGS, axis=1).tolist()


def test_values_with_labels_and_frames_of_one_column() -> None:
    frame = pd.DataFrame({"d": PISTON_RINGS.ravel(), "sample": LABELS})
    by_label = spc.xbar_s(frame["d"], frame["sample"])
    assert by_label.points.label.tolist() == list(range(25))
    assert by_label.sigma == spc.xbar_s(PISTON_RINGS).sigma
    later = by_label.judge(frame["d"] + 1, frame["sample"])
    assert later.violations("nelson")["N1"].tolist() == list(range(25))
    column = spc.i_mr(frame[["d"]])
    assert column.sigma == spc.i_mr(PISTON_RINGS.ravel()).sigma
    assert column.judge([80.0]).spread_violations().tolist() == []


def test_missing_values_and_a_baseline() -> None:
    rows = [[9.0, 11.0, np.nan], [10.0, 12.0, 11.0], [50.0, 52.0, 51.0]]
    chart = spc.xbar_r(rows, baseline=2)
    assert chart.points.size.tolist() == [2, 3, 3]
    assert chart.violations()["WE1"].tolist() == [2]
    assert spc.i_mr([1.0, np.nan, 3.0]).value.tolist() == [1.0, 3.0]


def test_counts() -> None:
    chart = spc.p(ORANGE_JUICE.tolist(), 50)
    assert round(chart.center, 7) == 0.2313333
    assert chart.violations()["WE1"].tolist() == [14, 22]
    assert chart.sigma == chart.points.sigma[0]
    counts, sizes = PURCHASE_ORDERS
    assert spc.p(counts, sizes, baseline=10).judge(counts, sizes).ucl[0] == pytest.approx(
        spc.p(counts, sizes, baseline=10).ucl[0]
    )
    assert spc.c([3, 4, 5]).judge([90]).violations()["WE1"].tolist() == [0]
    large = 100 * counts, 100 * sizes
    for one, plain in ((spc.laney_p, spc.p), (spc.laney_u, spc.u)):
        wide, narrow = one(*large), plain(*large)
        assert wide.center == narrow.center
        assert (wide.ucl > narrow.ucl).all()


def test_rules_by_their_name() -> None:
    assert spc.violations([3.5, 0.0], 0.0, 1.0, "nelson")["N1"].tolist() == [0]
    assert spc.members([3.5, 0.0], 0.0, 1.0, "western_electric")["WE1"].tolist() == [0]


def test_a_notebook_shows_a_chart_in_a_line() -> None:
    assert repr(spc.xbar_r(PISTON_RINGS)) == (
        "xbar_r: 25 points, centre 74.00118, limits 73.98805 and 74.0143; no rule is broken"
    )
    assert repr(spc.p([5, 40], [100, 50])) == (
        "p: 2 points, centre 0.3, limits 0.1055778 to 0.1625227 and 0.4374773 to 0.4944222; "
        "WE1 at [0, 1]"
    )
    assert repr(spc.i_mr([5.0])) == "i_mr: 1 point, centre 5, limits unknown and unknown; " + (
        "no rule is broken"
    )
    wild = repr(spc.xbar_r([[1.0, 2.0]] * 20 + [[-9.0, 12.0]]))
    assert wild.endswith("spread at [20]")


def test_a_spread_that_is_too_small() -> None:
    rows = [[0.0, 1, 2, 3, 4, 5, 6, 7]] * 20 + [[3.0, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7]]
    for chart in (spc.xbar_r(rows), spc.xbar_s(rows)):
        assert chart.spread_lcl[-1] > chart.spread[-1]
        assert chart.spread_violations().tolist() == [20]


def test_points_with_a_cause_are_kept_out_by_index_or_by_mask() -> None:
    out = [14, 22]
    mask = np.isin(np.arange(30), out)
    for exclude in (out, np.array(out), mask, mask.tolist(), (14, 22)):
        chart = spc.p(ORANGE_JUICE, 50, exclude=exclude)
        assert round(chart.center, 3) == 0.215
        assert len(chart.value) == 30
    assert spc.np_(ORANGE_JUICE, 50).center == pytest.approx(11.56667, abs=5e-6)
    kept = spc.xbar_r(PISTON_RINGS, exclude=[3])
    assert kept.limits.baseline.tolist() == [24]
    assert kept.center == pytest.approx(np.delete(PISTON_RINGS, 3, axis=0).mean(), rel=1e-12)
    assert spc.i_mr([1.0, 2.0, 90.0], exclude=[2]).center == 1.5
    assert spc.c([3, 4, 90], exclude=[2]).center == 3.5
    every = spc.variables_limits(spc.subgroups_in_rows(PISTON_RINGS), "xbar_r", [True] * 25)
    assert every.baseline.tolist() == [25]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: spc.xbar_r([1.0, 2.0, 3.0]), "take i_mr for single values"),
        (lambda: spc.xbar_r(np.arange(6.0)), "label of each one's subgroup"),
        (lambda: spc.i_mr(PISTON_RINGS), "take xbar_r or xbar_s"),
        (lambda: spc.xbar_r([]), "no values to chart"),
        (lambda: spc.i_mr([np.nan]), "no values to chart"),
        (lambda: spc.xbar_r(PISTON_RINGS, method="moving_range"), "it is of individuals"),
        (lambda: spc.i_mr([1.0, 2.0], method="pooled"), "it is of subgroups"),
        (lambda: spc.xbar_r(PISTON_RINGS, method="mean"), "take one of range, s"),  # type: ignore[arg-type]
        (lambda: spc.xbar_r(PISTON_RINGS).violations("juran"), "western_electric, nelson"),
        (lambda: spc.xbar_r([[1.0, np.inf]]), "infinite"),
        (lambda: spc.p([0.1, 0.2], 10), "how many, not their share"),
        (lambda: spc.p([1, 2], 10).judge([3]), "sizes of the later samples"),
        (lambda: spc.p(ORANGE_JUICE, 50, exclude=[30]), "no point 30: they are numbered 0 to 29"),
        (lambda: spc.xbar_r(PISTON_RINGS, exclude=[True]), "one entry a point"),
        (lambda: spc.xbar_r(PISTON_RINGS, LABELS), "each measurement needs its subgroup"),
        (
            lambda: spc.variables_limits(spc.subgroups_in_rows([[1.0, 2.0]]), "i_mr"),
            "chart of single values",
        ),
    ],
)
def test_what_is_refused_says_what_to_take(wrong, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=sentence):
        wrong()


values = st.lists(st.integers(-800, 800).map(lambda i: i / 8), min_size=3, max_size=40)


@given(values, st.integers(-64, 64), st.sampled_from([0.25, 0.5, 2.0, 8.0]))
@pytest.mark.parametrize("method", spc.METHODS)
def test_sigma_by_any_method_knows_no_shift_and_follows_the_scale(
    method: spc.Method, row: list[float], shift: int, scale: float
) -> None:
    def sigma(of: list[float]) -> float:
        groups = spc.individuals(of)
        if method not in OF_INDIVIDUALS:
            groups = spc.subgroups_of(of, np.arange(len(of)) // 3)
        return float(spc.sigma_of(groups, method)[0])

    moved = sigma([v * scale + shift for v in row])
    assert moved == pytest.approx(sigma(row) * scale, rel=1e-9, abs=1e-9)


@given(values, st.integers(-64, 64), st.sampled_from([0.25, 0.5, 2.0, 8.0]))
def test_ewma_and_cusum_follow_shift_and_scale(row: list[float], shift: int, scale: float) -> None:
    moved = [v * scale + shift for v in row]
    one, other = spc.ewma(row, 1.0, 2.0), spc.ewma(moved, scale + shift, 2.0 * scale)
    np.testing.assert_allclose(other.value, one.value * scale + shift, atol=1e-9)
    np.testing.assert_allclose(other.ucl, one.ucl * scale + shift, atol=1e-9)
    first, second = spc.cusum(row, 1.0, 2.0), spc.cusum(moved, scale + shift, 2.0 * scale)
    np.testing.assert_allclose(second.upper, first.upper * scale, atol=1e-9)
    np.testing.assert_allclose(second.lower, first.lower * scale, atol=1e-9)
    turned = spc.cusum([-v for v in row], -1.0, 2.0)
    np.testing.assert_allclose(turned.upper, first.lower, atol=1e-9)


@given(st.floats(-1e6, 1e6), st.integers(2, 40))
@pytest.mark.parametrize("method", OF_INDIVIDUALS)
def test_constant_individuals_have_limits_at_the_constant(
    method: spc.Method, constant: float, count: int
) -> None:
    chart = spc.i_mr([constant] * count, method=method)
    assert (chart.ucl == constant).all() and (chart.lcl == constant).all()
    assert not len(chart.spread_violations())
    for rules in spc.RULE_SETS:
        assert not any(len(at) for at in chart.violations(rules).values())


@given(values, st.randoms(use_true_random=False))
@pytest.mark.parametrize("method", [m for m in spc.METHODS if m not in OF_INDIVIDUALS])
def test_order_within_subgroups_does_not_count_for_sigma(
    method: spc.Method, row: list[float], random: object
) -> None:
    label = np.arange(len(row)) // 3
    pairs = list(zip(row, label, strict=True))
    random.shuffle(pairs)  # type: ignore[attr-defined]
    mixed, labels = zip(*pairs, strict=True)
    one = spc.sigma_of(spc.subgroups_of(row, label), method)[0]
    other = spc.sigma_of(spc.subgroups_of(mixed, labels), method)[0]
    assert other == pytest.approx(one, rel=1e-9, abs=1e-12, nan_ok=True)
