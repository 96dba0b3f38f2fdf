"""Spark lands and builds marts by a clock that leaps by hours, forward and back, all the time."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from casparian.plant import write_plant
from tests.engine.content import OF_THE_RUN, check_books, ledger, rows, tables
from tests.lake.stepped_clock import HOUR, Clock

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.faults]
ROOT = Path(__file__).parents[2]
MARTS = ("gold_production.fct_oee_shift", "gold_equipment.fct_downtime")


def job(name: str, *words: str, environment: dict[str, str] | None = None) -> str:
    command = [sys.executable, "-m", f"spark_jobs.{name}", *words]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def build(lake: Lake, environment: dict[str, str] | None = None) -> dict[str, list[str]]:
    chosen = " ".join(f"+{address.partition('.')[2]}" for address in MARTS)
    job("build_marts", "--lake", lake.uri, "--select", chosen, environment=environment)
    return {address: mart(lake, address) for address in MARTS}


def mart(lake: Lake, address: str) -> list[str]:
    """Its rows, sorted; they may hold lists."""
    table = lake.read(address)
    assert table is not None
    own = [name for name in table.column_names if name not in OF_THE_RUN]
    return sorted(map(repr, table.select(own).to_pylist()))


@contextmanager
def leaping(clock: Clock) -> Iterator[None]:
    """Each third of a second to another hour, five before the right one or five after it."""
    ended = threading.Event()

    def leap() -> None:
        for hours in itertools.cycle((5, -5, 0)):
            clock.step(hours * HOUR)
            if ended.wait(0.3):
                return

    thread = threading.Thread(target=leap)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        clock.step(0)


def test_tables_and_marts_are_those_of_a_right_clock(tmp_path: Path) -> None:
    write_plant(tmp_path, days=2, seed=7, scale=0.05)
    calm, lake = (Lake.at(tmp_path / name) for name in ("calm", "lake"))
    for each in (calm, lake):
        scan(each, tmp_path / "exports", "plant")
    process(calm, "plant")
    clock = Clock.made(tmp_path)
    with leaping(clock):
        where = ["--lake", lake.uri, "--tag", "plant"]
        told = job("ingest_exports", *where, "plan", "--json", environment=clock.environment())
        for batch in batches(told):
            words = [*where, "land", "--batch", batch]
            job("ingest_exports", *words, environment=clock.environment())
        found = build(lake, clock.environment())
    check_books(lake)
    assert ledger(lake) == ledger(calm)
    landed = tables(calm)
    assert {address: rows(lake, address) for address in landed} == landed
    right = build(calm)
    assert found == right
    assert build(lake) == right
    assert all(right.values())


def batches(told: str) -> list[str]:
    return [batch["batch"] for batch in json.loads(told.splitlines()[-1])["batches"]]
