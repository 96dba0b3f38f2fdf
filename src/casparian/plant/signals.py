"""From machine states to the values that a sensor shows: first-order dynamics, waves, noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from casparian.plant import scenario
from casparian.plant.tags import Tag
from casparian.plant.timeline import PHASE_NAMES, RUN, STATES, Timeline

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Share of full speed and load over one machining cycle: approach, rough, drill, finish, unload.
_CYCLE = np.array([0.35, 0.95, 1.0, 0.98, 0.7, 1.0, 0.9, 0.15])


@dataclass(frozen=True)
class Bearing:
    """Exponential wear: vibration grows by 1 + gain·exp((t - fails_at) / tau_s) until it fails."""

    fails_at: int
    repaired_at: int
    tau_s: float

    def factor(self, seconds: Floats) -> Floats:
        ramp = np.minimum((seconds - self.fails_at) / self.tau_s, 0.0)
        worn = 1.0 + scenario.BEARING_GAIN * np.exp(ramp)
        return np.where(seconds < self.repaired_at, worn, 0.75)

    def reaches(self, factor: float) -> int:
        """UTC second at which the factor is reached (factor above 1)."""
        return self.fails_at + int(self.tau_s * math.log((factor - 1.0) / scenario.BEARING_GAIN))


@dataclass(frozen=True)
class Chiller:
    """fails_at: UTC second. From then on the coolant's distance from the room [K] grows to
    CAUSE_GAIN times itself."""

    fails_at: int

    def warmer(self, value: Floats, seconds: Floats) -> Floats:
        since = np.maximum(seconds - self.fails_at, 0.0)
        share = 1.0 - np.exp(-since / scenario.CAUSE_TAU_S)
        gain = 1.0 + (scenario.CAUSE_GAIN - 1.0) * share
        return scenario.CAUSE_ROOM + (value - scenario.CAUSE_ROOM) * gain


@dataclass(frozen=True)
class Trend:
    """A tag's motion over the whole period: per stretch its start [s], start value, target."""

    tag: Tag
    timeline: Timeline
    starts: Ints
    first_values: Floats
    targets: Floats


def trend_of(tag: Tag, timeline: Timeline) -> Trend:
    """Follow the first-order response through all stretches once."""
    targets, firsts = [], []
    value = 0.0 if math.isnan(tag.targets[0]) else tag.targets[0]
    for start, end, state in timeline.segments():
        target = tag.targets[state]
        target = value if math.isnan(target) else target
        firsts.append(value)
        targets.append(target)
        decay = math.exp(-(end - start) / tag.tau_s) if tag.tau_s else 0.0
        value = target + (value - target) * decay
    return Trend(tag, timeline, timeline.starts, np.array(firsts), np.array(targets))


def values_at(
    trend: Trend, seconds: Floats, rng: np.random.Generator, bearing: Bearing | None,
    chiller: Chiller | None = None,
) -> Floats:  # fmt: skip
    """Values of a numeric tag at ascending UTC seconds, clipped into the tag's range."""
    tag = trend.tag
    place = np.searchsorted(trend.starts, seconds, side="right") - 1
    if tag.kind == "counter":
        return _counted(trend, place, seconds)
    target = trend.targets[place]
    if tag.kind == "setpoint":
        return target
    value = target
    if tag.tau_s:
        gone = np.exp((trend.starts[place] - seconds) / tag.tau_s)
        value = target + (trend.first_values[place] - target) * gone
    if chiller is not None:
        value = chiller.warmer(value, seconds)
    if tag.kind == "cycle":
        value = value * _CYCLE[_cycle_step(seconds, tag.machine)]
    moving = np.abs(value) > 0.005 * (tag.high - tag.low) if tag.zero_allowed else 1.0
    wave = tag.swing * np.sin(seconds * (2 * math.pi / tag.period_s)) if tag.swing else 0.0
    value = value + (wave + tag.noise * rng.standard_normal(len(seconds))) * moving
    if bearing is not None:
        running = trend.timeline.states[place] >= RUN
        value = np.where(running, value * bearing.factor(seconds), value)
    if tag.zero_allowed:
        value = np.where(moving, value, 0.0)
    return np.clip(value, tag.low, tag.high)


def state_texts(tag: Tag) -> tuple[str, ...]:
    """Text of a state tag in each machine state."""
    if tag.name.endswith("MIX-STATE"):
        return tuple(PHASE_NAMES[state] for state in range(STATES))
    return ("Stopped", "Idle", "Stopped") + ("Running",) * (STATES - 3)


def states_at(timeline: Timeline, seconds: Floats) -> Ints:
    """Machine state at each UTC second."""
    return timeline.states[np.searchsorted(timeline.starts, seconds, side="right") - 1]


def _cycle_step(seconds: Floats, machine: int) -> Ints:
    length = 48.0 + 8.5 * machine
    return ((seconds % length) * (len(_CYCLE) / length)).astype(np.int64) % len(_CYCLE)


def _counted(trend: Trend, place: Ints, seconds: Floats) -> Floats:
    """Rejects since the first reading of the day, at the tag's rate a second of running."""
    timeline = trend.timeline
    running = timeline.states[place] >= RUN
    ran = timeline.running_seconds()[place] + (seconds - timeline.starts[place]) * running
    since = ran - ran[0] if len(ran) else ran
    return np.floor(since * trend.tag.targets[RUN])
