"""Tables in JSON: lines, an array of objects, or an array within a document.

An object is a record, an object in it gives columns as `machine.id`. Where the records lie in an
array within each object (a sample and its results) they take over what stands beside the array.
Source: RFC 8259; JSON lines.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, BinaryIO

from casparian.formats import json_stream
from casparian.formats.base import UnreadableFile
from casparian.formats.block import Block, Line, Rows, Top, collect, without
from casparian.formats.header import Words
from casparian.formats.text import HEAD_BYTES, SHOWN_BYTES, Ragged, decode_head

# keys that only wrap a record: what is in them is called as if they were not there
WRAPPERS = frozenset(
    ("_source", "after", "attributes", "body", "data", "event", "fields", "item", "payload",
     "properties", "record", "row", "values")
)  # fmt: skip
DEEPEST = 20  # levels at which a record's values are looked for
_SPACE = " \t\r\n\x1e\ufeff"

Path = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where the records lie.

    outer: path of the array whose elements are read one by one; () for the file's documents.
    inner: the arrays within such an element, one in the other. columns: what a record has.
    """

    outer: Path
    inner: tuple[Path, ...]
    columns: tuple[str, ...]
    above: tuple[Line, ...] = ()

    @property
    def top(self) -> Top:
        return Top(self.columns, self.above)


def blocks(stream: BinaryIO, words: Words) -> Iterator[Block | Ragged]:
    """The records. Raises UnreadableFile where no objects have the required columns."""
    head = stream.read(HEAD_BYTES)
    text = decode_head(head)
    place = find(text, words)
    if place is None:
        raise UnreadableFile(without(words, _all_columns(text)))
    stream.seek(0)
    outer = ".".join(place.outer)
    values = (value for _, value in json_stream.items(stream, outer, lines=not outer))
    yield from collect(_records(values, place.inner), Rows(place.above), _size)


def find(text: str, words: Words) -> Place | None:
    """Where records of these words lie in a file that begins so; None for nowhere."""
    places = [place for place in _places(text) if place.top.is_of(words)]
    known = {place: len(words.fields(place.columns)) for place in places}
    return max(places, key=lambda place: (known[place], -len(place.inner)), default=None)


def _all_columns(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (_column(path) for path in _paths(text)))))


def _paths(text: str) -> list[Path]:
    steps = (tuple(path.split(".")) for path in sorted(json_stream.paths(text.encode())) if path)
    return [path for path in steps if len(path) <= DEEPEST]


@lru_cache(maxsize=4)  # every format asks about the same file
def _places(text: str) -> tuple[Place, ...]:
    """Each array of the file, and its documents themselves, as the one that holds the records."""
    return tuple(_each_place(text))


def _each_place(text: str) -> Iterator[Place]:
    paths, whole = _paths(text), _is_lines(text)
    arrays: dict[Path, None] = {(): None}
    for path in paths:
        arrays |= {_array(path[: depth + 1]): None for depth in range(len(path))}
    for array in arrays:
        cuts = [depth + 1 for depth, step in enumerate(array) if step == "item"]
        first = 0 if whole or not cuts else cuts[0]
        levels = {array[:first], *(array[:cut] for cut in cuts if cut > first)}
        edges = [first, *(cut for cut in cuts if cut > first)]
        inner = tuple(array[a:b] for a, b in pairwise(edges))
        columns = dict.fromkeys(_column(path) for path in paths if _array(path) in levels)
        above = tuple(_beside(text)) if first else ()
        yield Place(array[:first], inner, tuple(filter(None, columns)), above)


def _array(path: Path) -> Path:
    """The array that the value is in an element of; () for none."""
    last = max((place for place, step in enumerate(path) if step == "item"), default=-1)
    return path[: last + 1]


def _column(path: Path) -> str:
    steps = path[len(_array(path)) :]
    return ".".join(
        [step for step in steps[:-1] if step.casefold() not in WRAPPERS] + [*steps[-1:]]
    )


def _is_lines(text: str) -> bool:
    """Whether the first line is a whole object."""
    line = text.lstrip(_SPACE).partition("\n")[0]
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _beside(text: str) -> Iterator[Line]:
    """Names and values of the document's own scalars before its first array."""
    for path, event, value in _head_events(text):
        steps = path.split(".")
        if "item" in steps or len(steps) > DEEPEST:
            return
        if event in ("string", "number", "boolean"):
            yield steps[-1], _text(value)


def _head_events(text: str) -> Iterator[tuple[str, str, Any]]:
    try:
        yield from json_stream.events(io.BytesIO(text.encode()))
    except UnreadableFile:
        return  # the head ends somewhere in the middle


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
                each if kind is str else _text(each)
            )


def _text(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is int or (kind is float and value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _size(record: dict[str, Any]) -> int:
    return sum(map(len, record.values()))
