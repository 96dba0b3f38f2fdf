"""Capability of what is in a lake, and what files state of it. The Box of NIST, if it is here."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from casparian.cli.root import main
from casparian.kpi.capability import capability
from casparian.lake.capability import characteristics, statements
from casparian.lake.compare import compare
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from tests.formats.samples import sample_folder
from tests.kpi.piston_rings import PISTON_RINGS

HEAD = "Part,Serial,Feature,Subgroup,Time,Machine,Nominal,LSL,USL,Actual [mm],Status\n"


def rings() -> str:
    return HEAD + "".join(
        f"RING,R{k}-{n},diameter,{k + 1},"
        f"2026-01-05T{6 + k // 4:02d}:{15 * (k % 4):02d}:{n:02d}Z,M1,"
        f"74,73.95,74.05,{value:.3f},{'FAIL' if (k, n) == (0, 0) else 'PASS'}\n"
        for k, row in enumerate(PISTON_RINGS)
        for n, value in enumerate(row)
    )


def landed(folder: Path, exports: Path) -> Lake:
    lake = Lake.at(str(folder / "lake"))
    scan(lake, exports, "t")
    process(lake, "t")
    return lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "rings.csv").write_text(rings())
    return landed(tmp_path, tmp_path / "exports")


def test_the_figures_are_those_of_the_library(lake: Lake) -> None:
    (found,) = characteristics(lake)
    assert found.study == capability(PISTON_RINGS, 73.95, 74.05, target=74.0)
    assert (found.feature, found.machine_id, found.source_format) == ("diameter", "M1", "cmm")
    assert (found.failed, found.out_of_limits) == (1, 0)
    (pooled,) = characteristics(lake, feature="DIA", part="RING", method="pooled")
    assert pooled.study.method == "pooled"
    assert list(characteristics(lake, system="qif")) == []
    assert statements(lake) == []


def test_an_empty_lake_has_none(tmp_path: Path) -> None:
    assert list(characteristics(Lake.at(str(tmp_path / "lake")))) == []


def run(lake: Lake, *words: str) -> str:
    done = CliRunner().invoke(main, ["capability", "--lake", lake.uri, *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_for_people_and_in_json(lake: Lake) -> None:
    said = run(lake)
    assert "1.703" in said
    assert "diameter (cmm): the file fails 1, 0 are out of limits." in said
    (row,) = json.loads(run(lake, "--json"))["characteristics"]
    assert round(row["ppk"], 3) == 1.616
    assert row["intervals"]["pp"][0] < row["pp"] < row["intervals"]["pp"][1]
    assert row["stable"] is True
    assert "No file in this lake states capability." in run(lake, "--stated")
    assert "No measurements match." in run(lake, "--feature", "bore")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return landed(tmp_path_factory.mktemp("box"), sample_folder("nist_box"))


def test_every_two_sided_index_of_the_box_recomputes(box: Lake) -> None:
    found = statements(box)
    assert len(found) == 47
    sides = {each.feature: each for each in characteristics(box, system="cmm")}
    two_sided = [s for s in found if None not in (sides[s.feature].lsl, sides[s.feature].usl)]
    assert len(two_sided) == 32
    seen = Counter((figure.figure, figure.status) for each in two_sided for figure in each.figures)
    assert seen["pp", "agrees"] == 32
    assert seen["ppk", "agrees"] + seen["ppk", "rounding"] == 32
    assert seen["ppk", "agrees"] >= 30
    assert not [key for key in seen if key[1] in ("differs", "incomparable")]


def test_one_sided_indices_of_the_box_say_why_they_do_not_compare(box: Lake) -> None:
    pp = [
        f for s in statements(box) for f in s.figures if f.figure == "pp" and f.recomputed is None
    ]
    assert len(pp) == 15
    assert all(f.reason.startswith("no lower specification limit") for f in pp)
    mirrored = [f for f in pp if f.reason.endswith("as far from the nominal as the other")]
    assert len(mirrored) == 2


def test_the_fail_of_the_box_is_shown_as_a_difference(box: Lake) -> None:
    """The QIF fails one position; in the Excel of the same run it is within its limits."""
    of = "HOLE_PATTERN7_1/POSITION5"
    counted = {
        c.source_format: (c.failed, c.out_of_limits) for c in characteristics(box, feature=of)
    }
    assert counted == {"qif": (1, 1), "cmm": (0, 0)}
    everywhere = Counter(
        c.source_format for c in characteristics(box) if c.failed or c.out_of_limits
    )
    assert everywhere == {"qif": 1}
    rows = [r for r in compare(box, "qif", "cmm").rows.to_pylist() if r["verdict"] == "differs"]
    (row,) = rows
    assert (row["feature"], row["left_stated"], row["right_within"]) == (of, "FAIL", True)


def test_the_box_for_people(box: Lake) -> None:
    said = run(box, "--stated", "--show", "differs")
    assert "47 statements" in said
    data = json.loads(run(box, "--stated", "--show", "all", "--limit", "0", "--json"))
    assert len(data["rows"]) == data["figures"] == 282
    assert {row["figure"] for row in data["rows"] if row["status"] == "differs"} == {"ppk"}
