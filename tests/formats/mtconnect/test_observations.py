"""The fast road and the XML parser give the same observations, however a document is cut."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from casparian.formats.mtconnect.plain import is_plain
from casparian.formats.mtconnect.regular import read_block
from tests.formats.mtconnect.documents import document, rows_of, sample

TEXTS = (
    "",
    "1.5",
    " 2 ",
    "a > b",
    'say "x" y="z"',
    "a &amp; b",
    "&#65;",
    "]] >",
    "é €",
    "1 2 3",
    "\n7\n",
)
TEXTS += (
    "<![CDATA[x < y]]>",
    "<!-- no -->3",
    "1<!-- < Position a -->2",
    "<?pi x?>4",
    "-->",
    "\r\n5\r",
)
TEXTS += ('<Entry key="a">1</Entry><Entry key="b" removed="true"/>',)
TEXTS += ('<Entry key="t"><Cell key="c">1</Cell></Entry>',)
BETWEEN = ("", "\n  ", "\r\n", "\t", "<!-- note -->", "<!-- <Position x --> ", " ", "<?style?>")
VALUES = ("a", "A&lt;b", "x > y", "it's", "two  words", "line\nbreak", "tab\tbed", "ä", "")


@st.composite
def observations(draw: st.DrawFn) -> str:
    """One observation in any of the ways that XML allows."""
    name = draw(st.sampled_from(("Position", "m:Load", "x:Müll", "Path-Feed.2", "Entry")))
    attributes = {"dataItemId": "i", "sequence": "5", "timestamp": "t"}
    for extra in draw(
        st.lists(st.sampled_from(("name", "subType", "xmlns:x", "odd")), unique=True)
    ):
        attributes[extra] = draw(st.sampled_from(VALUES))
    if draw(st.integers(0, 9)) == 0:
        attributes.pop(draw(st.sampled_from(sorted(attributes))))
    order = draw(st.permutations(sorted(attributes)))
    gap, quote = draw(st.sampled_from((" ", "  ", "\n", "\t"))), draw(st.sampled_from('""""\''))
    written = gap.join(f"{key}={quote}{attributes[key].replace(quote, '')}{quote}" for key in order)
    text = draw(st.sampled_from(TEXTS))
    if not text and draw(st.booleans()):
        return f"<{name} {written}/>"
    return f"<{name} {written}{draw(st.sampled_from(('', ' ')))}>{text}</{name}>"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(observations(), st.sampled_from(BETWEEN)), max_size=12),
    st.integers(1, 700),
    st.integers(0, 300),
)
@example([(sample(1), "\n"), (sample(2, "<!-- "), "")], 64, 0)
def test_same_rows_by_both_roads_and_any_cut(
    parts: list[tuple[str, str]], size: int, lost: int
) -> None:
    inside = "".join(observation + between for observation, between in parts)
    text = document(samples=inside, events=inside)
    cut = len(text) - lost if lost > 150 else len(text)
    fast = rows_of(text[:cut].encode(), size)
    parsed = rows_of(text[:cut].encode("utf-16"), 1 << 20)  # UTF-16 goes to the parser alone
    assert fast == parsed


def test_plain_observations_take_the_fast_road() -> None:
    block = "".join(sample(i) + "\n" for i in range(100)).encode()
    assert is_plain(block)
    found = read_block(block)
    assert found is not None
    assert [run.rows for run in found.runs] == [100]


@pytest.mark.parametrize(
    "block", [b"<a><!-- open", b"<a>\x01</a>", b"<a>\xff</a>", b"<a>]]></a>", b"<![CDATA[ <a> ]]>"]
)
def test_what_splitting_could_misread_is_not_plain(block: bytes) -> None:
    assert not is_plain(block)


def test_numbers_run_in_document_order_over_both_roads() -> None:
    mixed = "".join(sample(i, "a &amp; b" if i % 3 else "1") for i in range(1, 40))
    rows = rows_of(document(samples=mixed).encode())
    assert [row["number"] for row in rows] == list(range(1, 40))
    assert [row["@sequence"] for row in rows] == [str(i) for i in range(1, 40)]


def test_truncated_document_keeps_every_complete_observation() -> None:
    text = document(samples=sample(1) + sample(2) + sample(3))
    rows = rows_of(text[: text.index('sequence="3"')].encode())
    assert [row.get("@sequence") for row in rows] == ["1", "2", None]
    assert rows[-1] == {"broke": "unclosed token after observation 2"}


def test_utf16_that_says_it_were_utf8_is_read() -> None:
    text = document(samples=sample(1)).replace('"1.0"?', '"1.0" encoding="UTF-8"?')
    assert [row["@sequence"] for row in rows_of(text.encode("utf-16"))] == ["1"]


def test_mismatched_tag_ends_the_reading_there() -> None:
    rows = rows_of(document(samples=sample(1) + "</Events>" + sample(2)).encode())
    assert [row.get("number") for row in rows] == [1, None]
    assert rows[-1] == {"broke": "mismatched tag after observation 1"}


def test_an_observation_in_a_comment_is_none() -> None:
    rows = rows_of(document(samples=f"<!-- {sample(1)} -->{sample(2)}").encode(), 16)
    assert [row["@sequence"] for row in rows] == ["2"]
