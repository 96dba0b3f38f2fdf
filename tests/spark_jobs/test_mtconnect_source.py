"""The streaming source reads what polling lands, once, also over restarts, and names every gap."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from casparian.contracts.model import load
from casparian.lake.gaps import read_gaps
from casparian.lake.store import Lake
from casparian.live.agent import Agent
from casparian.live.poll import Poll
from casparian.live.receiver import Rhythm
from spark_jobs.sources.mtconnect import TABLES, GapError, Range, _Options, _Reader, read_range
from tests.live.agent import Simulator, serving

ROOT = Path(__file__).parents[2]


def poll(url: str, place: Path) -> Lake:
    lake = Lake.at(place / "polled")
    landing = place / "polled" / "landing"
    assert Poll(lake, [Agent(url)], landing, "live", Rhythm(), 0.1, lambda told: None).run(True)
    return lake


def stream(url: str, place: Path, *runs: str) -> str:
    """What the runs said, in one Spark session, in a process of its own."""
    command = [sys.executable, "-m", "tests.spark_jobs.stream_agent", url, str(place), *runs]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def rows(table: Any, name: str) -> list[dict[str, Any]]:
    schema = load("mtconnect").tables[name].schema  # Parquet's old instants have no zone
    found: list[dict[str, Any]] = table.select(schema.names).cast(schema).to_pylist()
    return sorted(found, key=lambda row: (row["instance_id"], row["sequence"]))


@pytest.fixture
def simulator() -> Simulator:
    found = Simulator(size=500, devices=("Mill", "Lathe"))
    for number in range(60):
        found.add("xpos", f"{number}.5")
        found.add("exec", "ACTIVE" if number % 2 else "READY", "Lathe")
        found.add("sys", "Fault" if number % 3 else "Normal")
    return found


@pytest.fixture
def url(simulator: Simulator) -> Iterator[str]:
    with serving(simulator) as found:
        yield found


@pytest.mark.spark
@pytest.mark.slow
def test_the_same_rows_as_by_polling_and_once_over_restarts(
    simulator: Simulator, url: str, tmp_path: Path
) -> None:
    for tables in (TABLES, TABLES[:1]):
        assert stream(url, tmp_path, *(f"{name},count=70" for name in tables)) == ""
        lake = poll(url, tmp_path)
        for name in tables:
            landed = lake.read(f"silver_equipment.{name}")
            assert rows(pq.read_table(tmp_path / name), name) == rows(landed, name), name
        simulator.many(90)
    simulator.many(1000)
    went_on = f"mtc_samples,failOnGap=false,lake={tmp_path / 'gaps'}"
    said = stream(url, tmp_path, "mtc_samples", went_on)
    assert said.count("failed:") == 1
    assert "has dropped" in said
    (gap,) = read_gaps(Lake.at(tmp_path / "gaps"))
    assert (gap.reason, gap.missing) == ("buffer_overrun", simulator.first - gap.from_sequence)
    seen = rows(pq.read_table(tmp_path / "mtc_samples"), "mtc_samples")
    last = [row["sequence"] for row in seen if row["sequence"] > gap.from_sequence]
    assert last == list(range(simulator.first, simulator.next))


def reader(url: str, **options: str) -> _Reader:
    return _Reader(_Options({"url": url, "retries": "0"} | options))


def test_offsets_and_ranges(simulator: Simulator, url: str) -> None:
    ours = reader(url, count="100")
    begin, end = ours.initialOffset(), ours.latestOffset()
    instance = simulator.instance
    assert end == {url: {"instanceId": instance, "sequence": 189}}
    assert ours.partitions(begin, end) == [
        Range(url, instance, 1, 101, True), Range(url, instance, 101, 189),
    ]  # fmt: skip
    assert ours.partitions(end, end) == []


def test_a_restart_is_a_gap(simulator: Simulator, url: str, tmp_path: Path) -> None:
    begin = reader(url).latestOffset()
    before = simulator.instance
    simulator.start(before + 60)
    with pytest.raises(GapError, match="agent_restart"):
        reader(url).partitions(begin, reader(url).latestOffset())
    ours = reader(url, failOnGap="false", lake=str(tmp_path / "lake"))
    (one,) = ours.partitions(begin, ours.latestOffset())
    assert isinstance(one, Range)
    assert (one.instance, one.first, one.end) == (before + 60, 1, 9)
    (gap,) = read_gaps(Lake.at(tmp_path / "lake"))
    assert (gap.instance_id, gap.from_sequence, gap.missing) == (before, 189, None)


def test_what_goes_between_plan_and_reading_is_a_gap(
    simulator: Simulator, url: str, tmp_path: Path
) -> None:
    ours = reader(url, failOnGap="false", lake=str(tmp_path / "lake"))
    (one,) = ours.partitions(ours.initialOffset(), ours.latestOffset())
    assert isinstance(one, Range)
    simulator.many(400)
    strict = _Options({"url": url})
    with pytest.raises(GapError):
        list(read_range(strict, Range(url, one.instance, one.first, one.end)))
    found = [row for batch in ours.read(one) for row in batch.to_pylist()]
    (gap,) = read_gaps(Lake.at(tmp_path / "lake"))
    assert (gap.from_sequence, gap.to_sequence) == (1, simulator.first - 1)
    kept = [row["sequence"] for row in found if row["sequence"] >= simulator.first]
    assert kept == [s for s in range(simulator.first, 189) if (s - 9) % 3 == 0]


def test_refused_records_are_rows_of_quarantine(simulator: Simulator, url: str) -> None:
    simulator.add("xpos", "fast")
    ours = reader(url, table="quarantine")
    (one,) = ours.partitions(ours.initialOffset(), ours.latestOffset())
    (row,) = [row for batch in ours.read(one) for row in batch.to_pylist()]
    assert (row["table"], row["reason"]) == ("mtc_samples", "Not a number")
    assert '"fast"' in row["raw"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "needs the option url"),
        ({"url": "a:1", "table": "mtc_things"}, "no table"),
        ({"url": "a:1", "failOnGap": "false"}, "needs the option lake"),
        ({"url": "a:1", "urls": "b:1"}, "no option 'urls'"),
    ],
)
def test_options_that_cannot_be(options: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        _Options(options)
