"""Capability between and within subgroups: Minitab's printed report, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi.capability import between_within, capability
from casparian.kpi.factors import c4_of, chart_factors
from tests.kpi.piston_rings import PISTON_RINGS

MINITAB = {"mean": 49.8829, "within": 0.40608, "between": 0.685488, "sigma": 0.79674}


def coatings() -> np.ndarray:
    """25 rolls of 3 with the mean, Sw and Sx of Minitab's coated rolls (whose values are its own).

    Sx is not in the report; it follows from Sb and Sw.
    """
    random = np.random.default_rng(25)
    inside = random.normal(size=(25, 3))
    inside -= inside.mean(axis=1, keepdims=True)
    pooled = math.sqrt(float((inside**2).sum()) / 50) / c4_of(51)
    means = random.normal(size=25)
    moving = float(np.abs(np.diff(means)).mean()) / chart_factors(2).d2
    apart = math.sqrt(MINITAB["between"] ** 2 + MINITAB["within"] ** 2 / 3)
    means = (means - means.mean()) * apart / moving
    rows: np.ndarray = 49.8829 + means[:, np.newaxis] + inside * MINITAB["within"] / pooled
    return rows


def test_the_report_of_minitab() -> None:
    """Capability Analysis (Between/Within), coated rolls, 50 +- 3: Cp 1.26."""
    found = between_within(coatings(), 47.0, 53.0, target=50.0)
    assert found.study.mean == pytest.approx(MINITAB["mean"], abs=1e-9)
    assert found.within == pytest.approx(MINITAB["within"], abs=5e-7)
    assert found.between == pytest.approx(MINITAB["between"], abs=5e-7)
    assert found.sigma == pytest.approx(MINITAB["sigma"], abs=5e-6)
    assert (found.cp, found.cpk) == (
        pytest.approx(1.26, abs=0.005), pytest.approx(2.8829 / (3 * 0.79674), abs=1e-4),
    )  # fmt: skip
    assert found.cpk == found.cpl and (found.cpu or 0) > (found.cpl or 0)
    assert found.study.cpm is not None and found.study.n == 75 and not found.missing


def test_subgroups_of_unequal_size_by_hand() -> None:
    values = [9.0, 11.0, 14.0, 15.0, 16.0, 8.0]
    found = between_within(values, 0.0, None, labels=[1, 1, 2, 2, 2, 3], method="pooled")
    within = math.sqrt((2 + 2) / 3)
    means = (5 + 7) / 2 / (2 / math.sqrt(math.pi))
    assert (found.within, found.means) == (pytest.approx(within), pytest.approx(means))
    between = math.sqrt(means**2 - within**2 * (1 / 2 + 1 / 3 + 1) / 3)
    assert found.between == pytest.approx(between)
    assert found.cp is None and found.cpk == found.cpl
    assert found.cpl == pytest.approx(np.mean(values) / 3 / math.hypot(within, between))
    assert found.missing == ("no upper specification limit",)


def test_subgroups_that_are_too_alike_have_nothing_between() -> None:
    rows = np.array([[9.0, 11.0], [11.0, 9.0], [9.5, 10.5]])
    found = between_within(rows, 0.0, 20.0)
    assert found.zeroed and found.between == 0.0
    assert found.sigma == found.within
    assert found.cp == found.study.cp


def test_rings_are_set_once() -> None:
    """Of a process in one piece the indices are about those of all its values."""
    found = between_within(PISTON_RINGS, 73.95, 74.05)
    assert found.cp == pytest.approx(found.study.pp, rel=0.06)
    by_median = between_within(PISTON_RINGS, 73.95, 74.05, between="median_moving_range")
    assert by_median.means != found.means


def test_what_cannot_be_said() -> None:
    one = between_within([[1.0, 2.0]], 0.0, 3.0)
    assert (one.between, one.sigma, one.cp) == (None, None, None)
    assert "one subgroup: nothing between subgroups" in one.missing
    gone = between_within([[np.nan, np.nan]], 0.0, 3.0)
    assert gone.cp is None and "no values" in gone.missing
    same = between_within([[5.0, 5.0], [5.0, 5.0]], 0.0, 9.0)
    assert (same.sigma, same.cp) == (0.0, None)
    with pytest.raises(ValueError, match="need subgroups"):
        between_within([1.0, 2.0], 0.0, 3.0)
    with pytest.raises(ValueError, match="method of subgroups"):
        between_within([[1.0, 2.0]], 0.0, 3.0, method="moving_range")


@given(st.floats(-1e4, 1e4), st.floats(0.01, 100))
def test_shift_and_scale(shift: float, scale: float) -> None:
    rows = PISTON_RINGS[:9] - 74
    one = between_within(rows, -0.05, 0.05)
    other = between_within(rows * scale + shift, -0.05 * scale + shift, 0.05 * scale + shift)
    assert other.cp == pytest.approx(one.cp, rel=1e-5)
    assert other.study.pp == pytest.approx(capability(rows, -0.05, 0.05).pp, rel=1e-5)
