"""XML of no format: what repeats is the record."""

from __future__ import annotations

import io

import pytest

from casparian.reading.base import UnreadableFile
from casparian.reading.block import Block
from casparian.reading.table_xml import blocks, find


def read(text: str, record: str | None = None) -> list[dict[str, str | None]]:
    stream = io.BytesIO(text.encode())
    name = record or find(stream).name
    found = [part for part in blocks(stream, name) if isinstance(part, Block)]
    return [row for part in found for row in part.columns.to_pylist()]


def test_attributes_and_texts_are_columns() -> None:
    text = "<Log><E t='1' v='2'/><E t='2'><v>3</v></E></Log>"
    assert read(text) == [{"t": "1", "v": "2"}, {"t": "2", "v": "3"}]


def test_what_stands_around_goes_to_each_record() -> None:
    text = "<A><Run id='7'><R n='1' id='a'/><R n='2' id='b'/></Run></A>"
    assert read(text) == [
        {"n": "1", "id": "a", "Run.id": "7"}, {"n": "2", "id": "b", "Run.id": "7"},
    ]  # fmt: skip


def test_a_list_in_a_record_is_json() -> None:
    text = "<A><R n='1'><x>1</x><x>2</x></R><R n='2'><x>3</x></R></A>"
    assert read(text, "A/R")[0] == {"n": "1", "x": '["1", "2"]'}


def test_the_record_is_the_element_with_the_values_not_its_parts() -> None:
    rows = "".join(
        f"<Row><Cell k='a'>{n}</Cell><Time>2025</Time><Who><Name>x</Name></Who></Row>"
        for n in range(20)
    )
    assert find(io.BytesIO(f"<T><Head><a>1</a></Head>{rows}</T>".encode())).name == "T/Row"


def test_same_names_elsewhere_are_other_elements() -> None:
    text = "<A><Old><R n='0' m='0'/></Old><New><R n='1' m='1'/><R n='2' m='2'/></New></A>"
    assert [row["n"] for row in read(text)] == ["1", "2"]


def test_what_came_before_damage_is_kept() -> None:
    parts = blocks(io.BytesIO(b"<A><R n='1' m='2'/><R n='2' m='2'/><R n="), "A/R")
    first = next(parts)
    assert isinstance(first, Block) and first.columns.num_rows == 2
    with pytest.raises(UnreadableFile, match="ends early"):
        next(parts)


@pytest.mark.parametrize("text", ["<a/>", "<a><b/><b/></a>", "<a><b>1</b><b>2</b></a>"])
def test_nothing_that_repeats(text: str) -> None:
    with pytest.raises(UnreadableFile, match="Nothing repeats"):
        find(io.BytesIO(text.encode()))


def test_records_in_an_encoding_of_chinese_machines() -> None:
    text = "<?xml version='1.0' encoding='GB2312'?><A><R 值='1' u='度'/><R 值='2' u='度'/></A>"
    stream = io.BytesIO(text.encode("gb2312"))
    found = [part for part in blocks(stream, find(stream).name) if isinstance(part, Block)]
    assert found[0].columns.to_pylist() == [{"值": "1", "u": "度"}, {"值": "2", "u": "度"}]
