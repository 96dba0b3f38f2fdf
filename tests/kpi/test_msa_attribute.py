"""Agreement of ratings: the attribute study of AIAG, and Fleiss of 1971."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from casparian.kpi import msa
from casparian.kpi.msa.attribute import share
from casparian.kpi.msa.kappa import counts_of
from tests.kpi.gage_data import AIAG_KAPPA, FLEISS_1971

WIKIPEDIA = """
0 0 0 0 14  0 2 6 4 2  0 0 3 5 6  0 3 9 2 0  2 2 8 1 1  7 7 0 0 0  3 2 6 3 0  2 5 3 2 2
6 5 2 1 0  0 2 2 3 7
"""


@pytest.mark.parametrize(("pair", "table", "kappa"), [(p, *v) for p, v in AIAG_KAPPA.items()])
def test_kappa_of_aiag(pair: tuple[str, str], table: list[list[int]], kappa: float) -> None:
    found = msa.cohen_of_table(table)
    assert found.n == 150 and round(found.kappa or 0, 2) == kappa
    assert (found.lower or 0) < kappa < (found.upper or 0)
    labels = [(i, j) for (i, j), n in np.ndenumerate(table) for _ in range(n)]
    first, second = zip(*labels, strict=True)
    assert msa.cohen(first, second) == found


def test_effectiveness_of_aiag_with_its_limits() -> None:
    printed = {42: (0.71, 0.93), 45: (0.78, 0.97), 40: (0.66, 0.90), 39: (0.64, 0.88)}
    for matched, limits in printed.items():
        found = share(matched, 50)
        assert (round(found.lower, 2), round(found.upper, 2)) == limits
    assert share(0, 4).lower == 0.0 and share(4, 4).upper == 1.0


def test_miss_and_false_alarm_of_aiag() -> None:
    """Rates from the cross tables against the reference, 0 being bad: 16 bad parts and 34 good."""
    printed = {"A": (0.063, 0.049), "B": (0.063, 0.020), "C": (0.125, 0.088)}
    ratings = np.empty((50, 3, 3), dtype="U1")
    standard = ["0"] * 16 + ["1"] * 34
    for i, who in enumerate("ABC"):
        (right_bad, false_alarm), (miss, right_good) = AIAG_KAPPA[who, "reference"][0]
        ratings[:16, i] = np.array(["0"] * right_bad + ["1"] * miss).reshape(16, 3)
        ratings[16:, i] = np.array(["0"] * false_alarm + ["1"] * right_good).reshape(34, 3)
    found = msa.attribute_agreement(ratings, standard, bad="0")
    for i, who in enumerate("ABC"):
        rates = (found.miss_ratio[i] or 0, found.false_alarm_ratio[i] or 0)
        assert rates == pytest.approx(printed[who], abs=6e-4)
        assert round(found.standard_kappa[i].kappa or 0, 2) == AIAG_KAPPA[who, "reference"][1]


def test_fleiss_of_1971() -> None:
    found = msa.fleiss(FLEISS_1971)
    assert round(found.kappa or 0, 3) == 0.430
    assert round(found.z or 0, 1) == 17.7  # irr: 17.652 by the same error
    assert FLEISS_1971.sum(axis=0).tolist() == [26, 26, 30, 55, 43]
    each = [round(one.kappa or 0, 3) for one in msa.fleiss_by_category(FLEISS_1971)]
    assert each == [0.245, 0.245, 0.520, 0.471, 0.566]


def test_fleiss_of_ten_subjects_and_fourteen_raters() -> None:
    counts = np.array(WIKIPEDIA.split(), dtype=int).reshape(10, 5)
    assert round(msa.fleiss(counts).kappa or 0, 3) == 0.210


def test_the_interval_of_fleiss_is_that_of_the_jackknife() -> None:
    found = msa.fleiss(FLEISS_1971)
    left_out = [msa.fleiss(np.delete(FLEISS_1971, i, axis=0)).kappa or 0 for i in range(30)]
    error = float(np.sqrt(29 / 30 * ((np.array(left_out) - np.mean(left_out)) ** 2).sum()))
    reach = ((found.upper or 0) - (found.lower or 0)) / 2 / 1.959964
    assert reach == pytest.approx(error, rel=0.05)


@given(
    hnp.arrays(
        np.int64, st.tuples(st.integers(2, 12), st.integers(2, 5)), elements=st.integers(0, 2)
    )
)
@settings(max_examples=60)
def test_kappa_is_one_at_most_and_knows_no_names(ratings: np.ndarray) -> None:
    counts = counts_of(ratings)
    found, renamed = msa.fleiss(counts), msa.fleiss(counts[:, ::-1])
    if found.kappa is None:
        assert found.by_chance == pytest.approx(1.0)
        return
    assert found.kappa <= 1 + 1e-12 and found.kappa == pytest.approx(renamed.kappa)
    pair = msa.cohen(ratings[:, 0], ratings[:, 1]).kappa
    if pair is not None:
        assert pair <= 1 + 1e-12
        assert pair == pytest.approx(msa.cohen(ratings[:, 1], ratings[:, 0]).kappa)


def test_agreement_of_three_appraisers() -> None:
    ratings = np.array(
        [[["g", "g"], ["g", "g"]], [["b", "b"], ["b", "g"]], [["g", "g"], ["b", "b"]]]
    )
    found = msa.attribute_agreement(ratings, ["g", "b", "b"], bad="b")
    assert [s.matched for s in found.within] == [3, 2]
    assert (
        found.between.matched,
        found.all_against_standard and found.all_against_standard.matched,
    ) == (1, 1)
    assert [s.matched for s in found.effectiveness] == [2, 2]
    assert found.miss_ratio == (0.5, 0.25) and found.false_alarm_ratio == (0.0, 0.0)
    assert [(a, b) for a, b, _ in found.pairs] == [(0, 1)]
    assert found.within_kappa[0] is not None and found.within_kappa[0].kappa == 1.0
    alone = msa.attribute_agreement(ratings)
    assert alone.effectiveness == () and alone.all_against_standard is None
    assert msa.attribute_agreement(ratings[:, :, :1]).within_kappa == (None, None)


def test_what_cannot_be_judged() -> None:
    same = msa.cohen(["a", "a"], ["a", "a"])
    assert same.kappa is None and same.agreement == 1.0
    assert msa.fleiss(np.array([[3, 0], [3, 0]])).kappa is None
    assert msa.fleiss(np.array([[2, 1]])).lower is None
    with pytest.raises(ValueError, match="missing rating"):
        msa.attribute_agreement(np.array([[["a", ""]]]))
    with pytest.raises(ValueError, match="same number of ratings"):
        msa.fleiss(np.array([[3, 0], [2, 0]]))
    with pytest.raises(ValueError, match="two ratings"):
        msa.cohen(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="square table"):
        msa.cohen_of_table([[0, 0], [0, 0]])
