"""The reference numbers that this project promises, each to its printed digits, by which option."""

from __future__ import annotations

import math

import numpy as np
import pytest

from casparian.kpi import msa, spc
from casparian.kpi.capability import capability
from casparian.kpi.factors import chart_factors
from tests.kpi.gage_data import AIAG
from tests.kpi.piston_rings import PISTON_RINGS
from tests.kpi.published_charts import CIRCUIT, ORANGE_JUICE


def printed(value: float | None, text: str) -> None:
    """The value prints as the text does, to its last digit."""
    digits = len(text.partition(".")[2])
    assert value is not None and f"{value:.{digits}f}" == text


def test_gage_by_average_and_range_on_the_form_of_aiag() -> None:
    study = msa.average_range(AIAG, decimals=2)
    for sigma, text in zip(
        (study.ev, study.av, study.grr, study.pv, study.tv),
        ("0.20188", "0.22963", "0.30575", "1.10456", "1.14610"),
        strict=True,
    ):
        printed(sigma, text)
    printed(100 * (study.study_ratio("grr") or 0), "26.68")
    assert study.ndc == 5


def test_gage_by_anova() -> None:
    study = msa.anova(AIAG).study
    printed(study.ev, "0.199933")
    printed(study.av, "0.226838")
    printed(study.pv, "1.042327")
    assert study.ndc == 4
    # the manual's GRR of 0.302373 is above what any EV and AV give that print as its own do
    assert math.hypot(0.1999335, 0.2268385) < 0.3023725
    assert study.grr == pytest.approx(0.302373, abs=2e-6)


def test_piston_rings() -> None:
    """qcc's R limit takes d2 of three decimals and a d3 of its own: `tables="qcc"`."""
    for tables in (True, "qcc"):
        rings = spc.xbar_r(PISTON_RINGS, tables=tables)
        printed(rings.center, "74.00118")
        printed(float(rings.sigma), "0.009785039")
        printed(rings.lcl[0], "73.98805")
        printed(rings.ucl[0], "74.01430")
        printed(rings.spread_center[0], "0.02276")
    printed(rings.spread_ucl[0], "0.04812533")
    for by_s in (spc.xbar_s(PISTON_RINGS), spc.xbar_s(PISTON_RINGS, tables="qcc")):
        printed(by_s.spread_center[0], "0.009240037")
        printed(by_s.spread_ucl[0], "0.01930242")


def test_capability_of_piston_rings() -> None:
    found = capability(PISTON_RINGS, 73.95, 74.05)
    for value, text in (
        (found.cp, "1.703"), (found.cpk, "1.663"), (found.pp, "1.655"), (found.ppk, "1.616"),
    ):  # fmt: skip
        printed(value, text)


def test_counts() -> None:
    juice = spc.p(ORANGE_JUICE, 50)
    for value, text in (
        (juice.center, "0.2313333"), (juice.lcl[0], "0.05242755"), (juice.ucl[0], "0.4102391"),
    ):  # fmt: skip
        printed(value, text)
    circuit = spc.c(CIRCUIT)
    for value, text in (
        (circuit.center, "19.84615"), (circuit.lcl[0], "6.481447"), (circuit.ucl[0], "33.21086"),
    ):  # fmt: skip
        printed(value, text)


def test_factors_of_five() -> None:
    five = chart_factors(5)
    printed(five.d2, "2.326")
    printed(five.c4, "0.9400")
    printed(five.a2, "0.577")
    printed(five.upper_range, "2.114")


def test_qcc_ends_at_ranges_of_twenty_five() -> None:
    rows = np.random.default_rng(1).normal(size=(9, 26))
    assert spc.xbar_s(rows, tables="qcc").sigma == spc.xbar_s(rows).sigma
    assert spc.xbar_r(rows[:, :25], tables="qcc").sigma == pytest.approx(
        spc.xbar_r(rows[:, :25]).sigma, rel=3e-4
    )
    with pytest.raises(ValueError, match="more than 25"):
        spc.xbar_r(rows, tables="qcc")
