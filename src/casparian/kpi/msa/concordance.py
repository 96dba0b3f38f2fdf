"""Kendall's coefficient of concordance: how alike raters put items in an order.

    W = 12 sum (R_i - mean R)^2 / (m^2 (n^3 - n) - m sum (t^3 - t))     chi2 = m (n - 1) W

for n items, m raters, rank sums R_i and t ratings of a rater that are tied.
Source: M. G. Kendall, Rank Correlation Methods (1948). The test is that of Friedman.
Units: none, W is 0 to 1. Missing: a missing rating is an error, leave its item out first. Errors:
ValueError for it and for fewer than 2 items or raters.

>>> found = kendall([[1, 1, 2], [2, 3, 1], [3, 2, 3], [4, 4, 4]])
>>> round(found.w, 4), round(found.chi2, 4), round(found.p, 4)
(0.7778, 7.0, 0.0719)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.factors import FloatArray


@dataclass(frozen=True)
class Concordance:
    """Kendall's W of n items and m raters, 0 to 1, corrected for ties; chi2 with n - 1 degrees of
    freedom and its p. None where every rater gave one rating to all items."""

    n: int
    raters: int
    w: float | None
    chi2: float | None = None
    p: float | None = None


def kendall(ratings: ArrayLike) -> Concordance:
    """Concordance of ratings with an order, numbers (items, raters)."""
    from scipy.special import chdtrc
    from scipy.stats import rankdata

    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] < 2:
        raise ValueError("ratings are numbers of at least 2 items by at least 2 raters")
    if np.isnan(table).any():
        raise ValueError("a missing rating: leave its item out first")
    n, m = table.shape
    ranks = rankdata(table, axis=0)
    tied = sum(float((t**3 - t).sum()) for t in map(_ties, table.T))
    most = m * m * float(n**3 - n) - m * tied
    if not most > 0:
        return Concordance(n, m, None)
    total = ranks.sum(axis=1)
    w = 12.0 * float(((total - total.mean()) ** 2).sum()) / most
    chi2 = m * (n - 1) * w
    return Concordance(n, m, w, chi2, float(chdtrc(n - 1, chi2)))


def _ties(ratings: FloatArray) -> FloatArray:
    return np.unique(ratings, return_counts=True)[1].astype(np.float64)
