"""The fictional plant: 30 days of exports in their real formats, with known defects and answers.

`write_plant` writes `OUT/exports/...` and `OUT/truth.json`. The truth comes from the generator's
own events; nothing here knows the formats, contracts or KPIs that are judged by it.

The plant starts on Saturday 2025-10-25 at 00:00 local time of each site. Faults tied to a day
are planted only where the period holds that day: all of them from `days >= 4` on. One day holds
bad readings and the bearing, which fails at 80 % of any period; two days add the DST night, a
damaged line and MTConnect's clock step; three the UTF-16 file, the historian's clock step, the
repeated window, the unfinished document, the agent restart, rows that contradict themselves and
the SPC trend; four the offline sensor, the repeated tail of a file and the SPC mean shift.
Below a scale of 0.05 sensors read too seldom to show the offline hour or the clock step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class PlantSummary:
    """What was written: number of files, their bytes, records in all, and kinds of faults."""

    out: Path
    files: int
    size_bytes: int
    records: int
    faults: int


def write_plant(
    out: Path,
    days: int = 30,
    seed: int = 7,
    scale: float = 1.0,
    progress: Progress | None = None,
) -> PlantSummary:
    """Write the plant's exports and their truth below `out`; same arguments, same bytes.

    days: length of the period in local calendar days, 1 or more.
    scale: multiplies the sampling rate of the historian only; 1.0 gives about 28,000 readings
        a line and day.
    progress: called with (what, done, total) as the work goes on.
    Raises ValueError for days < 1 or scale <= 0, OSError as the file system words it.
    """
    from casparian.plant.write import write_everything

    if days < 1:
        raise ValueError(f"days must be 1 or more, not {days}")
    if not scale > 0:
        raise ValueError(f"scale must be above 0, not {scale:g}")
    return write_everything(Path(out), days, seed, scale, progress)
