"""What moved with a feature, on a page, against `kpi.causes`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from casparian.charts.causes import cause_chart
from casparian.kpi.causes import find_causes
from tests.charts.reading import facts, hints, of_class, parsed, places, words

RNG = np.random.default_rng(21)
N = 60
SHIFT = np.repeat([0.0, 1.0], [40, 20])
FEATURE = 10 + 0.5 * SHIFT + RNG.normal(0, 0.1, N)
PROCESS = np.column_stack([
    RNG.normal(5, 1, N), 20 + 10 * SHIFT + RNG.normal(0, 1, N), np.full(N, 3.0),
])  # fmt: skip
NAMES = ("pressure", "coolant", "mode")
MADE = [datetime(2025, 10, 28, tzinfo=UTC) + timedelta(minutes=i) for i in range(N)]


def test_the_ranking_is_that_of_the_figures() -> None:
    chart = cause_chart(FEATURE, PROCESS, NAMES, ("bar", "°C", ""), "Bore", "mm", MADE)
    expected = find_causes(FEATURE, PROCESS, NAMES)
    found = chart.figures["candidates"]
    assert [each["name"] for each in found] == [each.name for each in expected]
    assert found[0]["correlation"] == expected[0].correlation
    assert found[0]["unit"] == "°C"
    root = parsed(chart)
    assert facts(root)["Changed most at"] == "2025-10-28 00:40 UTC"
    assert facts(root)["Most evidence"] == "coolant"
    said = words(root)
    assert "coolant [°C]" in said
    assert "constant" in said


def test_the_change_stands_where_it_is_and_parts_are_told() -> None:
    root = parsed(cause_chart(FEATURE, PROCESS, NAMES, title="Bore"))
    upright = of_class(root, "phase")
    line = places(of_class(root, "path")[0])
    x = float(upright[0].get("x1", "nan"))
    assert line[39][0] < x < line[40][0]
    (told,) = (hint for hint in hints(root) if hint.startswith("Part 41:"))
    assert "coolant" in told


def test_parts_before_and_after_differ_in_shape_too() -> None:
    root = parsed(cause_chart(FEATURE, PROCESS, NAMES))
    round_, square = (
        sum(e.get("d", "").count("M") for e in of_class(root, name))
        for name in ("ends-round", "ends-square")
    )
    assert (round_, square) == (2 * 40 + 1, 2 * 20 + 1)  # two scatters and the legend


def test_many_parts_stay_small_and_holes_are_left_out() -> None:
    many = RNG.normal(0, 1, (50_000, 4))
    many[::7, 1] = np.nan
    chart = cause_chart(many[:, 0], many[:, 1:], ("a", "b", "c"))
    assert len(chart.svg()) < 400_000
    assert "nan" not in chart.svg()


@pytest.mark.parametrize(
    ("feature", "process", "said"),
    [
        (FEATURE, np.full((N, 1), 3.0), "constant"),
        (FEATURE[:5], PROCESS[:5, :1], "fewer than 10 parts"),
        (np.full(N, np.nan), PROCESS[:, :1], "held against"),
        (np.full(N, 5.0), PROCESS[:, :1], "constant"),
    ],
)
def test_what_cannot_be_compared_is_said(
    feature: np.ndarray, process: np.ndarray, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        cause_chart(feature, process, ("x",))
