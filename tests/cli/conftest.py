"""A command line in the test's own process, and exports small enough to know by heart."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from casparian.cli import main
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake


@dataclass(frozen=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Answer]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """`cli("scan", path, "--tag", "t")`, in an empty folder, so the lake is ./lake there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CASPARIAN_LAKE", raising=False)

    def run(*words: object) -> Answer:
        done = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
        return Answer(done.exit_code, done.stdout, done.stderr)

    return run


TAGS = "tag_name,description,units,range_low,range_high,zero_allowed,data_type,interval_s\n"
READINGS = """Timestamp,Tag,Value,Quality
2025-10-28T03:00:00Z,TI-1,20.0,Good
2025-10-28T03:01:00Z,TI-1,120.0,Good
2025-10-28T03:02:00Z,TI-1,,Good
2025-10-28T03:03:00Z,TI-1,21.0,Bad
2025-10-28T03:04:00Z,TI-1,22.0,Uncertain
2025-10-28T03:04:00Z,TI-1,22.0,Uncertain
"""
# read 6 = valid 2 (20, 22) + quarantined 3 (above max, missing, bad) + duplicate 1


def tag_list(high: float) -> str:
    return TAGS + f"TI-1,Bath,degC,-40,{high:g},true,float,60\n"


def write_exports(folder: Path) -> Path:
    folder.mkdir()
    (folder / "tags.csv").write_text(tag_list(100), "utf-8")
    (folder / "readings.csv").write_text(READINGS, "utf-8")
    return folder


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A tag list and one file of six readings."""
    return write_exports(tmp_path / "exports")


@pytest.fixture(scope="session")
def landed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lake that holds them: only to be looked at."""
    place = tmp_path_factory.mktemp("landed_once")
    lake = Lake.at(place / "lake")
    scan(lake, write_exports(place / "exports"), "demo")
    process(lake, "demo")
    return place / "lake"


@pytest.fixture
def seen(cli: Cli, landed_once: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands look at the lake that is landed once."""
    monkeypatch.setenv("CASPARIAN_LAKE", str(landed_once))
    return landed_once


@pytest.fixture
def landed(cli: Cli, exports: Path) -> Path:
    """The same, landed in ./lake."""
    assert cli("scan", exports, "--tag", "demo").code == 0
    assert cli("process", "--tag", "demo").code == 0
    return exports
