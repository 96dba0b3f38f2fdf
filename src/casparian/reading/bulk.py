"""Records that are plain and many, told at a stroke as columns, among others told one by one.

A format that meets its records one by one spends most of its time on what nearly all of them have
in common. It gathers those and hands them over as `Bulk`; the rest are `Record`, as ever.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.base import Batch, Damage, Note
from casparian.reading.records import Columns, Record, batches
from casparian.reading.times import UTC_US

ROWS = 8192  # records gathered at most


@dataclass(frozen=True)
class Bulk:
    """Records of one table that follow one another.

    columns: makes bronze and silver columns; None where they turn out not to be plain.
    records: the same one by one, for that case.
    """

    table: str
    count: int
    columns: Callable[[], tuple[pa.RecordBatch, pa.RecordBatch] | None]
    records: Callable[[], Iterator[Record]]


@dataclass(frozen=True)
class _Made(Note):
    """A batch on its way past `batches`, which hands notes on as they come."""

    batch: Batch


def batches_of(
    found: Iterable[Record | Bulk | Damage | Note],
    tables: Mapping[str, Columns],
    timezone: str | None = None,
) -> Iterator[Batch | Damage | Note]:
    """As `records.batches`, with Bulk among the records; numbers go on through all of them."""
    numbering = _Numbering()
    for part in batches(numbering.single(found), tables, timezone):
        if isinstance(part, _Made):
            yield part.batch
        elif isinstance(part, Note):
            yield part
        else:
            yield numbering.numbered(part)


class _Numbering:
    """Numbers of the records that go one by one, by their place among these."""

    def __init__(self) -> None:
        self.row = 0
        self.numbers = array("q")

    def single(
        self, found: Iterable[Record | Bulk | Damage | Note]
    ) -> Iterator[Record | Damage | Note]:
        for each in found:
            if not isinstance(each, Bulk):
                yield self._counted(each)
            elif (made := each.columns()) is None:
                yield from map(self._counted, each.records())
            else:
                rows = pa.array(range(self.row + 1, self.row + 1 + each.count), pa.int64())
                self.row += each.count
                yield _Made("", Batch(each.table, rows, *made))

    def _counted(self, each: Record | Damage | Note) -> Record | Damage | Note:
        if isinstance(each, Damage) or (isinstance(each, Record) and not each.derived):
            self.row += 1
            self.numbers.append(self.row)
        return each

    def numbered(self, part: Batch | Damage) -> Batch | Damage:
        if isinstance(part, Damage):
            row = self.numbers[part.row - 1]
            return Damage(part.table, row, part.rule, part.raw, part.detail)
        if part.derived:
            return part
        rows = pa.array([self.numbers[row - 1] for row in part.rows.to_pylist()], pa.int64())
        return Batch(part.table, rows, part.raw, part.fields)


def plain_times(texts: Iterable[str | None]) -> pa.Array:
    """timestamp[us, UTC] of texts that end in Z and have six digits of a second at most.

    Raises ArrowInvalid for what is no time of these centuries: the clock is to look at that.
    """
    times = pc.cast(pa.array(texts, pa.string()), UTC_US)
    ends = pc.min_max(times).as_py()
    if ends["min"] is not None and not (ends["min"].year >= 1900 and ends["max"].year < 2200):
        raise pa.ArrowInvalid("a time of another century")
    return times


def same(values: list[str | None]) -> pa.Array:
    """Text of a column that mostly says one thing."""
    if values and values.count(values[0]) == len(values):
        return pa.repeat(pa.scalar(values[0], pa.string()), len(values))
    return pa.array(values, pa.string())
