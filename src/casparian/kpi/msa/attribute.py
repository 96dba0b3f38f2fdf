"""Attribute agreement: appraisers who judge parts again and again, with or without a standard.

    within an appraiser   parts that he judged alike in all trials / parts
    against the standard  parts that he judged as the standard in all trials / parts (effectiveness)
    between               parts that all appraisers judged alike in all trials / parts
    all against standard  the same, as the standard
    miss rate             bad parts' judgements that said good / judgements of bad parts
    false alarm rate      good parts' judgements that said bad / judgements of good parts

Shares of parts have the exact interval of Clopper and Pearson, of two sides also where all parts
match (there Minitab gives the limit of one side: `share(15, 15, 0.9)`). Kappa: Cohen's between
appraisers (trial k of one against trial k of the other) and against the standard, Fleiss' within an
appraiser, between all and over all. Minitab has Fleiss' against the standard: `fleiss_against`.
Source: AIAG, Measurement Systems Analysis, 4th edition (2010), chapter III section C.
Units: none. Missing: without a standard what needs it is None; miss and false alarm rates are None
where there is no such part and where more than one rating is not `bad`.
Errors: ValueError for ratings that are missing (empty) and for fewer than 1 part.

>>> import numpy as np
>>> ratings = np.array([[["ok", "ok"], ["ok", "bad"]], [["bad", "bad"], ["bad", "bad"]]])
>>> found = attribute_agreement(ratings, ["ok", "bad"], bad="bad")
>>> [share.ratio for share in found.within], [share.ratio for share in found.effectiveness]
([1.0, 0.5], [1.0, 0.5])
>>> found.false_alarm_ratio, found.miss_ratio
((0.0, 0.5), (0.0, 0.0))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.msa.kappa import Kappa, cohen, counts_of, fleiss, known_ratings

Labels = NDArray[np.str_]


@dataclass(frozen=True)
class Share:
    """matched of n parts, with the exact confidence interval of the ratio."""

    matched: int
    n: int
    ratio: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Agreement:
    """One entry an appraiser, in the order of the array; pairs as (first, second, kappa).

    within_kappa: None with one trial. What needs a standard is empty or None without one.
    """

    within: tuple[Share, ...]
    within_kappa: tuple[Kappa | None, ...]
    between: Share
    between_kappa: Kappa | None
    pairs: tuple[tuple[int, int, Kappa], ...]
    effectiveness: tuple[Share, ...] = ()
    standard_kappa: tuple[Kappa, ...] = ()
    all_against_standard: Share | None = None
    miss_ratio: tuple[float | None, ...] = ()
    false_alarm_ratio: tuple[float | None, ...] = ()


def attribute_agreement(
    ratings: ArrayLike, standard: ArrayLike | None = None, bad: object = None,
    confidence: float = 0.95,
) -> Agreement:  # fmt: skip
    """Ratings (parts, appraisers, trials) against the standard's (parts,); `bad` is the rating
    that rejects a part."""
    labels = known_ratings(ratings).astype(str)
    if labels.ndim != 3 or 0 in labels.shape:
        raise ValueError("ratings are an array of parts, appraisers and trials")
    parts, people, _ = labels.shape
    alike = (labels == labels[:, :, :1]).all(axis=2)
    unanimous = (labels.reshape(parts, -1) == labels[:, :1, 0]).all(axis=1)
    who = range(people)
    found = Agreement(
        tuple(share(int(alike[:, a].sum()), parts, confidence) for a in who),
        tuple(_many(labels[:, a, :], confidence) for a in who),
        share(int(unanimous.sum()), parts, confidence),
        _many(labels.reshape(parts, -1), confidence),
        tuple((a, b, _pair(labels, a, b, confidence)) for a in who for b in who if a < b),
    )
    if standard is None:
        return found
    return _with_standard(found, labels, known_ratings(standard).astype(str), bad, confidence)


def share(matched: int, n: int, confidence: float = 0.95) -> Share:
    """matched of n with the interval of Clopper and Pearson."""
    from scipy.special import betaincinv

    tail = (1.0 - confidence) / 2
    low = float(betaincinv(matched, n - matched + 1, tail)) if matched else 0.0
    high = float(betaincinv(matched + 1, n - matched, 1.0 - tail)) if matched < n else 1.0
    return Share(matched, n, matched / n, low, high)


def _with_standard(
    found: Agreement, labels: Labels, standard: Labels, bad: object, confidence: float
) -> Agreement:
    parts, people, _ = labels.shape
    if standard.shape != (parts,):
        raise ValueError("the standard's rating is needed for each part")
    right = labels == standard[:, np.newaxis, np.newaxis]
    every = right.all(axis=2)
    each = np.broadcast_to(standard[:, np.newaxis], labels[:, 0, :].shape).ravel()
    return Agreement(
        found.within, found.within_kappa, found.between, found.between_kappa, found.pairs,
        tuple(share(int(every[:, a].sum()), parts, confidence) for a in range(people)),
        tuple(cohen(labels[:, a, :].ravel(), each, confidence) for a in range(people)),
        share(int(every.all(axis=1).sum()), parts, confidence),
        _wrong(labels, standard == str(bad), right) if bad is not None else (None,) * people,
        _wrong(labels, standard != str(bad), right) if bad is not None else (None,) * people,
    )  # fmt: skip


def _wrong(
    labels: Labels, chosen: NDArray[np.bool_], right: NDArray[np.bool_]
) -> tuple[float | None, ...]:
    """Share of wrong judgements of the chosen parts, an appraiser each."""
    people: int = labels.shape[1]
    if not chosen.any() or len(np.unique(labels)) > 2:
        return (None,) * people
    return tuple(float(ratio) for ratio in (~right[chosen]).mean(axis=(0, 2)))


def _many(ratings: Labels, confidence: float) -> Kappa | None:
    return fleiss(counts_of(ratings), confidence) if ratings.shape[1] > 1 else None


def _pair(labels: Labels, first: int, second: int, confidence: float) -> Kappa:
    return cohen(labels[:, first, :].ravel(), labels[:, second, :].ravel(), confidence)
