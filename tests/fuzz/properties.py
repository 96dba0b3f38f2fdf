"""What must hold for every format and every file, whatever its bytes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

import pyarrow as pa

from casparian.contracts.model import load
from casparian.contracts.verdict import Judge
from casparian.formats import Peek
from casparian.reading.base import Batch, Damage, Format, Note, Source, UnreadableFile
from casparian.reading.text import HEAD_BYTES

LONGEST_SECONDS = 10


class TookTooLong(BaseException):
    """No format may catch this."""


@contextmanager
def limited(seconds: int = LONGEST_SECONDS) -> Iterator[None]:
    """Ends what takes longer, where the system has alarms."""

    def ring(signum: int, frame: FrameType | None) -> None:
        raise TookTooLong(f"{seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@cache
def judge(contract: str, table: str) -> Judge:
    """The judge of a table; it holds no state."""
    return Judge(load(contract).tables[table])


def check(form: Format, path: Path, name: str | None = None) -> int:
    """Sniff and read a file as the format; the records counted. Raises whatever is wrong."""
    name = name or path.name
    source = Source(str(path), name, "Europe/Berlin")
    peek = Peek(name, _head(source), source.open)
    sure = form.sniff(peek).confidence
    assert 0 <= sure <= 1, sure
    found = _Found(form)
    try:
        for part in form.read(source):
            found.take(part)
    except (UnreadableFile, OSError) as error:
        assert str(error), "an error without words"
        found.said = True
    assert found.rows or found.said or _may_be_empty(peek), "nothing read and nothing said"
    return len(found.rows)


def _head(source: Source) -> bytes:
    """The first bytes as a scan shows them to formats: unpacked."""
    try:
        with source.open() as stream:
            return stream.read(HEAD_BYTES)
    except (UnreadableFile, OSError):
        return Path(source.path).read_bytes()[:HEAD_BYTES]


def _may_be_empty(peek: Peek) -> bool:
    """A table without a record is a table all the same; XML or JSON is read or refused."""
    return not peek.root and not peek.json_paths


class _Found:
    """What came of one file so far."""

    def __init__(self, form: Format):
        self.form = form
        self.rows: set[int] = set()
        self.said = False

    def take(self, part: Batch | Damage | Note) -> None:
        if isinstance(part, Note):
            assert part.sentence
            self.said = True
        elif isinstance(part, Damage):
            assert part.table in self.form.tables
            assert part.rule in ("damaged_record", "damaged_file")
            self._number([part.row])
        else:
            self._batch(part)

    def _batch(self, part: Batch) -> None:
        assert part.table in self.form.tables
        assert len(part.rows) == part.fields.num_rows
        assert part.derived or len(part.rows) == part.raw.num_rows
        for column in part.raw.columns:
            kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
            assert pa.types.is_string(kind) or pa.types.is_large_string(kind), column.type
            column.validate(full=True)
        part.fields.validate(full=True)
        verdict = judge(self.form.contract, part.table).judge(part)
        assert len(verdict.codes) == len(part.rows)
        if part.derived:
            self.said = True
        else:
            self._number(part.rows.to_pylist())

    def _number(self, rows: list[int]) -> None:
        assert all(row > 0 for row in rows), "a row number below 1"
        before = len(self.rows)
        self.rows.update(rows)
        assert len(self.rows) == before + len(rows), "a row number twice"
