"""A clock that is set forward and back while it lands: no row, book or turn goes by it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from casparian.lake.lease import leased
from casparian.lake.ledger import Ledger
from casparian.lake.process import process
from casparian.lake.rebuild import rebuild
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from tests.engine.content import check_books, ledger, tables
from tests.lake.exports import write_readings, write_tags
from tests.lake.stepped_clock import HOUR, Clock
from tests.lake.test_rebuild import assert_equal

ALLOWED, FAR = 10 * 60, 5 * HOUR  # S3 refuses clocks that are off by more than 15 minutes
# At each step of the way the clock leaps to the other side of the right time.
LAND = """
import os, struct, sys
from pathlib import Path
from casparian.lake import commit
from casparian.lake.ledger import Ledger
from casparian.lake.originals import Originals
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake

uri, exports, landing, seconds = sys.argv[1:]
clock, off, leaps = open(os.environ["STEPPED_CLOCK"], "r+b", 0), int(seconds), 0

def leaping(place, name):
    whole = getattr(place, name)
    def leapt(*given, **named):
        global off, leaps
        off, leaps = -off, leaps + 1
        clock.seek(0)
        clock.write(struct.pack("q", off))
        return whole(*given, **named)
    setattr(place, name, leapt)

leaping(commit, "settle")
leaping(Lake, "commit")
leaping(Ledger, "write")
leaping(Originals, "_note")
lake = Lake.at(uri)
for folder in sorted(Path(exports).iterdir()):
    scan(lake, folder, "t", landing=landing)
    process(lake, "t")
print(leaps)
"""
HOLD = """
import sys, time
from casparian.lake import lease
lease.LEASE_S, lease.RENEW_S = 1.5, 0.3
with lease.leased(sys.argv[1], 5) as mine:
    print("ready", flush=True)
    sys.stdin.readline()
    print("lost" if mine.lost else "held", flush=True)
"""


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock.made(tmp_path)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """Three folders that come one after another; each has readings of hours that others have."""
    for number, high in enumerate((100, 90, 80)):
        folder = tmp_path / "in" / str(number)
        folder.mkdir(parents=True)
        write_tags(folder, high)
        write_readings(folder, f"{number}.csv", 8, ["1", "Bad", f"{85 + number}", "9"])
        write_readings(folder, f"own{number}.csv", 9 + number, ["7", "warm"])
    return tmp_path / "in"


def check_right(lake: Lake, exports: Path, scratch: Path, landing: str) -> None:
    """What a machine with a right clock lands; and again from the originals alone."""
    calm = Lake.at(scratch / "calm")
    for folder in sorted(exports.iterdir()):
        scan(calm, folder, "t")
        process(calm, "t")
    check_books(lake)
    assert ledger(lake) == ledger(calm)
    assert tables(lake) == tables(calm)
    again = Lake.at(scratch / "again")
    assert not rebuild(again, landing).unread
    assert_equal(lake, again)


def land(clock: Clock, lake: str, exports: Path, landing: str, seconds: int) -> None:
    words = [sys.executable, "-c", LAND, lake, str(exports), landing, str(seconds)]
    done = subprocess.run(
        words, env=clock.environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


@pytest.mark.parametrize("seconds", [FAR, -FAR])
def test_hours_forward_and_back_at_each_step(
    clock: Clock, exports: Path, tmp_path: Path, seconds: int
) -> None:
    lake, landing = tmp_path / "lake", str(tmp_path / "landing")
    land(clock, str(lake), exports, landing, seconds)
    check_right(Lake.at(lake), exports, tmp_path, landing)


@pytest.mark.stack
@pytest.mark.parametrize("seconds", [ALLOWED, -ALLOWED])
def test_minutes_forward_and_back_at_each_step_on_s3(
    s3: str, clock: Clock, exports: Path, tmp_path: Path, seconds: int
) -> None:
    landing = f"s3://landing/{s3.rsplit('/', 1)[1]}"
    land(clock, s3, exports, landing, seconds)
    check_right(Lake.at(s3), exports, tmp_path, landing)


@pytest.mark.stack
@pytest.mark.parametrize("seconds", [FAR, -FAR])
def test_a_clock_that_the_store_refuses_is_said_and_later_made_good(
    s3: str, clock: Clock, exports: Path, tmp_path: Path, seconds: int
) -> None:
    landing = f"s3://landing/{s3.rsplit('/', 1)[1]}"
    where = ["--lake", s3, "--tag", "t"]
    first, *more = [["scan", str(each), *where] for each in sorted(exports.iterdir())]
    for step in ([*first, "--landing", landing], ["process", *where]):
        clock.step(seconds)
        refused = command(clock, *step)
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert "clock" in refused.stderr
        clock.step(0)
        done = command(clock, *step)
        assert done.returncode == 0, done.stderr
    for each in more:
        for step in (each, ["process", *where]):
            assert command(clock, *step).returncode == 0
    check_right(Lake.at(s3), exports, tmp_path, landing)


def command(clock: Clock, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "casparian.cli", *words], env=clock.environment(),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture
def holder(s3: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> subprocess.Popen[str]:
    """Who has the lake's lease, and a clock that is the test's."""
    monkeypatch.setattr("casparian.lake.lease.LEASE_S", 1.5)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, s3], env=clock.environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    return process


@pytest.mark.stack
def test_a_lease_is_neither_stolen_nor_kept_by_a_clock_that_leaps(
    s3: str, clock: Clock, holder: subprocess.Popen[str]
) -> None:
    until = time.monotonic() + 6
    while time.monotonic() < until:
        for seconds in (ALLOWED, -ALLOWED):
            clock.step(seconds)
            with pytest.raises(TimeoutError), leased(s3, 1):
                pass
    said, wrong = holder.communicate("\n", timeout=30)
    assert said == "held\n", wrong
    with leased(s3, 1):
        pass


@pytest.mark.stack
def test_a_holder_whose_clock_the_store_refuses_is_followed_and_knows(
    s3: str, clock: Clock, holder: subprocess.Popen[str]
) -> None:
    clock.step(FAR)
    began = time.monotonic()
    with leased(s3, 20) as mine:
        assert time.monotonic() - began > 1
        time.sleep(1)  # until it has asked again, and again in vain
        said, wrong = holder.communicate("\n", timeout=30)
        assert said == "lost\n", wrong
        assert not mine.lost
    assert Ledger(Lake.at(s3)).rows() == []
