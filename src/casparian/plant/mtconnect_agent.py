"""What an MTConnect agent of a machining line buffers: samples, events and conditions that follow
the machine's timeline, with outages, one restart and one clock step."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np

from casparian.plant import scenario, streams
from casparian.plant.clock import utc_iso
from casparian.plant.mtconnect_items import INDEX, ITEMS, UNAVAILABLE, observation_xml
from casparian.plant.production import Count
from casparian.plant.signals import Chiller
from casparian.plant.site import SiteRun
from casparian.plant.timeline import DOWN, IDLE, RUN, Timeline

_TICK_S = 290.0
_SPARSE = 4  # outside production every fourth tick only
_EXECUTION = {DOWN: "INTERRUPTED", IDLE: "READY"}
_OUTAGE_EVERY_DAYS, _OUTAGE_S = 3, 150
_DOWN_MS, _CONNECTING_MS = 40_000, 3200
_DEVICE_NAMES = {"mill": "VMC-3", "lathe": "TurnCell"}

Event = tuple[int, int, str]  # epoch ms, index in ITEMS, value


@dataclass(frozen=True)
class Observation:
    """One observation as the agent buffers it; logged: its timestamp, epoch ms."""

    instance: int
    sequence: int
    at: int
    logged: int
    item: int
    xml: str


@dataclass(frozen=True)
class Agent:
    """One machine's agent with all its observations of the period, in order of sequence."""

    machine_id: str
    device_name: str
    uuid: str
    observations: list[Observation]
    restart: dict[str, Any] | None
    clock_step: dict[str, Any] | None


def agents_of(run: SiteRun, counts: list[Count], chiller: Chiller | None = None) -> list[Agent]:
    """The agents of a site's machining line."""
    return [
        _agent(run, index, run_line.timelines[index], run_line.line.number,
               machine.machine_id, machine.machine_type,
               [count for count in counts if count.machine_id == machine.machine_id],
               chiller if machine.machine_id == scenario.CAUSE_MACHINE else None)
        for run_line, index, machine in run.machines()
        if run_line.line.kind == "machining"
    ]  # fmt: skip


def _agent(
    run: SiteRun, index: int, timeline: Timeline, line_number: int, machine_id: str,
    machine_type: str, counts: list[Count], chiller: Chiller | None,
) -> Agent:  # fmt: skip
    rng = streams.stream(run.seed, streams.MTCONNECT, line_number, index)
    start = run.clock.midnight(0)
    end = run.clock.midnight(run.days)
    events = _changes(timeline, end) + _ticks(timeline, start, end, index, counts, rng, chiller)
    events += _programs(counts, end)
    events = _with_outages(sorted(events), run, index)
    restart_at = None
    if machine_id == scenario.RESTART_MACHINE and run.days > scenario.RESTART_DAY:
        restart_at = run.clock.at(scenario.RESTART_DAY, scenario.RESTART_HOUR, 7) * 1000
        events = sorted(_restarted(events, restart_at))
    events = _changes_only(events)
    step_at = None
    if machine_id == scenario.MTC_STEP_MACHINE and run.days > scenario.MTC_STEP_DAY:
        step_at = run.clock.at(scenario.MTC_STEP_DAY, scenario.MTC_STEP_HOUR) * 1000
    first_instance = start - 86_400 * (20 + index) - 1234 * line_number
    return _sequenced(machine_id, _DEVICE_NAMES[machine_type], line_number, index, events,
                      first_instance, restart_at, step_at)  # fmt: skip


def _sequenced(
    machine_id: str, device_name: str, line_number: int, index: int, events: list[Event],
    instance: int, restart_at: int | None, step_at: int | None,
) -> Agent:  # fmt: skip
    """Give each event its instance, sequence and logged time."""
    prefix = f"{machine_id.replace('-', '').lower()}_"
    sequence = 48_211 + 1711 * index
    restart: dict[str, Any] | None = None
    step: dict[str, Any] | None = None
    found: list[Observation] = []
    for at, item, value in events:
        if restart_at is not None and restart is None and at >= restart_at:
            restart = {"device": machine_id, "instance_id": restart_at // 1000,
                       "previous_instance_id": instance, "at": utc_iso(restart_at)}  # fmt: skip
            instance, sequence = restart_at // 1000, 1
        back = step_at is not None and step_at <= at < step_at + 4 * scenario.MTC_STEP_MS
        logged = at - scenario.MTC_STEP_MS if back else at
        if back and step is None and found[-1].logged - logged > 1000:
            step = {"device": machine_id, "instance_id": instance, "sequence": sequence}
        xml = observation_xml(prefix, ITEMS[item], sequence, utc_iso(logged), value)
        found.append(Observation(instance, sequence, at, logged, item, xml))
        sequence += 1
    uuid = f"{line_number:02d}{index + 1:02d}a7c4-5e1f-4b6d-9c2a-{hash_of(machine_id):012x}"
    return Agent(machine_id, f"{device_name}-{index + 1}", uuid, found, restart, step)


def hash_of(text: str) -> int:
    """A small number from a text, the same on every machine."""
    number = 0
    for character in text:
        number = (number * 131 + ord(character)) % (1 << 48)
    return number


def _changes(timeline: Timeline, end: int) -> list[Event]:
    """Events at each change of the machine's state."""
    events: list[Event] = []
    first = int(timeline.starts[0]) * 1000
    events += [(first, INDEX["avail"], "AVAILABLE"), (first, INDEX["c_mode"], "SPINDLE")]
    for start, _, state in timeline.segments():
        if start >= end:
            break
        at = start * 1000
        running = state >= RUN
        execution = "ACTIVE" if running else _EXECUTION.get(state, "STOPPED")
        events.append((at + 12, INDEX["exec"], execution))
        events.append((at + 10, INDEX["mode"], "AUTOMATIC" if state != DOWN else "MANUAL"))
        events.append((at + 9, INDEX["estop"], "TRIGGERED" if state == DOWN else "ARMED"))
        fault = "Fault|A-2041|Machine stopped by operator or fault"
        events.append((at + 8, INDEX["system_cond"], fault if state == DOWN else "Normal"))
        if not running:
            events.append((at + 420, INDEX["c_speed"], "0"))
            events.append((at + 420, INDEX["c_load"], "0"))
            events.append((at + 300, INDEX["path_feed"], "0"))
    return events


def _programs(counts: list[Count], end: int) -> list[Event]:
    events: list[Event] = []
    order = ""
    for count in counts:
        if count.order_id != order and count.start < end:
            order = count.order_id
            program = f"O{count.product.product_id[2:]}{order[-3:]}"
            events.append((count.start * 1000 + 4, INDEX["program"], program))
    return events


def _ticks(
    timeline: Timeline, start: int, end: int, index: int, counts: list[Count],
    rng: np.random.Generator, chiller: Chiller | None,
) -> list[Event]:  # fmt: skip
    """Samples and part counts at a rhythm of some minutes, fewer while the machine rests."""
    n = int((end - start) / _TICK_S)
    at = start * 1000 + ((np.arange(n) + 0.5) * _TICK_S * 1000).astype(np.int64)
    at = at + rng.integers(-60_000, 60_000, n)
    states = timeline.states[np.searchsorted(timeline.starts, at / 1000, side="right") - 1]
    position = rng.uniform([20, 15, -180], [620, 410, -5], (n, 3))
    speed = (8200, 6400, 2600)[index] * rng.uniform(0.6, 1.02, n)
    load = 46 + 9 * index + 7 * rng.standard_normal((n, 3))
    feed = rng.uniform(300, 2400, n)
    coolant = 27.5 + index + 0.4 * rng.standard_normal(n)
    if chiller is not None:
        coolant = np.where(states >= RUN, chiller.warmer(coolant, at / 1000), coolant)
    parts = _parts_at(at / 1000, counts)
    warn = rng.random(n) < 0.004
    events: list[Event] = []
    for i, (when, state) in enumerate(zip(at.tolist(), states.tolist(), strict=True)):
        if state < RUN:
            if i % _SPARSE == 0:
                events.append((when, INDEX["cool_temp"], f"{coolant[i] - 5:.1f}"))
            continue
        x, y, z = (f"{value:.3f}" for value in position[i].tolist())
        events += [
            (when, INDEX["x_pos"], x), (when, INDEX["y_pos"], y), (when, INDEX["z_pos"], z),
            (when + 180, INDEX["c_speed"], f"{speed[i]:.1f}"),
            (when + 180, INDEX["c_load"], f"{max(1.0, load[i, 0]):.1f}"),
            (when + 350, INDEX["path_feed"], f"{feed[i]:.1f}"),
            (when + 900, INDEX["cool_temp"], f"{coolant[i]:.1f}"),
            (when + 950, INDEX["part_count"], str(parts[i])),
        ]  # fmt: skip
        if i % 3 == 0:
            events.append((when + 1, INDEX["path_pos"], f"{x} {y} {z}"))
            events.append((when + 181, INDEX["x_load"], f"{max(1.0, load[i, 1] / 2):.1f}"))
            events.append((when + 181, INDEX["z_load"], f"{max(1.0, load[i, 2] / 2):.1f}"))
        if warn[i]:
            events.append((when + 20, INDEX["c_cond"], "Warning|S-117|Spindle load above 90 %"))
            events.append((when + 20_020, INDEX["c_cond"], "Normal"))
    return events


def _parts_at(seconds: Any, counts: list[Count]) -> list[int]:
    """Parts made so far, between the hours' counts by proportion."""
    if not counts:
        return [0] * len(seconds)
    edges = [edge for count in counts for edge in (count.start, count.end)]
    made = np.repeat(np.cumsum([count.total for count in counts]), 2)
    made[::2] -= [count.total for count in counts]
    so_far: list[int] = np.floor(np.interp(seconds, edges, made)).astype(np.int64).tolist()
    return so_far


def _with_outages(events: list[Event], run: SiteRun, index: int) -> list[Event]:
    """Every few days the adapter is away for a while: all items are unavailable, then back.

    events: in order, as is what comes back.
    """
    for day in range(1 + index % _OUTAGE_EVERY_DAYS, run.days, _OUTAGE_EVERY_DAYS):
        at = run.clock.at(day, 17, 21 + index) * 1000
        back = at + _OUTAGE_S * 1000
        first, last = (bisect_left(events, (t,)) for t in (at, back + _CONNECTING_MS))
        events[first:last] = sorted(_all_unavailable(at) + _values_again(events, back))
    return events


def _restarted(events: list[Event], at: int) -> list[Event]:
    """A fresh agent reports every item unavailable, and real values once it is connected."""
    again = _values_again(events, at + _CONNECTING_MS)
    kept = [event for event in events if not at - _DOWN_MS <= event[0] < at + _CONNECTING_MS]
    return kept + _all_unavailable(at) + again


def _changes_only(events: list[Event]) -> list[Event]:
    """An agent keeps an event or a condition only when it differs from the one before."""
    latest: dict[int, str] = {}
    kept: list[Event] = []
    for event in events:
        _, item, value = event
        if ITEMS[item].category == "Samples" or latest.get(item) != value:
            kept.append(event)
        latest[item] = value
    return kept


def _all_unavailable(at: int) -> list[Event]:
    return [(at + i // 4, i, UNAVAILABLE) for i in range(len(ITEMS))]


def _values_again(events: list[Event], at: int) -> list[Event]:
    """The latest value of every item before `at`, reported at `at`; events: in order."""
    latest: dict[int, str] = {}
    for place in range(bisect_left(events, (at,)) - 1, -1, -1):
        _, item, value = events[place]
        if value != UNAVAILABLE:
            latest.setdefault(item, value)
        if len(latest) == len(ITEMS):
            break
    latest.setdefault(INDEX["c_cond"], "Normal")
    return [(at + item // 3, item, value) for item, value in sorted(latest.items())]
