"""What the documents tell a reader to type works, and gives what they say.

A `sh` block is run with `casparian` on PATH; a block that begins with `# <file>` is that file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|python|yaml)\n(.*?)^```", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"# ([\w.]+\.(?:py|yaml))$", re.MULTILINE)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the documents' blocks are for a shell")


def follow(document: str, folder: Path, heading: str = "") -> str:
    """Do what a document (or its part below a heading) says; all that was said on the screen."""
    text = (ROOT / document).read_text(encoding="utf-8")
    if heading:
        text = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    said = ""
    for language, body in BLOCK.findall(text):
        if name := FILE.match(body):
            (folder / name[1]).write_text(body, encoding="utf-8")
        elif language == "sh":
            said += _shell(body, folder)
    return said


def _shell(body: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "200"}
    environment.pop("CASPARIAN_LAKE", None)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", body],
        check=False,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{body}\n{done.stdout}"
    return done.stdout


def test_the_90_second_demo(tmp_path: Path) -> None:
    said = follow("README.md", tmp_path, "The 90-second demo")
    assert "Sensor offline" in said
    assert "Missing value" in said
    assert "is record" in said
    assert "Books closed" in said


def test_the_readme_s_own_parser(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "17.log").write_text("2025-10-28 03:00:00;17;A1;12.4\n")
    assert "1 record read = 1 valid" in follow("README.md", tmp_path, "Your own parser")
    assert list((tmp_path / "torque").rglob("*.parquet"))


def test_an_own_parser_then_its_contract_then_the_correction(tmp_path: Path) -> None:
    said = follow("docs/how-to/own-parser.md", tmp_path)
    assert "3 valid + 0 quarantined" in said
    for reason in ("Above max (12)", "Below min (0)", "Missing torque_nm"):
        assert reason in said
    corrected = follow("docs/how-to/correct-a-contract.md", tmp_path)
    assert re.search(r"A1 +12\.4 +1\.1\.0", corrected)
