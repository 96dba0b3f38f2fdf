"""NIST Statistical Reference Datasets: certified answers that are hard in floating point.

https://www.itl.nist.gov/div898/strd: univariate summary statistics (NumAcc, Michelso), and data in
the manner of its analyses of variance SmLs01 to 09, with their answer. The constants in front of
the data are made to lose digits.
"""

from fractions import Fraction

import numpy as np
import pytest

from casparian.kpi import msa, spc
from casparian.kpi.capability import capability
from casparian.kpi.capability.many import many
from tests.kpi.published_charts import numbers

# speed of light in air [km/s] less 299,000, A. A. Michelson 1879
MICHELSON = numbers(
    "850 740 900 1070 930 850 950 980 980 880 1000 980 930 650 760 810 1000 1000 960 960 "
    "960 940 960 940 880 800 850 880 900 840 830 790 810 880 880 830 800 790 760 800 "
    "880 880 880 860 720 720 620 860 970 950 880 910 850 870 840 840 850 840 840 840 "
    "890 810 810 820 800 770 760 740 750 760 910 920 890 860 880 720 840 850 850 780 "
    "890 840 780 810 760 810 790 810 820 850 870 870 810 740 810 940 950 800 810 870"
)


def numacc(base: float) -> np.ndarray:
    """0.2, then 0.1 and 0.3 in turn, 1,001 values, on a base."""
    return base + np.array([0.2] + [0.1, 0.3] * 500)


def smls(base: float) -> np.ndarray:
    """Nine treatments of 21: a mean of 0.4, 0.3 or 0.5, then 0.1 below and above it in turn."""
    means = [0.4, 0.3, 0.5, 0.3, 0.5, 0.3, 0.5, 0.3, 0.5]
    rows = [[base + m, *[base + round(m + d, 1) for d in (-0.1, 0.1)] * 10] for m in means]
    return np.array(rows)[:, np.newaxis, :]


def test_michelson() -> None:
    found = capability(299.0 + MICHELSON / 1000, 299.5, 300.2)
    assert found.mean == pytest.approx(299.8524, rel=1e-15)
    assert found.sigma_overall == pytest.approx(0.0790105478190518, rel=1e-12)


@pytest.mark.parametrize("base", [1.0, 1e6, 1e7])
def test_numacc(base: float) -> None:
    """Sigma 0.1, to what the values themselves hold of it: 9 digits of 0.1 beside 1e6."""
    values = numacc(base)
    found = capability(values, base, base + 0.4)
    assert found.mean == pytest.approx(base + 0.2, rel=1e-15)
    assert found.sigma_overall == pytest.approx(0.1, rel=1e-15 * max(base, 10.0) * 10)
    rows = values[1:].reshape(-1, 4)
    by_s, by_r = spc.xbar_s(rows), spc.xbar_r(rows)
    assert by_s.spread == pytest.approx(np.full(250, 0.1 * np.sqrt(4 / 3)), rel=1e-7)
    assert by_r.center == pytest.approx(base + 0.2, rel=1e-15)
    cube = many(rows[np.newaxis], base, base + 0.4)
    assert cube.sigma_overall[0] == pytest.approx(values[1:].std(ddof=1), rel=1e-7)


@pytest.mark.parametrize(("base", "rel"), [(1.0, 1e-12), (1e6, 1e-8)])
def test_smls(base: float, rel: float) -> None:
    """Between 1.68, within 1.80, F 21."""
    part, *_, error = msa.anova(smls(base)).table
    assert (part.df, error.df) == (8, 180)
    assert (part.ss, error.ss, part.f) == pytest.approx((1.68, 1.80, 21.0), rel=rel)


def test_smls_on_a_base_of_a_million_millions() -> None:
    """A double holds four digits behind 1e12: what it holds is judged as exact arithmetic does."""
    rows = [[Fraction(v) for v in row] for row in smls(1e12)[:, 0, :].tolist()]
    means = [sum(row) / 21 for row in rows]
    middle = sum(means) / 9
    between = 21 * sum((m - middle) ** 2 for m in means) / 8
    inside = sum((v - m) ** 2 for row, m in zip(rows, means, strict=True) for v in row) / 180
    assert msa.anova(smls(1e12)).table[0].f == pytest.approx(float(between / inside), rel=1e-12)
