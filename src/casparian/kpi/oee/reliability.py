"""Failures, MTBF and MTTR of units of time.

    MTBF = APT / failures                      operating time between failures
    MTTR = sum of repairs / repaired failures

By the letter of ISO 22400-2 both sums are divided by failures + 1, which counts the stretch after
the last failure as one between failures; `iso` gives that. A failure that is still open is a
failure and is not repaired. A failure belongs to the first unit of time whose planned busy time it
takes from.

Units: seconds. Missing: NaN, and `missing` says "no failure", "no failure is repaired" or "no
operating time".

>>> import numpy as np
>>> found = reliability(np.array([36000.0]), np.array([3]), np.array([2]), np.array([1800.0]))
>>> float(found.mtbf_s[0]), float(found.mttr_s[0])
(12000.0, 900.0)
>>> float(reliability(np.array([36000.0]), [3], [2], [1800.0], iso=True).mtbf_s[0])
9000.0
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.intervals import FloatArray
from casparian.kpi.oee.elements import ratio


@dataclass(frozen=True)
class Reliability:
    """Of n units of time, (n,) [s]; NaN exactly where `missing` says why."""

    mtbf_s: FloatArray
    mttr_s: FloatArray
    missing: tuple[str, ...]


def reliability(
    apt_s: ArrayLike, failures: ArrayLike, repaired: ArrayLike, repair_s: ArrayLike, *,
    iso: bool = False,
) -> Reliability:  # fmt: skip
    """apt_s: operating time. failures: begun, repaired: of these, ended. repair_s: their sum."""
    ran, count, ended, took = (
        np.asarray(x, dtype=np.float64) for x in (apt_s, failures, repaired, repair_s)
    )
    if len({len(ran), len(count), len(ended), len(took)}) != 1:
        raise ValueError("times and counts must have the same length")
    more = float(iso)
    mtbf = np.where(count > 0, ratio(ran, count + more), np.nan)
    mttr = np.where(ended > 0, ratio(took, ended + more), np.nan)
    return Reliability(mtbf, mttr, tuple(map(_why, count, ended, ran)))


def _why(failures: float, repaired: float, ran: float) -> str:
    said = []
    if not failures > 0:
        said.append("no failure")
    elif not repaired > 0:
        said.append("no failure is repaired")
    if np.isnan(ran):
        said.append("no operating time")
    return "; ".join(said)
