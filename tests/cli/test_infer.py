"""`casparian infer`: a file that nobody knows becomes a contract, and lands by it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Cli
from tests.contracts.test_draft import ROWS, WRITERS


@pytest.mark.parametrize("kind", WRITERS)
def test_a_drafted_contract_lands_its_file(cli: Cli, tmp_path: Path, kind: str) -> None:
    write, name = WRITERS[kind]
    write(tmp_path / name)
    said = cli("infer", name, "--table", "screws", "--out", "screws.odcs.yaml")
    assert said.code == 0 and f"casparian run screws.odcs.yaml {name}" in said.out
    done = cli("run", "screws.odcs.yaml", name)
    assert "300 records read = 300 valid" in done.out, done.err
    assert "known already" in cli("run", "screws.odcs.yaml", name).out
    counted = cli("query", "--json", "SELECT count(*) AS n FROM silver_equipment.screws").json
    assert counted == [{"n": len(ROWS)}]
    assert cli("files", "--check-books").code == 0


def test_limits_judge_the_next_file_and_a_replay_takes_it_back(cli: Cli, tmp_path: Path) -> None:
    path = WRITERS["csv"][0](tmp_path / "screws_1.csv")
    cli("infer", path, "--domain", "quality", "--out", "screws.odcs.yaml")
    folder = tmp_path / "share"
    folder.mkdir()
    text = path.read_bytes().splitlines()[2] + b"\r\nS9;28.10.2025 07:00:00;99,5;OK;1\r\n"
    (folder / "screws_2.csv").write_bytes(text)
    (folder / "other.txt").write_text("not mine", "utf-8")
    assert "1 quarantined" in cli("run", "screws.odcs.yaml", folder).out
    (row,) = cli("quarantine", "list", "--json").json
    assert row["reason"].startswith("Above max (14")
    contract = yaml.safe_load(Path("screws.odcs.yaml").read_text("utf-8"))
    torque = contract["schema"][0]["properties"][2]
    torque["logicalTypeOptions"]["maximum"] = 120
    contract["version"] = "1.0.0"
    Path("screws.odcs.yaml").write_text(yaml.safe_dump(contract, allow_unicode=True), "utf-8")
    done = cli("quarantine", "replay", "--parser", "screws.odcs.yaml")
    assert done.code == 0, done.err
    (found,) = cli("query", "--json", "SELECT drehmoment FROM silver_quality.screws").json
    assert found == {"drehmoment": 99.5}


def test_on_the_screen_and_as_data(cli: Cli, tmp_path: Path) -> None:
    WRITERS["csv"][0](tmp_path / "screws.csv")
    said = cli("infer", "screws.csv")
    assert "unit from header 'Drehmoment [Nm]'" in said.out
    assert "Next: casparian infer screws.csv --out screws.odcs.yaml" in said.out
    data = cli("infer", "screws.csv", "--json").json
    assert (data["records"], data["table"], data["key"]) == (300, "screws", ["schrauben_nr"])
    assert data["contract"]["kind"] == "DataContract"
    assert yaml.safe_load(cli("infer", "screws.csv", "--yaml").out) == data["contract"]


def test_header_words_for_a_format_of_ones_own(cli: Cli, tmp_path: Path) -> None:
    WRITERS["csv"][0](tmp_path / "screws.csv")
    said = eval(f"dict({cli('infer', 'screws.csv', '--words').out})")
    assert said["header"]["drehmoment"] == ("Drehmoment [Nm]",)
    assert (said["times"], said["numbers"]) == (("zeit",), ("drehmoment", "pruefstand"))


def test_into_other_sinks(cli: Cli, tmp_path: Path) -> None:
    WRITERS["csv"][0](tmp_path / "screws.csv")
    cli("infer", "screws.csv", "--out", "screws.odcs.yaml")
    for sink in ("duckdb://plant.duckdb", "parquet://out"):
        done = cli("run", "screws.odcs.yaml", "screws.csv", "--sink", sink, "--json")
        assert done.json["books_closed"] and done.json["records_valid"] == 300, done.err


def test_errors_are_one_sentence(cli: Cli, tmp_path: Path) -> None:
    WRITERS["csv"][0](tmp_path / "screws.csv")
    Path("note.txt").write_text("hello\n", "utf-8")
    assert "no table" in cli("infer", "note.txt").err
    assert "no table name" in cli("infer", "screws.csv", "--table", "A B").err
    assert "ends in .odcs.yaml" in cli("infer", "screws.csv", "--out", "x.yaml").err
    cli("infer", "screws.csv", "--out", "x.odcs.yaml")
    assert "there already" in cli("infer", "screws.csv", "--out", "x.odcs.yaml").err
    assert cli("infer", "screws.csv", "--out", "x.odcs.yaml", "--force").code == 0
    Path("bad.odcs.yaml").write_text("kind: DataContract\n", "utf-8")
    assert "declares no format" in cli("run", "bad.odcs.yaml", "screws.csv").err
    assert "ends in .odcs.yaml" in cli("run", "bad.yaml", "screws.csv").err
    assert "cannot be read" in cli("run", "none.odcs.yaml", "screws.csv").err
