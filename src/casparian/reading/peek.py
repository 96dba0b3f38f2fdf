"""What may be known of a file before it is read: its name, its first bytes and, when a format asks,
the header of its table, its root element, the paths in its JSON or the tops of its sheets.

Each answer is worked out once, however many formats ask.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from casparian.reading.base import UnreadableFile
from casparian.reading.json_stream import paths
from casparian.reading.text import HEAD_BYTES, Table, decode_head, read_table_head
from casparian.reading.workbook import SheetTop, is_workbook, sheet_tops

_BINARY = (  # what begins so is no text, even where its bytes would pass for some
    b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x7fELF",
)  # fmt: skip
_PROLOG = re.compile(
    r"﻿?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>\s*)*", re.DOTALL
)
_ROOT = re.compile(r"<(?:([\w.-]+):)?([\w.-]+)((?:\s[^<>]*)?)/?>", re.DOTALL)
_NAMESPACE = re.compile(r"""\bxmlns(?::([\w.-]+))?\s*=\s*["']([^"']*)["']""")


@dataclass(frozen=True)
class Root:
    """The root element of an XML file: local name, namespace ("" for none), whole start tag."""

    name: str
    namespace: str
    tag: str


@dataclass(frozen=True)
class Peek:
    """One file as a format may look at it. No attribute raises.

    head: the first HEAD_BYTES. open: the whole file, for what is packed out of sight; None where
        only the head is at hand.
    """

    name: str
    head: bytes
    open: Callable[[], BinaryIO] | None = None

    @classmethod
    def of(cls, path: Path) -> Peek:
        """A file on this machine. Raises OSError as it comes."""
        with path.open("rb") as stream:
            return cls(path.name, stream.read(HEAD_BYTES), lambda: path.open("rb"))

    @property
    def filename(self) -> str:
        """The name without its folders, in lower case."""
        return re.split(r"[/\\]", self.name)[-1].lower()

    @cached_property
    def text(self) -> str:
        """The head decoded; empty for binary data."""
        if self.head.startswith(_BINARY):
            return ""
        try:
            return decode_head(self.head)
        except UnreadableFile:
            return ""

    @cached_property
    def table(self) -> Table | None:
        """Header and first records of delimited text, None for all else."""
        if self.root or self.json_paths:
            return None
        try:
            return read_table_head(self.head)
        except UnreadableFile:
            return None

    @cached_property
    def root(self) -> Root | None:
        """The root element, None for what is no XML."""
        before = _PROLOG.match(self.text)
        found = _ROOT.match(self.text, before.end() if before else 0)
        if found is None:
            return None
        spaces = {prefix or "": uri for prefix, uri in _NAMESPACE.findall(found[3])}
        return Root(found[2], spaces.get(found[1] or "", ""), found[0])

    @cached_property
    def json_paths(self) -> frozenset[str]:
        """Paths to the values in the head's JSON as `Items.item.Value`; empty for what is none."""
        if self.text.lstrip("﻿ \t\r\n")[:1] not in ("{", "["):
            return frozenset()
        return paths(self.text.encode())

    @cached_property
    def sheets(self) -> tuple[SheetTop, ...]:
        """The first rows of each sheet of a workbook; empty for what is none or is damaged."""
        if not is_workbook(self.head):
            return ()
        try:
            with self.open() if self.open else io.BytesIO(self.head) as stream:
                return sheet_tops(stream)
        except (UnreadableFile, OSError):
            return ()
