"""Packed exports: gzip and the files of zip archives, whole, damaged and hostile."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from pathlib import Path

import pytest

from casparian.reading.base import Source, UnreadableFile
from casparian.reading.packed import facts, members, sha256

TEXT = b"".join(b"line %d of the export\n" % number for number in range(20_000))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "runs.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a/one.csv", TEXT)
        packed.writestr("two.csv.gz", gzip.compress(TEXT))
        packed.writestr("__MACOSX/._one.csv", b"x")
        packed.writestr(".hidden", b"x")
    return path


def test_gzip_is_read_unpacked_and_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(TEXT))
    with Source(str(path), path.name).open() as stream:
        assert stream.read() == TEXT
        stream.seek(5)
        assert stream.read(10) == TEXT[5:15]


def test_members_of_an_archive_are_files(archive: Path) -> None:
    names = members(str(archive))
    assert [name.removeprefix(f"{archive}!/") for name in names] == ["a/one.csv", "two.csv.gz"]
    for name in names:
        with Source(name, name).open() as stream:
            assert stream.read() == TEXT
    assert facts(names[0]).size == len(TEXT)
    assert facts(names[0]).modified_ns == archive.stat().st_mtime_ns
    assert sha256(names[0]) == hashlib.sha256(TEXT).hexdigest()


def test_two_members_can_be_read_side_by_side(archive: Path) -> None:
    one, two = members(str(archive))
    with Source(one, "1").open() as first, Source(two, "2").open() as second:
        assert first.read(1000) == second.read(1000)
        assert first.read() == second.read()


def test_a_changed_archive_is_opened_anew(archive: Path) -> None:
    members(str(archive))
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("b.csv", b"1")
    assert members(str(archive)) == [f"{archive}!/b.csv"]
    with pytest.raises(FileNotFoundError):
        facts(f"{archive}!/a/one.csv")


def test_a_workbook_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("[Content_Types].xml", b"")
    assert members(str(path)) == []


def test_of_truncated_gzip_the_beginning_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(TEXT)[:-100])
    with Source(str(path), path.name).open() as stream:
        before = stream.read()
        assert len(before) > len(TEXT) // 2
        assert TEXT.startswith(before)
        with pytest.raises(UnreadableFile, match="early"):
            stream.read()


def test_a_damaged_archive_is_told(tmp_path: Path, archive: Path) -> None:
    path = tmp_path / "half.zip"
    path.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(OSError, match="damaged"):
        members(str(path))
