"""What the servers are made of: fetched once by the ordinary clients, checked, kept.

Pins are in ``pins.toml``: what to fetch, which version, and the SHA-256 of what comes. The kept
files lie in ``$CASPARIAN_CACHE/stack`` (default ``~/.cache/casparian/stack``), each tree under the
name of its pin, so that another version never meets an old file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from spark_jobs.jars import cache_folder

PINS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("pins.toml").read_text(encoding="utf-8")
)
PROJECT = (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    "<groupId>casparian</groupId><artifactId>stack</artifactId><version>1</version>"
    "<dependencies>{jars}</dependencies></project>"
)


class StackError(RuntimeError):
    """The stack cannot be had as asked; one sentence that says what to do."""


def cache() -> Path:
    """Where what was fetched is kept."""
    return cache_folder() / "stack"


def go_program(name: str) -> Path:
    """A server built from its pinned Go module, whose source Go checks by its checksum database."""
    pin = PINS[name]
    folder = kept(f"{name}-{pin['version']}", lambda folder: _go_install(pin, folder))
    return folder / Path(pin.get("package", pin["module"])).name


def maven_tree(name: str, keep: Callable[[str], bool] | None = None) -> Path:
    """The folder inside a pinned tarball of Maven's; `keep`: which of its plugins are kept."""
    pin = PINS[name]
    top = kept(f"{name}-{pin['version']}", lambda folder: _unpacked(pin, folder, keep))
    return next(path for path in top.iterdir() if path.is_dir())


def maven_jars(name: str) -> list[Path]:
    """Pinned jars, each checked when it was fetched."""
    pins: dict[str, str] = PINS[name]["jars"]
    version = hashlib.sha256(repr(sorted(pins.items())).encode()).hexdigest()[:12]
    folder = kept(f"{name}-{version}", lambda place: _fetch_all(pins, place))
    return sorted(folder.glob("*.jar"))


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of this name, made whole or not at all."""
    folder = cache() / name
    if folder.is_dir():
        return folder
    cache().mkdir(parents=True, exist_ok=True)
    if os.environ.get("OFFLINE", "0") not in ("", "0"):
        raise StackError(f"{name} was never fetched: run make stack once with a network.")
    scratch = Path(tempfile.mkdtemp(dir=cache(), prefix=f".{name}-"))
    try:
        make(scratch)
        scratch.rename(folder)
    except OSError as error:
        if folder.is_dir():  # another process was quicker
            return folder
        raise StackError(f"{name} cannot be kept in {cache()}: {error.strerror}.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def go_module(module: str, version: str) -> Path:
    """The folder of a Go module, whose files Go checks by its checksum database."""
    go = program("go", f"Go 1.24 or newer fetches {module} and was not found: install it.")
    words = [go, "mod", "download", "-json", f"{module}@{version}"]
    return Path(json.loads(_run(words, os.environ | {"GOFLAGS": "-mod=mod"}))["Dir"])


def _go_install(pin: dict[str, str], folder: Path) -> None:
    go = program("go", f"Go 1.24 or newer builds {pin['module']} and was not found: install it.")
    environment = os.environ | {"GOBIN": str(folder), "CGO_ENABLED": "0"}
    if "package" not in pin:
        _run([go, "install", "-trimpath", f"{pin['module']}@{pin['version']}"], environment)
        return
    # `go install` asks which versions there are, which not every mirror answers.
    tree = go_module(pin["module"], pin["version"])
    words = ["-C", str(tree), "-trimpath", "-o", f"{folder}/", f"./{pin['package']}"]
    _run([go, "build", *words], environment)


def _unpacked(pin: dict[str, str], folder: Path, keep: Callable[[str], bool] | None) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        archive = _fetched(pin["artifact"], pin["sha256"], Path(scratch))
        with tarfile.open(archive) as tar:  # whole first: hard links point into what is pruned
            tar.extractall(folder, filter="data")
    for plugin in folder.glob("*/plugin/*"):
        if keep is not None and not keep(plugin.name):
            shutil.rmtree(plugin)


def _fetch_all(pins: dict[str, str], folder: Path) -> None:
    """Jars by their coordinates, all in one go, and nothing that they would bring along."""
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "pom.xml"
        project.write_text(PROJECT.format(jars="".join(map(_dependency, pins))), encoding="utf-8")
        _maven("copy-dependencies", f"-DoutputDirectory={folder}", "-DexcludeTransitive=true",
               "-f", str(project))  # fmt: skip
    for artifact, digest in pins.items():
        _, name, version = artifact.split(":")
        _check(folder / f"{name}-{version}.jar", artifact, digest)


def _dependency(artifact: str) -> str:
    group, name, version = artifact.split(":")
    return (
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId>"
        f"<version>{version}</version></dependency>"
    )


def _fetched(artifact: str, digest: str, folder: Path) -> Path:
    """A file of Maven's by its coordinates, if it is the pinned one."""
    _maven("copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}", "-Dtransitive=false")
    (path,) = (path for path in folder.iterdir() if path.is_file())
    _check(path, artifact, digest)
    return path


def _maven(goal: str, *options: str) -> None:
    maven = program("mvn", "Maven fetches the servers: install it (Debian: maven).")
    _run([maven, "-q", "-B", f"dependency:{goal}", *options], dict(os.environ))


def _check(path: Path, artifact: str, digest: str) -> None:
    if not path.is_file() or sha256(path) != digest:
        raise StackError(f"{artifact} is not the pinned file: delete it from Maven's cache.")


def sha256(path: Path) -> str:
    """Digest of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def program(name: str, sentence: str, folders: Iterable[str] = ()) -> str:
    """The path of a program of this machine; raises StackError with `sentence` where it is not."""
    found = shutil.which(name) or next(
        (str(Path(folder) / name) for folder in folders if (Path(folder) / name).exists()), None
    )
    if found is None:
        raise StackError(sentence)
    return found


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines() or ["it said nothing"]
        raise StackError(f"{Path(command[0]).name} could not fetch {command[-1]}: {said[-1]}")
    return done.stdout
