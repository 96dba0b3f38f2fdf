"""Batch records: golden pairs, versions and spellings, nesting, size, damage, the real sample."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from casparian.formats import Peek, sniff
from casparian.formats.batch import FORMAT
from casparian.formats.batch.names import level, role
from casparian.reading.base import Batch, Source, UnreadableFile
from tests.formats.golden import check
from tests.formats.samples import sample_folder
from tests.formats.verdicts import reasons

HERE = Path(__file__).parent
GOLDEN = ("production_record.xml", "report.xml", "information.xml", "short_words.xml")
Rows = dict[str, list[dict[str, Any]]]


def rows(path: Path) -> Rows:
    found: Rows = {name: [] for name in FORMAT.tables}
    for part in FORMAT.read(Source(str(path), path.name, "Europe/Berlin")):
        if isinstance(part, Batch):
            found[part.table] += part.fields.to_pylist()
    return found


def read(folder: Path, text: str) -> Rows:
    (folder / "x.xml").write_text(text, "utf-8")
    return rows(folder / "x.xml")


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    check(FORMAT, HERE / name, "Europe/Berlin")


@pytest.mark.parametrize("name", GOLDEN)
def test_it_is_the_surest(name: str) -> None:
    chosen, why = sniff(Peek("export.dat", (HERE / name).read_bytes()))
    assert chosen is FORMAT
    assert why.confidence >= 0.95


@pytest.mark.parametrize(
    "text",
    [
        '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"><xsd:element name="Batch"/>'
        '<xsd:element name="Operation"/></xsd:schema>',
        '<BatchInformation xmlns="http://www.mesa.org/xml/B2MML"><MasterRecipe/>'
        "</BatchInformation>",
        "<MTConnectStreams><Streams/></MTConnectStreams>",
        "Batch;Phase\n1;2\n",
    ],
)
def test_schemas_and_others_are_none(text: str) -> None:
    assert FORMAT.sniff(Peek("batch.xml", text.encode())).confidence < 0.3


@pytest.mark.parametrize("spelling", ["UnitProcedure", "unit_procedure", "UNIT-PROCEDURE"])
def test_spellings(spelling: str) -> None:
    assert role(spelling) == "step"
    assert level(spelling, None) == "unit_procedure"
    assert level("RecipeElement", spelling) == "unit_procedure"


@pytest.mark.parametrize(
    "space",
    [
        "http://www.wbf.org/xml/B2MML-V0401",
        "http://www.mesa.org/xml/B2MML-V0600",
        "http://www.mesa.org/xml/B2MML",
        "http://www.wbf.org/xml/BatchML-V02",
        "",
    ],
)
@pytest.mark.parametrize("prefix", ["", "b:"])
def test_versions_and_prefixes(tmp_path: Path, space: str, prefix: str) -> None:
    declared = f' xmlns{":" if prefix else ""}{prefix.rstrip(":")}="{space or "urn:x"}"'
    text = (
        f"<@BatchProductionRecord{declared}><@ID>1</@ID><@BatchID>B</@BatchID>"
        "<@RecipeElement><@ID>P</@ID><@RecipeElementType>Phase</@RecipeElementType>"
        "</@RecipeElement></@BatchProductionRecord>"
    )
    found = read(tmp_path, text.replace("@", prefix))
    assert [(r["batch_id"], r["path"], r["level"]) for r in found["batch_phases"]] == [
        ("B", "P", "phase")
    ]


def test_nesting_of_any_depth(tmp_path: Path) -> None:
    deep = 300
    text = "<Batch ID='B'>" + "<Step ID='s'>" * deep + "</Step>" * deep + "</Batch>"
    found = read(tmp_path, text)["batch_phases"]
    assert len(found) == deep
    assert max(int(row["depth"]) for row in found) == deep


def test_steps_without_a_batch_are_quarantined_not_lost(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_text("<Procedure ID='p'><Phase ID='q'/></Procedure>")
    assert set(reasons(FORMAT, tmp_path / "x.xml").values()) == {"Missing batch_id"}
    assert len(rows(tmp_path / "x.xml")["batch_phases"]) == 2


def test_what_the_contract_finds() -> None:
    assert sorted(reasons(FORMAT, HERE / "report.xml", "Europe/Berlin").values()) == [
        "End before start",
        "Lower limit above upper limit",
    ]
    assert list(reasons(FORMAT, HERE / "production_record.xml").values()) == ["Bad end_time"]


def test_a_record_that_ends_early_keeps_what_stands_before(tmp_path: Path) -> None:
    text = "<Batch ID='B'><Phase ID='p'><Parameter Name='T' Value='1'/><Parameter Na"
    (tmp_path / "x.xml").write_text(text)
    found: list[Any] = []
    with pytest.raises(UnreadableFile):
        for part in FORMAT.read(Source(str(tmp_path / "x.xml"), "x.xml")):
            found += [part]
    assert sorted(part.table for part in found) == ["batch_parameters", "batch_phases", "batches"]


def test_a_long_record_is_never_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.xml"
    one = "<Phase ID='p{}'><StartTime>2025-03-01T06:00:00Z</StartTime>" + (
        "<Parameter><ID>T</ID><Value><ValueString>1.5</ValueString></Value></Parameter>" * 10
    )
    with path.open("w") as stream:
        stream.write("<BatchProductionRecord><ID>1</ID><BatchID>B</BatchID>")
        for number in range(3000):
            stream.write(one.format(number) + "</Phase>")
        stream.write("</BatchProductionRecord>")
    tracemalloc.start()
    count = 0
    for part in FORMAT.read(Source(str(path), "long.xml")):
        count += len(part.rows) if isinstance(part, Batch) else 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 1 + 3000 * 11
    assert peak < 60 << 20


@pytest.mark.parametrize("text", ["", "<a/>", "no XML", "<Batches/>", "<Batch></Phase>"])
def test_what_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableFile):
        read(tmp_path, text)


def test_the_real_sample() -> None:
    path = sample_folder("b2mml") / "ProductionBatchRecord_Example_v06.xml"
    found = rows(path)
    counts = {name: len(each) for name, each in found.items()}
    assert counts == {"batches": 1, "batch_phases": 15, "batch_parameters": 36, "batch_events": 12}
    levels = [row["level"] for row in sorted(found["batch_phases"], key=lambda r: int(r["depth"]))]
    assert levels[:4] == ["procedure", "unit_procedure", "operation", "phase"]
    assert {row["batch_id"] for each in found.values() for row in each} == {"BX10"}
    assert reasons(FORMAT, path) == {}


def test_schemas_of_the_sample_folder_are_unknown() -> None:
    for path in sample_folder("b2mml").glob("*.xsd"):
        chosen, why = sniff(Peek.of(path))
        assert chosen is None
        assert "schema" in why.why
