"""Factors of control charts, computed from the normal distribution rather than tabulated.

For n independent standard normal values with distribution function Phi, density phi and range W:

    F(w)  = n * integral phi(x) * (Phi(x + w) - Phi(x))^(n-1) dx        distribution of W
    d2(n) = E[W]        = integral (1 - F(w)) dw
    d3(n) = sqrt(Var W) , E[W^2] = 2 * integral w * (1 - F(w)) dw
    c4(n) = E[s]        = sqrt(2 / (n - 1)) * Gamma(n / 2) / Gamma((n - 1) / 2)

Sources: L. H. C. Tippett, On the extreme individuals and the range of samples taken from a normal
population, Biometrika 17 (1925); D. C. Montgomery, Introduction to Statistical Quality Control,
appendix VI; ASTM E2587.
`sizes_factors` gives them for arrays of sizes, one computation a size that occurs.
Accuracy: the integral over x is a trapezoidal sum (it converges exponentially for smooth functions
that vanish at both ends), that over w a Gauss-Legendre rule; together 12 digits for n up to 100.
Units: none. Missing: a single value has no range and no s, its factors are NaN in arrays.
Errors: ValueError for n below 2.

>>> five = chart_factors(5)
>>> round(five.d2, 6), round(five.d3, 6), round(five.c4, 6)
(2.325929, 0.864082, 0.939986)
>>> round(five.a2, 3), round(five.lower_range, 3), round(five.upper_range, 3)
(0.577, 0.0, 2.114)
>>> sizes_factors(np.array([1, 5, 2, 5])).d2.round(3)
array([  nan, 2.326, 1.128, 2.326])
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_X_END = 9.0  # the density beyond is below 1e-18
_X_POINTS = 289
_W_END = 17.0
_W_POINTS = 96
_MANY = 1000

Tables: TypeAlias = bool | Literal["qcc"]
# d3 of 2 to 25 values as R's qcc keeps it: off in the sixth decimal
_QCC_D3 = (
    0.8525033, 0.8883697, 0.8798108, 0.8640855, 0.8480442, 0.8332108, 0.8198378, 0.8078413,
    0.7970584, 0.7873230, 0.7784873, 0.7704257, 0.7630330, 0.7562217, 0.7499188, 0.7440627,
    0.7386021, 0.7334929, 0.7286980, 0.7241851, 0.7199267, 0.7158987, 0.7120802, 0.7084528,
)  # fmt: skip

_normal_cdf = np.frompyfunc(lambda x: 0.5 * math.erfc(-x / math.sqrt(2.0)), 1, 1)


@dataclass(frozen=True)
class ChartFactors:
    """Factors for subgroups of n values [-].

    d2, d3: mean and standard deviation of the range, in sigmas. c4: mean of s, in sigmas.
    a2, a3: X-bar limits are mean +- a2 * mean range, or +- a3 * mean s.
    lower_range, upper_range: limits of R are these times the mean range (D3 and D4 of the tables).
    lower_s, upper_s: limits of s are these times the mean s (B3 and B4 of the tables).
    """

    n: int
    d2: float
    d3: float
    c4: float

    @property
    def a2(self) -> float:
        return 3.0 / (self.d2 * math.sqrt(self.n))

    @property
    def a3(self) -> float:
        return 3.0 / (self.c4 * math.sqrt(self.n))

    @property
    def lower_s(self) -> float:
        return max(0.0, 1.0 - 3.0 * math.sqrt(1.0 - self.c4**2) / self.c4)

    @property
    def upper_s(self) -> float:
        return 1.0 + 3.0 * math.sqrt(1.0 - self.c4**2) / self.c4

    @property
    def lower_range(self) -> float:
        return max(0.0, 1.0 - 3.0 * self.d3 / self.d2)

    @property
    def upper_range(self) -> float:
        return 1.0 + 3.0 * self.d3 / self.d2


@lru_cache(maxsize=256)
def chart_factors(n: int) -> ChartFactors:
    """The factors for subgroups of n values, n >= 2. Computed once a process and n."""
    if n < 2:
        raise ValueError("a range needs subgroups of at least 2 values")
    mean, square = _range_moments(n)
    return ChartFactors(n, mean, math.sqrt(square - mean * mean), c4_of(n))


@dataclass(frozen=True)
class SizesFactors:
    """d2, d3 and c4 of each of many subgroups (k,), NaN for a size below 2."""

    d2: FloatArray
    d3: FloatArray
    c4: FloatArray


def sizes_factors(sizes: NDArray[np.int64], tables: Tables = False) -> SizesFactors:
    """The factors of each subgroup by its size (k,).

    tables: True as tables print them, d2 and d3 with three decimals and c4 with four, for figures
    that somebody took from a table; "qcc" as R's qcc has them, d2 with three decimals beside a d3
    with seven of which five hold, for ranges of 25 values at most (NaN for more).
    """
    found, place = np.unique(np.asarray(sizes, dtype=np.int64), return_inverse=True)
    rows = [(f.d2, f.d3, f.c4) for f in map(_known, found.tolist())]
    d2, d3, c4 = np.array(rows, dtype=np.float64).reshape(-1, 3)[place].T
    if tables == "qcc":
        return SizesFactors(np.round(d2, 3), _of_qcc(found)[place], c4)
    if tables:
        return SizesFactors(np.round(d2, 3), np.round(d3, 3), np.round(c4, 4))
    return SizesFactors(d2, d3, c4)


def _of_qcc(sizes: NDArray[np.int64]) -> FloatArray:
    known = np.array([math.nan, math.nan, *_QCC_D3, math.nan])
    return known[np.minimum(sizes, len(known) - 1)]


def _known(n: int) -> ChartFactors:
    return chart_factors(n) if n > 1 else ChartFactors(n, math.nan, math.nan, math.nan)


def c4_of(n: float) -> float:
    """c4 of n values; n is any real number above 1, as n = nu + 1 of degrees of freedom is.

    Beyond 1,000 by its series in 1 / nu: the difference of two large logarithms loses digits.
    """
    if n > _MANY:
        by = 1.0 / (n - 1)
        return 1.0 - by / 4 + by**2 / 32 + 5 * by**3 / 128 - 21 * by**4 / 2048
    return math.sqrt(2.0 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


def _range_moments(n: int) -> tuple[float, float]:
    """E[W] and E[W^2] of the range of n standard normal values."""
    w, weight, between = _grid()
    tail = (1.0 - _range_cdf(between, n)) * weight
    return float(tail.sum()), float(2.0 * (w * tail).sum())


def _range_cdf(between: FloatArray, n: int) -> FloatArray:
    """F(w) of the range of n standard normal values, on the grid's w."""
    x, step = np.linspace(-_X_END, _X_END, _X_POINTS, retstep=True)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return np.asarray(n * step * (between ** (n - 1)) @ density, dtype=np.float64)


@lru_cache(maxsize=1)
def _grid() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes w and weights of the outer rule, and Phi(x + w) - Phi(x) on the grid (w, x)."""
    node, weight = np.polynomial.legendre.leggauss(_W_POINTS)
    w = (node + 1.0) * (_W_END / 2)
    x = np.linspace(-_X_END, _X_END, _X_POINTS)
    above = _normal_cdf(x[np.newaxis, :] + w[:, np.newaxis]).astype(np.float64)
    below = _normal_cdf(x).astype(np.float64)[np.newaxis, :]
    return w, weight * (_W_END / 2), above - below
