"""d2*: what the mean of g ranges of m normal values estimates, and its degrees of freedom.

    d2*(m, g) = sqrt(d2(m)^2 + d3(m)^2 / g)          mean range / d2* estimates sigma
    c4(nu + 1) = sqrt(2 / nu) Gamma((nu + 1) / 2) / Gamma(nu / 2) = d2 / d2*     solved for nu

d2* makes (mean range / d2*)^2 unbiased for the variance; nu are the degrees of freedom of the chi
distribution with the same mean (Patnaik). As g grows d2* tends to d2.
Sources: A. J. Duncan, Quality Control and Industrial Statistics, table D3; P. B. Patnaik,
Biometrika 37 (1950); AIAG, Measurement Systems Analysis, 4th edition, appendix C.
Units: none. Errors: ValueError for fewer than 2 values or no range.

>>> round(d2_star(2, 1), 5), round(d2_star(3, 1), 5), round(d2_star(10, 1), 5)
(1.41421, 1.91154, 3.17905)
>>> round(degrees_of_freedom(2, 1), 1), round(degrees_of_freedom(15, 1), 1)
(1.0, 10.8)
"""

from __future__ import annotations

import math
from functools import lru_cache

from casparian.kpi.factors import c4_of, chart_factors

# AIAG's tables end here: the mean of more ranges is divided by d2 itself.
MANY = 15


@lru_cache(maxsize=1024)
def d2_star(values: int, ranges: int) -> float:
    """d2* of the mean of `ranges` ranges over `values` each."""
    if ranges < 1:
        raise ValueError("at least one range is needed")
    factors = chart_factors(values)
    return math.sqrt(factors.d2**2 + factors.d3**2 / ranges)


def divisor(values: int, ranges: int) -> float:
    """What AIAG's forms divide a mean range by: d2* for up to 15 ranges, d2 for more."""
    if ranges > MANY:
        return chart_factors(values).d2
    return d2_star(values, ranges)


@lru_cache(maxsize=1024)
def degrees_of_freedom(values: int, ranges: int) -> float:
    """Degrees of freedom of the estimate mean range / d2*, by bisection to 12 digits."""
    wanted = chart_factors(values).d2 / d2_star(values, ranges)
    low, high = 1e-3, 1e9
    while high - low > 1e-12 * high:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if c4_of(middle + 1.0) < wanted else (low, middle)
    return low
