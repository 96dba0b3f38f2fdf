"""Attribute agreement on a page, against `kpi.msa`."""

from __future__ import annotations

import numpy as np
import pytest

from casparian.charts.agreement import agreement_chart, ratings_of
from casparian.kpi import msa
from casparian.kpi.labels import natural
from tests.charts.reading import facts, hints, parsed, words

Rows = tuple[list[str], list[str], list[str], list[str]]


def study(parts: int = 12) -> Rows:
    """A judges right, B is never sure of part 3 and C calls part 10 good, which is bad."""
    rows = []
    for part in range(1, parts + 1):
        standard = "NOK" if part % 5 == 0 else "OK"
        for person in "ABC":
            for trial in range(2):
                rating = standard
                if (person, part, trial) == ("B", 3, 1):
                    rating = "NOK"
                if (person, part) == ("C", 10):
                    rating = "OK"
                rows.append((str(part), person, rating, standard))
    columns = zip(*rows, strict=True)
    part_, person_, rating_, standard_ = (list(column) for column in columns)
    return part_, person_, rating_, standard_


def test_the_figures_are_those_of_the_library() -> None:
    part, person, rating, standard = study()
    cube = ratings_of(part, person, rating, standard)
    assert cube.parts == tuple(str(i) for i in range(1, 13))
    expected = msa.attribute_agreement(cube.values, cube.standard, bad="NOK")
    chart = agreement_chart(part, person, rating, standard, bad="NOK")
    first, second, third = chart.figures["appraisers"]
    assert (first["guideline"], third["guideline"]) == ("acceptable", "not acceptable")
    assert third["miss_ratio"] == expected.miss_ratio[2] == 0.5
    assert second["within"]["matched"] == 11
    assert chart.figures["between_kappa"] == expected.between_kappa.kappa  # type: ignore[union-attr]
    assert facts(parsed(chart))["All as the standard"] == "83.3\u202f%"


def test_parts_that_are_hard_to_judge_are_marked_by_a_sign() -> None:
    root = parsed(agreement_chart(*study(), bad="NOK"))
    said = words(root)
    assert (said.count("~"), said.count("✗")) == (1, 1)
    assert "Part 10, C: OK, OK; standard NOK" in hints(root)


def test_without_a_standard_there_is_nothing_to_be_right_about() -> None:
    part, person, rating, _ = study()
    chart = agreement_chart(part, person, rating)
    assert chart.figures["all_against_standard"] is None
    assert "Against the standard" not in words(parsed(chart))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: [column[:-1] for column in rows], "part 12 has 1 ratings by C"),
        (lambda rows: [[], [], [], []], "no rating"),
        (lambda rows: [*rows[:2], ["", *rows[2][1:]], rows[3]], "missing rating"),
        (lambda rows: [*rows[:3], ["NOK", *rows[3][1:]]], "part 1 has several standards: NOK, OK"),
    ],
)
def test_a_study_that_is_not_whole_is_refused(change, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=said):
        agreement_chart(*change(study()))


def test_people_count_2_before_10() -> None:
    assert sorted(["P10", "P9", "p1", "2", "10", "a"], key=natural) == [
        "2", "10", "a", "p1", "P9", "P10"
    ]  # fmt: skip
    assert np.array_equal(ratings_of(["10", "2"], ["A", "A"], ["x", "y"]).parts, ("2", "10"))
