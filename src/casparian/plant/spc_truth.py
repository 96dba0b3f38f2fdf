"""The right control limits and violations of the planted measurements, in plain loops.

X-bar and R charts with limits from the first subgroups, frozen afterwards; Western Electric
rules 1 to 4 on the means, rule 1 on the ranges. A subgroup that lacks an actual is a point with the
limits of its own size; sigma is then the mean of ranges / d2, weighted by (d2 / d3)^2.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from casparian.plant.cmm import Measurement
from casparian.plant.scenario import BASELINE_SUBGROUPS


def spc_of(found: list[Measurement]) -> list[dict[str, Any]]:
    """One entry a part, feature and machine with its limits and violations."""
    charts: dict[tuple[str, str, str], dict[int, list[float | None]]] = {}
    for measured in found:
        chart = charts.setdefault((measured.part, measured.feature.name, measured.machine_id), {})
        chart.setdefault(measured.subgroup, []).append(measured.actual)
    return [_chart(key, subgroups) for key, subgroups in sorted(charts.items())]


@cache
def range_constants(n: int) -> tuple[float, float]:
    """(d2, d3): mean and standard deviation of the range of n standard normal values.

    E[R] and E[R²] from the density of the range, n(n-1)∫φ(x)φ(x+r)(Φ(x+r)-Φ(x))^(n-2)dx, by
    Gauss-Legendre quadrature over r in 0..16 and x in -9..9.
    """
    nodes, weights = np.polynomial.legendre.leggauss(200)
    r, wr = 8.0 * (nodes + 1.0), 8.0 * weights
    x, wx = 9.0 * nodes, 9.0 * weights
    cdf = np.vectorize(lambda v: 0.5 * math.erfc(-v / math.sqrt(2.0)))
    upper = x[None, :] + r[:, None]
    inner = np.exp(-0.5 * (x[None, :] ** 2 + upper**2)) / (2.0 * math.pi)
    inner = inner * (cdf(upper) - cdf(x)[None, :]) ** (n - 2)
    density = n * (n - 1) * (inner @ wx)
    mean = float((wr * density) @ r)
    square = float((wr * density) @ r**2)
    return mean, math.sqrt(square - mean * mean)


def _chart(key: tuple[str, str, str], subgroups: dict[int, list[float | None]]) -> dict[str, Any]:
    known = {
        number: [value for value in values if value is not None]
        for number, values in sorted(subgroups.items())
    }
    points = {number: values for number, values in known.items() if values}
    base = list(points.values())[:BASELINE_SUBGROUPS]
    every = [value for values in base for value in values]
    center, sigma = sum(every) / len(every), sigma_of(base)
    zones = [
        (sum(values) / len(values) - center) / (sigma / math.sqrt(len(values)))
        for values in points.values()
    ]
    broken = [(i, rule) for rule, found in _rules(zones) for i in found]
    broken += [(i, "R1") for i, values in enumerate(points.values()) if _too_wide(values, sigma)]
    numbers, size = list(points), max(map(len, base))
    d2, d3 = range_constants(size)
    of_mean = sigma / math.sqrt(size)
    return {
        "part_number": key[0], "feature": key[1], "machine_id": key[2],
        "subgroup_size": size, "baseline_subgroups": len(base),
        "center": center, "sigma": sigma,
        "xbar_ucl": center + 3.0 * of_mean, "xbar_lcl": center - 3.0 * of_mean,
        "range_center": d2 * sigma, "range_ucl": (d2 + 3.0 * d3) * sigma,
        "range_lcl": max(0.0, (d2 - 3.0 * d3) * sigma),
        "violations": [{"subgroup": numbers[i], "rule": rule} for i, rule in sorted(broken)],
    }  # fmt: skip


def sigma_of(base: list[list[float]]) -> float:
    """Of single values: each range over its d2, weighted by the inverse of its variance."""
    total = weights = 0.0
    for values in base:
        if len(values) > 1:
            d2, d3 = range_constants(len(values))
            weights += (d2 / d3) ** 2
            total += (d2 / d3) ** 2 * (max(values) - min(values)) / d2
    return total / weights


def _too_wide(values: list[float], sigma: float) -> bool:
    """Whether the range is beyond its upper limit; up to 6 values there is no lower one."""
    if len(values) < 2:
        return False
    d2, d3 = range_constants(len(values))
    return max(values) - min(values) > (d2 + 3.0 * d3) * sigma


def _rules(zones: list[float]) -> list[tuple[str, list[int]]]:
    """Points that end a run which breaks a rule: k of the last n points beyond a zone, on the
    same side. Two points in a row need no third to be two of three."""
    return [
        ("WE1", _runs(zones, 1, 1, 3.0)),
        ("WE2", _runs(zones, 2, 3, 2.0)),
        ("WE3", _runs(zones, 4, 5, 1.0)),
        ("WE4", _runs(zones, 8, 8, 0.0)),
    ]


def _runs(zones: list[float], k: int, n: int, beyond: float) -> list[int]:
    found = []
    for i in range(len(zones)):
        last = zones[max(0, i - n + 1) : i + 1]
        above = sum(zone > beyond for zone in last)
        below = sum(zone < -beyond for zone in last)
        if above >= k or below >= k:
            found.append(i)
    return found
