"""The header of an agent's answer, as a poll needs it."""

from __future__ import annotations

import json
from io import BytesIO

import pytest

from casparian.formats.mtconnect.header import Header, header
from casparian.reading.base import UnreadableFile
from tests.formats.samples import sample_folder

ATTRIBUTES = {
    "creationTime": "2026-01-08T10:30:00Z",
    "sender": "cell-4",
    "instanceId": "1767868200",
    "version": "2.3.0.12",
    "bufferSize": "131072",
    "nextSequence": "1042",
    "firstSequence": "1",
    "lastSequence": "1041",
}
WANTED = Header(
    "MTConnectStreams",
    1767868200,
    1,
    1041,
    1042,
    131072,
    "2.3.0.12",
    "2026-01-08T10:30:00Z",
    "cell-4",
)


def xml(root: str = "MTConnectStreams", prefix: str = "") -> bytes:
    """A document of a header alone."""
    written = " ".join(f'{name}="{value}"' for name, value in ATTRIBUTES.items())
    space = f'xmlns{prefix and ":"}{prefix[:-1]}="urn:x"'
    return f"<{prefix}{root} {space}><{prefix}Header {written}/></{prefix}{root}>".encode()


@pytest.mark.parametrize("prefix", ["", "m:"])
def test_header_of_xml_with_any_namespace(prefix: str) -> None:
    assert header(xml(prefix=prefix)) == WANTED
    assert header(BytesIO(xml(prefix=prefix))) == WANTED


def test_header_of_json() -> None:
    numbers = {name: int(value) if value.isdigit() else value for name, value in ATTRIBUTES.items()}
    document = {"MTConnectStreams": {"jsonVersion": 2, "Streams": {}, "Header": numbers}}
    assert header(json.dumps(document).encode()) == WANTED


@pytest.mark.parametrize("root", ["MTConnectDevices", "MTConnectAssets", "MTConnectError"])
def test_the_document_is_named(root: str) -> None:
    assert header(xml(root)).document == root


def test_what_a_header_does_not_say_is_none() -> None:
    found = header(b'<MTConnectError><Header instanceId="x" version="1.3"/></MTConnectError>')
    assert found == Header("MTConnectError", version="1.3")


def test_a_document_cut_off_after_its_header_has_one() -> None:
    assert header(xml()[:-10]) == WANTED


@pytest.mark.parametrize(
    "answer", [b"", b"{}", b"[1]", b"<html/>", b"<MTConnectStreams/>", b"\0\1", b"<a><Header/></a>"]
)
def test_anything_else_is_unreadable(answer: bytes) -> None:
    with pytest.raises(UnreadableFile):
        header(answer)


def test_header_of_a_real_agent() -> None:
    found = header((sample_folder("mtconnect_ladder99") / "current.xml").read_bytes())
    assert found.instance_id == 1622761005
    assert found.next_sequence == (found.last_sequence or 0) + 1
