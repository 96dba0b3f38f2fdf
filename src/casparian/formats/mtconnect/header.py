"""The header of an agent's answer: which run of the agent, and which sequences it holds.

Source: MTConnect Standard Part 1.0, Header of MTConnectStreams, MTConnectDevices, MTConnectAssets
and MTConnectError; cppagent's JSON of the same.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from casparian.reading import json_stream
from casparian.reading.base import UnreadableFile
from casparian.reading.xml_stream import elements, local

DOCUMENTS = ("MTConnectStreams", "MTConnectDevices", "MTConnectAssets", "MTConnectError")
_PATHS = tuple(f"{name}.Header" for name in (*DOCUMENTS, "MTConnectErrors"))
HEAD = 4096
MOST_JSON = 64 << 20  # bytes of a JSON answer among which its header must stand


@dataclass(frozen=True)
class Header:
    """What an agent says of its answer. Numbers are None where the header does not tell them.

    document: local name of the root element, one of DOCUMENTS. instance_id: the agent's run.
    first_sequence, last_sequence: what its buffer holds. next_sequence: from where to ask on.
    buffer_size: observations that the agent keeps. version: of the agent, as written.
    creation_time: when it answered, as written.
    """

    document: str
    instance_id: int | None = None
    first_sequence: int | None = None
    last_sequence: int | None = None
    next_sequence: int | None = None
    buffer_size: int | None = None
    version: str | None = None
    creation_time: str | None = None
    sender: str | None = None


def header(answer: BinaryIO | bytes) -> Header:
    """The header of one XML or JSON document, which is read only as far as needed.

    Raises UnreadableFile for what is no MTConnect document, or none with a header.
    """
    stream = io.BytesIO(answer) if isinstance(answer, bytes) else answer
    head = stream.read(HEAD)
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _from_xml(cast("BinaryIO", _Again(head, stream)))
    if not isinstance(stream, io.BytesIO):
        stream = io.BytesIO(head + stream.read(MOST_JSON))  # its encoding is told by going back
    stream.seek(0)
    return _from_json(stream)


class _Again(io.RawIOBase):
    """A stream with its first bytes put back: an answer from a socket cannot be sought."""

    def __init__(self, head: bytes, rest: BinaryIO):
        self._head, self._rest = head, rest

    def read(self, size: int = -1, /) -> bytes:
        head, self._head = self._head, b""
        return head or self._rest.read(size)


def _from_xml(stream: BinaryIO) -> Header:
    for ancestors, element in elements(stream, {"Header"}, DOCUMENTS):
        name = local(ancestors[0].tag) if ancestors else local(element.tag)
        if name not in DOCUMENTS:
            break
        if ancestors:
            return made(name, element.attrib)
    raise UnreadableFile("This is no MTConnect document: it has no Header.")


def _from_json(stream: BinaryIO) -> Header:
    for path, value in json_stream.items(stream, *_PATHS):
        if isinstance(value, dict):
            name = path.partition(".")[0]
            return made("MTConnectError" if name == "MTConnectErrors" else name, value)
    raise UnreadableFile("This is no MTConnect document: it has no Header.")


def made(document: str, attributes: Mapping[str, Any]) -> Header:
    """The header from its attributes."""
    get = attributes.get
    return Header(
        document,
        instance_id=_whole(get("instanceId")),
        first_sequence=_whole(get("firstSequence")),
        last_sequence=_whole(get("lastSequence")),
        next_sequence=_whole(get("nextSequence")),
        buffer_size=_whole(get("bufferSize")),
        version=_text(get("version")),
        creation_time=_text(get("creationTime")),
        sender=_text(get("sender")),
    )


def _whole(value: Any) -> int | None:
    """Digits as a number; None for anything else (longer ones are no sequence)."""
    text = str(value).strip() if value is not None else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 20 else None


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)
