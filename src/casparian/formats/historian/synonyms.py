"""A synonym map: a tag and a name of it a line, whatever the header promises.

Lines may also give the parts of the name in columns (unit, category, location, type): they are
joined as such maps write them, `category.location.type.unit`. A tag may have several names; the
first one becomes its alias.
"""

from __future__ import annotations

from collections.abc import Iterator

from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.header import normalise
from casparian.reading.header_line import cells_of, lines_of
from casparian.reading.peek import Peek
from casparian.reading.records import Columns, Record, batches
from casparian.reading.text import (
    HEAD_BYTES,
    LONGEST_RECORD,
    SHOWN_BYTES,
    detect_encoding,
    utf8_chunks,
)

TABLE, ALIASES = "tag_synonyms", "tag_aliases"
NAMES = ("tag_name", "tag_alias")
HEADER = ("name", "unit", "category", "location", "type")
DELIMITERS = ";,\t|"


class TagSynonyms:
    """Lines `tag;name` under the header `name;unit;category;location;type`."""

    name, version, contract = "tag_synonyms", "1.0.0", "historian"
    tables = (TABLE, ALIASES)
    summary = "synonym map of a historian: any number of names a tag"
    stage = 0

    def sniff(self, peek: Peek) -> Sniff:
        return Sniff(0.95, "a synonym map's header") if _delimiter(peek.text) else NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every line that is not blank. Raises UnreadableFile for a file without that header."""
        with source.open() as stream:
            head = stream.read(HEAD_BYTES)
            encoding = detect_encoding(head)
            delimiter = _delimiter(head[encoding.bom :].decode(encoding.name, errors="replace"))
            if delimiter is None:
                raise UnreadableFile(f"The first line is not {';'.join(HEADER)}.")
            text = _lines(utf8_chunks(stream, encoding, 1 << 20))
            next(text)
            columns = {name: Columns(NAMES, NAMES) for name in (TABLE, ALIASES)}
            yield from batches(_records(text, delimiter), columns)


def _delimiter(text: str) -> str | None:
    first = next((line for line in lines_of(text[:1000]) if line.strip()), "")
    for delimiter in DELIMITERS:
        if tuple(map(normalise, cells_of(first, delimiter))) == HEADER:
            return delimiter
    return None


def _lines(chunks: Iterator[bytes]) -> Iterator[str]:
    """Lines that are not blank; of one that is too long its beginning."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).splitlines(keepends=True) or [b""]
        if rest.endswith((b"\n", b"\r")):
            whole, rest = [*whole, rest], b""
        rest = rest[: LONGEST_RECORD + 1]
        yield from (line.decode(errors="replace") for line in whole if line.strip())
    if rest.strip():
        yield rest.decode(errors="replace")


def _records(lines: Iterator[str], delimiter: str) -> Iterator[Record | Damage]:
    named: set[str] = set()
    for line in lines:
        cells = [cell or None for cell in cells_of(line, delimiter)]
        if len(line) > LONGEST_RECORD or len(cells) not in (2, len(HEADER)):
            detail = f"{len(cells)} columns where a synonym has 2 or {len(HEADER)}"
            yield Damage(TABLE, 0, "damaged_record", line[:SHOWN_BYTES].rstrip("\r\n"), detail)
            continue
        tag, alias = cells[0], _alias(cells)
        names = {"tag_name": tag, "tag_alias": alias}
        extra = dict(zip(HEADER[1:], cells[1:], strict=True)) if len(cells) > 2 else {}
        yield Record(TABLE, {**names, **extra}, names)
        if tag and alias and tag not in named:
            named.add(tag)
            yield Record(ALIASES, {}, names, derived=True)


def _alias(cells: list[str | None]) -> str | None:
    if len(cells) == 2:
        return cells[1]
    unit, *parts = cells[1:]
    return ".".join(part for part in (*parts, unit) if part) or None


TAG_SYNONYMS = TagSynonyms()
