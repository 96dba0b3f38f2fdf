"""Yield of steps and routes, defects per unit and per million opportunities, sigma level.

Sources: ISO 22400-2:2014 clause 9 for the ratios of quantities; M. J. Harry and R. Schroeder, Six
Sigma (2000), and ISO 13053-1:2011 for defects per million opportunities, rolled and normalised
yield, and the shift of 1.5 between long-term and short-term sigma.

    first pass yield, quality ratio   FPY = GQ / PQ           right the first time / produced
    scrap ratio, rework ratio         SQ / PQ, RQ / PQ
    final yield                       (PQ - SQ) / PQ          all that was not scrapped
    rolled throughput yield           RTY = FPY_1 * ... * FPY_k   over the k steps of a route
    normalised yield                  RTY ** (1 / k)          the mean step of the route
    defects per unit                  DPU = defects / units
    defects per opportunity           DPO = DPU / opportunities of a unit
    defects per million opportunities DPMO = DPO * 1e6        [ppm]
    throughput yield                  exp(-DPU)               units without defect, Poisson
    sigma level, long term            z with normal tail P(Z > z) = DPO
    sigma level, short term           that plus 1.5

Units: quantities in the unit of the count, ratios 0 to 1, DPMO in parts per million, sigma levels
in standard deviations. Nothing is clipped: units reworked twice count twice, so a rework ratio may
exceed 1; scrap beyond what was produced has no yield.
Missing: NaN as an input means unknown. Wherever a figure is NaN, `missing` says why.
Errors: ValueError where arrays differ in length or a quantity is below zero, for a contract must
have stopped it.

Worked example. Three steps in a row; the second reworks 5 of 100:

>>> made = Quantities.of([100, 100, 95], [95, 90, 94], [2, 5, 1], [3, 5, 0])
>>> found = yields(made)
>>> found.first_pass.round(4), found.final.round(4)
(array([0.95  , 0.9   , 0.9895]), array([0.98  , 0.95  , 0.9895]))
>>> route = rolled(found.first_pass)
>>> round(route.rolled, 6), round(route.normalised, 6), route.steps
(0.846, 0.94578, 3)

And 3.4 defects per million opportunities are six sigma:

>>> at_best = defect_rates([34], [1_000_000], [10])
>>> at_best.dpmo, at_best.sigma_short_term.round(2)
(array([3.4]), array([6.]))
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.intervals import FloatArray

NOTHING_PRODUCED = "nothing produced"
SCRAP_ABOVE_PRODUCED = "scrap exceeds what was produced"
NO_UNITS = "no units inspected"
NO_OPPORTUNITIES = "no opportunities"
DEFECTS_ABOVE_OPPORTUNITIES = "more defects than opportunities"
NO_FINITE_SIGMA = "no finite sigma level without both defects and sound opportunities"
NO_STEPS = "no steps"
SHIFT = 1.5


@dataclass(frozen=True)
class Quantities:
    """What n steps (or products, or days) made, (n,) each, in one unit; NaN is unknown.

    produced: PQ. good: GQ, right the first time. scrap: SQ. rework: RQ, each pass counts.
    """

    produced: FloatArray
    good: FloatArray
    scrap: FloatArray
    rework: FloatArray

    def __post_init__(self) -> None:
        if len({len(getattr(self, f.name)) for f in fields(self)}) != 1:
            raise ValueError("quantities must have the same length")
        if any((getattr(self, f.name) < 0).any() for f in fields(self)):
            raise ValueError("quantities must be zero or more")

    @classmethod
    def of(
        cls, produced: ArrayLike, good: ArrayLike, scrap: ArrayLike, rework: ArrayLike
    ) -> Quantities:
        """From anything array-like."""
        given = (np.asarray(a, dtype=np.float64) for a in (produced, good, scrap, rework))
        return cls(*given)


@dataclass(frozen=True)
class Yields:
    """Ratios to the produced quantity, (n,) each; NaN where `missing` says why.

    first_pass: GQ/PQ. final: (PQ - SQ)/PQ. scrap: SQ/PQ. rework: RQ/PQ, over 1 as it is.
    """

    first_pass: FloatArray
    final: FloatArray
    scrap: FloatArray
    rework: FloatArray
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """A route of `steps` steps. rolled, normalised: 0 to 1, None where `missing` says why."""

    rolled: float | None
    normalised: float | None
    steps: int
    missing: str = ""


@dataclass(frozen=True)
class DefectRates:
    """Rates of n samples, (n,) each; NaN where `missing` says why.

    dpu, dpo [-], dpmo [ppm], throughput_yield: exp(-DPU), 0 to 1.
    sigma_long_term: without the shift; sigma_short_term: with the shift of 1.5.
    """

    dpu: FloatArray
    dpo: FloatArray
    dpmo: FloatArray
    throughput_yield: FloatArray
    sigma_long_term: FloatArray
    sigma_short_term: FloatArray
    missing: tuple[str, ...]


def yields(made: Quantities) -> Yields:
    """Yields and ratios of each step; nothing produced has no ratio."""
    scrap = _ratio(made.scrap, made.produced)
    final = np.where(scrap > 1, np.nan, 1.0 - scrap)
    why = tuple(_why_no_yield(made, i) for i in range(len(made.produced)))
    first, rework = _ratio(made.good, made.produced), _ratio(made.rework, made.produced)
    return Yields(first, np.asarray(final, dtype=np.float64), scrap, rework, why)


def _why_no_yield(made: Quantities, i: int) -> str:
    if made.produced[i] == 0:
        return NOTHING_PRODUCED
    said = [
        f"{name} quantity unknown"
        for name in ("produced", "good", "scrap", "rework")
        if np.isnan(getattr(made, name)[i])
    ]
    if made.scrap[i] > made.produced[i]:
        said.append(SCRAP_ABOVE_PRODUCED)
    return "; ".join(said)


def rolled(first_pass: ArrayLike, names: ArrayLike | None = None) -> Route:
    """Rolled throughput and normalised yield of a route.

    first_pass: (k,) yields of its steps, in any order; NaN is unknown and makes the route's yield
        unknown, for a step nobody knows is no step of 100 %.
    names: (k,) names of the steps for the reason, numbers from 1 if left out.
    """
    steps = np.asarray(first_pass, dtype=np.float64)
    called = np.arange(1, len(steps) + 1) if names is None else np.asarray(names)
    if len(called) != len(steps):
        raise ValueError("a name for each step is needed")
    if not len(steps):
        return Route(None, None, 0, NO_STEPS)
    if np.isnan(steps).any():
        unknown = ", ".join(str(name) for name in called[np.isnan(steps)])
        return Route(None, None, len(steps), f"no yield of step {unknown}")
    product = float(np.prod(steps))
    return Route(product, float(product ** (1 / len(steps))), len(steps))


def defect_rates(defects: ArrayLike, units: ArrayLike, opportunities: ArrayLike) -> DefectRates:
    """Rates of n samples.

    defects, units: (n,) counts. opportunities: (n,) ways in which one unit can fail; NaN where
    nobody counted them, and then only DPU and throughput yield are known.
    """
    found, seen, ways = (np.asarray(a, dtype=np.float64) for a in (defects, units, opportunities))
    if not len(found) == len(seen) == len(ways):
        raise ValueError("defects, units and opportunities must have the same length")
    if (found < 0).any() or (seen < 0).any() or (ways < 0).any():
        raise ValueError("defects, units and opportunities must be zero or more")
    dpu = _ratio(found, seen)
    dpo = _ratio(dpu, ways)
    sound = np.where((dpo > 0) & (dpo < 1), dpo, np.nan)
    sigma = np.asarray(_upper_tail(sound), dtype=np.float64)
    why = tuple(_why_no_rate(*row) for row in zip(found, seen, ways, dpo, strict=True))
    return DefectRates(dpu, dpo, dpo * 1e6, np.exp(-dpu), sigma, sigma + SHIFT, why)


def _upper_tail(probability: FloatArray) -> FloatArray:
    """z with P(Z > z) = probability."""
    from scipy.special import ndtri  # scipy is slow to import

    return np.asarray(-ndtri(probability), dtype=np.float64)


def _why_no_rate(defects: float, units: float, opportunities: float, dpo: float) -> str:
    named = (("defects", defects), ("units", units))
    if unknown := [f"number of {name} unknown" for name, value in named if np.isnan(value)]:
        return "; ".join(unknown)
    if units == 0:
        return NO_UNITS
    if not opportunities > 0:
        return NO_OPPORTUNITIES
    if dpo > 1:
        return DEFECTS_ABOVE_OPPORTUNITIES
    return "" if 0 < dpo < 1 else NO_FINITE_SIGMA


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    result = np.full(len(above), np.nan)
    np.divide(above, below, out=result, where=below > 0)
    return result
