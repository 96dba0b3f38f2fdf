"""MTTR and MTBF of each machine.

MTTR = Σ duration of repaired failures / their number. A failure that is still open is not repaired
and takes no part. MTBF = operating time / failures, open ones included. Overlapping failures are
failures each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.downtime.pareto import checked, named
from casparian.kpi.intervals import FloatArray, IntArray


@dataclass(frozen=True)
class Repairs:
    """Per machine, in order of its name; all (k,).

    failures and open_failures: counts. mttr_s, mtbf_s, operating_s [s]: NaN where they cannot be
    told, and `missing` says why.
    """

    machine: tuple[str, ...]
    failures: IntArray
    open_failures: IntArray
    operating_s: FloatArray
    mttr_s: FloatArray
    mtbf_s: FloatArray
    missing: tuple[str, ...]


def repairs(
    machine: Iterable[object],
    seconds: ArrayLike,
    still_open: ArrayLike,
    operating_s: Mapping[str, float],
) -> Repairs:
    """From failures alone: leave out changeovers, waiting and what else is no failure.

    machine, seconds [s], still_open: (n,) a failure each. operating_s: time in which each machine
    ran [s], as APT of ISO 22400-2; a machine in it without failures is listed too.
    """
    lost, is_open = checked(seconds), np.asarray(still_open, dtype=np.bool_)
    label = named(machine)
    names = sorted({*map(str, label), *operating_s})
    place = np.searchsorted(np.array(names, dtype=np.str_), label)
    failures = np.bincount(place, minlength=len(names))
    opened = np.bincount(place[is_open], minlength=len(names))
    repaired = np.bincount(place, weights=lost * ~is_open, minlength=len(names))
    ran = np.array([operating_s.get(name, np.nan) for name in names], dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mttr = np.where(failures > opened, repaired / (failures - opened), np.nan)
        mtbf = np.where(failures > 0, ran / failures, np.nan)
    said = tuple(
        _missing(*told) for told in zip(failures.tolist(), opened.tolist(), ran, strict=True)
    )
    return Repairs(tuple(names), failures, opened, ran, mttr, mtbf, said)


def _missing(failures: int, opened: int, ran: float) -> str:
    reasons = []
    if not failures:
        reasons.append("no failure")
    elif failures == opened:
        reasons.append("no failure is repaired")
    if np.isnan(ran):
        reasons.append("no operating time")
    return "; ".join(reasons)
