"""What a Dockerfile copies besides its own folder: each part fetched by its pins and laid into the
build context.

A part says what decides its content, so that a tag is known before anything is fetched. All comes
by the ordinary clients through `local.downloads` and the pinned uv: where `make install` has a
network, `make images` has one. Only Debian's packages are installed while an image is built.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from deploy.programs import ROOT
from local.downloads import PINS, StackError, go_program, maven_jars, maven_tree, program
from local.metastore import FROM_SPARK, class_path, schema_script
from local.trino import PLUGINS, trino_java
from spark_jobs import log_store
from spark_jobs.jars import delta_jars, fetch

REQUIREMENTS = ROOT / "requirements"
PLATFORM = ("--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_36")
LEFT_OUT = {"__pycache__", "target", "logs", ".user.yml"}  # what a run leaves beside the sources
# Tests, headers and shells of packages, which nothing that runs opens.
UNUSED = (
    "pyarrow/tests", "pyarrow/include", "pandas/tests", "numpy/*/tests", "scipy/*/tests",
    "scipy/*/*/tests", "pyspark/examples", "pyspark/data", "pyspark/jars/connect-repl",
)  # fmt: skip
# Of Java, for Trino: what it names, and what is found at run time only (time zones, TLS, jcmd).
MODULES = (
    "java.se", "jdk.incubator.vector", "jdk.unsupported", "jdk.management", "jdk.attach",
    "jdk.jcmd", "jdk.crypto.ec", "jdk.security.auth", "jdk.security.jgss", "jdk.naming.dns",
    "jdk.zipfs", "jdk.localedata", "jdk.httpserver", "jdk.net", "jdk.jfr", "jdk.charsets",
    "jdk.management.agent",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One entry of a build context.

    place: its name there. decides: the texts and files that decide its content.
    make: lays it at the path given, which does not exist yet, but whose folder does.
    """

    place: str
    decides: tuple[str | Path, ...]
    make: Callable[[Path], None]

    def digest(self) -> str:
        """Of all that decides it."""
        found = hashlib.sha256(self.place.encode())
        for each in self.decides:
            said = each if isinstance(each, str) else files_digest(each)
            found.update(hashlib.sha256(said.encode()).digest())
        return found.hexdigest()


def files_digest(top: Path) -> str:
    """Of a file, or of all files of a folder: names, contents, and who may be executed."""
    found = hashlib.sha256()
    for path in files(top):
        executable = os.access(path, os.X_OK)
        name = path.relative_to(top).as_posix()
        found.update(f"{name}\0{executable}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def files(top: Path) -> Iterator[Path]:
    """A folder's files that are sources, in the order of their names; a file is its own."""
    if top.is_file():
        yield top
        return
    for path in sorted(top.iterdir()):
        if path.name not in LEFT_OUT:
            yield from files(path)


def sources(place: str, *paths: str) -> Part:
    """Files and folders of the repository, under their own paths in the folder `place`."""

    def make(folder: Path) -> None:
        for path in paths:
            _copy(ROOT / path, folder / path)

    return Part(place, (*paths, *(ROOT / path for path in paths)), make)


def source(place: str, path: str) -> Part:
    """A file or folder of the repository."""
    return Part(place, (ROOT / path,), lambda target: _copy(ROOT / path, target))


def _copy(source: Path, target: Path) -> None:
    for path in files(source):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)


def program_of(name: str) -> Part:
    """A server built from its Go module."""
    return Part(name, (repr(PINS[name]),), lambda target: _take(go_program(name), target))


def jars(place: str, *names: str) -> Part:
    """Jars of Maven's by their pins, with Delta's and the class that Spark commits to S3 with."""

    def make(folder: Path) -> None:
        folder.mkdir()
        fetch()
        found = [*delta_jars(), *(jar for name in names for jar in maven_jars(name))]
        for jar in [*found, log_store.jar(found)]:
            _take(jar, folder / jar.name)

    pins = (repr(sorted(PINS[name]["jars"].items())) for name in names)
    return Part(
        place, (*pins, REQUIREMENTS / "jars.sha256", *log_store.CLASSES.sources), make
    )  # fmt: skip


def trino(place: str) -> Part:
    """Trino's jars and those of its plugins that we use."""

    def make(folder: Path) -> None:
        tree = maven_tree("trino", PLUGINS.__contains__)
        for name in ("lib", "plugin"):
            _linked(tree / name, folder / name)

    return Part(place, (repr(PINS["trino"]), repr(sorted(PLUGINS))), make)


def metastore(place: str) -> Part:
    """Hive's jars, Hadoop's as pyspark brings them, S3A, the driver; a class path of all, in the
    order that matters, and the script that makes the tables."""

    def make(folder: Path) -> None:
        (folder / "lib").mkdir(parents=True)
        found = class_path()
        for jar in found:
            _take(jar, folder / "lib" / jar.name)
        path = ":".join(f"/opt/hive-metastore/lib/{jar.name}" for jar in found)
        (folder / "classpath").write_text(path, encoding="utf-8")
        shutil.copy(schema_script(), folder / "schema.sql")

    pins = tuple(repr(PINS[name]) for name in ("metastore", "s3a", "postgres-jdbc"))
    return Part(place, (*pins, repr(FROM_SPARK), _pin_of("pyspark")), make)


def _pin_of(package: str) -> str:
    lines = (REQUIREMENTS / "jobs.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith(f"{package}=="))


def python(name: str) -> list[Part]:
    """The packages of requirements/<name>.txt and their programs; of Spark's, what is no Python is
    a part of its own, `spark`, which changes seldom."""
    pins = REQUIREMENTS / f"{name}.txt"
    decides = (pins, " ".join(PLATFORM), repr(UNUSED))

    def make(folder: Path) -> None:
        installed(["--require-hashes", "--no-deps", "-r", str(pins)], folder)
        for pattern in UNUSED:
            for path in folder.glob(pattern):
                shutil.rmtree(path)
        programs(folder, folder.parent / "bin")
        if (folder / "pyspark").is_dir():
            _spark_apart(folder / "pyspark", folder.parent / "spark")

    return [Part("python", decides, make)]


def library(place: str) -> Part:
    """Casparian itself, as its wheel installs it."""

    def make(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            wheel = _wheel(Path(scratch))
            installed(["--no-deps", str(wheel)], folder)
        for path in folder.glob("*.dist-info/direct_url.json"):
            path.unlink()  # names this machine's folder
        for path in folder.glob("*.dist-info/METADATA"):
            head = path.read_text(encoding="utf-8").partition("\n\n")[0]
            path.write_text(f"{head}\n", encoding="utf-8")  # without the README
        programs(folder, folder.parent / "bin")

    paths = ("src", "schemas", "dbt/seeds", "requirements/library.in",
             "tools/hatch_dependencies.py", "LICENSE")  # fmt: skip
    return Part(place, (_project(), *(ROOT / path for path in paths)), make)


def _project() -> str:
    """What of pyproject.toml decides a wheel; how the code is checked does not."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return repr((said["build-system"], said["project"], said["tool"]["hatch"]))


def _wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def installed(words: list[str], folder: Path) -> None:
    """Packages for the images' Python laid into a folder, by the uv and the indexes of `make`."""
    install = import_module("tools.install")  # as a program it finds its siblings by itself
    install.uv(
        ["pip", "install", "--quiet", "--python", sys.executable, *PLATFORM,
         "--target", str(folder), *words]
    )  # fmt: skip


def programs(folder: Path, target: Path) -> None:
    """Commands of packages moved to where the image has them, started by the image's Python."""
    target.mkdir(exist_ok=True)
    for path in sorted((folder / "bin").glob("*")):
        if path.suffix == ".cmd":
            continue  # of Windows
        first, _, rest = path.read_bytes().partition(b"\n")
        is_script = first.startswith(b"#!") and b"python" in first
        text = b"#!/opt/venv/bin/python\n" + rest if is_script else first + b"\n" + rest
        (target / path.name).write_bytes(text)
        (target / path.name).chmod(0o755)
    shutil.rmtree(folder / "bin", ignore_errors=True)


def _spark_apart(package: Path, target: Path) -> None:
    target.mkdir()
    for name in ("jars", "bin", "sbin", "licenses"):
        if (package / name).exists():
            (package / name).rename(target / name)
            (package / name).symlink_to(f"/opt/spark/{name}")


def _take(path: Path, target: Path) -> None:
    """A file by another name, without a copy of its bytes where the disk can."""
    try:
        os.link(path.resolve(), target)
    except OSError:
        shutil.copy(path, target)


def _linked(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=lambda a, b: _take(Path(a), Path(b)))


def debian(tar: Path) -> None:
    """A Debian like its small image, made by Debian's own tool: for where no registry answers."""
    tool = program(
        "mmdebstrap",
        "Debian's image cannot be pulled, and mmdebstrap, which makes it, was not found:"
        " install it (Debian: mmdebstrap).",
    )
    # As Debian's own, whose folders were merged at its birth: else Perl comes to merge them.
    merged = ["--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr", "--include=usr-is-merged"]
    small = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "man", "locale")]
    done = subprocess.run(
        [tool, "--quiet", "--variant=minbase", *small, *merged,
         "--dpkgopt=path-include=/usr/share/doc/*/copyright",
         "--customize-hook=rm -f $1/etc/resolv.conf $1/etc/hostname", "bookworm", str(tar)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    _raise(done, "Debian's base")


def java(tar: Path) -> None:
    """A Java runtime for Trino of a JDK of this machine, at the path that Temurin's image has."""
    home = trino_java().parent.parent
    with tempfile.TemporaryDirectory(dir=tar.parent) as scratch:
        target = Path(scratch) / "opt" / "java" / "openjdk"
        target.parent.mkdir(parents=True)
        done = subprocess.run(
            [str(home / "bin" / "jlink"), "--add-modules", ",".join(MODULES), "--strip-debug",
             "--no-man-pages", "--no-header-files", "--compress=zip-6", "--output", str(target)],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        _raise(done, "A Java runtime")
        subprocess.run(["tar", "-C", scratch, "--owner=0", "--group=0", "-cf", str(tar), "opt"],
                       check=True)  # fmt: skip


def _raise(done: subprocess.CompletedProcess[str], what: str) -> None:
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise StackError(f"{what} could not be made: {said[-1]}")


def digest_of(parts: Iterable[Part]) -> str:
    """Of several parts."""
    return hashlib.sha256("".join(part.digest() for part in parts).encode()).hexdigest()
