"""JSON value by value: encodings, sequences of documents, damage, size, NaN."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import ijson
import pytest

from casparian.reading.base import UnreadableFile
from casparian.reading.json_stream import PARTS, Broken, events, items, paths


def found(text: str | bytes, *wanted: str, **options: Any) -> list[tuple[str, Any]]:
    data = text.encode() if isinstance(text, str) else text
    return list(items(io.BytesIO(data), *wanted, **options))


def values(text: str | bytes, *wanted: str, **options: Any) -> list[Any]:
    return [value for _, value in found(text, *wanted, **options)]


def until_broken(data: bytes, *wanted: str) -> tuple[list[Any], str]:
    """What came before the damage, and how it is said."""
    got: list[Any] = []
    with pytest.raises(UnreadableFile) as said:
        got.extend(value for _, value in items(io.BytesIO(data), *wanted))
    return got, str(said.value)


def test_the_parser_written_in_c_is_in_use() -> None:
    assert ijson.backend in ("yajl2_c", "yajl2_cffi")


def test_elements_and_members_come_whole_and_in_order() -> None:
    text = '{"a": 1, "Items": [{"v": [1, 2]}, {"v": null}], "z": {"b": "x"}}'
    assert found(text, "a", "Items.item", "z.b") == [
        ("a", 1),
        ("Items.item", {"v": [1, 2]}),
        ("Items.item", {"v": None}),
        ("z.b", "x"),
    ]


def test_the_same_as_ijson_finds() -> None:
    text = json.dumps({"a": [{"b": {"c": [1, 2.5, "x", None, True, {}, []]}}, [1]], "d": "é\n\\"})
    for path in ("a.item", "a.item.b.c.item", "d", "a.item.item", "", "a"):
        wanted = list(ijson.items(text.encode(), path, use_float=True))
        assert values(text, path) == wanted, path


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_encodings(codec: str) -> None:
    text = '{"Items": [{"Name": "Kühlung °C", "more": "' + "x" * 100 + '"}]}'
    assert values(text.encode(codec), "Items.item.Name") == ["Kühlung °C"]


@pytest.mark.parametrize("between", ["", "\n", "\r\n\r\n", " ", "\x1e"])
def test_documents_that_follow_one_another(between: str) -> None:
    text = between.join(['{"a": 1}', '{"a": 2}', '{"a": 3}'])
    assert values(text, "a") == [1, 2, 3]
    assert values(text, "") == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_nan_and_infinity_without_quotes_are_numbers() -> None:
    got = values('[NaN, Infinity, -Infinity, "NaN"]', "item")
    assert [str(value) for value in got] == ["nan", "inf", "-inf", "NaN"]
    assert paths(b'{"v": NaN, "b": [-Infinity], "c": 1}') == {"v", "b.item", "c"}


def test_large_integers_stay_exact() -> None:
    assert values("[9223372036854775807, 18446744073709551615]", "item") == [2**63 - 1, 2**64 - 1]


def test_half_a_surrogate_becomes_a_character_that_text_can_hold() -> None:
    assert values(r'[{"a": "x\ud800"}, "\ud83d\ude00"]', "item") == [{"a": "x\ufffd"}, "😀"]


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ('[{"a": 1}, {"a": 2', [{"a": 1}]),
        ('[{"a": 1}, {"a": "2', [{"a": 1}]),
        ('[{"a": 1}, {"a" 2}]', [{"a": 1}]),
        ('[{"a": 1} {"a": 2}]', [{"a": 1}]),
        ('[{"a": 1},', [{"a": 1}]),
        ('[{"a": 1}}', [{"a": 1}]),
        ('[{"a": 1}]]', [{"a": 1}]),
        ("[1, tru", [1]),
        ("[1, 2, x]", [1, 2]),
        ("[1" + "0" * 5000 + "]", []),
    ],
)
def test_damage_keeps_what_came_before(text: str, before: list[Any]) -> None:
    got, said = until_broken(text.encode(), "item")
    assert got == before
    assert said.startswith("The JSON ends early or is damaged: ")
    assert said.endswith(".")


def test_text_that_does_not_decode() -> None:
    data = b'[{"a": 1}, {"b": "' + b"x" * (2 << 20) + b'\xff"}]'
    assert "damaged" in until_broken(data, "item")[1]


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 100_000, b'{"Items":[' * 50_000])
@pytest.mark.parametrize("path", ["item", "", "a.a.a", "Items.item"])
def test_depth_is_bounded(data: bytes, path: str) -> None:
    until_broken(data, path)


def test_what_is_not_wanted_may_be_deep_and_wrong_only_so_far() -> None:
    assert values('{"x": ' + "[" * 150 + "]" * 150 + ', "a": 1}', "a") == [1]


def test_a_value_that_is_too_large_is_refused() -> None:
    data = b'[1, "' + b"x" * (9 << 20) + b'"]'
    assert until_broken(data, "item") == ([1], "One JSON value holds more than 8 MB of text.")


def test_large_values_come_in_parts_and_small_ones_whole() -> None:
    many = ", ".join(f'{{"v": {n}}}' for n in range(200_000))
    text = (
        f'{{"Items": [{{"Items": [{{"v": 1}}], "Name": "a"}}, {{"Items": [{many}], "Name": "b"}}]}}'
    )
    got = found(text, "Items.item.Name", "Items.item.Items.item", large=("Items.item",))
    assert got[:2] == [
        ("Items.item", {"Items": [{"v": 1}], "Name": "a"}),
        ("Items.item", PARTS),
    ]
    assert got[2] == ("Items.item.Items.item", {"v": 0})
    assert got[-1] == ("Items.item.Name", "b")
    assert len(got) == 200_003


def test_a_broken_line_among_lines_is_passed_over_when_asked() -> None:
    text = '{"a": 1}\n{"a": 2\n{"a": 3}\nnonsense\n{"a": 4}\n'
    first, broken, third, other, last = values(text, "", lines=True)
    assert (first, third, last) == ({"a": 1}, {"a": 3}, {"a": 4})
    assert isinstance(broken, Broken)
    assert (broken.text, other.text) == ('{"a": 2', "nonsense")
    assert until_broken(text.encode(), "")[0] == [{"a": 1}]


def test_a_document_over_many_lines_is_not_taken_for_lines() -> None:
    text = '{"a": [\n{"b": 1},\n{"b": 2,,},\n{"b": 3}\n]}'
    with pytest.raises(UnreadableFile):
        values(text, "", lines=True)


def test_memory_is_bounded_by_the_value_and_not_by_the_file() -> None:
    element = b'{"Timestamp": "2025-10-25T00:00:00Z", "Value": 1.5}'
    many = b", ".join([element] * 200_000)
    stream = io.BytesIO(b'{"skipped": [' + many + b'], "Items": [' + many + b"]}")
    tracemalloc.start()
    try:
        count = sum(1 for _ in items(stream, "Items.item"))
        assert count == 200_000
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
    finally:
        tracemalloc.stop()


def test_events_and_paths() -> None:
    got = list(events(io.BytesIO(b'{"a": [1]}')))
    assert got[2] == ("a", "start_array", None)
    assert paths(b'{"a": [1, {"b": "x"}], "c": nul') == {"a.item", "a.item.b"}
