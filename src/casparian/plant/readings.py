"""Historian readings as columns, and the fate of each that the truth counts."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

VALID, DUPLICATE, BAD_TIMESTAMP, MISSING_TAG, BAD_QUALITY, MISSING, NOT_A_NUMBER = range(7)
BELOW, ABOVE, OFFLINE, CLOCK_BACK = range(7, 11)

GOOD, UNCERTAIN, BAD = range(3)
QUALITIES = ("Good", "Uncertain", "Bad")

NUMBER, EMPTY, HASHES = range(3)
TEXTS = (
    "", "", "#####", "Stopped", "Running", "Idle", "Charge", "Heat", "React", "Cool", "Discharge",
)  # fmt: skip


@dataclass(frozen=True)
class Readings:
    """Readings of one line in logging order; all columns have one length.

    at: true time, logged: time as written, both epoch milliseconds UTC. tag: index in the line's
    tags. milli: value in thousandths. text: index in TEXTS (NUMBER: the value is shown).
    quality: index in QUALITIES. fate: VALID, DUPLICATE or what rejects the reading.
    """

    at: npt.NDArray[np.int64]
    logged: npt.NDArray[np.int64]
    tag: npt.NDArray[np.int64]
    milli: npt.NDArray[np.int64]
    text: npt.NDArray[np.uint8]
    quality: npt.NDArray[np.uint8]
    fate: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: npt.NDArray[np.int64]) -> Readings:
        return Readings(*(getattr(self, column.name)[rows] for column in fields(self)))

    def with_fates(self, fate: npt.NDArray[np.uint8]) -> Readings:
        return replace(self, fate=fate)


def concat(parts: list[Readings]) -> Readings:
    """All parts, one after the other."""
    return Readings(
        *(np.concatenate([getattr(part, c.name) for part in parts]) for c in fields(Readings))
    )


Key = tuple[int, int, int, int, int]


def keys_of(readings: Readings) -> list[Key]:
    """(tag, logged, milli, text, quality) of each reading."""
    columns = (readings.tag, readings.logged, readings.milli, readings.text, readings.quality)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def walk(readings: Readings, landed: set[Key]) -> Readings:
    """Judge order of time, reading by reading in logging order.

    Among readings with nothing else wrong, one whose logged time is not later than the latest
    of its tag is a copy (same time, value and quality seen before) or shows a clock that went
    back; one that is in `landed`, the readings of the file before, is a copy too.
    """
    fates = readings.fate.tolist()
    latest: dict[int, int] = {}
    seen = set(landed)
    for i, key in enumerate(keys_of(readings)):
        if fates[i] not in (VALID, DUPLICATE, CLOCK_BACK):
            continue
        tag, logged = key[0], key[1]
        late = logged <= latest.get(tag, -1)
        fates[i] = DUPLICATE if key in seen else CLOCK_BACK if late else VALID
        seen.add(key)
        latest[tag] = max(logged, latest.get(tag, -1))
    return readings.with_fates(np.array(fates, dtype=np.uint8))
