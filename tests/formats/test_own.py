"""A plant engineer's own parser: what it yields, what it may do wrong, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from casparian.formats.own import ROWS, OwnParser, kinds_of, load_parser, text_of
from casparian.reading.base import Batch, Source, UnreadableFile


def parser(folder: Path, body: str, name: str = "mine.py") -> OwnParser:
    (folder / name).write_text(body, "utf-8")
    return load_parser(folder / name)


def read(own: OwnParser, folder: Path, timezone: str | None = None) -> Iterator[Any]:
    (folder / "in.txt").write_text("x")
    return own.read(Source(str(folder / "in.txt"), "in.txt", timezone))


def test_records_become_text_and_typed_fields(tmp_path: Path) -> None:
    own = parser(
        tmp_path,
        "def read(path):\n"
        "    yield {'at': '2025-10-26 02:30:00', 'Room temp': 21.5, 'ok': True, 'note': None}\n"
        "    yield {'at': '2025-10-26 03:30:00', 'Room temp': 22, 'ok': False, 'new': [1]}\n",
    )
    own.kinds = {"at": "timestamp", "Room_temp": "number", "absent": "string"}
    (batch,) = read(own, tmp_path, "Europe/Berlin")
    assert isinstance(batch, Batch)
    assert batch.rows.to_pylist() == [1, 2]
    assert batch.raw.to_pylist() == [
        {"at": "2025-10-26 02:30:00", "Room_temp": "21.5", "ok": "true", "note": None, "new": None},
        {"at": "2025-10-26 03:30:00", "Room_temp": "22", "ok": "false", "note": None, "new": "[1]"},
    ]
    assert batch.fields["at"].to_pylist() == [
        datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 2, 30, tzinfo=UTC),
    ]  # fmt: skip
    assert batch.fields.schema.names == ["at", "Room_temp", "absent"]


def test_constants(tmp_path: Path) -> None:
    own = parser(
        tmp_path,
        "TABLE, CONTRACT, KEY, DOMAIN = 'ovens', 'x.odcs.yaml', 'n', 'quality'\n"
        "VERSION, FILES = '3', '*.dat'\n"
        "def read(path):\n    yield {}\n",
    )
    assert (own.name, own.version, own.tables, own.contract) == (
        "mine",
        "3",
        ("ovens",),
        "x.odcs.yaml",
    )
    assert (own.key, own.domain) == (("n",), "quality")
    assert own.reads("a/b.dat")
    assert not own.reads("a/b.csv")


def test_the_version_is_the_file_unless_said(tmp_path: Path) -> None:
    one = parser(tmp_path, "def read(path):\n    yield {}\n")
    two = parser(tmp_path, "def read(path):\n    yield {'a': 1}\n")
    assert len(one.version) == 12
    assert one.version != two.version


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "mine.py has no function read(path): write one that yields dictionaries."),
        ("def read(path:\n", "mine.py cannot be loaded: SyntaxError: "),
        ("1 / 0\n", "mine.py cannot be loaded: ZeroDivisionError: division by zero."),
        ("TABLE = 'My Table'\ndef read(p):\n    yield {}\n", "TABLE of mine.py is 'My Table'"),
    ],
)
def test_a_file_that_is_no_parser(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(UnreadableFile) as error:
        parser(tmp_path, body)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_parser_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be read: check the path"):
        load_parser(tmp_path / "none.py")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "raise ValueError('strange\\nindeed')",
            "mine.py failed after record 2: ValueError: strange.",
        ),
        ("yield [1]", "mine.py gave a list as record 3: yield dictionaries."),
        ("{}['gone']", "mine.py failed after record 2: KeyError: 'gone'."),
    ],
)
def test_what_was_read_before_a_failure_is_kept(tmp_path: Path, line: str, said: str) -> None:
    own = parser(
        tmp_path, f"def read(path):\n    yield {{'a': 1}}\n    yield {{'a': 2}}\n    {line}\n"
    )
    own.kinds = {"a": "number"}
    reading = read(own, tmp_path)
    assert next(reading).rows.to_pylist() == [1, 2]
    with pytest.raises(UnreadableFile) as error:
        next(reading)
    assert str(error.value) == said


def test_a_parser_that_forgot_to_yield(tmp_path: Path) -> None:
    own = parser(tmp_path, "def read(path):\n    pass\n")
    with pytest.raises(UnreadableFile, match="failed after record 0"):
        next(read(own, tmp_path))


def test_the_systems_errors_are_not_the_files_fault(tmp_path: Path) -> None:
    own = parser(tmp_path, "def read(path):\n    open('none')\n    yield {}\n")
    with pytest.raises(FileNotFoundError):
        next(read(own, tmp_path))


@pytest.mark.parametrize("key", ["''", "'_source_hash'", "1", "'%'"])
def test_names_that_no_column_can_have(tmp_path: Path, key: str) -> None:
    own = parser(tmp_path, f"def read(path):\n    yield {{{key}: 1}}\n")
    with pytest.raises(UnreadableFile, match="names are text and begin with a letter"):
        next(read(own, tmp_path))


def test_two_names_that_become_one(tmp_path: Path) -> None:
    own = parser(tmp_path, "def read(path):\n    yield {'a b': 1, 'a_b': 2}\n")
    with pytest.raises(UnreadableFile, match="names two columns alike"):
        next(read(own, tmp_path))


def test_many_records_come_in_batches(tmp_path: Path) -> None:
    own = parser(
        tmp_path,
        f"def read(path):\n    for i in range({2 * ROWS + 5}):\n        yield {{'a': i}}\n",
    )
    own.kinds = {"a": "number"}
    parts = list(read(own, tmp_path))
    assert [len(part.rows) for part in parts] == [ROWS, ROWS, 5]
    assert parts[-1].rows.to_pylist()[-1] == 2 * ROWS + 5


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5, None], "number"),
        (["1", "-2.5e3", ""], "number"),
        (["0815", "0816"], "string"),
        (["nan"], "string"),
        ([1, "x"], "string"),
        ([True], "boolean"),
        ([datetime(2025, 1, 1)], "timestamp"),
        (["2025-01-01 10:00", "2025-01-01T10:00:00Z"], "timestamp"),
        ([date(2025, 1, 1)], "date"),
        ([None], "string"),
    ],
)
def test_types_are_told_from_values(tmp_path: Path, values: list[object], kind: str) -> None:
    own = parser(tmp_path, "def read(path):\n    yield {}\n")
    assert kinds_of(own, [{"a": value} for value in values]) == {"a": kind}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None), ("", ""), (1.5, "1.5"), (True, "true"), ({"ü": 1}, '{"ü": 1}'),
        (datetime(2025, 1, 1, tzinfo=UTC), "2025-01-01T00:00:00+00:00"),
    ],
)  # fmt: skip
def test_values_as_bronze_keeps_them(value: object, text: str | None) -> None:
    assert text_of(value) == text
