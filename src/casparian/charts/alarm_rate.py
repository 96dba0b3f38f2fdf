"""The rate of alarms over time, with the limits of ISA-18.2 and the floods."""

from __future__ import annotations

import numpy as np

from casparian.charts import svg
from casparian.charts.clock import SECOND, moment, time_axis
from casparian.charts.frame import Frame, axis_title, floor, grid
from casparian.charts.scale import Scale, count, round_up, spread
from casparian.charts.svg import Markup
from casparian.kpi.alarms import Floods
from casparian.kpi.alarms.limits import BANDS, FLOOD_ABOVE, TEN_MINUTES_US
from casparian.kpi.intervals import IntArray

MOST_COLUMNS = 480  # that a pointer can tell apart
MOST_FLOODS = 200  # that carry a hint of their own
HUES = ("blue", "sky", "orange", "red")  # a band each, the quietest first
LEAST_TOP = 12.0  # the limit of a flood is always in sight


def rate_panel(frame: Frame, by_ten: IntArray, start: int, floods: Floods) -> Markup:
    """Alarms in each 10 minutes (w,) from `start` [us] on. Where windows are finer than the
    drawing a column is the busiest of its windows."""
    windows = len(by_ten)
    x = frame.across(start, start + windows * TEN_MINUTES_US)
    y = frame.up(0, round_up(max(float(by_ten.max(initial=0)), LEAST_TOP), 5, whole=True))
    together = -(-windows // MOST_COLUMNS)
    return svg.group(
        _floods(frame, x, floods),
        grid(frame, y, y.ticks(5, whole=True), count),
        axis_title(frame, "alarms in 10 minutes" + (", most in each column" * (together > 1))),
        _columns(frame, y, by_ten, together),
        floor(frame),
        _limits(frame, y),
        time_axis(frame, x),
        _hits(frame, x, by_ten, start, together),
        _flood_hits(frame, x, floods),
    )


def _columns(frame: Frame, y: Scale, by_ten: IntArray, together: int) -> Markup:
    """A stroke for each band, so that a year is no larger than a day."""
    tallest = _grouped(by_ten, together)
    slot = frame.width * together / len(by_ten)
    band = np.searchsorted([most for _, most in BANDS], tallest, side="left")
    parts = []
    for place, hue in enumerate(HUES):
        rows = np.flatnonzero((band == place) & (tallest > 0))
        path = "".join(
            f"M{frame.left + (i + 0.5) * slot:.1f},{frame.bottom:.1f}V{y(float(tallest[i])):.1f}"
            for i in rows.tolist()
        )
        if path:
            wide = max(slot * 0.8, 1.0)
            class_ = f"stroke-{hue}"
            parts.append(svg.element("path", d=path, class_=class_, stroke_width=wide, fill="none"))
    return svg.joined(parts)


def _grouped(by_ten: IntArray, together: int) -> IntArray:
    return np.maximum.reduceat(by_ten, np.arange(0, len(by_ten), together)).astype(np.int64)


def _limits(frame: Frame, y: Scale) -> Markup:
    """What is acceptable, what is manageable, and where a flood begins."""
    lines = [(most, name) for name, most in BANDS[:2]] + [(float(FLOOD_ABOVE), "flood above")]
    labels = spread([y(most) for most, _ in lines], 12, frame.top, frame.bottom)
    return svg.joined(
        svg.group(
            svg.line(frame.left, y(most), frame.right, y(most), _line_of(most)),
            svg.text(frame.right + 6, label + 4, f"{most:g} {name}", "label small num"),
        )
        for (most, name), label in zip(lines, labels, strict=True)
    )


def _line_of(most: float) -> str:
    return "limit" if most >= FLOOD_ABOVE else "target"


def _floods(frame: Frame, x: Scale, floods: Floods) -> Markup:
    """The times of floods, shaded over the whole height with a bar on top."""
    parts = []
    for left, right in _stretches(frame, x, floods):
        parts.append(svg.box(left, frame.top, right - left, frame.bottom - frame.top, "flood"))
        parts.append(svg.box(left, frame.top - 5, right - left, 5, "fill-red"))
    return svg.joined(parts)


def _stretches(frame: Frame, x: Scale, floods: Floods) -> list[tuple[float, float]]:
    """Floods as pixels, those that touch as one."""
    found: list[tuple[float, float]] = []
    for start, end in zip(floods.start.tolist(), floods.end.tolist(), strict=True):
        left = max(x(start), frame.left)
        right = min(max(x(end), left + 2), frame.right)
        if found and left <= found[-1][1]:
            found[-1] = (found[-1][0], max(right, found[-1][1]))
        else:
            found.append((left, right))
    return found


def _flood_hits(frame: Frame, x: Scale, floods: Floods) -> Markup:
    """The bar above a flood tells of it."""
    if len(floods) > MOST_FLOODS:
        return svg.joined([])
    return svg.joined(
        svg.box(
            max(x(int(floods.start[i])) - 2, frame.left), frame.top - 9,
            max(x(int(floods.end[i])) - x(int(floods.start[i])), 2) + 4, 11, "hit",
            f"Flood from {moment(int(floods.start[i]))} for "
            f"{(floods.end[i] - floods.start[i]) / SECOND / 60:.0f} min: "
            f"{count(int(floods.alarms[i]))} alarms, most {count(int(floods.peak[i]))} "
            "in 10 minutes",
        )
        for i in range(len(floods))
    )  # fmt: skip


def _hits(frame: Frame, x: Scale, by_ten: IntArray, start: int, together: int) -> Markup:
    parts = []
    for low in range(0, len(by_ten), together):
        part = by_ten[low : low + together]
        begin = start + low * TEN_MINUTES_US
        end = begin + len(part) * TEN_MINUTES_US
        told = f"{moment(begin)} to {moment(end)[-5:]} UTC: {count(int(part.sum()))} alarms"
        if together > 1:
            told += f", most {int(part.max())} in 10 minutes"
        box = (x(begin), frame.top, x(end) - x(begin), frame.bottom - frame.top)
        parts.append(svg.box(*box, "hit", told))
    return svg.joined(parts)
