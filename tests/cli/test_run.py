"""run: shipped formats and own parsers, into the lake and into sinks."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import yaml

from tests.cli.conftest import READINGS, Cli

EXAMPLE = Path(__file__).parents[2] / "examples" / "historian_parser.py"
OWN = """KEY = ("oven", "at")

def read(path):
    for line in open(path, encoding="utf-8"):
        oven, at, temp = line.strip().split(";")
        yield {"oven": oven, "at": at, "temp": temp or None}
"""


def ovens(folder: Path) -> None:
    (folder / "own.py").write_text(OWN, "utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "a.txt").write_text("O1;2025-10-28 03:00:00;180\nO1;2025-10-28 03:05:00;\n")
    (folder / "data" / "b.txt").write_text("O2;2025-10-28 03:00:00;181.5\nO2;gibberish;3;4\n")


def test_a_format_over_a_folder_takes_its_own(cli: Cli, exports: Path) -> None:
    answer = cli("run", "historian_csv", exports, "--sink", "delta://out", "--json")
    assert answer.code == 0
    assert (answer.json["files"], answer.json["other"]) == (1, ["tags.csv"])
    assert answer.json["records_read"] == 6
    again = cli("run", "historian_csv", exports, "--sink", "delta://out")
    assert again.code == 0
    assert "1 file known already: not loaded again." in again.out


def test_limits_come_from_the_lakes_tag_list(cli: Cli, landed: Path) -> None:
    without = cli("run", "historian_csv", landed, "--lake", "none", "--sink", "delta://a", "--json")
    limited = cli("run", "historian_csv", landed, "--sink", "delta://b", "--json")
    assert (without.json["records_valid"], limited.json["records_valid"]) == (3, 2)


def test_the_files_of_a_tag(cli: Cli, exports: Path) -> None:
    cli("scan", exports, "--tag", "demo")
    answer = cli("run", "historian_csv", "--tag", "demo", "--json")
    assert (answer.json["files"], answer.json["records_valid"]) == (1, 2)
    assert cli("files", "--status", "new", "--json").json == []


def test_a_named_file_is_read_whatever_it_looks_like(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n")
    answer = cli("run", "historian_csv", "notes.txt", "--json")
    assert answer.code == 0
    assert answer.json["rejected"][0][0] == "notes.txt"
    assert answer.json["records_read"] == answer.json["records_quarantined"] == 1


def test_an_own_parser_needs_nothing_but_read(cli: Cli, tmp_path: Path) -> None:
    ovens(tmp_path)
    answer = cli("run", "own.py", "data", "--json")
    assert answer.code == 0
    data = answer.json
    assert (data["records_read"], data["records_valid"], data["records_quarantined"]) == (4, 3, 1)
    assert data["reasons"] == [["own", "damaged_file", "Damaged file", 1]]
    rows = cli(
        "query", "SELECT * FROM silver_equipment.own ORDER BY oven, _source_row", "--json"
    ).json
    assert [(row["oven"], row["temp"]) for row in rows] == [
        ("O1", 180.0),
        ("O1", None),
        ("O2", 181.5),
    ]
    assert rows[0]["at"] == "2025-10-28T03:00:00Z"
    assert rows[0]["_parser"] == "own"
    assert len(rows[0]["_parser_version"]) == 12
    shown = cli("quarantine", "show").out
    assert "own.py failed after record 1: ValueError: too many values to unpack" in shown


def test_the_told_contract_is_kept_and_grows(cli: Cli, tmp_path: Path) -> None:
    ovens(tmp_path)
    cli("run", "own.py", "data")
    path = tmp_path / "lake" / "contracts" / "own.odcs.yaml"
    first = yaml.safe_load(path.read_text("utf-8"))
    assert first["version"] == "0.1.0"
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(first)
    assert {p["name"]: p["logicalType"] for p in first["schema"][0]["properties"]} == {
        "oven": "string", "at": "timestamp", "temp": "number",
    }  # fmt: skip
    (tmp_path / "own.py").write_text(OWN.replace('"temp": temp', '"line": "L1", "temp": temp'))
    (tmp_path / "data" / "c.txt").write_text("O3;2025-10-28 03:00:00;warm\n")
    answer = cli("run", "own.py", "data", "--json").json
    assert answer["reasons"] == [["own", "not_a_number", "Not a number", 1]]
    second = yaml.safe_load(path.read_text("utf-8"))
    assert second["version"] == "0.2.0"
    assert "line" in [p["name"] for p in second["schema"][0]["properties"]]


def test_limits_added_to_the_told_contract_and_lifted_by_replay(cli: Cli, tmp_path: Path) -> None:
    ovens(tmp_path)
    cli("run", "own.py", "data/a.txt")
    path = tmp_path / "lake" / "contracts" / "own.odcs.yaml"
    document = yaml.safe_load(path.read_text("utf-8"))
    temp = next(p for p in document["schema"][0]["properties"] if p["name"] == "temp")
    temp["logicalTypeOptions"] = {"maximum": 181}
    path.write_text(yaml.safe_dump(document | {"version": "1.0.0"}), "utf-8")
    answer = cli("run", "own.py", "data/b.txt", "--json").json
    assert ["own", "above_max", "Above max (181)", 1] in answer["reasons"]
    temp["logicalTypeOptions"] = {"maximum": 200}
    path.write_text(yaml.safe_dump(document | {"version": "1.1.0"}), "utf-8")
    refused = cli("quarantine", "replay", "--json")
    assert refused.code == 1
    assert "give the parser with --parser" in refused.json[0]["problem"]
    moved = cli("quarantine", "replay", "--parser", "own.py")
    assert moved.code == 0
    assert "1 record judged again: 1 went to silver." in moved.out
    sql = "SELECT _contract_version AS v FROM silver_equipment.own WHERE temp > 181"
    assert cli("query", sql, "--json").json == [{"v": "1.1.0"}]
    assert cli("files", "--check-books").code == 0


def test_an_own_contract_beside_the_parser(cli: Cli, tmp_path: Path) -> None:
    ovens(tmp_path)
    cli("run", "own.py", "data/a.txt", "--lake", "first")
    told = tmp_path / "first" / "contracts" / "own.odcs.yaml"
    (tmp_path / "ovens.odcs.yaml").write_text(told.read_text("utf-8").replace("0.1.0", "7.0.0"))
    (tmp_path / "own.py").write_text('TABLE = "own"\nCONTRACT = "ovens.odcs.yaml"\n' + OWN)
    assert cli("run", "own.py", "data/a.txt").code == 0
    rows = cli(
        "query", "SELECT DISTINCT _contract_version AS v FROM silver_equipment.own", "--json"
    )
    assert rows.json == [{"v": "7.0.0"}]
    (tmp_path / "own.py").write_text('TABLE = "kilns"\nCONTRACT = "ovens.odcs.yaml"\n' + OWN)
    wrong = cli("run", "own.py", "data/b.txt")
    assert "has no table 'kilns': set TABLE to own." in wrong.err


def test_the_example_of_the_demo(cli: Cli, exports: Path, tmp_path: Path) -> None:
    """scan, run historian_parser.py --sink parquet://datalake/, quarantine list."""
    (exports / "HAM-MC1_20251028.csv").write_text(READINGS, "utf-8")
    (exports / "readings.csv").unlink()
    cli("scan", exports, "--tag", "sensor_raw")
    answer = cli("run", EXAMPLE, "--tag", "sensor_raw", "--sink", "parquet://datalake/", "--json")
    assert answer.code == 0
    data = answer.json
    assert (data["files"], data["records_valid"], data["records_quarantined"]) == (1, 2, 3)
    assert ["historian_values", "above_max", "Above max (100)", 1] in data["reasons"]
    listed = cli("quarantine", "list", "--lake", "datalake")
    assert "3 records of 1 file in quarantine." in listed.out
    assert (
        len(list((tmp_path / "datalake/silver/equipment/historian_values").glob("*.parquet"))) == 1
    )
    explained = cli("explain", "historian_values", "--lake", "datalake", "--limit", 1).out
    assert "read by historian_parser" in explained


def test_nothing_to_read(cli: Cli, tmp_path: Path) -> None:
    assert "No file to read: give paths, or scan a folder first." in cli("run", "historian_csv").out
    assert "check the path" in cli("run", "historian_csv", "missing").err
    (tmp_path / "own.py").write_text("def read(path):\n    return []\n")
    (tmp_path / "in.txt").write_text("x")
    assert "gave no record" in cli("run", "own.py", "in.txt").err
