"""Gage R and R: the answers of AIAG and of R's SixSigma, and what holds for every study."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from casparian.kpi import msa
from casparian.kpi.msa.anova import components
from tests.kpi.gage_data import AIAG

MODULES = [m.name for m in pkgutil.iter_modules(msa.__path__, "casparian.kpi.msa.")]
studies = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 6), st.integers(2, 4), st.integers(2, 4)),
    elements=st.integers(-1000, 1000).map(lambda i: i / 8),
)


@pytest.mark.parametrize("name", MODULES)
def test_worked_example(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0 and result.failed == 0


def test_average_range_as_on_the_form_of_aiag() -> None:
    study = msa.average_range(AIAG, decimals=2)
    got = [study.ev, study.av, study.grr, study.pv, study.tv]
    assert [round(s or 0, 5) for s in got] == [0.20188, 0.22963, 0.30575, 1.10456, 1.1461]
    shares = [study.study_ratio(name) for name in ("ev", "av", "grr", "pv")]
    # the manual prints 17.62, 20.04, 26.68, 96.38 %
    assert [round(100 * (s or 0), 2) for s in shares] == [17.61, 20.04, 26.68, 96.38]
    assert study.ndc == 5 and round(study.ndc_unrounded or 0, 3) == 5.094


def test_average_range_without_the_rounding_of_the_form() -> None:
    study = msa.average_range(AIAG)
    got = [study.ev, study.av, study.grr, study.pv, study.tv]
    assert got == pytest.approx([0.20188, 0.22963, 0.30575, 1.10456, 1.1461], rel=5e-4)
    assert study.ndc == 5 and study.interaction is None


def test_anova_of_aiag_pooled() -> None:
    result = msa.anova(AIAG)
    study = result.study
    assert result.pooled and study.method == "anova_pooled"
    got = [round(sigma or 0, 6) for sigma in (study.ev, study.av, study.pv)]
    assert got == [0.199933, 0.226838, 1.042327]
    assert study.grr == pytest.approx(0.302373, abs=2e-6)  # see test_reference_numbers
    assert study.ndc == 4


def test_the_tables_of_aiag_as_minitab_prints_them() -> None:
    result = msa.anova(AIAG)
    full = {r.source: (r.df, round(r.ss, 4), round(r.ms or 0, 5)) for r in result.table}
    assert full == {
        "part": (9, 88.3619, 9.81799),
        "appraiser": (2, 3.1673, 1.58363),
        "interaction": (18, 0.359, 0.01994),
        "error": (60, 2.7589, 0.04598),
    }
    f = {r.source: round(r.f or 0, 3) for r in result.table}
    assert f == {"part": 492.291, "appraiser": 79.406, "interaction": 0.434, "error": 0.0}
    assert result.p_interaction == pytest.approx(0.974, abs=5e-4)
    assert [(r.df, round(r.f or 0, 3)) for r in result.reduced] == [
        (9, 245.614), (2, 39.617), (78, 0.0),
    ]  # fmt: skip
    assert result.total_ss == pytest.approx(94.6471, abs=5e-5)
    contribution = [result.study.contribution_ratio(n) for n in ("grr", "ev", "av", "pv")]
    assert [round(100 * (c or 0), 2) for c in contribution] == [7.76, 3.39, 4.37, 92.24]


def test_interaction_is_kept_where_it_is_asked_for_or_real() -> None:
    kept = msa.anova(AIAG, alpha=1.0)
    assert not kept.pooled and kept.study.interaction == 0.0
    assert kept.study.zeroed == ("interaction",)
    assert kept.study.ev == pytest.approx(0.214435, abs=1e-6)
    real = AIAG.copy()
    real[3, 1] += 3.0
    found = msa.anova(real)
    assert not found.pooled and found.study.method == "anova"
    assert (found.study.interaction or 0) > 0.4


def test_components_of_r_sixsigma_from_its_printed_table() -> None:
    """ss.rr on ss.data.rr: sums of squares as printed, so that the digits end there."""
    reduced = (
        msa.Source("part", 2, 1.2007), msa.Source("appraiser", 2, 0.0529),
        msa.Source("error", 22, 0.4688),
    )  # fmt: skip
    study = components(reduced, (3, 3, 3), 0.1, pooled=True)
    got = [study.grr, study.ev, study.av, study.pv, study.tv]
    printed = [0.14792656, 0.14597518, 0.02394813, 0.25365123, 0.29363449]
    assert got == pytest.approx(printed, abs=6e-5)
    assert study.tolerance_ratio("grr") == pytest.approx(8.8756, rel=1e-3)
    assert study.ndc == 2
    shares = [study.study_ratio(n) for n in ("grr", "ev", "pv")]
    assert shares == pytest.approx([0.5038, 0.4971, 0.8638], rel=1e-3)


def test_intervals_hold_what_they_promise() -> None:
    """2,000 simulated studies: the true sigma lies within about 95 % of the intervals."""
    rng = np.random.default_rng(5)
    true = {"ev": 1.0, "av": 0.8, "interaction": 0.5, "pv": 3.0}
    true["grr"] = float(np.sqrt(1 + 0.64 + 0.25))
    true["tv"] = float(np.sqrt(1 + 0.64 + 0.25 + 9))
    hits = dict.fromkeys(true, 0)
    runs = 2000
    for _ in range(runs):
        values = 3.0 * rng.standard_normal((10, 1, 1)) + 0.8 * rng.standard_normal((1, 4, 1))
        values = values + 0.5 * rng.standard_normal((10, 4, 1)) + rng.standard_normal((10, 4, 3))
        for name, (low, high) in msa.component_intervals(msa.anova(values, alpha=1.0)).items():
            hits[name] += low <= true[name] <= high
    assert {name: 0.93 < n / runs < 0.98 for name, n in hits.items()} == dict.fromkeys(true, True)


def test_the_interval_of_repeatability_is_that_of_chi_square() -> None:
    from scipy.stats import chi2

    low, high = msa.component_intervals(msa.anova(AIAG))["ev"]
    ss = 3.1179155555555553
    assert (low, high) == pytest.approx(
        (np.sqrt(ss / chi2.ppf(0.975, 78)), np.sqrt(ss / chi2.ppf(0.025, 78)))
    )


@given(studies, st.integers(-10_000, 10_000), st.integers(1, 64))
def test_shift_and_scale(values: np.ndarray, shift: int, scale: int) -> None:
    moved = (values + shift) * (scale / 8)
    methods = (msa.average_range, lambda v: msa.anova(v, alpha=1.0).study)
    for method in methods:
        before, after = method(values), method(moved)
        for name in msa.COMPONENTS:
            sigma, wanted = after.sigma(name), before.sigma(name)
            assert (sigma is None) == (wanted is None)
            if sigma is not None and wanted is not None:
                assert sigma == pytest.approx(wanted * scale / 8, rel=1e-6, abs=1e-4)


@given(studies)
def test_squares_add_up(values: np.ndarray) -> None:
    result = msa.anova(values)
    total = float(((values - values.mean()) ** 2).sum())
    assert result.total_ss == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert sum(r.df for r in result.table) == values.size - 1
    study = result.study
    assert study.tv**2 == pytest.approx(study.grr**2 + (study.pv or 0) ** 2)
    if study.tv > 0:
        shares = [study.contribution_ratio(n) or 0 for n in ("ev", "av", "interaction", "pv")]
        assert sum(shares) == pytest.approx(1.0)


@given(studies, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_order_of_rows_is_irrelevant(values: np.ndarray, random) -> None:  # type: ignore[no-untyped-def]
    rows = [(f"p{i}", f"a{j}", v) for (i, j, _), v in np.ndenumerate(values)]
    shuffled = rows.copy()
    random.shuffle(shuffled)
    first, second = (
        msa.crossed(*(list(column) for column in zip(*r, strict=True))) for r in (rows, shuffled)
    )
    assert first.parts == second.parts and first.appraisers == second.appraisers
    assert np.array_equal(first.values, second.values)
    assert msa.anova(first.values).study == msa.anova(second.values).study


@given(studies)
@settings(max_examples=50)
def test_appraisers_may_change_names_and_parts_places(values: np.ndarray) -> None:
    one, other = msa.anova(values, alpha=1.0), msa.anova(values[::-1, ::-1], alpha=1.0)
    assume(one.total_ss > 0)
    for name in msa.COMPONENTS:
        assert one.study.sigma(name) == pytest.approx(other.study.sigma(name), rel=1e-6, abs=1e-5)


def test_labels_are_ordered_as_people_count_them() -> None:
    part, who = ["10", "10", "2", "2"] * 2, ["O10"] * 4 + ["O9"] * 4
    study = msa.crossed(part, who, [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5])
    assert (study.parts, study.appraisers) == (("2", "10"), ("O9", "O10"))
    assert study.values[:, :, 0].tolist() == [[4.0, 2.0], [3.0, 1.0]]


def test_a_study_with_holes_is_refused_and_told_why() -> None:
    part, who = ["1", "1", "2", "2"] * 2, ["A", "B"] * 4
    value = [1.0, 2.0, 3.0, 4.0, 1.1, 2.1, 3.1, np.nan]
    with pytest.raises(ValueError, match="not balanced: part 2 has 1 measurements by B, others 2"):
        msa.crossed(part, who, value)
    with pytest.raises(ValueError, match="no measurements"):
        msa.crossed([], [], [])
    with pytest.raises(ValueError, match="for each measurement"):
        msa.crossed(["1"], ["A"], [1.0, 2.0])
    with pytest.raises(ValueError, match="missing or infinite"):
        msa.anova(np.array([[[1.0, np.inf]], [[1.0, 2.0]]]))


def test_one_appraiser_one_part_one_trial() -> None:
    alone = msa.anova(AIAG[:, :1])
    assert (alone.study.av, alone.study.interaction, alone.pooled) == (None, None, False)
    assert "one appraiser: no appraiser variation" in alone.study.missing
    assert alone.study.grr == alone.study.ev and alone.study.ndc is not None
    assert msa.average_range(AIAG[:, :1]).av is None
    part = msa.anova(AIAG[:1]).study
    assert part.pv is None and part.ndc is None and "one part: no part variation" in part.missing
    once = msa.anova(AIAG[:, :, :1])
    assert [(r.source, r.df) for r in once.table][2:] == [("interaction", 0), ("error", 18)]
    assert once.p_interaction is None and once.study.interaction is None
    with pytest.raises(ValueError, match="one trial"):
        msa.average_range(AIAG[:, :, :1])
    with pytest.raises(ValueError, match="one trial of one appraiser"):
        msa.anova(AIAG[:, :1, :1])


def test_a_gage_without_variation() -> None:
    for study in (
        msa.anova(np.full((3, 2, 2), 0.1)).study,
        msa.average_range(np.full((3, 2, 2), 7.1)),
    ):
        assert (study.ev, study.av, study.pv, study.ndc) == (0.0, 0.0, 0.0, None)
        assert study.study_ratio("grr") is None and "no variation of the gage" in study.missing
    coarse = msa.anova(np.repeat(AIAG[:, :, :1], 3, axis=2))  # every trial reads the same
    assert coarse.study.ev == 0.0 and not coarse.pooled and (coarse.study.interaction or 0) > 0


def test_tolerance() -> None:
    study = msa.anova(AIAG, tolerance=4.0).study
    assert study.tolerance_ratio("grr") == pytest.approx(6 * study.grr / 4.0)
    assert msa.anova(AIAG).study.tolerance_ratio("grr") is None
    for wrong in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="tolerance"):
            msa.anova(AIAG, tolerance=wrong)
    with pytest.raises(ValueError, match="not a component"):
        study.sigma("xyz")


def test_nested_squares_add_up() -> None:
    result = msa.nested(AIAG.transpose(1, 0, 2))
    assert result.total_ss == pytest.approx(float(((AIAG - AIAG.mean()) ** 2).sum()))
    assert [r.df for r in result.table] == [2, 27, 60]
    crossed = msa.anova(AIAG)
    assert result.table[1].ss == pytest.approx(crossed.table[0].ss + crossed.table[2].ss)
    assert result.study.ev == pytest.approx(0.214435, abs=1e-6)
