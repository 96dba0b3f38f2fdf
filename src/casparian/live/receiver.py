"""Receiving: one agent's answers onto its shelf, in order, with every gap noted.

Asks `current`, catches up by plain `sample` requests, then lets the agent stream. Whatever goes
wrong, it begins again where the shelf ends.

Source: MTConnect Standard Part 1.0: instanceId, firstSequence, lastSequence, nextSequence.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from casparian.lake.gaps import AGENT_RESTART, BUFFER_OVERRUN, UNREACHABLE, Gap, now
from casparian.live.agent import Agent, AgentError, Answer, AwayError, OutOfRangeError
from casparian.live.shelf import Position, Shelf

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
MOST_STUCK = 5  # answers in a row that do not fit what the agent said to hold
NOTE_EVERY_S = 10.0  # how often a position without observations is written down
_OBSERVED = re.compile(rb'[^\w]sequence"?\s*[=:]')  # not nextSequence, not firstSequence
_BLOCK = 1 << 20
_MOST = (1 << 63) - 1


@dataclass(frozen=True)
class Told:
    """What the receiver tells. event: document, away, back, gap, failed. path: of the document."""

    event: str
    agent: str
    text: str = ""
    path: Path | None = None
    gap: Gap | None = None


@dataclass(frozen=True)
class Rhythm:
    """count: most observations an answer. interval: seconds between the answers of a stream.
    heartbeat: seconds after which an agent without news answers. stream: whether to let it stream.
    history: begin with what the agent's buffer holds, else with what comes."""

    count: int = 10_000
    interval: float = 10.0
    heartbeat: float = 10.0
    stream: bool = True
    history: bool = True


class Receiver:
    """Polls one agent onto its shelf until told to stop. `failed`: why it cannot go on, if so.

    tell: called, in the receiver's thread, for every document kept and all that a person should
    know.
    """

    def __init__(
        self, agent: Agent, shelf: Shelf, rhythm: Rhythm, tell: Callable[[Told], None],
        begun: Position | None = None,
    ):  # fmt: skip
        self.agent, self.shelf, self.rhythm, self._tell = agent, shelf, rhythm, tell
        self.position = shelf.position() or begun
        self.failed: str | None = None
        self.error: Exception | None = None
        self._stop = threading.Event()
        self._in_hand = False
        self._away_since: datetime | None = None
        self._ever = False  # whether the agent has answered to this process
        self._noted = time.monotonic()
        self._count, self._caught_up = rhythm.count, False
        for _, gap in shelf.gaps():
            if gap.to_time is None and gap.reason == UNREACHABLE:  # of a process that was ended
                self._away_since = gap.from_time

    def run(self, once: bool = False) -> None:
        """Until `stop()`; once: until all that the agent holds is on the shelf.

        Sets `failed` where the agent cannot be polled at all; one that has answered before is
        waited for, whatever it says now. Raises nothing: what nobody foresaw is left in `error`,
        for the thread that started this one.
        """
        try:
            self._run(once)
        except Exception as error:  # noqa: BLE001  raised again by the thread that joins this one
            self.error = error
            self._ends(f"{type(error).__name__}: {error}")

    def _run(self, once: bool) -> None:
        wait, stuck = 0.0, 0
        while not self._stop.is_set():
            before = self.position
            try:
                self._session(once)
                break
            except AgentError as error:
                stuck += 1
                # its buffer went on meanwhile, or it began anew: `current` tells, unless for ever
                known = isinstance(error, OutOfRangeError) and stuck < MOST_STUCK
                if self._stop.is_set() or (not known and self._fails(error, once)):
                    break
                if not known:
                    self._is_away(str(error))
            finally:
                self.shelf.close()
            went_on = before is not None and self.position is not before
            stuck = 0 if went_on and not once else stuck
            wait = FIRST_WAIT_S if went_on else min(wait * 2 or FIRST_WAIT_S, LONGEST_WAIT_S)
            self._stop.wait(
                wait * random.uniform(0.5, 1.0) if self._away_since or not went_on else 0
            )
        self._note()

    def _fails(self, error: AgentError, once: bool) -> bool:
        """Whether there is no point in trying again."""
        if once or not (self._ever or isinstance(error, AwayError)):
            self._ends(str(error))
        return self.failed is not None

    def _ends(self, why: str) -> None:
        self.failed = why
        self._tell(Told("failed", self.agent.name, why))

    def stop(self, patience: float = 0.0) -> None:
        """End: what is half received is finished first, if that takes no more than `patience` s."""
        self._stop.set()
        until = time.monotonic() + patience
        while self._in_hand and time.monotonic() < until:
            time.sleep(0.02)
        self.agent.end()

    def _session(self, once: bool) -> None:
        """One conversation: catch up, then follow, until something ends it."""
        self._sync(self._ask("current"))
        self._catch_up()
        streams = self.rhythm.stream
        while not once and not self._stop.is_set():
            begun = time.monotonic()
            streams = streams and self._follow()
            if self._caught_up:
                self._stop.wait(max(0.0, self.rhythm.interval - (time.monotonic() - begun)))
            self._catch_up()

    def _ask(self, request: str, **query: int) -> Answer:
        self._in_hand = True
        try:
            answer = self.agent.ask(request, self.shelf.begin, **query)
        finally:
            self._in_hand = False
        self._is_back()
        return answer

    def _catch_up(self) -> None:
        self._caught_up = False
        while not (self._stop.is_set() or self._caught_up):
            answer = self._ask("sample", **{"from": self._next(), "count": self._count})
            self._caught_up = self._take(answer)

    def _follow(self) -> bool:
        """Let the agent stream; whether it does. Ends when there is more than it streams."""
        rhythm, streams = self.rhythm, False
        query = {
            "from": self._next(), "count": self._count, "interval": int(rhythm.interval * 1000),
            "heartbeat": int(rhythm.heartbeat * 1000),
        }  # fmt: skip
        silence = max(rhythm.interval, rhythm.heartbeat) * 2 + self.agent.timeout
        for answer in self.agent.stream(self._begin, silence, **query):
            self._in_hand = False
            if answer is None:
                streams = True
                continue
            self._is_back()
            self._caught_up = self._take(answer)
            if not self._caught_up or self._stop.is_set():
                break
        return streams

    def _begin(self) -> BinaryIO:
        self._in_hand = True
        return self.shelf.begin()

    def _next(self) -> int:
        if self.position is None:
            raise AwayError(f"{self.agent.name} has told no sequence yet.")
        return self.position.next

    def _sync(self, current: Answer) -> None:
        """Compare where we are with what the agent holds: begin, go on, or note what is lost."""
        told, at = current.header, self.position
        self._count = min(self.rhythm.count, told.buffer_size or self.rhythm.count)
        first, following = told.first_sequence or 1, told.next_sequence or 1
        instance = told.instance_id or 0
        if at is None:
            self._keep(current, None, instance, first if self.rhythm.history else following)
            return
        if at.instance_id != instance:
            self._restarted(at, first, instance)
        elif at.next > following:
            self._lost(AGENT_RESTART, at.next, None, "its sequence went back in the same instance")
        elif at.next < first:
            self._lost(BUFFER_OVERRUN, at.next, first - 1)
        else:
            return
        self._keep(current, None, instance, first)

    def _restarted(self, at: Position, first: int, instance: int) -> None:
        self._lost(AGENT_RESTART, at.next, None, f"instance {instance} began")
        if first > 1:
            self._lost(BUFFER_OVERRUN, 1, first - 1, instance=instance)

    def _take(self, answer: Answer) -> bool:
        """Put an answer to `sample` on the shelf; whether it reaches to the end of the buffer.

        Raises OutOfRangeError where the agent is another run of itself than the one asked.
        """
        told, at = answer.header, self.position
        following, first = told.next_sequence or 0, told.first_sequence or 1
        if at is None or told.instance_id != at.instance_id or following < at.next:
            raise OutOfRangeError(f"{self.agent.name} began anew.")
        if first > at.next:
            self._lost(BUFFER_OVERRUN, at.next, first - 1)
        if has_observations(answer.path):
            self._keep(answer, max(first, at.next), at.instance_id, following)
        elif following > at.next:
            self.position = replace(at, order=at.order + 1, next=following, at=_stamp())
        else:
            self.position = replace(at, at=_stamp())
        if time.monotonic() - self._noted > NOTE_EVERY_S:
            self._note()
        last = told.last_sequence
        return following == at.next or last is None or following > last

    def _keep(self, answer: Answer, first: int | None, instance: int, following: int) -> None:
        order = self.position.order + 1 if self.position else 1
        position = Position(order, instance, following, _stamp())
        path = self.shelf.keep(answer, first, position)
        self.position = position
        self._tell(Told("document", self.agent.name, path=path))

    def _note(self) -> None:
        """Write down a position behind which no file stands."""
        self._noted = time.monotonic()
        if self.position is not None:
            self.shelf.advance(self.position)

    def _is_away(self, why: str) -> None:
        if self._away_since is None:
            self._away_since = self._last_answer() or now()
            self._tell(Told("away", self.agent.name, why))
            self._outage(None)

    def _is_back(self) -> None:
        self._ever = True
        if self._away_since is not None:
            self._outage(now())
            self._tell(Told("back", self.agent.name))
            self._away_since = None

    def _outage(self, until: datetime | None) -> None:
        at = self.position
        if at is not None:
            self._note_gap(self._gap(UNREACHABLE, at.next, None, 0, "", until=until))

    def _lost(
        self, reason: str, first: int, last: int | None, note: str = "", instance: int | None = None
    ) -> None:
        missing = None if last is None else last - first + 1
        self._note_gap(self._gap(reason, first, last, missing, note, instance, now()))

    def _gap(
        self, reason: str, first: int, last: int | None, missing: int | None, note: str,
        instance: int | None = None, until: datetime | None = None,
    ) -> Gap:  # fmt: skip
        at = self.position
        known = instance if instance is not None else at.instance_id if at else 0
        return Gap(
            self.agent.name, self.agent.scope, min(known, _MOST), first, last, missing, reason,
            self._away_since or self._last_answer(), until, now(), note,
        )  # fmt: skip

    def _note_gap(self, gap: Gap) -> None:
        """On the shelf before reading goes on behind it."""
        self.shelf.note_gap(gap)
        self._tell(Told("gap", self.agent.name, gap=gap))

    def _last_answer(self) -> datetime | None:
        return datetime.fromisoformat(self.position.at) if self.position else None


def _stamp() -> str:
    return now().isoformat()


def has_observations(path: Path) -> bool:
    """Whether a Streams document holds any; an answer to nothing new has none."""
    with path.open("rb") as stream:
        rest = b""
        while block := stream.read(_BLOCK):
            text = (rest + block).replace(b"\0", b"")
            if _OBSERVED.search(text):
                return True
            rest = text[-64:]
    return False
