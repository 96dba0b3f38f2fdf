"""The right capability of the planted measurements, in plain loops: a feature on a machine.

Every actual counts. Sigma within is that of the subgroups' ranges, sigma overall that of all values
about their mean (n - 1), Cpm is about the nominal value.
"""

from __future__ import annotations

import math
from typing import Any

from casparian.plant.cmm import Feature, Measurement
from casparian.plant.spc_truth import sigma_of

Key = tuple[str, str, str]


def capability_of(found: list[Measurement]) -> list[dict[str, Any]]:
    """One entry a part, feature and machine."""
    subgroups: dict[Key, dict[int, list[float]]] = {}
    features: dict[Key, Feature] = {}
    for measured in found:
        key = (measured.part, measured.feature.name, measured.machine_id)
        features[key] = measured.feature
        if measured.actual is not None:
            of = subgroups.setdefault(key, {})
            of.setdefault(measured.subgroup, []).append(measured.actual)
    return [_entry(key, features[key], list(of.values())) for key, of in sorted(subgroups.items())]


def _entry(key: Key, feature: Feature, subgroups: list[list[float]]) -> dict[str, Any]:
    values = [value for of in subgroups for value in of]
    mean = math.fsum(values) / len(values)
    square = math.fsum((value - mean) ** 2 for value in values)
    overall, within = math.sqrt(square / (len(values) - 1)), sigma_of(subgroups)
    width, near = feature.usl - feature.lsl, min(feature.usl - mean, mean - feature.lsl)
    out = sum(not feature.lsl <= value <= feature.usl for value in values)
    beyond = _beyond((feature.usl - mean) / overall) + _beyond((mean - feature.lsl) / overall)
    return {
        "part_number": key[0], "feature": key[1], "machine_id": key[2],
        "n": len(values), "subgroups": len(subgroups), "mean": mean,
        "sigma_within": within, "sigma_overall": overall,
        "cp": width / (6 * within), "cpk": near / (3 * within),
        "pp": width / (6 * overall), "ppk": near / (3 * overall),
        "cpm": width / (6 * math.hypot(overall, mean - feature.nominal)),
        "ppm_overall": 1e6 * beyond, "ppm_observed": 1e6 * out / len(values),
    }  # fmt: skip


def _beyond(z: float) -> float:
    """Share of a normal distribution beyond z sigmas."""
    return 0.5 * math.erfc(z / math.sqrt(2.0))
