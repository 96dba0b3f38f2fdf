"""Lakes and landings on a real S3 store: many writers, killed ones, sleeping ones, big files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from casparian.lake.bucket import Bucket, BucketError
from casparian.lake.lease import KEY, leased
from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.originals import originals_of
from casparian.lake.process import process
from casparian.lake.rebuild import rebuild
from casparian.lake.scan import scan
from casparian.lake.store import Lake, LakeError, filesystem_of
from tests.engine.content import tables
from tests.lake.exports import write_readings
from tests.lake.test_rebuild import assert_equal, years_of_use
from tests.started import started

pytestmark = pytest.mark.stack
VALUES, BRONZE = "silver_equipment.historian_values", "bronze_equipment.historian_values"
HOURLY = "silver_equipment.historian_hourly"
INGEST = """
import sys
from pathlib import Path
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake

lake, folder = Lake.at(sys.argv[1]), Path(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
scan(lake, folder, folder.name)
process(lake, folder.name)
"""
HOLD = """
import sys
from casparian.lake.lease import leased
with leased(sys.argv[1], 5):
    print("ready", flush=True)
    sys.stdin.readline()
"""
KEEP = """
import sys
from pathlib import Path
from casparian.lake.scan import scan
from casparian.lake.store import Lake
print("ready", flush=True)
scan(Lake.at(sys.argv[1]), Path(sys.argv[2]), "big", landing=sys.argv[3])
# the process's own: resource.getrusage counts what its parent held when it was started
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def objects(uri: str) -> list[str]:
    import pyarrow.fs as pafs

    selector = pafs.FileSelector(uri.removeprefix("s3://"), recursive=True, allow_not_found=True)
    found = filesystem_of(uri).get_file_info(selector)
    return sorted(info.path for info in found if info.type == pafs.FileType.File)


@pytest.fixture
def landing(s3: str) -> str:
    return f"s3://landing/{s3.rsplit('/', 1)[1]}"


def test_an_object_is_written_on_its_condition_alone(s3: str) -> None:
    bucket = Bucket(s3)
    first = bucket.put("a/b", b"1")
    assert first
    assert bucket.put("a/b", b"2") is None
    second = bucket.put("a/b", b"3", first)
    assert bucket.put("a/b", b"4", first) is None
    assert bucket.get("a/b") == (b"3", second)
    assert bucket.get("a/c") is None
    with pytest.raises(BucketError, match=r"the S3 store refused \(bucket nowhere\)"):
        Bucket("s3://nowhere").put("a", b"1")


def test_originals_in_a_bucket(s3: str, landing: str, tmp_path: Path) -> None:
    write_readings(tmp_path, "a.csv", 8, ["1", "Bad", "3"])
    lake = Lake.at(s3)
    scan(lake, tmp_path, "t", landing=landing)
    kept = [path for path in objects(landing) if "/sha256/" in path]
    assert [path.rsplit("/", 1)[1] for path in kept] == [
        row["source_hash"] for row in Ledger(lake).rows()
    ]
    before = filesystem_of(landing).get_file_info(kept)[0].mtime_ns
    shutil.copy(tmp_path / "a.csv", tmp_path / "again.csv")
    scan(lake, tmp_path, "t")
    assert filesystem_of(landing).get_file_info(kept)[0].mtime_ns == before
    originals = originals_of(lake)
    assert originals
    *_, last = originals.chronicle()
    assert "again.csv" in last.rows[0]["other_paths"]
    shutil.rmtree(tmp_path)
    rows = process(lake, "t")
    assert [(row["records_valid"], row["records_quarantined"]) for row in rows] == [(2, 1)]


@pytest.mark.slow
def test_a_big_file_goes_up_in_parts_and_is_there_when_it_is_whole(
    s3: str, landing: str, tmp_path: Path
) -> None:
    with (tmp_path / "big.bin").open("wb") as file:
        for number in range(500):
            file.write(number.to_bytes(2) * (1 << 19))
    run = started(KEEP, s3, str(tmp_path), landing)
    while not uploads():
        assert run.poll() is None, run.communicate()
    run.kill()
    run.wait()
    assert not [path for path in objects(landing) if "/sha256/" in path]
    assert Ledger(Lake.at(s3)).rows() == []
    out, said = started(KEEP, s3, str(tmp_path), landing).communicate()
    assert not said, out
    assert int(out) < 400 << 10
    (row,) = Ledger(Lake.at(s3)).rows()
    originals = originals_of(Lake.at(s3))
    assert originals
    path = originals.path(row["source_hash"]).removeprefix("s3://")
    assert filesystem_of(landing).get_file_info(path).size == 500 << 20


def uploads() -> int:
    """How many uploads in parts have begun and not ended."""
    from casparian.lake.bucket import client

    return len(client().list_multipart_uploads(Bucket="landing").get("Uploads", []))


@pytest.mark.slow
def test_a_lake_on_s3_is_rebuilt(s3: str, landing: str, tmp_path: Path) -> None:
    first = Lake.at(f"{s3}/first")
    years_of_use(first, no_plant(tmp_path), tmp_path / "use", landing)
    second = Lake.at(f"{s3}/second")
    assert not rebuild(second, landing).unread
    assert_equal(first, second)


def no_plant(folder: Path) -> Path:
    (folder / "plant").mkdir()
    return folder / "plant"


def test_a_killed_holder_is_followed_after_its_lease(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = started(HOLD, s3)
    with pytest.raises(TimeoutError), leased(s3, 0.5):
        pass
    holder.kill()
    holder.communicate()
    monkeypatch.setattr("casparian.lake.lease.LEASE_S", 1.5)
    began = time.monotonic()
    with leased(s3, 20) as mine:
        assert time.monotonic() - began > 1.5
        assert not mine.lost
    with leased(s3, 1):
        pass  # what was given back is free at once


def test_a_lease_that_another_took_is_known_to_be_lost(s3: str) -> None:
    bucket = Bucket(s3)
    with leased(s3, 5) as lease:
        lease.renew()
        assert not lease.lost
        found = bucket.get(KEY)
        assert found
        bucket.put(KEY, b'{"holder": "another"}', found[1])
        lease.renew()
        assert lease.lost
        with pytest.raises(LakeError, match="keeps committing"):
            patched = pytest.MonkeyPatch()
            patched.setattr("casparian.lake.store.COMMIT_WAIT_S", 0.2)
            with patched.context(), Lake.at(s3).alone():
                pass
    patched.undo()
    found = bucket.get(KEY)
    assert found
    assert b"another" in found[0]


def inputs(folder: Path, runs: int) -> list[Path]:
    """A folder a run; neighbours share a quarter of their readings, all share one file."""
    for run in range(runs):
        (folder / f"run{run}").mkdir(parents=True)
        for hour in (6, 7):
            values = ["Bad"] * 0 + [str(minute % 9) for minute in range(40)]
            write_readings(folder / f"run{run}", f"{hour}.csv", hour, values[: 40 - run])
        write_readings(folder / f"run{run}", "own.csv", 9 + run, [f"{run}", "Bad", "5"])
        write_readings(folder / f"run{run}", "shared.csv", 8, ["1", "2", "Bad"])
    return sorted(folder.iterdir())


@pytest.mark.slow
def test_eight_ingests_at_once(s3: str, tmp_path: Path) -> None:
    folders = inputs(tmp_path, 8)
    runs = [started(INGEST, s3, str(folder)) for folder in folders]
    said = [run.communicate("go\n", timeout=500)[1] for run in go(runs)]
    assert [run.returncode for run in runs] == [0] * 8, said
    assert_nothing_lost(Lake.at(s3), files=8 * 3 + 1)


def go(runs: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    for run in runs:
        assert run.stdin
        run.stdin.write("go\n")
        run.stdin.flush()
    return runs


def assert_nothing_lost(lake: Lake, files: int) -> None:
    """Every file landed once, its books closed, and each table holds what the books say."""
    rows = Ledger(lake).rows()
    assert len(rows) == files
    assert {row["status"] for row in rows} == {"landed"}
    assert not not_closed(rows)
    content = tables(lake)
    assert content[BRONZE].num_rows == sum(row["records_read"] for row in rows)
    silver = content[VALUES]
    assert silver.num_rows == sum(row["records_valid"] for row in rows)
    keys = Counter(zip(*(silver[n].to_pylist() for n in ("tag_name", "timestamp")), strict=True))
    assert set(keys.values()) == {1}
    assert sum(content[HOURLY]["reading_count"].to_pylist()) == silver.num_rows


@pytest.mark.slow
def test_a_run_that_slept_through_its_lease_overwrites_nothing(s3: str, tmp_path: Path) -> None:
    """Stopped while it settles, it wakes when another has landed files of the same hours."""
    folders = inputs(tmp_path, 2)
    code = INGEST.replace(
        "lake, folder =",
        "import os, signal\n"
        "from casparian.lake import commit\n"
        "whole = commit.settle\n"
        "def asleep(*given):\n"
        "    commit.settle = whole\n"
        "    outcome = whole(*given)\n"
        "    os.kill(os.getpid(), signal.SIGSTOP)\n"
        "    return outcome\n"
        "commit.settle = asleep\n"
        "lake, folder =",
    )
    sleeper = started(code, s3, str(folders[0]))
    go([sleeper])
    wait_for_sleep(sleeper.pid)
    other = started(INGEST, s3, str(folders[1]))
    go([other])
    _, said = other.communicate(timeout=300)
    assert other.returncode == 0, said
    os.kill(sleeper.pid, signal.SIGCONT)
    _, said = sleeper.communicate(timeout=300)
    assert sleeper.returncode == 0, said
    assert_nothing_lost(Lake.at(s3), files=7)


def wait_for_sleep(pid: int) -> None:
    import psutil

    until = time.monotonic() + 120
    while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < until
        time.sleep(0.1)
