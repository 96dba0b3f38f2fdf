"""Subgroups: measurements taken together, as rows of a matrix or of any sizes in many charts.

A matrix (k subgroups, n values) holds complete subgroups in the order in which they were taken.
`Subgroups` holds what charts need of subgroups of any size, in the order of chart and label:

    mean, range = max - min, s = sqrt(sum (x - mean)^2 / (n - 1))

Source: ISO 7870-2; D. C. Montgomery, Introduction to Statistical Quality Control, chapter 6.
Units: those of the measurement. Missing: a NaN measurement is left out of its subgroup, a subgroup
without any is no subgroup; one value alone has neither range nor s (NaN).
Errors: ValueError where arrays differ in length and for infinite values.

>>> import numpy as np
>>> found = subgroups_of([9.0, 11.0, np.nan, 4.0, 5.0, 9.0], [1, 1, 1, 3, 2, 2])
>>> found.label.tolist(), found.size.tolist(), found.mean.tolist(), found.range.tolist()
([1, 2, 3], [2, 2, 1], [10.0, 7.0, 4.0], [2.0, 4.0, nan])
>>> moving_ranges(np.array([5.0, 7.0, 4.0, 1.0]), np.array(["a", "a", "a", "b"])).tolist()
[nan, 2.0, 3.0, nan]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.factors import FloatArray
from casparian.kpi.spc.line import IntArray


@dataclass(frozen=True)
class Subgroups:
    """Figures of k subgroups, each array (k,), charts together and in order within.

    chart, label: whose and which. size: known values. mean, range, s: both NaN for one value.
    """

    chart: NDArray[Any]
    label: NDArray[Any]
    size: IntArray
    mean: FloatArray
    range: FloatArray
    s: FloatArray

    def __len__(self) -> int:
        return len(self.size)

    def only(self, kept: NDArray[np.bool_]) -> Subgroups:
        """Those that the mask (k,) keeps."""
        return Subgroups(
            self.chart[kept], self.label[kept], self.size[kept],
            self.mean[kept], self.range[kept], self.s[kept],
        )  # fmt: skip


def subgroups_of(
    values: ArrayLike, subgroup: ArrayLike, chart: ArrayLike | None = None
) -> Subgroups:
    """Figures of the subgroups of single measurements.

    values: (m,) in any order, NaN where missing. subgroup: (m,) sortable labels within the chart.
    chart: (m,) keys of charts; None where all are on one (its key is then 0).
    Fastest where the rows come sorted by chart and subgroup: nothing is moved then.
    """
    numbers, label = np.asarray(values, dtype=np.float64), np.asarray(subgroup)
    key = np.zeros(len(numbers), dtype=np.int8) if chart is None else np.asarray(chart)
    if not len(numbers) == len(label) == len(key):
        raise ValueError(
            "each measurement needs its subgroup, and its chart where charts are given"
        )
    if np.isinf(numbers).any():
        raise ValueError("an infinite value is no measurement")
    known = ~np.isnan(numbers)
    if not known.all():
        numbers, label, key = numbers[known], label[known], key[known]
    if not _in_order(key, label):
        order = np.lexsort((label, key))
        numbers, label, key = numbers[order], label[order], key[order]
    first = np.flatnonzero(_changes(key, label))
    return _figures(numbers, first, key[first], label[first])


def subgroups_in_rows(rows: Sequence[ArrayLike]) -> Subgroups:
    """The same from one chart's subgroups, each a sequence of its values; labels are 0, 1, 2, …"""
    values = [np.asarray(row, dtype=np.float64) for row in rows]
    label = np.repeat(np.arange(len(rows)), [len(row) for row in values])
    return subgroups_of(np.concatenate([np.empty(0), *values]), label)


def individuals(values: ArrayLike, chart: ArrayLike | None = None) -> Subgroups:
    """Single values (m,) in the order of time as subgroups of one; `range` is the moving range.

    The moving range is the distance to the value before on the same chart; NaN where there is none.
    """
    numbers = np.asarray(values, dtype=np.float64)
    found = subgroups_of(numbers, np.arange(len(numbers)), chart)
    spread = moving_ranges(found.mean, found.chart)
    return Subgroups(found.chart, found.label, found.size, found.mean, spread, found.s)


def moving_ranges(values: FloatArray, chart: NDArray[Any]) -> FloatArray:
    """Distance of each value (k,) to the one before on its chart, NaN at first; charts together."""
    spread = np.full(len(values), np.nan)
    spread[1:] = np.where(chart[1:] == chart[:-1], np.abs(np.diff(values)), np.nan)
    return spread


def complete_subgroups(
    values: ArrayLike, subgroup: ArrayLike, size: int
) -> tuple[NDArray[Any], FloatArray]:
    """Measurements arranged as (labels of the complete subgroups in order, matrix (k, size)).

    values: (m,) single measurements, NaN where missing. subgroup: (m,) sortable labels.
    Subgroups that do not hold exactly `size` known values are left out.
    """
    known = ~np.isnan(np.asarray(values, dtype=np.float64))
    numbers = np.asarray(values, dtype=np.float64)[known]
    labels = np.asarray(subgroup)[known]
    order = np.argsort(labels, kind="stable")
    found, place, count = np.unique(labels[order], return_inverse=True, return_counts=True)
    whole = count == size
    return found[whole], numbers[order][whole[place]].reshape(-1, size)


def _in_order(chart: NDArray[Any], label: NDArray[Any]) -> bool:
    later = (chart[1:] == chart[:-1]) & (label[1:] >= label[:-1])
    return bool((later | (chart[1:] > chart[:-1])).all())


def _changes(chart: NDArray[Any], label: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each row begins another subgroup than the row before."""
    other = (chart[1:] != chart[:-1]) | (label[1:] != label[:-1])
    return np.concatenate([np.ones(min(1, len(chart)), dtype=bool), other])


def _figures(
    values: FloatArray, first: IntArray, chart: NDArray[Any], label: NDArray[Any]
) -> Subgroups:
    """Figures of subgroups that lie one after the other, each from its index in `first` on."""
    size = np.diff(first, append=len(values))
    if not len(first):
        return Subgroups(chart, label, size, *(np.empty(0) for _ in range(3)))
    # taken from the first value: equal values have exactly that mean, and no digits are lost
    origin = values[first]
    deviation = values - np.repeat(origin, size)
    shift = np.add.reduceat(deviation, first) / size
    deviation -= np.repeat(shift, size)
    square = np.add.reduceat(np.square(deviation, out=deviation), first)
    alone = size < 2
    spread = np.maximum.reduceat(values, first) - np.minimum.reduceat(values, first)
    deviations = np.sqrt(square / np.where(alone, 1, size - 1))
    gone = (np.where(alone, np.nan, figure) for figure in (spread, deviations))
    return Subgroups(chart, label, size, origin + shift, *gone)
