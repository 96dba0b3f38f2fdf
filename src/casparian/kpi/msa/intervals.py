"""Confidence intervals of the components of an ANOVA study, by modified large samples (MLS).

A component's variance is a sum of mean squares S_i^2 with weights c_i and n_i degrees of freedom.

    G_i = 1 - n_i / chi2(1 - a/2; n_i)        H_i = n_i / chi2(a/2; n_i) - 1
    only sums      lower, upper = v - sqrt(sum (G_i c_i S_i^2)^2), v + sqrt(sum (H_i c_i S_i^2)^2)
    S_1^2 - S_2^2  lower = v - sqrt((G_1 x_1)^2 + (H_2 x_2)^2 + G_12 x_1 x_2), x_i = c_i S_i^2
                   G_12 = ((F - 1)^2 - (G_1 F)^2 - H_2^2) / F,     F = F(1 - a/2; n_1, n_2)
                   upper = v + sqrt((H_1 x_1)^2 + (G_2 x_2)^2 + H_12 x_1 x_2)
                   H_12 = ((1 - F')^2 - (H_1 F')^2 - G_2^2) / F',  F' = F(a/2; n_1, n_2)

For EV alone this is the exact interval by chi square. The interval of a component is the root of
that of its variance, a lower bound below 0 is 0.
Sources: F. A. Graybill, C.-M. Wang, JASA 75 (1980); N. Ting, R. K. Burdick, F. A. Graybill, S.
Jeyaratnam, T.-F. C. Lu, Journal of Statistical Computation and Simulation 35 (1990); R. K. Burdick,
C. M. Borror, D. C. Montgomery, Design and Analysis of Gauge R&R Studies (2005).
Units: those of the measurement. Missing: a component that the study does not have is left out.
Errors: ValueError for a confidence outside 0 to 1.

>>> import numpy as np
>>> from casparian.kpi.msa.anova import anova
>>> study = np.array([[[4.9, 5.1], [5.0, 5.2]], [[7.0, 7.2], [7.3, 7.3]]])
>>> low, high = component_intervals(anova(study))["ev"]
>>> round(low, 4), round(high, 4)
(0.0712, 0.2796)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from casparian.kpi.msa.anova import Anova

Term = tuple[float, float, int]  # weight, mean square, degrees of freedom


def component_intervals(result: Anova, confidence: float = 0.95) -> dict[str, tuple[float, float]]:
    """(lower, upper) standard deviation of each component that the crossed study has."""
    if not 0 < confidence < 1:
        raise ValueError("the confidence lies between 0 and 1")
    rows = {row.source: row for row in result.tested if row.df}
    terms: dict[str, Term] = {n: (1.0, row.ms or 0.0, row.df) for n, row in rows.items()}
    return {
        name: _interval(_weighted(terms, weights), (1.0 - confidence) / 2)
        for name, weights in _weights(result, set(terms)).items()
    }


def _weights(result: Anova, known: set[str]) -> dict[str, dict[str, float]]:
    """Weight of each mean square in each component's variance."""
    study = result.study
    against = "interaction" if "interaction" in known else "error"
    of_part = 1.0 / (study.appraisers * study.trials)
    of_appraiser = 1.0 / (study.parts * study.trials)
    found: dict[str, dict[str, float]] = {"ev": {"error": 1.0}}
    if "appraiser" in known:
        found["av"] = {"appraiser": of_appraiser, against: -of_appraiser}
    if "interaction" in known:
        each = 1.0 / study.trials
        found["interaction"] = {"interaction": each, "error": -each}
    found["grr"] = _added(found.values())
    if "part" in known:
        found["pv"] = {"part": of_part, against: -of_part}
    found["tv"] = _added([found["grr"], found.get("pv", {})])
    return found


def _added(parts: Iterable[dict[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for weights in parts:
        for name, weight in weights.items():
            total[name] = total.get(name, 0.0) + weight
    return total


def _weighted(terms: dict[str, Term], weights: dict[str, float]) -> list[Term]:
    return [(weight, *terms[name][1:]) for name, weight in weights.items() if abs(weight) > 1e-15]


def _interval(terms: Sequence[Term], tail: float) -> tuple[float, float]:
    """Roots of the bounds of a variance; at most one weight is negative, beside one positive."""
    value = math.fsum(weight * square for weight, square, _ in terms)
    lower, upper = _cross(terms, tail)
    for weight, square, df in terms:
        g, h = _reach(df, tail)
        down, up = (g, h) if weight > 0 else (h, g)
        lower += (down * weight * square) ** 2
        upper += (up * weight * square) ** 2
    low = value - math.sqrt(max(0.0, lower))
    high = value + math.sqrt(max(0.0, upper))
    return math.sqrt(max(0.0, low)), math.sqrt(max(0.0, high))


def _reach(df: int, tail: float) -> tuple[float, float]:
    """(G, H) of a mean square."""
    from scipy.special import chdtri

    return 1.0 - df / float(chdtri(df, tail)), df / float(chdtri(df, 1.0 - tail)) - 1.0


def _cross(terms: Sequence[Term], tail: float) -> tuple[float, float]:
    """What a difference of two mean squares adds under the roots, (lower, upper)."""
    from scipy.special import fdtri

    if not any(weight < 0 for weight, _, _ in terms):
        return 0.0, 0.0
    (c1, s1, n1), (c2, s2, n2) = sorted(terms, reverse=True)
    (g1, h1), (g2, h2) = _reach(n1, tail), _reach(n2, tail)
    high, low = float(fdtri(n1, n2, 1.0 - tail)), float(fdtri(n1, n2, tail))
    both = c1 * s1 * -c2 * s2
    g12 = ((high - 1.0) ** 2 - (g1 * high) ** 2 - h2**2) / high
    h12 = ((1.0 - low) ** 2 - (h1 * low) ** 2 - g2**2) / low
    return g12 * both, h12 * both
