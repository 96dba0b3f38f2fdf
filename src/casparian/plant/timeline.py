"""What each machine does when: one state a stretch of time, made from calendar and stops.

Counts, MTConnect's Execution and every historian trend are read off the same timeline, so that
they agree with the downtime log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from casparian.plant.calendar import PlannedStop, Shift
from casparian.plant.downtime import Stop

OFF, IDLE, DOWN, RUN, HEAT, REACT, COOL, DISCHARGE = range(8)
CHARGE = RUN  # a batch starts with charging; other machines just run
STATES = 8
PHASES = ((CHARGE, 2400), (HEAT, 3000), (REACT, 7200), (COOL, 2700), (DISCHARGE, 1500))
PHASE_NAMES = {
    OFF: "Stopped", IDLE: "Stopped", DOWN: "Stopped", CHARGE: "Charge", HEAT: "Heat",
    REACT: "React", COOL: "Cool", DISCHARGE: "Discharge",
}  # fmt: skip


@dataclass(frozen=True)
class Timeline:
    """starts: UTC seconds, ascending, int64; states: one of the states each; end: UTC second."""

    starts: npt.NDArray[np.int64]
    states: npt.NDArray[np.int64]
    end: int

    def segments(self) -> list[tuple[int, int, int]]:
        """(start, end, state) of each stretch."""
        starts = self.starts.tolist()
        return list(zip(starts, [*starts[1:], self.end], self.states.tolist(), strict=True))

    def running_seconds(self) -> npt.NDArray[np.float64]:
        """Seconds run before the start of each stretch."""
        lengths = np.diff(self.starts, append=self.end) * (self.states >= RUN)
        return np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.float64)

    def ran_between(self, start: int, end: int) -> int:
        """Whole seconds run in [start, end)."""
        ran = np.interp([start, end], *self._ran)
        return round(float(ran[1] - ran[0]))

    def next_running(self, instant: int) -> int:
        """`instant` if the machine runs then, else the next second at which it starts."""
        later = (end > instant and state >= RUN for _, end, state in self.segments())
        place = next(i for i, found in enumerate(later) if found)
        return max(instant, int(self.starts[place]))

    @cached_property
    def _ran(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        before = self.running_seconds()
        total = before[-1] + (self.end - self.starts[-1]) * (self.states[-1] >= RUN)
        edges = np.append(self.starts, self.end).astype(np.float64)
        return edges, np.append(before, total)


@dataclass(frozen=True)
class Batch:
    """One batch of a reactor: start of charging, end of reaction, end of discharge."""

    number: int
    start: int
    reacted: int
    end: int


def build(
    start: int, end: int, shifts: list[Shift], planned: list[PlannedStop], stops: list[Stop]
) -> Timeline:
    """Paint shifts, then planned stops, then downtime over an idle plant; the last one shows."""
    layers: list[tuple[int, int, int]] = []
    layers += [(shift.start, shift.end, RUN) for shift in shifts]
    layers += [(plan.start, plan.end, IDLE) for plan in planned]
    layers += [(stop.start, stop.end, DOWN) for stop in stops]
    edges = sorted({start, end, *(edge for layer in layers for edge in layer[:2])})
    states = np.full(len(edges), OFF, dtype=np.int64)
    place = {edge: i for i, edge in enumerate(edges)}
    for first, last, state in layers:
        states[place[first] : place[last]] = state
    starts = np.array(edges, dtype=np.int64)
    inside = (starts >= start) & (starts < end)
    return _merged(starts[inside], states[inside], end)


def with_phases(line: Timeline, rng: np.random.Generator) -> tuple[Timeline, list[Batch]]:
    """Split the running stretches of a reactor into batch phases; a stop holds the phase."""
    segments: list[tuple[int, int]] = []
    batches: list[Batch] = []
    phases = _phase_lengths(rng)
    number, phase, left, began, reacted = 1, 0, next(phases), -1, -1
    for start, end, state in line.segments():
        if state != RUN:
            segments.append((start, state))
            continue
        now = start
        while now < end:
            began = now if began < 0 else began
            segments.append((now, PHASES[phase][0]))
            step = min(left, end - now)
            now, left = now + step, left - step
            if left:
                continue
            if PHASES[phase][0] == REACT:
                reacted = now
            phase, left = (phase + 1) % len(PHASES), next(phases)
            if phase == 0:
                batches.append(Batch(number, began, reacted, now))
                number, began = number + 1, -1
    starts, states = zip(*segments, strict=True)
    return _merged(np.array(starts), np.array(states), line.end), batches


def _phase_lengths(rng: np.random.Generator) -> Iterator[int]:
    while True:
        for _, seconds in PHASES:
            yield int(seconds * (0.9 + 0.2 * rng.random()))


def _merged(starts: npt.NDArray[np.int64], states: npt.NDArray[np.int64], end: int) -> Timeline:
    keep = np.concatenate([[True], states[1:] != states[:-1]])
    return Timeline(starts[keep], states[keep], end)
