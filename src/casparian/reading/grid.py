"""Delimited text as rows of cells, for reports whose lines have no common header.

Preambles, several tables one below the other and rows of different lengths are all kept as they
stand. Memory is bounded by the longest line.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from casparian.reading.base import Damage
from casparian.reading.text import HEAD_BYTES, detect_encoding
from casparian.reading.workbook import Row

LONGEST_LINE = 1 << 18  # characters; a longer one is damage
HEAD_LINES = 80
_DELIMITERS = ";\t|,"
_CHUNK = 1 << 16
_LONGEST_CELL = csv.field_size_limit()


def head_rows(text: str) -> Iterator[Row]:
    """The rows of a decoded head, without its last, cut line."""
    lines = text.lstrip("﻿").splitlines()[:HEAD_LINES]
    reader = csv.reader([line[:LONGEST_LINE] for line in lines], delimiter=_delimiter(lines))
    try:
        for row in reader:
            yield [cell.strip() for cell in row]
    except csv.Error:
        return


def grid_rows(stream: BinaryIO, table: str) -> Iterator[Row | Damage]:
    """Every line as cells of text; a line that cannot be cut is Damage to `table`.

    Raises UnreadableFile for binary data.
    """
    head = stream.read(HEAD_BYTES)
    encoding = detect_encoding(head)
    stream.seek(encoding.bom)
    first = head[encoding.bom :].decode(encoding.name, errors="replace")
    delimiter = _delimiter(first.splitlines()[:HEAD_LINES])
    number = 0
    for line in _lines(stream, encoding.name):
        number += 1
        if len(line) > LONGEST_LINE:
            yield Damage(table, number, "damaged_record", line[:2000], "The line is too long.")
            continue
        yield from _cut(line, delimiter, table, number)


def _cut(line: str, delimiter: str, table: str, number: int) -> Iterator[Row | Damage]:
    """One line as one row. Reports quote no line ends: an open quote ends with its line."""
    if line and '"' not in line and "\0" not in line and len(line) < _LONGEST_CELL:
        yield [cell.strip() for cell in line.split(delimiter)]  # what csv.reader makes of it
        return
    try:
        for row in csv.reader([line.replace("\0", "")], delimiter=delimiter):
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        yield Damage(table, number, "damaged_record", line[:2000], f"{error}.")


def _delimiter(lines: list[str]) -> str:
    """The sign that cuts the most lines into the same number of cells."""
    best, choice = 0, ","
    for sign in _DELIMITERS:
        counts = [line.count(sign) for line in lines if sign in line]
        if counts:
            usual = max(set(counts), key=counts.count)
            score = counts.count(usual) * usual
            if score > best:
                best, choice = score, sign
    return choice


def _lines(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Decoded lines; one longer than LONGEST_LINE comes cut, its rest is passed over."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest, skipping = "", False
    while chunk := stream.read(_CHUNK):
        pieces = (rest + decoder.decode(chunk)).splitlines(keepends=True)
        rest = pieces.pop() if pieces and not pieces[-1].endswith("\n") else ""
        for piece in pieces:
            if not skipping:
                yield piece.rstrip("\r\n")
            skipping = False
        if len(rest) > LONGEST_LINE:
            if not skipping:
                yield rest
            rest, skipping = "", True
    tail = rest + decoder.decode(b"", final=True)
    if tail and not skipping:
        yield from io.StringIO(tail).read().splitlines()
