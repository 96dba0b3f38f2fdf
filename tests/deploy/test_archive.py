"""A bundle as a file: written and read as a stream, checked before anything of it is used."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pyarrow as pa
import pytest

from deploy.archive import SUMS, checked, copied, members, written
from local.downloads import StackError


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    image = tmp_path / "image.tar"
    image.write_bytes(bytes(range(256)) * 20_000)
    with written(tmp_path / "out" / "x.tar.zst") as to:
        to.text("bundle.json", "{}\n")
        assert to.file("images/a.tar", image) == 5_120_000
    return tmp_path / "out" / "x.tar.zst"


def test_what_was_written_is_read_with_its_sums(bundle: Path, tmp_path: Path) -> None:
    assert checked(bundle) == ["bundle.json", "images/a.tar"]
    for name, file in members(bundle):
        if name == "images/a.tar":
            copied(file, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "image.tar").read_bytes()


def test_any_tar_reads_it(bundle: Path) -> None:
    packed = pa.CompressedInputStream(pa.OSFile(str(bundle), "rb"), "zstd")
    with packed, tarfile.open(fileobj=packed, mode="r|") as tar:
        assert [each.name for each in tar] == ["bundle.json", "images/a.tar", SUMS]


def test_a_part_is_left_by_none_that_failed(tmp_path: Path) -> None:
    with pytest.raises(ValueError), written(tmp_path / "x.tar.zst"):
        raise ValueError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("share", [0, 0.1, 0.9])
def test_a_part_of_a_bundle_is_none(bundle: Path, share: float) -> None:
    whole = bundle.read_bytes()
    bundle.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(StackError, match=r"no whole bundle|damaged"):
        checked(bundle)


def test_a_changed_byte_is_named(tmp_path: Path) -> None:
    with written(tmp_path / "x.tar.zst") as to:
        to.text("a", "one")
        to.text("b", "two")
        to._sums["b"] = "0" * 64
    with pytest.raises(StackError, match=r"is damaged: b\. Copy it again"):
        checked(tmp_path / "x.tar.zst")


def test_a_member_too_many_is_named(tmp_path: Path) -> None:
    with written(tmp_path / "x.tar.zst") as to:
        to.text("a", "one")
        to.text("smuggled", "two")
        del to._sums["smuggled"]
    with pytest.raises(StackError, match="is damaged: smuggled"):
        checked(tmp_path / "x.tar.zst")


def test_no_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"There is no file .*x\.zst"):
        checked(tmp_path / "x.zst")
