"""The six big losses (Nakajima, Introduction to TPM, 1988) of planned busy time, in seconds.

    availability   breakdown; setup and adjustment
    performance    minor stops; reduced speed = APT - PRI * PQ
    quality        rejects in production and at startup = PRI * PQ * (1 - GQ / PQ)

Stops of the log belong to a loss by the category of their reason (`times.STOP_CATEGORIES`); those
of none (no material, no power) are `other_stop`, for the losses and the effective time must add up
to PBT. A minor stop that is in the log is not in APT, so by ISO 22400-2 it lowers availability; it
is shown where Nakajima has it. Counts do not say which rejects are of the startup: they are all in
`rejects` unless the caller knows them apart. Reduced speed is negative where a machine ran faster
than its ideal cycle; nothing is clipped.

Nakajima's example of a press: 460 min loading time, 60 min of stops (20 breakdown, 20 setup, 20
adjustment), an ideal cycle of 0.5 min, 400 pieces, 98 % good. Availability 87 %, performance 50 %,
OEE 42.6 %:

>>> import numpy as np
>>> from casparian.kpi.oee.elements import Elements, ratios
>>> press = Elements(*(np.array([x]) for x in (460 * 60.0, 400 * 60.0, 30.0 * 400, 400.0, 392.0)))
>>> [round(float(r[0]), 3) for r in (ratios(press).availability, ratios(press).effectiveness)]
[0.87, 0.5]
>>> round(float(ratios(press).oee[0]), 3)
0.426
>>> lost = big_losses(press, {"breakdown": np.array([1200.0]), "setup": np.array([2400.0])})
>>> [round(float(s[0])) for s in (lost.reduced_speed_s, lost.rejects_s, lost.effective_s)]
[12000, 240, 11760]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from casparian.kpi.intervals import FloatArray
from casparian.kpi.oee.elements import Elements, losses

STOPS = ("breakdown", "setup", "minor_stop", "other_stop")


@dataclass(frozen=True)
class BigLosses:
    """Seconds, (n,) each; they add up to PBT. startup_s: rejects at startup, zero if not told."""

    breakdown_s: FloatArray
    setup_s: FloatArray
    minor_stop_s: FloatArray
    other_stop_s: FloatArray
    reduced_speed_s: FloatArray
    startup_s: FloatArray
    rejects_s: FloatArray
    effective_s: FloatArray


def big_losses(
    elements: Elements,
    stops_s: Mapping[str, FloatArray],
    startup_quantity: FloatArray | None = None,
) -> BigLosses:
    """stops_s: seconds (n,) by `STOPS`; what they leave of PBT - APT is `other_stop`.

    startup_quantity: (n,) rejects of the startup, part of PQ - GQ. Raises ValueError for a loss
    that is none of `STOPS`.
    """
    if not set(stops_s) <= set(STOPS):
        raise ValueError(f"a stop is one of {', '.join(STOPS)}")
    nothing = np.zeros(len(elements))
    split = losses(elements)
    of = {name: np.asarray(stops_s.get(name, nothing), dtype=np.float64) for name in STOPS[:3]}
    other = split.availability_s - of["breakdown"] - of["setup"] - of["minor_stop"]
    first = nothing if startup_quantity is None else np.asarray(startup_quantity, dtype=np.float64)
    share = np.divide(first, elements.pq, out=nothing.copy(), where=elements.pq > 0)
    startup = elements.pri_pq_s * share
    return BigLosses(
        of["breakdown"], of["setup"], of["minor_stop"], np.asarray(other), split.performance_s,
        startup, np.asarray(split.quality_s - startup), split.effective_s,
    )  # fmt: skip
