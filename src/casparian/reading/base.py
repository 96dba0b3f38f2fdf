"""What a format is: bytes in, batches of records out.

A format never judges. It reads records as text, prepares the silver fields (times to UTC, names
to the contract's names) and hands both on; the contract says which records are good. A record
that cannot be read at all becomes `Damage`, so that the books of the file still close.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast, runtime_checkable

import pyarrow as pa
import pyarrow.fs as pafs

from casparian.reading.errors import UnreadableFile as UnreadableFile
from casparian.reading.packed import open_packed
from casparian.reading.span import Span, SpanStream

if TYPE_CHECKING:
    from casparian.reading.peek import Peek


@dataclass(frozen=True)
class Source:
    """One export to read.

    path: where it lies on `filesystem`; a file in a zip archive as `runs.zip!/a/b.xml`.
    name: its path below the scanned folder, with `/`, as shown to people.
    timezone: IANA name for times that carry no offset; None means nobody said, read as UTC.
    schemas: folder of XML schemas to check documents against; None checks nothing.
    span: the part of its records that is to be read; None is all of them.
    beside: paths of the files that lay beside it by their names, for a file that was moved away
        from them; empty for one that lies where it was written.
    """

    path: str
    name: str
    timezone: str | None = None
    filesystem: pafs.FileSystem = field(default_factory=pafs.LocalFileSystem)
    schemas: str | None = None
    span: Span | None = None
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    def open(self) -> BinaryIO:
        """A seekable binary file, unpacked if it is .gz. Raises OSError as the system words it."""
        whole = open_packed(self.filesystem, self.path)
        return cast("BinaryIO", SpanStream(whole, self.span)) if self.span else whole


@dataclass(frozen=True)
class Batch:
    """Records of one table, in file order.

    rows: int64, 1-based record number in the file.
    raw: every column text (null where the record has none), as read: this becomes bronze.
    fields: the silver columns by their contract names. Text where the contract is to cast,
        typed where only the format could (times: timestamp[us, UTC], null where unreadable).
    derived: rows made from records that are counted elsewhere (a part seen in measurements);
        they go to silver alone, once per primary key, and are not in the file's books.
    """

    table: str
    rows: pa.Array
    raw: pa.RecordBatch
    fields: pa.RecordBatch
    derived: bool = False


@dataclass(frozen=True)
class Damage:
    """Something in the file that is no record: counted as one record read and quarantined.

    rule: `damaged_record` (a line with the wrong number of columns) or `damaged_file`
        (the rest of a file that ends early or cannot be decoded).
    raw: the text found there, at most a few kilobytes of it.
    """

    table: str
    row: int
    rule: str
    raw: str
    detail: str


@dataclass(frozen=True)
class Note:
    """One sentence that a person should know of the file; it is kept in its books, once."""

    sentence: str


@dataclass(frozen=True)
class Sniff:
    """How sure a format is that a file is its own: 0 (no) to 1 (certain), and why."""

    confidence: float
    why: str


NO = Sniff(0.0, "no sign of it")


@runtime_checkable
class Format(Protocol):
    """One kind of export. Instances hold no state and may be shared between threads."""

    name: str  # also the parser's name in the lineage columns
    version: str
    contract: str  # file stem under schemas/contracts
    tables: tuple[str, ...]  # the tables it fills; the first one takes its damage
    summary: str  # one line for `casparian formats`
    stage: int  # 0 reference data that others need, 1 all else
    # A format of lines that stand for themselves, read with what the file's head tells, may say
    # `splittable = True`: big files are then landed in spans, side by side. One that reads what
    # lies beside a file says `looks_beside = True`, and finds it by `Source.beside` too.

    def sniff(self, peek: Peek) -> Sniff:
        """Judge by the beginning of the file and its name. Never raises."""

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Read the file once, front to back, in bounded memory.

        Raises UnreadableFile when not even a first record can be had, OSError as it comes.
        """
