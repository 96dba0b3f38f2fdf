"""Overall equipment effectiveness from time elements.

Source: ISO 22400-2:2014, time elements (clause 7) and the indicators availability, effectiveness,
quality ratio and OEE index (clause 9):

    availability  = APT / PBT          actual production time / planned busy time
    effectiveness = PRI * PQ / APT     planned run time per item * produced quantity / APT
    quality ratio = GQ / PQ            good quantity / produced quantity
    OEE           = availability * effectiveness * quality ratio

PBT is the shift window less the planned stops inside it. APT is PBT less the downtime inside it;
stops that overlap count once. Elements are added over machines, shifts and days, and ratios are
taken last: ratios are never averaged. Effectiveness over 1 is reported as it is; it says that an
ideal cycle is too long or a count too high.

Units: time elements in seconds, quantities in the unit of the count, ratios 0 to 1.
Missing: PBT and PRI are not in machine data. Without a shift calendar or an ideal cycle the
result names what is missing and the figures that need it are NaN in arrays, None in single
results; a NaN never comes without its sentence in `missing`.
Errors: ValueError where arrays differ in length.

Worked example. An 8 h shift with a break of 30 min, a stop of 45 min that runs 15 min into the
break, 1,500 pieces at an ideal 14 s, 1,470 of them good:

>>> import numpy as np
>>> from casparian.kpi.intervals import Intervals
>>> hour = 3_600_000_000
>>> shift = Intervals.of([6 * hour], [14 * hour], ["M1"])
>>> pause = Intervals.of([10 * hour], [10 * hour + hour // 2], ["M1"])
>>> stop = Intervals.of([10 * hour + hour // 4], [11 * hour], ["M1"])
>>> pbt = planned_busy_seconds(shift, pause)
>>> apt = actual_production_seconds(shift, pause, stop)
>>> pbt, apt
(array([27000.]), array([25200.]))
>>> elements = Elements(pbt, apt, np.array([14.0 * 1500]), np.array([1500.0]), np.array([1470.0]))
>>> result = ratios(elements)
>>> [round(float(r[0]), 6) for r in (result.availability, result.effectiveness, result.quality)]
[0.933333, 0.833333, 0.98]
>>> round(float(result.oee[0]), 6)
0.762222
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.intervals import FloatArray, IntArray, Intervals, covered_seconds

BoolArray = NDArray[np.bool_]

NO_BUSY_TIME = "no planned busy time"
NO_PRODUCTION_TIME = "no production time"
NO_QUANTITY = "nothing produced"
EMPTY = {"apt_s": NO_PRODUCTION_TIME, "pq": NO_QUANTITY}
UNKNOWN = {
    "apt_s": "production time unknown",
    "pri_pq_s": "no ideal cycle",
    "pq": "produced quantity unknown",
    "gq": "good quantity unknown",
}


@dataclass(frozen=True)
class Elements:
    """Time elements and quantities of n units of time (a machine's shift, a line's day), (n,).

    pbt_s: planned busy time [s].
    apt_s: actual production time [s].
    pri_pq_s: planned run time per item times produced quantity, summed over products [s].
    pq, gq: produced and good quantity [unit of the count].
    NaN means unknown and spreads through sums; zero means zero.
    """

    pbt_s: FloatArray
    apt_s: FloatArray
    pri_pq_s: FloatArray
    pq: FloatArray
    gq: FloatArray

    def __post_init__(self) -> None:
        for f in fields(self):  # lists are taken too
            object.__setattr__(self, f.name, np.asarray(getattr(self, f.name), dtype=np.float64))
        if len({len(getattr(self, f.name)) for f in fields(self)}) != 1:
            raise ValueError("time elements must have the same length")

    def __len__(self) -> int:
        return len(self.pbt_s)


@dataclass(frozen=True)
class Ratios:
    """Ratios of n units of time, (n,) each; NaN exactly where `missing` says why.

    missing: a sentence for each unit, empty where all four ratios are known.
    """

    availability: FloatArray
    effectiveness: FloatArray
    quality: FloatArray
    oee: FloatArray
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Oee:
    """One unit of time: the figures, or None with what is missing.

    ratios 0 to 1 [-], effectiveness may exceed 1. missing: sentences, empty if all is known.
    """

    availability: float | None
    effectiveness: float | None
    quality: float | None
    oee: float | None
    missing: tuple[str, ...] = ()


def planned_busy_seconds(shifts: Intervals, planned_stops: Intervals) -> FloatArray:
    """PBT of each shift [s]: its window less the planned stops of its group inside it."""
    window = np.maximum(shifts.end - shifts.start, 0) / 1e6
    return np.asarray(window - covered_seconds(shifts, planned_stops), dtype=np.float64)


def downtime_seconds(
    shifts: Intervals, planned_stops: Intervals, downtime: Intervals
) -> FloatArray:
    """Downtime inside the planned busy time of each shift [s].

    Clipped to the shift, without what lies in a planned stop, overlapping stops once.
    """
    either = covered_seconds(shifts, planned_stops.together(downtime))
    return np.asarray(either - covered_seconds(shifts, planned_stops), dtype=np.float64)


def actual_production_seconds(
    shifts: Intervals, planned_stops: Intervals, downtime: Intervals
) -> FloatArray:
    """APT of each shift [s]: PBT less the downtime inside it."""
    window = np.maximum(shifts.end - shifts.start, 0) / 1e6
    either = covered_seconds(shifts, planned_stops.together(downtime))
    return np.asarray(window - either, dtype=np.float64)


def planned_run_seconds(
    machine: ArrayLike,
    product: ArrayLike,
    quantity: ArrayLike,
    ideal_cycles: dict[tuple[str, str], float],
) -> tuple[FloatArray, tuple[str, ...]]:
    """PRI * PQ of each count [s] and a sentence for each that has no ideal cycle.

    machine, product, quantity: (n,). ideal_cycles: seconds per unit by (machine, product).
    NaN where the ideal cycle is missing or not above zero; a count of zero needs none.
    """
    keys = list(zip(map(str, np.asarray(machine)), map(str, np.asarray(product)), strict=True))
    counts = np.asarray(quantity, dtype=np.float64)
    cycle = np.array([ideal_cycles.get(key) or np.nan for key in keys], dtype=np.float64)
    cycle = np.where(cycle > 0, cycle, np.nan)
    run = np.where(counts == 0, 0.0, cycle * counts)
    lost = np.isnan(run) & ~np.isnan(counts)
    said = tuple(no_ideal_cycle(*key) if gone else "" for key, gone in zip(keys, lost, strict=True))
    return run, said


def no_calendar(line: str) -> str:
    """What to say where a line has no shift calendar."""
    return f"no shift calendar for line {line}"


def no_ideal_cycle(machine: str, product: str) -> str:
    """What to say where a product was made without an ideal cycle for it."""
    return f"no ideal cycle for machine {machine}, product {product}"


def add_up(elements: Elements, group: ArrayLike) -> tuple[NDArray[Any], Elements]:
    """Elements added by group: (labels in order, their elements).

    group: (n,) sortable labels. Units without rows do not appear. NaN (unknown) makes the sum
    of its group unknown, never smaller.
    """
    labels, place = np.unique(np.asarray(group), return_inverse=True)
    return labels, Elements(
        **{f.name: _sums(getattr(elements, f.name), place, len(labels)) for f in fields(elements)}
    )


def _sums(values: FloatArray, place: IntArray, count: int) -> FloatArray:
    return np.bincount(place, weights=values, minlength=count).astype(np.float64)


def ratios(elements: Elements, missing: Sequence[str] = ()) -> Ratios:
    """Availability, effectiveness, quality and OEE of each unit, taken from added elements.

    missing: a sentence for each unit that is known to lack something (empty string: nothing);
        left out, nothing is known to lack.
    A factor of zero makes OEE zero even where a later factor has no meaning (a shift that was
    down from end to end has OEE 0, and no effectiveness).
    """
    said = tuple(missing) or ("",) * len(elements)
    if len(said) != len(elements):
        raise ValueError("one sentence (or an empty string) for each unit is needed")
    availability = ratio(elements.apt_s, elements.pbt_s)
    effectiveness = ratio(elements.pri_pq_s, elements.apt_s)
    quality = ratio(elements.gq, elements.pq)
    oee = product(availability, effectiveness, quality)
    why = tuple(_why(said[i], elements, i) for i in range(len(elements)))
    return Ratios(availability, effectiveness, quality, oee, why)


def ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Element by element; NaN where there is nothing to divide by."""
    result = np.full(len(above), np.nan)
    np.divide(above, below, out=result, where=below > 0)
    return result


def product(availability: FloatArray, effectiveness: FloatArray, quality: FloatArray) -> FloatArray:
    """The three factors; zero where a factor is zero, whether or not a later one has a meaning."""
    result = availability * effectiveness * quality
    nothing = (availability == 0) | (~np.isnan(availability) & (effectiveness == 0))
    return np.where(nothing, 0.0, result)


def _why(said: str, elements: Elements, i: int) -> str:
    """Why some ratio of this unit is unknown, empty if all are known."""
    if said:
        return said
    if not elements.pbt_s[i] > 0:
        return NO_BUSY_TIME
    unknown = [text for name, text in UNKNOWN.items() if np.isnan(getattr(elements, name)[i])]
    empty = [text for name, text in EMPTY.items() if getattr(elements, name)[i] <= 0]
    return "; ".join(unknown + empty)


def single(result: Ratios, index: int = 0) -> Oee:
    """One unit of time out of arrays, with None instead of NaN."""
    row = (result.availability, result.effectiveness, result.quality, result.oee)
    values = [None if np.isnan(ratio[index]) else float(ratio[index]) for ratio in row]
    why = tuple(s for s in result.missing[index].split("; ") if s)
    return Oee(values[0], values[1], values[2], values[3], why)


@dataclass(frozen=True)
class Losses:
    """Where planned busy time went [s], (n,) each: they and `effective_s` add up to PBT.

    availability_s: stopped. performance_s: ran slower than ideal (negative: faster).
    quality_s: made what was not good. effective_s: OEE * PBT.
    """

    availability_s: FloatArray
    performance_s: FloatArray
    quality_s: FloatArray
    effective_s: FloatArray


def losses(elements: Elements) -> Losses:
    """Planned busy time split into losses and effective time [s].

    Quality loss is the planned run time of what was not good: PRI * PQ * (1 - GQ / PQ); where
    nothing was produced it is zero.
    """
    bad = elements.pq - elements.gq
    unknown = np.where(np.isnan(elements.pq), np.nan, 0.0)
    share = np.divide(bad, elements.pq, out=unknown, where=elements.pq > 0)
    quality = elements.pri_pq_s * share
    return Losses(
        elements.pbt_s - elements.apt_s,
        elements.apt_s - elements.pri_pq_s,
        quality,
        elements.pri_pq_s - quality,
    )
