"""XML element by element: which come, in which order, and what no file may do to us."""

from __future__ import annotations

import io
import resource
from xml.etree.ElementTree import Element, tostring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casparian.reading.base import UnreadableFile
from casparian.reading.xml_stream import (
    LONGEST,
    child,
    child_text,
    children,
    elements,
    local,
    namespace,
    text_of,
)

PLANT = """<p:Plant xmlns:p="urn:a" xmlns:q="urn:b"><p:Line name="1"><q:Part n="1"><q:Part
 n="inner"/><p:Size unit="mm"> 2.5 </p:Size></q:Part>between<p:Part n="2"/></p:Line><p:Line
 name="2"><p:Part n="3">three<p:Size/></p:Part></p:Line><Other><One/><Two/></Other></p:Plant>"""


def found(text: str | bytes, *wanted: str, **more: tuple[str, ...]) -> list[tuple[str, str]]:
    """(path of ancestors, element) of what comes."""
    data = text.encode() if isinstance(text, str) else text
    return [
        ("/".join(local(each.tag) for each in above), _shown(element))
        for above, element in elements(io.BytesIO(data), wanted, **more)
    ]


def _shown(element: Element) -> str:
    return f"{local(element.tag)}{element.get('n') or element.get('name') or ''}"


def test_wanted_elements_come_whole_with_their_ancestors() -> None:
    line = "Plant/Line"
    assert found(PLANT, "Part") == [(line, "Part1"), (line, "Part2"), (line, "Part3")]


def test_starts_come_before_what_they_hold() -> None:
    shown = [name for _, name in found(PLANT, "Part", starts=("Line", "Plant"))]
    assert shown == ["Plant", "Line1", "Part1", "Part2", "Line2", "Part3"]


def test_within_takes_every_child() -> None:
    assert found(PLANT, within=("Other",)) == [("Plant/Other", "One"), ("Plant/Other", "Two")]
    assert found(PLANT, "Size", within=("Line",))[0] == ("Plant/Line", "Part1")


def test_parts_of_an_element_by_local_name() -> None:
    part = next(element for _, element in elements(io.BytesIO(PLANT.encode()), {"Part"}))
    assert namespace(part.tag) == "urn:b"
    assert child_text(part, "Size") == "2.5"
    assert child_text(part, "Size", "None") is None
    assert text_of(child(part, "Part")) is None
    assert len(children(part, "Part")) == 1
    assert b"2.5" in tostring(part)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", 'encoding="UTF-16"'),
        ("utf-16", ""),
        ("latin-1", 'encoding="ISO-8859-1"'),
        ("cp1252", 'encoding="windows-1252"'),
        ("iso8859-15", 'encoding="ISO-8859-15"'),
        ("cp437", 'encoding="cp437"'),
    ],
)
def test_encodings(encoding: str, declared: str) -> None:
    text = f'<?xml version="1.0" {declared}?><a><b n="Größe é"/></a>'
    assert found(text.encode(encoding), "b") == [("a", "bGröße é")]


LAUGHS = '<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;&l;">]><a><b>&m;</b></a>'
EXTERNAL = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a><b>&e;</b></a>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]><a><b/></a>'
HIDDEN = f"<?pi <a> ?><!-- <a> {'x' * 200_000} --><!DOCTYPE a [<!-- <a --><!ENTITY l 'ha'>]><a/>"


@pytest.mark.parametrize("text", [LAUGHS, EXTERNAL, PARAMETER, HIDDEN])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_declared_entities_are_refused(text: str, encoding: str) -> None:
    with pytest.raises(UnreadableFile, match="declares entities"):
        found(text.encode(encoding), "b")


def test_a_dtd_outside_is_not_fetched() -> None:
    assert found('<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a><b/></a>', "b") == [("a", "b")]


def test_the_word_entity_in_a_comment_or_text_is_none() -> None:
    text = "<!-- <!ENTITY --><a><b n='&lt;!ENTITY'/><!-- <!ENTITY x 'y'> --></a>"
    assert found(text, "b") == [("a", "b<!ENTITY")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 999,
        b"<",
        b"<a",
        b"<a><b></a>",
        b"<a><b/></a>junk",
        b"<a><b/></a><a/>",
        b"<a>\xff</a>",
        b"<a>&x;</a>",
        b'<a b="1" b="2"/>',
        b'<?xml version="1.0" encoding="x-unknown"?><a/>',
        b'<?xml version="1.0" encoding="iso-2022-jp"?><a>\x1b$BF|\x1b(B</a>',
        b"<a xmlns:x=''><x:b/></a>",
        b"<!--" + b"x" * (LONGEST + 10),
    ],
    ids=range(14),
)
def test_what_is_no_xml_says_so_in_a_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableFile) as error:
        found(data, "c")
    assert str(error.value).startswith("The XML")
    assert str(error.value).endswith(".")


def test_what_stands_before_the_damage_has_come() -> None:
    come = []
    with pytest.raises(UnreadableFile, match="ends early or is damaged"):
        for _, element in elements(io.BytesIO(PLANT.encode()[:-30]), {"Part"}):
            come.append(element.get("n"))
    assert come == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"<a>" * 200_000, "nested deeper than 500 levels"),
        (b"<a><b>" + b"<c/>" * 600_000, "holds more than 500,000 others"),
        (b'<a><b c="' + b"x" * (LONGEST + (1 << 20)) + b'"/></a>', "One tag or text"),
        (b"<a><b>" + b"x" * (LONGEST + (1 << 20)) + b"</b></a>", "One tag or text"),
        (b"<a><b>" + b"<c>" * 3 + (b"<d>%s</d>" % (b"x" * (4 << 20))) * 20, "or 64 MiB"),
    ],
    ids=["deep", "wide", "attribute", "text", "large"],
)
def test_no_file_takes_more_memory_than_a_record_may(data: bytes, sentence: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnreadableFile, match=sentence):
        found(data, "b")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 << 10


def test_more_records_than_memory_holds_pass_through() -> None:
    class Rows(io.RawIOBase):
        """A document that is never in memory."""

        left = 102

        def read(self, size: int = -1, /) -> bytes:
            self.left -= 1
            if self.left == 101:
                return b"<a>"
            return (
                b"<b n='1'><c>1</c></b>" * 3000 if self.left > 0 else b"" if self.left else b"</a>"
            )

    assert sum(1 for _ in elements(Rows(), {"b"})) == 100 * 3000  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["<a>", "</a>", "<b/>", "x", "<!--", "-->", "<?", "&", "]]>", "é"]))
)
def test_any_text_is_read_or_refused(parts: list[str]) -> None:
    try:
        found("<r>" + "".join(parts) + "</r>", "b", starts=("a",), within=("a",))
    except UnreadableFile as error:
        assert str(error).endswith(".")
