"""`make new-format` in a copy of the repository: its test passes as scaffolded, and can fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = [
    *("src", "schemas", "tools", "pyproject.toml", "tests/__init__.py"),
    *("tests/formats/__init__.py", "tests/formats/golden.py", "tests/formats/verdicts.py"),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for part in PARTS:
        source, target = ROOT / part, tmp_path / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    return tmp_path


def _python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def _new(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _python(folder, "tools/new_format.py", *arguments)


def _test(folder: Path) -> subprocess.CompletedProcess[str]:
    return _python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/formats")


def test_a_scaffolded_format_passes_its_own_test(copy: Path) -> None:
    made = _new(copy, "torque_log")
    assert made.returncode == 0, made.stderr
    tested = _test(copy)
    assert tested.returncode == 0, tested.stdout
    assert "3 passed" in tested.stdout


def test_the_scaffolded_test_fails_when_a_value_is_lost(copy: Path) -> None:
    _new(copy, "torque_log")
    sample = copy / "tests/formats/torque_log/sample.csv"
    sample.write_text(sample.read_text().replace("12.5", "13.5"))
    assert _test(copy).returncode == 1


@pytest.mark.parametrize("name", ["Torque", "torque-log", "../x", "1st"])
def test_a_bad_name_is_misuse(copy: Path, name: str) -> None:
    refused = _new(copy, name)
    assert refused.returncode == 2
    assert "use small letters" in refused.stdout


def test_a_taken_name_is_refused_and_nothing_is_changed(copy: Path) -> None:
    before = (copy / "src/casparian/formats/lims/__init__.py").read_text()
    refused = _new(copy, "lims")
    assert refused.returncode == 1
    assert "already" in refused.stdout
    assert (copy / "src/casparian/formats/lims/__init__.py").read_text() == before
