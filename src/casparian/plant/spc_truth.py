"""The right control limits and violations of the planted measurements, in plain loops.

X-bar and R charts with limits from the first subgroups, frozen afterwards; Western Electric
rules 1 to 4 on the means, rule 1 on the ranges. A subgroup with an empty actual is on no chart.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from casparian.plant.cmm import Measurement
from casparian.plant.scenario import BASELINE_SUBGROUPS, SUBGROUP_SIZE


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
    numbers, means, ranges = [], [], []
    for number, values in sorted(subgroups.items()):
        whole = [value for value in values if value is not None]
        if len(whole) == SUBGROUP_SIZE:
            numbers.append(number)
            means.append(sum(whole) / SUBGROUP_SIZE)
            ranges.append(max(whole) - min(whole))
    base = min(BASELINE_SUBGROUPS, len(numbers))
    center, mean_range = sum(means[:base]) / base, sum(ranges[:base]) / base
    d2, d3 = range_constants(SUBGROUP_SIZE)
    sigma = mean_range / d2
    of_mean = sigma / math.sqrt(SUBGROUP_SIZE)
    upper_range = mean_range + 3.0 * d3 * sigma
    broken = [(i, rule) for rule, found in _rules(means, center, of_mean) for i in found]
    broken += [(i, "R1") for i, value in enumerate(ranges) if value > upper_range]
    return {
        "part_number": key[0], "feature": key[1], "machine_id": key[2],
        "subgroup_size": SUBGROUP_SIZE, "baseline_subgroups": base,
        "center": center, "sigma": sigma,
        "xbar_ucl": center + 3.0 * of_mean, "xbar_lcl": center - 3.0 * of_mean,
        "range_center": mean_range, "range_ucl": upper_range,
        "range_lcl": max(0.0, mean_range - 3.0 * d3 * sigma),
        "violations": [{"subgroup": numbers[i], "rule": rule} for i, rule in sorted(broken)],
    }  # fmt: skip


def _rules(means: list[float], center: float, sigma: float) -> list[tuple[str, list[int]]]:
    """Points that end a run which breaks a rule: k of the last n points beyond a zone, on the
    same side. Two points in a row need no third to be two of three."""
    zones = [(mean - center) / sigma for mean in means]
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
