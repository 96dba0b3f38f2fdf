"""``python -m deploy charts-pull``: fetches the pinned charts of others into ``charts/*/charts``.

From their own repository, and where that cannot be reached, from the Go module that holds the same
chart. Either way it is the pinned one by the hash of its files, or it is not taken.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from deploy.programs import answer
from deploy.systems import charts, missing, upstream
from local.downloads import StackError, go_module

PINS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("upstream.toml").read_text(encoding="utf-8")
)


def main(words: list[str]) -> int:
    """The exit code."""
    if words:
        raise StackError("charts-pull takes no words.")
    for chart in charts():
        for each in upstream(chart):
            if f"{each['name']}-{each['version']}.tgz" in missing(chart):
                pull(each, chart / "charts")
                print(f"{chart.name}: {each['name']} {each['version']}")
    return 0


def pull(wanted: dict[str, str], folder: Path) -> None:
    """The chart as an archive in a folder. Raises StackError where it cannot be had."""
    folder.mkdir(exist_ok=True)
    pin = PINS[wanted["name"]]
    with tempfile.TemporaryDirectory() as scratch:
        try:
            answer("helm", "pull", wanted["name"], "--repo", wanted["repository"], "--version",
                   wanted["version"], "--destination", scratch)  # fmt: skip
        except StackError as error:
            _from_module(pin, wanted, Path(scratch), error)
        (archive,) = Path(scratch).glob("*.tgz")
        if digest(archive) != pin["sha256"]:
            raise StackError(
                f"{wanted['name']} {wanted['version']} is not the pinned chart: its files' hash is "
                f"{digest(archive)}."
            )
        shutil.move(archive, folder / f"{wanted['name']}-{wanted['version']}.tgz")


def digest(archive: Path) -> str:
    """Hash of a chart's files, however and by whom they were packed."""
    whole = hashlib.sha256()
    with tarfile.open(archive) as tar:
        files = (member for member in tar if member.isfile())
        for member in sorted(files, key=lambda each: each.name):
            file = tar.extractfile(member)
            assert file is not None
            whole.update(f"{member.name}\0{hashlib.sha256(file.read()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _from_module(
    pin: dict[str, str], wanted: dict[str, str], folder: Path, why: StackError
) -> None:
    module, version = pin["module"], f"v{wanted['version']}"
    try:
        tree = go_module(module, version)
    except StackError as error:
        raise StackError(f"{why} Nor could its Go module be had: {error}") from error
    chart = tree / pin["folder"]
    answer("helm", "package", str(chart), "--destination", str(folder))
