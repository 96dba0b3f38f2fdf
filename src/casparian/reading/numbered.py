"""Record numbers of a file that is read part by part, each with numbers of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.base import Batch, Damage, Note

Part = Batch | Damage | Note


@dataclass
class Numbered:
    """Numbers the records of each part behind those of the parts before."""

    last: int = 0

    def behind(self, parts: Iterator[Part]) -> Iterator[Part]:
        """The same parts, numbered on."""
        before = self.last
        for part in parts:
            shifted = _shifted(part, before)
            self.last = max(self.last, _last_of(shifted))
            yield shifted


def _last_of(part: Part) -> int:
    if isinstance(part, Damage):
        return part.row
    if isinstance(part, Batch) and not part.derived and len(part.rows):
        return int(pc.max(part.rows).as_py())
    return 0


def _shifted(part: Part, rows: int) -> Part:
    if not rows or isinstance(part, Note):
        return part
    if isinstance(part, Damage):
        return replace(part, row=part.row + rows)
    return replace(part, rows=pc.add(part.rows, pa.scalar(rows, pa.int64())))
