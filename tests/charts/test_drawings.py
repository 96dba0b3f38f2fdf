"""Charts are read back as XML: what is drawn must say what the figures say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest

from casparian import charts
from casparian.charts.svg import Markup
from casparian.report.data import SpcChart
from casparian.report.sections.control import drawn as control
from tests.report.made_up import plant

SVG = "{http://www.w3.org/2000/svg}"
PLANT = plant(days=12, subgroups=60)


def parsed(markup: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(markup.text)


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [e for e in root.iter() if name in e.get("class", "").split()]


def hints(root: ElementTree.Element) -> list[str]:
    return [e.text or "" for e in root.iter(f"{SVG}title")][1:]


def test_every_chart_names_itself_to_those_who_cannot_see_it() -> None:
    line = charts.Waterfall("L1", 100.0, 20.0, 10.0, 1.0, 69.0)
    drawn = (
        charts.oee_waterfall(line),
        charts.oee_trend([charts.Series("L1", {date(2025, 1, 1): 0.5})]),
        charts.downtime_pareto([charts.Reason("Jam", 60.0, 1)]),
        charts.bars([charts.Bar("Missing value", 3)], "quarantined records"),
        charts.control_chart(control(PLANT.spc[0])),
    )
    for markup in drawn:
        root = parsed(markup)
        assert root.get("role") == "img"
        assert len(root.get("aria-label", "")) > 20


@pytest.mark.parametrize(
    ("drawn", "sentence"),
    [
        (charts.oee_waterfall(charts.Waterfall("L1", 0, 0, 0, 0, 0)), "no planned busy time"),
        (charts.oee_trend([charts.Series("L1", {date(2025, 1, 1): None})]), "No day has"),
        (charts.oee_trend([]), "No day has"),
        (charts.downtime_pareto([]), "No downtime"),
        (charts.bars([], "quarantined records"), "No quarantined records."),
        (charts.control_chart(control(replace(PLANT.spc[0], points=()))), "No complete subgroup"),
    ],
)
def test_a_chart_without_data_says_so(drawn: Markup, sentence: str) -> None:
    assert "<svg" not in drawn.text
    assert sentence in drawn.text


def test_waterfall_steps_down_from_planned_to_effective_time() -> None:
    root = parsed(charts.oee_waterfall(charts.Waterfall("L1", 100.0, 20.0, 10.0, 5.0, 65.0)))
    tall = {
        hue: float(of_class(root, f"fill-{hue}")[0].get("height", "0"))
        for hue in ("grey", "red", "orange", "purple", "green")
    }
    assert tall["grey"] == pytest.approx(sum(tall.values()) - tall["grey"], abs=0.3)
    assert tall["green"] / tall["grey"] == pytest.approx(0.65, abs=0.005)
    assert any("20.0" in hint and "Availability" in hint for hint in hints(root))


def test_faster_than_ideal_is_a_gain_and_not_hidden() -> None:
    root = parsed(charts.oee_waterfall(charts.Waterfall("L1", 100.0, 5.0, -10.0, 0.0, 105.0)))
    assert of_class(root, "fill-sky")
    assert any("gain" in hint for hint in hints(root))
    assert "+10.0" in "".join(root.itertext())


def test_trend_breaks_its_line_at_days_without_a_figure() -> None:
    days = [date(2025, 1, d) for d in (1, 2, 3, 4, 6)]
    series = charts.Series("L1", dict(zip(days, [0.5, 0.6, None, 0.7, 0.8], strict=True)))
    root = parsed(charts.oee_trend([series]))
    assert len(list(root.iter(f"{SVG}polyline"))) == 3
    assert len(hints(root)) == 4


def test_trend_axis_holds_all_values() -> None:
    series = charts.Series("L1", {date(2025, 1, 1): 0.02, date(2025, 1, 2): 1.13})
    root = parsed(charts.oee_trend([series], height=260))
    circles = [float(e.get("cy", "0")) for e in root.iter(f"{SVG}circle")]
    assert all(12 <= y <= 234 for y in circles)


def test_pareto_is_ordered_and_its_share_ends_at_a_hundred() -> None:
    reasons = [charts.Reason(f"R{i}", 100.0 * (i + 1), i + 1) for i in range(20)]
    root = parsed(charts.downtime_pareto(reasons, most=8))
    bars = [e for e in root.iter(f"{SVG}rect") if "fill" in e.get("class", "")]
    heights = [float(bar.get("height", "0")) for bar in bars]
    assert len(bars) == 8
    assert heights[:7] == sorted(heights[:7], reverse=True)
    assert any("13 others" in hint and "R0" in hint for hint in hints(root))
    assert "100.0" in next(h for h in hints(root) if h.startswith("The first 8"))


def test_bars_without_room_for_an_other_bar_keep_every_reason() -> None:
    root = parsed(charts.bars([charts.Bar("A", 1), charts.Bar("B", 9000)], "records"))
    assert len(of_class(root, "fill-orange")) == 2
    assert min(float(e.get("width", "0")) for e in of_class(root, "fill-orange")) >= 3


@pytest.mark.parametrize("width", [1080, 360])
@pytest.mark.parametrize("chart", PLANT.spc, ids=lambda c: c.title)
def test_control_chart_marks_every_violation(chart: SpcChart, width: int) -> None:
    root = parsed(charts.control_chart(control(chart), width))
    on_means = sum(any(rule != "R1" for rule in point.rules) for point in chart.points)
    on_ranges = sum("R1" in point.rules for point in chart.points)
    assert len(of_class(root, "out")) == on_means + on_ranges
    in_lanes = sum(number for rule, number in chart.broken.items() if rule != "R1")
    assert sum(lane.get("d", "").count("M") for lane in of_class(root, "tick-out")) == in_lanes
    words = " ".join(root.itertext())
    assert all(rule in words for rule in chart.broken)


def test_pointing_at_a_subgroup_says_what_it_broke() -> None:
    for chart in PLANT.spc:
        said = hints(parsed(charts.control_chart(control(chart))))
        by_subgroup = [hint for hint in said if hint.startswith("Subgroup ")]
        assert len(by_subgroup) == len(chart.points)
        for rule, number in chart.broken.items():
            assert sum(bool(re.search(rf"breaks .*{rule}", hint)) for hint in said) == number


@pytest.mark.parametrize("width", [1080, 360])
def test_control_chart_stays_inside_its_drawing(width: int) -> None:
    for chart in PLANT.spc:
        root = parsed(charts.control_chart(control(chart), width))
        _, _, wide, tall = map(float, root.get("viewBox", "").split())
        for circle in root.iter(f"{SVG}circle"):
            assert 0 <= float(circle.get("cx", "0")) <= wide
            assert 0 <= float(circle.get("cy", "0")) <= tall


def test_constant_measurements_can_be_drawn() -> None:
    chart = PLANT.spc[0]
    flat = replace(
        chart, center=5.0, sigma=0.0, xbar_ucl=5.0, xbar_lcl=5.0, range_center=0.0, range_ucl=0.0,
        range_lcl=0.0,
        points=tuple(replace(p, xbar=5.0, spread=0.0, rules=()) for p in chart.points),
    )  # fmt: skip
    assert "nan" not in charts.control_chart(control(flat)).text
    one = replace(flat, points=flat.points[:1])
    assert "nan" not in charts.control_chart(control(one)).text


def test_names_from_the_plant_cannot_break_the_drawing() -> None:
    hostile = '<script>alert("x")</script> & co'
    drawn = charts.downtime_pareto([charts.Reason(hostile, 60.0, 1, hostile)])
    assert "<script>" not in drawn.text
    assert hostile in hints(parsed(drawn))[0]
