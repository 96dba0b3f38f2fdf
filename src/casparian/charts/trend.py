"""OEE by day, a line for each production line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from casparian.charts import svg
from casparian.charts.frame import Frame, floor, grid, nothing
from casparian.charts.scale import Scale, percent, spread, ticks
from casparian.charts.svg import Markup
from casparian.charts.theme import HUES


@dataclass(frozen=True)
class Series:
    """Ratios by day of one line; None where the day has none (no planned time, or no calendar)."""

    name: str
    values: dict[date, float | None]


Place = tuple[date, float]


def oee_trend(
    series: Sequence[Series], width: float = 540, height: float = 260, least_span: float = 0.4
) -> Markup:
    """OEE [%] over days. A day without a figure breaks the line; the axis may start above zero."""
    known = [v for s in series for v in s.values.values() if v is not None]
    if not known:
        return nothing("No day has an OEE figure yet.")
    days = sorted({day for s in series for day in s.values})
    frame = Frame(38, 12, width - 76, height - 26)
    x = frame.across(0, max((days[-1] - days[0]).days, 1))
    y = frame.up(*_range(min(known), max(known), least_span))
    ends = spread([y(_last(s)) for s in series], 15, frame.top + 4, frame.bottom - 4)
    return svg.drawing(
        width,
        height,
        _label(series, days),
        grid(frame, y, ticks(y.low, y.high, 5), lambda v: f"{v * 100:.0f}%"),
        _days(frame, x, days),
        floor(frame),
        *(_one(s, i, x, y, days[0], ends[i], frame) for i, s in enumerate(series)),
    )


def _range(low: float, high: float, least_span: float) -> tuple[float, float]:
    """Tens of percent around the data, at least `least_span` apart, never below zero."""
    bottom, top = int(low * 10) / 10, -int(-high * 10 // 1) / 10
    while top - bottom < least_span - 1e-9:
        top = min(top + 0.1, 1.0) if top < 1.0 else top
        bottom = max(bottom - 0.1, 0.0) if top - bottom < least_span - 1e-9 else bottom
        if bottom <= 0 and top >= 1:
            break
    return round(bottom, 1), round(top, 1)


def _last(one: Series) -> float:
    return next((v for _, v in sorted(one.values.items(), reverse=True) if v is not None), 0.0)


def _days(frame: Frame, x: Scale, days: Sequence[date]) -> Markup:
    """Ticks at Mondays, or at every day of a short period."""
    span = (days[-1] - days[0]).days
    every = [days[0] + timedelta(days=i) for i in range(span + 1)]
    shown = [day for day in every if day.weekday() == 0] if span > 10 else every
    step = max(1, round(len(shown) / max(frame.width / 62, 1)))
    return svg.joined(
        svg.group(
            svg.line(
                x((day - days[0]).days), frame.top, x((day - days[0]).days), frame.bottom, "grid"
            ),
            svg.text(
                x((day - days[0]).days), frame.bottom + 17, f"{day.day} {day:%b}", "label small mid"
            ),
        )
        for day in shown[::step]
    )


def _one(
    one: Series, index: int, x: Scale, y: Scale, first: date, end: float, frame: Frame
) -> Markup:
    hue = HUES[index % len(HUES)]
    pieces = [
        svg.polyline([(x((day - first).days), y(v)) for day, v in run], f"path thick stroke-{hue}")
        for run in _runs(one)
    ]
    marks = [
        _mark(
            x((day - first).days),
            y(v),
            index,
            hue,
            f"{one.name}, {day:%a} {day.day} {day:%b}: OEE {percent(v)}",
        )
        for day, v in sorted(one.values.items())
        if v is not None
    ]
    name = svg.text(frame.right + 10, end + 4, one.name, f"ink-{hue} small")
    return svg.group(*pieces, *marks, name)


def _runs(one: Series) -> list[list[Place]]:
    """Stretches of days in a row that have a figure."""
    runs: list[list[Place]] = []
    for day, value in sorted(one.values.items()):
        if value is None:
            continue
        if runs and (day - runs[-1][-1][0]).days == 1:
            runs[-1].append((day, value))
        else:
            runs.append([(day, value)])
    return runs


def _mark(x: float, y: float, index: int, hue: str, hint: str) -> Markup:
    """A mark of its own shape for each line, with room around it for the pointer."""
    shapes = (
        svg.dot(x, y, 2.9, f"fill-{hue}"),
        svg.box(x - 2.6, y - 2.6, 5.2, 5.2, f"fill-{hue}"),
        svg.element("path", d=f"M{x:.1f},{y - 3.6:.1f}l3.6,6.2h-7.2z", class_=f"fill-{hue}"),
    )
    return svg.group(shapes[index % 3], svg.dot(x, y, 8, "hit", hint))


def _label(series: Sequence[Series], days: Sequence[date]) -> str:
    last = ", ".join(f"{s.name} {percent(_last(s))}" for s in series)
    return f"OEE by day from {days[0]} to {days[-1]}. On the last day with a figure: {last}."
