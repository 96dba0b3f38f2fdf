"""`casparian poll` and `casparian gaps` as a user meets them, against a real agent over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.live.agent import Simulator, serving
from tests.live.certificates import Authority

COUNT = (
    "SELECT count(*) AS n, count(DISTINCT sequence) AS d FROM "
    "(SELECT sequence FROM silver_equipment.mtc_samples UNION ALL SELECT sequence FROM "
    "silver_equipment.mtc_events UNION ALL SELECT sequence FROM silver_equipment.mtc_conditions)"
)


@pytest.fixture
def agent() -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator(size=200)
    with serving(simulator) as url:
        yield simulator, url


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_once_then_query(cli: Cli, agent: tuple[Simulator, str]) -> None:
    simulator, url = agent
    simulator.many(50)
    done = cli("poll", url, "--once")
    assert done.code == 0
    assert "Books closed." in done.out
    found = cli("query", COUNT, "--json").json
    assert found["rows"] if isinstance(found, dict) else found == [{"n": 54, "d": 54}]
    assert "Nothing new." in cli("poll", url, "--once").out


def test_gaps_are_said_listed_and_can_be_queried(cli: Cli, agent: tuple[Simulator, str]) -> None:
    simulator, url = agent
    cli("poll", url, "--once")
    assert "No gaps." in cli("gaps").out
    simulator.many(500)
    done = cli("poll", url, "--once")
    assert "300 observations missing (5 to 304)" in done.out
    assert "300 observations missing." in cli("gaps").out
    listed = cli("gaps", "--json").json
    assert listed["missing"] == 300
    assert listed["gaps"][0]["reason"] == "buffer_overrun"
    assert "buffer_overrun" in cli("query", "FROM ops.gaps").out


def test_for_some_time_in_json(cli: Cli, agent: tuple[Simulator, str]) -> None:
    simulator, url = agent
    simulator.many(10)
    done = cli("poll", url, "--for", "1s", "--every", "100ms", "--json")
    assert done.code == 0
    told = lines(done.out)
    assert {each["event"] for each in told} == {"landed"}
    assert all(each["books_closed"] for each in told)
    assert sum(each["records_valid"] for each in told) == 14


def test_status_asks_nobody(cli: Cli, agent: tuple[Simulator, str]) -> None:
    simulator, url = agent
    assert "No agent" in cli("poll", "--status").out
    cli("poll", url, "--once")
    asked = len(simulator.requests)
    (found,) = cli("poll", "--status", "--json").json["agents"]
    assert (found["agent"], found["next_sequence"], found["waiting"]) == (url, 5, 0)
    assert url in cli("poll", "--status").out
    assert len(simulator.requests) == asked


def test_json_of_the_agent(cli: Cli, agent: tuple[Simulator, str]) -> None:
    simulator, url = agent
    simulator.json = True
    simulator.many(20)
    done = cli("poll", url, "--once", "--accept", "json")
    assert done.code == 0
    assert '"n": 24' in cli("query", COUNT, "--json").out


def test_an_answer_that_no_format_reads_is_said(
    cli: Cli, agent: tuple[Simulator, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from casparian.lake import scan
    from casparian.reading.base import Sniff

    monkeypatch.setattr(scan, "sniff", lambda peek: (None, Sniff(0.0, "nobody knows it")))
    done = cli("poll", agent[1], "--once")
    assert done.code == 1
    assert "nobody knows it" in done.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["http://127.0.0.1:1", "--once"], "does not answer (connection refused)"),
        (["nowhere.invalid:5000", "--once"], "no such host"),
        (["ftp://plant"], "no URL of an agent"),
    ],
)
def test_one_sentence_for_what_is_wrong(cli: Cli, words: list[str], says: str) -> None:
    done = cli("poll", *words)
    assert done.code == 1
    assert says in done.out + done.err
    assert "Traceback" not in done.out + done.err


def test_what_is_no_agent(cli: Cli, agent: tuple[Simulator, str]) -> None:
    simulator, url = agent
    done = cli("poll", url.replace("http:", "https:"), "--once")
    assert "does not speak TLS" in done.out
    simulator.refuse = 404
    assert "no MTConnect agent" in cli("poll", url, "--once").out


def test_misuse(cli: Cli) -> None:
    assert cli("poll").code == 2
    assert cli("poll", "a:1", "--every", "soon").code == 2
    missing = cli("poll", "a:1", "--lake", "s3://plant/lake")
    assert missing.code == 1
    assert "--keep" in missing.err


def test_an_agent_behind_tls(cli: Cli, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with serving(Simulator(), context=authority.serve()) as url:
        refused = cli("poll", url, "--once")
        assert refused.code == 1
        assert "--ca FILE" in refused.out + refused.err
        assert "Books closed." in cli("poll", url, "--once", "--ca", authority.file).out
        assert "Nothing new." in cli("poll", url, "--once", "--insecure").out
