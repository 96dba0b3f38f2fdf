"""The files, read with nothing but csv, openpyxl and lxml, hold what the truth says they hold."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree

from casparian.plant.mtconnect_items import NAMESPACE
from tests.plant.conftest import WrittenPlant

CATEGORIES = ("Samples", "Events", "Condition")


def text_of(path: Path) -> str:
    raw = path.read_bytes()
    return raw.decode("utf-16") if raw[:2] == b"\xff\xfe" else raw.decode("utf-8")


def csv_rows(path: Path) -> list[list[str]]:
    text = text_of(path)
    delimiter = ";" if text.startswith("Timestamp;") else ","
    return list(csv.reader(text.splitlines(), delimiter=delimiter))[1:]


def observations_of(path: Path) -> list[Any]:
    tree = etree.parse(path, etree.XMLParser(recover=True))
    groups = tree.iter(*(f"{{{NAMESPACE}}}{name}" for name in CATEGORIES))
    return [element for group in groups for element in group]


def workbook_rows(path: Path) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path, read_only=True)
    rows: list[tuple[Any, ...]] = []
    for sheet in book.worksheets:
        cells = list(sheet.iter_rows(values_only=True))
        header = next(i for i, row in enumerate(cells) if row[0] == "Serial")
        rows += cells[header + 1 :]
    return rows


def test_books_close_for_every_file(plant: WrittenPlant) -> None:
    for path, counts in plant.truth["files"].items():
        assert counts["read"] == counts["valid"] + counts["quarantined"] + counts["duplicate"], path
        assert min(counts.values()) >= 0, path
    rejected: dict[str, int] = {}
    for entry in plant.truth["quarantine"]:
        rejected[entry["file"]] = rejected.get(entry["file"], 0) + entry["count"]
    for path, counts in plant.truth["files"].items():
        assert counts["quarantined"] == rejected.get(path, 0), path


def test_the_truth_lists_every_file_and_no_other(plant: WrittenPlant) -> None:
    written = {p.relative_to(plant.exports).as_posix() for p in plant.exports.rglob("*.*")}
    assert written - set(plant.truth["files"]) == {"casparian.toml"}
    assert set(plant.truth["files"]) <= written
    assert plant.summary.files == len(plant.truth["files"])
    assert plant.summary.records == sum(f["read"] for f in plant.truth["files"].values())


def test_csv_files_hold_as_many_records_as_the_truth_says(plant: WrittenPlant) -> None:
    for path, counts in plant.truth["files"].items():
        if path.endswith(".csv"):
            assert len(csv_rows(plant.exports / path)) == counts["read"], path


def test_tables_have_as_many_columns_in_every_row(plant: WrittenPlant) -> None:
    for path in plant.truth["files"]:
        if path.endswith(".csv") and "/historian/" not in path:
            text = text_of(plant.exports / path)
            widths = {len(row) for row in csv.reader(text.splitlines())}
            assert len(widths) == 1, path


def test_workbooks_hold_as_many_records_as_the_truth_says(plant: WrittenPlant) -> None:
    for path in plant.files("quality"):
        rows = workbook_rows(plant.exports / path)
        counts = plant.truth["files"][path]
        assert len(rows) == counts["read"]
        assert sum(row[9] is None for row in rows) == counts["quarantined"]


def test_documents_hold_as_many_observations_as_the_truth_says(plant: WrittenPlant) -> None:
    seen: set[tuple[str, str, str]] = set()
    for path in plant.files("mtconnect"):
        found = observations_of(plant.exports / path)
        counts = plant.truth["files"][path]
        if counts["quarantined"]:  # the reader recovers the observation that is cut
            found = [one for one in found if one.get("timestamp")]
        else:
            tree = found[0].getroottree()
            header = tree.find(f"{{{NAMESPACE}}}Header")
            numbers = sorted(int(one.get("sequence")) for one in found)
            assert numbers[0] == int(header.get("firstSequence"))
            assert numbers[-1] == int(header.get("lastSequence"))
            assert numbers == list(range(numbers[0], numbers[-1] + 1))
        head = (plant.exports / path).read_text(encoding="utf-8")[:2000]
        instance = head.split('instanceId="')[1].split('"')[0]
        keys = {(path.split("/")[2], instance, one.get("sequence")) for one in found}
        assert len(found) + counts["quarantined"] == counts["read"], path
        assert len(keys & seen) == counts["duplicate"], path
        seen |= keys
    devices = plant.truth["mtconnect"]["devices"]
    assert sum(sum(d["observations"].values()) for d in devices.values()) == len(seen)


def test_master_data_names_every_tag_of_the_historian(plant: WrittenPlant) -> None:
    for site in plant.truth["sites"]:
        folder, site_id = site["folder"], site["site_id"]
        tags = {r[0] for r in csv_rows(plant.exports / f"{folder}/master/tag_list_{site_id}.csv")}
        aliases = csv_rows(plant.exports / f"{folder}/master/tag_alias_{site_id}.csv")
        assert {row[0] for row in aliases} == tags
        seen: set[str] = set()
        for path in plant.files("historian"):
            if path.startswith(folder):
                seen |= {row[1] for row in csv_rows(plant.exports / path) if len(row) == 4}
        assert seen - {""} == tags


@pytest.mark.parametrize("days", [1, 2])
def test_short_periods_leave_out_what_they_cannot_hold(tmp_path: Path, days: int) -> None:
    import json

    from casparian.plant import write_plant

    write_plant(tmp_path, days=days, seed=3, scale=0.02)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    kinds = {fault["kind"] for fault in truth["faults"]}
    assert "bearing_failure" in kinds
    assert ("dst_night" in kinds) == (days >= 2)
    assert "sensor_offline" not in kinds
    assert truth["offline"] is None
    assert truth["mtconnect"]["restart"] is None
    assert not {"mean_shift", "mtconnect_agent_restart", "clock_back"} & kinds
