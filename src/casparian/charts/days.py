"""OEE by day as bars with its three factors, and ratios of machines by day as a heat map."""

from __future__ import annotations

import math
from collections.abc import Sequence

from casparian.charts import svg
from casparian.charts.frame import Frame, cut, floor, grid
from casparian.charts.scale import percent
from casparian.charts.svg import Markup
from casparian.charts.thin import runs
from casparian.kpi import oee
from casparian.kpi.factors import FloatArray

FACTORS = (
    ("availability", "Availability", "orange", "disc"),
    ("effectiveness", "Effectiveness", "purple", "square"),
    ("quality", "Quality", "green", "triangle"),
)
STEPS = ((0.85, 5), (0.75, 4), (0.6, 3), (0.4, 2), (-math.inf, 1))  # ratio from which: shade


def factor_bars(frame: Frame, names: Sequence[str], found: oee.Ratios) -> Markup:
    """Bars of OEE by day or shift, and a line for each factor; a gap where one is unknown."""
    lines = [getattr(found, key) for key, *_ in FACTORS]
    known = [v for line in (found.oee, *lines) for v in line.tolist() if not math.isnan(v)]
    y = frame.up(0, max(1.0, max(known, default=1.0) * 1.02))
    count = len(names)
    wide = min(frame.width / count * 0.62, 46)
    parts = [grid(frame, y, y.ticks(5), lambda v: percent(v, 0))]
    for i in range(count):
        value, x = float(found.oee[i]), frame.slot(i, count)
        if not math.isnan(value):
            box = (x - wide / 2, y(value), wide, frame.bottom - y(value))
            parts.append(svg.box(*box, "fill-blue soft-fill", "", 2))
            if wide > 26:
                words = f"{value * 100:.0f}"
                parts.append(svg.text(x, frame.bottom - 7, words, "strong small num mid"))
        else:
            parts.append(svg.text(x, frame.bottom - 6, "–", "label mid"))
    for (_, _, hue, shape), line in zip(FACTORS, lines, strict=True):
        for low, high in runs(line):
            places = [(frame.slot(i, count), y(float(line[i]))) for i in range(low, high)]
            parts.append(svg.polyline(places, f"path stroke-{hue}"))
            if count <= 60:
                parts += [mark(x, level, shape, hue) for x, level in places]
    hits = [_hit(frame, i, count, name, found) for i, name in enumerate(names)]
    return svg.group(*parts, floor(frame), _names(frame, names), _legend(frame), *hits)


def mark(x: float, y: float, shape: str, hue: str) -> Markup:
    """A mark of its own shape for each line, so that colour is not needed to tell them apart."""
    if shape == "disc":
        return svg.dot(x, y, 3.2, f"fill-{hue}")
    if shape == "square":
        return svg.box(x - 2.9, y - 2.9, 5.8, 5.8, f"fill-{hue}")
    return svg.element("path", d=f"M{x:.1f},{y - 3.8:.1f}l3.8,6.6h-7.6z", class_=f"fill-{hue}")


def _hit(frame: Frame, i: int, count: int, name: str, found: oee.Ratios) -> Markup:
    each = ((words.lower(), float(getattr(found, key)[i])) for key, words, *_ in FACTORS)
    factors = [f"{words} {percent(value)}" for words, value in each]
    told = f"{name}: OEE {percent(float(found.oee[i]))}, {', '.join(factors)}"
    told += f". {found.missing[i]}" if found.missing[i] else ""
    wide = frame.width / count
    return svg.box(frame.left + i * wide, frame.top, wide, frame.bottom - frame.top, "hit", told)


def _names(frame: Frame, names: Sequence[str]) -> Markup:
    longest = max(len(name) for name in names) * 6.2 + 8
    every = max(1, math.ceil(longest / (frame.width / len(names))))
    return svg.joined(
        _name(frame, frame.slot(i, len(names)), names[i]) for i in range(0, len(names), every)
    )


def _name(frame: Frame, x: float, name: str) -> Markup:
    """Below its place; the last one does not stand out over the edge."""
    over = x + len(name) * 3.1 > frame.right + 6
    return svg.text(
        frame.right if over else x, frame.bottom + 16, name,
        f"label small {'end' if over else 'mid'}",
    )  # fmt: skip


def _legend(frame: Frame) -> Markup:
    x, parts = frame.left, []
    parts.append(svg.box(x, frame.top - 24, 10, 10, "fill-blue soft-fill", "", 2))
    parts.append(svg.text(x + 15, frame.top - 15, "OEE", "label small"))
    for i, (_, words, hue, shape) in enumerate(FACTORS):
        left = x + 70 + i * 110
        parts.append(mark(left, frame.top - 19, shape, hue))
        parts.append(svg.text(left + 9, frame.top - 15, words, "label small"))
    return svg.joined(parts)


def heat_map(
    frame: Frame, rows: Sequence[str], columns: Sequence[str], values: FloatArray
) -> Markup:
    """Ratios (rows, columns) as shades with their figures; a dash where there is none."""
    tall = (frame.bottom - frame.top) / len(rows)
    wide = frame.width / len(columns)
    parts = []
    for i, row in enumerate(rows):
        y = frame.top + i * tall
        parts.append(svg.text(frame.left - 8, y + tall / 2 + 4, cut(row, 16), "name small end"))
        for j, column in enumerate(columns):
            value, x = float(values[i, j]), frame.left + j * wide
            shade = "lane" if math.isnan(value) else f"heat-{_shade(value)}"
            hint = f"{row}, {column}: OEE {percent(value)}"
            parts.append(svg.box(x + 0.7, y + 0.7, wide - 1.4, tall - 1.4, shade, hint, 2))
            if wide > 24 and tall > 12:
                words = "–" if math.isnan(value) else f"{value * 100:.0f}"
                parts.append(svg.text(x + wide / 2, y + tall / 2 + 4, words, _ink(value)))
    return svg.group(*parts, _names(frame, columns))


def _shade(value: float) -> int:
    return next(shade for least, shade in STEPS if value >= least)


def _ink(value: float) -> str:
    return "heat-ink small num mid" if value >= STEPS[1][0] else "name small num mid"
