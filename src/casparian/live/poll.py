"""Polling: receivers, one thread an agent, and this thread, which lands what they have received."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from casparian.lake.alone import alone
from casparian.lake.arrivals import Arrived, land_arrivals, landed_below
from casparian.lake.compact import compact
from casparian.lake.gaps import write_gaps
from casparian.lake.store import Lake, LakeError
from casparian.live.agent import Agent
from casparian.live.receiver import Receiver, Rhythm, Told
from casparian.live.shelf import Position, Shelf, position_of

TICK_S = 0.2
PATIENCE_S = 5.0  # for a document that is half received when polling ends
MOST_FILES = 500  # landed at once
BATCH_BYTES = 64 << 20  # landed without waiting for the time
COMPACT_EVERY = 50  # landings
LAKE_WAITS = (1.0, 60.0)  # first and longest wait for a lake that cannot be written


@dataclass(frozen=True)
class Batch:
    """What landed at once, and how long that took in seconds."""

    arrived: Arrived
    seconds: float


@dataclass
class Poll:
    """Polls agents into a lake.

    landing: folder for the agents' answers. every: seconds between landings at most. tell: told of
    every Told and Batch, in the thread of `run`.
    """

    lake: Lake
    agents: Sequence[Agent]
    landing: Path
    tag: str
    rhythm: Rhythm
    every: float
    tell: Callable[[Told | Batch], None]
    contracts: tuple[Path, ...] = ()
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, once: bool = False, seconds: float | None = None) -> bool:
        """Until `stop` is set, for some seconds, or once; whether every agent could be polled.

        Raises LakeError where another process polls one of the agents, or, at the end, where the
        lake could not be written.
        """
        until = None if seconds is None else time.monotonic() + seconds
        with ExitStack() as stack:
            shelves = [self._shelf(agent, stack) for agent in self.agents]
            self._work = _Work(self, shelves)
            receivers = self._receivers(shelves)
            threads = [
                threading.Thread(target=each.run, args=(once,), daemon=True) for each in receivers
            ]
            for thread in threads:
                thread.start()
            try:
                while any(thread.is_alive() for thread in threads):
                    self._work.turn()
                    if self.stop.is_set() or (until is not None and time.monotonic() >= until):
                        break
            finally:
                self._end(receivers, threads)
            self._work.finish()
        for receiver in receivers:
            if receiver.error is not None:
                raise receiver.error
        return not any(receiver.failed for receiver in receivers)

    def _shelf(self, agent: Agent, stack: ExitStack) -> Shelf:
        shelf = Shelf(self.landing, agent.name, agent.scope)
        shelf.open()
        try:
            stack.enter_context(alone(shelf.folder.as_posix(), 0.0))
        except TimeoutError as error:
            raise LakeError(f"{agent.name} is polled into this lake already.") from error
        return shelf

    def _receivers(self, shelves: Sequence[Shelf]) -> list[Receiver]:
        work = self._work
        return [
            Receiver(agent, shelf, self.rhythm, work.told.put, work.begun.get(shelf.folder))
            for agent, shelf in zip(self.agents, shelves, strict=True)
        ]

    def _end(self, receivers: Sequence[Receiver], threads: Sequence[threading.Thread]) -> None:
        until = time.monotonic() + PATIENCE_S
        for receiver in receivers:
            receiver.stop(max(0.0, until - time.monotonic()))
        for thread in threads:
            thread.join(max(0.1, until - time.monotonic()))


class _Work:
    """What waits to be landed. begun: by shelf folder, how far the ledger knows its agent."""

    def __init__(self, poll: Poll, shelves: Sequence[Shelf]):
        self.poll, self.shelves = poll, shelves
        self.told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self.begun: dict[Path, Position] = {}
        self.files: list[Path] = []
        self.bytes, self.last, self.landings = 0, 0.0, 0
        self.gaps = True  # perhaps some were left
        self.trouble: LakeError | None = None
        self.not_before, self.wait = 0.0, LAKE_WAITS[0]
        for shelf in shelves:
            self._left_over(shelf)

    def _left_over(self, shelf: Shelf) -> None:
        """Answers that an earlier run received and did not land."""
        landed = landed_below(self.poll.lake, shelf.folder)
        known = [each for path in landed if (each := position_of(path))]
        if known:
            self.begun[shelf.folder] = max(known, key=lambda position: position.order)
        for path in shelf.documents():
            if path.absolute().as_posix() not in landed:
                self._add(path)

    def _add(self, path: Path) -> None:
        self.files.append(path)
        self.bytes += path.stat().st_size

    def turn(self) -> None:
        """Take what the receivers told; land if it is time."""
        try:
            self._take(self.told.get(timeout=TICK_S))
        except queue.Empty:
            pass
        self._drain()
        now = time.monotonic()
        due = now - self.last >= self.poll.every or self.bytes >= BATCH_BYTES
        if (self.gaps or (self.files and due)) and now >= self.not_before:
            self._try(due)

    def finish(self) -> None:
        """Land all that is there. Raises LakeError where the lake cannot be written."""
        self._drain()
        self.gaps = True
        while self.files or self.gaps:
            self._land()

    def _drain(self) -> None:
        while not self.told.empty():
            self._take(self.told.get())

    def _take(self, told: Told) -> None:
        if told.path is not None:
            self._add(told.path)
        self.gaps = self.gaps or told.gap is not None
        self.poll.tell(told)

    def _try(self, due: bool) -> None:
        try:
            self._land(with_files=due)
        except LakeError as error:
            if self.trouble is None:
                self.poll.tell(Told("lake", "", str(error)))
            self.trouble, self.not_before = error, time.monotonic() + self.wait
            self.wait = min(self.wait * 2, LAKE_WAITS[1])
        else:
            if self.trouble is not None:
                self.poll.tell(Told("lake", "", "The lake takes data again."))
            self.trouble, self.wait = None, LAKE_WAITS[0]

    def _land(self, with_files: bool = True) -> None:
        if self.gaps:
            self._land_gaps()
            self.gaps = False
        if not (with_files and self.files):
            return
        poll, started = self.poll, time.monotonic()
        batch = self.files[:MOST_FILES]
        arrived = land_arrivals(
            poll.lake, poll.landing, batch, poll.tag, timezone="UTC", contracts=poll.contracts
        )
        del self.files[: len(batch)]
        self.landings += 1
        if self.landings % COMPACT_EVERY == 1:
            compact(poll.lake)
        self.last = started
        self.bytes = sum(path.stat().st_size for path in self.files)
        poll.tell(Batch(arrived, time.monotonic() - started))

    def _land_gaps(self) -> None:
        found = [each for shelf in self.shelves for each in shelf.gaps()]
        write_gaps(self.poll.lake, [gap for _, gap in found])
        for path, gap in found:
            if gap.to_time is not None:  # an open one is closed later, perhaps by another process
                path.unlink(missing_ok=True)
