"""A crossed study as an array: every appraiser measures every part equally often.

The methods of this package need the whole grid (parts, appraisers, trials). A study with holes is
refused and told why: with cells of unequal size the sums of squares no longer part into sources
(AIAG, Measurement Systems Analysis, 4th edition, III-B). `unbalanced` estimates what is left.

Units: those of the measurement. Missing: NaN is a measurement that is not there, and so a hole.
Errors: ValueError for a study that is not balanced, with the first cell that differs, for
infinite values and for labels and values of unequal length.

>>> study = crossed(["1", "1", "2", "2"], ["A", "A", "A", "A"], [5.0, 6.0, 7.0, 9.0])
>>> study.values.shape, study.parts, study.appraisers
((2, 1, 2), ('1', '2'), ('A',))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.factors import FloatArray
from casparian.kpi.labels import natural


@dataclass(frozen=True)
class Crossed:
    """values: (parts, appraisers, trials); the labels name its first two axes, 2 before 10."""

    values: FloatArray
    parts: tuple[str, ...]
    appraisers: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(parts, appraisers, trials)."""
        parts, appraisers, trials = self.values.shape
        return parts, appraisers, trials


def crossed(part: ArrayLike, appraiser: ArrayLike, value: ArrayLike) -> Crossed:
    """Single measurements, (m,) each and in any order, as a study; trials in order of value.

    Which trial a value came from is told by no figure of this package, so trials need no label.
    """
    parts, place = counted(part)
    people, who = counted(appraiser)
    values = np.asarray(value, dtype=np.float64)
    if not len(place) == len(who) == len(values):
        raise ValueError("a part, an appraiser and a value are needed for each measurement")
    known = ~np.isnan(values)
    cell = place * len(people) + who
    counts = np.bincount(cell[known], minlength=len(parts) * len(people))
    _refuse_holes(counts, parts, people)
    order = np.lexsort((values[known], cell[known]))
    grid = values[known][order].reshape(len(parts), len(people), -1)
    return Crossed(checked(grid), tuple(parts), tuple(people))


def counted(labels: ArrayLike) -> tuple[list[str], NDArray[np.int64]]:
    """(labels in the order in which people count them, place of each row's label)."""
    found, place = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
    order = sorted(range(len(found)), key=lambda i: natural(str(found[i])))
    return found[order].tolist(), np.argsort(order)[place]


def checked(values: ArrayLike) -> FloatArray:
    """The array (parts, appraisers, trials) if it can be judged at all."""
    grid = np.asarray(values, dtype=np.float64)
    if grid.ndim != 3 or 0 in grid.shape:
        raise ValueError("a study is an array of parts, appraisers and trials")
    if not np.isfinite(grid).all():
        raise ValueError("a missing or infinite measurement: the study is not balanced")
    return grid


def _refuse_holes(counts: NDArray[np.int64], parts: list[str], people: list[str]) -> None:
    if not counts.size or not counts.any():
        raise ValueError("no measurements")
    usual = int(np.bincount(counts).argmax())
    (odd,) = np.nonzero(counts != usual)
    if len(odd):
        part, who = divmod(int(odd[0]), len(people))
        raise ValueError(
            f"not balanced: part {parts[part]} has {counts[odd[0]]} measurements by "
            f"{people[who]}, others {usual}; `msa.unbalanced` takes such a study"
        )
