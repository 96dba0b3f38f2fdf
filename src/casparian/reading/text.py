"""Delimited text of any encoding and size, as blocks of Arrow text columns with row numbers.

The file is cut into blocks at record ends and each block is parsed by pyarrow, so that memory is
bounded by the block and not by the file, one bad line costs one record, and a line of a gigabyte
is skipped over rather than held. RFC 4180 with the liberties that exporters take.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from casparian.reading.errors import UnreadableFile
from casparian.reading.header_line import DELIMITERS as DELIMITERS
from casparian.reading.header_line import cells_of, delimiter_of, header_place, lines_of

HEAD_BYTES = 1 << 16  # of a file, to tell what it is and how it is written
BLOCK_BYTES = 8 << 20
LONGEST_RECORD = 1 << 20  # a record longer than this is damage, whatever it holds
LONGEST_HEADER = 1 << 16  # characters
SAMPLE_CHARACTERS = 20_000  # of records, to learn how values are written
SHOWN_BYTES = 2000  # how much of a damaged record is kept
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Encoding:
    """A Python codec name and the length of the byte order mark in front."""

    name: str
    bom: int = 0


@dataclass(frozen=True)
class Ragged:
    """A record that could not be cut into the header's columns. `row` is 1-based."""

    row: int
    text: str
    detail: str


@dataclass(frozen=True)
class Table:
    """What the first lines of a delimited file say about the rest.

    columns: header names as written, in file order.
    start: bytes of (decoded, UTF-8) text before the first record.
    sample: cells of the first records. above: lines above the header, blank ones left out.
    """

    encoding: Encoding
    delimiter: str
    columns: tuple[str, ...]
    start: int
    sample: tuple[tuple[str, ...], ...] = field(default=(), compare=False)
    above: tuple[str, ...] = field(default=(), compare=False)


def detect_encoding(head: bytes) -> Encoding:
    """The encoding by byte order mark, then NUL pattern, then whether it is UTF-8; else cp1252."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Encoding(name, len(mark))
    if b"\0" in head[:2000]:
        return _detect_utf16(head[:2000])
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return Encoding("cp1252")
    return Encoding("utf-8")


def _detect_utf16(head: bytes) -> Encoding:
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if max(odd, even) < len(head) // 8:
        raise UnreadableFile("The file holds NUL bytes: it is binary, not text.")
    return Encoding("utf-16-le" if odd > even else "utf-16-be")


def decode_head(head: bytes) -> str:
    """The head as text for sniffing; characters that do not decode are replaced."""
    encoding = detect_encoding(head)
    return head[encoding.bom :].decode(encoding.name, errors="replace")


@lru_cache(maxsize=8)  # every delimited format asks about the same file
def read_table_head(head: bytes, longest: int = LONGEST_HEADER) -> Table:
    """Find delimiter and header in the first bytes of a file, below any titles and comments.

    longest: characters that a header may have; more is taken for something else.
    Raises UnreadableFile for an empty file or one without a delimited header line.
    """
    encoding = detect_encoding(head)
    text = head[encoding.bom :].decode(encoding.name, errors="replace")
    if not text.strip() or not text.strip("\r\n \t\0"):
        raise UnreadableFile("The file is empty.")
    lines = lines_of(text[: longest + SAMPLE_CHARACTERS])
    place, last = _dataset(lines) or (header_place(lines),) * 2
    header, delimiter = lines[place], delimiter_of(lines[place][:longest])
    columns = cells_of(header[:longest], delimiter)
    if len(columns) < 2 or len(header) >= longest:
        raise UnreadableFile("The first line is not a header of two or more columns.")
    skipped = sum(map(len, lines[: last + 1]))
    below = lines_of(text[skipped : skipped + max(SAMPLE_CHARACTERS, 3 * len(header))])[:200]
    sample = [cells_of(line, delimiter) for line in below if line.strip()]
    if _one_more(columns, sample):
        columns.append("")
    return Table(
        encoding,
        delimiter,
        tuple(columns),
        len(text[:skipped].encode()),
        tuple(map(tuple, sample)),
        tuple(line.strip("\r\n") for line in lines[:place] if line.strip()),
    )


def _dataset(lines: list[str]) -> tuple[int, int] | None:
    """The places of names and of the last line above the records, in a dataset of Ignition:
    `#NAMES` and below it the names, `#TYPES` and the types, `#ROWS` and their number."""
    marks = [line.strip().strip('"').partition('"')[0] for line in lines[:5]]
    return (1, 4) if marks[::2] == ["#NAMES", "#TYPES", "#ROWS"] else None


def without_first(table: Table, head: bytes, count: int) -> Table:
    """The same table without its first lines, which are no records (units, dashes)."""
    text = head[table.encoding.bom :].decode(table.encoding.name, errors="replace")
    start, left = table.start, count
    for line in lines_of(text.encode()[start : start + (1 << 22)].decode(errors="replace")):
        if not left:
            break
        start += len(line.encode())
        left -= bool(line.strip())
    return replace(table, start=start, sample=table.sample[count:])


def _one_more(columns: list[str], sample: list[list[str]]) -> bool:
    """Whether records end in a delimiter where the header does not."""
    ending = sum(len(row) == len(columns) + 1 and not row[-1] for row in sample)
    return len(sample) > 2 and ending == len(sample)


def utf8_chunks(stream: BinaryIO, encoding: Encoding, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """The file's text as UTF-8 bytes without byte order mark, in chunks of about `size`."""
    stream.seek(encoding.bom)
    if encoding.name == "utf-8":
        while chunk := stream.read(size):
            yield chunk
        return
    decoder = codecs.getincrementaldecoder(encoding.name)(errors="replace")
    while chunk := stream.read(size):
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _cut(data: bytes, delimiter: str = ",") -> int:
    """Where the last whole record of `data` ends: 0 when there is none."""
    end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
    if b'"' not in data or data.count(b'"', 0, end) % 2 == 0:
        return end
    return _cut_outside_quotes(data, end, delimiter)


def _cut_outside_quotes(data: bytes, end: int, delimiter: str) -> int:
    """The last record end that is in no quoted field.

    A quote opens one only where a field starts.
    """
    starts = re.escape(delimiter.encode())
    quoted = re.compile(rb"(?:\A|(?<=[\r\n]|" + starts + rb'))"[^"]*(?:""[^"]*)*(?:"|\Z)')
    spans = [(m.start(), m.end()) for m in quoted.finditer(data) if b"\n" in m[0] or b"\r" in m[0]]
    for start, stop in reversed(spans):
        if end > stop:
            break
        if end > start:
            end = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
    return end


def record_blocks(
    chunks: Iterator[bytes], start: int, delimiter: str = ","
) -> Iterator[bytes | Ragged]:
    """Cut chunks into blocks of whole records, dropping the first `start` bytes (the header).

    A record longer than LONGEST_RECORD comes as Ragged with row 0; the caller knows the number.
    """
    rest = b""
    skipping = False
    for chunk in chunks:
        if start:
            chunk, start = chunk[start:], max(0, start - len(chunk))
        if skipping:
            end = _line_end(chunk)
            skipping = not end
            chunk = chunk[end:] if end else b""
        if b'"' not in rest and b'"' not in chunk and (end := _cut(chunk, delimiter)):
            yield b"".join((rest, memoryview(chunk)[:end]))
            rest = chunk[end:]
            continue
        rest += chunk
        if end := _cut(rest, delimiter):
            yield rest[:end]
            rest = rest[end:]
        while len(rest) > LONGEST_RECORD:
            yield _too_long(rest)
            end = _line_end(rest)
            skipping, rest = not end, rest[end:] if end else b""
            if end := _cut(rest, delimiter):
                yield rest[:end]
                rest = rest[end:]
    if rest.strip(b"\r\n"):
        yield rest


def _line_end(data: bytes) -> int:
    """Where the first line of `data` ends, its break included: 0 when it does not."""
    found = re.search(rb"\r\n|\n|\r", data)
    return found.end() if found else 0


def _too_long(rest: bytes) -> Ragged:
    shown = rest[:SHOWN_BYTES].decode("utf-8", errors="replace")
    return Ragged(
        0, shown, f"a record longer than {LONGEST_RECORD >> 20} MiB, or a quote never closed"
    )


class TextReader:
    """Reads the records of a delimited file. Iterating gives (rows, batch) or Ragged.

    rows: int64 record numbers from 1; batch: one string column a header name (dictionary-coded
    for names in `coded`), null where empty text stood unquoted. `notes` collects what a person
    should know, once each.
    """

    def __init__(
        self,
        stream: BinaryIO,
        table: Table,
        names: tuple[str, ...] | None = None,
        coded: tuple[str, ...] = (),
    ):
        self.stream, self.table, self.coded = stream, table, coded
        self.names = names or table.columns
        self.notes: dict[str, None] = {}
        self.row = 0

    def __iter__(self) -> Iterator[tuple[pa.Array, pa.RecordBatch] | Ragged]:
        chunks = utf8_chunks(self.stream, self.table.encoding)
        for block in record_blocks(chunks, self.table.start, self.table.delimiter):
            if isinstance(block, Ragged):
                self.row += 1
                yield Ragged(self.row, block.text, block.detail)
            else:
                yield from self._parse(block)

    def _parse(self, block: bytes) -> Iterator[tuple[pa.Array, pa.RecordBatch] | Ragged]:
        bad: list[pacsv.InvalidRow] = []
        table = self._table(block, bad)
        stray = [place for place, row in enumerate(bad) if _swallows(row.text)]
        rows = behind = 0
        for place in stray:
            upto = bad[place].number - 1 - place
            yield from self._records(
                table.slice(rows, upto - rows), bad[behind:place], rows + behind
            )
            yield from self._swallowed(bad[place].text)
            rows, behind = upto, place + 1
        yield from self._records(table.slice(rows), bad[behind:], rows + behind)

    def _records(
        self, table: pa.Table, bad: list[pacsv.InvalidRow], before: int
    ) -> Iterator[tuple[pa.Array, pa.RecordBatch] | Ragged]:
        """Rows and ragged lines that follow one another.

        `before` records of the block came earlier.
        """
        count = table.num_rows + len(bad)
        rows = np.arange(self.row + 1, self.row + count + 1, dtype=np.int64)
        if bad:
            places = np.array([row.number - 1 - before for row in bad])
            for row, place in zip(bad, places, strict=True):
                detail = f"{row.actual_columns} columns where the header has {row.expected_columns}"
                yield Ragged(int(rows[place]), row.text[:SHOWN_BYTES], detail)
            rows = np.delete(rows, places)
        self.row += count
        if table.num_rows:
            yield pa.array(rows), table.combine_chunks().to_batches()[0]

    def _swallowed(self, text: str) -> Iterator[tuple[pa.Array, pa.RecordBatch] | Ragged]:
        """Lines that a stray quote made one record: the first is damaged, the others are read."""
        first, *others = re.split(r"\r\n|\r|\n", text, maxsplit=1)
        self.row += 1
        yield Ragged(self.row, first[:SHOWN_BYTES], "a quote that is never closed")
        bad: list[pacsv.InvalidRow] = []
        if others and others[0].strip("\r\n"):
            yield from self._records(self._table(others[0].encode(), bad, quoting=False), bad, 0)

    def _table(self, block: bytes, bad: list[pacsv.InvalidRow], quoting: bool = True) -> pa.Table:
        if not block.isascii() and not _is_utf8(block):  # before Arrow's handler loses such rows
            self.notes["Some lines are not UTF-8 and were read as Windows-1252."] = None
            block = _mend(block)
        if (
            len(block) < 16 and block.strip() == codecs.BOM_UTF8
        ):  # a mark at the end, of files that were joined
            return pa.table({name: pa.array([], pa.string()) for name in self.names})
        return self._read(block, bad, quoting)

    def _read(self, block: bytes, bad: list[pacsv.InvalidRow], quoting: bool) -> pa.Table:
        def note(row: pacsv.InvalidRow) -> str:
            bad.append(row)
            return "skip"

        return pacsv.read_csv(
            pa.BufferReader(block),
            read_options=pacsv.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=list(self.names)
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self.table.delimiter,
                quote_char='"' if quoting else False,
                newlines_in_values=quoting and b'"' in block,
                invalid_row_handler=note,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={
                    name: pa.dictionary(pa.int32(), pa.string())
                    if name in self.coded
                    else pa.string()
                    for name in self.names
                },
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                null_values=[""],
            ),
        )


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _swallows(text: str) -> bool:
    """A bad record over many lines, or with a quote never closed, holds records of its own."""
    several = "\n" in text or "\r" in text
    return several and (text.count('"') % 2 == 1 or len(text) > SHOWN_BYTES)


def _mend(block: bytes) -> bytes:
    """Lines that are not UTF-8, read as cp1252: single exports with one `°` written by Windows."""
    return b"".join(_mend_line(line) for line in block.splitlines(keepends=True))


def _mend_line(line: bytes) -> bytes:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace").encode()
    return line
