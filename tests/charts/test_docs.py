"""The how-to pages on charts show what there is: their Python runs, their commands parse."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from casparian.charts.chart import Chart
from casparian.cli.chart import chart

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
BLOCK = re.compile(r"```(python|sh)\n(.*?)```", re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    text = (PAGES / page).read_text("utf-8")
    return [code for kind, code in BLOCK.findall(text) if kind == language]


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a lake of two stops."""
    monkeypatch.chdir(tmp_path)
    stops = pa.table({"reason": ["Jam", "Setup"], "duration_s": [60.0, 300.0]})
    write_deltalake(tmp_path / "lake" / "silver" / "equipment" / "downtime_events", stops)
    return tmp_path


def test_the_notebook_runs_as_it_is_written(notebook: Path) -> None:
    """Each block is a cell; what stands alone in a line is evaluated, as a cell's last line."""
    names: dict[str, Any] = {}
    for code in blocks("charts.md", "python"):
        exec(compile(code, "charts.md", "exec"), names)
        last = code.strip().splitlines()[-1]
        names["shown"] = eval(last.partition("#")[0], names)
    assert isinstance(names["chart"], Chart)
    assert "<svg" in names["chart"]._repr_html_()
    assert [place for place in names["chart"].figures["broken"]["N1"] if int(place) > 20]
    assert (notebook / "bore.svg").read_text("utf-8").startswith("<svg")
    assert names["shown"].figures["categories"][0]["name"] == "Setup"


def commands() -> list[str]:
    lines = [
        line.partition("  #")[0].strip()
        for page in ("charts.md", "find-a-cause.md")
        for code in blocks(page, "sh")
        for line in code.splitlines()
    ]
    return [line for line in lines if line.startswith("casparian chart ")]


@pytest.mark.parametrize("line", commands())
def test_the_commands_are_there(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, _, name, *words = shlex.split(line)
    for word in words:
        if Path(word).suffix in (".csv", ".xlsx", ".qif"):
            Path(word).touch()
    command = chart.commands[name]
    assert command.make_context(name, words).command is command
