"""`casparian tags`: suggested, corrected by hand, landed as any export."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from casparian.lake.store import Lake
from tests.cli.conftest import Cli
from tests.formats.samples import sample_folder
from tests.lake.exports import HEADER, land, write_tags


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Readings of TI-1 (listed with limits) and of U7.FIC_22.PV (of which nobody knows)."""
    folder = tmp_path / "exports"
    folder.mkdir()
    write_tags(folder, 100)
    rows = "2025-10-28T03:00:00Z,TI-1,20,Good\n2025-10-28T03:00:00Z,U7.FIC_22.PV,7,Good\n"
    (folder / "a.csv").write_text(HEADER + rows, "utf-8")
    found = Lake.at(tmp_path / "lake")
    land(found, folder)
    return found


def edited(path: Path, tag: str, **cells: str) -> None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if row["tag_name"] == tag:
            row.update(cells)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";")  # as a German Excel saves it
        writer.writeheader()
        writer.writerows(rows)


def test_suggest_edit_apply_list(cli: Cli, lake: Lake) -> None:
    said = cli("tags", "suggest", "--out", "tags.csv").out
    assert "3 tags: a quantity for 3" in said and "tags apply tags.csv" in said
    edited(Path("tags.csv"), "U7.FIC_22.PV", tag_alias="U7.Feed", units="kg/h")
    assert "3 tags, no error" in cli("tags", "apply", "tags.csv", "--dry-run").out
    assert "3 read = 3 valid" in cli("tags", "apply", "tags.csv").out
    assert "known already" in cli("tags", "apply", "tags.csv").out
    rows = {row["tag_name"]: row for row in cli("tags", "list", "--json").json}
    assert rows["U7.FIC_22.PV"]["tag_alias"] == "U7.Feed"
    assert rows["U7.FIC_22.PV"]["units"] == "kg/h"
    (limits,) = cli(
        "query", "--json",
        "SELECT range_low, range_high FROM silver_equipment.historian_tags WHERE tag_name = 'TI-1'",
    ).json  # fmt: skip
    assert limits == {"range_low": -40, "range_high": 100}
    assert cli("files", "--check-books").code == 0


def test_suggestions_on_the_screen(cli: Cli, lake: Lake) -> None:
    rows = {row["tag_name"]: row for row in cli("tags", "suggest", "--json").json}
    assert rows["U7.FIC_22.PV"]["quantity"] == "flow"
    assert rows["U7.FIC_22.PV"]["asset_id"] == "U7"
    assert "FIC22 is flow indicator controller" in cli("tags", "suggest").out
    assert [r["tag_name"] for r in cli("tags", "list", "--unnamed", "--json").json] == [
        "PI-2", "TI-1", "U7.FIC_22.PV",
    ]  # fmt: skip


def test_tags_of_a_file(cli: Cli, tmp_path: Path) -> None:
    Path("points.txt").write_text("TI-1\nPIC-22\n\n", "utf-8")
    assert [r["quantity"] for r in cli("tags", "suggest", "points.txt", "--json").json] == [
        "temperature", "pressure",
    ]  # fmt: skip
    Path("list.csv").write_text("Tag;Descriptor;EngUnits\nX1;Kesseldruck;bar\n", "utf-8")
    (row,) = cli("tags", "suggest", "list.csv", "--json").json
    assert (row["quantity"], row["units"]) == ("pressure", "bar")
    Path("junk.xml").write_text("<a/>", "utf-8")
    assert "names no tag" in cli("tags", "suggest", "junk.xml").err
    assert "no tag yet" in cli("tags", "suggest").err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tag_name,units\nA,bar\nA,bar\n", "'A' stands in record 1 already"),
        ("tag_name,tag_alias,units\nA,X,bar\nB,X,bar\n", "tag_alias 'X' stands in record 1"),
        ("tag_name,units\nTI-1,bar\n", "range_low, range_high"),
        ("tag_name,units\n,bar\n", "record 1 has no tag_name"),
        ("a,b\n1,2\n", "no tag list"),
    ],
)
def test_errors_forbid_landing(cli: Cli, lake: Lake, text: str, said: str) -> None:
    Path("tags.csv").write_text(text, "utf-8")
    answer = cli("tags", "apply", "tags.csv")
    assert answer.code == 1 and said in answer.err
    assert len(cli("files", "--json").json) == 2


def test_what_is_strange_is_noted(cli: Cli, lake: Lake) -> None:
    Path("map.csv").write_text("tag_name,tag_alias\nTI-1,Bath\n", "utf-8")
    assert cli("tags", "apply", "map.csv", "--json").json["format"] == "tag_aliases"
    Path("tags.csv").write_text("tag_name,tag_alias,units\nTI-1,Basin,furlong\n", "utf-8")
    done = cli("tags", "apply", "tags.csv", "--replace", "--json").json
    units, alias = done["warnings"]
    assert "furlong" in units and "wins" in alias
    assert done["landed"][0]["records_valid"] == 1


def test_a_synonym_map_is_taken_as_it_is(cli: Cli) -> None:
    """Of a chemical plant: several names a tag, and lines that are none."""
    path = sample_folder("historian_hurence") / "tags_synomyns.csv"
    done = cli("tags", "apply", path, "--json").json
    assert done["format"] == "tag_synonyms" and done["landed"][0]["records_valid"] > 4400
    rows = {row["tag_name"]: row["tag_alias"] for row in cli("tags", "list", "--json").json}
    assert rows["U870.FCY202_PV.F_CV"] == "DebitMassique.Charge_Chute_Balance.Calcul.U872"


def test_a_program_that_fails_is_one_sentence(cli: Cli, lake: Lake) -> None:
    answer = cli("tags", "suggest", "--with", "no-such-program-here")
    assert answer.code == 1 and "does not start" in answer.err
