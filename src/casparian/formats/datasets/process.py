"""Tennessee Eastman process simulation: 52 variables a sample, as a matrix of numbers.

Some files are stored on their side (52 lines of as many columns as there are samples): they are
read the right way round, and it is said.

Source: Downs and Vogel, A plant-wide industrial process control problem (1993): XMEAS(1) to
XMEAS(41) and XMV(1) to XMV(11), a sample each three minutes in the files of
Chiang, Russell and Braatz.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from casparian.formats.datasets.matrix import damaged, lines, numbers_of
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.records import Columns, Record, batches

VARIABLES = (
    *(f"xmeas_{number:02}" for number in range(1, 42)),
    *(f"xmv_{number:02}" for number in range(1, 12)),
)
TABLE = "process_simulation"
NAMES = ("dataset", "sample", *VARIABLES)
WIDTH = len(VARIABLES)
MOST_BYTES = 4 << 20  # of a file that may lie on its side


class ProcessSimulation:
    """Samples to `process_simulation`, one row each."""

    name, version, contract = "tennessee_eastman", "1.0.0", "datasets"
    tables = (TABLE,)
    summary = "Tennessee Eastman process simulation: a matrix of 52 variables, also transposed"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        rows = [line for line in peek.text.splitlines() if line.strip()]
        counts = [len(numbers_of(line)) for line in rows[:20]]
        if len(rows) > 1 and all(count == WIDTH for count in counts[: max(1, len(rows) - 1)]):
            return Sniff(0.9, "a matrix of 52 columns of numbers")
        if rows and counts[0] > WIDTH and self._on_its_side(peek):
            return Sniff(0.85, "a matrix of 52 lines of numbers, on its side")
        return NO

    def _on_its_side(self, peek: Peek) -> bool:
        try:
            if peek.open is None:
                return False
            with peek.open() as stream:
                text = stream.read(MOST_BYTES + 1)
        except (OSError, UnreadableFile):
            return False
        rows = [line for line in text.splitlines() if line.strip()]
        if len(text) > MOST_BYTES or len(rows) != WIDTH:
            return False
        return len({len(row.split()) for row in rows}) == 1

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every sample. Raises UnreadableFile for an empty file or one of other numbers."""
        yield from batches(_samples(source), {TABLE: Columns(NAMES, NAMES)})


def _samples(source: Source) -> Iterator[Record | Damage | Note]:
    text = lines(source)
    first = list(islice(text, WIDTH + 1))
    counts = {len(numbers_of(line)) for line in first}
    if len(first) == WIDTH and len(counts) == 1 and counts.isdisjoint({0, WIDTH}):
        size = counts.pop()
        yield Note(
            f"The matrix is stored on its side, {WIDTH} × {size}: its columns are read as samples."
        )
        columns = [numbers_of(line) for line in first]
        yield from (
            _sample(source.stem, n, cells) for n, cells in enumerate(zip(*columns, strict=True), 1)
        )
        return
    if WIDTH not in counts:
        raise UnreadableFile(f"The lines are not {WIDTH} numbers each, nor {WIDTH} lines of them.")
    for number, line in enumerate(chain(first, text), 1):
        cells = numbers_of(line)
        if len(cells) == WIDTH:
            yield _sample(source.stem, number, cells)
        else:
            yield damaged(TABLE, line, WIDTH)


def _sample(dataset: str, number: int, cells: list[str] | tuple[str, ...]) -> Record:
    row = {"dataset": dataset, "sample": str(number), **dict(zip(VARIABLES, cells, strict=True))}
    return Record(TABLE, row, row)


TENNESSEE_EASTMAN = ProcessSimulation()
