"""Helm and kubeconform: those on PATH, else those that come with the test cluster."""

from __future__ import annotations

import lzma
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.programs import ROOT, find
from local.downloads import StackError

SHIPPED = ROOT.parent / "shared" / "cluster" / "bin"


@pytest.fixture(scope="session", autouse=True)
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is nowhere else is unpacked, once a session."""
    folder = tmp_path_factory.mktemp("bin")
    for name in ("helm", "kubeconform"):
        packed = SHIPPED / f"{name}.xz"
        if not is_here(name) and packed.exists():
            unpack(packed, folder / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{folder}")
        yield


def is_here(name: str) -> bool:
    try:
        return bool(find(name))
    except StackError:
        return False


def unpack(packed: Path, target: Path) -> None:
    with lzma.open(packed) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
    target.chmod(0o755)
