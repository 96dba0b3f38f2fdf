"""The table in a file that no format knows: where its header is, what repeats, how it is carried.

Delimited text, workbooks, JSON, XML and Parquet give the same: blocks of text columns.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from casparian.reading import (
    json_places,
    json_stream,
    table_csv,
    table_excel,
    table_json,
    table_parquet,
    table_xml,
)
from casparian.reading.base import Note, UnreadableFile
from casparian.reading.block import Block, Line, may_head
from casparian.reading.header import Words, normalise
from casparian.reading.peek import Peek
from casparian.reading.text import HEAD_BYTES, Ragged, Table
from casparian.reading.workbook import TOP_ROWS, is_workbook, sheet_tops

LOOKED_LINES = 50  # below a header, to see whether they have its columns
DELIMITER_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Found:
    """carrier: csv, excel, json, xml or parquet. how: the same in words, for people.

    columns: the header as written. record: the path of the element in XML, else None.
    """

    carrier: str
    how: str
    columns: tuple[str, ...]
    record: str | None = None

    @property
    def words(self) -> Words:
        """The header as words that must all be there."""
        named = {
            normalise(column): column for column in reversed(self.columns) if normalise(column)
        }
        return Words(dict.fromkeys(named.values(), ()), tuple(named.values()))


def find(stream: BinaryIO, name: str) -> Found:
    """What table the file holds. Raises UnreadableFile, with the reason, for none."""
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    if not head:
        raise UnreadableFile("The file is empty.")
    peek = Peek(name, head)
    if head.startswith(table_parquet.MAGIC):
        stream.seek(0)
        return Found("parquet", "Parquet", table_parquet.columns(stream))
    if is_workbook(head):
        stream.seek(0)
        return _excel(stream)
    if peek.root:
        record = table_xml.find(stream)
        how = f"XML, one record an element {record.name}"
        return Found("xml", how, record.columns, record.name)
    if peek.json_paths:
        return _json(peek.text)
    return _delimited(peek)


def blocks(stream: BinaryIO, carrier: str, words: Words, record: str | None = None) -> Iterator[
    Block | Ragged | Note
]:  # fmt: skip
    """The records of a table that was found or declared. Raises UnreadableFile as the carrier."""
    stream.seek(0)
    if carrier == "parquet":
        return table_parquet.blocks(stream)
    if carrier == "xml":
        return table_xml.blocks(stream, record or "")
    readers = {"excel": table_excel.blocks, "json": table_json.blocks, "csv": table_csv.blocks}
    return readers[carrier](stream, words)


def _delimited(peek: Peek) -> Found:
    """The header under which most lines have its columns; of two such the higher one."""
    candidates = [(_fit(peek, table), table, top) for table, top in table_csv.tops(peek.head)]
    if not candidates:
        raise UnreadableFile("This is no table: no line looks like a header of two columns.")
    fit, table, top = max(candidates, key=lambda found: (round(found[0], 2), -found[1].start))
    if not fit or not may_head(tuple(table.columns)):
        raise UnreadableFile(
            "No line names the columns: put a header above the records, or write an own parser."
        )
    word = DELIMITER_WORDS.get(table.delimiter, table.delimiter)
    how = f"text in {table.encoding.name}, columns parted by {word}"
    line = peek.text.encode()[: table.start].count(b"\n")
    how += f", header in line {line}" if top.above and line else ""
    return Found("csv", how, table.columns)


def _fit(peek: Peek, table: Table) -> float:
    """How many cells stand in whole lines below this header, a line; 0 for none."""
    body = peek.text.encode()[table.start :].decode("utf-8", "replace")
    lines = body.splitlines()[: LOOKED_LINES + 1]
    lines = lines[:-1] if len(lines) > LOOKED_LINES else lines
    if not lines:
        return 0.0
    try:
        rows = list(csv.reader(lines, delimiter=table.delimiter))
    except csv.Error:
        return 0.0
    rows = [row for row in rows if row]
    whole = sum(len(row) == len(table.columns) for row in rows)
    share = whole / len(rows) if rows else 0.0
    named = len({cell for cell in table.columns if cell})  # a title line has hardly a cell filled
    return named * share if share > 0.5 else 0.0


def _excel(stream: BinaryIO) -> Found:
    """The sheet and line with most filled rows of the header's width beneath."""
    best: tuple[float, str, int, Line] | None = None
    for sheet in sheet_tops(stream):
        for place, line in enumerate(sheet.rows):
            if may_head(line):
                weight = _weight(line, sheet.rows[place + 1 :])
                if weight and (best is None or weight > best[0]):
                    best = (weight, sheet.name, place, line)
    if best is None:
        raise UnreadableFile("No sheet of the workbook has a header with records beneath.")
    _, name, place, line = best
    how = f"workbook, sheet {name}, header in row {place + 1} of the first {TOP_ROWS}"
    return Found("excel", how, tuple(cell or "" for cell in line))


def _weight(header: Line, below: tuple[Line, ...]) -> float:
    places = [place for place, cell in enumerate(header) if cell]
    filled = [sum(line[place] is not None for place in places) for line in below]
    return float(sum(count for count in filled if count * 2 > len(places)))


def _json(text: str) -> Found:
    """The array, or the documents, with most values in the beginning."""
    counts = Counter(_starts(text))
    best: tuple[int, tuple[str, ...], tuple[str, ...]] | None = None
    for array, columns in _arrays(text).items():
        weight = counts[".".join(array)] * len(columns)
        if best is None or weight > best[0]:
            best = (weight, array, columns)
    place = json_places.find(text, Words(dict.fromkeys(best[2], ()), best[2])) if best else None
    if place is None:
        raise UnreadableFile("The JSON holds no objects that look like records.")
    where = ".".join(best[1]).removesuffix("item").rstrip(".") if best else ""
    how = f"JSON, one record an element of {where}" if where else "JSON, one record an object"
    return Found("json", how, place.columns)


def _starts(text: str) -> Iterator[str]:
    try:
        for path, event, _ in json_stream.events(io.BytesIO(text.encode())):
            if event == "start_map":
                yield path
    except UnreadableFile:
        return  # the head ends somewhere in the middle


def _arrays(text: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Scalar columns of each array's elements, as the JSON carrier names them."""
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for path in sorted(json_stream.paths(text.encode())):
        steps = tuple(path.split("."))
        last = max((i for i, step in enumerate(steps) if step == "item"), default=-1)
        inside = steps[last + 1 :]
        kept = [s for s in inside[:-1] if s.casefold() not in json_places.WRAPPERS]
        if inside and inside[-1]:
            found.setdefault(steps[: last + 1], {})[".".join([*kept, inside[-1]])] = None
    return {array: tuple(columns) for array, columns in found.items()}
