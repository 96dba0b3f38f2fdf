"""Energy: consumption of meters, energy per good unit, baseline, base load, peak demand.

Sources: ISO 22400-2:2014 (energy consumption per unit produced), ISO 50001:2018 and ISO 50006:2014
(energy performance indicator EnPI and energy baseline EnB by regression on a relevant variable).

    energy per unit      = energy / good quantity                            [kWh a unit]
    baseline             energy = intercept + slope * production             least squares
    base load, statistic = percentile p of the mean power of intervals       [kW]
    base load, model     = intercept / length of an interval                 [kW]
    base share           = base load * hours / energy
    peak demand          = largest mean power of an interval, energy / hours [kW]

Units: energy in kWh, instants int64 [us], durations in hours, quantities in the unit of the count,
ratios unclipped.
Missing: NaN is unknown and spreads; single figures are None, and `missing` says why. A meter
that counts up has no consumption for its first reading, and none across a reset: how far it had
counted before, nobody knows. A rollover is known only where the meter's capacity is.
Errors: ValueError where arrays differ in length or a length of time is not above zero.

Worked example. Four hours, of which the last makes nothing:

>>> kwh, made = [30.0, 50.0, 40.0, 10.0], [20.0, 40.0, 30.0, 0.0]
>>> line = baseline(kwh, made)
>>> line.slope, line.intercept, line.r_squared, line.n
(1.0, 10.0, 1.0, 4)
>>> per_unit([130.0], [80.0])
(array([1.625]), ('',))
>>> peak(kwh, [1.0] * 4).kilowatt, base_load(kwh, [1.0] * 4, percentile=0).kilowatt
(50.0, 10.0)
>>> consumption([0, 1, 2, 3], [990.0, 998.0, 6.0, 9.0], capacity=1000.0).kwh
array([nan,  8.,  8.,  3.])
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.intervals import FloatArray, IntArray

FIRST_READING = "first reading of the meter"
RESET = "counter was reset"
UNKNOWN_ENERGY = "energy unknown"
NO_GOOD_UNITS = "nothing good produced"
UNKNOWN_QUANTITY = "good quantity unknown"
TOO_FEW = "fewer than 3 intervals"
CONSTANT = "production does not vary"
NO_INTERVALS = "no intervals"
NO_ENERGY = "no energy used"


@dataclass(frozen=True)
class Consumption:
    """Energy between readings of counters, (n,) [kWh], NaN where `missing` says why."""

    kwh: FloatArray
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Baseline:
    """Regression of energy on production over n intervals; None where `missing` says why.

    slope: kWh a unit. intercept: kWh an interval without production. r_squared: 0 to 1; None
    where the energy does not vary.
    """

    slope: float | None
    intercept: float | None
    r_squared: float | None
    n: int
    missing: str = ""


@dataclass(frozen=True)
class Load:
    """A power [kW] and its share of the energy (base load) or its interval (peak)."""

    kilowatt: float | None
    share_ratio: float | None = None
    interval: int | None = None
    missing: str = ""


def consumption(
    instant: ArrayLike,
    counter: ArrayLike,
    meter: ArrayLike | None = None,
    capacity: float | None = None,
) -> Consumption:
    """Energy up to each reading since the one before of the same meter, in the order given.

    instant: (n,) [us]; counter: (n,) stands [kWh]; meter: (n,) labels, one meter if left out.
    capacity: stand at which the counter starts again at 0. A fall of more than half of it is a
        rollover; any other fall is a reset. NaN stands are passed over.
    """
    at, stand = np.asarray(instant, dtype=np.int64), np.asarray(counter, dtype=np.float64)
    names = np.zeros(len(at)) if meter is None else np.asarray(meter)
    if not len(at) == len(stand) == len(names):
        raise ValueError("instant, counter and meter must have the same length")
    known = np.flatnonzero(~np.isnan(stand))
    order = known[np.lexsort((at[known], np.unique(names, return_inverse=True)[1][known]))]
    kwh, why = np.full(len(at), np.nan), np.full(len(at), UNKNOWN_ENERGY, dtype=object)
    difference = np.diff(stand[order])
    if capacity is not None:
        difference = difference + np.where(difference < -capacity / 2, capacity, 0.0)
    same = names[order][1:] == names[order][:-1]
    kwh[order[1:]] = np.where(same & (difference >= 0), difference, np.nan)
    why[order] = FIRST_READING
    why[order[1:]] = np.where(~same, FIRST_READING, np.where(difference < 0, RESET, ""))
    return Consumption(kwh, tuple(why.tolist()))


def per_unit(energy: ArrayLike, good: ArrayLike) -> tuple[FloatArray, tuple[str, ...]]:
    """Energy of each good unit, (n,) [kWh a unit], and a sentence where it cannot be given."""
    kwh, units = np.asarray(energy, dtype=np.float64), np.asarray(good, dtype=np.float64)
    if len(kwh) != len(units):
        raise ValueError("energy and good quantity must have the same length")
    result = np.full(len(kwh), np.nan)
    np.divide(kwh, units, out=result, where=units > 0)
    return result, tuple(_why_no_ratio(*row) for row in zip(kwh, units, strict=True))


def _why_no_ratio(kwh: float, units: float) -> str:
    said = [UNKNOWN_ENERGY] if np.isnan(kwh) else []
    if np.isnan(units):
        said.append(UNKNOWN_QUANTITY)
    return "; ".join(said if units > 0 or np.isnan(units) else [*said, NO_GOOD_UNITS])


def shared_by_time(
    start: IntArray, end: IntArray, energy: ArrayLike, first: int, last: int
) -> FloatArray:
    """Part of each interval's energy that falls into [first, last) [us], (n,) [kWh].

    The power within an interval is taken as even.
    """
    length = np.asarray(end) - np.asarray(start)
    if (length <= 0).any():
        raise ValueError("an interval must end after it starts")
    inside = np.maximum(np.minimum(end, last) - np.maximum(start, first), 0)
    return np.asarray(np.asarray(energy, dtype=np.float64) * (inside / length), dtype=np.float64)


def shared_by_quantity(energy: float, quantity: ArrayLike) -> tuple[FloatArray, str]:
    """An interval's energy shared over what was made in it, (k,) [kWh].

    quantity: (k,) of each product, in one unit or weighted into one (planned run time). Where
    nothing was made the energy belongs to no product: NaN, with the sentence.
    """
    made = np.asarray(quantity, dtype=np.float64)
    if np.isnan(made).any():
        return np.full(len(made), np.nan), UNKNOWN_QUANTITY
    total = float(made.sum())
    if not total > 0:
        return np.full(len(made), np.nan), "nothing produced"
    return energy * (made / total), ""


def idle_energy(energy: ArrayLike, production: ArrayLike) -> float:
    """Energy of the intervals in which nothing was produced [kWh]; NaN if any of them is unknown.

    An interval of unknown production is not known to be idle and is left out.
    """
    kwh, made = np.asarray(energy, dtype=np.float64), np.asarray(production, dtype=np.float64)
    return float(kwh[made == 0].sum())


def baseline(energy: ArrayLike, production: ArrayLike) -> Baseline:
    """Least squares line of energy [kWh] over production, (n,) intervals of one length.

    Pairs with a NaN are left out; n counts the rest.
    """
    kwh, made = np.asarray(energy, dtype=np.float64), np.asarray(production, dtype=np.float64)
    if len(kwh) != len(made):
        raise ValueError("energy and production must have the same length")
    both = ~(np.isnan(kwh) | np.isnan(made))
    kwh, made = kwh[both], made[both]
    if len(kwh) < 3:
        return Baseline(None, None, None, len(kwh), TOO_FEW)
    if made.min() == made.max():
        return Baseline(None, None, None, len(kwh), CONSTANT)
    x, y = made - made.mean(), kwh - kwh.mean()
    slope = float((x @ y) / (x @ x))
    left = y - slope * x
    fit = None if kwh.min() == kwh.max() else float(1.0 - (left @ left) / (y @ y))
    why = "" if fit is not None else "energy does not vary"
    return Baseline(slope, float(kwh.mean() - slope * made.mean()), fit, len(kwh), why)


def base_load(energy: ArrayLike, hours: ArrayLike, percentile: float = 5.0) -> Load:
    """Power that a percentile of the intervals stays below [kW] and its share of the energy.

    percentile: 0 to 100, linear between order statistics (Hyndman and Fan's type 7). Every
    interval counts once, whatever its length. Intervals of unknown energy are left out.
    """
    kwh, length = _intervals(energy, hours)
    if not len(kwh):
        return Load(None, missing=NO_INTERVALS)
    power = float(np.percentile(kwh / length, percentile))
    if not kwh.sum() > 0:
        return Load(power, missing=NO_ENERGY)
    return Load(power, power * float(length.sum()) / float(kwh.sum()))


def peak(energy: ArrayLike, hours: ArrayLike) -> Load:
    """Largest mean power of an interval [kW], and which interval (the first of equals).

    Demand is that of the meter's own intervals: shorter peaks inside them are not seen.
    """
    kwh, length = _intervals(energy, hours)
    if not len(kwh):
        return Load(None, missing=NO_INTERVALS)
    power = kwh / length
    known = np.flatnonzero(~np.isnan(np.asarray(energy, dtype=np.float64)))
    return Load(float(power.max()), interval=int(known[int(power.argmax())]))


def _intervals(energy: ArrayLike, hours: ArrayLike) -> tuple[FloatArray, FloatArray]:
    kwh, length = np.asarray(energy, dtype=np.float64), np.asarray(hours, dtype=np.float64)
    if len(kwh) != len(length):
        raise ValueError("energy and hours must have the same length")
    if not (length > 0).all():
        raise ValueError("an interval must last longer than nothing")
    known: NDArray[np.bool_] = ~np.isnan(kwh)
    return kwh[known], length[known]
