"""A lake built anew from its originals has the rows and the books of the first one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from casparian.cli import main
from casparian.lake.ledger import Ledger
from casparian.lake.process import Progress, process
from casparian.lake.rebuild import rebuild
from casparian.lake.scan import scan
from casparian.lake.store import LEDGER, Lake, LakeError
from casparian.plant import write_plant
from tests.engine.content import SUMS
from tests.lake.exports import write_readings

OF_THE_RUN = {"batch", "engine"}  # of the ledger: who landed a file, not what came of it


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plant")
    write_plant(out, days=2, seed=11, scale=0.05)
    return out / "exports"


def years_of_use(lake: Lake, exports: Path, scratch: Path, landing: str) -> None:
    """What a lake goes through: overlapping files in an order that is not that of their names, one
    renamed, one that came twice, one that changed before it was landed, one that waits still."""
    folders = sorted(path for path in exports.iterdir() if path.is_dir())
    for place, folder in enumerate(reversed(folders)):
        scan(lake, folder, f"part{place}", landing=landing)
        process(lake, f"part{place}")
    late = scratch / "late"
    late.mkdir(parents=True)
    for place, hour in enumerate((8, 7)):
        write_readings(late, f"{hour}.csv", hour, ["1", "2", "Bad", f"{place}"] * 15)
        scan(lake, late, "late", landing=landing)
        process(lake, "late")
    write_readings(late, "0.csv", 8, ["1", "2", "9"])  # clashes with what is there
    shutil.copy(late / "7.csv", late / "twice.csv")
    write_readings(late, "5.csv", 5, ["7"])
    scan(lake, late, "late")
    write_readings(late, "5.csv", 5, ["8"])
    (late / "8.csv").rename(late / "renamed.csv")
    (late / "cut.csv").write_bytes((late / "7.csv").read_bytes()[:300] + b"\xff\x00\xfe")
    scan(lake, late, "late")
    process(lake, "late")
    write_readings(late, "waits.csv", 4, ["3"])
    (late / "notes.txt").write_text("nobody reads this", "utf-8")
    scan(lake, late, "late")


def rows(lake: Lake, address: str) -> list[dict[str, Any]]:
    """All of a table's rows in one order; sums to their last bits but two."""
    table = lake.read(address)
    assert table is not None
    found = [
        {
            name: round(value, 6) if name in SUMS and value is not None else value
            for name, value in sorted(row.items())
            if address != LEDGER or name not in OF_THE_RUN
        }
        for row in table.to_pylist()
    ]
    return sorted(found, key=repr)


def assert_equal(lake: Lake, other: Lake) -> None:
    assert lake.addresses() == other.addresses()
    for address in lake.addresses():
        assert rows(lake, address) == rows(other, address), address


@pytest.mark.slow
def test_every_row_and_every_book_is_there_again(plant: Path, tmp_path: Path) -> None:
    landing = str(tmp_path / "landing")
    first = Lake.at(tmp_path / "first")
    years_of_use(first, plant, tmp_path, landing)
    statuses = {row["status"] for row in Ledger(first).rows()}
    assert {"landed", "replaced", "new", "unknown"} <= statuses
    assert sum(row["records_duplicate"] for row in Ledger(first).rows()) > 30
    assert sum(row["records_quarantined"] for row in Ledger(first).rows()) > 30
    shutil.rmtree(tmp_path / "late")
    second = Lake.at(tmp_path / "second")
    done = rebuild(second, landing)
    assert not done.unread
    assert done.waiting == 1
    assert_equal(first, second)
    assert rebuild(second, landing, str(tmp_path / "first")).landed == []
    third = Lake.at(tmp_path / "third")
    rebuild(third, landing, second.uri)  # what was rebuilt can be rebuilt
    assert_equal(first, third)


@pytest.mark.slow
def test_a_rebuild_cut_short_goes_on(plant: Path, tmp_path: Path) -> None:
    landing = str(tmp_path / "landing")
    first, second = Lake.at(tmp_path / "first"), Lake.at(tmp_path / "second")
    years_of_use(first, plant, tmp_path, landing)
    cuts = iter((3, 20, 1))

    def cut(at: int) -> None:
        left = [at]

        def watch(progress: Progress) -> None:
            left[0] -= progress.event == "file"
            if not left[0]:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rebuild(second, landing, first.uri, watch=watch)

    for at in cuts:
        cut(at)
    rebuild(second, landing, first.uri)
    assert_equal(first, second)


def test_a_lost_lake_is_rebuilt_in_its_place(tmp_path: Path) -> None:
    landing, folder = str(tmp_path / "landing"), tmp_path / "in"
    folder.mkdir()
    write_readings(folder, "a.csv", 8, ["1", "Bad"])
    lake = Lake.at(tmp_path / "lake")
    scan(lake, folder, "t", landing=landing)
    process(lake, "t")
    before = {address: rows(lake, address) for address in lake.addresses()}
    shutil.rmtree(lake.uri)
    rebuild(lake, landing)
    assert {address: rows(lake, address) for address in lake.addresses()} == before


def test_a_lake_of_something_else_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_readings(folder, "a.csv", 8, ["1"])
    first, other = Lake.at(tmp_path / "first"), Lake.at(tmp_path / "other")
    scan(first, folder, "t", landing=str(tmp_path / "landing"))
    process(first, "t")
    scan(other, folder, "t")
    with pytest.raises(LakeError, match="is a lake already: rebuild into a new one"):
        rebuild(other, str(tmp_path / "landing"))
    with pytest.raises(LakeError, match=r"There is no chronicle in .*nowhere: nothing can be"):
        rebuild(Lake.at(tmp_path / "new"), str(tmp_path / "nowhere"))
    with pytest.raises(LakeError, match=r"No lake 's3://x' is told of there, only .*first"):
        rebuild(Lake.at(tmp_path / "new"), str(tmp_path / "landing"), "s3://x")
    scan(Lake.at(tmp_path / "third"), folder, "t", landing=str(tmp_path / "landing"))
    with pytest.raises(LakeError, match=r"several lakes: say --of .*first or .*third"):
        rebuild(Lake.at(tmp_path / "new"), str(tmp_path / "landing"))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, landing = tmp_path / "in", str(tmp_path / "landing")
    folder.mkdir()
    write_readings(folder, "a.csv", 8, ["1", "Bad"])
    first, new = str(tmp_path / "first"), str(tmp_path / "new")
    for words in (
        ["scan", str(folder), "--tag", "t", "--lake", first, "--landing", landing],
        ["process", "--lake", first],
        ["rebuild", "--lake", new, "--landing", landing, "--json"],
    ):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["files"], answer["records_valid"], answer["records_quarantined"]) == (1, 1, 1)
    assert (answer["known"], answer["waiting"], answer["unread"]) == (0, 0, [])
    with pytest.raises(SystemExit):
        main(["rebuild", "--lake", new, "--landing", landing, "--of", first])
    assert "1 file had been rebuilt before" in capsys.readouterr().out
