"""Sharing out one big delimited file: where it is cut, what its spans tell each other, and how
their books become the books of the file.

The rows are those of the file read whole, with the same numbers and verdicts; the sums of roll-ups
are added in another order and may differ in their last digit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.contracts.carry import Carry, Survey, Surveyor, can_be_cut, hand_on, one_night
from casparian.contracts.readings import ReadingsJudge
from casparian.lake.landed import Books, Export, Landed
from casparian.lake.landing import Landing, source_of
from casparian.reading.base import Batch, Damage, Format, Note, Source, UnreadableFile
from casparian.reading.span import Span
from casparian.reading.text import (
    BLOCK_BYTES,
    HEAD_BYTES,
    Ragged,
    detect_encoding,
    read_table_head,
    record_blocks,
)
from casparian.reading.times import zone

SPAN_BYTES = 128 << 20
ENCODINGS = ("utf-8", "cp1252")  # in which a byte that ends a record is nothing else
MOST_HEADER = 200  # lines
DAY_US = 86_400_000_000


def cut(form: Format, export: Export, size: int = SPAN_BYTES) -> list[Span]:
    """Spans of about `size` bytes, or none where the file is to be read whole: it is small, its
    format needs all of it at once, or its records cannot be told apart without reading them.

    Raises OSError as it comes.
    """
    if export.size < 2 * size or not getattr(form, "splittable", False):
        return []
    source = source_of(export)
    try:
        with source.open() as stream:
            head = stream.read(HEAD_BYTES)
            encoding = detect_encoding(head)
            if encoding.name not in ENCODINGS or head[:2] == b"\x1f\x8b":
                return []
            header = _header(form, source, head, encoding.bom)
            starts = list(_starts(source, header, encoding.bom, read_table_head(head).delimiter))
    except UnreadableFile:
        return []
    return _spans(starts, header, encoding.bom, size)


def _header(form: Format, source: Source, head: bytes, origin: int) -> int:
    """Where the first record begins: behind the last line that is not yet a record to the format.

    Raises UnreadableFile where the format finds none.
    """
    end = origin
    found = 0
    for _ in range(MOST_HEADER):
        line = head.find(b"\n", end)
        if line < 0:
            break
        end = line + 1
        if _records(form, replace(source, span=Span(end, end, end, origin))):
            break
        found = end
    if not found:
        raise UnreadableFile("No line of the file is its header.")
    return found


def _records(form: Format, source: Source) -> int:
    """Records and damage, or 0 where the format cannot read the file."""
    try:
        return sum(
            isinstance(part, Damage) or (isinstance(part, Batch) and not part.derived)
            for part in form.read(source)
        )
    except UnreadableFile:
        return 0


def _starts(source: Source, header: int, origin: int, delimiter: str) -> Iterator[int]:
    """Offsets where the blocks of the whole file's reader begin, and the end of the last one."""
    with source.open() as stream:
        stream.seek(origin)
        chunks = iter(lambda: stream.read(BLOCK_BYTES), b"")
        at = header
        yield at
        for block in record_blocks(chunks, header - origin, delimiter):
            if isinstance(block, Ragged):
                raise UnreadableFile("A record is too long for the file to be cut.")
            at += len(block)
            yield at


def _spans(starts: Sequence[int], header: int, origin: int, size: int) -> list[Span]:
    edges = [starts[0]]
    for start in starts[1:-1]:
        if start - edges[-1] >= size:
            edges.append(start)
    edges.append(starts[-1])
    spans = [Span(header, start, stop, origin) for start, stop in pairwise(edges)]
    return spans if len(spans) > 1 else []


def survey(landing: Landing, export: Export) -> Survey:
    """What a span is to the others; damage counts as it will when it is landed.

    Of a file that cannot be read any more the survey says nothing: landing says why.
    """
    form = landing.formats[export.format]
    contract = landing.contract(export)
    surveyor, records, nights = Surveyor(landing.tags), 0, frozenset[int]()
    try:
        for part in form.read(landing.source(export)):
            if not isinstance(part, Batch):
                records += not isinstance(part, Note)
                continue
            nights |= _nights(part, export.timezone)
            if part.derived:
                continue
            records += len(part.rows)
            judge = landing.judge(contract.tables[part.table])
            if isinstance(judge, ReadingsJudge):
                surveyor.look(judge.judge(part))
    except UnreadableFile:
        records += 1
    except OSError:
        return Survey()
    return surveyor.survey(records, nights)


def _nights(batch: Batch, timezone: str | None) -> frozenset[int]:
    """Local days with times that the zone repeats, as far as the batch has such times."""
    found: set[int] = set()
    for column in batch.fields.columns:
        if timezone and pa.types.is_timestamp(column.type):
            micros = pc.unique(column.drop_null().cast(pa.int64())).to_numpy()
            for day in np.unique(micros // DAY_US).tolist():
                window = _repeated(timezone, int(day))
                if window and bool(((micros >= window[0]) & (micros < window[1])).any()):
                    found.add(window[0] // DAY_US)
    return frozenset(found)


@lru_cache(maxsize=8192)
def _repeated(timezone: str, day: int) -> tuple[int, int] | None:
    """UTC microseconds from the first time that will be repeated to the last repetition, of a
    change within two days of that UTC day; None where the clocks do not go back."""
    tz = zone(timezone)
    start = datetime(1970, 1, 1) + timedelta(days=day)
    try:
        quarters = [start + timedelta(minutes=15 * step) for step in range(-96, 192)]
        folded = [local for local in quarters if _fold(local.replace(tzinfo=tz))]
    except OverflowError:
        return None
    if not folded:
        return None
    first = folded[0].replace(tzinfo=tz).timestamp()
    last = (folded[-1] + timedelta(minutes=15)).replace(tzinfo=tz, fold=1).timestamp()
    return int(first * 1_000_000), int(last * 1_000_000)


def _fold(local: datetime) -> bool:
    early, late = local.utcoffset(), local.replace(fold=1).utcoffset()
    return early is not None and late is not None and early > late


def together(spans: Sequence[Span], surveys: Sequence[Survey]) -> list[Span]:
    """The spans, those as one that share a night in which times occur twice."""
    return [replace(spans[first], stop=spans[last].stop) for first, last in one_night(surveys)]


def spanned(export: Export, spans: Sequence[Span], surveys: Sequence[Survey]) -> list[Export]:
    """The spans to land, each with what the others hand it; the whole file where it cannot be
    judged in spans."""
    if not can_be_cut(surveys):
        return [export]
    return [
        replace(export, span=span, carry=carry)
        for span, carry in zip(spans, hand_on(surveys), strict=True)
    ]


def joined(landed: Landed) -> Landed:
    """The same with one account a file."""
    by_file: dict[str, list[Books]] = {}
    for books in landed.books:
        by_file.setdefault(books.export.source_hash, []).append(books)
    landed.books = [_books(sorted(each, key=_place)) for each in by_file.values()]
    return landed


def _place(books: Books) -> int:
    return books.export.span.start if books.export.span else 0


def _books(accounts: Sequence[Books]) -> Books:
    if len(accounts) == 1:
        return accounts[0]
    failed = [books for books in accounts if books.status == "failed"]
    first = (failed or accounts)[0]
    export = replace(first.export, span=None, carry=Carry())
    if failed:
        return replace(first, export=export)
    whole = Books(export, first.parser_version, first.contract_version)
    for books in accounts:
        for name in ("read", "valid", "quarantined", "duplicate"):
            setattr(whole, name, getattr(whole, name) + getattr(books, name))
        whole.tables += books.tables
        whole.reasons += books.reasons
        whole.notes += [note for note in books.notes if note not in whole.notes]
    return whole
