"""The tags of each line: name, alias, range and rhythm, and the physics behind the values."""

from __future__ import annotations

from dataclasses import dataclass

from casparian.plant.lines import LINES, Line
from casparian.plant.timeline import STATES

HOLD = float("nan")  # target that means: stay where you are


@dataclass(frozen=True)
class Tag:
    """One row of the tag list, and how its value moves.

    low, high: range in `units`; interval_s: rhythm at scale 1; decimals: as logged.
    targets: value aimed at in each machine state; tau_s: first-order time constant [s], 0 for a
    value that follows at once; noise: standard deviation; swing: amplitude of a slow wave of
    period_s. machine: index of the machine on the line whose state counts.
    kind: process, cycle (follows the machining cycle), vibration, counter, setpoint or state.
    """

    name: str
    alias: str
    description: str
    units: str
    low: float
    high: float
    zero_allowed: bool
    data_type: str
    interval_s: float
    decimals: int
    machine: int
    asset_id: str
    kind: str
    targets: tuple[float, ...]
    tau_s: float = 0.0
    noise: float = 0.0
    swing: float = 0.0
    period_s: float = 5400.0


def _levels(off: float, idle: float, down: float, run: float) -> tuple[float, ...]:
    return (off, idle, down) + (run,) * (STATES - 3)


def _batch(
    off: float, hold: float, charge: float, heat: float, react: float, cool: float, empty: float
) -> tuple[float, ...]:
    return (off, hold, hold, charge, heat, react, cool, empty)


def tags_of(line: Line) -> tuple[Tag, ...]:
    """All tags of a line, in the order of its tag list."""
    build = {"machining": _machining, "packaging": _packaging, "batch": _batch_line}[line.kind]
    return tuple(build(line))


def _machining(line: Line) -> list[Tag]:
    tags: list[Tag] = []
    for i, machine in enumerate(line.machines):
        base, asset = line.number * 1000 + (i + 1) * 100, machine.machine_id
        title = machine.machine_name
        rpm = (8200.0, 6400.0, 2600.0)[i]
        tags += [
            Tag(f"SI-{base + 1}.PV", f"{asset}.SpindleSpeed",
                f"{title} spindle speed", "rpm", 0, 12000, True, "float", 60, 1,
                i, asset, "cycle", _levels(0, 0, 0, rpm), 4, 18),
            Tag(f"SI-{base + 1}.SP", f"{asset}.SpindleSpeedSet",
                f"{title} spindle speed set point", "rpm", 0, 12000, True, "float", 1350, 0,
                i, asset, "setpoint", _levels(0, 0, 0, rpm)),
            Tag(f"JI-{base + 2}.PV", f"{asset}.SpindleLoad",
                f"{title} spindle load", "%", 0, 150, True, "float", 45, 1,
                i, asset, "cycle", _levels(0, 0, 0, 46 + 9 * i), 3, 2.4),
            Tag(f"TT-{base + 3}.PV", f"{asset}.CoolantTemp",
                f"{title} coolant temperature", "°C", -10, 120, False, "float", 90, 2,
                i, asset, "process", _levels(21, 22, 23.5, 27.5 + i), 1500, 0.06, 0.8, 21600),
            Tag(f"VT-{base + 4}.PV", f"{asset}.SpindleVibration",
                f"{title} spindle bearing vibration velocity RMS", "mm/s", 0, 45, False,
                "float", 36 + 6 * i, 3, i, asset, "vibration",
                _levels(0.08, 0.09, 0.1, 1.8 + 0.2 * i), 6, 0.07),
        ]  # fmt: skip
    base, asset = line.number * 1000, line.line_id
    return [
        *tags,
        Tag(f"PT-{base + 11}.PV", f"{asset}.HydraulicPressure",
            "Clamping hydraulics pressure", "bar", 0, 250, False, "float", 30, 1,
            0, asset, "process", _levels(118, 119, 120, 120), 30, 0.9, 1.2, 3600),
        Tag(f"FT-{base + 12}.PV", f"{asset}.CoolantFlow",
            "Central coolant flow, supply side", "L/min", 0, 400, True, "float", 70, 1,
            0, asset, "process", _levels(0, 0, 0, 236), 20, 2.5, 4, 7200),
        Tag(f"{line.site.site_id}-MC-STATE", f"{asset}.State",
            "State of the first machine", "", 0, 0, True, "string", 180, 0,
            0, asset, "state", _levels(0, 0, 0, 1)),
    ]  # fmt: skip


def _packaging(line: Line) -> list[Tag]:
    tags: list[Tag] = []
    for i, machine in enumerate(line.machines):
        base, asset = line.number * 1000 + (i + 1) * 100, machine.machine_id
        title = machine.machine_name
        tags += [
            Tag(f"SI-{base + 1}.PV", f"{asset}.ConveyorSpeed",
                f"{title} conveyor speed", "m/min", 0, 60, True, "float", 30, 2,
                i, asset, "process", _levels(0, 0, 0, 31 + 3 * i), 4, 0.25, 0.4, 1800),
            Tag(f"TT-{base + 2}.PV", f"{asset}.SealTemp",
                f"{title} seal temperature", "°C", 0, 250, False, "float", 24 + 6 * i, 1,
                i, asset, "process", _levels(24, 95, 146, 148 + 4 * i), 420, 0.5, 0.9, 900),
            Tag(f"TT-{base + 2}.SP", f"{asset}.SealTempSet",
                f"{title} seal temperature set point", "°C", 0, 250, False, "float", 900, 1,
                i, asset, "setpoint", _levels(24, 95, 148 + 4 * i, 148 + 4 * i)),
            Tag(f"CT-{base + 3}.PV", f"{asset}.RejectCounter",
                f"{title} rejects since midnight", "pcs", 0, 50000, True, "int", 90, 0,
                i, asset, "counter", _levels(0, 0, 0, 0.011)),
            Tag(f"WT-{base + 4}.PV", f"{asset}.CheckWeight",
                f"{title} check weight", "g", 0, 1000, True, "float", 75, 1,
                i, asset, "process", _levels(0, 0, 0, 251.5), 1, 1.3),
        ]  # fmt: skip
    base, asset = line.number * 1000, line.line_id
    return [
        *tags,
        Tag(f"PT-{base + 11}.PV", f"{asset}.AirPressure",
            "Compressed air pressure", "bar", 0, 16, False, "float", 38, 2,
            0, asset, "process", _levels(6.6, 6.5, 6.4, 6.2), 60, 0.05, 0.12, 2700),
        Tag(f"{line.site.site_id}-PK-STATE", f"{asset}.State",
            "State of the first machine", "", 0, 0, True, "string", 135, 0,
            0, asset, "state", _levels(0, 0, 0, 1)),
    ]  # fmt: skip


def _batch_line(line: Line) -> list[Tag]:
    tags: list[Tag] = []
    for i, machine in enumerate(line.machines):
        base, asset = line.number * 1000 + (i + 1) * 100, machine.machine_id
        title = machine.machine_name
        tags += [
            Tag(f"TT-{base + 1}.PV", f"{asset}.ReactorTemp",
                f"{title} temperature", "°C", -20, 200, False, "float", 23, 2,
                i, asset, "process", _batch(24, 45, 26, 86, 91.5, 34, 31), 900, 0.08, 0.2, 1200),
            Tag(f"TT-{base + 1}.SP", f"{asset}.ReactorTempSet",
                f"{title} temperature set point", "°C", -20, 200, False, "float", 900, 1,
                i, asset, "setpoint", _batch(25, 45, 25, 86, 91.5, 32, 30)),
            Tag(f"TT-{base + 2}.PV", f"{asset}.JacketTemp",
                f"{title} jacket temperature", "°C", -40, 150, False, "float", 30, 2,
                i, asset, "process", _batch(23, 42, 24, 118, 96, 14, 22), 420, 0.1, 0.4, 900),
            Tag(f"PT-{base + 3}.PV", f"{asset}.Pressure",
                f"{title} pressure", "bar", -1, 10, False, "float", 38, 3,
                i, asset, "process", _batch(0.06, 0.3, 0.15, 1.4, 2.3, 0.8, 0.2),
                600, 0.006, 0.02, 1500),
            Tag(f"LI-{base + 4}.PV", f"{asset}.Level",
                f"{title} level", "%", 0, 100, True, "float", 45, 2,
                i, asset, "process", (0, HOLD, HOLD, 84, HOLD, HOLD, HOLD, 0), 480, 0.05),
            Tag(f"FT-{base + 5}.PV", f"{asset}.FeedFlow",
                f"{title} feed flow", "kg/h", 0, 6000, True, "float", 53, 1,
                i, asset, "process", _batch(0, 0, 3100, 0, 0, 0, 0), 12, 22),
            Tag(f"SI-{base + 6}.PV", f"{asset}.AgitatorSpeed",
                f"{title} agitator speed", "rpm", 0, 300, True, "float", 60, 1,
                i, asset, "process", _batch(0, 0, 60, 120, 140, 110, 40), 15, 0.6),
            Tag(f"AT-{base + 7}.PV", f"{asset}.PH",
                f"{title} pH", "pH", 0, 14, False, "float", 180, 2,
                i, asset, "process", _batch(7.0, 6.6, 7.4, 6.9, 5.3, 5.5, 5.8), 1800, 0.02),
        ]  # fmt: skip
    base, asset = line.number * 1000, line.line_id
    site = line.site.site_id
    return [
        *tags,
        Tag(f"PT-{base + 11}.PV", f"{asset}.SteamPressure",
            "Steam header pressure", "bar", 0, 16, False, "float", 27, 2,
            0, asset, "process", _levels(7.6, 7.6, 7.5, 7.3), 90, 0.04, 0.15, 5400),
        Tag(f"{site}-MIX-STATE", f"{asset}.Phase",
            "Batch phase of the first reactor", "", 0, 0, True, "string", 90, 0,
            0, asset, "state", (0, 0, 0, 1, 1, 1, 1, 1)),
    ]  # fmt: skip


def readings_per_day(scale: float = 1.0) -> float:
    """Readings a day of the whole plant, before faults."""
    return sum(86_400 / tag.interval_s * scale for line in LINES for tag in tags_of(line))
