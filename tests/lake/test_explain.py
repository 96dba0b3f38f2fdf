"""Explain: every row leads back to the bytes that it was read from."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from casparian.formats import all_formats
from casparian.lake.explain import explain, ranges, resolve
from casparian.lake.query import QueryError, UnknownTableError
from casparian.lake.store import Lake
from tests.conftest import LandedPlant
from tests.lake.exports import land, write_readings, write_tags

VALUES = "silver_equipment.historian_values"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("explain")
    (folder / "exports").mkdir()
    write_tags(folder / "exports", 100)
    write_readings(folder / "exports", "a.csv", 3, ["20", "120", "22"])
    write_readings(folder / "exports", "b.csv", 3, ["20", "7"])
    lake = Lake.at(folder / "lake")
    land(lake, folder / "exports")
    return lake


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], ""), ([4], "4"), ([3, 1, 2], "1-3"), ([1, 2, 2, 5, 7, 8], "1-2, 5, 7-8")],
)
def test_ranges(numbers: list[int], text: str) -> None:
    assert ranges(numbers) == text


def test_a_silver_row_leads_to_its_line(landed_plant: LandedPlant) -> None:
    (row,) = explain(landed_plant.lake, VALUES, "tag_name LIKE 'TT%' AND value > 20", 1)["rows"]
    record = row["record"]
    path = Path(record["file"]["full_path"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == record["_source_hash"]
    with path.open(encoding="utf-8-sig", newline="") as stream:
        line = list(csv.DictReader(stream))[record["_source_row"] - 1]
    assert record["as_read"]["value"] == line["Value"]
    assert float(line["Value"]) == row["values"]["value"]
    assert line["Tag"] == row["values"]["tag_name"]
    assert record["_parser"] == "historian_csv"
    assert record["_contract_version"] == "1.0.0"
    assert record["file"]["state"] == "there, and its hash matches"


def test_a_quarantined_row(lake: Lake) -> None:
    (row,) = explain(lake, "historian_values_quarantine")["rows"]
    assert row["values"]["reason"] == "Above max (100)"
    assert row["record"]["as_read"]["value"] == "120"
    assert row["record"]["file"]["source_path"] == "a.csv"


def test_a_bronze_row_says_what_became_of_it(lake: Lake) -> None:
    rows = explain(lake, "bronze_equipment.historian_values")["rows"]
    became = {
        (row["record"]["_source_path"], row["record"]["_source_row"]): row["record"]["became"]
        for row in rows
    }
    assert became == {
        ("a.csv", 1): "valid: it is in silver",
        ("a.csv", 2): "quarantined: Above max (100)",
        ("a.csv", 3): "valid: it is in silver",
        ("b.csv", 1): "a duplicate of a record that the lake has already",
        ("b.csv", 2): "valid: it is in silver",
    }


def test_a_roll_up_shows_its_readings(lake: Lake) -> None:
    for table in ("historian_hourly", "historian_daily"):
        (row,) = explain(lake, table)["rows"]
        readings = row["readings"]
        assert readings["count"] == row["values"]["reading_count"] == 3
        assert [one["value"] for one in readings["first"]] == [20.0, 7.0, 22.0]
        assert [(s["file"]["source_path"], s["rows"]) for s in readings["sources"]] == [
            ("a.csv", "1, 3"), ("b.csv", "2"),
        ]  # fmt: skip


def test_a_gold_row_leads_to_all_its_records(lake: Lake, tmp_path: Path) -> None:
    hashes = {row["_source_path"]: row["_source_hash"] for row in _silver(lake)}
    places = [f"{hashes['a.csv']}#1", f"{hashes['a.csv']}#3", f"{hashes['b.csv']}#2"]
    gold = pa.table({"line_id": ["L1"], "_source_rows": [places]})
    write_deltalake(lake.table_uri("gold_production.fct_oee_shift"), gold, mode="overwrite")
    data = explain(lake, "fct_oee_shift", "line_id = 'L1'")
    assert data["description"].startswith("One row per line and shift.")
    assert "silver_production.production_counts" in data["made_from"]
    first, second = data["rows"][0]["sources"]
    assert (first["file"]["source_path"], first["rows"], first["records"]) == ("a.csv", "1, 3", 2)
    assert first["versions"] == [
        {
            "_parser": "historian_csv",
            "_parser_version": all_formats()["historian_csv"].version,
            "_contract_version": "1.0.0",
        }
    ]
    assert [record["value"] for record in first["first"]] == ["20", "22"]
    assert (second["file"]["source_path"], second["rows"]) == ("b.csv", "2")
    assert data["rows"][0]["values"] == {"line_id": "L1"}


def test_records_in_a_row_are_named_by_the_first_and_the_last(lake: Lake) -> None:
    hashes = {row["_source_path"]: row["_source_hash"] for row in _silver(lake)}
    gold = pa.table({"position": [1], "_source_rows": [[f"{hashes['a.csv']}#1-3"]]})
    write_deltalake(lake.table_uri("gold_quality.fct_spc_points"), gold, mode="overwrite")
    (source,) = explain(lake, "fct_spc_points")["rows"][0]["sources"]
    assert (source["rows"], source["records"]) == ("1-3", 3)
    assert [record["value"] for record in source["first"]] == ["20", "120", "22"]


def test_a_gold_row_without_records_says_how_to_go_on(lake: Lake) -> None:
    gold = pa.table({"shift": ["Early"]})
    write_deltalake(lake.table_uri("gold_production.dim_shift"), gold, mode="overwrite")
    (row,) = explain(lake, "gold_production.dim_shift")["rows"]
    assert "silver_production.shift_calendar: explain those" in row["nothing"]


def _silver(lake: Lake) -> list[dict[str, object]]:
    table = lake.read(VALUES)
    assert table is not None
    return table.to_pylist()  # type: ignore[no-any-return]


def test_a_changed_and_a_missing_file_are_said(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    write_readings(tmp_path / "exports", "a.csv", 3, ["20"])
    write_readings(tmp_path / "exports", "b.csv", 4, ["20"])
    lake = Lake.at(tmp_path / "lake")
    land(lake, tmp_path / "exports")
    with (tmp_path / "exports" / "a.csv").open("a") as stream:
        stream.write("more\n")
    (tmp_path / "exports" / "b.csv").unlink()
    states = {
        row["record"]["_source_path"]: row["record"]["file"]["state"]
        for row in explain(lake, VALUES)["rows"]
    }
    assert states == {"a.csv": "there, but its content has changed", "b.csv": "no longer there"}


def test_names(lake: Lake) -> None:
    assert resolve(lake, "historian_values") == VALUES
    assert resolve(lake, "files") == "ops.files"
    assert resolve(lake, "bronze_equipment.historian_values") == "bronze_equipment.historian_values"
    with pytest.raises(UnknownTableError, match="did you mean"):
        resolve(lake, "historian_valuez")
    with pytest.raises(QueryError, match="nothing"):
        explain(lake, VALUES, "nothing = 1")


def test_a_ledger_row_is_its_file(lake: Lake) -> None:
    rows = explain(lake, "files", "source_path = 'a.csv'")["rows"]
    assert rows[0]["file"]["state"] == "there, and its hash matches"
