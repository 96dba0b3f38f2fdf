"""Tables in JSON: lines, an array of objects, or an array within a document.

An object is a record, an object in it gives columns as `machine.id`. Where the records lie in an
array within each object (a sample and its results) they take over what stands beside the array.
Source: RFC 8259; JSON lines.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from casparian.reading import json_stream
from casparian.reading.base import Note, UnreadableFile
from casparian.reading.block import Block, Rows, collect, without
from casparian.reading.header import Words
from casparian.reading.json_places import WRAPPERS, Path, all_columns, find, text_of
from casparian.reading.text import HEAD_BYTES, SHOWN_BYTES, Ragged, decode_head

LONGEST_TAIL = 4096  # of a document, behind its records
_NEXT = re.compile(r'"@?(?:odata\.)?nextLink"\s*:\s*"')


def blocks(stream: BinaryIO, words: Words) -> Iterator[Block | Ragged | Note]:
    """The records; a note where the document is one page of several.

    Raises UnreadableFile where no objects have the required columns.
    """
    head = stream.read(HEAD_BYTES)
    text = decode_head(head)
    place = find(text, words)
    if place is None:
        raise UnreadableFile(without(words, all_columns(text)))
    stream.seek(0)
    outer = ".".join(place.outer)
    values = (value for _, value in json_stream.items(stream, outer, lines=not outer))
    yield from collect(_records(values, place.inner), Rows(place.above), _size)
    if _has_next(stream, text):
        yield Note("The server has more of this: the file is one page of its answer.")


def _has_next(stream: BinaryIO, head: str) -> bool:
    """Whether OData's link to the next page stands before or behind the records."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - LONGEST_TAIL))
    return bool(_NEXT.search(head) or _NEXT.search(stream.read().decode("utf-8", "replace")))


def _records(values: Iterator[Any], inner: tuple[Path, ...]) -> Iterator[dict[str, Any] | Ragged]:
    for value in values:
        if isinstance(value, dict):
            yield from _exploded(value, inner)
        elif isinstance(value, json_stream.Broken):
            yield Ragged(0, value.text[:SHOWN_BYTES], f"no JSON: {value.reason}")
        else:
            yield Ragged(0, json.dumps(value)[:SHOWN_BYTES], "no object")


def _exploded(value: dict[str, Any], inner: tuple[Path, ...]) -> Iterator[dict[str, Any]]:
    """The records in an object: itself, or the elements of an array in it."""
    record: dict[str, Any] = {}
    if not inner:
        _flatten(value, "", record)
        yield record
        return
    found = _taken(value, inner[0][:-1])
    _flatten(value, "", record)
    parts = [part for part in found if isinstance(part, dict)]
    if not parts:
        yield record
    for part in parts:
        for deeper in _exploded(part, inner[1:]):
            yield {_free(name, deeper): text for name, text in record.items()} | deeper


def _taken(value: dict[str, Any], path: Path) -> list[Any]:
    """The array at this path, taken out of the object."""
    for step in path[:-1]:
        value = value.get(step) or {}
        if not isinstance(value, dict):
            return []
    found = value.get(path[-1])
    if not isinstance(found, list) or not any(isinstance(each, dict) for each in found):
        return []
    return value.pop(path[-1])  # type: ignore[no-any-return]


def _free(name: str, taken: dict[str, Any]) -> str:
    while name in taken:
        name += "'"
    return name


def _flatten(value: dict[str, Any], before: str, record: dict[str, Any]) -> None:
    """Scalars by their dotted names; other arrays as JSON."""
    for key, each in value.items():
        kind = type(each)
        if kind is dict:
            inside = before if key.casefold() in WRAPPERS else f"{before}{key}."
            _flatten(each, inside, record)
        elif each is not None:
            name = before + key if before else key
            record[_free(name, record) if name in record else name] = (
                each if kind is str else text_of(each)
            )


def _size(record: dict[str, Any]) -> int:
    return sum(map(len, record.values()))
