"""Agents behind TLS: trusted by the authority that is named, not otherwise, and read the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from casparian.live.agent import Agent, AgentError
from tests.live.agent import Simulator, serving
from tests.live.certificates import Authority
from tests.live.test_poll import FAST, Bench, eventually


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def bench(tmp_path: Path, authority: Authority) -> Iterator[Bench]:
    simulator = Simulator()
    with serving(simulator, context=authority.serve()) as url:
        assert url.startswith("https://")
        yield Bench(simulator, url, tmp_path)


def asked(agent: Agent, folder: Path) -> bytes:
    path = folder / "answer"
    agent.ask("current", lambda: path.open("wb"))
    return path.read_bytes()


def test_the_authority_that_is_named_is_trusted(bench: Bench, authority: Authority) -> None:
    bench.simulator.many(50)
    assert bench.once(ca=authority.file)
    assert bench.landed() == sorted(bench.simulator.all)
    assert not bench.gaps()
    bench.check_books()


def test_insecure_looks_away(bench: Bench, tmp_path: Path) -> None:
    assert b"<MTConnectStreams" in asked(Agent(bench.url, verify=False), tmp_path)


def test_an_unknown_authority_is_refused_with_a_way_out(bench: Bench, tmp_path: Path) -> None:
    for agent in (Agent(bench.url), Agent(bench.url, ca=Authority(tmp_path, "Other").file)):
        with pytest.raises(AgentError, match=r"not trusted \(.*\): name its authority with --ca"):
            asked(agent, tmp_path)
    assert not bench.simulator.requests  # nothing was asked before that


@pytest.mark.parametrize(
    ("host", "lasts", "why"),
    [
        ("agent.example", timedelta(days=1), "mismatch"),
        ("127.0.0.1", -timedelta(days=1), "expired"),
    ],
)
def test_a_certificate_of_another_host_or_time_is_refused(
    tmp_path: Path, authority: Authority, host: str, lasts: timedelta, why: str
) -> None:
    with (
        serving(Simulator(), context=authority.serve(host, lasts)) as url,
        pytest.raises(AgentError, match=f"not trusted .*{why}"),
    ):
        asked(Agent(url, ca=authority.file), tmp_path)


def test_a_stream_over_tls_that_breaks_off_goes_on(bench: Bench, authority: Authority) -> None:
    polling = bench.poll(FAST, ca=authority.file)
    running = Thread(target=polling.run, daemon=True)
    running.start()
    try:
        bench.simulator.many(20)
        eventually(lambda: bench.landed() == sorted(bench.simulator.all))
        bench.simulator.cut_after = 40
        bench.simulator.many(20)
        eventually(lambda: bench.landed() == sorted(bench.simulator.all))
    finally:
        polling.stop.set()
        running.join(20)
    assert any("interval" in request for request in bench.simulator.requests)
    assert all(missing == 0 for *_, missing in bench.gaps())


def test_both_speak_the_same_language_or_say_so(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="does not answer"):
        asked(Agent(bench.url.replace("https", "http"), timeout=2), tmp_path)
    with serving(Simulator()) as url, pytest.raises(AgentError, match="does not speak TLS"):
        asked(Agent(url.replace("http", "https")), tmp_path)


def test_a_file_without_certificates_is_said(bench: Bench, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate\n")
    for file in (empty, tmp_path / "missing.pem"):
        with pytest.raises(AgentError, match=f"{file.name} holds no certificates"):
            asked(Agent(bench.url, ca=file), tmp_path)


@contextmanager
def listening() -> Iterator[tuple[str, list[str | None]]]:
    """A plain server's URL, and the credentials that it was sent."""
    sent: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent.append(self.headers.get("Authorization"))
            self.send_error(404)

        def log_message(self, *words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", sent
        server.shutdown()


def test_a_password_never_follows_from_tls_to_plain_text(
    bench: Bench, authority: Authority, tmp_path: Path
) -> None:
    with listening() as (plain, sent):
        bench.simulator.send_on = f"{plain}/current"
        agent = Agent(bench.url.replace("//", "//ann:secret@"), ca=authority.file)
        with pytest.raises(AgentError):
            asked(agent, tmp_path)
        assert sent == [None]
