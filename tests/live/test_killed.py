"""Killed at any moment: nothing is lost, nothing stands twice, the books close."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.store import Lake
from tests.live.agent import Simulator, serving
from tests.live.test_poll import Bench, eventually

ROOT = Path(__file__).parents[2]
TIMES = 6


def poll(url: str, lake: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "casparian.cli", "poll", url, "--lake", str(lake), *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
        # tests that run in the background are told to ignore it, and so would be their children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_killed_again_and_again(tmp_path: Path) -> None:
    simulator, chance = Simulator(size=100_000), random.Random(11)
    lake = Lake.at(tmp_path / "lake")
    with serving(simulator) as url:
        for _ in range(TIMES):
            process = poll(url, tmp_path / "lake", "--every", "0.2s", "--count", "300")
            until = time.monotonic() + 0.8 + chance.random() * 1.5
            while time.monotonic() < until:
                simulator.many(20)
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
        last = poll(url, tmp_path / "lake", "--once")
        assert last.wait(60) == 0
    bench = Bench(simulator, url, tmp_path)
    assert bench.landed() == sorted(simulator.all)
    assert bench.gaps() == []
    rows = Ledger(lake).rows()
    assert not not_closed(rows)
    assert sum(row["records_duplicate"] for row in rows) <= 4, "only what `current` shows twice"
    assert sum(row["records_quarantined"] for row in rows) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_clean(tmp_path: Path, name: signal.Signals) -> None:
    simulator = Simulator()
    with serving(simulator) as url:
        process = poll(url, tmp_path / "lake", "--every", "0.2s")
        eventually(lambda: any("interval" in each for each in simulator.requests))
        simulator.many(10)
        bench = Bench(simulator, url, tmp_path)
        eventually(lambda: len(bench.landed()) == len(simulator.all))
        process.send_signal(name)
        assert process.wait(60) == 0
    assert bench.landed() == sorted(simulator.all)
    assert not not_closed(Ledger(bench.lake).rows())
