"""Control charts: marks, limits, steps and statistics against `kpi.spc`; small and quick."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pytest

from casparian.charts.control import XBAR
from casparian.charts.counts import COUNT_KINDS, count_chart
from casparian.charts.spc import KINDS, spc_chart
from casparian.charts.thin import levels, runs, shown
from casparian.kpi import spc
from tests.charts.reading import facts, hints, of_class, parsed, places, words
from tests.kpi.piston_rings import PISTON_RINGS

RNG = np.random.default_rng(5)
RINGS = np.asarray(PISTON_RINGS, dtype=np.float64)
SHIFTED = RINGS + np.where(np.arange(25) > 21, 0.03, 0.0)[:, None]


def rings_chart(**more: object):  # type: ignore[no-untyped-def]
    return spc_chart(SHIFTED.ravel(), size=5, baseline=20, title="Piston rings", unit="mm", **more)


def test_piston_rings_carry_their_published_limits() -> None:
    told = facts(parsed(spc_chart(RINGS.ravel(), size=5)))
    assert told["Centre"] == "74.001176"
    assert told["Sigma within"] == "0.009785"
    assert (told[f"LCL of {XBAR}"], told[f"UCL of {XBAR}"]) == ("73.98805", "74.01430")
    assert told["UCL of R"] == "0.04813"
    assert (told["Subgroups"], told["Values in each"], told["Limits from"]) == ("25", "5", "all")


def test_every_point_that_breaks_a_rule_has_its_mark_where_it_lies() -> None:
    chart = rings_chart(rules="both")
    root = parsed(chart)
    limits = spc.xbar_r_limits(SHIFTED, 20)
    mean = SHIFTED.mean(axis=1)
    broken = {
        *np.concatenate(list(spc.violations(mean, limits.center, limits.sigma_xbar).values())),
        *np.concatenate(
            list(spc.violations(mean, limits.center, limits.sigma_xbar, spc.NELSON).values())
        ),
    }
    line = places(of_class(root, "path")[0])
    assert len(line) == 25
    marked = {(float(e.get("cx", 0)), float(e.get("cy", 0))) for e in of_class(root, "out")}
    assert {line[i] for i in broken} <= marked
    assert len(marked) == len(broken) + len(chart.figures["broken"].get("R1", []))
    for rule, names in chart.figures["broken"].items():
        said = [hint for hint in hints(root) if hint.startswith("Subgroup ") and rule in hint]
        assert len(said) == len(names)


def test_limits_lie_where_their_figures_are() -> None:
    root = parsed(rings_chart())
    limits = spc.xbar_r_limits(SHIFTED, 20)
    line = places(of_class(root, "path")[0])
    mean = SHIFTED.mean(axis=1)
    (low, high) = int(np.argmin(mean)), int(np.argmax(mean))
    slope = (line[high][1] - line[low][1]) / (mean[high] - mean[low])
    upper = float(of_class(root, "limit")[0].get("y1", "nan"))
    assert upper == pytest.approx(line[low][1] + slope * (limits.xbar_ucl - mean[low]), abs=0.2)


def test_limits_step_where_sizes_differ() -> None:
    labels = np.repeat(np.arange(12), [3, 5] * 6)
    root = parsed(spc_chart(RNG.normal(10, 1, len(labels)), subgroup=labels))
    stepped = of_class(root, "step")
    assert len(stepped) >= 3  # both limits of the means, and of R
    assert len(places(stepped[0])) == 24  # two corners a subgroup


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_of_measured_values(kind: str) -> None:
    values = RNG.normal(10, 1, 60)
    values[40:] += 4
    size = 3 if kind.startswith("xbar") else None
    root = parsed(spc_chart(values, size=size, kind=kind, baseline=10))
    assert of_class(root, "out")
    assert len(of_class(root, "axis")) == (2 if kind in ("ewma", "cusum") else 4)


@pytest.mark.parametrize("kind", COUNT_KINDS)
def test_all_kinds_of_counts(kind: str) -> None:
    sizes = 100 if kind in ("np", "c") else RNG.integers(80, 120, 30)
    counts = RNG.binomial(80, 0.1, 30).astype(float)
    counts[20] = 60
    chart = count_chart(counts, sizes, kind=kind)
    root = parsed(chart)
    assert "21" in chart.figures["broken"]["WE1"]
    assert any("60 of" in hint for hint in hints(root))


def test_the_kind_follows_the_size_of_the_subgroups() -> None:
    values = RNG.normal(0, 1, 120)
    assert spc_chart(values).figures["kind"].startswith("Individuals")
    assert "R" in spc_chart(values, size=5).figures["kind"]
    assert spc_chart(values, size=12).figures["kind"].endswith("s")
    assert count_chart([1, 2, 3], 50).figures["kind"].startswith("np")
    assert count_chart([1, 2, 3], [50, 60, 70]).figures["kind"].startswith("p ")


def test_phases_zones_and_rules_are_named() -> None:
    root = parsed(rings_chart())
    said = words(root)
    assert any("Phase I: limits from the first 20" in text for text in said)
    assert "Phase II" in said
    assert {"A", "B", "C"} <= set(said)
    assert any(text.startswith("WE1  1 point beyond 3 sigma: ") for text in said)
    assert all(len(of_class(root, f"zone-{zone}")) == 2 for zone in "abc")


def test_subgroups_are_told_with_their_values_and_times() -> None:
    times = {1: datetime(2025, 10, 1, 6, tzinfo=UTC)}
    root = parsed(spc_chart([9.0, 11.0, 10.0, 12.0], size=2, times=times))
    told = [hint for hint in hints(root) if hint.startswith("Subgroup 1,")]
    assert told[0].startswith("Subgroup 1, 2025-10-01 06:00 UTC: ")
    assert "n 2: 9 11" in told[0]


def test_constant_and_single_values_can_be_drawn_or_are_refused_in_words() -> None:
    assert "nan" not in spc_chart([5.0] * 10).svg()
    assert "nan" not in spc_chart([5.0] * 10, size=5).svg()
    with pytest.raises(ValueError, match="no value"):
        spc_chart([float("nan")])
    with pytest.raises(ValueError, match="no limits"):
        spc_chart([5.0])
    with pytest.raises(ValueError, match="at least 2"):
        spc_chart([5.0, 6.0], kind="xbar-r")


def test_missing_values_are_left_out_of_their_subgroup() -> None:
    chart = spc_chart([1.0, 2.0, float("nan"), 2.0, 1.0, 3.0], size=3)
    assert any("n 2: 1 2" in hint for hint in hints(parsed(chart)))


def test_hostile_names_stay_text() -> None:
    chart = spc_chart([1.0, 2.0, 1.5], title='<script>alert("x")</script>')
    for text in (chart.svg(), chart.html()):
        assert "<script>alert" not in text
    assert any("<script>" in text for text in words(parsed(chart)))


def test_ten_thousand_subgroups_are_quick_and_small() -> None:
    values = RNG.normal(0, 1, 50_000)
    begun = time.perf_counter()
    chart = spc_chart(values, size=5, rules="both")
    text = chart.svg()
    assert time.perf_counter() - begun < 2
    assert len(text) < 400_000
    assert len(chart.html()) < 450_000


def test_thinned_lines_keep_every_peak() -> None:
    x = np.linspace(0, 100, 20_000)
    y = RNG.normal(0, 1, 20_000)
    y[7777] = 50
    kept = shown(x, y)
    assert len(kept) <= 4 * 101
    assert 7777 in kept
    assert {0, 19_999} <= set(kept.tolist())
    assert shown(x[:10], y[:10]).tolist() == list(range(10)) or len(kept)


def test_stretches_of_lines() -> None:
    line = np.array([np.nan, 1.0, 1.0, np.nan, 2.0])
    assert runs(line) == [(1, 3), (4, 5)]
    assert levels(line) == [(1, 3, 1.0), (4, 5, 2.0)]
    assert levels(np.array([])) == []


def test_of_more_points_than_pixels_only_those_beyond_the_limits_are_marked() -> None:
    values = np.random.default_rng(2).normal(0, 1, 20_000)
    chart = spc_chart(values, rules="both")
    root = parsed(chart)
    assert not of_class(root, "flag")
    marks = sum(e.get("d", "").count("M") for e in of_class(root, "out-many"))
    marks += len(of_class(root, "out"))
    beyond = len(chart.figures["broken"]["WE1"]) + len(chart.figures["broken"]["R1"])
    assert 0 < marks <= beyond
    lanes = sum(e.get("d", "").count("M") for e in of_class(root, "tick-out"))
    assert lanes > beyond


def test_a_phase_one_of_all_subgroups_is_no_phase() -> None:
    chart = spc_chart(np.arange(12.0) % 3, baseline=20)
    assert chart.figures["baseline"] == 12
    assert facts(parsed(chart))["Limits from"] == "all"
