"""Archives of many documents: dumps of a long poll, files put one behind the other."""

from __future__ import annotations

import gzip
import io
from io import BytesIO
from pathlib import Path

import pytest

from casparian.formats import Peek
from casparian.formats.mtconnect import FORMAT
from casparian.formats.mtconnect.archive import Junk
from casparian.formats.mtconnect.documents import documents
from casparian.reading.base import Batch, Damage
from tests.formats.golden import read
from tests.formats.mtconnect.documents import document, sample

FIRST = document(samples=sample(1) + sample(2))
SECOND = document(samples=sample(3))
PROBE = (Path(__file__).parent / "devices.xml").read_text()
PART = "--d4f9\r\nContent-type: text/xml\r\nContent-length: 123\r\n\r\n"


def split(data: bytes) -> list[bytes | str]:
    """The documents of a file, read a few bytes at a time; junk as text."""
    found: list[bytes | str] = []
    for each in documents(BytesIO(data)):
        if isinstance(each, Junk):
            found.append(each.text)
        else:
            found.append(b"".join(iter(lambda each=each: each.read(97), b"")))
    return found


@pytest.mark.parametrize("between", ["", "\n", "\r\n\r\n", "<!-- next -->\n", f"\r\n{PART}"])
def test_documents_one_behind_the_other(between: str) -> None:
    bare = SECOND.partition("?>")[2]
    parts = [FIRST, SECOND, bare, PROBE.strip()]
    data = between.join(parts)
    assert split(data.encode()) == [part.encode() for part in parts]


def test_a_dump_of_a_long_poll_is_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "poll.txt"
    answer = "HTTP/1.1 200 OK\r\nServer: MTConnectAgent\r\n\r\n"
    path.write_bytes(f"{answer}{PART}{FIRST}\r\n{PART}{SECOND}\r\n--d4f9--\r\n".encode())
    assert FORMAT.sniff(Peek.of(path)).confidence == 0.95
    parts = [part for part in read(FORMAT, path) if isinstance(part, Batch) and not part.derived]
    assert [row for part in parts for row in part.rows.to_pylist()] == [1, 2, 3]
    assert [row["sequence"] for part in parts for row in part.fields.to_pylist()] == ["1", "2", "3"]


def test_one_file_may_hold_documents_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "all.xml"
    path.write_text(PROBE + FIRST + SECOND)
    parts = [part for part in read(FORMAT, path) if isinstance(part, Batch) and not part.derived]
    rows = sorted(row for part in parts for row in part.rows.to_pylist())
    assert rows == list(range(1, 14 + 3 + 1))


@pytest.mark.parametrize(("encoding", "codec"), [("UTF8", "utf-8"), ("GB2312", "gb2312")])
def test_encodings_that_expat_does_not_know(encoding: str, codec: str, tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    event = '<Message dataItemId="m" sequence="{}" timestamp="2026-01-08T10:30:00Z">{}</Message>'
    texts = ["冷却液低", "主轴"]
    parts = [document(events=event.format(at, text)) for at, text in enumerate(texts)]
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    text = "\n".join(parts).replace('<?xml version="1.0"?>', declared)
    path.write_bytes(text.encode(codec))
    found = [part for part in read(FORMAT, path) if isinstance(part, Batch) and not part.derived]
    assert [row["value"] for part in found for row in part.fields.to_pylist()] == texts


def test_a_document_that_ends_early_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_text(FIRST[: FIRST.index('sequence="2"')] + SECOND)
    parts = read(FORMAT, path)
    rows = [part.rows.to_pylist() for part in parts if isinstance(part, Batch) and not part.derived]
    (damage,) = [part for part in parts if isinstance(part, Damage)]
    assert rows == [[1], [3]]
    assert (damage.rule, damage.row) == ("damaged_file", 2)


def test_text_between_documents_is_one_record(tmp_path: Path) -> None:
    path = tmp_path / "junk.xml"
    path.write_text(f"{FIRST}\nconnection reset, trying again\n{SECOND}\ntail")
    found = [part for part in read(FORMAT, path) if isinstance(part, Damage)]
    assert [(part.row, part.raw, part.rule) for part in found] == [
        (3, "connection reset, trying again", "damaged_record"),
        (5, "tail", "damaged_record"),
    ]


def test_a_later_document_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "dtd.xml"
    evil = PROBE.replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1)
    path.write_text(FIRST + evil + SECOND)
    (damage,) = [part for part in read(FORMAT, path) if isinstance(part, Damage)]
    assert (damage.table, damage.rule, damage.row) == ("mtc_data_items", "damaged_file", 3)
    assert "declares entities" in damage.detail


def test_a_long_gap_is_junk_once_and_the_next_document_is_found() -> None:
    noise = "noise! " * 100_000
    first, junk, second = split((FIRST + noise + SECOND).encode())
    assert (first, second) == (FIRST.encode(), SECOND.encode())
    assert isinstance(junk, str)
    assert junk.startswith("noise!")


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"<x/>", FIRST.encode("utf-16")])
def test_a_file_without_a_root_that_is_known_is_one_document(data: bytes) -> None:
    assert b"".join(split(data)) == data  # type: ignore[arg-type]


def test_a_root_in_a_root_begins_another_document() -> None:
    """Found by fuzzing: the second root had no declaration of its own, and reading stood still."""
    inner = '<MTConnectError xmlns="urn:x"><Header/></MTConnectError>'
    text = f'<?xml version="1.0"?>\n<MTConnectError xmlns="urn:x">{inner}'
    assert len(split(text.encode())) == 2


def test_empty_texts_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text(
        '<MTConnectAssets><Header creationTime="" instanceId=""/><Assets>'
        '<File assetId="F" timestamp="" hash=""/></Assets></MTConnectAssets>'
    )
    (batch,) = read(FORMAT, path)
    assert isinstance(batch, Batch)
    (row,) = batch.fields.to_pylist()
    assert (row["asset_id"], row["timestamp"], row["hash"]) == ("F", None, None)


def test_a_packed_archive_is_read_front_to_back(tmp_path: Path) -> None:
    path = tmp_path / "polls.xml.gz"
    path.write_bytes(gzip.compress((FIRST + SECOND).encode()))
    parts = [part for part in read(FORMAT, path) if isinstance(part, Batch) and not part.derived]
    assert [row for part in parts for row in part.rows.to_pylist()] == [1, 2, 3]


class NoWayBack(io.RawIOBase):
    """A stream that gives a few bytes at a time and cannot be sought."""

    def __init__(self, data: bytes):
        self._data = data

    def read(self, size: int = -1, /) -> bytes:
        taken, self._data = self._data[:113], self._data[113:]
        return taken


def test_no_step_back_and_short_reads() -> None:
    data = "\n".join([FIRST, PROBE, SECOND]).encode()
    found = [each.read() for each in documents(NoWayBack(data)) if not isinstance(each, Junk)]  # type: ignore[arg-type]
    assert len(found) == 3
