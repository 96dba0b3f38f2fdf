"""One run of record numbers over all documents of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.base import Batch, Damage, Note


@dataclass
class Numbering:
    """`count`: records given out so far, damage among them. `notes`: what was said of documents."""

    count: int = 0
    notes: set[str] = field(default_factory=set)

    def add(self, parts: Iterable[Batch | Damage | Note]) -> Iterator[Batch | Damage | Note]:
        """The parts of one document, whose records are numbered from 1, behind the earlier ones."""
        before = self.count
        for part in parts:
            if isinstance(part, Damage):
                self.count += 1
                yield replace(part, row=before + part.row)
            elif isinstance(part, Batch) and not part.derived:
                self.count += len(part.rows)
                rows = pc.add(part.rows, pa.scalar(before, pa.int64())) if before else part.rows
                yield replace(part, rows=rows)
            else:
                yield part

    def damage(self, table: str, rule: str, raw: bytes, detail: str) -> Damage:
        """A document that could not be read, as one record."""
        self.count += 1
        return Damage(table, self.count, rule, raw.decode("utf-8", "replace"), detail)

    def junk(self, table: str, text: str) -> Damage:
        """Text between documents, as one record."""
        detail = "text between documents, which is part of none"
        return self.damage(table, "damaged_record", text.encode(), detail)
