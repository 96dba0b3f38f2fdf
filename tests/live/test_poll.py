"""Polling a real agent over HTTP: every observation once, every gap noted, whatever happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from casparian.lake.gaps import Gap, read_gaps
from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.store import Lake
from casparian.live.agent import Agent, AgentError
from casparian.live.poll import Batch, Poll
from casparian.live.receiver import Rhythm, Told
from tests.live.agent import Simulator, serving

TABLES = [f"silver_equipment.mtc_{name}" for name in ("samples", "events", "conditions")]
FAST = Rhythm(interval=0.05, heartbeat=0.3)


@dataclass
class Bench:
    """A simulator, its URL, and a lake."""

    simulator: Simulator
    url: str
    place: Path
    told: list[Told | Batch] = field(default_factory=list)

    @property
    def lake(self) -> Lake:
        return Lake.at(self.place / "lake")

    def poll(self, rhythm: Rhythm = FAST, **agent: Any) -> Poll:
        asked = Agent(self.url, timeout=2.0, **agent)
        landing = self.place / "lake" / "landing"
        return Poll(self.lake, [asked], landing, "live", rhythm, 0.2, self.told.append)

    def once(self, rhythm: Rhythm = FAST, **agent: Any) -> bool:
        return self.poll(rhythm, **agent).run(once=True)

    def landed(self) -> list[tuple[int, int, str]]:
        found = []
        for address in TABLES:
            table = self.lake.read(address, ["instance_id", "sequence", "device_uuid"])
            rows = [] if table is None else table.to_pylist()
            found += [(row["instance_id"], row["sequence"], row["device_uuid"]) for row in rows]
        return sorted(found)

    def gaps(self) -> list[tuple[str, int, int, int | None, int | None]]:
        return [
            (gap.reason, gap.instance_id, gap.from_sequence, gap.to_sequence, gap.missing)
            for gap in read_gaps(self.lake)
        ]

    def check_books(self) -> None:
        rows = Ledger(self.lake).rows()
        assert not not_closed(rows)
        assert {row["status"] for row in rows} == {"landed"}
        assert sum(row["records_quarantined"] for row in rows) == 0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    simulator = Simulator()
    with serving(simulator) as url:
        yield Bench(simulator, url, tmp_path)


def eventually(true: Any, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def test_once_lands_all_that_the_agent_holds(bench: Bench) -> None:
    bench.simulator.many(500)
    assert bench.once()
    assert bench.landed() == sorted(bench.simulator.all)
    assert bench.gaps() == []
    bench.check_books()
    read = sum(row["records_read"] for row in Ledger(bench.lake).rows())
    assert read == len(bench.simulator.all) + 4, "what `current` shows is in the buffer too"


def test_again_goes_on_behind_the_last(bench: Bench) -> None:
    bench.once()
    before = len(Ledger(bench.lake).rows())
    bench.once()
    assert len(Ledger(bench.lake).rows()) == before, "nothing new: nothing is landed"
    bench.simulator.many(30)
    bench.once()
    assert bench.landed() == sorted(bench.simulator.all)
    assert len(Ledger(bench.lake).rows()) == before + 1
    bench.check_books()


def test_many_more_than_an_answer_holds(bench: Bench) -> None:
    bench.simulator.many(900)
    bench.once(Rhythm(count=100))
    assert bench.landed() == sorted(bench.simulator.all)
    assert sum("sample" in each for each in bench.simulator.requests) == 10


def test_a_buffer_that_went_on_is_a_gap(bench: Bench) -> None:
    bench.once()
    bench.simulator.many(1500)
    bench.once()
    instance = bench.simulator.instance
    assert bench.gaps() == [("buffer_overrun", instance, 5, 504, 500)]
    kept = [key for key in bench.simulator.all if key[1] < 5 or key[1] > 504]
    assert bench.landed() == kept


def test_an_agent_that_began_anew_is_a_gap(bench: Bench) -> None:
    bench.simulator.many(10)
    bench.once()
    first = bench.simulator.instance
    bench.simulator.start(first + 60)
    bench.simulator.many(20)
    bench.once()
    assert bench.gaps() == [("agent_restart", first, 15, None, None)]
    assert bench.landed() == sorted(bench.simulator.all)
    bench.check_books()


def test_streaming_follows_and_ends_clean(bench: Bench) -> None:
    poll = bench.poll()
    thread = threading.Thread(target=poll.run)
    thread.start()
    for value in range(40):
        bench.simulator.add("xpos", str(value))
        bench.simulator.add("sys", "Fault" if value % 2 else "Normal")
        time.sleep(0.01)
    eventually(lambda: len(bench.landed()) == len(bench.simulator.all))
    began = time.monotonic()
    poll.stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - began < 3
    assert bench.landed() == sorted(bench.simulator.all)
    assert sum("interval" in each for each in bench.simulator.requests) == 1
    assert bench.gaps() == []
    bench.check_books()


@pytest.mark.parametrize("no_length", [False, True])
def test_a_document_that_breaks_off_is_asked_for_again(bench: Bench, no_length: bool) -> None:
    bench.simulator.no_length = no_length
    poll = bench.poll()
    thread = threading.Thread(target=poll.run)
    thread.start()
    eventually(lambda: any("interval" in each for each in bench.simulator.requests))
    bench.simulator.cut_after = 700
    bench.simulator.many(50)
    eventually(lambda: len(bench.landed()) == len(bench.simulator.all))
    poll.stop.set()
    thread.join(10)
    assert bench.landed() == sorted(bench.simulator.all)
    assert [gap.missing for gap in read_gaps(bench.lake)] in ([0], [])
    bench.check_books()


def test_an_answer_without_length_that_breaks_off(bench: Bench) -> None:
    bench.simulator.many(50)
    bench.simulator.cut_after = 900
    assert not bench.once()
    assert "broke off" in bench.told[-1].text  # type: ignore[union-attr]
    assert bench.once()
    assert bench.landed() == sorted(bench.simulator.all)
    bench.check_books()


def test_an_agent_without_streaming(bench: Bench) -> None:
    bench.simulator.streaming = False
    poll = bench.poll()
    thread = threading.Thread(target=poll.run)
    thread.start()
    for _ in range(5):
        bench.simulator.many(10)
        time.sleep(0.1)
    eventually(lambda: len(bench.landed()) == len(bench.simulator.all))
    poll.stop.set()
    thread.join(10)
    assert bench.landed() == sorted(bench.simulator.all)
    assert len(bench.simulator.requests) < 60, "it waits between its requests"


def test_an_agent_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    simulator = Simulator(size=100)
    with serving(simulator) as url:
        bench = Bench(simulator, url, tmp_path)
        poll = bench.poll()
        thread = threading.Thread(target=poll.run)
        thread.start()
        eventually(lambda: len(bench.landed()) == 4)
    eventually(lambda: any(getattr(each, "event", "") == "away" for each in bench.told))
    simulator.many(150)
    with serving(simulator, int(url.rpartition(":")[2])):
        eventually(lambda: len(bench.landed()) == 104, 30)
        poll.stop.set()
        thread.join(10)
    assert [each.event for each in bench.told if isinstance(each, Told)].count("away") == 1
    found = {gap.reason: gap for gap in read_gaps(bench.lake)}
    assert set(found) == {"unreachable", "buffer_overrun"}
    assert found["buffer_overrun"].missing == 50
    away: Gap = found["unreachable"]
    assert away.missing == 0
    assert away.from_time is not None and away.to_time is not None
    assert away.from_time <= away.to_time


def test_old_agents_send_errors_as_200(bench: Bench) -> None:
    bench.simulator.old_errors = True
    bench.once()
    bench.simulator.many(1200)
    bench.once()
    assert [gap[0] for gap in bench.gaps()] == ["buffer_overrun"]


def test_one_device_of_two(tmp_path: Path) -> None:
    simulator = Simulator(devices=("Mill", "Lathe"))
    simulator.many(20)
    for agent in ({"device": "Lathe"}, {"path": '//Device[@name="Lathe"]'}):
        with serving(simulator) as url:
            bench = Bench(simulator, url, tmp_path / next(iter(agent)))
            bench.once(**agent)
        assert {key[2] for key in bench.landed()} == {"lathe-1"}
        assert len(bench.landed()) == 14


def test_more_than_the_buffer_is_never_asked_for(tmp_path: Path) -> None:
    simulator = Simulator(size=50)
    with serving(simulator) as url:
        bench = Bench(simulator, url, tmp_path)
        assert bench.once(Rhythm(count=10_000))
    assert bench.landed() == sorted(simulator.all)


@pytest.mark.parametrize(
    ("refuse", "says"), [(404, "no MTConnect agent"), (401, "login"), (503, "cannot answer")]
)
def test_what_is_no_agent_is_said(bench: Bench, refuse: int, says: str) -> None:
    bench.simulator.refuse = refuse
    assert not bench.once()
    assert says in bench.told[-1].text  # type: ignore[union-attr]


def test_an_unknown_device_is_said(bench: Bench) -> None:
    assert not bench.once(device="Robot")
    assert "Could not find the device 'Robot'" in bench.told[-1].text  # type: ignore[union-attr]


def test_urls() -> None:
    assert Agent("plant:5000").name == "http://plant:5000"
    assert Agent("https://u:p@plant/agent/current").name == "https://plant/agent"
    assert Agent("http://[::1]:5000/probe").name == "http://[::1]:5000"
    for text in ("ftp://plant", "http://", "http://plant:port"):
        with pytest.raises(AgentError):
            Agent(text)


def test_files_that_were_deleted_are_remembered_by_the_ledger(bench: Bench) -> None:
    import shutil

    bench.simulator.many(30)
    bench.once()
    shutil.rmtree(bench.place / "lake" / "landing")
    bench.simulator.many(3)
    bench.once()
    rows = Ledger(bench.lake).rows()
    assert rows[-1]["records_read"] == 3
    assert rows[-1]["records_duplicate"] == 0
    assert bench.landed() == sorted(bench.simulator.all)


def test_an_agent_that_gives_less_than_it_says(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from casparian.live import receiver
    from tests.live.agent import Refused

    monkeypatch.setattr(receiver, "FIRST_WAIT_S", 0.01)

    def refuse(begin: int, count: int, device: str | None) -> bytes:
        raise Refused("OUT_OF_RANGE", "'from' is never right")

    monkeypatch.setattr(bench.simulator, "sample", refuse)
    assert not bench.once()
    assert "never right" in next(
        each.text for each in bench.told if isinstance(each, Told) and each.event == "failed"
    )


def test_what_nobody_foresaw_ends_it_loudly(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **query: Any) -> None:
        raise AttributeError("a bug")

    poll = bench.poll()
    monkeypatch.setattr(Agent, "stream", broken)
    with pytest.raises(AttributeError, match="a bug"):
        poll.run()
    assert bench.landed() == sorted(bench.simulator.all)  # what came before it is kept
