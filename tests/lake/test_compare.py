"""One run from two systems: pairs, differences, what is missing, units, verdicts."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from casparian.lake.compare import Comparison, compare
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake, LakeError
from tests.formats.samples import sample_folder

HEAD = "Serial,Feature,Nominal,USL,LSL,Actual [{}],Status\n"
LEFT = HEAD.format("mm") + (
    "S-1,Hole 1/Dia.,10,10.1,9.9,10.01,PASS\nS-1,Depth,5,5.1,4.9,5.02,PASS\n"
    "S-2,Hole 1/Dia.,10,10.1,9.9,10.03,FAIL\nS-2,Depth,5,5.1,4.9,5.04,PASS\n"
)
RIGHT = HEAD.format("inch") + (
    "s1,HOLE_1 DIA,,,,0.394094488,PASS\ns1,DEPTH,,,,0.2,PASS\ns2,HOLE_1 DIA,,,,0.394881890,PASS\n"
)


def lake_of(folder: Path, files: dict[str, str]) -> Lake:
    exports = folder / "exports"
    exports.mkdir()
    for name, text in files.items():
        (exports / name).write_text(text)
    lake = Lake.at(str(folder / "lake"))
    scan(lake, exports, "t")
    process(lake, "t")
    return lake


@pytest.fixture
def found(tmp_path: Path) -> Comparison:
    return compare(lake_of(tmp_path, {"a.csv": LEFT, "b.csv": RIGHT}), "a.csv", "b.csv")


def by_feature(found: Comparison) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["feature"], row["serial"]): row for row in found.rows.to_pylist()}


def test_pairs_however_names_are_written_and_in_whatever_unit(found: Comparison) -> None:
    rows = by_feature(found)
    assert rows["Hole 1/Dia.", "S-1"]["status"] == "agree"
    assert rows["Depth", "S-1"]["status"] == "differ"
    assert rows["Depth", "S-1"]["difference"] == pytest.approx(0.06)
    assert rows["Depth", "S-2"]["status"] == "only_left"


def test_a_verdict_that_differs_comes_first(found: Comparison) -> None:
    first = found.rows.to_pylist()[0]
    assert (first["serial"], first["verdict"], first["status"]) == ("S-2", "differs", "agree")
    assert (first["left_stated"], first["left_within"]) == ("FAIL", True)
    assert found.summary["verdicts_differ"] == 1
    assert found.summary["left_against_limits"] == 1  # FAIL, and within its limits


def test_summary(found: Comparison) -> None:
    names = ("left", "right", "pairs", "agree", "differ", "only_left", "only_right")
    assert [found.summary[name] for name in names] == [4, 3, 3, 2, 1, 1, 0]


def test_a_side_without_measurements_is_said(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, {"a.csv": LEFT})
    with pytest.raises(LakeError, match="No measurement is of 'qif'"):
        compare(lake, "a.csv", "qif")
    with pytest.raises(LakeError):
        compare(Lake.at(str(tmp_path / "empty")), "cmm", "qif")


def test_quotes_in_names_are_harmless(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, {"it's.csv": LEFT, "b.csv": RIGHT})
    with pytest.raises(LakeError):
        compare(lake, "it's", "b.csv", part="no'part")
    assert compare(lake, "it's", "b.csv").summary["pairs"] == 3


def test_repeated_exports_are_one_and_measuring_again_is_two(tmp_path: Path) -> None:
    text = "Part number,P-1\nSerial,Feature,Measured at,Actual\nA,D,2025-05-01 06:00,{}\n"
    more = text.format(1.5) + "A,D,2025-05-01 07:00,1.6\n"
    lake = lake_of(tmp_path, {"a.csv": text.format(1.5), "b.csv": more, "c.csv": text.format(2)})
    silver = lake.read("silver_quality.spc_measurements").to_pylist()
    assert sorted((row["measurement_id"], row["actual"]) for row in silver) == [
        ("A@2025-05-01 06:00", 1.5), ("A@2025-05-01 07:00", 1.6),
    ]  # fmt: skip
    (refused,) = lake.read("ops_quality.spc_measurements_quarantine").to_pylist()
    assert (refused["actual"], refused["rule"]) == ("2", "conflict")


def test_box_of_nist(tmp_path: Path) -> None:
    """893 of QIF and 893 of Excel: 846 pair by serial, 47 of a part without one by its place.

    812 values are in both; positions were evaluated differently, all other values agree.
    """
    exports = tmp_path / "exports"
    shutil.copytree(sample_folder("nist_box"), exports)
    lake = Lake.at(str(tmp_path / "lake"))
    scan(lake, exports, "t")
    process(lake, "t")
    found = compare(lake, "qif", "cmm")
    expected = {
        "left": 893, "right": 893, "pairs": 893, "paired_by_serial": 846, "paired_by_sample": 47,
        "agree": 646, "differ": 247, "only_left": 0, "only_right": 0, "values_in_common": 812,
        "verdicts_differ": 1, "left_against_limits": 0, "right_against_limits": 0,
    }  # fmt: skip
    assert found.summary == expected
    rows = found.rows.to_pylist()
    assert {r["characteristic_type"] for r in rows if r["status"] == "differ"} == {"position"}
    assert [rows[0][name] for name in ("left_stated", "left_pass", "right_pass")] == [
        "FAIL", False, True,
    ]  # fmt: skip
