"""Exports that lie in a bucket: the same books as those of a folder, no request a known file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from casparian.cli.root import main
from casparian.lake import exports_folder
from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake, LakeError, filesystem_of, path_of
from tests.lake.exports import write_readings

pytestmark = pytest.mark.stack
BOOKS = ("source_path", "source_hash", "format", "status", "timezone", "records_read",
         "records_valid", "records_quarantined", "records_duplicate", "size_bytes")  # fmt: skip


@pytest.fixture
def landing(s3: str) -> str:
    return f"s3://landing/{s3.rsplit('/', 1)[1]}"


@pytest.fixture
def inbox(s3: str, tmp_path: Path) -> str:
    """Exports as a plant's job puts them there; the same in the folder `in`."""
    folder = tmp_path / "in"
    (folder / "line 1" / ".hidden").mkdir(parents=True)
    write_readings(folder, "a.csv", 8, ["1", "Bad", "3"])
    write_readings(folder / "line 1", "b.csv", 9, ["1", "2"])
    write_readings(folder / "line 1" / ".hidden", "c.csv", 9, ["1", "2"])
    write_readings(tmp_path, "packed.csv", 10, ["5", "6"])
    with zipfile.ZipFile(folder / "runs.zip", "w") as archive:
        archive.write(tmp_path / "packed.csv", "day/packed.csv")
    (folder / "what.bin").write_bytes(b"\x00\x01\x02")
    (folder / "casparian.toml").write_text(
        '[[source]]\npath = "line 1/*"\ntimezone = "Europe/Berlin"\n', "utf-8"
    )
    uri = f"s3://landing/inbox/{s3.rsplit('/', 1)[1]}"
    for path in (each for each in sorted(folder.rglob("*")) if each.is_file()):
        put(uri, path.relative_to(folder).as_posix(), path.read_bytes())
    return uri


def put(uri: str, name: str, content: bytes) -> None:
    with filesystem_of(uri).open_output_stream(f"{path_of(uri)}/{name}") as stream:
        stream.write(content)


def books(lake: Lake) -> list[tuple[Any, ...]]:
    rows = Ledger(lake).rows()
    assert not not_closed(rows)
    return [tuple(row[name] for name in BOOKS) for row in rows]


def test_a_bucket_and_a_folder_have_the_same_books(
    s3: str, landing: str, inbox: str, tmp_path: Path
) -> None:
    lake, other = Lake.at(s3), Lake.at(tmp_path / "lake")
    found = scan(lake, inbox, "t", landing=landing)
    assert [path for path, _ in found.problems] == []
    scan(other, tmp_path / "in", "t")
    process(lake, "t")
    process(other, "t")
    assert books(lake) == books(other)
    assert len(books(lake)) == 4
    assert all(row["full_path"].startswith("s3://") for row in Ledger(lake).rows())


def test_what_has_landed_is_not_opened_again(
    s3: str, landing: str, inbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake.at(s3)
    scan(lake, inbox, "t", landing=landing)
    process(lake, "t")
    opened: list[str] = []
    for name in ("members", "sha256", "facts"):
        through: Any = getattr(exports_folder, name)

        def told(path: str, *more: Any, through: Any = through) -> Any:
            opened.append(path.rpartition("/")[2])
            return through(path, *more)

        monkeypatch.setattr(exports_folder, name, told)
    assert not scan(lake, inbox, "t").fresh
    assert set(opened) == {"runs.zip", "packed.csv", "what.bin"}  # an archive, and what is unknown
    opened.clear()
    put(inbox, "new.csv", b"tag,2024-01-01,1\n")
    assert len(scan(lake, inbox, "t").rows) == 5
    assert "new.csv" in opened


def test_what_is_overwritten_lands_again_and_its_original_stays(
    s3: str, landing: str, inbox: str, tmp_path: Path
) -> None:
    lake = Lake.at(s3)
    scan(lake, inbox, "t", landing=landing)
    write_readings(tmp_path, "a.csv", 8, ["1", "2", "3", "4"])
    put(inbox, "a.csv", (tmp_path / "a.csv").read_bytes())
    (row,) = (row for row in process(lake, "t") if row["source_path"] == "a.csv")
    assert (row["records_valid"], row["records_quarantined"]) == (2, 1)  # as it was when found
    assert len(scan(lake, inbox, "t").fresh) == 1
    (row,) = process(lake, "t")
    assert row["records_read"] == 4
    assert not not_closed([row])


def test_it_says_what_to_do(s3: str, landing: str) -> None:
    with pytest.raises(LakeError, match="say where the lake keeps theirs"):
        scan(Lake.at(s3), "s3://landing/inbox", "t")
    for place in ("s3://landing/nothing-here", "s3://no-such-bucket/plant"):
        asked = ["scan", place, "--lake", s3, "--landing", landing]
        said = CliRunner().invoke(main, asked)
        assert said.exit_code != 0
        assert "at 's3://" in said.output or "cannot be listed" in said.output
