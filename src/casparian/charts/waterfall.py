"""Where planned busy time went: the OEE waterfall of ISO 22400 time elements."""

from __future__ import annotations

from dataclasses import dataclass

from casparian.charts import svg
from casparian.charts.frame import Frame, floor, grid, nothing
from casparian.charts.scale import hours, percent, step_for, ticks
from casparian.charts.svg import Markup


@dataclass(frozen=True)
class Waterfall:
    """Planned busy time and its parts [s]; a negative performance loss is time gained.

    planned_s = availability_loss_s + performance_loss_s + quality_loss_s + effective_s.
    """

    name: str
    planned_s: float
    availability_loss_s: float
    performance_loss_s: float
    quality_loss_s: float
    effective_s: float


@dataclass(frozen=True)
class _Step:
    """One column: from share `low` to share `high` of planned time, and where the next begins."""

    word: str
    meaning: str
    hue: str
    low: float
    high: float
    level: float
    seconds: float

    @property
    def change(self) -> float:
        return self.high - self.low


def oee_waterfall(data: Waterfall, width: float = 340, height: float = 240) -> Markup:
    """Planned time, three losses and what was effective, in percent of planned busy time."""
    if not data.planned_s > 0:
        return nothing(f"{data.name} had no planned busy time.")
    steps = _steps(data)
    frame = Frame(38, 22, width, height - 38)
    top = max(1.0, *(step.high for step in steps))
    scale = frame.up(min(0.0, *(step.low for step in steps)), top)
    levels = ticks(scale.low, top, 4)
    decimals = 0 if step_for(top - scale.low, 4) >= 0.01 else 1
    return svg.drawing(
        width,
        height,
        _label(data),
        grid(frame, scale, levels, lambda v: percent(v, decimals)),
        svg.joined(_column(frame, scale(s.low), scale(s.high), i, s) for i, s in enumerate(steps)),
        svg.joined(_link(frame, scale(s.level), i) for i, s in enumerate(steps[:-1])),
        floor(frame),
    )


def _steps(data: Waterfall) -> list[_Step]:
    whole = data.planned_s
    parts = [
        ("Stops", "Availability loss: stopped", "red", data.availability_loss_s),
        (
            "Speed",
            "Performance loss: slower than the ideal cycle",
            "orange",
            data.performance_loss_s,
        ),
        ("Scrap", "Quality loss: made, but not good", "purple", data.quality_loss_s),
    ]
    steps = [_Step("Planned", "Planned busy time", "grey", 0.0, 1.0, 1.0, whole)]
    level = 1.0
    for word, meaning, hue, lost in parts:
        below = level - lost / whole
        if lost < 0:
            meaning, hue = meaning.replace("loss: slower", "gain: faster"), "sky"
        steps.append(_Step(word, meaning, hue, min(level, below), max(level, below), below, lost))
        level = below
    good = data.effective_s
    steps.append(_Step("Effective", "Effective time: OEE", "green", 0.0, level, level, good))
    return steps


def _column(frame: Frame, y_low: float, y_high: float, index: int, step: _Step) -> Markup:
    middle, wide = frame.slot(index, 5), frame.width / 5 * 0.68
    loss = 0 < index < 4
    sign = -1 if loss and step.seconds > 0 else 1
    share = sign * step.change
    hint = f"{step.meaning}: {hours(step.seconds)}, {percent(abs(share))} of planned busy time"
    tall = max(y_low - y_high, 1.0)
    words = "label small num mid" if loss else "strong small num mid"
    return svg.group(
        svg.box(middle - wide / 2, y_high, wide, tall, f"fill-{step.hue}", hint, 2),
        svg.text(middle, y_high - 6, f"{'+' if loss and sign > 0 else ''}{percent(share)}", words),
        svg.text(middle, frame.bottom + 16, step.word, "name small mid"),
        svg.text(middle, frame.bottom + 30, hours(step.seconds), "label tiny num mid"),
    )


def _link(frame: Frame, y: float, index: int) -> Markup:
    wide = frame.width / 5 * 0.68
    start = frame.slot(index, 5) + wide / 2
    return svg.line(start, y, frame.slot(index + 1, 5) - wide / 2, y, "link")


def _label(data: Waterfall) -> str:
    return (
        f"OEE waterfall of {data.name}: of {hours(data.planned_s)} planned busy time "
        f"{hours(data.availability_loss_s)} went to stops, {hours(data.performance_loss_s)} to "
        f"speed, {hours(data.quality_loss_s)} to scrap; {hours(data.effective_s)} were effective, "
        f"OEE {percent(data.effective_s / data.planned_s)}."
    )
