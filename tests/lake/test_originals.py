"""Originals: whole or not there, never changed, once by content, with every name."""

from __future__ import annotations

import hashlib
import shutil
import stat
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from casparian.lake.ledger import Ledger
from casparian.lake.originals import Originals, chronicles, originals_of
from casparian.lake.process import process
from casparian.lake.quarantine import Choice
from casparian.lake.replay import replay
from casparian.lake.scan import scan
from casparian.lake.store import Lake, LakeError
from tests.engine.content import tables
from tests.lake.exports import write_readings, write_tags

AQDEF = Path(__file__).parent.parent / "formats" / "aqdef"


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    write_tags(folder, 150)
    write_readings(folder, "a.csv", 8, ["1", "200", "3", "Bad"])
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.at(tmp_path / "lake")


def whole(landing: Path) -> dict[str, bytes]:
    """The originals by the names of their files, whatever lies there."""
    return {p.name: p.read_bytes() for p in (landing / "sha256").rglob("*") if p.is_file()}


def found(lake: Lake) -> list[dict[str, Any]]:
    originals = originals_of(lake)
    assert originals
    return [row for entry in originals.chronicle() for row in entry.rows]


def test_bytes_are_kept_under_their_hash(exports: Path, lake: Lake, tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    scan(lake, exports, "t", landing=str(landing))
    kept = whole(landing)
    assert len(kept) == 2
    for name, content in kept.items():
        assert hashlib.sha256(content).hexdigest() == name
    path = landing / "sha256" / name[:2] / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert {row["landing"] for row in Ledger(lake).rows()} == {str(landing)}
    assert chronicles(str(landing)) == [lake.uri]


def test_the_same_content_again_keeps_its_name_only(
    exports: Path, lake: Lake, tmp_path: Path
) -> None:
    scan(lake, exports, "t", landing=str(tmp_path / "landing"))
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "landing" / "sha256").rglob("*")}
    shutil.copy(exports / "a.csv", exports / "copy.csv")
    scan(lake, exports, "t")
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "landing" / "sha256").rglob("*")} == before
    last = found(lake)[-1]
    assert last["source_path"] == "a.csv"
    assert "copy.csv" in last["other_paths"]
    facts = (exports / "a.csv").stat()
    assert (last["size_bytes"], last["modified_ns"]) == (facts.st_size, facts.st_mtime_ns)
    assert last["tag"] == "t"


def test_files_are_read_from_there(exports: Path, lake: Lake, tmp_path: Path) -> None:
    other = Lake.at(tmp_path / "other")
    scan(other, exports, "t")
    process(other, "t")
    scan(lake, exports, "t", landing=str(tmp_path / "landing"))
    shutil.rmtree(exports)
    process(lake, "t")
    assert tables(lake) == tables(other)


def test_a_file_that_changes_while_it_is_kept_is_not_there(
    exports: Path, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Originals.keep

    def late(self: Originals, row: dict[str, Any], path: str | None = None) -> None:
        if row["source_path"] == "a.csv":
            (exports / "a.csv").write_text("other bytes", "utf-8")
        keep(self, row, path)

    monkeypatch.setattr(Originals, "keep", late)
    seen = scan(lake, exports, "t", landing=str(tmp_path / "landing"))
    assert seen.problems == [("a.csv", "the file changed while it was kept")]
    assert [row["source_path"] for row in Ledger(lake).rows()] == ["tags.csv"]
    assert len(whole(tmp_path / "landing")) == 1
    monkeypatch.undo()
    assert len(scan(lake, exports, "t").fresh) == 1


def test_what_is_cut_off_is_never_seen(
    exports: Path, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = tmp_path / "landing"

    def broken(self: Any, size: int = -1) -> bytes:
        if self.told:
            raise OSError(5, "input/output error")
        self.told = True
        return b"the first bytes"

    monkeypatch.setattr("casparian.lake.originals._Hashed.read", broken)
    monkeypatch.setattr("casparian.lake.originals._Hashed.told", False, raising=False)
    assert len(scan(lake, exports, "t", landing=str(landing)).problems) == 2
    assert whole(landing) == {}
    assert Ledger(lake).rows() == []


def test_files_in_archives_and_pairs_are_landed_from_their_originals(
    lake: Lake, tmp_path: Path
) -> None:
    """A .dfx needs the .dfd that lay beside it, also in an archive."""
    exports = tmp_path / "in"
    (exports / "loose").mkdir(parents=True)
    for name in ("pair.dfd", "pair.dfx"):
        shutil.copy(AQDEF / name, exports / "loose" / name)
    with ZipFile(exports / "packed.zip", "w") as archive:
        for name in ("pair.dfd", "pair.dfx"):
            archive.writestr(f"x/{name}", (AQDEF / name).read_bytes() + b"\r\n")
    other = Lake.at(tmp_path / "other")
    scan(other, exports, "t")
    process(other, "t")
    scan(lake, exports, "t", landing=str(tmp_path / "landing"))
    shutil.rmtree(exports)
    rows = process(lake, "t")
    assert sum(row["records_valid"] for row in rows) > 0
    assert tables(lake) == tables(other)


def test_a_replay_reads_the_original(exports: Path, lake: Lake, tmp_path: Path) -> None:
    scan(lake, exports, "t", landing=str(tmp_path / "landing"))
    process(lake, "t")
    shutil.rmtree(exports)
    again = tmp_path / "again"
    again.mkdir()
    write_tags(again, 250)
    scan(lake, again, "t")
    process(lake, "t")
    outcomes = replay(lake, Choice())
    assert [each.problem for each in outcomes] == [None]
    assert {row["source_path"]: row["records_valid"] for row in Ledger(lake).rows()}["a.csv"] == 3


def test_a_lake_that_keeps_originals_keeps_them_of_files_it_knew_before(
    exports: Path, lake: Lake, tmp_path: Path
) -> None:
    scan(lake, exports, "t")
    scan(lake, exports, "t", landing=str(tmp_path / "landing"))
    assert not (tmp_path / "landing" / "sha256").exists()
    process(lake, "t")
    assert len(whole(tmp_path / "landing")) == 2
    assert {row["landing"] for row in Ledger(lake).rows()} == {str(tmp_path / "landing")}


def test_a_lake_has_one_landing(exports: Path, lake: Lake, tmp_path: Path) -> None:
    scan(lake, exports, "t", landing=str(tmp_path / "landing"))
    with pytest.raises(LakeError, match=r"keeps its exports in .*landing, so not in .*other"):
        scan(lake, exports, "t", landing=str(tmp_path / "other"))
