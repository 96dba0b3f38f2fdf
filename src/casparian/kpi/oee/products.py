"""Which product a machine was on, so that the time of a shift can be split by product.

A count says what was made from its start to its end. Between two counts of one order that follow
each other the machine stays on the order, also where it made nothing in between (it broke down, and
empty hours are not counted), for at most `stays_us`. All other time is of no product. Where counts
overlap (two orders in one hour) they share the time as their planned run times are to each other,
each spread evenly over its count; counts of nothing share it equally. So the shares of a shift add
up to it, and OEE by product to OEE of the shift:

    PBT of a product = sum over stretches of (share * planned busy seconds)        APT and stops too

A failure is of the count on which its machine was at the first instant of planned busy time that it
takes; counts that share the time share it, so that MTBF (APT of the product / its failures) of both
is one, and the failures of the products add up to those of the shift. Time that nobody counted has
failures of its own. Calendar time is of no product: TEEP is of machines and lines, and
`indicators` with the calendar time of the line gives what a product adds to it.

Source: ISO 22400-2:2014 has these times by order (clause 7); the standard leaves open how what
overlaps is shared, the rule above gives counts that overlap one effectiveness.
Units: instants int64 [us], run times in seconds, shares 0 to 1.
Missing: a share is NaN where counts overlap and one of them has no planned run time (NaN): nobody
knows how the time was split. The caller names the ideal cycle that lacks.
Errors: ValueError where lengths differ.

An hour of A, an hour shared by A and B of which A could have been made in 20 min and B in 10, and
an hour of nothing:

>>> import numpy as np
>>> hour = 3_600_000_000
>>> shift = Intervals.of([0], [3 * hour], ["M1"])
>>> counts = Intervals.of([0, hour, hour], [hour, 2 * hour, 2 * hour], ["M1"] * 3)
>>> found = product_windows(shift, counts, ["O1", "O1", "O2"], np.array([3000.0, 1200.0, 600.0]))
>>> found.count.tolist(), found.share.round(3).tolist()
([0, 1, 2, -1], [1.0, 0.667, 0.333, 1.0])
>>> ((found.windows.end - found.windows.start) // hour).tolist()
[1, 1, 1, 1]

A machine that broke after an hour and a half did so on both:

>>> failure, stretch = held_at(found, [3 * hour // 2], ["M1"])
>>> failure.tolist(), found.count[stretch].tolist(), found.share[stretch].round(3).tolist()
([0, 0], [1, 2], [0.667, 0.333])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.intervals import FloatArray, IntArray, Intervals, microseconds

STAYS_US = 86_400_000_000


@dataclass(frozen=True)
class ProductWindows:
    """Stretches of shifts, each of one count or of none, (m,) each, in order of time by machine.

    windows: the stretches. shift: index of the shift. count: index of the count, -1 for none.
    share: of the stretch that is the count's, NaN where nobody knows.
    """

    windows: Intervals
    shift: IntArray
    count: IntArray
    share: FloatArray


def product_windows(
    shifts: Intervals, counts: Intervals, order: Sequence[str], run_s: FloatArray, *,
    stays_us: int = STAYS_US,
) -> ProductWindows:  # fmt: skip
    """shifts: (n,) by machine, without overlap. counts: (k,) by machine, in any order.

    order: (k,) of each count. run_s: (k,) planned run time of each count [s], NaN without a cycle.
    """
    if not len(counts) == len(order) == len(run_s):
        raise ValueError("each count needs its order and its planned run time")
    held = Intervals(counts.start, _until(counts, order, stays_us), counts.group)
    start, end, code, place = _stretches(shifts, held)
    n, k = len(shifts), len(counts)
    shift_of = np.full(len(start), -1, dtype=np.int64)
    owner, stretch = _covered(place[:n], place[n : 2 * n])
    shift_of[stretch] = owner
    count, stretch = _covered(place[2 * n : 2 * n + k], place[2 * n + k :])
    count, stretch = count[shift_of[stretch] >= 0], stretch[shift_of[stretch] >= 0]
    share = _shares(_rate(run_s, held)[count], stretch, len(start))
    empty = np.setdiff1d(np.flatnonzero(shift_of >= 0), stretch)
    stretch = np.concatenate([stretch, empty])
    count = np.concatenate([count, np.full(len(empty), -1)])
    share = np.concatenate([share, np.ones(len(empty))])
    by = np.lexsort((count, stretch))
    at = stretch[by]
    labels = np.unique(np.concatenate([shifts.group, counts.group]))
    windows = Intervals(start[at], end[at], labels[code[at]])
    return ProductWindows(windows, shift_of[at], count[by], share[by])


def held_at(
    found: ProductWindows, instants: ArrayLike, machine: ArrayLike
) -> tuple[IntArray, IntArray]:
    """(instant, stretch) of each stretch that holds an instant of its machine, as a failure's.

    instants: (f,) [us]. machine: (f,). An instant in no stretch, as in a break, comes in no pair.
    """
    at, who = microseconds(instants), np.asarray(machine)
    if len(at) != len(who):
        raise ValueError("each instant needs its machine")
    pairs = [np.empty((2, 0), dtype=np.int64)]
    for label in np.unique(who):
        asked = np.flatnonzero(who == label)
        rows = np.flatnonzero(found.windows.group == label)
        start = found.windows.start[rows]
        last = np.searchsorted(start, at[asked], side="right")
        first = np.searchsorted(start, start[np.maximum(last - 1, 0)]) if len(rows) else last
        owner, place = _covered(first, last)
        inside = found.windows.end[rows[place]] > at[asked[owner]]
        pairs.append(np.stack([asked[owner], rows[place]])[:, inside])
    instant, stretch = np.concatenate(pairs, axis=1)
    return instant, stretch


def _until(counts: Intervals, order: Sequence[str], stays_us: int) -> IntArray:
    """Until when each count has its machine: its end, or the next count where that follows on."""
    label = np.asarray(order, dtype=np.str_)
    by = np.lexsort((label, counts.start, np.unique(counts.group, return_inverse=True)[1]))
    until = counts.end.copy()
    one, next_one = by[:-1], by[1:]
    gap = counts.start[next_one] - counts.end[one]
    stays = (gap > 0) & (gap <= stays_us) & (label[one] == label[next_one])
    stays &= counts.group[one] == counts.group[next_one]
    until[one[stays]] = counts.start[next_one[stays]]
    return until


def _stretches(shifts: Intervals, held: Intervals) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Start, end and machine of the time between two edges, and the place of each edge.

    The edges are those of shifts (starts, ends), then of counts; between the last edge of a machine
    and the first of the next lies a stretch that nothing covers.
    """
    group = np.concatenate([shifts.group, shifts.group, held.group, held.group])
    code = np.unique(group, return_inverse=True)[1].astype(np.int64)
    at = np.concatenate([shifts.start, shifts.end, held.start, held.end])
    edges, place = np.unique(np.stack([code, at], axis=1), axis=0, return_inverse=True)
    end = np.append(edges[1:, 1], edges[-1:, 1])
    return edges[:, 1], end, edges[:, 0], place.reshape(-1).astype(np.int64)


def _covered(first: IntArray, last: IntArray) -> tuple[IntArray, IntArray]:
    """(interval, stretch) of each stretch from the first to before the last of each interval."""
    length = np.maximum(last - first, 0)
    owner = np.repeat(np.arange(len(first)), length)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(length) - length, length)
    return owner, np.repeat(first, length) + within


def _rate(run_s: FloatArray, held: Intervals) -> FloatArray:
    rate = np.zeros(len(held))
    np.divide(run_s, held.end - held.start, out=rate, where=held.end > held.start)
    return rate


def _shares(rate: FloatArray, stretch: IntArray, size: int) -> FloatArray:
    """Share of each pair of a count and a stretch, by the rates of all counts of the stretch."""
    beside = np.bincount(stretch, minlength=size)[stretch]
    total = np.bincount(stretch, weights=rate, minlength=size)[stretch]
    share = np.divide(rate, total, out=1.0 / beside, where=total != 0)
    return np.where(beside == 1, 1.0, share)
