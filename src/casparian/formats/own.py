"""A plant engineer's own parser: a Python file with one function that yields dictionaries.

    def read(path):
        yield {"timestamp": "2025-10-28 03:00:00", "tag_name": "TI-47", "value": 21.5}

Each dictionary is a record, its keys are columns. Constants of the file, all optional: TABLE (name
of the table), CONTRACT (a shipped contract's name, or a .odcs.yaml beside the file), KEY (columns
that tell records apart), DOMAIN, VERSION, FILES (pattern of file names that it reads).

Times may be datetime objects or text; without an offset they are of the source's zone. A value of
None is missing. When `read` fails half-way, the records so far are kept and the rest of the file is
one damaged record with the parser's own words.
"""

from __future__ import annotations

import fnmatch
import hashlib
import importlib.util
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

import pyarrow as pa

from casparian.reading.base import NO, Batch, Damage, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.times import UTC_US, Clock, detect_layout

ROWS = 1 << 14  # records a batch
SAMPLE = 10_000  # records that column types are told from
CODED = ("tag_name", "quality")  # few distinct values
_NAME = re.compile(r"[^0-9A-Za-z_]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
Record = Mapping[str, Any]


@dataclass
class OwnParser:
    """The file as a format. `kinds`: columns of the contract and their logical types."""

    name: str
    version: str
    tables: tuple[str, ...]
    contract: str
    summary: str
    domain: str
    key: tuple[str, ...]
    pattern: str
    path: Path
    function: Callable[[Path], Iterable[object]]
    kinds: dict[str, str] = field(default_factory=dict)
    stage: int = 1

    @property
    def table(self) -> str:
        return self.tables[0]

    def sniff(self, peek: Peek) -> Sniff:
        """An own parser is asked for by name, never found."""
        return NO

    def reads(self, name: str) -> bool:
        """Does the file's name fit the parser's FILES?"""
        return fnmatch.fnmatch(PurePosixPath(name).name, self.pattern)

    def read(self, source: Source) -> Iterator[Batch | Damage]:
        reading = _Reading(self, source)
        rows: list[Record] = []
        try:
            for record in records(self, Path(source.path)):
                rows.append(record)
                if len(rows) == ROWS:
                    yield reading.batch(rows)
                    rows = []
        except UnreadableFile:
            if rows:
                yield reading.batch(rows)
            raise
        if rows:
            yield reading.batch(rows)


def load_parser(path: Path) -> OwnParser:
    """The parser in that file. Raises UnreadableFile with one sentence where it cannot be used."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"The parser {path} cannot be read: check the path.") from error
    module = _module(path)
    function = getattr(module, "read", None)
    if not callable(function):
        raise UnreadableFile(
            f"{path.name} has no function read(path): write one that yields dictionaries."
        )
    key = getattr(module, "KEY", ())
    stem = _NAME.sub("_", path.stem).lower()
    return OwnParser(
        name=path.stem,
        version=str(getattr(module, "VERSION", None) or hashlib.sha256(body).hexdigest()[:12]),
        tables=(_identifier(str(getattr(module, "TABLE", "") or stem), path),),
        summary=f"own parser {path.name}",
        contract=str(getattr(module, "CONTRACT", "") or ""),
        domain=str(getattr(module, "DOMAIN", "equipment")),
        key=(key,) if isinstance(key, str) else tuple(key),
        pattern=str(getattr(module, "FILES", "*")),
        path=path.absolute(),
        function=function,
    )


def _identifier(name: str, path: Path) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UnreadableFile(f"TABLE of {path.name} is '{name}': use small letters, digits and _.")
    return name


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"casparian_own_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UnreadableFile(f"{path.name} is no Python file: an own parser ends in .py.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UnreadableFile(f"{path.name} cannot be loaded: {_said(error)}.") from error
    return module


def _said(error: Exception) -> str:
    text = str(error).strip().split("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def records(parser: OwnParser, path: Path) -> Iterator[Record]:
    """What `read(path)` yields, checked. Raises UnreadableFile; OSError as it comes."""
    count = 0
    try:
        for record in parser.function(path):
            count += 1
            if not isinstance(record, Mapping):
                kind = type(record).__name__
                raise UnreadableFile(
                    f"{parser.path.name} gave a {kind} as record {count}: yield dictionaries."
                )
            yield record
    except (UnreadableFile, OSError, MemoryError, GeneratorExit):
        raise
    except Exception as error:
        raise UnreadableFile(
            f"{parser.path.name} failed after record {count}: {_said(error)}."
        ) from error


class _Reading:
    """One pass over one file: columns in the order in which they first appear."""

    def __init__(self, parser: OwnParser, source: Source):
        self.parser, self.source = parser, source
        self.columns: dict[str, str] = {}  # key as given → column
        self.clocks: dict[str, Clock] = {}
        self.row = 0

    def batch(self, rows: list[Record]) -> Batch:
        self._learn(rows)
        raw = {
            column: pa.array([text_of(row.get(key)) for row in rows], pa.string())
            for key, column in self.columns.items()
        }
        numbers = pa.array(range(self.row + 1, self.row + 1 + len(rows)), pa.int64())
        self.row += len(rows)
        fields = pa.RecordBatch.from_pydict(self._fields(raw, len(rows)))
        return Batch(self.parser.table, numbers, pa.RecordBatch.from_pydict(raw), fields)

    def _learn(self, rows: list[Record]) -> None:
        for row in rows:
            for key in row.keys() - self.columns.keys():
                self.columns[key] = column_name(key, self.parser)
        if len(set(self.columns.values())) < len(self.columns):
            raise UnreadableFile(
                f"{self.parser.path.name} names two columns alike: {', '.join(self.columns)}."
            )
        self.columns = dict(sorted(self.columns.items(), key=lambda item: _place(rows[0], item[0])))

    def _fields(self, raw: dict[str, pa.Array], count: int) -> dict[str, pa.Array]:
        """Every column of the contract: coded where that pays, times to UTC, all else as text."""
        fields = {name: raw.get(name, pa.nulls(count, pa.string())) for name in self.parser.kinds}
        for name in CODED:
            if name in fields:
                fields[name] = fields[name].dictionary_encode()
        for name, kind in self.parser.kinds.items():
            if kind == "timestamp":
                fields[name] = self._utc(name, fields[name], fields.get("tag_name"))
        return fields

    def _utc(self, name: str, text: pa.Array, series: pa.Array | None) -> pa.Array:
        if text.null_count == len(text):
            return pa.nulls(len(text), UTC_US)
        if name not in self.clocks:
            layout = detect_layout(text.to_pylist(), self.source.timezone)
            self.clocks[name] = Clock(self.source.timezone, layout)
        return self.clocks[name].utc(text, series)


def _place(first: Record, key: str) -> tuple[int, str]:
    keys = list(first)
    return (keys.index(key), "") if key in first else (len(keys), key)


def column_name(key: object, parser: OwnParser) -> str:
    """The key as a table can have it. Raises UnreadableFile where it cannot."""
    name = _NAME.sub("_", key.strip()) if isinstance(key, str) else ""
    if not name or name.startswith("_"):
        raise UnreadableFile(
            f"{parser.path.name} has a column {key!r}: names are text and begin with a letter."
        )
    return name


def text_of(value: object) -> str | None:
    """A value as bronze keeps it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def kinds_of(parser: OwnParser, rows: Iterable[Record]) -> dict[str, str]:
    """Column → logical type (number, timestamp, date, boolean, string), as the records tell."""
    seen: dict[str, set[str]] = {}
    for row in rows:
        for key, value in row.items():
            kinds = seen.setdefault(column_name(key, parser), set())
            if value is not None and value != "":
                kinds.add(_kind(value))
    return {name: kinds.pop() if len(kinds) == 1 else "string" for name, kinds in seen.items()}


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float) or (isinstance(value, str) and _is_number(value)):
        return "number"
    if isinstance(value, datetime) or (isinstance(value, str) and _TIME.match(value)):
        return "timestamp"
    if isinstance(value, date):
        return "date"
    return "string"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    # A code with leading zeros (article 00471) is text, and so is a word that float() knows.
    return not re.match(r"[-+]?0\d", text) and not re.search(r"[nN_]", text)
