import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.charts.frame import cut_front
from casparian.charts.scale import (
    MINUS,
    NONE,
    THIN_SPACE,
    Scale,
    count,
    decimals_for,
    fixed,
    hours,
    percent,
    round_up,
    significant,
    spread,
    ticks,
)

values = st.floats(-1e4, 1e4)


@given(values, st.floats(1e-2, 1e6), st.integers(2, 12))
def test_ticks_are_few_even_and_inside(low: float, span: float, about: int) -> None:
    found = ticks(low, low + span, about)
    assert len(found) <= about + 1
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in found)
    gaps = [b - a for a, b in itertools.pairwise(found)]
    assert not gaps or max(gaps) - min(gaps) <= span * 1e-6


def test_ticks_are_round() -> None:
    assert ticks(0, 1, 4) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert [round(t, 9) for t in ticks(24.985, 25.032, 5)] == [24.99, 25.0, 25.01, 25.02, 25.03]


@given(st.floats(1e-6, 1e9))
def test_the_top_of_an_axis_is_not_below_its_data(value: float) -> None:
    assert value * (1 - 1e-6) <= round_up(value) <= value * 2.6


@given(st.lists(st.floats(0, 100), max_size=6))
def test_labels_do_not_overlap_and_keep_their_order(places: list[float]) -> None:
    moved = spread(places, 15, 0, 100)
    inside = sorted(moved)
    assert all(b - a >= 15 - 1e-9 for a, b in itertools.pairwise(inside))
    order = sorted(range(len(places)), key=lambda i: places[i])
    assert [moved[i] for i in order] == inside


def test_scale_of_a_single_value_is_its_middle() -> None:
    assert Scale(5, 5, 0, 10)(5) == 5.0
    assert Scale(0, 10, 100, 0)(2.5) == 75.0


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (count(1234567), f"1{THIN_SPACE}234{THIN_SPACE}567"),
        (percent(0.7564), f"75.6{THIN_SPACE}%"),
        (percent(-0.1), f"{MINUS}10.0{THIN_SPACE}%"),
        (fixed(-0.0001, 2), "0.00"),
        (hours(3600), f"1.0{THIN_SPACE}h"),
        (hours(3600 * 1234), f"1{THIN_SPACE}234{THIN_SPACE}h"),
        (significant(25.014187, 0.0048), "25.01419"),
        (significant(25.0, 0.0), "25"),
        (hours(math.nan), NONE),
        (percent(math.nan), NONE),
        (count(math.nan), NONE),
    ],
)
def test_figures_as_people_write_them(written: str, expected: str) -> None:
    assert written == expected


def test_decimals_tell_steps_apart() -> None:
    assert [decimals_for(step) for step in (10, 1, 0.5, 0.25, 0.002)] == [0, 0, 1, 2, 3]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (fixed(3.01e-9, 11), "3.01e\N{MINUS SIGN}9"),
        (fixed(-2.5e-10, 12), "\N{MINUS SIGN}2.50e\N{MINUS SIGN}10"),
        (fixed(0.0, 11), "0"),
        (fixed(74.0000012, 8), "74.00000120"),
        (significant(3.01234e-9, 1e-10), "3.012e\N{MINUS SIGN}9"),
        (cut_front("1 000 000 000 000 150", 12), "…000 000 150"),
        (cut_front("74.01430", 12), "74.01430"),
    ],
)
def test_figures_far_below_and_above_one(written: str, expected: str) -> None:
    assert written == expected
