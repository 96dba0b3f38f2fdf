"""C-MAPSS: turbofan engines run to failure, and the life that was left in the test set's.

Source: Saxena et al., Damage Propagation Modeling for Aircraft Engine Run-to-Failure Simulation
(PHM 2008): 26 columns: unit, cycle, 3 operational settings, 21 sensors.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from casparian.formats.datasets.matrix import damaged, lines, numbers_of
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.records import Columns, Record, batches

SENSORS = tuple(f"sensor_{number:02}" for number in range(1, 22))
CYCLE = ("unit", "cycle", "setting_1", "setting_2", "setting_3", *SENSORS)
CYCLES, LIFE = "engine_cycles", "engine_life"
TABLES = {
    CYCLES: Columns(("dataset", *CYCLE), ("dataset", *CYCLE)),
    LIFE: Columns(("dataset", "unit", "cycles_left"), ("dataset", "unit", "cycles_left")),
}


class EngineCycles:
    """Cycles of engines to `engine_cycles`."""

    name, version, contract = "cmapss", "1.0.0", "datasets"
    tables = (CYCLES,)
    summary = "C-MAPSS turbofan data: 26 columns of numbers, one line a cycle of an engine"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        rows = [numbers_of(line) for line in peek.text.splitlines()[:50] if line.strip()][:-1]
        if len(rows) < 2 or any(len(row) != len(CYCLE) for row in rows):
            return NO
        first = [row[:2] for row in rows]
        whole = all(unit.isdecimal() and cycle.isdecimal() for unit, cycle in first)
        if not whole or first[0][1] != "1":
            return NO
        steps = sum(b == [a[0], str(int(a[1]) + 1)] for a, b in pairwise(first))
        sure = 0.95 if steps + 3 >= len(rows) else 0.4
        return Sniff(sure, "26 columns of numbers: unit, cycle, settings, sensors")

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every line. Raises UnreadableFile for an empty file."""
        yield from batches(_cycles(source), {CYCLES: TABLES[CYCLES]})


def _cycles(source: Source) -> Iterator[Record | Damage]:
    for line in lines(source):
        cells = numbers_of(line)
        if len(cells) != len(CYCLE):
            yield damaged(CYCLES, line, len(CYCLE))
            continue
        row = {"dataset": source.stem, **dict(zip(CYCLE, cells, strict=True))}
        yield Record(CYCLES, row, row)


class EngineLife:
    """A number a line, the cycles that were left to each engine of a test set."""

    name, version, contract = "cmapss_rul", "1.0.0", "datasets"
    tables = (LIFE,)
    summary = "C-MAPSS remaining useful life: one whole number a line, one line an engine"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        rows = [line.strip() for line in peek.text.splitlines() if line.strip()]
        if len(rows) < 2 or not all(row.isdecimal() and len(row) < 6 for row in rows):
            return NO
        named = peek.filename.startswith("rul")
        return Sniff(0.9 if named else 0.35, "one whole number a line, as of engines' life left")

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every line, numbered as the engines are. Raises UnreadableFile for an empty file."""
        yield from batches(_lives(source), {LIFE: TABLES[LIFE]})


def _lives(source: Source) -> Iterator[Record | Damage]:
    some = False
    for unit, line in enumerate(lines(source), 1):
        cells = numbers_of(line)
        some |= len(cells) == 1
        if unit == 50 and not some:
            raise UnreadableFile("The lines are not one number each.")
        if len(cells) != 1:
            yield damaged(LIFE, line, 1)
            continue
        row = {"dataset": source.stem, "unit": str(unit), "cycles_left": cells[0]}
        yield Record(LIFE, row, row)


CMAPSS, CMAPSS_RUL = EngineCycles(), EngineLife()
