"""XML of machines that write no UTF-8, and of programs that say other than they do."""

from __future__ import annotations

import codecs
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casparian.reading.base import UnreadableFile
from casparian.reading.xml_encoding import parsable
from casparian.reading.xml_stream import elements, text_of


def document(encoding: str, text: str, codec: str | None = None) -> bytes:
    said = f'<?xml version="1.0" encoding="{encoding}"?>\r\n<a><b>{text}</b></a>'
    return said.encode(codec or encoding)


def first(data: bytes) -> str | None:
    ((_, element),) = elements(io.BytesIO(data), {"b"})
    return text_of(element)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("GB2312", "冷却液低"),
        ("gbk", "鎔接"),
        ("GB18030", "㐀 €"),
        ("Big5", "溫度"),
        ("Shift_JIS", "主軸ソ表"),
        ("EUC-JP", "切削油"),
        ("EUC-KR", "온도"),
        ("UTF8", "Kühlmittel"),
        ("UTF-8", "Kühlmittel"),
        ("windows-1252", "Kühlmittel €"),
        ("ISO-8859-1", "Kühlmittel"),
        ("UTF-16", "Kühlmittel 冷"),
    ],
)
def test_text_is_read_in_what_its_declaration_names(encoding: str, text: str) -> None:
    assert first(document(encoding, text)) == text


@pytest.mark.parametrize("encoding", ["utf-16", "UTF-16LE", "utf_8"])
def test_a_declaration_that_can_be_read_is_in_no_utf_16(encoding: str) -> None:
    assert first(document(encoding, "Kühlmittel", "utf-8")) == "Kühlmittel"


def test_the_first_bytes_hold_against_the_declaration() -> None:
    data = codecs.BOM_UTF8 + document("gb2312", "Kühlmittel", "utf-8")
    assert first(data) == "Kühlmittel"


def test_windows_says_more_than_its_standards() -> None:
    """Machines name the standard and write what their Windows has."""
    assert first(document("Shift_JIS", "①", "cp932")) == "①"
    assert first(document("GB2312", "镕", "gbk")) == "镕"


def test_what_no_character_is_shows_where_it_stands() -> None:
    broken = document("GB2312", "冷", "gb2312").replace("冷".encode("gb2312"), b"\xff\xff")
    with pytest.raises(UnreadableFile, match="not well-formed"):
        first(broken)


def test_an_encoding_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="unknown encoding"):
        first(document("x-own", "a", "ascii"))


def test_entities_are_refused_in_any_encoding() -> None:
    text = '<?xml version="1.0" encoding="GB2312"?><!DOCTYPE a [<!ENTITY e "1">]><a><b>&e;</b></a>'
    with pytest.raises(UnreadableFile, match="entities"):
        first(text.encode("gb2312"))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["gb2312", "Shift_JIS", "Big5", "EUC-KR", "UTF8", "utf-16", "ascii", "hex"]),
    st.binary(max_size=120),
    st.integers(1, 50),
)
def test_any_bytes_come_to_an_end(encoding: str, rest: bytes, size: int) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + rest
    stream = parsable(io.BytesIO(data))
    for _ in range(len(data) + 1):
        stream.read(size)
    assert stream.read(size) == b""


@given(st.text("冷却液低ソ表<>&a ", max_size=600), st.integers(1, 700))
def test_pieces_of_any_size_are_the_whole(text: str, size: int) -> None:
    data = document("Shift_JIS", text, "gb18030").replace(b"Shift_JIS", b"GB18030")
    stream, read = parsable(io.BytesIO(data)), b""
    while chunk := stream.read(size):
        read += chunk
    assert read.decode() == data.decode("gb18030").replace("GB18030", "UTF-8")
    assert parsable(io.BytesIO(data)).read() == read
