"""Ideal cycles in seconds, whatever unit the header states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from casparian.reading.durations import seconds, unit_seconds
from casparian.reading.table import Fields


class Cycles:
    """One file's ideal cycles: `Taktzeit [min]` and `0:45` in seconds, bare numbers as they are."""

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The columns of `ideal_cycles`."""
        unit = unit_seconds(units.get("ideal_cycle_s")) or 1.0
        cycles = [_in_seconds(text, unit) for text in found["ideal_cycle_s"].to_pylist()]
        return found | {"ideal_cycle_s": pa.array(cycles, pa.string())}

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        return ()


def _in_seconds(text: str | None, unit: float) -> str | None:
    if text is None or (unit == 1.0 and ":" not in text):
        return text
    lasted = seconds(text, unit)
    return text if lasted is None else f"{lasted:.9g}"
