"""What a sensor logs that is not the process: stretches of one value, and spikes.

Exact zeros of a sensor that is off are not looked for here: the landing has them in quarantine
already, for every tag whose tag list says that zero is no value of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casparian.kpi.timeseries import BoolArray, flat_line, spikes
from casparian.lake.series import Readings

FLAT, SPIKE = "flat_line", "spike"


@dataclass(frozen=True)
class Fault:
    """A stretch of a tag's readings. start, end: first and last reading [us]; value: the first."""

    tag_name: str
    fault: str
    start: int
    end: int
    readings: int
    value: float


def find_faults(read: Readings) -> list[Fault]:
    """Flat lines and spikes by tag and time. Readings that are not Good take no part."""
    value = np.where(read.good, read.value, np.nan)
    flat = flat_line(read.tags, read.at, value)
    found = _stretches(read, value, FLAT, flat)
    found += _stretches(read, value, SPIKE, spikes(read.tags, read.at, value) & ~flat)
    return sorted(found, key=lambda fault: (fault.tag_name, fault.start, fault.fault))


def _stretches(read: Readings, value: np.ndarray, fault: str, marked: BoolArray) -> list[Fault]:
    """Marked readings of one tag that follow one another; a flat line ends where its value does."""
    rows = np.flatnonzero(marked)
    if not len(rows):
        return []
    apart = (np.diff(rows) > 1) | (np.diff(read.tags[rows]) != 0)
    if fault == FLAT:
        apart |= np.diff(value[rows]) != 0
    cuts = np.flatnonzero(np.concatenate([[True], apart, [True]]))
    return [
        Fault(
            read.names[int(read.tags[rows[a]])], fault, int(read.at[rows[a]]),
            int(read.at[rows[b - 1]]), int(b - a), float(value[rows[a]]),
        )
        for a, b in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
    ]  # fmt: skip
