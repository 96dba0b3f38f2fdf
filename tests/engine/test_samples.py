"""Files that other people made, all landed in one lake: each is known for what it is, and every
record of it is accounted for.

The answers are those of the samples' own README, counted there by other means.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from casparian.lake.ledger import Ledger
from casparian.lake.process import process
from casparian.lake.query import Query
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from tests.engine.content import check_books
from tests.formats.samples import sample_folder

READ = {
    "ai4i2020/ai4i2020.csv": 10_000,
    "aqdef_reader/testmeasures.dfq": 10,  # five lines of two characteristics
    "cmapss/train_FD001.txt": 20_631,
    "historian_hurence/chemistry.csv": 3_495,
    "historian_hurence/tags_synomyns.csv": 4_482,  # of 4,529 lines 47 are blank
    "nist_box/BoxResults_19_samples.QIF": 893,
}
FORMATS = {
    r"aqdef_\w+/.*\.dfq": "aqdef",
    r"b2mml/.*\.xml": "batch",
    r"historian_hurence/chemistry\.csv": "historian_csv",
    r"mtconnect_\w+/.*\.xml": "mtconnect",
    r"mtconnect_cppagent/okuma\.txt": "mtconnect_shdr",
    r"nist_box/.*\.xlsx": "cmm",
    r".*\.(qif|QIF)": "qif",
    r"opcua/.*NodeSet2\.xml": "opcua_nodeset",
}
NO_EXPORTS = r"(README|LICENSE|readme).*|.*\.xsd"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = sample_folder("historian_hurence").parent
    lake = Lake.at(tmp_path_factory.mktemp("samples") / "lake")
    scan(lake, folder, "samples")
    process(lake, "samples")
    return lake


@pytest.fixture(scope="module")
def files(lake: Lake) -> dict[str, dict[str, Any]]:
    return {row["source_path"]: row for row in Ledger(lake).rows()}


def test_the_books_of_every_file_close(lake: Lake) -> None:
    check_books(lake)


@pytest.mark.parametrize(("path", "count"), READ.items())
def test_records(files: dict[str, dict[str, Any]], path: str, count: int) -> None:
    assert files[path]["status"] == "landed"
    assert files[path]["records_read"] == count


def test_each_file_is_known_for_what_it_is(files: dict[str, dict[str, Any]]) -> None:
    for path, row in files.items():
        if re.fullmatch(NO_EXPORTS, Path(path).name):
            assert row["status"] == "unknown", path
            assert row["why"], path
            continue
        assert row["status"] == "landed", (path, row["why"], row["notes"])
        wanted = [form for pattern, form in FORMATS.items() if re.fullmatch(pattern, path)]
        assert not wanted or wanted == [row["format"]], path


def one(lake: Lake, sql: str) -> tuple[Any, ...]:
    with Query(lake) as ask:
        (row,) = ask(sql).to_pylist()
    return tuple(row.values())


def test_the_chemical_plant(lake: Lake, files: dict[str, dict[str, Any]]) -> None:
    row = files["historian_hurence/chemistry.csv"]
    assert json.loads(row["reasons"]) == [["historian_values", "bad_quality", "Quality Bad", 168]]
    tags = "SELECT count(DISTINCT tag_name) FROM bronze_equipment.historian_values"
    assert one(lake, f"{tags} WHERE _source_hash = '{row['source_hash']}'") == (1_178,)


def test_failures_of_the_milling_machine(lake: Lake) -> None:
    kinds = ("machine", "tool_wear", "heat_dissipation", "power", "overstrain", "random")
    sums = ", ".join(f"sum({kind}_failure::int)" for kind in kinds)
    found = one(lake, f"SELECT {sums} FROM silver_equipment.machine_failures")
    assert found == (339, 46, 115, 95, 98, 19)


def test_every_line_of_the_lathe(files: dict[str, dict[str, Any]]) -> None:
    assert "10,770 lines" in files["mtconnect_cppagent/okuma.txt"]["notes"]


def test_widget(lake: Lake, files: dict[str, dict[str, Any]]) -> None:
    source = files["qif/widget_results_2.0.qif"]["source_hash"]
    count = "SELECT count(*), count(pass) FROM silver_quality.spc_measurements"
    # eight of fifty are reference dimensions, measured against no tolerance
    assert one(lake, f"{count} WHERE _source_hash = '{source}'") == (50, 42)


def test_box_of_nist(lake: Lake, files: dict[str, dict[str, Any]]) -> None:
    for path, form in (
        ("nist_box/BoxResults_19_samples.QIF", "qif"),
        ("nist_box/nist_mtc_crada_box_Origin_Nikon_Touch_MultiSPC-0.xlsx", "cmm"),
    ):
        source = files[path]["source_hash"]
        count = "SELECT count(*) FROM silver_quality.spc_measurements WHERE actual IS NOT NULL"
        mine = f"_source_hash = '{source}' AND source_format = '{form}'"
        assert one(lake, f"{count} AND {mine}") == (893,)


def test_status_codes(lake: Lake) -> None:
    bits = "('0x' || substr(code, 3))::bigint >> 30"
    wrong = (
        f"SELECT count(*) FROM silver_equipment.opc_status_codes WHERE quality <> CASE {bits} "
        "WHEN 0 THEN 'Good' WHEN 1 THEN 'Uncertain' ELSE 'Bad' END"
    )
    assert one(lake, wrong) == (0,)


def test_engines_and_processes(lake: Lake) -> None:
    engines = "SELECT count(*), count(DISTINCT unit) FROM silver_equipment.engine_cycles"
    assert one(lake, f"{engines} WHERE _source_path LIKE '%train%'") == (20_631, 100)
