"""Tables in XML: the element that repeats is the record, whatever it is called.

Attributes and texts below a record are its columns, as `result.value` and `@id` names them without
the sign; a column that occurs several times in one record is a JSON list. Attributes of elements
around the records go to each record. Namespaces are left out.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from casparian.reading.base import UnreadableFile
from casparian.reading.block import Block, Rows, collect
from casparian.reading.text import Ragged
from casparian.reading.xml_encoding import parsable
from casparian.reading.xml_stream import elements, local

LOOKED_BYTES = 4 << 20  # of a file, to see what repeats
DEEPEST = 20

Path = tuple[str, ...]


@dataclass(frozen=True)
class Repeated:
    """The record's path from the root; how often and with which columns the beginning has it."""

    path: Path
    count: int
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """`Runs/Run/Result`: how a contract names it."""
        return "/".join(self.path)


def find(stream: BinaryIO) -> Repeated:
    """The element that carries most of the file's values, of those that occur twice or more.

    Raises UnreadableFile where nothing repeats.
    """
    stream.seek(0)
    counts: Counter[Path] = Counter()
    values: Counter[Path] = Counter()
    columns: dict[Path, dict[str, None]] = {}
    path: list[str] = []
    leaf = True
    for event, element in _events(stream.read(LOOKED_BYTES)):
        if event == "start":
            path.append(local(element.tag))
            leaf = True
            here = tuple(path)
            counts[here] += 1
            for name in element.attrib:
                _count(here, local(name), values, columns)
        else:
            here = tuple(path)
            if (leaf and len(here) > 1) or (element.text or "").strip():
                _count(here[:-1], here[-1], values, columns)
            leaf = False
            path.pop()
            element.clear()
    return _best(counts, values, columns)


def _count(
    path: Path, name: str, values: Counter[Path], columns: dict[Path, dict[str, None]]
) -> None:
    """A value counts for its own element and, a little less, for those around it."""
    for up in range(min(3, len(path))):
        above = path[: len(path) - up]
        values[above] += 1
        columns.setdefault(above, {})[".".join((*path[len(path) - up :], name))] = None


def _best(
    counts: Counter[Path], values: Counter[Path], columns: dict[Path, dict[str, None]]
) -> Repeated:
    """Many records with several columns each; of two that hold the same values the inner one,
    unless it is but a part of a record (a name and a value)."""
    several = [
        path for path, count in counts.items() if count > 1 and len(columns.get(path, ())) > 1
    ]
    if not several:
        raise UnreadableFile("Nothing repeats in the XML: no element holds records.")

    def weight(path: Path) -> float:
        wide = len(columns[path])
        once = values[path] / counts[path] <= 1.5 * wide  # each column once a record
        return values[path] * (1.0 if once else 0.2) * min(wide, 3) / 3

    best = max(several, key=lambda path: (weight(path), -len(path)))
    return Repeated(best, counts[best], tuple(columns[best]))


def _events(head: bytes) -> Iterator[tuple[str, Element]]:
    parser = XMLPullParser(("start", "end"))
    try:
        parser.feed(parsable(io.BytesIO(head)).read())
    except (ParseError, ValueError):
        pass  # the head ends somewhere in the middle, or what follows is damaged
    try:
        for event, element in parser.read_events():  # type: ignore[misc]
            if isinstance(element, Element):
                yield event, element
    except ParseError:
        return


def blocks(stream: BinaryIO, record: str) -> Iterator[Block | Ragged]:
    """The records. record: path of the element as `Repeated.name` has it.

    Raises UnreadableFile for broken XML; what came before is given.
    """
    path = tuple(record.split("/"))
    stream.seek(0)
    yield from collect(_records(stream, path), Rows(), lambda row: sum(map(len, row.values())))


def _records(stream: BinaryIO, path: Path) -> Iterator[dict[str, str]]:
    for above, element in elements(stream, {path[-1]}):
        if tuple(local(each.tag) for each in above) != path[:-1]:
            continue
        row: dict[str, list[str]] = {}
        _collect(element, "", row, 0)
        for each in reversed(above[1:]):
            for name, text in each.attrib.items():
                row.setdefault(_free(local(name), local(each.tag), row), [text])
        yield {name: _one(texts) for name, texts in row.items()}


def _free(name: str, parent: str, row: dict[str, list[str]]) -> str:
    return f"{parent}.{name}" if name in row else name


def _collect(element: Element, before: str, row: dict[str, list[str]], depth: int) -> None:
    for name, text in element.attrib.items():
        row.setdefault(before + local(name), []).append(text)
    own = (element.text or "").strip()
    if own:
        row.setdefault(before.rstrip(".") or local(element.tag), []).append(own)
    if depth < DEEPEST:
        for child in element:
            _collect(child, f"{before}{local(child.tag)}.", row, depth + 1)


def _one(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False)
