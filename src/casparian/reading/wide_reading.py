"""Readings of a table with one tag a column: one record is one reading, see `reading.melt`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.base import Batch, Damage, Note
from casparian.reading.melt import READINGS_AT_ONCE, Melted, melt, spread, with_quality
from casparian.reading.quality import reader_for
from casparian.reading.reading_values import marks_of
from casparian.reading.text import Ragged, Table
from casparian.reading.times import Clock, detect_layout, guess_note
from casparian.reading.wide_names import asset_name
from casparian.reading.wide_plan import WidePlan, dated

_BETWEEN = "\x1f"  # the names of one line's assets
MOST_ASSETS = 10_000  # of one file, whose tags' units are told


class WideReading:
    """One pass over one file, from text or Parquet, that fills the table `name`."""

    def __init__(self, name: str, found: WidePlan, table: Table, timezone: str | None):
        self.name = name
        self.plan, self.columns, self.row, self.empty = found, table.columns, 0, 0
        rows = [row for row in table.sample if len(row) == len(table.columns)]
        self.clocks = {time: self._clock(time, rows, timezone) for time in found.times}
        samples = (row[pen.value] for row in rows for pen in found.pens)
        self.marks = marks_of(samples, table.delimiter)
        self.tags = pa.array([pen.tag for pen in found.pens], pa.string())
        self.assets: dict[str, None] = {}
        headers = {table.columns[pen.quality] for pen in found.pens if pen.quality is not None}
        self.read_quality = lru_cache(4096)(reader_for(headers.pop() if len(headers) == 1 else ""))

    def _clock(self, time: int, rows: list[tuple[str, ...]], timezone: str | None) -> Clock:
        other = self.plan.times[time]
        texts = [row[time] if other is None else f"{row[time]} {row[other]}" for row in rows]
        return Clock(timezone, detect_layout(dated(texts), timezone))

    def said(self) -> Iterator[Note]:
        """What the header tells."""
        if self.plan.named_by_file:
            yield Note(f"The file names no tag: its readings are of '{self.plan.pens[0].tag}'.")
        if twice := sorted(
            tag for tag, n in Counter(p.tag for p in self.plan.pens).items() if n > 1
        ):
            yield Note(f"Several columns have the same tag: {', '.join(twice[:20])}.")
        if self.plan.left:
            yield Note(f"Columns that are no tags were left out: {', '.join(self.plan.left[:20])}.")
        guessed = [clock.layout.order for clock in self.clocks.values() if clock.layout.guessed]
        yield from map(Note, {guess_note(order) for order in guessed})

    def last(self) -> Iterator[Note]:
        if self.plan.assets:
            named = ", ".join(self.columns[place] for place in self.plan.assets)
            yield Note(f"Tags are named after what {named} says, in each line.")
        if self.empty:
            yield Note(f"{self.empty:,} cells are empty and no readings.")

    def part(self, part: tuple[pa.Array, pa.RecordBatch] | Ragged) -> Iterator[Batch | Damage]:
        """What was read next: lines, or one of another width."""
        if isinstance(part, Ragged):
            self.row += 1
            yield Damage(self.name, self.row, "damaged_record", part.text, part.detail)
        else:
            yield from self.lines(part[1], {})

    def lines(self, read: pa.RecordBatch, instants: Mapping[int, pa.Array]) -> Iterator[Batch]:
        """The readings of some lines. read: text columns by place. instants: times by place,
        timestamp[us, UTC], where they need no reading."""
        texts = {time: self._text(read, time) for time in self.plan.times}
        series = self._assets(read)
        utc = {
            t: instants[t] if t in instants else self.clocks[t].utc(texts[t], series) for t in texts
        }
        step = max(1, READINGS_AT_ONCE // len(self.plan.pens))
        for start in range(0, read.num_rows, step):
            piece = slice(start, start + step)
            some = {time: (texts[time][piece], utc[time][piece]) for time in texts}
            assets = None if series is None else series[piece]
            yield from self._batch(read.slice(start, step), some, assets)

    def _text(self, read: pa.RecordBatch, time: int) -> pa.Array:
        other = self.plan.times[time]
        if other is None:
            return read.column(time)
        return pc.binary_join_element_wise(read.column(time), read.column(other), " ")

    def _batch(
        self,
        read: pa.RecordBatch,
        times: dict[int, tuple[pa.Array, pa.Array]],
        assets: pa.DictionaryArray | None,
    ) -> Iterator[Batch]:
        pens = self.plan.pens
        codes = [None if pen.quality is None else read.column(pen.quality) for pen in pens]
        found = melt([_filled(read.column(pen.value)) for pen in pens], codes)
        count = len(found.lines)
        self.empty += read.num_rows * len(pens) - count
        if not count:
            return
        texts, instants = self._times(times, found.lines, found.pens)
        tags = self._tags(assets, found)
        fields = {"timestamp": instants, "tag_name": tags}
        fields |= with_quality(found.text, found.codes, self.marks, self.read_quality)
        raw = {
            "timestamp": texts,
            "tag_name": tags,
            "value": found.text,
            "quality": fields["quality_code"],
            "_extra": pa.nulls(count, pa.string()),
        }
        rows = pa.array(np.arange(self.row + 1, self.row + count + 1))
        self.row += count
        made = pa.RecordBatch.from_pydict(raw), pa.RecordBatch.from_pydict(fields)
        yield Batch(self.name, rows, *made)

    def _tags(self, assets: pa.DictionaryArray | None, found: Melted) -> pa.DictionaryArray:
        """Each reading's tag, with its line's asset before it."""
        if assets is None:
            return spread(self.tags, found.pens)
        before, tags = assets.dictionary.to_pylist(), self.tags.to_pylist()
        places = assets.indices.to_numpy()[found.lines] * len(tags) + found.pens
        used, places = np.unique(places, return_inverse=True)
        names = [before[place // len(tags)] + tags[place % len(tags)] for place in used.tolist()]
        coded = pa.array(names, pa.string()).dictionary_encode()
        return pa.DictionaryArray.from_arrays(
            coded.indices.take(pa.array(places)), coded.dictionary
        )

    def _assets(self, read: pa.RecordBatch) -> pa.DictionaryArray | None:
        """What stands before the tags of each line, coded; None where no column says it."""
        if not self.plan.assets:
            return None
        headers = [self.columns[place] for place in self.plan.assets]
        said = pc.binary_join_element_wise(
            *(read.column(place).cast(pa.string()) for place in self.plan.assets), _BETWEEN,
            null_handling="replace", null_replacement="",
        ).dictionary_encode()  # fmt: skip
        names = [asset_name(headers, text.split(_BETWEEN)) for text in said.dictionary.to_pylist()]
        if len(self.assets) < MOST_ASSETS:
            self.assets |= dict.fromkeys(names)
        return pa.DictionaryArray.from_arrays(said.indices, pa.array(names, pa.string()))

    def _times(
        self, times: dict[int, tuple[pa.Array, pa.Array]], lines: np.ndarray, pens: np.ndarray
    ) -> tuple[pa.DictionaryArray, pa.Array]:
        """Each reading's time, as read (coded) and as an instant."""
        order = {time: place for place, time in enumerate(times)}
        size = len(next(iter(times.values()))[0])
        of_pen = np.array([order[pen.time] for pen in self.plan.pens])
        places = of_pen[pens] * size + lines
        texts = pa.concat_arrays([text for text, _ in times.values()])
        instants = pa.concat_arrays([instant for _, instant in times.values()])
        return spread(texts, places), instants.take(pa.array(places))


def _filled(column: pa.Array) -> pa.Array:
    """Null for `""` too: exports that quote every cell write nothing so."""
    empty = pc.equal(column, "")
    if not pc.any(empty, min_count=0).as_py():
        return column
    return pc.if_else(empty, pa.scalar(None, column.type), column)


def tag_rows(name: str, found: WidePlan, assets: Iterable[str] = ("",)) -> Iterator[Batch]:
    """What a file says of its tags, as rows of that table; of each asset's tags the same."""
    pens = [pen for pen in found.pens if pen.unit or pen.description]
    for asset in assets if pens else ():
        columns = {
            "tag_name": [asset + pen.tag for pen in pens],
            "units": [pen.unit for pen in pens],
            "description": [pen.description for pen in pens],
        }
        fields = pa.record_batch({name: pa.array(c, pa.string()) for name, c in columns.items()})
        yield Batch(name, pa.array([pen.value + 1 for pen in pens]), fields, fields, derived=True)
