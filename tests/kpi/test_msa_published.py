"""Gage studies and agreement that others publish: Montgomery, AIAG, SAS, R's irr, Minitab."""

import math

import numpy as np
import pytest
from scipy import stats

from casparian.kpi import msa
from casparian.kpi.factors import chart_factors
from casparian.kpi.msa.attribute import share
from casparian.kpi.msa.d2star import d2_star, degrees_of_freedom, divisor
from tests.kpi.gage_data import AIAG, ANXIETY, THERMAL

# AIAG, MSA, appendix C, first row (one range), 2 to 20 values: d2* and degrees of freedom
D2_STAR = (
    1.41421, 1.91155, 2.23887, 2.48124, 2.67253, 2.82981, 2.96288, 3.07794, 3.17905, 3.26909,
    3.35016, 3.42378, 3.49116,
)  # fmt: skip
DEGREES = (1.0, 2.0, 2.9, 3.8, 4.7, 5.5, 6.3, 7.0, 7.7, 8.3, 9.0, 9.6, 10.2, 10.8)
# what the boxes of AIAG's form print, by trials, appraisers and parts
K1, K2 = {2: 0.8862, 3: 0.5908}, {2: 0.7071, 3: 0.5231}
K3 = dict(
    zip(range(2, 11), (0.7071, 0.5231, 0.4467, 0.4030, 0.3742, 0.3534, 0.3375, 0.3249, 0.3146),
        strict=True)
)  # fmt: skip


def test_thermal_impedance_with_interaction() -> None:
    result = msa.anova(THERMAL, tolerance=100.0)
    table = [(r.df, round(r.ss, 2), None if r.f is None else round(r.f, 2)) for r in result.table]
    assert table == [
        (9, 3935.96, 162.27), (2, 39.27, 7.28), (18, 48.51, 5.27), (60, 30.67, None),
    ]  # fmt: skip
    assert round(result.total_ss, 2) == 4054.40
    study = result.study
    assert not result.pooled
    variances = [round((study.sigma(n) or 0) ** 2, 4) for n in ("pv", "av", "interaction", "ev")]
    assert variances == [48.2926, 0.5646, 0.7280, 0.5111]


def test_the_table_that_the_manual_prints_tests_against_the_error() -> None:
    """AIAG's ANOVA table: F of appraisers 34.44, of parts 213.52, of the interaction 0.434."""
    result = msa.anova(AIAG, tested_against="error")
    f = {row.source: row.f for row in result.table}
    assert (round(f["appraiser"] or 0, 2), round(f["part"] or 0, 2)) == (34.44, 213.52)
    assert round(f["interaction"] or 0, 3) == 0.434
    assert result.study == msa.anova(AIAG).study
    once = msa.anova(AIAG[:, :, :1], tested_against="error")
    assert once.table == msa.anova(AIAG[:, :, :1]).table  # one trial: error is the interaction
    with pytest.raises(ValueError, match="interaction or the error"):
        msa.anova(AIAG, tested_against="parts")  # type: ignore[arg-type]


def test_thermal_impedance_by_an_independent_path() -> None:
    """Sums of squares by plain loops, pooled by hand."""
    part, who = THERMAL.mean(axis=(1, 2)), THERMAL.mean(axis=(0, 2))
    rest = THERMAL - part[:, None, None] - who[None, :, None] + THERMAL.mean()
    pooled = float((rest**2).sum()) / 78
    by_part = 9 * float(((part - THERMAL.mean()) ** 2).sum()) / 9
    study = msa.anova(THERMAL, alpha=0.0).study
    assert study.ev == pytest.approx(math.sqrt(pooled))
    assert study.pv == pytest.approx(math.sqrt((by_part - pooled) / 9))


@pytest.mark.parametrize(("values", "star"), list(enumerate(D2_STAR, start=2)))
def test_d2_star_of_the_table(values: int, star: float) -> None:
    assert d2_star(values, 1) == pytest.approx(star, abs=1.1e-5)


@pytest.mark.parametrize(("values", "df"), list(enumerate(DEGREES, start=2)))
def test_degrees_of_freedom_of_the_table(values: int, df: float) -> None:
    assert degrees_of_freedom(values, 1) == pytest.approx(df, abs=0.06)


@pytest.mark.parametrize("parts", [2, 5, 10])
@pytest.mark.parametrize("people", [2, 3])
@pytest.mark.parametrize("trials", [2, 3])
def test_a_form_has_the_constants_of_its_boxes_however_small(
    parts: int, people: int, trials: int
) -> None:
    grid = AIAG[:parts, :people, :trials]
    study = msa.average_range(grid, decimals=2)
    mean_range = round(float(np.ptp(grid, axis=2).mean()), 4)
    assert study.ev == pytest.approx(mean_range * K1[trials], rel=1e-12)
    apart = round(float(np.ptp(np.round(grid.mean(axis=(0, 2)), 4))), 4)
    square = (apart * K2[people]) ** 2 - study.ev**2 / (parts * trials)
    assert study.av == pytest.approx(math.sqrt(max(0.0, square)), rel=1e-9)
    between = float(np.ptp(np.round(grid.mean(axis=(1, 2)), 3)))
    assert study.pv == pytest.approx(between * K3[parts], rel=1e-9)


def test_study_variation_of_six_and_of_5_15_sigmas() -> None:
    study = msa.anova(AIAG, tolerance=8.0).study
    # Minitab, the same data: study variation at 6 sigmas, share of it, and of the tolerance
    assert [round(study.variation(n) or 0, 5) for n in ("grr", "ev", "av", "pv", "tv")] == [
        1.81423, 1.19960, 1.36103, 6.25396, 6.51180,
    ]  # fmt: skip
    assert [round(100 * (study.study_ratio(n) or 0), 2) for n in ("grr", "ev", "av", "pv")] == [
        27.86, 18.42, 20.90, 96.04,
    ]  # fmt: skip
    assert round(100 * (study.tolerance_ratio("grr") or 0), 2) == 22.68
    assert study.tolerance_ratio("grr", 5.15) == pytest.approx(5.15 * study.grr / 8.0)
    assert study.process_ratio("grr", 2 * study.grr) == 0.5
    with pytest.raises(ValueError, match="above 0"):
        study.process_ratio("grr", 0.0)
    assert msa.anova(AIAG[:, :1]).study.variation("av") is None


# SAS, PROC FREQ, as statsmodels holds it: kappa, its error, limits, error where kappa is 0, z
SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]
PRINTED = {
    "unweighted": (0.4842, 0.2137, 0.7547, 3.2626, 0.0011),
    "linear": (0.4701, 0.1845, 0.7558, 3.2971, 0.0010),
}


@pytest.mark.parametrize(("weights", "printed"), PRINTED.items())
def test_kappa_of_sas(weights: str, printed: tuple[float, ...]) -> None:
    found = msa.cohen_of_table(SAS, weights=weights)  # type: ignore[arg-type]
    got = (found.kappa, found.lower, found.upper, found.z, found.p)
    assert tuple(round(v or 0, 4) for v in got) == printed


@pytest.mark.parametrize(
    ("weights", "kappa", "z", "p"),
    [
        ("unweighted", -0.006289308, -0.0604067, 0.9518317),
        ("linear", 0.1459075, 1.282472, 0.1996772),
        ("quadratic", 0.2520325, 1.437451, 0.1505898),
    ],
)
def test_kappa_of_irr(weights: str, kappa: float, z: float, p: float) -> None:
    """irr leaves out category 4 and then counts steps between those that are left."""
    _, place = np.unique(ANXIETY[:, 1:], return_inverse=True)
    first, second = place.reshape(20, 2).T
    found = msa.cohen(first, second, weights=weights)  # type: ignore[arg-type]
    assert (found.kappa, found.z, found.p) == pytest.approx((kappa, z, p), rel=2e-6)


def test_the_order_of_categories() -> None:
    first, second = ["low", "high", "mid", "high"], ["mid", "high", "mid", "low"]
    ordered = msa.cohen(first, second, weights="linear", categories=["low", "mid", "high"])
    numbers = msa.cohen([0, 2, 1, 2], [1, 2, 1, 0], weights="linear")
    assert ordered == numbers
    assert ordered.kappa != msa.cohen(first, second, weights="linear").kappa  # high, low, mid
    # ten comes after two: numbers are not words
    large = msa.cohen([1, 10, 2, 1], [2, 10, 2, 1], weights="quadratic")
    assert large == msa.cohen([0, 2, 1, 0], [1, 2, 1, 0], weights="quadratic")
    assert msa.cohen([1, 2], [1, 2], categories=[1, 2, 3]).kappa == 1.0
    with pytest.raises(ValueError, match="none of the categories: 'mid'"):
        msa.cohen(first, second, categories=["low", "high"])
    with pytest.raises(ValueError, match="no weights are called"):
        msa.cohen(first, second, weights="squared")  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", [None, float("nan"), ""])
def test_a_missing_rating_is_no_category(missing: object) -> None:
    ratings = ["ok", missing, "bad", "ok"]
    with pytest.raises(ValueError, match="missing rating"):
        msa.cohen(ratings, ["ok"] * 4)
    with pytest.raises(ValueError, match="missing rating"):
        msa.counts_of([ratings])
    with pytest.raises(ValueError, match="missing rating"):
        msa.attribute_agreement([[[r]] for r in ratings])
    with pytest.raises(ValueError, match="missing rating"):
        msa.attribute_agreement([[["ok"]]] * 4, ratings)


def test_ratings_are_numbers_or_words_however_they_are_given() -> None:
    ratings = np.array([[[1, 1]], [[0, 1]], [[0, 0]]])
    known = msa.attribute_agreement(ratings, [1, 0, 0], bad="0")
    assert known.effectiveness[0].matched == 2
    for other in (ratings.astype(float), ratings.tolist(), ratings.astype(str)):
        for standard in ([1, 0, 0], [1.0, 0.0, 0.0], np.array(["1", "0", "0"])):
            assert msa.attribute_agreement(other, standard, bad=0) == known
    assert known.miss_ratio == (0.25,)


def test_kendall_of_desctools_and_of_friedman() -> None:
    found = msa.kendall(ANXIETY)
    assert (found.n, found.raters, round(found.w or 0, 7)) == (20, 3, 0.5396569)
    friedman = stats.friedmanchisquare(*ANXIETY)
    assert (found.chi2, found.p) == pytest.approx((friedman.statistic, friedman.pvalue))
    assert (round(found.chi2 or 0, 1), round(found.p or 0, 4)) == (30.8, 0.0429)
    assert msa.kendall([[1, 1], [2, 2], [3, 3]]).w == pytest.approx(1.0)
    assert msa.kendall([[5, 5], [5, 5]]).w is None
    with pytest.raises(ValueError, match="2 items by at least 2 raters"):
        msa.kendall([[1, 2]])
    with pytest.raises(ValueError, match="missing rating"):
        msa.kendall([[1, np.nan], [1, 2]])


def test_agreement_with_the_standard_as_minitab_prints_it() -> None:
    """Five appraisers of 15 essays: limits of the share that matched; the error of kappa."""
    for matched, limits in {8: (26.59, 78.73), 13: (59.54, 98.34), 14: (68.05, 99.83)}.items():
        found = share(matched, 15)
        assert (round(100 * found.lower, 2), round(100 * found.upper, 2)) == limits
    assert round(100 * share(15, 15, 0.9).lower, 2) == 81.90
    pairs = msa.counts_of([["a", "a"]] * 6 + [["b", "a"]] * 3 + [["b", "b"]] * 6)
    one = msa.fleiss_by_category(pairs)[0]
    assert (one.kappa or 0) / (one.z or 1) == pytest.approx(0.258199, abs=5e-7)


def test_the_manual_pools_above_a_quarter_and_minitab_above_a_twentieth() -> None:
    study = np.array([[[2, 1], [0, 3]], [[4, 5], [6, 7]], [[10, 11], [8, 9]]], dtype=float)
    ours, minitab = msa.anova(study), msa.anova(study, alpha=0.05)
    assert round(ours.p_interaction or 0, 4) == 0.1016
    assert (ours.pooled, minitab.pooled) == (False, True)


def test_one_category_is_the_least_and_categories_are_cut_not_rounded() -> None:
    same = np.array([[[1.0, 2.0], [2.0, 1.0]], [[1.1, 2.1], [2.1, 1.1]]])
    assert (msa.average_range(same).ndc_unrounded or 0) < 1
    assert msa.average_range(same).ndc == 1
    study = msa.GageStudy("x", 2, 2, 2, ev=1.0, av=None, interaction=None, pv=3.9 / 1.41)
    assert (round(study.ndc_unrounded or 0, 6), study.ndc) == (3.9, 3)


def test_tables_end_at_fifteen_ranges() -> None:
    assert divisor(3, 15) == d2_star(3, 15) > divisor(3, 16) == chart_factors(3).d2


def test_intervals_of_thermal_impedance_by_plain_formulas() -> None:
    """Burdick, Borror and Montgomery: MLS limits of a difference and of a sum of mean squares."""
    result = msa.anova(THERMAL)
    rows = {r.source: (r.ms or 0.0, r.df) for r in result.table}
    found = msa.component_intervals(result)
    (one, n), (two, m) = rows["part"], rows["interaction"]

    def g(df: int) -> float:
        return 1 - 1 / (stats.chi2.ppf(0.975, df) / df)

    def h(df: int) -> float:
        return 1 / (stats.chi2.ppf(0.025, df) / df) - 1

    high, low = stats.f.ppf(0.975, n, m), stats.f.ppf(0.025, n, m)
    g12 = ((high - 1) ** 2 - g(n) ** 2 * high**2 - h(m) ** 2) / high
    h12 = ((1 - low) ** 2 - h(n) ** 2 * low**2 - g(m) ** 2) / low
    down = math.sqrt(g(n) ** 2 * one**2 + h(m) ** 2 * two**2 + g12 * one * two)
    up = math.sqrt(h(n) ** 2 * one**2 + g(m) ** 2 * two**2 + h12 * one * two)
    squares = ((one - two - down) / 9, (one - two + up) / 9)
    assert found["pv"] == pytest.approx(tuple(map(math.sqrt, squares)), rel=1e-9)
    # the gage: MS_o / 30 + 9 / 30 MS_po + 2 / 3 MS_e, all sums
    terms = [(1 / 30, *rows["appraiser"]), (9 / 30, two, m), (2 / 3, *rows["error"])]
    value = sum(c * ms for c, ms, _ in terms)
    down = math.sqrt(sum((g(df) * c * ms) ** 2 for c, ms, df in terms))
    up = math.sqrt(sum((h(df) * c * ms) ** 2 for c, ms, df in terms))
    assert found["grr"] == pytest.approx((math.sqrt(value - down), math.sqrt(value + up)), rel=1e-9)


def test_fleiss_against_the_standard() -> None:
    """One trial is a pair of raters; of two trials the kappas are averaged, the errors squared."""
    standard, one = list("aabbccab"), list("aabbccba")
    pair = msa.fleiss(msa.counts_of(np.stack([one, standard], axis=1)))
    found = msa.fleiss_against(np.array([one]).T, standard)
    assert (found.kappa, found.z, found.p) == (pair.kappa, pair.z, pair.p)
    assert found.lower is None
    both = msa.fleiss_against(np.array([one, standard]).T, standard)
    assert both.kappa == pytest.approx((1 + (pair.kappa or 0)) / 2)
    exact = msa.fleiss(msa.counts_of(np.stack([standard, standard], axis=1)))
    errors = [(k.kappa or 0) / (k.z or 1) for k in (pair, exact)]
    assert both.z == pytest.approx((both.kappa or 0) / (math.hypot(*errors) / 2))
    assert msa.fleiss_against([["a"], ["a"]], ["a", "a"]).kappa is None
    with pytest.raises(ValueError, match="items by trials"):
        msa.fleiss_against(one, standard)


# qualityTools for R, gageRR of its vignette: 2 trials of 10 parts by 3 operators
_QUALITY_TOOLS = """
23 22 22 22 22 25 23 22 23 22 20 22 22 22 24 25 27 28 23 24 23 24 24 22 22 22 24 23 22 24
20 20 25 24 22 24 21 20 21 22 21 22 21 21 24 27 25 27 23 22 25 23 23 22 22 23 25 21 24 23
"""
QUALITY_TOOLS = np.array(_QUALITY_TOOLS.split(), dtype=float).reshape(2, 10, 3).transpose(1, 2, 0)


def test_the_vignette_of_quality_tools() -> None:
    found = msa.anova(QUALITY_TOOLS)
    table = {row.source: (row.df, round(row.ss, 2)) for row in found.table}
    assert table == {
        "part": (9, 107.07), "appraiser": (2, 20.63), "interaction": (18, 22.03),
        "error": (30, 36.0),
    }  # fmt: skip
    tested = {row.source: round(row.f or 0, 3) for row in found.table}
    assert tested["interaction"] == 1.020 and round(found.p_interaction or 0, 3) == 0.467
    assert found.pooled and (found.tested[-1].df, round(found.tested[-1].ss, 2)) == (48, 58.03)
    study = found.study
    squares = [round((study.sigma(n) or 0) ** 2, 3) for n in ("grr", "ev", "av", "pv", "tv")]
    assert squares == [1.664, 1.209, 0.455, 1.781, 3.446]
    shares = [round(study.contribution_ratio(n) or 0, 3) for n in ("grr", "ev", "av", "pv")]
    assert shares == [0.483, 0.351, 0.132, 0.517]
    ratios = [round(study.study_ratio(n) or 0, 3) for n in ("grr", "ev", "av", "pv")]
    assert ratios == [0.695, 0.592, 0.364, 0.719]
