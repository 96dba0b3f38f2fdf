"""What `make up` takes for ready, and how it shows the way there. Argo CD's objects are as version
3.2 writes them, shortened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from deploy import applications, cluster, following
from deploy.applications import REFRESH, Applications, Source
from deploy.following import Lines, Look, Row, looks, table
from deploy.systems import System
from deploy.waiting import Waiting

URL, HEAD, OLD = "http://git/app.git", "a" * 40, "b" * 40
TRINO = System("trino", "query", "casparian")


def application(name: str = "trino", **more: Any) -> dict[str, Any]:
    said = {"looked": "2026-01-01T00:00:10Z", "revision": HEAD, "health": "Healthy"} | more
    return {
        "metadata": {"name": name, "annotations": said.get("annotations")},
        "spec": {"source": {"repoURL": said.get("url", URL), "targetRevision": "main"}},
        "status": {
            "reconciledAt": said["looked"],
            "health": {"status": said["health"]},
            "sync": {"status": "Synced", "revision": said["revision"]},
        },
    }


class Stands:
    """A cluster that answers with what a test puts there, and keeps what it is told."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self.told: list[tuple[str, ...]] = []

    def objects(self, kind: str, namespace: str | None = None) -> list[dict[str, Any]]:
        if kind == applications.APPLICATION:
            return self.found
        return [{"metadata": {"name": "query"}}] if kind == applications.SET else []


@pytest.fixture
def stands(monkeypatch: pytest.MonkeyPatch) -> Stands:
    found = Stands()
    monkeypatch.setattr(cluster, "objects", found.objects)
    monkeypatch.setattr(applications, "answer", lambda *words: found.told.append(words))
    monkeypatch.setattr(applications, "_head", lambda *words: HEAD)
    monkeypatch.setattr(following, "LOOK_S", 0.0)
    return found


@pytest.fixture
def known(stands: Stands) -> Applications:
    """All had looked ten seconds after noon before they were asked to again."""
    stands.found = [application("root"), application()]
    made = Applications(("root", "trino"), Source(URL, "main"))
    made.ask()
    return made


def test_all_applications_and_sets_are_asked_to_look_again(
    known: Applications, stands: Stands
) -> None:
    asked, sets = stands.told
    assert asked[:5] == ("kubectl", "annotate", applications.APPLICATION, "root", "trino")
    assert "argocd.argoproj.io/refresh=normal" in asked
    assert sets[2:5] == (
        applications.SET,
        "query",
        "argocd.argoproj.io/application-set-refresh=true",
    )


LATER = "2026-01-01T00:00:11Z"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (application(looked=LATER), ""),
        (application(), "has not looked"),
        (application(looked=LATER, annotations={REFRESH: "normal"}), "has not looked"),
        (application(looked=LATER, revision=OLD), f"not seen commit {HEAD[:12]}"),
        (application(looked=LATER, url="http://git/old.git"), "from another repository"),
    ],
)  # fmt: skip
def test_ready_is_only_what_has_seen_the_newest_commit(
    known: Applications, found: dict[str, Any], why: str
) -> None:
    said = known.behind(found)
    assert why in said and bool(why) == bool(said)


def test_a_head_that_this_machine_cannot_see_is_not_asked_for(
    known: Applications, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applications, "_head", lambda *words: None)
    known.source._asked = float("-inf")
    assert known.behind(application(looked=LATER, revision=OLD)) == ""


def test_a_stale_synced_and_healthy_is_waited_for(known: Applications, stands: Stands) -> None:
    """The fault that this is for: a push, and Argo CD's word of before it."""
    every = looks([TRINO], known, 60)
    first = next(every)
    assert first.left() == ["root", "trino"]
    assert [each.of for each in first.waits] == ["root", "trino"]
    stands.found = [application("root", looked=LATER), application(looked=LATER)]
    last = list(every)[-1]
    assert last.left() == []
    assert [row.sync for row in last.rows] == ["Synced", "Synced"]


def test_looking_ends_when_the_time_is_over(known: Applications) -> None:
    seen = list(looks([TRINO], known, 0.05))
    assert seen and all(each.left() for each in seen)


def row(ready: bool, system: str = "trino") -> Row:
    return Row(system, "Synced", "Healthy" if ready else "Progressing", 12.0, ready)


PULL = Waiting("pod casparian/trino-0", "image x cannot be pulled", stuck=True, of="trino")


def test_lines_say_what_is_new_once() -> None:
    lines = Lines()
    waits = Look((row(False),), (PULL,))
    assert list(lines.of(waits)) == [
        "pod casparian/trino-0: image x cannot be pulled (this does not mend itself)"
    ]
    assert list(lines.of(waits)) == []
    assert list(lines.of(Look((row(True),), ()))) == ["trino is Synced and Healthy"]


def test_the_table_has_a_line_a_system_and_all_causes(capsys: pytest.CaptureFixture[str]) -> None:
    other = Waiting("pod casparian/stray", "it is pending")
    look = Look((row(True, "postgres"), row(False)), (PULL, other))
    console = Console(width=120)
    with console.capture() as said:
        console.print(table(look))
    lines = [line.split() for line in said.get().splitlines()]
    assert lines[0] == ["system", "sync", "health", "s", "waits", "for"]
    assert lines[1] == ["postgres", "Synced", "Healthy", "12"]
    assert lines[2][:4] == ["trino", "Synced", "Progressing", "12"]
    assert "cannot be pulled (this does not mend itself)" in said.get()
    assert "pod casparian/stray: it is pending" in said.get()


def test_where_stdout_is_no_terminal_lines_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    def every() -> Iterator[Look]:
        yield Look((row(False),), ())
        yield Look((row(True),), ())

    last = following.show(every())
    assert last is not None and last.left() == []
    assert capsys.readouterr().out.endswith("s  trino is Synced and Healthy\n")


def test_memory_in_use_is_of_the_named_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    def pod(namespace: str, *memory: str) -> str:
        used = ",".join(f'{{"usage": {{"memory": "{each}"}}}}' for each in memory)
        return f'{{"metadata": {{"namespace": "{namespace}"}}, "containers": [{used}]}}'

    items = ",".join([pod("casparian", "512Mi", "524288Ki"), pod("else", "9Gi")])
    monkeypatch.setattr(cluster, "answer", lambda *words: f'{{"items": [{items}]}}')
    assert cluster.memory_in_use(["casparian"]) == 1.0
    assert cluster.memory_in_use(["argocd"]) is None
