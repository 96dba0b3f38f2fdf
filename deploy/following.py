"""What becomes of a lakehouse on its way up: looks at it, and how a look is shown.

On a terminal a table that is drawn anew, a line a system; elsewhere a line for each thing that
changed, and for each cause that stays, every half minute.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.table import Table

from deploy import applications, cluster
from deploy.applications import APPLICATION, Applications
from deploy.systems import ARGOCD, System
from deploy.waiting import Waiting, waiting

ROOT = "root"  # the application that makes all others
LOOK_S = 2.0
AGAIN_S = 30.0  # what waits is said again after so long
STUCK = " (this does not mend itself)"


@dataclass(frozen=True)
class Row:
    """A system at one moment. seconds: since the beginning, until it was ready."""

    system: str
    sync: str
    health: str
    seconds: float
    ready: bool


@dataclass(frozen=True)
class Look:
    """All systems at one moment, and what they wait for."""

    rows: tuple[Row, ...]
    waits: tuple[Waiting, ...]

    def left(self) -> list[str]:
        """Systems that are not ready."""
        return [row.system for row in self.rows if not row.ready]


def looks(wanted: Sequence[System], known: Applications, timeout: float) -> Iterator[Look]:
    """A look every two seconds until all is ready or the time is over."""
    began, ready = time.monotonic(), dict[str, float]()
    while (now := time.monotonic() - began) < timeout:
        look = _look(wanted, known, now, ready)
        yield look
        if not look.left():
            return
        known.ask_again([name for name in look.left() if name in known.found()])
        time.sleep(LOOK_S)


def _look(
    wanted: Sequence[System], known: Applications, now: float, ready: dict[str, float]
) -> Look:
    found = known.found()
    rows, waits = [], list[Waiting]()
    for name in (ROOT, *(each.system for each in wanted)):
        application = found.get(name, {"metadata": {"name": name}, "spec": {}})
        done = applications.is_ready(application)
        if done and (behind := known.behind(application)):
            waits.append(Waiting(f"application {name}", behind, of=name))
            done = False
        ready = _kept(ready, name, done, now)
        rows.append(Row(name, *applications.said(application), ready.get(name, now), done))
    left = [row.system for row in rows if not row.ready]
    waits += [each for each in causes(wanted) if _matters(each, left)] if left else []
    return Look(tuple(rows), tuple(waits))


def _kept(ready: dict[str, float], name: str, done: bool, now: float) -> dict[str, float]:
    """When each became ready: what is no longer has to do so again."""
    if done:
        ready.setdefault(name, now)
    else:
        ready.pop(name, None)
    return ready


def causes(wanted: Sequence[System]) -> list[Waiting]:
    """What is not ready in the namespaces of the systems, and why."""
    places = sorted({each.namespace for each in wanted})
    pods, claims, events = (
        [each for place in places for each in cluster.objects(kind, place)]
        for kind in ("pod", "persistentvolumeclaim", "event")
    )
    return waiting(pods, claims, events, cluster.objects(APPLICATION, ARGOCD))


def _matters(found: Waiting, left: Sequence[str]) -> bool:
    """An application that is only on its way says nothing that its pods do not say better."""
    kind, _, name = found.what.partition(" ")
    return kind != "application" or (name in left and not found.why.startswith("it is "))


def show(every: Iterator[Look]) -> Look | None:
    """Shows looks until the last, which is returned."""
    console = Console()
    return _drawn(every, console) if console.is_terminal else _told(every)


def _drawn(every: Iterator[Look], console: Console) -> Look | None:
    last = None
    with Live(console=console, auto_refresh=False) as live:
        for last in every:
            live.update(table(last), refresh=True)
    return last


def _told(every: Iterator[Look]) -> Look | None:
    last, lines, began = None, Lines(), time.monotonic()
    for last in every:
        for line in lines.of(last):
            print(f"{time.monotonic() - began:5.0f} s  {line}", flush=True)
    return last


def table(look: Look) -> Table:
    """A line a system: what Argo CD calls it, what it waits for, seconds until it was ready."""
    drawn = Table(box=None, pad_edge=False)
    for title in ("system", "sync", "health", "s", "waits for"):
        drawn.add_column(title, justify="right" if title == "s" else "left", no_wrap=True)
    drawn.columns[-1].no_wrap, drawn.columns[-1].overflow = False, "fold"
    own = {row.system: [each for each in look.waits if each.of == row.system] for row in look.rows}
    for row in look.rows:
        style = "green" if row.ready else "red" if any(w.stuck for w in own[row.system]) else ""
        said = "\n".join(_sentence(each).removeprefix(f"application {row.system}: ")
                         for each in own[row.system])  # fmt: skip
        drawn.add_row(row.system, row.sync, row.health, f"{row.seconds:.0f}", said, style=style)
    for each in look.waits:
        if each.of not in own:
            drawn.add_row("", "", "", "", _sentence(each), style="red" if each.stuck else "")
    return drawn


class Lines:
    """A system that became ready, a cause that is new, and causes that stay every half minute."""

    def __init__(self) -> None:
        self._told: dict[Waiting, float] = {}
        self._ready: set[str] = set()

    def of(self, look: Look) -> Iterator[str]:
        """What a look has that is to be said."""
        ready = {row.system for row in look.rows if row.ready}
        yield from (f"{name} is Synced and Healthy" for name in sorted(ready - self._ready))
        self._ready, now = ready, time.monotonic()
        self._told = {each: when for each, when in self._told.items() if each in look.waits}
        for each in look.waits:
            if now - self._told.get(each, -AGAIN_S) >= AGAIN_S:
                self._told[each] = now
                yield _sentence(each)


def _sentence(each: Waiting) -> str:
    return f"{each.what}: {each.why}" + (STUCK if each.stuck else "")
