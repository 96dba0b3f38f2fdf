"""Installing: which Java is taken, what OFFLINE=1 says, what the wheel holds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import java  # noqa: E402 - a script's module, found by the line above

posix = pytest.mark.skipif(os.name == "nt", reason="stands in for java with a shell script")


def _java(folder: Path, version: str) -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    program.chmod(0o755)
    return folder


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Java but those that a test lays below `jvm`."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path" / "bin"))
    monkeypatch.setattr(java, "FOLDERS", (f"{tmp_path}/jvm/*",))
    return tmp_path


@posix
@pytest.mark.parametrize(
    ("installed", "taken"),
    [
        (["25.0.1", "17.0.9"], "17.0.9"),
        (["21.0.2", "25.0.1"], "21.0.2"),
        (["21.0.2", "17.0.9"], "17.0.9"),
        (["11.0.1", "1.8.0_392", "25"], None),
        (["18.0.1"], "18.0.1"),
        ([], None),
    ],
)
def test_the_java_that_runs_spark_is_taken(
    machine: Path, installed: list[str], taken: str | None
) -> None:
    for version in installed:
        _java(machine / "jvm" / version, version)
    assert java.find() == (machine / "jvm" / taken if taken else None)


@posix
def test_a_java_home_that_fits_comes_first(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _java(machine / "jvm" / "17", "17.0.9")
    monkeypatch.setenv("JAVA_HOME", str(_java(machine / "mine", "21.0.2")))
    assert java.find() == machine / "mine"


@posix
def test_a_java_home_that_spark_cannot_use_is_passed_over(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _java(machine / "jvm" / "17", "17.0.9")
    monkeypatch.setenv("JAVA_HOME", str(_java(machine / "mine", "25.0.1")))
    assert java.find() == machine / "jvm" / "17"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What installing reads, and nothing installed."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


@pytest.mark.parametrize("step", ["core", "airflow", "jars"])
def test_offline_names_what_is_missing_in_one_sentence(clone: Path, step: str) -> None:
    environment = {**os.environ, "OFFLINE": "1", "CASPARIAN_CACHE": str(clone / "cache")}
    refused = _install(clone, [step], environment)
    assert refused.returncode == 1
    assert "not installed yet" in refused.stderr
    assert "make install" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert not (clone / ".venv").exists()


@posix
def test_without_java_and_offline_one_sentence(clone: Path, machine: Path) -> None:
    refused = _install(
        clone, ["java"], {"OFFLINE": "1", "PATH": str(machine), "JAVA_HOME": ""}, hide_java=True
    )
    assert refused.returncode == 1
    assert refused.stderr.strip() == java.SENTENCE


def _install(
    folder: Path, steps: list[str], environment: dict[str, str], hide_java: bool = False
) -> subprocess.CompletedProcess[str]:
    if hide_java:
        script = folder / "tools" / "java.py"
        script.write_text(script.read_text().replace('"/usr/lib/jvm/*"', '"/nowhere/*"'))
    return subprocess.run(
        [sys.executable, str(folder / "tools" / "install.py"), *steps],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
    )


def test_the_wheel_brings_contracts_seeds_and_dependencies(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("casparian-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        said = archive.read(metadata).decode()
        (entry,) = (name for name in names if name.endswith("/entry_points.txt"))
        assert "casparian = casparian.cli:main" in archive.read(entry).decode()
    contracts = {
        f"casparian/_schemas/contracts/{p.name}" for p in (ROOT / "schemas/contracts").iterdir()
    }
    seeds = {f"casparian/_seeds/{p.name}" for p in (ROOT / "dbt" / "seeds").glob("*.csv")}
    assert contracts | seeds <= names
    wanted = (ROOT / "requirements" / "library.in").read_text(encoding="utf-8").splitlines()
    for line in wanted:
        if line and not line.startswith("#"):
            assert f"Requires-Dist: {line}" in said
