"""kill -9 at twenty moments: running again gives what an undisturbed run gives, every row once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake, LakeError
from tests.engine.content import books, check_books, check_keys, ledger, tables
from tests.engine.exports import START, iso, write_export, write_messy

MOMENTS = 20
RUN = """
import sys
from pathlib import Path
from casparian.formats import all_formats
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
all_formats()
print("ready", flush=True)
lake = Lake.at(sys.argv[1])
scan(lake, Path(sys.argv[2]), "t")
process(lake, "t")
print("done", flush=True)
"""


def start(lake: Path, root: Path) -> subprocess.Popen[bytes]:
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(lake), str(root)], stdout=subprocess.PIPE
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"ready\n"
    return run


def kill(run: subprocess.Popen[bytes]) -> bool:
    """SIGKILL; whether the run was still going."""
    run.kill()
    assert run.stdout is not None
    going = b"done" not in run.stdout.read()
    run.wait()
    run.stdout.close()
    return going


def commits(lake: Path) -> int:
    return sum(1 for _ in lake.rglob("_delta_log/*.json"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there; terminate is tested by hand")
def test_killed_at_twenty_moments(tmp_path: Path) -> None:
    root = write_messy(tmp_path / "in", files=3, count=40)
    began = time.monotonic()
    run = start(tmp_path / "whole", root)
    ready = time.monotonic() - began
    run.communicate()
    lasting = time.monotonic() - began - ready
    whole = Lake.at(tmp_path / "whole")
    expected, expected_ledger, every = tables(whole), ledger(whole), commits(tmp_path / "whole")
    check_books(whole)
    rng = random.Random(9)
    cut = 0
    for moment in range(MOMENTS):
        folder = tmp_path / f"lake{moment}"
        run = start(folder, root)
        if moment % 2:  # right after one of the commits, or in the midst of the next
            _await_commit(run, folder, 1 + moment // 2 * every // (MOMENTS // 2))
        else:
            time.sleep(rng.uniform(0, lasting))
        cut += kill(run)
        lake = Lake.at(folder)
        scan(lake, root, "t")
        process(lake, "t")
        assert tables(lake) == expected, f"moment {moment}"
        assert ledger(lake) == expected_ledger
        check_books(lake)
    assert cut >= MOMENTS // 2, "the kills must hit runs that are going"


def _await_commit(run: subprocess.Popen[bytes], folder: Path, count: int) -> None:
    until = time.monotonic() + 20
    while run.poll() is None and time.monotonic() < until:
        if folder.exists() and commits(folder) >= count:
            return
        time.sleep(0.001)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_killed_again_and_again_in_one_lake(tmp_path: Path) -> None:
    """Each run gets a little further; meanwhile files arrive that share hours with the first."""
    root = write_messy(tmp_path / "in", files=3, count=60)
    folder = tmp_path / "lake"
    for count in (2, 4, 6, 8, 10):
        run = start(folder, root)
        _await_commit(run, folder, count)
        kill(run)
    late = tmp_path / "late"
    write_messy(late, files=4, count=60)
    lake = Lake.at(folder)
    for place in (root, late):
        scan(lake, place, "t")
    process(lake, "t")
    check_books(lake)
    whole = Lake.at(tmp_path / "whole")
    for place in (root, late):
        scan(whole, place, "t")
    process(whole, "t")
    assert {k: len(v) for k, v in tables(lake).items()} == {
        k: len(v) for k, v in tables(whole).items()
    }


@pytest.mark.parametrize("count", range(7))
def test_cut_at_each_commit_and_an_earlier_file_arrives(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the cut run decided stands: the file that came since yields, its path being first."""
    lines = [f"{iso(START + timedelta(minutes=m))},LI-2.PV,{m},Good" for m in range(90)]
    other = [line.replace(",Good", ",Uncertain") for line in lines]
    write_export(tmp_path / "in" / "b.csv", [*lines[:60], lines[3], f"{iso(START)},LI-2.PV,,Good"])
    lake = Lake.at(tmp_path / "lake")
    scan(lake, tmp_path / "in", "t")
    commit, done = Lake.commit, []

    def cut(self: Lake, *words: object, **more: object) -> None:
        if len(done) == count:
            raise LakeError("cut")
        done.append(1)
        commit(self, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Lake, "commit", cut)
    try:
        process(lake, "t")
    except LakeError:
        pass
    monkeypatch.undo()
    write_export(tmp_path / "in" / "a.csv", [*other[40:70], *lines[70:]])
    scan(lake, tmp_path / "in", "t")
    process(lake, "t")
    check_books(lake)
    check_keys(lake, {"silver_equipment.historian_values": ("timestamp", "tag_name")})
    values = lake.read("silver_equipment.historian_values")
    hours = lake.read("silver_equipment.historian_hourly")
    assert values is not None and hours is not None
    assert values.num_rows == len(lines) == sum(hours["reading_count"].to_pylist())
    if 0 < count < 6:
        assert books(lake)["b.csv"] == (62, 60, 1, 1)


def test_hours_of_a_cut_run_are_known_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of another tag meets the readings of one that was cut before its roll-ups were done."""
    lines = [f"{iso(START + timedelta(minutes=m))},LI-2.PV,{m},Good" for m in range(60)]
    lake, commit = Lake.at(tmp_path / "lake"), Lake.commit
    for count in range(7):
        done: list[int] = []

        def cut(
            self: Lake, *words: object, most: int = count, done: list[int] = done, **more: object
        ) -> None:
            if len(done) == most:
                raise LakeError("cut")
            done.append(1)
            commit(self, *words, **more)  # type: ignore[arg-type]

        day = [line.replace("2025-10-25", f"2025-11-{count + 1:02d}") for line in lines]
        write_export(tmp_path / f"one{count}" / "b.csv", day)
        scan(lake, tmp_path / f"one{count}", "one")
        monkeypatch.setattr(Lake, "commit", cut)
        try:
            process(lake, "one")
        except LakeError:
            pass
        monkeypatch.setattr(Lake, "commit", commit)
        write_export(tmp_path / f"two{count}" / "c.csv", [*day[30:], day[0].replace("T06", "T09")])
        scan(lake, tmp_path / f"two{count}", "two")
        process(lake, "two")
        process(lake, "one")
        check_books(lake)
        check_keys(lake, {"silver_equipment.historian_values": ("timestamp", "tag_name")})
    hours = lake.read("silver_equipment.historian_hourly")
    assert hours is not None
    assert sum(hours["reading_count"].to_pylist()) == 61 * 7
