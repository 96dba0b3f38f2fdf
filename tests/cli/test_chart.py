"""`casparian chart`: from files and from the lake, and one sentence where it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from casparian.cli.chart.out import slug
from tests.cli.conftest import Cli
from tests.kpi.gage_data import AIAG

RNG = np.random.default_rng(11)


@pytest.fixture
def rings(tmp_path: Path) -> Path:
    values = RNG.normal(74.0, 0.01, 60)
    lines = [f"{i // 5 + 1};{value:.4f}".replace(".", ",") for i, value in enumerate(values)]
    path = tmp_path / "rings.csv"
    path.write_text("\n".join(["sample;diameter", *lines]) + "\n", "utf-8")
    return path


def test_a_control_chart_of_a_file(cli: Cli, rings: Path) -> None:
    answer = cli("chart", "spc", rings, "--value", "diameter", "--subgroup", "sample")
    assert answer.code == 0
    assert "12 subgroups" in answer.out
    assert "<!doctype html>" in Path("spc-diameter-of-rings.html").read_text("utf-8")


def test_the_suffix_says_what_is_written_and_json_gives_the_figures(cli: Cli, rings: Path) -> None:
    words = ("--value", "diameter", "--size", 5, "--rules", "both", "--out", "a/b.svg", "--json")
    answer = cli("chart", "spc", rings, *words)
    assert answer.json["subgroups"] == 12
    assert answer.json["out"] == str(Path("a/b.svg"))
    assert len(answer.json["points"]) == 12
    assert Path("a/b.svg").read_text("utf-8").startswith("<svg")


def test_a_chart_of_counts_needs_what_was_inspected(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "cans.csv"
    path.write_text("day,leaking,inspected\na,3,50\nb,4,60\nc,2,55\n", "utf-8")
    words = ("chart", "spc", path, "--value", "leaking", "--kind", "p")
    assert "--size-column or --size" in cli(*words).err
    assert cli(*words, "--size-column", "inspected", "--subgroup", "day").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("spc", "rings.csv", "--value", "width"), "has no column 'width'; its columns are sample"),
        (("spc", "rings.csv"), "needs --value COLUMN"),
        (("capability", "rings.csv", "--value", "diameter"), "no specification limit"),
        (("capability", "rings.csv", "--value", "diameter", "--lsl", 2, "--usl", 1), "above the"),
        (("grr", "rings.csv"), "needs --part COLUMN"),
        (("pareto", "rings.csv"), "needs --label COLUMN"),
        (("spc", "rings.csv", "--value", "diameter", "--out", "a.png"), "ends in .svg or .html"),
        (("spc", "--kind", "p"), "give a FILE with counts"),
        (("spc",), "no silver_quality.spc_measurements yet"),
        (("pareto",), "no silver_equipment.downtime_events yet"),
        (("grr",), "no silver_quality.msa_measurements yet"),
        (("oee",), "build the marts with dbt first"),
    ],
)
def test_one_sentence_where_it_cannot(
    cli: Cli, seen: Path, rings: Path, words: tuple[object, ...], said: str
) -> None:
    answer = cli("chart", *words)
    assert answer.code in (1, 2)
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_a_cell_that_is_no_number_is_named(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("part,value\na,1.5\nb,broken\n", "utf-8")
    assert "holds 'broken', no number" in cli("chart", "spc", path, "--value", "value").err


def test_a_list_of_numbers_is_a_file_too(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("5.1\n5.3\n4.9\n5.0\n", "utf-8")
    assert "4 subgroups" in cli("chart", "spc", path).out


def test_capability_of_a_file(cli: Cli, rings: Path) -> None:
    words = ("--value", "diameter", "--size", 5, "--lsl", 73.95, "--usl", 74.05, "--json")
    found = cli("chart", "capability", rings, *words).json
    assert found["n"] == 60
    assert found["cpk"] > 1


def test_a_gage_study_of_a_file(cli: Cli, tmp_path: Path) -> None:
    rows = [
        f"{part},{'ABC'[who]},{AIAG[part, who, trial]}"
        for part in range(10) for who in range(3) for trial in range(3)
    ]  # fmt: skip
    path = tmp_path / "study.csv"
    path.write_text("\n".join(["part,operator,value", *rows]), "utf-8")
    found = cli("chart", "grr", path, "--method", "average-range", "--json").json
    assert found["ndc"] == 5
    assert Path(found["out"]).is_file()


def test_a_pareto_of_a_file(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "defects.csv"
    path.write_text("defect,pieces\nscratch,5\ndent,9\nscratch,6\n", "utf-8")
    found = cli("chart", "pareto", path, "--label", "defect", "--weight", "pieces", "--json").json
    assert [row["name"] for row in found["categories"]] == ["scratch", "dent"]


@pytest.fixture
def lake(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two features in silver: one with 25 subgroups of 5, one with none."""
    rows = [
        {"part_number": "P-1", "feature": "Bore", "machine_id": "M1", "source_format": "cmm",
         "subgroup": i // 5 + 1, "sample": i, "actual": 10 + float(RNG.normal(0, 0.01)),
         "lsl": 9.9, "usl": 10.1, "units": "mm", "quality": None}
        for i in range(125)
    ]  # fmt: skip
    rows += [{**row, "feature": "Length", "subgroup": None} for row in rows[:30]]
    rows.append({**rows[0], "sample": 999, "actual": 99.0, "quality": "Uncertain"})
    folder = tmp_path / "lake"
    write_deltalake(folder / "silver" / "quality" / "spc_measurements", pa.Table.from_pylist(rows))
    monkeypatch.setenv("CASPARIAN_LAKE", str(folder))
    return folder


def test_the_lake_lists_what_can_be_charted(cli: Cli, lake: Path) -> None:
    found = cli("chart", "spc", "--json").json
    assert [(row["feature"], row["values"]) for row in found] == [("Bore", 125), ("Length", 30)]
    several = cli("chart", "spc", "--part", "P-1")
    assert several.code == 1
    assert "2 measured features fit --part P-1: name one." in several.err
    assert (
        "No measured feature of the lake fits --part P-9"
        in cli("chart", "spc", "--part", "P-9").err
    )


def test_features_of_the_lake(cli: Cli, lake: Path) -> None:
    found = cli("chart", "spc", "--feature", "bore", "--json").json
    assert (found["subgroups"], found["baseline"], found["title"]) == (
        25,
        20,
        "P-1 · Bore on M1 [mm]",
    )
    assert cli("chart", "spc", "--feature", "Length", "--json").json["kind"].startswith("Individ")
    study = cli("chart", "capability", "--feature", "Bore", "--json").json
    assert (study["lsl"], study["usl"], study["n"]) == (9.9, 10.1, 125)


def test_names_of_files() -> None:
    assert slug("P-100 · Bore <Ø> / größe") == "p-100-bore-groesse"
    assert slug("··") == "chart"
