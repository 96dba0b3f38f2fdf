"""One random stream a purpose, so that a change in one part moves no other part."""

from __future__ import annotations

import numpy as np

DOWNTIME = 1
BATCHES = 2
PRODUCTION = 3
HISTORIAN_TIMES = 4
HISTORIAN_FAULTS = 5
MTCONNECT = 6
CMM = 7
LIMS = 8
ALARMS = 9
ENERGY = 10
MATERIALS = 11
MAINTENANCE = 12
STOCK = 13
DEFECTS = 14


def stream(seed: int, purpose: int, *parts: int) -> np.random.Generator:
    """A generator of its own for (seed, purpose, parts); parts are small counts such as a day."""
    return np.random.Generator(np.random.PCG64([seed, purpose, *parts]))
