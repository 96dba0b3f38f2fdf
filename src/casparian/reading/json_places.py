"""Where the records of a table lie in a JSON file, told by its beginning.

In lines, in an array, in an array within a document, or in an array within each record.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from casparian.reading import json_stream
from casparian.reading.base import UnreadableFile
from casparian.reading.block import Line, Top
from casparian.reading.header import Words

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


def find(text: str, words: Words) -> Place | None:
    """Where records of these words lie in a file that begins so; None for nowhere."""
    places = [place for place in _places(text) if place.top.is_of(words)]
    known = {place: len(words.fields(place.columns)) for place in places}
    return max(places, key=lambda place: (known[place], -len(place.inner)), default=None)


def all_columns(text: str) -> tuple[str, ...]:
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
            yield steps[-1], text_of(value)


def _head_events(text: str) -> Iterator[tuple[str, str, Any]]:
    try:
        yield from json_stream.events(io.BytesIO(text.encode()))
    except UnreadableFile:
        return  # the head ends somewhere in the middle


def text_of(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is int or (kind is float and value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)
