"""Agreement beyond chance: Cohen's kappa of two ratings, Fleiss' kappa of many.

    kappa = (Po - Pe) / (1 - Pe)

Cohen: Po is the share of items rated alike, Pe what two raters with these margins reach by chance.
Fleiss: Po is the mean share of agreeing pairs on an item, Pe the sum of the squared shares of the
categories; also for each category against all others.
Weighted kappa (`weights`), where categories have an order: a near miss counts in part, by
1 - |i - j| / (k - 1) (linear) or 1 - ((i - j) / (k - 1))^2 (quadratic).
Confidence intervals are of the large sample: Cohen's by Fleiss, Cohen and Everitt, Fleiss' over
items by Gwet. z tests against no agreement by the error that holds there (Fleiss, Nee, Landis); p
is of two sides: Minitab prints that of one, half of it where kappa is above 0.
Sources: J. Cohen, Educational and Psychological Measurement 20 (1960); J. L. Fleiss, Psychological
Bulletin 76 (1971); J. L. Fleiss, J. Cohen, B. S. Everitt, ibid. 72 (1969); J. L. Fleiss, J. C. M.
Nee, J. R. Landis, ibid. 86 (1979); K. L. Gwet, Educational and Psychological Measurement 81 (2021).
Units: none. Missing: where all ratings are one category kappa is None: agreement by chance is
certain. Ratings that are missing are an error, leave the item out first.
Errors: ValueError for no items, unequal lengths, fewer than 2 ratings an item, a rating that is
missing (None, NaN, empty) or in none of the categories given.

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
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.factors import FloatArray

Weights = Literal["unweighted", "linear", "quadratic"]


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


def cohen(
    first: ArrayLike, second: ArrayLike, confidence: float = 0.95, *,
    weights: Weights = "unweighted", categories: ArrayLike | None = None,
) -> Kappa:  # fmt: skip
    """Two ratings (n,) of the same items.

    categories: in their order, which weights need; None for the sorted ones that occur, numbers by
    their size.
    """
    a, b = known_ratings(first), known_ratings(second)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError("two ratings are needed for each item")
    place, k = _placed(np.concatenate([a, b]), categories)
    table = np.bincount(place[: len(a)] * k + place[len(a) :], minlength=k * k).reshape(k, k)
    return cohen_of_table(table, confidence, weights=weights)


def cohen_of_table(
    table: ArrayLike, confidence: float = 0.95, *, weights: Weights = "unweighted"
) -> Kappa:
    """A cross table (k, k): how often one rater said i where the other said j."""
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.sum() > 0:
        raise ValueError("a square table of counts is needed")
    n = float(counts.sum())
    share, weight = counts / n, _weight(len(counts), weights)
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    agreed, chance = float((weight * share).sum()), float(rows @ weight @ columns)
    if not chance < 1.0:
        return Kappa(int(n), agreed, chance, None)
    kappa = (agreed - chance) / (1.0 - chance)
    either = (weight @ columns)[:, np.newaxis] + (rows @ weight)[np.newaxis, :]
    error = (share * (weight - either * (1.0 - kappa)) ** 2).sum()
    error -= (kappa - chance * (1.0 - kappa)) ** 2
    none = (np.outer(rows, columns) * (weight - either) ** 2).sum() - chance**2
    scale = (1.0 - chance) * math.sqrt(n)
    return _judged(
        int(n), agreed, chance, kappa,
        math.sqrt(max(0.0, float(error))) / scale, math.sqrt(max(0.0, float(none))) / scale,
        confidence,
    )  # fmt: skip


def _weight(k: int, weights: Weights) -> FloatArray:
    """How far the ratings i and j agree, 1 where they are one."""
    if weights not in get_args(Weights):
        raise ValueError(f"no weights are called {weights!r}: {', '.join(get_args(Weights))}")
    if weights == "unweighted" or k < 2:
        return np.eye(k)
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / (k - 1)
    return np.asarray(1.0 - (apart if weights == "linear" else apart**2))


def known_ratings(ratings: ArrayLike) -> NDArray[Any]:
    """Ratings of any shape as numbers or as words, 1.0 as 1; a missing one is refused."""
    given = ratings if isinstance(ratings, np.ndarray) else np.asarray(ratings, dtype=object)
    flat = given.ravel().tolist()
    if any(rating is None or rating != rating or rating == "" for rating in flat):
        raise ValueError("a missing rating: leave its item out first")
    found = np.array(flat).reshape(given.shape)
    whole = found.dtype.kind == "f" and bool((found == np.trunc(found)).all())
    return found.astype(np.int64) if whole else found


def _placed(ratings: NDArray[Any], categories: ArrayLike | None) -> tuple[NDArray[np.int64], int]:
    """(number of each rating's category, number of categories)."""
    if categories is None:
        names, place = np.unique(ratings, return_inverse=True)
        return place.reshape(ratings.shape).astype(np.int64), len(names)
    known, given = np.asarray(categories).tolist(), ratings.tolist()
    if odd := [rating for rating in given if rating not in known]:
        raise ValueError(f"a rating in none of the categories: {odd[0]!r}")
    return np.array([known.index(rating) for rating in given], dtype=np.int64), len(known)


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


def fleiss_against(ratings: ArrayLike, standard: ArrayLike, confidence: float = 0.95) -> Kappa:
    """Fleiss' kappa of ratings (items, trials) against the standard (items,), as Minitab has it.

    Each trial and the standard are two raters; their kappas and shares are averaged. There is no
    interval: the trials are of the same items.
    """
    labels, known = known_ratings(ratings).astype(str), known_ratings(standard).astype(str)
    if labels.ndim != 2 or known.shape != labels.shape[:1]:
        raise ValueError("ratings are items by trials, with a standard for each item")
    pairs = [counts_of(np.stack([trial, known], axis=1)) for trial in labels.T]
    found = [fleiss(pair, confidence) for pair in pairs]
    agreed, chance = (
        float(np.mean([getattr(k, name) for k in found])) for name in ("agreement", "by_chance")
    )
    if any(k.kappa is None for k in found):
        return Kappa(len(known), agreed, chance, None)
    kappa = float(np.mean([k.kappa for k in found]))
    errors = [_null_error(pair.sum(axis=0) / pair.sum(), len(known), 2.0) for pair in pairs]
    none = math.hypot(*errors) / len(errors)
    return _judged(len(known), agreed, chance, kappa, math.nan, none, confidence)


def counts_of(ratings: ArrayLike) -> NDArray[np.int64]:
    """Ratings (items, raters) as counts (items, categories), categories sorted."""
    place, k = _placed(known_ratings(ratings), None)
    return np.stack([(place == i).sum(axis=1) for i in range(k)], axis=1)


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
