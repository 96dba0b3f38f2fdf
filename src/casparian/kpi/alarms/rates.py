"""How many alarms come to an operator: counts by window, averages, peaks, bands.

Windows are half open, [start, start + width), from the start of the period; an alarm at the end of
the period is not in it. Only annunciated alarms count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casparian.kpi.alarms.limits import BANDS, DAY_US, HOUR_US, TEN_MINUTES_US
from casparian.kpi.alarms.records import Alarms
from casparian.kpi.intervals import FloatArray, IntArray


@dataclass(frozen=True)
class Rates:
    """Per operator position, (p,) in the order of Alarms.positions.

    alarms: count. a_10_minutes, an_hour, a_day: average. peak_10_minutes, peak_hour, peak_day: most
    alarms in one window. band_ratio: (p, b) share of the 10-minute windows in each of the bands.
    """

    alarms: IntArray
    a_10_minutes: FloatArray
    an_hour: FloatArray
    a_day: FloatArray
    peak_10_minutes: IntArray
    peak_hour: IntArray
    peak_day: IntArray
    band_ratio: FloatArray


def counts(alarms: Alarms, start: int, end: int, width_us: int) -> IntArray:
    """Annunciated alarms by position and window, (p, w); the last window may be cut by the end.

    Raises ValueError where the period is empty.
    """
    if end <= start:
        raise ValueError("the period must end after it starts")
    windows = -(-(end - start) // width_us)
    inside = alarms.annunciated & (alarms.raised >= start) & (alarms.raised < end)
    place = (alarms.raised[inside] - start) // width_us
    place += alarms.position[inside] * windows
    total = len(alarms.positions) * windows
    found = np.bincount(place, minlength=total).astype(np.int64)
    return found.reshape(len(alarms.positions), windows)


def rates(
    alarms: Alarms, start: int, end: int, bands: Sequence[tuple[str, float]] = BANDS
) -> Rates:
    """Rates over [start, end) [us]; averages are over the length of the period, so that a quiet
    position has 0."""
    by_ten = counts(alarms, start, end, TEN_MINUTES_US)
    total = by_ten.sum(axis=1)
    length = end - start
    return Rates(
        total,
        total * (TEN_MINUTES_US / length),
        total * (HOUR_US / length),
        total * (DAY_US / length),
        by_ten.max(axis=1),
        counts(alarms, start, end, HOUR_US).max(axis=1),
        counts(alarms, start, end, DAY_US).max(axis=1),
        _band_ratio(by_ten, bands),
    )


def band_of(rate: float, bands: Sequence[tuple[str, float]] = BANDS) -> str:
    """Name of the band of a rate [alarms in 10 minutes]; ValueError where it is none."""
    if not rate >= 0:
        raise ValueError("a rate is zero or more")
    return next(name for name, most in bands if rate <= most)


def _band_ratio(by_ten: IntArray, bands: Sequence[tuple[str, float]]) -> FloatArray:
    band = np.searchsorted([most for _, most in bands], by_ten, side="left")
    return np.stack([(band == i).mean(axis=1) for i in range(len(bands))], axis=1)
