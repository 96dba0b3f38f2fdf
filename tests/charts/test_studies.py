"""Capability studies, gage studies, Paretos and OEE on one page, against `kpi`."""

from __future__ import annotations

import numpy as np
import pytest

from casparian.charts.capability import capability_chart
from casparian.charts.effectiveness import oee_chart
from casparian.charts.grr import grr_chart
from casparian.charts.histogram import bins
from casparian.charts.ranking import pareto_chart
from casparian.kpi import msa, oee
from casparian.kpi.capability import capability
from casparian.kpi.capability.nonnormal import by_percentiles
from tests.charts.reading import facts, hints, of_class, parsed, words
from tests.kpi.gage_data import AIAG

RNG = np.random.default_rng(8)
VALUES = RNG.normal(10.0, 0.02, 200)


def test_a_capability_study_says_what_the_figures_say() -> None:
    found = capability(VALUES.reshape(-1, 5), 9.9, 10.1)
    chart = capability_chart(VALUES, 9.9, 10.1, size=5)
    assert chart.figures["cpk"] == found.cpk
    said = words(parsed(chart))
    for index in (found.cp, found.cpk, found.pp, found.ppk):
        assert f"{index:.2f}" in said
    low, high = found.intervals["cpk"]
    assert f"{low:.2f} … {high:.2f}" in said


def test_the_limits_stand_among_the_bars_where_they_belong() -> None:
    root = parsed(capability_chart(VALUES, 9.9, 10.1, 10.0, size=5))
    lsl, usl = (float(e.get("x1", "nan")) for e in of_class(root, "limit"))
    (target,) = (float(e.get("x1", "nan")) for e in of_class(root, "target"))
    assert target == pytest.approx((lsl + usl) / 2, abs=0.2)
    bars = of_class(root, "soft-fill")
    assert all(lsl < float(bar.get("x", "0")) < usl for bar in bars)
    assert sum(int(hint.split(": ")[1].split()[0]) for hint in hints(root) if " to " in hint) == 200


def test_bins_hold_all_values_and_have_round_edges() -> None:
    edges = bins(VALUES)
    assert edges[0] <= VALUES.min()
    assert edges[-1] >= VALUES.max()
    assert 6 <= len(edges) <= 80
    assert len(bins(np.full(5, 3.0))) >= 2


@pytest.mark.parametrize(
    ("values", "lsl", "usl"),
    [
        (np.full(10, 5.0), 4.0, 6.0),
        (np.array([5.0]), 4.0, None),
        (RNG.lognormal(0, 1, 50), None, 9),
    ],
)
def test_hard_cases_are_drawn(values: np.ndarray, lsl: float | None, usl: float | None) -> None:
    text = capability_chart(values, lsl, usl).svg()
    assert "nan" not in text


def test_a_study_without_limits_or_values_is_refused() -> None:
    with pytest.raises(ValueError, match="no specification limit"):
        capability_chart(VALUES)
    with pytest.raises(ValueError, match="no value"):
        capability_chart([float("nan")], 1.0, 2.0)
    with pytest.raises(ValueError, match="above the lower"):
        capability_chart(VALUES, 2.0, 1.0)


def aiag() -> tuple[list[str], list[str], list[float]]:
    """The manual's study as single measurements."""
    rows = [
        (f"{part + 1:02}", "ABC"[who], float(AIAG[part, who, trial]))
        for part in range(10) for who in range(3) for trial in range(3)
    ]  # fmt: skip
    parts, people, values = zip(*rows, strict=True)
    return list(parts), list(people), list(values)


def test_a_gage_study_says_what_the_figures_say() -> None:
    study = msa.average_range(AIAG)
    chart = grr_chart(*aiag(), method="average-range")
    assert chart.figures["components"]["grr"]["sigma"] == pytest.approx(study.grr)
    assert facts(parsed(chart))["Distinct categories"] == str(study.ndc)
    root = parsed(chart)
    assert len(of_class(root, "phase")) == 4  # between appraisers on two charts
    means = [hint for hint in hints(root) if hint.startswith("A, part 01: mean")]
    assert float(means[0].split("mean ")[1]) == pytest.approx(AIAG[0, 0].mean(), rel=1e-5)


def test_a_gage_study_with_a_hole_is_refused_by_its_cell() -> None:
    parts, people, values = aiag()
    with pytest.raises(ValueError, match="part 10 has 2 measurements by C"):
        grr_chart(parts[:-1], people[:-1], values[:-1])


def test_paretos_of_durations_and_of_counts() -> None:
    chart = pareto_chart(["jam", "setup", "jam"], [3600.0, 7200.0, 1800.0], seconds=True)
    assert [row["name"] for row in chart.figures["categories"]] == ["setup", "jam"]
    assert any(hint.startswith("jam: 1.5") and "2 times" in hint for hint in hints(parsed(chart)))
    assert pareto_chart(["a", "b", "a"]).figures["categories"][0]["weight"] == 2
    with pytest.raises(ValueError, match="nothing to rank"):
        pareto_chart([])
    with pytest.raises(ValueError, match="zero or more"):
        pareto_chart(["a"], [-1.0])


def elements(*rows: tuple[float, float, float, float, float]) -> oee.Elements:
    return oee.Elements(*np.array(rows).T)


def test_oee_of_a_line_with_a_day_that_is_not_known() -> None:
    days = elements((100, 80, 70, 10, 9), (100, np.nan, 70, 10, 9), (100, 90, 80, 10, 10))
    machines = {"M1": (["1", "3"], elements((100, 80, 70, 10, 9), (100, 90, 80, 10, 10)))}
    chart = oee_chart(["1", "2", "3"], days, machines, "L1", ["", "no stops log", ""])
    root = parsed(chart)
    assert chart.figures["days"][0]["oee_ratio"] == pytest.approx(0.63)
    assert chart.figures["days"][1]["oee_ratio"] is None
    assert any("no stops log" in hint for hint in hints(root))
    assert any(hint == "M1, 1: OEE 63.0\u202f%" for hint in hints(root))
    assert "nan" not in chart.svg()
    with pytest.raises(ValueError, match="no day"):
        oee_chart([], elements((1, 1, 1, 1, 1)))


@pytest.mark.parametrize("distribution", ["lognormal", "weibull", "empirical"])
def test_other_distributions_give_indices_by_their_percentiles(distribution: str) -> None:
    values = RNG.lognormal(0, 0.4, 800)
    found = by_percentiles(values, 0.05, 9.0, distribution)
    chart = capability_chart(values, 0.05, 9.0, distribution=distribution)
    root = parsed(chart)
    said = words(root)
    assert f"Ppk {distribution}" in said
    assert f"{found.ppk:.2f}" in said
    assert bool(of_class(root, "stroke-purple")) == (distribution != "empirical")


def test_what_is_weighed_keeps_its_decimals_and_what_is_counted_has_none() -> None:
    weighed = pareto_chart(["a", "b"], [0.35, 0.15], what="kg")
    assert any(hint.startswith("a: 0.35") for hint in hints(parsed(weighed)))
    counted = parsed(pareto_chart(["a"] * 9 + ["b"] * 3))
    assert "2.5" not in words(counted)


def test_long_names_keep_their_ends() -> None:
    names = [f"Surface scratched by the gripper at station {i}" for i in range(14)]
    root = parsed(pareto_chart(names, range(14, 0, -1)))
    shown = [words(root)[i : i + 3] for i, word in enumerate(words(root)) if word == "Surface"]
    assert len({tuple(rows) for rows in shown}) == 14


def test_parts_of_a_gage_study_are_in_the_order_in_which_people_count() -> None:
    rows = [(str(part), who, part + 0.1 * trial) for part in range(1, 12) for who in "AB"
            for trial in range(2)]  # fmt: skip
    part, who, value = zip(*rows, strict=True)
    root = parsed(grr_chart(part, who, value))
    said = words(root)
    start = said.index("Measurements by part")
    own = [word for word in said[start:] if word.isdigit()]
    assert own.index("2") < own.index("10")


def test_no_value_is_lost_at_the_edge_of_the_bins() -> None:
    values = np.array([5.1, 5.2, 5.15])  # 255 * 0.02 is above 5.1
    root = parsed(capability_chart(values, 4, 6))
    assert sum(int(hint.split(": ")[1].split()[0]) for hint in hints(root) if " to " in hint) == 3


def test_one_trial_has_no_ranges() -> None:
    chart = grr_chart(["1", "2", "3"] * 2, ["A"] * 3 + ["B"] * 3, [1.0, 2, 3, 1.1, 2, 3.2])
    assert words(parsed(chart)).count("Needs two trials or more.") == 2


def test_machines_that_are_left_out_are_told() -> None:
    days = elements((100, 80, 70, 10, 9))
    machines = {f"M{i}": (["1"], days) for i in range(24)}
    assert "OEE by machine [%], 20 of 24" in words(parsed(oee_chart(["1"], days, machines)))
