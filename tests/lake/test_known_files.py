"""A folder whose files are known: looked at, not read. `bench/known_files.py` has the seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from casparian.lake import exports_folder
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from tests.lake.exports import write_readings


def test_what_has_landed_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "in"
    for number in range(20):
        (folder / f"{number % 3}").mkdir(parents=True, exist_ok=True)
        write_readings(folder / f"{number % 3}", f"{number}.csv", number, [f"{number}"])
    lake = Lake.at(tmp_path / "lake")
    scan(lake, folder, "t")
    process(lake, "t")
    opened: list[str] = []
    for name in ("members", "sha256"):
        through: Any = getattr(exports_folder, name)

        def told(path: str, through: Any = through) -> Any:
            opened.append(Path(path).name)
            return through(path)

        monkeypatch.setattr(exports_folder, name, told)
    found = scan(lake, folder, "t")
    assert (len(found.rows), found.fresh, found.changed, opened) == (20, set(), [], [])
    write_readings(folder / "0", "new.csv", 21, ["1"])
    write_readings(folder / "1", "1.csv", 1, ["2", "3"])
    found = scan(lake, folder, "t")
    assert len(found.fresh) == 2
    assert set(opened) == {"new.csv", "1.csv"}
