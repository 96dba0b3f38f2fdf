"""Observations of many small documents as one batch: an archive may hold thousands of polls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from casparian.formats.mtconnect.numbering import Numbering
from casparian.formats.mtconnect.observations import Broke, Observations, joined
from casparian.formats.mtconnect.tables import TABLES, Tables
from casparian.reading.base import Batch, Damage

ENOUGH = 4096


@dataclass
class Gather:
    """Collects observations until there are ENOUGH, and numbers them through the file."""

    tables: Tables
    numbers: Numbering
    waiting: list[Observations] = field(default_factory=list)

    def document(self, parts: Iterator[Observations | Broke]) -> Iterator[Batch | Damage]:
        """The observations of one document, numbered from 1 in it. The last ones may wait."""
        before = self.numbers.count
        for found in parts:
            if isinstance(found, Broke):
                yield from self.flush()
                self.numbers.count = row = before + found.number
                table = TABLES["Samples"]
                yield Damage(table, row, "damaged_file", found.tail, found.reason)
                continue
            self.numbers.count = before + int(found.number[-1])
            self.waiting.append(replace(found, number=found.number + before) if before else found)
            if sum(map(len, self.waiting)) >= ENOUGH:
                yield from self.flush()

    def flush(self) -> Iterator[Batch | Damage]:
        """What waits."""
        waiting, self.waiting = self.waiting, []
        if waiting:
            yield from self.tables.batches(joined(waiting))
