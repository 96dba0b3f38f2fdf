"""Packed exports land file by file: books, lineage and a second scan."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

from casparian.lake.scan import scan
from casparian.lake.store import Lake
from tests.lake.exports import books, land, write_readings


def test_the_files_of_an_archive_have_books_of_their_own(tmp_path: Path) -> None:
    plain, exports = tmp_path / "plain", tmp_path / "exports"
    plain.mkdir()
    exports.mkdir()
    for hour in (1, 2, 3):
        write_readings(plain, f"{hour}.csv", hour, ["1", "2", "Bad", "4"])
    with zipfile.ZipFile(exports / "runs.zip", "w") as packed:
        packed.write(plain / "1.csv", "deep/1.csv")
        packed.write(plain / "2.csv", "2.csv")
        packed.writestr("notes.bin", b"nothing that a format knows")
    (exports / "3.csv.gz").write_bytes(gzip.compress((plain / "3.csv").read_bytes()))
    lake = Lake.at(str(tmp_path / "lake"))
    land(lake, exports)
    found = books(lake)
    assert {path: counts[:4] for path, counts in found.items()} == {
        "3.csv.gz": ("landed", 4, 3, 1),
        "runs.zip!/deep/1.csv": ("landed", 4, 3, 1),
        "runs.zip!/2.csv": ("landed", 4, 3, 1),
        "runs.zip!/notes.bin": ("unknown", 0, 0, 0),
    }
    again = scan(lake, exports, "test")
    assert not again.changed
    assert {row["source_path"]: row["status"] for row in again.rows}[
        "runs.zip!/notes.bin"
    ] == "unknown"


def test_a_damaged_archive_is_told_kept_in_the_ledger_and_stops_nothing(tmp_path: Path) -> None:
    write_readings(tmp_path, "good.csv", 1, ["1"])
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and nothing that follows")
    found = scan(Lake.at(str(tmp_path / "lake")), tmp_path, "test")
    assert [path for path, _ in found.problems] == ["bad.zip"]
    status = {row["source_path"]: row["status"] for row in found.rows}
    assert status == {"bad.zip": "unknown", "good.csv": "new"}
