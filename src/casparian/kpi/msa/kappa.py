"""Agreement beyond chance: Cohen's kappa of two ratings, Fleiss' kappa of many.

    kappa = (Po - Pe) / (1 - Pe)

Cohen: Po is the share of items rated alike, Pe what two raters with these margins reach by chance.
Fleiss: Po is the mean share of agreeing pairs on an item, Pe the sum of the squared shares of the
categories; also for each category against all others.
Confidence intervals are of the large sample: Cohen's by Fleiss, Cohen and Everitt, Fleiss' over
items by Gwet. z tests against no agreement by the error that holds there (Fleiss, Nee, Landis).
Sources: J. Cohen, Educational and Psychological Measurement 20 (1960); J. L. Fleiss, Psychological
Bulletin 76 (1971); J. L. Fleiss, J. Cohen, B. S. Everitt, ibid. 72 (1969); J. L. Fleiss, J. C. M.
Nee, J. R. Landis, ibid. 86 (1979); K. L. Gwet, Educational and Psychological Measurement 81 (2021).
Units: none. Missing: where all ratings are one category kappa is None: agreement by chance is
certain. Ratings that are missing are an error, leave the item out first.
Errors: ValueError for no items, unequal lengths, fewer than 2 ratings an item.

>>> found = cohen(["ok", "ok", "bad", "bad"], ["ok", "ok", "bad", "ok"])
>>> found.agreement, round(found.kappa, 3)
(0.75, 0.5)
>>> import numpy as np
>>> round(fleiss(np.array([[3, 0], [0, 3], [2, 1]])).kappa, 3)
0.55
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.factors import FloatArray


@dataclass(frozen=True)
class Kappa:
    """n items. agreement: Po; by_chance: Pe. lower, upper: confidence interval of kappa; z, p:
    against no agreement beyond chance. None where kappa has no value."""

    n: int
    agreement: float
    by_chance: float
    kappa: float | None
    lower: float | None = None
    upper: float | None = None
    z: float | None = None
    p: float | None = None


def cohen(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Kappa:
    """Two ratings (n,) of the same items."""
    a, b = np.asarray(first, dtype=str), np.asarray(second, dtype=str)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError("two ratings are needed for each item")
    names, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    k = len(names)
    table = np.bincount(place[: len(a)] * k + place[len(a) :], minlength=k * k).reshape(k, k)
    return cohen_of_table(table, confidence)


def cohen_of_table(table: ArrayLike, confidence: float = 0.95) -> Kappa:
    """A cross table (k, k): how often one rater said i where the other said j."""
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.sum() > 0:
        raise ValueError("a square table of counts is needed")
    n = float(counts.sum())
    share = counts / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    agreed, chance = float(np.trace(share)), float(rows @ columns)
    if not chance < 1.0:
        return Kappa(int(n), agreed, chance, None)
    kappa = (agreed - chance) / (1.0 - chance)
    both = rows[np.newaxis, :] + columns[:, np.newaxis]  # (i, j): row share of j, column share of i
    diagonal = np.diag(share) * (1.0 - (rows + columns) * (1.0 - kappa)) ** 2
    off = share * both**2
    error = diagonal.sum() + (1.0 - kappa) ** 2 * (off.sum() - np.trace(off))
    error -= (kappa - chance * (1.0 - kappa)) ** 2
    none = chance + chance**2 - float((rows * columns * (rows + columns)).sum())
    scale = (1.0 - chance) * math.sqrt(n)
    return _judged(
        int(n), agreed, chance, kappa,
        math.sqrt(max(0.0, float(error))) / scale, math.sqrt(max(0.0, none)) / scale, confidence,
    )  # fmt: skip


def fleiss(counts: ArrayLike, confidence: float = 0.95) -> Kappa:
    """Counts (items, categories): how many of an item's raters chose each; as many for each."""
    table, raters = _counts(counts)
    share = table.sum(axis=0) / table.sum()
    item = ((table * (table - 1.0)).sum(axis=1)) / (raters * (raters - 1.0))
    agreed, chance = float(item.mean()), float((share**2).sum())
    if not chance < 1.0:
        return Kappa(len(table), agreed, chance, None)
    kappa = (agreed - chance) / (1.0 - chance)
    none = _null_error(share, len(table), raters)
    own = (item - chance) / (1.0 - chance)
    own = own - 2.0 * (1.0 - kappa) * ((table / raters) @ share - chance) / (1.0 - chance)
    error = math.nan
    if len(table) > 1:
        error = math.sqrt(float(((own - kappa) ** 2).sum()) / (len(table) * (len(table) - 1)))
    return _judged(len(table), agreed, chance, kappa, error, none, confidence)


def fleiss_by_category(counts: ArrayLike, confidence: float = 0.95) -> tuple[Kappa, ...]:
    """Fleiss' kappa of each category against all others."""
    table, raters = _counts(counts)
    columns = [np.stack([column, raters - column], axis=1) for column in table.T]
    return tuple(fleiss(pair, confidence) for pair in columns)


def counts_of(ratings: ArrayLike) -> NDArray[np.int64]:
    """Ratings (items, raters) as counts (items, categories), categories sorted."""
    labels = np.asarray(ratings, dtype=str)
    names, place = np.unique(labels, return_inverse=True)
    place = place.reshape(labels.shape)
    return np.stack([(place == i).sum(axis=1) for i in range(len(names))], axis=1)


def _counts(counts: ArrayLike) -> tuple[FloatArray, float]:
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or not len(table):
        raise ValueError("counts of items and categories are needed")
    raters = table.sum(axis=1)
    if raters[0] < 2 or (raters != raters[0]).any():
        raise ValueError("each item needs the same number of ratings, at least 2")
    return table, float(raters[0])


def _null_error(share: FloatArray, items: int, raters: float) -> float:
    """Standard error of Fleiss' kappa where there is no agreement beyond chance."""
    mixed = float((share * (1.0 - share)).sum())
    skew = float((share * (1.0 - share) * (1.0 - 2.0 * share)).sum())
    square = 2.0 * (mixed**2 - skew) / (items * raters * (raters - 1.0) * mixed**2)
    return math.sqrt(max(0.0, square))


def _judged(
    n: int, agreed: float, chance: float, kappa: float, error: float, none: float,
    confidence: float,
) -> Kappa:  # fmt: skip
    from scipy.special import ndtr, ndtri

    if not 0 < confidence < 1:
        raise ValueError("the confidence lies between 0 and 1")
    z = kappa / none if none > 0 else None
    p = None if z is None else float(2.0 * ndtr(-abs(z)))
    if math.isnan(error):
        return Kappa(n, agreed, chance, kappa, None, None, z, p)
    reach = float(ndtri((1.0 + confidence) / 2)) * error
    return Kappa(n, agreed, chance, kappa, kappa - reach, kappa + reach, z, p)
