"""NEE, TEEP, allocation, utilization, technical efficiency and setup ratio.

    NEE         = AUPT / PBT * effectiveness * quality   net equipment effectiveness, ISO 22400-2
    utilization = APT / AUBT                             utilization efficiency, ISO 22400-2
    allocation  = AUBT / PBT                             allocation efficiency, ISO 22400-2
    technical   = APT / (APT + ADET)                     technical efficiency, ISO 22400-2
    setup       = AUST / AUPT                            setup ratio, ISO 22400-2
    TEEP        = OEE * PBT / calendar time              total effective equipment performance

NEE is OEE with the setup counted as work. TEEP asks for calendar time: 24 h a day, and 23 or 25
where the clocks change, whether shifts were planned in them or not. No hour of the calendar is a
product's: of a product, given the calendar time of its line, teep is what it adds to the line's.

Ratios 0 to 1, never clipped. Missing: NaN where there is nothing to divide by or an element is
unknown; a factor of zero makes a product zero even where a later factor has no meaning.

A day: 24 h of calendar, 16 h planned busy, 1 h setup, 1 h delay, 2 h down:

>>> import numpy as np
>>> from casparian.kpi.oee.elements import Elements, ratios
>>> from casparian.kpi.oee.times import WorkTimes
>>> h = lambda hours: np.array([3600.0 * hours])
>>> times = WorkTimes(h(24), h(8), h(1), h(1), h(2))
>>> of = ratios(Elements(times.pbt_s, times.apt_s, h(9), np.array([900.0]), np.array([810.0])))
>>> found = indicators(times, of, h(24))
>>> [round(float(r[0]), 6) for r in (of.oee, found.nee, found.teep)]
[0.50625, 0.548438, 0.3375]
>>> round(float(found.utilization[0]), 6), float(found.allocation[0])
(0.857143, 0.875)
>>> round(float(found.technical[0]), 6), round(float(found.setup[0]), 6)
(0.923077, 0.076923)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casparian.kpi.intervals import FloatArray
from casparian.kpi.oee.elements import Ratios, product, ratio
from casparian.kpi.oee.times import WorkTimes


@dataclass(frozen=True)
class Indicators:
    """Of n units of time, (n,) each, 0 to 1; NaN where they cannot be told."""

    nee: FloatArray
    teep: FloatArray
    utilization: FloatArray
    allocation: FloatArray
    technical: FloatArray
    setup: FloatArray


def indicators(times: WorkTimes, ratios: Ratios, calendar_s: FloatArray) -> Indicators:
    """From added times, the ratios taken from the same units of time, and their calendar time."""
    if not len(times.reference_s) == len(ratios.oee) == len(calendar_s):
        raise ValueError("times, ratios and calendar time must have the same length")
    processing = ratio(times.aupt_s, times.pbt_s)
    return Indicators(
        product(processing, ratios.effectiveness, ratios.quality),
        np.asarray(ratios.oee * ratio(times.pbt_s, calendar_s)),
        ratio(times.apt_s, times.aubt_s),
        ratio(times.aubt_s, times.pbt_s),
        ratio(times.apt_s, np.asarray(times.apt_s + times.delay_s)),
        ratio(times.setup_s, times.aupt_s),
    )
