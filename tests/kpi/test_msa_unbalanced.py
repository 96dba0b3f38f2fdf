"""Gage studies with holes: SAS's answer, balanced studies, and the likelihood by another way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from casparian.kpi import msa
from casparian.kpi.msa.unbalanced import reml
from tests.kpi.gage_data import AIAG, THERMAL

# Hemmerle and Hartley, Technometrics 15 (1973): a (fixed), b, y; the example of SAS's VARCOMP
_ROWS = """
1 1 237  1 1 254  1 1 246  1 2 178  1 2 179  2 1 208  2 1 178  2 1 187
2 2 146  2 2 145  2 2 141  3 1 186  3 1 183  3 2 142  3 2 125  3 2 136
"""
HARTLEY = np.array(_ROWS.split(), dtype=np.int64).reshape(-1, 3)


def rows(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parts, appraisers and values of an array (parts, appraisers, trials)."""
    part, who, _ = np.indices(values.shape)
    return part.ravel().astype(str), who.ravel().astype(str), values.ravel().copy()


def test_the_printed_answer_of_sas() -> None:
    """METHOD=REML: Var(b), Var(a*b), Var(Error) of an unbalanced mixed model."""
    a, b, y = HARTLEY.T
    fixed = np.equal.outer(a, [1, 2, 3]).astype(np.float64)
    found = reml(y.astype(np.float64), fixed, [b, a * 10 + b]).variances
    assert found == pytest.approx([1464.36727, 26.95885, 78.84239], rel=3e-7)


@pytest.mark.parametrize("values", [THERMAL, AIAG + THERMAL])
def test_of_a_balanced_study_it_is_the_analysis_of_variance(values: np.ndarray) -> None:
    by_anova, found = msa.anova(values, 50.0, alpha=1.0).study, msa.unbalanced(*rows(values), 50.0)
    assert not by_anova.zeroed and found.method == "reml"
    for name in msa.COMPONENTS:
        assert found.sigma(name) == pytest.approx(by_anova.sigma(name), rel=1e-7)
    assert (found.ndc, found.trials) == (by_anova.ndc, 3)
    assert found.tolerance_ratio("grr") == pytest.approx(by_anova.tolerance_ratio("grr"), rel=1e-7)


def test_an_interaction_below_zero_leaves_the_pooled_model() -> None:
    by_anova, found = msa.anova(AIAG).study, msa.unbalanced(*rows(AIAG))
    assert found.interaction == 0.0 and found.zeroed == ("interaction",)
    for name in ("ev", "av", "pv", "grr", "tv"):
        assert found.sigma(name) == pytest.approx(by_anova.sigma(name), rel=1e-7)
    without = msa.unbalanced(*rows(AIAG), interaction=False)
    assert without.interaction is None and without.ev == pytest.approx(by_anova.ev, rel=1e-7)


def test_holes_by_the_likelihood_itself() -> None:
    """An empty cell and cells of unequal size; the likelihood from independent contrasts."""
    part, who, value = rows(AIAG + THERMAL)
    value[[0, 9, 10, 11, 40, 77]] = np.nan
    found = msa.unbalanced(part, who, value)
    known = ~np.isnan(value)
    y = value[known] - value[known].mean()
    codes = [part[known], who[known], np.char.add(part[known], "/" + who[known].astype(object))]
    joined = [np.equal.outer(c, c).astype(float) for c in map(np.asarray, codes)]
    contrasts = np.linalg.svd(np.ones((1, len(y))))[2][1:]

    def deviance(logs: np.ndarray) -> float:
        v = sum(g * np.exp(s) for g, s in zip([*joined, np.eye(len(y))], logs, strict=True))
        inside = contrasts @ v @ contrasts.T
        seen = contrasts @ y
        return float(np.linalg.slogdet(inside)[1] + seen @ np.linalg.solve(inside, seen))

    start = 2 * np.log([found.pv or 1, found.av or 1, found.interaction or 1, found.ev])
    best = minimize(deviance, start + 0.3, method="Nelder-Mead", options={
        "xatol": 1e-8, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000})  # fmt: skip
    assert np.sqrt(np.exp(best.x)) == pytest.approx(np.exp(start / 2), rel=2e-5)


def test_order_unit_and_place_are_of_no_matter() -> None:
    part, who, value = rows(THERMAL)
    value[5] = np.nan
    one = msa.unbalanced(part, who, value)
    by = np.random.default_rng(3).permutation(len(value))
    other = msa.unbalanced(part[by], who[by], value[by] * 1000 + 1e6)
    for name in msa.COMPONENTS:
        assert other.sigma(name) == pytest.approx(1000 * (one.sigma(name) or 0), rel=1e-6)


def test_one_trial_one_appraiser_and_constants() -> None:
    part, who, value = rows(AIAG[:, :, :1])
    alone = msa.unbalanced(part, who, value)
    assert alone.interaction is None and alone.ev == pytest.approx(
        msa.anova(AIAG[:, :, :1]).study.ev, rel=1e-7
    )
    value[3] = np.nan
    assert msa.unbalanced(part, who, value).ev > 0
    single = msa.unbalanced(*rows(AIAG[:, :1]))
    assert single.av is None and "no appraiser variation" in single.missing[0]
    same = msa.unbalanced(*rows(np.full((3, 2, 2), 7.0)))
    assert (same.ev, same.pv, same.ndc) == (0.0, 0.0, None)


@pytest.mark.parametrize(
    ("part", "who", "value", "why"),
    [
        (["1"], ["A"], [np.nan], "no measurements"),
        (["1", "2"], ["A"], [1.0, 2.0], "for each measurement"),
        (["1", "2"], ["A", "A"], [1.0, np.inf], "infinite"),
        (["1", "2"], ["A", "A"], [1.0, 2.0], "too few"),
        (["1", "1", "2", "2"], ["A", "A", "B", "B"], [1.0, 1.1, 2.0, 2.1], "nested"),
        ([str(i % 99) for i in range(2001)], ["A"] * 2001, [1.0] * 2001, "more than 2,000"),
    ],
)
def test_what_cannot_be_judged_says_why(
    part: list[str], who: list[str], value: list[float], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        msa.unbalanced(part, who, value)
