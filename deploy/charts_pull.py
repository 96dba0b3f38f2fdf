"""``python -m deploy charts-pull``: fetches the pinned charts of others into ``charts/*/charts``.

From their own repository, and where that cannot be reached, from the Go module that holds the same
chart (``deploy/upstream.toml``). Either way it is the pinned one by the hash of its files, or it is
not taken. A chart without a pin is taken by its version, and its hash is said.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
import string
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.programs import answer
from deploy.systems import charts, missing, upstream
from local.downloads import StackError, go_module

Pin = dict[str, Any]
PINS: dict[str, Pin] = tomllib.loads(
    Path(__file__).with_name("upstream.toml").read_text(encoding="utf-8")
)


def is_pinned(chart: Path) -> bool:
    """Whether the hash of all that a chart wraps is known, so that it is the same everywhere."""
    return all("sha256" in PINS.get(each["name"], {}) for each in upstream(chart))


def main(words: list[str]) -> int:
    """The exit code."""
    if words:
        raise StackError("charts-pull takes no words.")
    failed = [error for chart in charts() for error in _all(chart)]
    for error in failed:
        print(error, file=sys.stderr)
    return 1 if failed else 0


def _all(chart: Path) -> Iterator[StackError]:
    """Fetches what a chart wraps; why one could not be had."""
    for each in upstream(chart):
        if f"{each['name']}-{each['version']}.tgz" in missing(chart):
            try:
                pull(each, chart / "charts")
            except StackError as error:
                yield error
            else:
                print(f"{chart.name}: {each['name']} {each['version']}")


def pull(wanted: dict[str, str], folder: Path) -> None:
    """The chart as an archive in a folder. Raises StackError where it cannot be had."""
    folder.mkdir(exist_ok=True)
    pin = PINS.get(wanted["name"], {})
    with tempfile.TemporaryDirectory() as scratch:
        _fetch(pin, wanted, Path(scratch))
        (archive,) = Path(scratch).glob("*.tgz")
        _checked(pin, wanted, digest(archive))
        shutil.move(archive, folder / f"{wanted['name']}-{wanted['version']}.tgz")


def _fetch(pin: Pin, wanted: dict[str, str], folder: Path) -> None:
    if pin.get("always"):
        _from_module(pin, wanted, folder)
        return
    place = wanted["repository"]
    where = [f"{place}/{wanted['name']}"] if place.startswith("oci:") else [
        wanted["name"], "--repo", place]  # fmt: skip
    try:
        answer("helm", "pull", *where, "--version", wanted["version"], "--destination", str(folder))
    except StackError as error:
        if "module" not in pin:
            raise StackError(f"{_named(wanted)} cannot be had: {error}") from None
        _from_module(pin, wanted, folder, f"{error} ")


def _checked(pin: Pin, wanted: dict[str, str], found: str) -> None:
    said = _named(wanted)
    if "sha256" not in pin:
        print(f'{said} has no pin yet; write into deploy/upstream.toml: sha256 = "{found}"')
    elif found != pin["sha256"]:
        raise StackError(f"{said} is not the pinned chart: its files' hash is {found}.")


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


def _from_module(pin: Pin, wanted: dict[str, str], folder: Path, why: str = "") -> None:
    version = wanted["version"].removeprefix("v")
    try:
        tree = go_module(pin["module"], f"v{version}")
    except StackError as error:
        raise StackError(
            f"{why}The Go module of {_named(wanted)} cannot be had: {error}"
        ) from error
    with tempfile.TemporaryDirectory() as scratch:
        chart = Path(scratch) / wanted["name"]
        shutil.copytree(tree / pin["folder"], chart)
        _package(pin, wanted, chart, folder)


def _package(pin: Pin, wanted: dict[str, str], chart: Path, folder: Path) -> None:
    """As the publisher does it: the version is written into sources that have none."""
    for path in (chart, *chart.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)  # Go's copies are for reading alone
    if "template" in pin:
        text = string.Template((chart / pin["template"]).read_text(encoding="utf-8"))
        (chart / "values.yaml").write_text(text.substitute(pin["words"]), encoding="utf-8")
        (chart / pin["template"]).unlink()
    version = wanted["version"]
    versions = ["--version", version, "--app-version", version] if pin.get("always") else []
    answer("helm", "package", str(chart), *versions, "--destination", str(folder))


def _named(wanted: dict[str, str]) -> str:
    return f"{wanted['name']} {wanted['version']}"
