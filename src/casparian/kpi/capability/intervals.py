"""Confidence intervals of capability indices, for normal and stable data.

    Cp, Pp     index * sqrt(chi2(alpha/2, nu) / nu) ... index * sqrt(chi2(1 - alpha/2, nu) / nu)
    Cpk, Ppk   index +- z * sqrt(1 / (9 n) + index^2 / (2 nu))                             (Bissell 1990)
    CPU, CPL   exactly: 3 sqrt(n) index is noncentral t with nu degrees of freedom
    Cpm        as Cp with nu = n (1 + a^2)^2 / (1 + 2 a^2), a = (mean - T) / sigma          (Boyles 1991)

nu is n - 1 for the overall sigma; for that within subgroups see `spread`.
Sources: Montgomery, 8.3.5; A. F. Bissell, Applied Statistics 39 (1990); R. A. Boyles, Journal of
Quality Technology 23 (1991); ISO 22514-2.
Units: none. Missing: NaN for NaN. Errors: ValueError for a level that is not between 0 and 1.

>>> low, high = spread_interval(2.29, df=19)  # Montgomery, example 8.4
>>> round(low, 2), round(high, 2)
(1.57, 3.01)
>>> low, high = nearest_interval(1.33, n=20, df=19)
>>> round(low, 2), round(high, 2)
(0.88, 1.78)
"""  # noqa: E501

from __future__ import annotations

import math

LEVEL = 0.95

Interval = tuple[float, float]


def spread_interval(index: float, df: float, level: float = LEVEL) -> Interval:
    """Of Cp or Pp, whose sigma has df degrees of freedom."""
    from scipy.special import chdtri

    low, high = _tails(level)
    return (
        index * math.sqrt(float(chdtri(df, 1 - low)) / df),
        index * math.sqrt(float(chdtri(df, 1 - high)) / df),
    )


def nearest_interval(index: float, n: int, df: float, level: float = LEVEL) -> Interval:
    """Of Cpk or Ppk of n values, by Bissell."""
    from scipy.special import ndtri

    reach = float(ndtri(_tails(level)[1])) * math.sqrt(1 / (9 * n) + index * index / (2 * df))
    return index - reach, index + reach


def side_interval(index: float, n: int, df: float, level: float = LEVEL) -> Interval:
    """Of CPU, CPL or, with one limit alone, of Cpk: exact for s of df degrees of freedom."""
    from scipy.special import nctdtrinc

    low, high = _tails(level)
    reach = 3 * math.sqrt(n)
    ends = (float(nctdtrinc(df, p, index * reach)) / reach for p in (high, low))
    first, last = ends
    return first, last


def target_interval(index: float, n: int, offset: float, level: float = LEVEL) -> Interval:
    """Of Cpm. offset: (mean - target) / sigma."""
    square = offset * offset
    return spread_interval(index, n * (1 + square) ** 2 / (1 + 2 * square), level)


def _tails(level: float) -> tuple[float, float]:
    if not 0 < level < 1:
        raise ValueError("a level of confidence lies between 0 and 1")
    return (1 - level) / 2, (1 + level) / 2
