"""scan, process, files, tables, formats: from a folder to closed books."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from casparian.formats import families
from tests.cli.conftest import READINGS, Cli


def test_scan_says_new_then_known(cli: Cli, exports: Path) -> None:
    first = cli("scan", exports, "--tag", "demo", "--json")
    assert first.code == 0
    assert first.json["counts"] == {"new": 2, "known": 0, "unknown": 0, "problem": 0}
    by_path = {file["source_path"]: file for file in first.json["files"]}
    assert by_path["readings.csv"]["format"] == "historian_csv"
    assert by_path["tags.csv"]["format"] == "historian_tags"
    assert 0 < by_path["readings.csv"]["confidence"] <= 1
    assert len(by_path["readings.csv"]["source_hash"]) == 64
    (exports / "again.csv").write_text(READINGS, "utf-8")
    second = cli("scan", exports, "--tag", "demo", "--json")
    assert second.json["counts"] == {"new": 0, "known": 3, "unknown": 0, "problem": 0}


def test_many_known_files_are_counted_and_only_what_is_new_is_listed(
    cli: Cli, exports: Path
) -> None:
    for number in range(51):
        (exports / f"r{number}.csv").write_text(f"{READINGS}\n{number}", "utf-8")
    assert "r50.csv" in cli("scan", exports).out
    (exports / "late.csv").write_text(f"{READINGS}\n99", "utf-8")
    answer = cli("scan", exports)
    assert "late.csv" in answer.out
    assert "r50.csv" not in answer.out
    assert "Known files are not listed" in answer.out
    assert len(cli("scan", exports, "--json").json["files"]) == 54


def test_scan_says_why_a_file_is_unknown(cli: Cli, exports: Path) -> None:
    (exports / "empty.csv").touch()
    (exports / "notes.txt").write_text("hello\n")
    answer = cli("scan", exports)
    assert answer.code == 0
    assert "unknown" in answer.out
    assert "the file is empty" in answer.out
    assert "4 files" in answer.out
    assert "2 new, 2 unknown (tag exports)" in answer.out


def test_scan_leads_from_an_unknown_table_to_a_contract(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "coils.csv").write_text("Coil;Gauge mm;Width mm\n1;0.5;1200\n2;0.51;1201\n")
    assert f"casparian infer {tmp_path / 'coils.csv'}" in cli("scan", tmp_path).out


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="may read everything")
def test_scan_lists_what_it_may_not_read(cli: Cli, exports: Path) -> None:
    (exports / "secret.csv").write_text("x")
    (exports / "secret.csv").chmod(0)
    answer = cli("scan", exports, "--json")
    assert answer.code == 1
    assert answer.json["problems"] == [
        {"source_path": "secret.csv", "problem": "permission denied"}
    ]


def test_scan_goes_on_after_a_problem(
    cli: Cli, exports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from casparian.lake import exports_folder

    def refuse(path: str) -> str:
        if path.endswith("readings.csv"):
            raise PermissionError(13, "Permission denied", path)
        return original(path)

    original = exports_folder.sha256
    monkeypatch.setattr(exports_folder, "sha256", refuse)
    answer = cli("scan", exports, "--json")
    assert answer.code == 1
    assert answer.json["counts"] == {"new": 1, "known": 0, "unknown": 0, "problem": 1}
    assert answer.json["problems"][0]["problem"] == "permission denied"


def test_process_closes_the_books(cli: Cli, exports: Path) -> None:
    cli("scan", exports, "--tag", "demo")
    answer = cli("process", "--tag", "demo", "--json")
    assert answer.code == 0
    data = answer.json
    assert data["files"] == 2
    assert data["records_read"] == 7
    assert data["records_valid"] == 3
    assert data["records_quarantined"] == 3
    assert data["records_duplicate"] == 1
    assert data["books_closed"] is True
    assert sorted(reason for _, _, reason, _ in data["reasons"]) == [
        "Above max (100)", "Missing value", "Quality Bad",
    ]  # fmt: skip
    again = cli("process", "--tag", "demo")
    assert again.code == 0
    assert "Nothing waits" in again.out


def test_process_shows_reasons(cli: Cli, exports: Path) -> None:
    cli("scan", exports)
    answer = cli("process")
    assert "2 files: 7 records read = 3 valid + 3 quarantined + 1 duplicate." in answer.out
    assert "Above max (100)" in answer.out
    assert "Books closed." in answer.out


def test_process_fails_for_a_file_that_is_gone(cli: Cli, exports: Path) -> None:
    cli("scan", exports)
    (exports / "readings.csv").unlink()
    answer = cli("process")
    assert answer.code == 1
    assert "failed: readings.csv: " in answer.out
    assert cli("files", "--check-books").code == 0
    assert cli("files", "--status", "failed", "--json").json[0]["source_path"] == "readings.csv"


def test_files_filters(cli: Cli, seen: Path) -> None:
    assert len(cli("files", "--json").json) == 2
    assert len(cli("files", "--path", "read*", "--json").json) == 1
    assert cli("files", "--tag", "other", "--json").json == []
    assert "2 files: 7 read = 3 valid + 3 quarantined + 1 duplicate." in cli("files").out


def test_one_file_with_all_that_is_known(cli: Cli, seen: Path) -> None:
    answer = cli("files", "readings.csv", "--json")
    assert answer.json["records_read"] == 6
    assert ["historian_values", "missing", "Missing value", 1] in answer.json["reasons"]
    by_hash = cli("files", answer.json["source_hash"][:12])
    assert "1 × Missing value" in by_hash.out


def test_check_books_fails_where_they_do_not_close(cli: Cli, landed: Path, tmp_path: Path) -> None:
    from casparian.lake.ledger import Ledger
    from casparian.lake.store import Lake

    assert cli("files", "--tag", "demo", "--check-books", "--json").json["books_closed"] is True
    ledger = Ledger(Lake.at(tmp_path / "lake"))
    row = next(row for row in ledger.rows() if row["source_path"] == "readings.csv")
    ledger.write([row | {"records_valid": 99}])
    answer = cli("files", "--check-books")
    assert answer.code == 1
    assert "readings.csv: 6 read, but 99 valid + 3 quarantined + 1 duplicate" in answer.out
    assert cli("files", "--check-books", "--json").json["open"][0]["records_valid"] == 99


def test_tables(cli: Cli, seen: Path) -> None:
    rows = {row["address"]: row["rows"] for row in cli("tables", "--json").json}
    assert rows["bronze_equipment.historian_values"] == 6
    assert rows["silver_equipment.historian_values"] == 2
    assert rows["ops_equipment.historian_values_quarantine"] == 3
    assert rows["ops.files"] == 2
    assert "last commit" in cli("tables").out


def test_one_table(cli: Cli, seen: Path) -> None:
    about = cli("tables", "silver_equipment.historian_values", "--json").json
    columns = {column["name"]: column for column in about["columns"]}
    assert columns["timestamp"]["type"] == "timestamp"
    assert columns["timestamp"]["key"] is True
    assert "UTC" in columns["timestamp"]["description"]
    assert columns["value"]["type"] == "double"
    near = cli("tables", "silver_equipment.historian_valuez")
    assert near.code == 1
    assert "did you mean silver_equipment.historian_values" in near.err


def test_formats_are_those_that_can_be_read(cli: Cli) -> None:
    names = [form.name for forms in families().values() for form in forms]
    assert [row["name"] for row in cli("formats", "--json").json] == names
    assert "historian_csv" in cli("formats").out


def test_settings_are_found_above_the_scanned_folder(cli: Cli, tmp_path: Path) -> None:
    site = tmp_path / "exports" / "hamburg"
    site.mkdir(parents=True)
    (site / "readings.csv").write_text(READINGS, "utf-8")
    settings = '[[source]]\npath = "hamburg/**"\ntimezone = "Europe/Berlin"\n'
    (tmp_path / "exports" / "casparian.toml").write_text(settings)
    found = cli("scan", site, "--json").json["files"]
    assert [file["timezone"] for file in found] == ["Europe/Berlin"]


def test_plant(cli: Cli, tmp_path: Path) -> None:
    answer = cli("plant", "--days", 1, "--scale", 0.01, "--out", "plant", "--json")
    assert answer.code == 0
    assert answer.json["files"] == len(
        [
            path
            for path in (tmp_path / "plant" / "exports").rglob("*")
            if path.suffix != ".toml" and path.is_file()
        ]
    )
    other = cli("plant", "--days", 2, "--scale", 0.01, "--out", "plant")
    assert other.code == 1
    assert "choose an empty folder" in other.err


def test_report(cli: Cli, seen: Path, tmp_path: Path) -> None:
    answer = cli("report", "--out", "pages/report.html")
    assert answer.code == 0
    assert "Books closed" in answer.out
    assert "<html" in (tmp_path / "pages" / "report.html").read_text("utf-8")
    assert "out" in cli("report", "--out", "report.html", "--json").json
